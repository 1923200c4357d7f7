"""Every clinical phrase once: all documents take their words from here, and none writes its own.

Where a crowded page or software needs another form of a phrase, that form stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from anedocs.core import wording
from anedocs.core.quantity import Quantity
from anedocs.dosing.fill import Filled
from anedocs.dosing.rules import MG, Dose, Edge
from anedocs.schema.model import AgeRow, Citation, Criterion, Entry, OrderSet
from anedocs.schema.orders import (
    ByWeight,
    Fixed,
    Medication,
    NotSet,
    Sourced,
    Stop,
    WeightBands,
)

NOT_SET = "NOT SET"
STOPPED = "STOPPED"
NOT_CHECKED = "Weight not checked for age"
REFERENCE = "Reference only, not approved"
WEIGH_AGAIN = "WEIGH AGAIN, SECOND PERSON"

# --- The dose ---


def basis_of(shape: ByWeight | WeightBands | Fixed | NotSet) -> Iterator[str]:
    """The basis of a dose, one for each weight band."""
    match shape:
        case ByWeight() | Fixed():
            yield wording.amount(shape.amount)
        case WeightBands():
            for band in shape.bands:
                yield f"{wording.weights(band.range)}: {wording.amount(band.amount)}"


def given(filled: Filled) -> str:
    """What stands as the dose at a weight: an amount, NOT SET, or who must enter it."""
    stop = filled.order.stop_above
    match filled.stopped:
        case "above_stop" if stop is not None:
            limit = f"more than {wording.amount(stop.value)}{_foreign(stop)}"
            return f"no dose printed: {limit}; {_enters(stop)}"
        case "age_needed":
            why = "the age is needed for this dose"
        case "no_dose_for_age":
            why = "no dose accepted for this age"
        case _:
            dose = filled.dose.given if filled.dose else None
            return NOT_SET if dose is None else mg(dose)
    return f"no dose printed: {why}; the prescriber must enter it"


def working(result: Dose) -> str:
    """The arithmetic of a dose, such as '30 mg/kg × 18.4 kg = 552 mg'."""
    basis = wording.amount(result.basis)
    if result.basis.unit != "mg/kg":
        return f"{basis} at {wording.number(result.weight)} kg"
    line = f"{basis} × {wording.number(result.weight)} kg = {mg(result.product)}"
    if result.capped:
        line += f"; maximum {mg(result.exact)}"
    if result.rounded and result.given is not None:
        line += f"; given {mg(result.given)}"
    return line


def mg(mass: Decimal) -> str:
    """A mass in mg."""
    return wording.amount(Quantity(mass, MG))


# --- Its bounds ---


def maximum(limit: Quantity | None, *, applied: bool = False) -> str:
    """The most that is given at once, or that the guideline states none."""
    if limit is None:
        return "maximum: not stated in guideline"
    return f"maximum {wording.both_units(limit)}{' APPLIED' if applied else ''}"


def stop(drug: Medication) -> str | None:
    """What stands in place of a dose above the stop in the EHR, or None where there is no stop."""
    if drug.stop_above is None:
        return None
    own = drug.stop_above.from_.kind == "guideline"
    foreign = "" if own else " (not a figure of the guideline)"
    return f"{stop_alone(drug.stop_above)}{foreign}: {_enters(drug.stop_above)}"


def stop_alone(limit: Stop) -> str:
    """The stop beside a formula, which shows no sentence."""
    return f"no dose above {wording.amount(limit.value)}"


def stop_on_card(limit: Stop) -> str:
    """The stop as the pocket card has it, in a sentence that begins a line."""
    return f"More than {wording.amount(limit.value)}{_foreign(limit)}: {_enters(limit)}"


def _foreign(limit: Stop) -> str:
    own = limit.from_.kind == "guideline"
    return "" if own else ", a figure that is not from the guideline"


def _enters(limit: Stop) -> str:
    return f"{limit.entered_by} must enter the dose"


def edge(name: str, near: Edge) -> str:
    """What happens at an edge near this weight, with the dose on either side of it."""
    match near.kind:
        case "band":
            what = f"the dose rule changes at {wording.amount(near.limit)}"
        case "maximum":
            what = f"the maximum of {wording.both_units(near.limit)} begins here"
        case _:
            what = f"no dose is printed above {wording.amount(near.limit)}"
    return f"{name}: {what}; {_at(near.below)}, {_at(near.above)}"


def _at(dose: Dose) -> str:
    amount = "no dose" if dose.given is None else mg(dose.given)
    return f"{wording.number(dose.weight)} kg gives {amount}"


def near_step(margin: Quantity) -> str:
    """Why the child is weighed again; stands after WEIGH_AGAIN."""
    return f"the weight is within {wording.amount(margin)} of a step in the dose"


def old_weight(holds_for: Quantity) -> str:
    """What is said of a weight that was taken long before the sheet."""
    return f"Weighed more than {wording.amount(holds_for)} before this sheet"


# --- How it is given ---


def route(orderset: OrderSet, drug: Medication) -> str:
    """By which route, or that it is not set."""
    stated = orderset.settled(drug.route)
    return f"route {stated or NOT_SET}"


def how_often(orderset: OrderSet, drug: Medication, words: str | None = None) -> str:
    """How often and for how long, such as 'daily for 5 days'; NOT SET where only one is known.

    `words` are those of an accepted supplement, which says it beside its own dose.
    """
    stated = orderset.settled(drug.frequency)
    often = words or stated
    duration = orderset.settled(drug.duration)
    if duration is None:
        return often or f"frequency {NOT_SET}"
    lasts = f"for {wording.amount(duration)}"
    return f"{often} {lasts}" if often else f"frequency {NOT_SET}; {lasts}"


def how_often_stated(orderset: OrderSet, drug: Medication) -> str:
    """How often, for how long and when, as far as it is stated; the card names what is not."""
    often, duration = orderset.settled(drug.frequency), orderset.settled(drug.duration)
    timing = orderset.settled(drug.timing) if drug.timing else None
    lasting = f"{often or ''} for {wording.amount(duration)}".strip() if duration else often
    return ", ".join(text for text in (lasting, timing) if text)


def stated(orderset: OrderSet, drug: Medication) -> Iterator[str]:
    """What is stated of a drug that has no dose yet: its route, how often, its maximum."""
    if orderset.settled(drug.route):
        yield route(orderset, drug)
    if orderset.settled(drug.frequency) or orderset.settled(drug.duration):
        yield how_often(orderset, drug)
    if most := orderset.settled(drug.maximum):
        yield maximum(most)


def settled(orderset: OrderSet, drug: Medication) -> Iterator[str]:
    """What is settled of a drug beside dose, route and frequency: salt, infusion time, rounding."""
    if salt := orderset.settled(drug.salt):
        yield f"salt {salt}"
    if lasts := orderset.settled(drug.infusion_time):
        yield f"infusion time {wording.amount(lasts)}"
    if step := orderset.settled(drug.rounding):
        yield rounded(step)


def rounded(step: Quantity) -> str:
    """To which step doses are rounded."""
    return f"rounded to {wording.amount(step)}"


# --- Where it is from ---


def cited(cites: Iterable[Citation]) -> str:
    """Where a published dose was read, as printed beside it."""
    return "; ".join(cite.source for cite in cites)


def accepted_rows(orderset: OrderSet, drug: Medication) -> list[str]:
    """The rows of an accepted supplement, each with where it was read."""
    name = drug.dose.supplement if isinstance(drug.dose, NotSet) else None
    supplement = orderset.supplement(name) if name else None
    if supplement is None or supplement.state != "accepted":
        return []
    read_in = f"dose of {cited(supplement.cites)}, accepted by {supplement.accepted_by}"
    return [*map(_row, supplement.rows), read_in]


def accepted_in_brief(orderset: OrderSet, drug: Medication) -> list[str]:
    """The same where there is no room for the rows."""
    return ["dose by age, as accepted: see order sheet"] if accepted_rows(orderset, drug) else []


def _row(row: AgeRow) -> str:
    most = f", maximum {wording.both_units(row.maximum)}" if row.maximum else ""
    return f"{row.label}: {', '.join(basis_of(row.dose))}{most}, {row.frequency}"


# --- Whom it is for, and when ---


def entry(criteria: Entry) -> str:
    """The entry criteria as one sentence whose logic cannot be misread."""
    required = wording.joined([*map(criterion, criteria.required)])
    either = [*map(criterion, criteria.at_least_one)]
    if not either:
        return required
    return f"{required}; together with {wording.joined(either, 'or')}, or both"


def criterion(one: Criterion) -> str:
    """A criterion in words; of a score, the limit that it must be less than."""
    return f"{one.text} less than {wording.number(one.below.number)}" if one.below else one.text


def treatment_gate(orderset: OrderSet) -> str | None:
    """When treatment begins, or that nobody has decided it; None where that is no question."""
    return orderset.treatment_gate.says if orderset.treatment_gate else None


def note(one: Sourced) -> str:
    """A note as a crowded page has it, with what is remarked on it."""
    return f"{one.short or one.text}{f' ({one.remark})' if one.remark else ''}"
