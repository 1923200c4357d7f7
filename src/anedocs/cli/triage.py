"""The work behind `sheet` and `dose`: from what was typed to a page or a table."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from anedocs.cli.output import OutputError, Steps, moment, send_to_printer, write, write_new
from anedocs.core import wording
from anedocs.core.problems import ContentError, Problem, Refusal, Withdrawn
from anedocs.dosing import patient as weigh
from anedocs.dosing.fill import Filled, FilledSet, as_json, fill
from anedocs.orderset import library
from anedocs.orderset.library import Edition, Library
from anedocs.orderset.records import Patient

BLANK = "The blank sheet is always there: anedocs sheet --blank"


class UsageFault(ValueError):
    """What was typed does not have the right form (exit 2)."""


@dataclass(frozen=True, slots=True)
class SheetWords:
    """The options of `sheet` as typed."""

    weight: str | None
    blank: bool
    age: str | None
    sex: str | None
    weight_source: str | None
    weighed_at: str | None
    allergies: str | None
    confirm_weight: str | None
    patient: str | None
    paper: str
    at: str | None
    form: str
    output: str | None
    printer: str | None


def sheet(books: Library, name: str, words: SheetWords, steps: Steps) -> str:
    """Make the order sheet; returns what stands on stdout: the path, the job, or JSON.

    Raises UsageFault, weigh.FormError, Refusal, Withdrawn, ContentError or OutputError; then
    nothing has been written.
    """
    kg = _weight(words)
    printed = _time(words.at)
    person = _patient(words.patient)
    age = _age(words.age, person, printed)
    edition = _edition(books, name, printed, steps)
    if edition.status.withdrawal is not None:
        raise Withdrawn(
            f"{name} {edition.orderset.revision} was {edition.status.reasons[0]}. Nothing is "
            "printed from it. Ask the owner of the order set for the edition that is in force"
        )
    if kg is not None:
        _plausible(kg, age, edition, words.confirm_weight)
        steps.say("Weigh", f"{wording.number(kg)} kg is plausible or confirmed")
    filled = fill(edition, kg, age) if kg is not None else None
    steps.say("Dose", f"{len(filled.medications) if filled else 'no'} drugs filled")
    if words.form == "json":
        if filled is None:
            raise UsageFault("--format json needs --weight")
        return _json(filled)
    content = _page(books, words, edition, filled, age, person, printed)
    steps.say("Lay out", f"one page, {words.paper}, {len(content):,} bytes")
    return _deliver(content, words, name, kg, printed, steps)


def dose(books: Library, name: str, weight: str, age: str | None, as_text: bool, at: str | None,
         steps: Steps) -> str:  # fmt: skip
    """The doses as a table or JSON; what is implausible is a warning, not a refusal."""
    kg = weigh.weight(weight)
    printed = _time(at)
    years = weigh.age(age) if age else None
    edition = _edition(books, name, printed, steps)
    if weigh.plausible(kg, None, edition.weights).verdict == "hard":
        raise Refusal(weigh.plausible(kg, None, edition.weights).message + " No dose is computed")
    found = weigh.plausible(kg, years, edition.weights)
    if found.verdict != "usual":
        print(f"Warning: {found.message}", file=sys.stderr)
    if edition.status.mark:
        print(
            f"Warning: {name} {edition.orderset.revision}: {edition.status.mark}.", file=sys.stderr
        )
    filled = fill(edition, kg, years)
    steps.say("Dose", f"{len(filled.medications)} drugs filled")
    return _table(filled) if as_text else _json(filled)


def _weight(words: SheetWords) -> Decimal | None:
    if words.blank and words.weight is not None:
        raise UsageFault("give either --weight or --blank, not both")
    if words.blank:
        return None
    if words.weight is None:
        raise UsageFault(f"give the weight in kg, such as --weight 18.4. {BLANK}")
    return weigh.weight(words.weight)


def _time(at: str | None) -> datetime:
    try:
        return moment(at)
    except (ValueError, OverflowError, OSError):
        raise UsageFault(f"{at!r} is not a time; write it as 2026-01-31T14:05") from None


def _edition(books: Library, name: str, printed: datetime, steps: Steps) -> Edition:
    edition = books.load(name, printed.date())
    steps.say("Read", f"order set {name}, revision {edition.orderset.revision}")
    steps.say("Check", f"valid, {edition.status.state}, fingerprint {edition.short_fingerprint}")
    return edition


def _patient(source: str | None) -> Patient:
    """Identity from a file or standard input; its faults are told without its values."""
    if source is None:
        return Patient()
    name = "standard input" if source == "-" else source
    try:
        text = sys.stdin.read(100_000) if source == "-" else Path(source).read_text("utf-8")
        return library.parse_part(Patient, text, name)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageFault(
            f"the patient cannot be read from {name}: {type(error).__name__}"
        ) from None
    except ContentError as error:
        raise ContentError(
            Problem(one.place, "this does not fit a patient", "the order sheet; nothing is printed",
                    "Keys are name, mrn and date_of_birth (as 2026-01-31), each one text")
            for one in error.problems
        ) from None  # fmt: skip


def _age(text: str | None, person: Patient, printed: datetime) -> weigh.AgeGiven | None:
    typed = weigh.age(text) if text else None
    if person.date_of_birth is None:
        return typed
    computed = weigh.age_on(person.date_of_birth, printed.date())
    if typed is not None and not weigh.agree(typed, computed):
        raise Refusal(
            f"the age typed ({weigh.written(typed)}) and the age by the date of birth "
            f"({weigh.written(computed)}) disagree. Is this the right patient? Nothing was "
            f"printed. {BLANK}"
        )
    return typed or computed


def _plausible(
    kg: Decimal, age: weigh.AgeGiven | None, edition: Edition, initials: str | None
) -> None:
    if initials is not None and not re.fullmatch(r"[A-Za-z]{2,5}", initials):
        raise UsageFault("--confirm-weight takes the initials of who weighed again, such as AB")
    found = weigh.plausible(kg, age, edition.weights)
    ask = f"Weigh the child again and ask the pharmacist ({_phone(edition)}). {BLANK}"
    if found.verdict == "hard":
        raise Refusal(f"{found.message} Nothing was printed. {ask}")
    if found.verdict == "soft" and initials is None:
        raise Refusal(
            f"{found.message} Nothing was printed. If a second weighing confirms it, add "
            f"--confirm-weight INITIALS; the sheet prints them. {ask}"
        )


def _phone(edition: Edition) -> str:
    return edition.site.pharmacy_phone or "phone number not set in site.yaml"


def _page(
    books: Library, words: SheetWords, edition: Edition, filled: FilledSet | None,
    age: weigh.AgeGiven | None, person: Patient, printed: datetime,
) -> bytes:  # fmt: skip
    from anedocs.documents.order_sheet import SheetRequest, order_sheet

    confirmed = None
    if filled is not None:
        found = weigh.plausible(filled.weight, age, edition.weights)
        confirmed = words.confirm_weight if found.verdict == "soft" else None
    request = SheetRequest(
        edition, printed, filled, age, words.sex, words.weight_source, words.weighed_at,
        words.allergies, confirmed, person,
    )  # fmt: skip
    return order_sheet(request, books.folders("templates"), words.paper)


def _deliver(
    content: bytes, words: SheetWords, name: str, kg: Decimal | None, printed: datetime,
    steps: Steps,
) -> str:  # fmt: skip
    told = ""
    if words.output is not None:
        write(Path(words.output), content)
        told = words.output
    elif words.printer is None:
        weight = f"{wording.plain(kg)}kg" if kg is not None else "blank"
        stem = f"{name}-sheet-{weight}-{printed:%Y%m%dT%H%M%S}"
        told = str(write_new(Path("output"), stem, ".pdf", content))
    if words.printer is not None:
        told = "\n".join(filter(None, (told, send_to_printer(content, words.printer))))
    steps.say("Write", "done")
    return told


def _json(filled: FilledSet) -> str:
    return json.dumps(as_json(filled), indent=2, ensure_ascii=False)


def _table(filled: FilledSet) -> str:
    rows = [("drug", "dose", "working", "maximum")]
    rows += [_row(one) for one in filled.medications]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        "  ".join(
            [*(cell.ljust(width) for cell, width in zip(row[:3], widths, strict=True)), row[3]]
        )
        for row in rows
    ]
    title = (
        f"{filled.edition.orderset.id} {filled.edition.orderset.revision}, "
        f"{wording.number(filled.weight)} kg"
    )
    return "\n".join([title, *(line.rstrip() for line in lines), *_notes(filled)])


def _row(one: Filled) -> tuple[str, str, str, str]:
    dose_text = "STOPPED" if one.status == "stopped" else one.text
    maximum = one.rule.maximum if one.rule else None
    limit = wording.both_units(maximum) if maximum else ("not stated" if one.rule else "NOT SET")
    return one.order.name, dose_text, one.working or "", limit


def _notes(filled: FilledSet) -> list[str]:
    notes = []
    for one in filled.medications:
        if one.status == "stopped":
            notes.append(f"{one.order.name}: {one.text}.")
        for published in one.published:
            notes.append(
                f"{one.order.name}, reference only, not approved: {published.row.label} "
                f"{wording.plain(published.dose.exact)} mg {published.row.frequency}."
            )
    return ["", *notes] if notes else []


__all__ = ["OutputError", "SheetWords", "UsageFault", "dose", "sheet"]
