"""Is a printed or saved sheet still true? Its check code is recomputed by the edition in force."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from anedocs.core import wording
from anedocs.core.quantity import Quantity
from anedocs.dosing.fill import FilledSet, fill
from anedocs.dosing.patient import AgeGiven, age
from anedocs.dosing.patient import weight as weigh
from anedocs.orderset.library import Edition


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, why, and the exit code that goes with it."""

    answer: str
    """One of the five answers below."""
    says: tuple[str, ...]
    code: int


CURRENT = "CURRENT"
UNCHANGED = "SUPERSEDED, dose unchanged"
DIFFERS = "SUPERSEDED, dose differs"
BLANK = "SUPERSEDED, no dose on it"
WITHDRAWN = "WITHDRAWN"
BROKEN = "DOES NOT RECOMPUTE"


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a check code says, taken apart."""

    orderset: str
    revision: str
    fingerprint: str
    weight: Decimal | None
    """None for a blank sheet or a card."""
    age: AgeGiven | None
    doses: dict[str, str]


class CodeError(ValueError):
    """What was scanned or typed is not a whole check code; the message says why."""


def parse(code: str) -> Scanned:
    """Take a check code apart. Raises CodeError for a slip of the scanner or of the hand."""
    text = "".join(code.split()).upper()
    body, _, checksum = text.rpartition("/")
    parts = body.split("/")
    if len(parts) < 4:
        raise CodeError("this is not a check code; it looks like ANE/2026.1.0/…/18.4/…/1A2B3C4D")
    if f"{zlib.crc32(body.encode()):08X}" != checksum:
        raise CodeError("the checksum does not fit: a character is wrong or missing")
    name, revision, fingerprint, weight, *doses = parts
    try:
        kg = None if weight == "BLANK" else weigh(weight)
        given = dict(dose.split(":") for dose in doses)
        years = age(given.pop("AGE").lower()) if "AGE" in given else None
    except ValueError as error:
        raise CodeError("the code is whole but cannot be read as weight and doses") from error
    return Scanned(name.lower(), revision, fingerprint.lower(), kg, years, given)


def verify(scanned: Scanned, edition: Edition, page: str = "") -> Verdict:
    """Hold a check code against the edition in force, and recompute its doses.

    `page` is the text of the document, where there is one: each dose of the code must stand on it.
    """
    orderset = edition.orderset
    changed = tuple(_not_on_page(scanned, page))
    if changed:
        return Verdict(BROKEN, changed, 1)
    if edition.status.withdrawal is not None:
        return Verdict(WITHDRAWN, (f"{orderset.id}: {edition.status.reasons[0]}",), 3)
    current = scanned.fingerprint == edition.short_fingerprint
    known = {entry.revision for entry in orderset.revisions}
    if not current and scanned.revision not in known:
        told = f"revision {scanned.revision} is not known here; this copy is {orderset.revision}"
        return Verdict(BROKEN, (told,), 1)
    rows = tuple(_differences(scanned, edition))
    if current:
        if rows or scanned.revision != orderset.revision:
            return Verdict(BROKEN, rows or ("edition and revision do not belong together",), 1)
        return Verdict(CURRENT, (f"{orderset.id} {orderset.revision}, {edition.status.state}",), 0)
    told = f"printed from {scanned.revision}, in force is {orderset.revision}"
    if scanned.weight is None:
        return Verdict(BLANK, (told, "print the blank sheet anew: anedocs sheet --blank"), 3)
    return Verdict(DIFFERS if rows else UNCHANGED, (told, *rows), 3)


def _differences(scanned: Scanned, edition: Edition) -> list[str]:
    """Each drug whose printed dose is not the one of the edition in force."""
    if scanned.weight is None:
        return []
    try:
        filled = fill(edition, scanned.weight, scanned.age)
    except (ValueError, ArithmeticError):
        return [f"no dose can be computed at {scanned.weight} kg"]
    now = _given(filled)
    names = {one.order.id.upper(): one.order.name for one in filled.medications}
    return [
        f"{names.get(drug, drug.lower())} at {wording.number(scanned.weight)} kg: "
        f"printed {_said(scanned.doses.get(drug))}, now {_said(now.get(drug))}"
        for drug in sorted({*scanned.doses, *now})
        if scanned.doses.get(drug) != now.get(drug)
    ]


def _not_on_page(scanned: Scanned, page: str) -> Iterator[str]:
    """Doses of the code that the page does not show: the page was changed after it was made."""
    for drug, given in scanned.doses.items():
        told = "STOPPED" if given == "STOP" else _said(given)
        if page and told not in " ".join(page.split()):
            yield f"the code says {drug.lower()} {told}, and the page does not show it"


def _given(filled: FilledSet) -> dict[str, str]:
    return {
        one.order.id.upper(): "STOP" if one.dose.given is None else wording.plain(one.dose.given)
        for one in filled.medications
        if one.dose is not None
    }


def _said(given: str | None) -> str:
    if given is None:
        return "no dose"
    if given == "STOP":
        return "stopped"
    try:
        return wording.amount(Quantity(Decimal(given), "mg"))
    except InvalidOperation:
        return f"'{given}'"
