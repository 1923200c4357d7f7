"""The work behind `sheet` and `dose`: from what was typed to a page or a table."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from anedocs.cli import clock
from anedocs.cli.output import Steps, deliver
from anedocs.cli.printing import send_to_printer
from anedocs.core import wording
from anedocs.core.files import OutputError, write_new
from anedocs.core.problems import Refusal, Usage, Withdrawn
from anedocs.documents.dose_table import table as dose_table
from anedocs.dosing import patient as typed
from anedocs.dosing.fill import FilledSet, fill
from anedocs.dosing.plausible import Plausibility, plausible, too_old
from anedocs.edition.edition import Edition
from anedocs.edition.load import load
from anedocs.edition.locate import Locator
from anedocs.edition.store import Store
from anedocs.schema.records import Patient
from anedocs.sentences import phrases

#: Never among the committee's documents, which are handed on as a whole.
SHEETS = Path("sheets")
BLANK = "The blank sheet is always there: anedocs sheet --blank"


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


class DoseWords(NamedTuple):
    """The options of `dose` as typed."""

    weight: str
    age: str | None
    as_json: bool
    at: str | None


def sheet(locator: Locator, name: str, words: SheetWords, steps: Steps, store: Store | None) -> str:
    """Make the order sheet; returns what stands on stdout: the path, the job, or JSON.

    Raises Usage, typed.FormError, Refusal, Withdrawn, ContentError or OutputError; then
    nothing has been written.
    """
    kg = _weight(words)
    printed = clock.of_patient(words.at)
    person = _person(words.patient)
    age = _age(words.age, person, printed)
    weighed = clock.weighed(words.weighed_at, printed)
    _not_before_birth(weighed, person)
    edition = _edition(locator, name, printed, steps, store)
    if edition.status.withdrawal is not None:
        raise Withdrawn(
            f"{name} {edition.orderset.revision} was {edition.status.reasons[0]}. Nothing is "
            "printed from it. Ask the owner of the order set for the edition that is in force"
        )
    confirmed = None
    if kg is not None:
        _of_childhood(age, edition, "printed")
        confirmed = _confirmed(kg, age, edition, words.confirm_weight)
    said = f"{wording.number(kg)} kg is plausible or confirmed" if kg is not None else "by hand"
    steps.say("Weigh", said)
    filled = fill(edition, kg, age) if kg is not None else None
    steps.say("Dose", f"{len(filled.medications) if filled else 'no'} drugs filled")
    holds_for = edition.weights.weight_holds_for
    long_ago = weighed is not None and weighed.older_than(holds_for, printed)
    if words.form == "json":
        if filled is None or words.printer is not None:
            raise Usage("--format json needs --weight and cannot be printed")
        told = _json_to(words.output, filled)
    else:
        content = _page(locator, words, edition, filled, age, person, printed, weighed, long_ago,
                        confirmed)  # fmt: skip
        steps.say("Lay out", f"one page, {words.paper}, {len(content):,} bytes")
        told = _deliver(content, words, name, kg, printed, steps)
    _warn(clock.not_of_today(words.at))
    if words.confirm_weight is not None and confirmed is None:
        what = "there is no weight" if kg is None else "the weight is in the usual range"
        _warn(f"--confirm-weight was not needed, as {what}; the initials are not printed")
    if weighed is not None and long_ago:
        _warn(f"{phrases.old_weight(holds_for)}, at {weighed.words}. Weigh the child again")
    return told


def dose(locator: Locator, name: str, words: DoseWords, steps: Steps, store: Store | None) -> str:
    """The doses as a table or JSON; an unusual weight is a warning in both.

    Raises Refusal for a weight that no child of that age can have, as `sheet` does.
    """
    kg = typed.weight(words.weight)
    today = clock.moment(words.at)
    years = typed.age(words.age) if words.age is not None else None
    edition = _edition(locator, name, today, steps, store)
    _of_childhood(years, edition, "computed")
    found = _possible(kg, years, edition, "No dose was computed")
    steps.say("Weigh", f"{wording.number(kg)} kg is {found.verdict}")
    _warn(clock.not_of_today(words.at))
    _warn(found.message if found.verdict != "usual" else None)
    _warn(f"{phrases.NOT_CHECKED}: no age was given" if years is None else None)
    mark = edition.status.mark
    _warn(f"{name} {edition.orderset.revision}: {mark}" if mark else None)
    filled = fill(edition, kg, years)
    steps.say("Dose", f"{len(filled.medications)} drugs filled")
    return _json(filled) if words.as_json else dose_table.as_text(filled)


def _warn(what: str | None) -> None:
    if what is not None:
        print(f"Warning: {what.rstrip('.')}.", file=sys.stderr)


def _weight(words: SheetWords) -> Decimal | None:
    if words.blank and words.weight is not None:
        raise Usage("give either --weight or --blank, not both")
    if words.blank:
        return None
    if words.weight is None:
        raise Usage(f"give the weight in kg, such as --weight 18.4. {BLANK}")
    return typed.weight(words.weight)


def _person(given: str | None) -> Patient:
    if given is None:
        return Patient()
    from anedocs.cli import label  # with the reader of YAML, which no sheet without a label needs

    return label.patient(given)


def _edition(
    locator: Locator, name: str, printed: datetime, steps: Steps, store: Store | None
) -> Edition:
    edition = load(locator, name, printed.date(), store)
    steps.say("Read", f"order set {name}, revision {edition.orderset.revision}")
    steps.say("Check", f"valid, {edition.status.state}, fingerprint {edition.short_fingerprint}")
    return edition


def _age(text: str | None, person: Patient, printed: datetime) -> typed.AgeGiven | None:
    given = typed.age(text) if text is not None else None
    born, today = person.date_of_birth, printed.date()
    if born is None:
        return given
    try:
        computed = typed.age_on(born, today)
    except ValueError as error:
        raise Refusal(
            f"{error}. Is it the right one, and is the clock right? Nothing was printed. {BLANK}"
        ) from None
    if computed.days > typed.OLDEST.to("day").number:
        raise Refusal(
            f"by the date of birth nobody can still live. Is the year right? Nothing was printed. "
            f"{BLANK}"
        )
    if given is not None and not typed.agree(given, born, today):
        if given.quantity.unit == "month":
            computed = typed.age_in("month", born, today)
        raise Refusal(
            f"the age typed ({typed.written(given)}) and the age by the date of birth "
            f"({typed.written(computed)}) disagree. Is this the right patient? Nothing was "
            f"printed. {BLANK}"
        )
    return computed._replace(quantity=given.quantity) if given else computed


def _not_before_birth(weighed: clock.Weighed | None, person: Patient) -> None:
    born = person.date_of_birth
    if weighed and born and weighed.at.date() < born:
        raise Refusal(
            f"--weighed-at lies before the date of birth. Is this the right patient? Nothing was "
            f"printed. {BLANK}"
        )


def _of_childhood(age: typed.AgeGiven | None, edition: Edition, made: str) -> None:
    """Refuse an age for which the doses were not written."""
    if age is not None and too_old(age, edition.weights):
        raise Refusal(
            f"this order set is for ages below {wording.amount(edition.weights.age_below)}, and "
            f"the age given is {typed.written(age)}. Nothing was {made}. Is the age right? Else "
            f"{_ask(edition)}"
        )


def _ask(edition: Edition) -> str:
    phone = edition.site.pharmacy_phone
    return f"ask the pharmacist{f' ({phone})' if phone else ''}. {BLANK}"


def _confirmed(
    kg: Decimal, age: typed.AgeGiven | None, edition: Edition, initials: str | None
) -> str | None:
    """The initials that are printed: of who weighed again, where the weight is not usual.

    Raises Refusal where there are none.
    """
    if initials is not None and not re.fullmatch(r"[A-Za-z]{2,5}", initials):
        raise Usage("--confirm-weight takes the initials of who weighed again, such as AB")
    found = _possible(kg, age, edition, "Nothing was printed")
    if found.verdict == "soft" and initials is None:
        raise Refusal(
            f"{found.message} Nothing was printed. Weigh the child again; where that confirms it, "
            "add --confirm-weight INITIALS, and the sheet prints them. In doubt, "
            f"{_ask(edition)}"
        )
    return initials if found.verdict == "soft" else None


def _possible(
    kg: Decimal, age: typed.AgeGiven | None, edition: Edition, stopped: str
) -> Plausibility:
    """Refuse a weight that nobody of that age can have, or that no limit of the table checks."""
    found = plausible(kg, age, edition.weights)
    if found.verdict == "no_limits":
        mend = "Mend weight-for-age.yaml, and"
    elif found.verdict == "hard":
        mend = "Weigh the child again and"
    else:
        return found
    raise Refusal(f"{found.message} {stopped}. {mend} {_ask(edition)}")


def _page(
    locator: Locator, words: SheetWords, edition: Edition, filled: FilledSet | None,
    age: typed.AgeGiven | None, person: Patient, printed: datetime,
    weighed: clock.Weighed | None, long_ago: bool, confirmed: str | None,
) -> bytes:  # fmt: skip
    from anedocs.documents.order_sheet.page import SheetRequest, order_sheet

    request = SheetRequest(
        edition, printed, filled, age, words.sex, words.weight_source,
        weighed.words if weighed else None, long_ago, _said(words.allergies), confirmed, person,
    )  # fmt: skip
    content = order_sheet(request, locator.folders("templates"), words.paper)
    if locator.home is not None:
        from anedocs.check import own_templates

        own_templates.read_back_sheet(locator, request, content, words.paper)
    return content


def _said(text: str | None) -> str | None:
    """What was typed; nothing but spaces is nothing: 'not asked' must then stand on the sheet."""
    return (text or "").strip() or None


def _deliver(
    content: bytes, words: SheetWords, name: str, kg: Decimal | None, printed: datetime,
    steps: Steps,
) -> str:  # fmt: skip
    told = ""
    if words.output is not None:
        told = deliver(content, words.output)
    elif words.printer is None:
        weight = f"{wording.plain(kg)}kg" if kg is not None else "blank"
        stem = f"{name}-sheet-{weight}-{printed:%Y%m%dT%H%M%S}"
        told = str(write_new(SHEETS, stem, ".pdf", content))
    if words.printer is not None:
        job = _printed(content, words, told)
        if words.output is not None and not told:
            print(job, file=sys.stderr)  # standard output holds the sheet itself
        else:
            told = "\n".join(filter(None, (told, job)))
    steps.say("Write", "done")
    return told


def _printed(content: bytes, words: SheetWords, saved: str) -> str:
    assert words.printer is not None
    try:
        return send_to_printer(content, words.printer, words.paper)
    except OutputError as error:
        raise OutputError(f"{error}; the sheet is in {saved}") if saved else error from None


def _json_to(output: str | None, filled: FilledSet) -> str:
    if output in (None, "-"):
        return _json(filled)
    return deliver(f"{_json(filled)}\n".encode(), output)


def _json(filled: FilledSet) -> str:
    return json.dumps(dose_table.as_json(filled), indent=2, ensure_ascii=False)


__all__ = ["OutputError", "SheetWords", "dose", "sheet"]
