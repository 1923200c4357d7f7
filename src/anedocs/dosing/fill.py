"""The order set filled for one weight: every drug with its dose, or why it has none."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from anedocs.core import wording
from anedocs.core.quantity import Quantity
from anedocs.core.ranges import Range
from anedocs.dosing.patient import AgeGiven
from anedocs.dosing.plausible import plausible
from anedocs.dosing.rules import MG, Band, Dose, DoseRule, Edge, dose, near_edges
from anedocs.edition.edition import Edition
from anedocs.schema.model import AgeRow, Citation, OrderSet, Supplement
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
    text: str
    """What stands as the dose: an amount, NOT SET, or who must enter it."""
    supplement: Supplement | None = None
    published: tuple[Published, ...] = ()
    edges: tuple[Edge, ...] = ()
    frequency: str | None = None

    @property
    def working(self) -> str | None:
        """The arithmetic shown, or None where nothing was computed."""
        return working(self.dose) if self.dose else None


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


def working(result: Dose) -> str:
    """The arithmetic of a dose, such as '30 mg/kg × 18.4 kg = 552 mg'."""
    basis = wording.amount(result.basis)
    if result.basis.unit != "mg/kg":
        return f"{basis} at {wording.number(result.weight)} kg"
    line = f"{basis} × {wording.number(result.weight)} kg = {_mg(result.product)}"
    if result.capped:
        line += f"; maximum {_mg(result.exact)}"
    if result.rounded and result.given is not None:
        line += f"; given {_mg(result.given)}"
    return line


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
        return Filled(order, "not_set", None, None, "NOT SET", frequency=frequency)
    supplement = orderset.supplement(name)
    rows = [row for row in supplement.rows if _suits(row, age)]
    if age is None:
        rows = [row for row in rows if _can_weigh(row, weight, edition.weights)]
    if supplement.state == "accepted":
        return _accepted(orderset, order, supplement, rows, weight, age)
    published = tuple(_publish(row, weight) for row in rows)
    return Filled(
        order, "not_set", None, None, "NOT SET", supplement, published, frequency=frequency
    )


def _computed(
    orderset: OrderSet, order: Medication, status: str, rule: DoseRule, weight: Decimal,
    frequency: str | None, supplement: Supplement | None = None,
) -> Filled:  # fmt: skip
    result = dose(rule, weight)
    guards = orderset.safeguards
    margin, step = guards.boundary_margin.value, guards.scale_step.value
    near = tuple(near_edges(rule, weight, margin, step)) if margin and step else ()
    if result.given is None and order.stop_above:
        own = order.stop_above.from_.kind == "guideline"
        foreign = "" if own else ", a figure that is not from the guideline"
        text = (
            f"no dose printed: more than {wording.amount(order.stop_above.value)}{foreign}; "
            f"{order.stop_above.entered_by} must enter the dose"
        )
        return Filled(order, "stopped", rule, result, text, supplement, (), near, frequency)
    text = _mg(result.given) if result.given is not None else "NOT SET"
    return Filled(order, status, rule, result, text, supplement, (), near, frequency)


def _accepted(
    orderset: OrderSet, order: Medication, supplement: Supplement, rows: list[AgeRow],
    weight: Decimal, age: AgeGiven | None,
) -> Filled:  # fmt: skip
    if age is None or len(rows) != 1:
        why = "the age is needed for this dose" if age is None else "no dose accepted for this age"
        text = f"no dose printed: {why}; the prescriber must enter it"
        return Filled(order, "stopped", None, None, text, supplement)
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


def _mg(mass: Decimal) -> str:
    return wording.amount(Quantity(mass, MG))


def cited(cites: Iterable[Citation]) -> str:
    """Where a published dose was read, as printed beside it."""
    return "; ".join(cite.source for cite in cites)
