"""The order set filled for one weight: every drug with its dose, or why it has none."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, NamedTuple

from anedocs.core.quantity import Quantity
from anedocs.core.ranges import Range
from anedocs.dosing.patient import AgeGiven
from anedocs.dosing.plausible import plausible
from anedocs.dosing.rules import Band, Dose, DoseRule, Edge, dose, near_edges
from anedocs.edition.edition import Edition
from anedocs.schema.model import AgeRow, OrderSet, Supplement
from anedocs.schema.orders import ByWeight, Fixed, Medication, NotSet, WeightBands
from anedocs.schema.records import WeightForAge


class Published(NamedTuple):
    """A published dose at this weight: reference only, never the order's dose."""

    row: AgeRow
    dose: Dose
    rival: Dose | None


class Filled(NamedTuple):
    """One drug of the order set at one weight."""

    order: Medication
    status: str
    """'guideline', 'supplement', 'local', 'not_set' or 'stopped'."""
    rule: DoseRule | None
    dose: Dose | None
    supplement: Supplement | None = None
    published: tuple[Published, ...] = ()
    edges: tuple[Edge, ...] = ()
    frequency: str | None = None
    stopped: Literal["above_stop", "age_needed", "no_dose_for_age"] | None = None
    """Why people must enter the dose."""


class FilledSet(NamedTuple):
    """The order set at one weight."""

    edition: Edition
    weight: Decimal
    age: AgeGiven | None
    medications: tuple[Filled, ...]

    def of(self, order_id: str) -> Filled:
        """The filled drug of an order."""
        return next(one for one in self.medications if one.order.id == order_id)


def fill(edition: Edition, weight: Decimal, age: AgeGiven | None) -> FilledSet:
    """Fill every drug for a weight in kg; the age only chooses among published age groups."""
    filled = (_fill(edition, order, weight, age) for order in edition.orderset.medications)
    return FilledSet(edition, weight, age, tuple(filled))


def rule_of(orderset: OrderSet, order: Medication) -> DoseRule | None:
    """The dose rule of an order that is in force, or None where the dose is not set."""
    if isinstance(order.dose, NotSet):
        return None
    if order.dose_from is None or not orderset.in_force(order.dose_from):
        return None
    stop = order.stop_above.value if order.stop_above else None
    return _rule(
        order.dose, orderset.settled(order.maximum), stop, orderset.settled(order.rounding)
    )


def rules_by_age(orderset: OrderSet, order: Medication) -> list[tuple[AgeRow, DoseRule]]:
    """The dose rules of an accepted supplement, one for each age group; none while proposed."""
    name = order.dose.supplement if isinstance(order.dose, NotSet) else None
    supplement = orderset.supplement(name) if name else None
    if supplement is None or supplement.state != "accepted":
        return []
    step = orderset.settled(order.rounding)
    return [(row, _rule(row.dose, row.maximum, None, step)) for row in supplement.rows]


def _fill(edition: Edition, order: Medication, weight: Decimal, age: AgeGiven | None) -> Filled:
    orderset = edition.orderset
    rule = rule_of(orderset, order)
    frequency = orderset.settled(order.frequency)
    if rule is not None and order.dose_from is not None:
        origin = order.dose_from
        accepted = orderset.supplement(origin.ids[0]) if origin.kind == "supplement" else None
        return _computed(orderset, order, origin.kind, rule, weight, frequency, accepted)
    name = order.dose.supplement if isinstance(order.dose, NotSet) else None
    if name is None:
        return Filled(order, "not_set", None, None, frequency=frequency)
    supplement = orderset.supplement(name)
    rows = [row for row in supplement.rows if _suits(row, age)]
    if age is None:
        rows = [row for row in rows if _can_weigh(row, weight, edition.weights)]
    if supplement.state == "accepted":
        return _accepted(orderset, order, supplement, rows, weight, age)
    published = tuple(_publish(row, weight) for row in rows)
    return Filled(order, "not_set", None, None, supplement, published, frequency=frequency)


def _computed(
    orderset: OrderSet, order: Medication, status: str, rule: DoseRule, weight: Decimal,
    frequency: str | None, supplement: Supplement | None = None,
) -> Filled:  # fmt: skip
    result = dose(rule, weight)
    guards = orderset.safeguards
    margin, step = guards.boundary_margin.value, guards.scale_step.value
    near = tuple(near_edges(rule, weight, margin, step)) if margin and step else ()
    stopped = result.given is None and order.stop_above is not None
    return Filled(
        order, "stopped" if stopped else status, rule, result, supplement, (), near, frequency,
        "above_stop" if stopped else None,
    )  # fmt: skip


def _accepted(
    orderset: OrderSet, order: Medication, supplement: Supplement, rows: list[AgeRow],
    weight: Decimal, age: AgeGiven | None,
) -> Filled:  # fmt: skip
    if age is None or len(rows) != 1:
        why: Literal["age_needed", "no_dose_for_age"]
        why = "age_needed" if age is None else "no_dose_for_age"
        return Filled(order, "stopped", None, None, supplement, stopped=why)
    row = rows[0]
    rule = _rule(row.dose, row.maximum, None, orderset.settled(order.rounding))
    return _computed(orderset, order, "supplement", rule, weight, row.frequency, supplement)


def _publish(row: AgeRow, weight: Decimal) -> Published:
    own = dose(_rule(row.dose, row.maximum, None, None), weight)
    rival = dose(_rule(row.rival.dose, row.maximum, None, None), weight) if row.rival else None
    return Published(row, own, rival)


def _suits(row: AgeRow, age: AgeGiven | None) -> bool:
    if age is None:
        return True
    low = row.age_at_least.to("day").number if row.age_at_least else None
    high = row.age_below.to("day").number if row.age_below else None
    return Range(low, True, high, False).holds(age.days)


def _can_weigh(row: AgeRow, weight: Decimal, table: WeightForAge) -> bool:
    """Whether this is a usual weight at some age of the age group.

    Why: where the age is not given, a dose for infants beside the weight of a child of five would
    be read as that child's.
    """
    if row.age_below is None and table.rows and weight > table.rows[-1].soft_high.number:
        return True  # grown up, and heavier than the table goes
    ages = [other.age for other in table.rows if _suits(row, AgeGiven(other.age))]
    ages += [bound for bound in (row.age_at_least, row.age_below) if bound]
    return any(plausible(weight, AgeGiven(age), table).verdict == "usual" for age in ages)


def _rule(
    shape: ByWeight | WeightBands | Fixed, maximum: Quantity | None, stop: Quantity | None,
    step: Quantity | None,
) -> DoseRule:  # fmt: skip
    if isinstance(shape, WeightBands):
        bands = tuple(Band(band.range, band.amount) for band in shape.bands)
    else:
        bands = (Band(Range(), shape.amount),)
    return DoseRule(bands, maximum, stop, step)
