"""A drug on the pocket card: its dose basis in words, and its doses at a few weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from anedocs.core import wording
from anedocs.core.quantity import Quantity
from anedocs.dosing.fill import rule_of
from anedocs.dosing.rules import DoseRule, dose
from anedocs.schema.model import OrderSet
from anedocs.schema.orders import Medication
from anedocs.sentences import phrases

#: What is asked of every drug beside its dose, in the order of an order sentence.
_FIELDS = ("frequency", "duration", "route", "salt", "infusion_time")


def dose_lines(orderset: OrderSet, drug: Medication, brief: bool) -> Iterator[tuple[str, str]]:
    """A drug with its dose basis, maximum, frequency and duration, and what is NOT SET of it."""
    urgency = orderset.settled(drug.urgency) if drug.urgency else None
    optional = drug.optional.text if drug.optional else None
    lead = ", ".join(text for text in (drug.name, urgency, drug.role, optional) if text)
    yield lead, "; ".join((*_dose(orderset, drug, brief), *_conditions(drug)))


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
        yield drug.name, phrases.stop_on_card(drug.stop_above)


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


def _dose(orderset: OrderSet, drug: Medication, brief: bool) -> Iterator[str]:
    rows = (phrases.accepted_in_brief if brief else phrases.accepted_rows)(orderset, drug)
    basis = list(phrases.basis_of(drug.dose)) if rule_of(orderset, drug) else []
    often = phrases.how_often_stated(orderset, drug)
    if basis:
        together = len(basis) == 1 and often
        yield from [f"{basis[0]} {often}"] if together else basis
        yield phrases.maximum(orderset.settled(drug.maximum))
        often = "" if together else often
    elif not rows and (most := orderset.settled(drug.maximum)):
        yield phrases.maximum(most)
    yield from rows
    if often:
        yield often
    yield from _left_open(orderset, drug, has_dose=bool(basis or rows), often_known=bool(rows))


def _left_open(
    orderset: OrderSet, drug: Medication, *, has_dose: bool, often_known: bool
) -> Iterator[str]:
    """The route, and in one breath all that is NOT SET."""
    if orderset.settled(drug.route):
        yield phrases.route(orderset, drug)
    asked = [] if has_dose else ["dose"]
    for name in _FIELDS:
        stated = getattr(drug, name)
        known = orderset.settled(stated) is not None or (name == "frequency" and often_known)
        if not known and stated.not_set != ("silent",):
            asked.append(name.replace("_", " "))
    if asked:
        yield f"{wording.joined(asked)} {phrases.NOT_SET}"


def _conditions(drug: Medication) -> Iterator[str]:
    yield from (part.text for part in (drug.purpose, drug.condition) if part)
    yield from (note.short or note.text for note in drug.notes)
