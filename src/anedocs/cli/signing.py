"""The work behind `approve` and `withdraw`: what is signed is shown before it is written."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from anedocs.core.files import write
from anedocs.core.problems import Refusal, Usage
from anedocs.edition.edition import Compiled
from anedocs.edition.load import compiled
from anedocs.edition.locate import Locator
from anedocs.edition.names import ORDERSETS, approval_file
from anedocs.edition.record_file import with_signatures, with_withdrawal
from anedocs.edition.signing import Standing, made, signatures, standing
from anedocs.schema.orders import Medication
from anedocs.schema.records import Withdrawal
from anedocs.sentences import phrases

_SHOWN = 12


class ApproveWords(NamedTuple):
    """The options of `approve` as typed."""

    parts: Sequence[str]
    all_parts: bool
    role: str | None
    name: str | None
    day: str | None
    yes: bool


def listed(locator: Locator, name: str, today: date, as_json: bool) -> str:
    """Each part with its fingerprint, who has signed it, who is missing, and what went stale."""
    edition = compiled(locator, name)
    every = standing(edition)
    if as_json:
        return json.dumps([_row(one) for one in every], indent=2, ensure_ascii=False)
    state = edition.on(today).status
    lines = [f"{name} {edition.orderset.revision}, fingerprint {edition.fingerprint[:_SHOWN]}: "
             f"{state.state}"]  # fmt: skip
    for one in every:
        lines += ["", f"{one.part}, fingerprint {one.fingerprint[:_SHOWN]}", *_roles(one)]
    others = [reason for reason in state.reasons if not reason.startswith("part '")]
    return "\n".join([*lines, *(["", "Also:"] if others else []), *(f"  {one}" for one in others)])


def _row(one: Standing) -> dict[str, object]:
    def told(signed: object) -> object:
        assert isinstance(signed, dict)
        return {role: {"name": by.name, "date": str(by.date)} for role, by in signed.items()}

    return {"part": one.part, "fingerprint": one.fingerprint, "signed": told(dict(one.signed)),
            "stale": told(dict(one.stale)), "missing": one.missing}  # fmt: skip


def _roles(one: Standing) -> Iterator[str]:
    for role, by in one.signed.items():
        yield f"  {role}: {by.name}, {by.date}"
    for role in one.missing:
        old = one.stale.get(role)
        why = f" (the signature of {old.name}, {old.date}, is of another content)" if old else ""
        yield f"  {role}: MISSING{why}"


def approve(locator: Locator, name: str, words: ApproveWords, today: date) -> str:
    """Sign parts of the order set for one person in one role; returns what was written.

    Raises Usage for what is not said, Refusal for what cannot be signed; then nothing is written.
    """
    edition = compiled(locator, name)
    place = _record(locator, name)
    every = [one.part for one in standing(edition)]
    role = words.role or _asked("Role (medical staff, nursing, pharmacy)", "--role")
    person = words.name or _asked("Name with credentials", "--name")
    parts = every if words.all_parts else list(words.parts)
    if not parts:
        parts = _asked(f"Parts ({', '.join(every)})", "--part or --all-parts").split(", ")
    day = _day(words.day, today)
    new = signatures(edition, parts, role, person, day, today)
    if not new:
        return f"{role} has signed these parts already; nothing was written"
    for one in new:
        print("\n".join(_shown(edition, one.part, one.fingerprint)), file=sys.stderr)
    _confirm(f"{person} signs {len(new)} parts as {role}, {day}. Write it?", words.yes)
    text = place.read_text("utf-8") if place.exists() else None
    write(place, with_signatures(text, new).encode(), private=False)
    compiled(Locator(locator.home), name)  # it reads back as it was meant
    return f"{place}: {len(new)} signatures of {person}, {role}"


def withdraw(
    locator: Locator, name: str, by: str, reason: str, typed: str | None, yes: bool, today: date
) -> str:
    """Take the edition out of use; returns what was written. Raises as `approve`."""
    edition = compiled(locator, name)
    place = _record(locator, name)
    gone = edition.record.withdrawn
    if gone is not None:
        raise Refusal(f"it was withdrawn already, on {gone.date} by {gone.by}: {gone.reason}")
    day = _day(typed, today)
    entry = made(Withdrawal, by=by, date=day.isoformat(), reason=reason)
    revision = edition.orderset.revision
    _confirm(f"{name} {revision} is withdrawn: no sheet can be printed any more. Write it?", yes)
    text = place.read_text("utf-8") if place.exists() else None
    write(place, with_withdrawal(text, entry).encode(), private=False)
    compiled(Locator(locator.home), name)
    return f"{place}: {name} {revision} is withdrawn. Build the documents anew: anedocs build"


def _record(locator: Locator, name: str) -> Path:
    if locator.home is None:
        raise Usage(
            "what came with anedocs is approved by nobody. Name your own home with --home DIR; "
            "'anedocs adopt DIR' makes one"
        )
    return locator.home / ORDERSETS / approval_file(name)


def _day(typed: str | None, today: date) -> date:
    if typed is None:
        return today
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        raise Usage(f"--date is a day such as {today}") from None
    if day > today:
        raise Refusal(f"{day} lies in the future; today is {today}")
    return day


def _shown(edition: Compiled, part: str, fingerprint: str) -> Iterator[str]:
    """What is signed: of a section, each drug with its dose in words."""
    yield f"{part}, fingerprint {fingerprint[:_SHOWN]}"
    orderset = edition.orderset
    for section in orderset.sections:
        for order in section.orders if section.id == part else ():
            if isinstance(order, Medication):
                basis = "; ".join(phrases.basis_of(order.dose)) or phrases.NOT_SET
                often = phrases.how_often(orderset, order)
                limit = phrases.maximum(orderset.settled(order.maximum))
                route = phrases.route(orderset, order)
                yield f"  {order.name}: {basis}; {limit}; {often}; {route}"
            else:
                yield f"  {order.name}"


def _asked(what: str, option: str) -> str:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Usage(f"say {option}")
    print(f"{what}: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()


def _confirm(question: str, yes: bool) -> None:
    """On a terminal the person confirms; elsewhere the options say all, and --yes that it is meant.

    Why: a signature is given by a person who has seen what it is for.
    """
    if yes:
        return
    if _asked(f"{question} [yes/no]", "--yes, after you have read what is signed") != "yes":
        raise Refusal("it was not confirmed; nothing was written")
