"""Is a printed or saved sheet still true? Its check code is recomputed by the edition in force."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from anedocs.core import wording
from anedocs.core.quantity import Quantity
from anedocs.dosing.fill import FilledSet, fill
from anedocs.dosing.patient import AgeGiven, age
from anedocs.edition.edition import Edition


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, why, and the exit code that goes with it."""

    answer: str
    """One of the answers below."""
    says: tuple[str, ...]
    code: int


CURRENT = "CURRENT"
UNCHANGED = "SUPERSEDED, dose unchanged"
DIFFERS = "SUPERSEDED, dose differs"
BLANK = "SUPERSEDED, no dose on it"
WITHDRAWN = "WITHDRAWN"
BROKEN = "DOES NOT RECOMPUTE"
#: Of an order set or a revision that this copy of anedocs does not have.
UNKNOWN = "THIS EDITION IS NOT KNOWN HERE"
UNREADABLE = "COULD NOT BE READ"


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


#: Longer than any code that a page can carry.
LONGEST = 2000
_KG = re.compile(r"(?:0|[1-9][0-9]{0,3})(?:\.[0-9]{1,2})?")
_DOSE = re.compile(r"([A-Z][A-Z0-9-]*):(STOP|(?:0|[1-9][0-9]{0,8})(?:\.[0-9]{1,12})?)")
_AGE = re.compile(r"AGE:([0-9A-Z]{1,12})")


def parse(code: str) -> Scanned:
    """Take a check code apart. Raises CodeError for a slip of the scanner or of the hand."""
    text = "".join(code.split()).upper() if code.isascii() else ""
    body, _, checksum = text.rpartition("/")
    parts = body.split("/")
    if len(parts) < 4 or len(text) > LONGEST:
        raise CodeError("this is not a check code; it looks like ID/2026.1.0/…/18.4/…/1A2B3C4D")
    if f"{zlib.crc32(body.encode()):08X}" != checksum:
        raise CodeError("the checksum does not fit: a character is wrong or missing")
    name, revision, fingerprint, weight, *rest = parts
    wrong = CodeError("the code is whole but cannot be read as weight and doses")
    if weight != "BLANK" and (not _KG.fullmatch(weight) or Decimal(weight) == 0):
        raise wrong
    aged, dosed = map(_AGE.fullmatch, rest), [_DOSE.fullmatch(one) for one in rest]
    ages = [found[1] for found in aged if found]
    doses = {found[1]: found[2] for found in dosed if found}
    if len(ages) > 1 or len(doses) + len(ages) < len(rest) or (weight == "BLANK" and rest):
        raise wrong
    try:
        years = age(ages[0].lower()) if ages else None
    except ValueError:
        raise wrong from None
    kg = None if weight == "BLANK" else Decimal(weight)
    return Scanned(name.lower(), revision, fingerprint.lower(), kg, years, doses)


def in_force(scanned: Scanned, edition: Edition) -> bool:
    """Whether the code is of the edition in force, so that its page can be made anew."""
    mine = (edition.short_fingerprint, edition.orderset.revision)
    return (scanned.fingerprint, scanned.revision) == mine and not edition.status.withdrawal


def verify(scanned: Scanned, edition: Edition) -> Verdict:
    """Hold a check code against the edition in force, and recompute its doses."""
    orderset = edition.orderset
    if edition.status.withdrawal is not None:
        return Verdict(WITHDRAWN, (f"{orderset.id}: {edition.status.reasons[0]}",), 3)
    current = scanned.fingerprint == edition.short_fingerprint
    known = {entry.revision for entry in orderset.revisions}
    if not current and scanned.revision not in known:
        told = (
            f"it was printed from revision {scanned.revision} of {orderset.id}; this copy has "
            f"{orderset.revision}. Verify it where the newest edition is"
        )
        return Verdict(UNKNOWN, (told,), 2)
    rows = tuple(_first(_differences(scanned, edition)))
    if current:
        if rows or scanned.revision != orderset.revision:
            return Verdict(BROKEN, rows or ("edition and revision do not belong together",), 1)
        return Verdict(CURRENT, (f"{orderset.id} {orderset.revision}, {edition.status.state}",), 0)
    told = f"printed from {scanned.revision}, in force is {orderset.revision}"
    if scanned.revision == orderset.revision:
        told = (
            f"printed from other content under the same revision {orderset.revision} (fingerprint "
            f"{scanned.fingerprint}, in force is {edition.short_fingerprint}): whoever owns "
            f"{orderset.id} must raise the revision"
        )
    if scanned.weight is None:
        return Verdict(BLANK, (told, "print the blank sheet anew: anedocs sheet --blank"), 3)
    return Verdict(DIFFERS if rows else UNCHANGED, (told, *rows), 3)


def of_page(verdict: Verdict, differences: Sequence[str], notes: Sequence[str]) -> Verdict:
    """The verdict on a code, and on the page that was held against its sheet."""
    if differences:
        return Verdict(BROKEN, (*_first(differences), *notes), 1)
    whole = (
        "the whole page was compared but for what only the paper knows: identity, age, allergies, "
        "how and when the child was weighed, handwriting"
    )
    return Verdict(verdict.answer, (*verdict.says, whole, *notes), verdict.code)


def of_another_layout(
    verdict: Verdict, differences: Sequence[str], made_by: str, layout: str
) -> Verdict:
    """The verdict on a page that differs, and that another release or other templates made."""
    told = (
        f"it was made by {made_by}, and not by {layout}: whether its words were changed cannot be "
        "told here. Print the sheet anew, or verify it where it was printed",
        f"of the code by itself: {verdict.answer}",
        "differences from the sheet as it is made here:",
    )
    return Verdict(UNREADABLE, (*told, *_first(differences)), 2)


#: So many differences are named; a page that is another one altogether has hundreds.
MOST_DIFFERENCES = 20


def _first(differences: Sequence[str]) -> list[str]:
    """As many differences as people read, and how many more there are."""
    told, more = list(differences[:MOST_DIFFERENCES]), len(differences) - MOST_DIFFERENCES
    return [*told, f"and {more} more difference{'s' if more > 1 else ''}"] if more > 0 else told


def of_code_alone(verdict: Verdict, scanned: Scanned, edition: Edition, why: str) -> Verdict:
    """The verdict on a code whose page was not compared, with what the code says to compare it."""
    names = {one.id.upper(): one.name for one in edition.orderset.medications}
    doses = [f"{names.get(drug, drug.lower())} {_said(given)}"
             for drug, given in scanned.doses.items()]  # fmt: skip
    says = [f"the code alone was checked; the page was not compared: {why}"]
    if scanned.weight is not None:
        told = ", ".join([f"{wording.number(scanned.weight)} kg", *doses])
        says.append(f"compare with the page what the code says: {told}")
    return Verdict(verdict.answer, (*verdict.says, *says), verdict.code)


def not_shown(scanned: Scanned, text: str) -> list[str]:
    """Doses of the code that a page does not show: the page was changed after it was made."""
    page = " ".join(text.split())
    shown = {drug: "STOPPED" if given == "STOP" else _said(given)
             for drug, given in scanned.doses.items()}  # fmt: skip
    return _first([
        f"the code says {drug.lower()} {told}, and the page does not show it"
        for drug, told in shown.items()
        if not re.search(rf"(?<![0-9.,]){re.escape(told)}(?![0-9A-Za-z/])", page)
    ])  # fmt: skip


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
    return wording.amount(Quantity(Decimal(given), "mg"))
