"""What a comparison found, as a table for people and as JSON for programs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from anedocs.core import characters, wording
from anedocs.reconcile.compare import Outcome
from anedocs.reconcile.fields import FIELDS
from anedocs.reconcile.rows import Finding

#: Each kind of difference as the summary counts it: one, and several.
_COUNTED = {
    "dose_not_set": ("dose that the order set leaves NOT SET",
                     "doses that the order set leaves NOT SET"),
    "missing": ("line not built", "lines not built"),
    "extra": ("extra orderable", "extra orderables"),
    "duplicate": ("duplicate", "duplicates"),
    "ambiguous": ("row that fits several lines", "rows that fit several lines"),
    "drifted": ("drifted value", "drifted values"),
    "blank": ("value left blank", "values left blank"),
    "unreadable": ("unreadable cell", "unreadable cells"),
}  # fmt: skip
_LOUD = "dose_not_set"
_AMOUNTS = {field.name for field in FIELDS if field.amount}
#: So many characters of a text are shown; the JSON has the whole.
_WIDEST = 48
_BEFORE = 16


def as_json(outcome: Outcome) -> dict[str, Any]:
    """The comparison for programs; numbers stay text, so that no reader turns them into floats."""
    edition = outcome.edition
    return {
        "orderset": edition.orderset.id,
        "revision": edition.orderset.revision,
        "fingerprint": edition.fingerprint,
        "status": edition.status.state,
        "differences": [_object(one) for one in outcome.differences],
        "notes": [_object(one) for one in outcome.notes],
        "not_compared": [{"field": name, "why": why} for name, why in outcome.not_compared],
    }


def as_text(outcome: Outcome) -> str:
    """The comparison for people: the differences, the counts, and what was not compared."""
    loud = [one for one in outcome.differences if one.kind == _LOUD]
    rest = [one for one in outcome.differences if one.kind != _LOUD]
    local = [one for one in outcome.notes if one.kind == "local"]
    blocks = [
        _title(outcome),
        _block("DOSE BUILT WHERE THE ORDER SET SAYS NOT SET; it has no source here", loud),
        _block("Differences", rest),
        _block("Local values, NOT SET in the guideline; somebody here must own them", local),
        _counts(outcome),
        "\n".join(_export_notes(outcome)),
        "\n".join(_not_compared(outcome)),
    ]  # fmt: skip
    return "\n\n".join(block for block in blocks if block)


def _object(one: Finding) -> dict[str, str | int | None]:
    return {
        "kind": one.kind, "row_key": one.row_key, "field": one.field, "expected": one.expected,
        "found": one.found, "row": one.row,
    }  # fmt: skip


def _title(outcome: Outcome) -> str:
    edition = outcome.edition
    state = f", {edition.status.mark}" if edition.status.mark else ""
    return (
        f"{edition.orderset.id} {edition.orderset.revision} ({edition.short_fingerprint}){state}\n"
        f"against {_safe(outcome.export.name)}, {_safe(outcome.plan.reads)}: "
        f"{_many(len(outcome.export.rows), 'row')}"
    )


def _block(title: str, findings: Sequence[Finding]) -> str:
    if not findings:
        return ""
    rows = [("row", "row_key", "field", "order set says", "EHR has"), *map(_row, findings)]
    widths = [max(len(row[at]) for row in rows) for at in range(4)]
    lines = [
        "  ".join([row[0].rjust(widths[0]), *map(str.ljust, row[1:4], widths[1:]), row[4]]).rstrip()
        for row in rows
    ]
    return "\n".join([f"{title}:", *lines])


def _row(one: Finding) -> tuple[str, str, str, str, str]:
    expected, found = one.expected, one.found
    if (one.field or "").removesuffix("_unit") in _AMOUNTS:
        expected, found = _grouped(expected), _grouped(found)
    if expected is not None and found is not None and one.kind != "unreadable":
        expected, found = _from_where_they_differ(expected, found)
    expected, found = _in_words(one, expected, found)
    where = (str(one.row or "-"), _safe(one.row_key or "-"), _safe(one.field or "-"))
    # What is wrong with a cell is told in full, for it says how to mend it.
    told = _safe(found) if one.kind == "unreadable" else _cut(_safe(found))
    return *where, _cut(_safe(expected)), told


def _in_words(one: Finding, expected: str | None, found: str | None) -> tuple[str, str]:
    """What stands in the two columns, also where one of them has no value."""
    match one.kind:
        case "missing":
            return expected or "", "NOT BUILT"
        case "extra":
            return "no such line", found or "a row without a name"
        case "duplicate":
            return "one such line", f"{found}, once more"
        case "ambiguous":
            return "one of these lines", f"{found}: the row does not say which"
        case "local" | "dose_not_set":
            return expected or "NOT SET", found or "nothing"
        case _:
            return expected or "nothing", found or "nothing"


def _grouped(amount: str | None) -> str | None:
    """An amount as people read it: with a comma from 1,000 (ISMP)."""
    number, _, unit = (amount or "").partition(" ")
    if not re.fullmatch(r"[0-9.]+", number):
        return amount
    return f"{wording.number(Decimal(number))} {unit}".rstrip()


def _counts(outcome: Outcome) -> str:
    counted = Counter[str](one.kind for one in outcome.differences)
    local = sum(one.kind == "local" for one in outcome.notes)
    parts = [_many(counted[kind], *words) for kind, words in _COUNTED.items() if counted[kind]]
    total = len(outcome.differences)
    far = ", as far as they could be compared" if outcome.not_compared else ""
    summary = (
        f"{_many(total, 'difference')}: {', '.join(parts)}." if total
        else f"No difference in the {_many(outcome.lines, 'line')} of the order set{far}."
    )  # fmt: skip
    return f"{summary} {_many(local, 'local value')}." if local else summary


def _export_notes(outcome: Outcome) -> Iterator[str]:
    for one in outcome.notes:
        if one.kind == "other_edition":
            yield (
                f"Built from another {one.field}: the export says {_safe(one.found or '')} (row "
                f"{one.row}), the order set is {one.expected}."
            )
        if one.kind == "how_read":
            yield f"{_safe(one.found or '')}."
        if one.kind == "left_out":
            yield f"Left out: {one.found} of other plans, by column {_safe(one.field or '')}."
    unread = [_safe(one.field or "") for one in outcome.notes if one.kind == "unread_column"]
    if unread:
        yield f"Columns of the export that the map does not know, not read: {', '.join(unread)}."


def _not_compared(outcome: Outcome) -> Iterator[str]:
    if outcome.not_compared:
        yield "Not compared, or only in part; check these by eye:"
        width = max(len(name) for name, _ in outcome.not_compared)
        for name, why in outcome.not_compared:
            yield f"  {name.ljust(width)}  {_safe(why)}"


def _many(number: int, one: str, several: str = "") -> str:
    return f"{number} {one if number == 1 else several or f'{one}s'}"


def _from_where_they_differ(expected: str, found: str) -> tuple[str, str]:
    """Long texts without the beginning that they share, so that the difference is seen."""
    if max(len(expected), len(found)) <= _WIDEST:
        return expected, found
    said, cell = expected.casefold(), found.casefold()
    common = next(size for size in range(len(said), -1, -1) if said[:size] in cell)
    at = cell.find(said[:common])
    start = max(common - _BEFORE, 0)
    while 0 < start < common and expected[start - 1] != " ":
        start += 1
    return _after(expected, start), _after(found, at + start)


def _after(text: str, start: int) -> str:
    return f"…{text[start:]}" if start else text


def _cut(text: str) -> str:
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"


def _safe(text: str) -> str:
    """On one line, and with the code points of what nobody sees or what steers a terminal."""
    return " ".join(characters.shown(text.replace("\r", "\n")).split())
