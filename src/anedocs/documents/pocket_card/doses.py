"""A drug on the pocket card: its dose basis in words, and its doses at a few weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from anedocs.core import wording
from anedocs.core.quantity import Quantity
from anedocs.dosing.fill import rule_of
from anedocs.dosing.rules import DoseRule, dose
from anedocs.schema.model import OrderSet
from anedocs.schema.orders import Medication
from anedocs.sentences.dose_words import accepted_rows, basis_of

NOT_SET = "NOT SET"
_NO_MAXIMUM = "maximum: not stated in guideline"
#: What is asked of every drug beside its dose, in the order of an order sentence.
_FIELDS = ("frequency", "duration", "route", "salt", "infusion_time")


def dose_lines(orderset: OrderSet, drug: Medication) -> Iterator[tuple[str, str]]:
    """A drug with its dose basis, maximum, frequency and duration, and what is NOT SET of it."""
    urgency = orderset.settled(drug.urgency) if drug.urgency else None
    optional = drug.optional.text if drug.optional else None
    lead = ", ".join(text for text in (drug.name, urgency, drug.role, optional) if text)
    yield lead, "; ".join((*_dose(orderset, drug), *_conditions(drug)))


def first_dose_lines(orderset: OrderSet, drugs: Sequence[Medication]) -> Iterator[tuple[str, str]]:
    """When and where first doses are given, once for all drugs of which the same is said."""
    together: dict[str, list[str]] = {}
    for drug in drugs:
        said = orderset.settled(drug.first_dose) if drug.first_dose else None
        if said:
            together.setdefault(said, []).append(drug.name)
    for said, names in together.items():
        yield f"First dose {said}", ", ".join(names)


def stop_lines(drug: Medication) -> Iterator[tuple[str, str]]:
    """Above which dose people must enter it themselves."""
    if drug.stop_above is not None:
        stop = drug.stop_above
        own = stop.from_.kind == "guideline"
        foreign = "" if own else ", a figure that is not from the guideline"
        limit = f"More than {wording.amount(stop.value)}{foreign}"
        yield drug.name, f"{limit}: {stop.entered_by} must enter the dose"


def worked_rows(
    orderset: OrderSet, drugs: Sequence[Medication], weights: Sequence[Quantity]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each drug with its dose in mg at each weight; a drug without a dose rule has no row."""
    for drug in drugs:
        rule = rule_of(orderset, drug)
        if rule is not None:
            yield drug.name, tuple(_worked(rule, weight) for weight in weights)


def _worked(rule: DoseRule, weight: Quantity) -> str:
    given = dose(rule, weight.number).given
    return "STOP" if given is None else wording.number(given)


def _dose(orderset: OrderSet, drug: Medication) -> Iterator[str]:
    rows = accepted_rows(orderset, drug)
    basis = list(basis_of(drug.dose)) if rule_of(orderset, drug) else []
    often = _often(orderset, drug)
    if basis:
        together = len(basis) == 1 and often
        yield from [f"{basis[0]} {often}"] if together else basis
        maximum = orderset.settled(drug.maximum)
        yield f"maximum {wording.both_units(maximum)}" if maximum else _NO_MAXIMUM
        often = "" if together else often
    yield from rows
    if often:
        yield often
    yield from _left_open(orderset, drug, has_dose=bool(basis or rows), often_known=bool(rows))


def _often(orderset: OrderSet, drug: Medication) -> str:
    """How often, for how long and when, as far as the guideline says so."""
    often, duration = orderset.settled(drug.frequency), orderset.settled(drug.duration)
    timing = orderset.settled(drug.timing) if drug.timing else None
    lasting = f"{often or ''} for {wording.amount(duration)}".strip() if duration else often
    return ", ".join(text for text in (lasting, timing) if text)


def _left_open(
    orderset: OrderSet, drug: Medication, *, has_dose: bool, often_known: bool
) -> Iterator[str]:
    """The route, and in one breath all that is NOT SET."""
    route = orderset.settled(drug.route)
    if route:
        yield f"route {route}"
    asked = [] if has_dose else ["dose"]
    for name in _FIELDS:
        stated = getattr(drug, name)
        known = orderset.settled(stated) is not None or (name == "frequency" and often_known)
        if not known and stated.not_set != ("silent",):
            asked.append(name.replace("_", " "))
    if asked:
        yield f"{wording.joined(asked)} {NOT_SET}"


def _conditions(drug: Medication) -> Iterator[str]:
    yield from (part.text for part in (drug.purpose, drug.condition) if part)
    yield from (note.short or note.text for note in drug.notes)
