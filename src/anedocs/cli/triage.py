"""The work behind `sheet` and `dose`: from what was typed to a page or a table."""

from __future__ import annotations

import json
import re
import sys
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from anedocs.cli.output import OutputError, Steps, moment, send_to_printer, write, write_new
from anedocs.core import wording
from anedocs.core.problems import ContentError, Problem, Refusal, Usage, Withdrawn
from anedocs.dosing import patient as weigh
from anedocs.dosing.fill import Filled, FilledSet, as_json, cited, fill, working
from anedocs.orderset import library
from anedocs.orderset.library import Edition, Library
from anedocs.orderset.records import Patient

BLANK = "The blank sheet is always there: anedocs sheet --blank"
#: In bytes; more than any label holds.
LONGEST_PATIENT = 100_000


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

    Raises Usage, weigh.FormError, Refusal, Withdrawn, ContentError or OutputError; then
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
    weighed = f"{wording.number(kg)} kg is plausible or confirmed" if kg is not None else "by hand"
    steps.say("Weigh", weighed)
    filled = fill(edition, kg, age) if kg is not None else None
    steps.say("Dose", f"{len(filled.medications) if filled else 'no'} drugs filled")
    if words.form == "json":
        if filled is None or words.printer is not None:
            raise Usage("--format json needs --weight and cannot be printed")
        return _json_to(words.output, filled)
    content = _page(books, words, edition, filled, age, person, printed)
    steps.say("Lay out", f"one page, {words.paper}, {len(content):,} bytes")
    return _deliver(content, words, name, kg, printed, steps)


def dose(books: Library, name: str, weight: str, age: str | None, as_text: bool, at: str | None,
         steps: Steps) -> str:  # fmt: skip
    """The doses as a table or JSON; what is implausible is a warning, not a refusal."""
    kg = weigh.weight(weight)
    printed = _time(at)
    years = weigh.age(age) if age is not None else None
    edition = _edition(books, name, printed, steps)
    limits = weigh.plausible(kg, None, edition.weights)
    if limits.verdict == "hard":
        raise Refusal(f"{limits.message} No dose was computed. Weigh the child again, in kg")
    found = weigh.plausible(kg, years, edition.weights)
    steps.say("Weigh", f"{wording.number(kg)} kg is {found.verdict}")
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
        raise Usage("give either --weight or --blank, not both")
    if words.blank:
        return None
    if words.weight is None:
        raise Usage(f"give the weight in kg, such as --weight 18.4. {BLANK}")
    return weigh.weight(words.weight)


def _time(at: str | None) -> datetime:
    try:
        return moment(at)
    except ValueError as error:
        raise Usage(str(error)) from None


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
        with nullcontext(sys.stdin.buffer) if source == "-" else Path(source).open("rb") as file:
            raw = file.read(LONGEST_PATIENT + 1)
        if len(raw) > LONGEST_PATIENT:
            raise Usage(f"what {name} holds is far too long for one patient's label")
        return library.parse_part(Patient, raw.decode("utf-8-sig"), name)
    except OSError as error:
        raise Usage(f"the patient cannot be read from {name}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Usage(f"the patient cannot be read from {name}: it is not UTF-8 text") from None
    except ContentError as error:
        raise ContentError(
            Problem(one.place, "this does not fit a patient", "the order sheet; nothing is printed",
                    "Keys are name, mrn and date_of_birth (as 2026-01-31), each one text")
            for one in error.problems
        ) from None  # fmt: skip


def _age(text: str | None, person: Patient, printed: datetime) -> weigh.AgeGiven | None:
    typed = weigh.age(text) if text is not None else None
    born, today = person.date_of_birth, printed.date()
    if born is None:
        return typed
    try:
        computed = weigh.age_on(born, today)
    except ValueError as error:
        raise Refusal(
            f"{error}. Is it the right one, and is the clock right? Nothing was printed. {BLANK}"
        ) from None
    if typed is not None and not weigh.agree(typed, born, today):
        raise Refusal(
            f"the age typed ({weigh.written(typed)}) and the age by the date of birth "
            f"({weigh.written(computed)}) disagree. Is this the right patient? Nothing was "
            f"printed. {BLANK}"
        )
    return computed._replace(quantity=typed.quantity) if typed else computed


def _plausible(
    kg: Decimal, age: weigh.AgeGiven | None, edition: Edition, initials: str | None
) -> None:
    if initials is not None and not re.fullmatch(r"[A-Za-z]{2,5}", initials):
        raise Usage("--confirm-weight takes the initials of who weighed again, such as AB")
    found = weigh.plausible(kg, age, edition.weights)
    phone = edition.site.pharmacy_phone
    ask = f"ask the pharmacist{f' ({phone})' if phone else ''}. {BLANK}"
    if found.verdict == "hard":
        raise Refusal(f"{found.message} Nothing was printed. Weigh the child again and {ask}")
    if found.verdict == "soft" and initials is None:
        raise Refusal(
            f"{found.message} Nothing was printed. Weigh the child again; where that confirms it, "
            f"add --confirm-weight INITIALS, and the sheet prints them. In doubt, {ask}"
        )


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
        edition, printed, filled, age, words.sex, words.weight_source, _said(words.weighed_at),
        _said(words.allergies), confirmed, person,
    )  # fmt: skip
    return order_sheet(request, books.folders("templates"), words.paper)


def _said(text: str | None) -> str | None:
    """What was typed; nothing but spaces is nothing: 'not asked' must then stand on the sheet."""
    return (text or "").strip() or None


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
        told = "\n".join(filter(None, (told, _printed(content, words.printer, told))))
    steps.say("Write", "done")
    return told


def _printed(content: bytes, printer: str, saved: str) -> str:
    try:
        return send_to_printer(content, printer)
    except OutputError as error:
        raise OutputError(f"{error}; the sheet is in {saved}") if saved else error from None


def _json_to(output: str | None, filled: FilledSet) -> str:
    if output is None:
        return _json(filled)
    write(Path(output), f"{_json(filled)}\n".encode())
    return output


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
        if one.status == "supplement" and one.supplement:
            notes.append(f"{one.order.name}: dose of {cited(one.supplement.cites)}.")
        for published in one.published:
            notes.append(
                f"{one.order.name}, reference only, not approved: {published.row.label} "
                f"{working(published.dose)}, {published.row.frequency}"
                f"{f' (another source: {working(published.rival)})' if published.rival else ''} "
                f"[{cited(published.row.cites)}]."
            )
    return ["", *notes] if notes else []


__all__ = ["OutputError", "SheetWords", "dose", "sheet"]
