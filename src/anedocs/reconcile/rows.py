"""One row of an export against its line of the order set, field by field."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from anedocs.core import spreadsheet
from anedocs.core.quantity import Quantity
from anedocs.reconcile.amounts import Unreadable, comparable, same, shown
from anedocs.reconcile.cells import Cells
from anedocs.reconcile.export import Row
from anedocs.reconcile.fields import DOSE, FIELDS, Field, Line
from anedocs.reconcile.map import AmountAt, WordsAt, plain
from anedocs.reconcile.match import Lines
from anedocs.sentences.phrases import NOT_SET
from anedocs.sentences.vocabulary import FREQUENCIES

Kind = Literal[
    "dose_not_set", "missing", "extra", "duplicate", "ambiguous", "drifted", "blank", "unreadable",
    "local", "other_edition", "how_read", "left_out", "unread_column",
]  # fmt: skip

#: In so many parts of a cell is looked for the one that was perhaps meant; no comment has more.
_SEARCHED = 30


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference or note: what the order set says, and what stands in the EHR."""

    kind: Kind
    row_key: str | None
    field: str | None = None
    expected: str | None = None
    found: str | None = None
    row: int | None = None
    """The row of the export, as a spreadsheet numbers it."""


class Rows:
    """Compares rows of an export with the lines that they are."""

    def __init__(self, known: Lines, cells: Cells) -> None:
        self._known = known
        self._cells = cells
        self._given = cells.plan.fields.given()

    def compare(self, key: str, row: Row) -> list[Finding]:
        """Every difference and local value of one row."""
        line = self._known.by_key[key]
        found = [*self._record_id(line, row)]
        for field in FIELDS:
            place = self._given.get(field.name)
            try:
                if isinstance(place, AmountAt):
                    found += _amount(field, line, self._cells.amount(row, place), row)
                elif isinstance(place, WordsAt):
                    found += self._words(field, line, place, row)
            except Unreadable as error:
                found.append(
                    _finding("unreadable", field.name, line, row, field.text(line), str(error))
                )
        if any(one.kind == "dose_not_set" and one.field != "dose_basis" for one in found):
            return [one for one in found if one.field != "dose_basis"]  # the unit says it again
        return found

    def _record_id(self, line: Line, row: Row) -> Iterator[Finding]:
        column = self._cells.plan.match.record_id
        expected = self._known.record_id(line["row_key"])
        found = row.cell(column) if column else ""
        if found and expected and found != expected:
            how = spreadsheet.rewritten(found, expected)
            told = f"column {column}: {_rewritten(found, how)}" if how else found
            kind: Kind = "unreadable" if how else "drifted"
            yield _finding(kind, "record_id", line, row, expected, told)

    def _words(self, field: Field, line: Line, place: WordsAt, row: Row) -> Iterator[Finding]:
        expected, found = field.text(line), self._cells.words(row, place)
        if field.name == "comments":
            yield from _comments(field, line, place, found, row)
        elif field.name == "name" and found and plain(found) in self._known.names(line["row_key"]):
            return
        elif place.within == "yes":  # what else stands in that cell is not asked
            if expected and not _stands_in(expected, found):
                near = _nearest(expected, found)
                kind: Kind = "drifted" if near else "blank"
                yield _finding(kind, field.name, line, row, expected, near)
        elif not _same_words(field, expected, found):
            _not_rewritten(field, expected, found, place)
            yield _finding(_kind(field, line, expected, found), field.name, line, row,
                           expected, found)  # fmt: skip


def _not_rewritten(field: Field, expected: str | None, found: str | None, place: WordsAt) -> None:
    """Raises Unreadable for what a spreadsheet has changed: what the EHR has is not known then."""
    meant, cell = (expected or "").split(), (found or "").split()
    while meant and cell and meant[0] == cell[0]:
        del meant[0], cell[0]  # such as the system of a code
    text = " ".join(cell)
    number = None if field.name == "code" and not meant else " ".join(meant)
    if how := spreadsheet.rewritten(text, number):
        raise Unreadable(f"column {place.read()[-1]}: {_rewritten(text, how)}")


