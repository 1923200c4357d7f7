"""An export of the EHR, read by its map: rows of cells, and what a cell says.

A cell is only read: one that begins like a formula is text here and is never written to a file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from anedocs.core import csv_file, spreadsheet
from anedocs.core.csv_file import Table, column_form
from anedocs.core.problems import ContentError, Place, Problem, did_you_mean
from anedocs.reconcile.map import TOUCHES, ReconcileMap, plain

#: Rows of one order set; it has some fifty lines.
_MOST_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an export; `number` is the one that a spreadsheet shows, 1 for the header."""

    number: int
    cells: Mapping[str, str]
    """By the form of the column's name in which columns are compared."""

    def cell(self, column: str) -> str:
        """The words in a column, without the spaces around them and without what nobody sees."""
        return spreadsheet.in_words(self.as_written(column))

    def as_written(self, column: str) -> str:
        """What stands in a column, to the last character; amounts are read from it."""
        return self.cells.get(column_form(column), "")

    def cells_of(self, columns: Sequence[str]) -> str:
        """What stands in several columns, with a space between."""
        return " ".join(filter(None, map(self.cell, columns)))


@dataclass(frozen=True, slots=True)
class Export:
    """An export as read: its rows, and what was not read."""

    name: str
    rows: tuple[Row, ...]
    left_out: int = 0
    """How many rows belong to something else, by the map's `only`."""
    unread: tuple[str, ...] = ()
    """Columns of which the map says nothing."""
    semicolons: bool = False
    """Whether a semicolon parts the cells, as where the comma is the decimal mark."""
    notes: tuple[str, ...] = ()
    """How the file was read, where its reader must know."""


def read(raw: bytes, name: str, plan: ReconcileMap) -> Export:
    """Read an export by its map.

    Raises ContentError with every problem of the file; `name` stands in messages.
    """
    wanted = dict.fromkeys(column for column, _ in plan.columns())
    table = csv_file.read(raw, name, wanted, TOUCHES, plan.encoding, plan.delimiter)
    problems = [*_lacking(table, plan), *table.faults(wanted)]
    if problems:
        raise ContentError(problems)
    only = [(column, {*map(plain, values)}) for column, values in (plan.only or {}).items()]
    belongs = (
        row for row in _rows(table)
        if all(plain(row.cell(column)) in values for column, values in only)
    )  # fmt: skip
    kept = list(islice(belongs, _MOST_ROWS + 1))
    if not kept or len(kept) > _MOST_ROWS:
        raise ContentError([_of_another(table, len(kept))])
    return Export(
        name, tuple(kept), len(table.rows) - len(kept), tuple(_unread(table, plan)),
        table.delimiter == ";", table.notes,
    )  # fmt: skip


def _rows(table: Table) -> Iterator[Row]:
    columns = table.columns
    return (Row(one.number, dict(zip(columns, one.cells, strict=False))) for one in table.rows)


def _of_another(table: Table, kept: int) -> Problem:
    """The fault of an export without a row of this order set, or with far too many."""
    rows = len(table.rows)
    if not kept:
        none = f"none of the {rows} rows is of this order set" if rows else "there is no row"
        what = f"{none} under the header"
        mend = "Check the export, and 'only' in the map" if rows else "Check the export"
    else:
        what = f"more than {_MOST_ROWS:,} rows are of this order set"
        mend = "Say under 'only' in the map which rows are meant, or export this order set alone"
    return Problem(Place(table.name, table.header.line), what, TOUCHES, mend)


def _lacking(table: Table, plan: ReconcileMap) -> Iterator[Problem]:
    """Columns that the map reads and that are not there."""
    place = Place(table.name, table.header.line)
    wanted: dict[str, list[str]] = {}
    for column, what in plan.columns():
        wanted.setdefault(column, []).append(what)
    there = set(table.columns)
    lacking = [column for column in wanted if column_form(column) not in there]
    if 2 * len(lacking) > len(wanted):
        yield Problem(
            place, f"this row has {len(wanted) - len(lacking)} of the {len(wanted)} "
            "columns that the map reads", TOUCHES,
            f"Is it the header, and is this the right map? Not there: {', '.join(lacking)}",
        )  # fmt: skip
        return
    for column in lacking:
        near = did_you_mean(column, filter(None, map(spreadsheet.in_words, table.header.cells)))
        yield Problem(
            place, f"there is no column '{column}', which the map reads for "
            f"{', '.join(dict.fromkeys(wanted[column]))}", TOUCHES,
            f"{near if near.startswith('Did') else ''} If the export does not have it, take it out "
            "of 'fields' and say so under 'not_in_export'".strip(),
        )  # fmt: skip


def _unread(table: Table, plan: ReconcileMap) -> Iterator[str]:
    known = {column_form(column) for column, _ in plan.columns()}
    known |= {column_form(column) for column in plan.ignored}
    for at, (cell, column) in enumerate(zip(table.header.cells, table.columns, strict=True)):
        if cell and column not in known:
            yield cell
        elif not cell and any(any(row.cells[at : at + 1]) for row in table.rows):
            yield f"column {at + 1}, without a name"