def _rewritten(text: str, how: str) -> str:
    return f"'{text}': {how}, so export it anew as text"


def _amount(field: Field, line: Line, found: Quantity | None, row: Row) -> Iterator[Finding]:
    expected = field.amount_of(line)
    if field.name == "weight_from" and found is not None and not found.number:
        found = None  # from nothing on is every weight
    name = field.name
    if expected is not None and found is not None:
        if same(expected, found):
            return
        unit_alone = expected.unit != found.unit and expected.number == found.number
        if unit_alone or not comparable(expected, found):
            name = f"{field.name}_unit"
    elif expected is None and found is None:
        return
    texts = (shown(expected) if expected else None, shown(found) if found else None)
    yield _finding(_kind(field, line, *texts), name, line, row, *texts)


def _same_words(field: Field, expected: str | None, found: str | None) -> bool:
    one, other = plain(expected or field.default), plain(found or field.default)
    if field.name == "frequency" and one in FREQUENCIES:
        return FREQUENCIES[one] == FREQUENCIES.get(other)  # 'one dose' and 'once' are the same
    return one == other


def _comments(
    field: Field, line: Line, place: WordsAt, found: str | None, row: Row
) -> Iterator[Finding]:
    """The parts of an order comment, in whatever order they stand.

    A part that says NOT SET waits for the site: what stands in its place is a local value.
    """
    expected = field.text(line)
    parts, built = _parts(expected), _parts(found)
    said, there = {*map(plain, parts)}, {*map(plain, built)}
    lost = [part for part in parts if plain(part) not in there]
    added = [part for part in built if plain(part) not in said]
    if place.within == "yes":
        lost = [part for part in lost if not _stands_in(part, found)]
    opened = [part for part in lost if NOT_SET in part]
    lost = [part for part in lost if part not in opened]
    if place.within == "yes":
        added = [near for part in lost if (near := _nearest(part, found))]
    texts = ("; ".join(lost) or None, "; ".join(added) or None)
    if lost:
        yield _finding("drifted" if added else "blank", field.name, line, row, *texts)
    elif len(added) > len(opened):
        yield _finding("drifted" if expected else "local", field.name, line, row, *texts)
    elif added:
        doses = line["order_type"] == "medication" and any("dose" in part for part in opened)
        yield _finding("dose_not_set" if doses else "local", field.name, line, row, *texts)


def _stands_in(expected: str, found: str | None) -> bool:
    """Whether a text stands in a cell as a whole: 8 mg/kg does not stand in 18 mg/kg."""
    whole = rf"(?<![\w.,]){re.escape(plain(expected))}(?!\w|[.,][0-9])"
    return re.search(whole, plain(found or "")) is not None


def _nearest(expected: str, found: str | None) -> str | None:
    """The part of a cell that was perhaps meant, to show it beside what is expected."""
    parts = {plain(part): part for part in _parts(found)[:_SEARCHED]}
    near = difflib.get_close_matches(plain(expected), parts, n=1)
    return parts[near[0]] if near else None


def _parts(text: str | None) -> list[str]:
    return [part for one in (text or "").split(";") if (part := " ".join(one.split()))]


def _kind(field: Field, line: Line, expected: str | None, found: str | None) -> Kind:
    if found is None:
        return "blank"
    if expected is not None:
        return "drifted"
    if field.otherwise == "dose_not_set" and line["order_type"] != "medication":
        return "drifted"
    if field.name == "dose_as_text" and DOSE.amount_of(line) is not None:
        return "drifted"
    return field.otherwise


def _finding(
    kind: Kind, field: str, line: Line, row: Row, expected: str | None, found: str | None
) -> Finding:
    return Finding(kind, line["row_key"], field, expected, found, row.number)
