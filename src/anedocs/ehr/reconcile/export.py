"""An export of the EHR, read by its map: rows of cells, and what a cell says.

A cell is only read: one that begins like a formula is text here and is never written to a file.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from anedocs.core.problems import ContentError, Place, Problem, did_you_mean
from anedocs.ehr.reconcile.map import TOUCHES, ReconcileMap, plain

#: In bytes; an export of one order set is a few hundred rows.
LARGEST = 20_000_000
_SIGNS = {"comma": ",", "semicolon": ";", "tab": "\t"}
#: How the files of spreadsheet programs begin.
_WORKBOOK = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_BYTE_ORDER = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an export; `number` is the one that a spreadsheet shows, 1 for the header."""

    number: int
    cells: Mapping[str, str]
    """By the plain form of the column's name."""

    def cell(self, column: str) -> str:
        """What stands in a column, without the spaces around it."""
        return self.cells.get(plain(column), "").strip()

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


def read(raw: bytes, name: str, plan: ReconcileMap) -> Export:
    """Read an export by its map.

    Raises ContentError with every problem of the file; `name` stands in messages.
    """
    if len(raw) > LARGEST:
        _stop(Place(name), f"the file has {len(raw):,} bytes, more than {LARGEST:,}",
              "Export this order set alone")  # fmt: skip
    if raw.startswith(_WORKBOOK):
        _stop(Place(name), "this is a workbook, not a CSV file",
              "Open it and save the sheet with the orders as 'CSV UTF-8'")  # fmt: skip
    records = _records(_text(raw, name, plan), name, plan)
    filled = [
        (number, cells) for number, cells in enumerate(records, 1) if any(map(str.strip, cells))
    ]
    if not filled:
        _stop(Place(name), "the file is empty", "Export the order set anew, with its header")
    (place, header), *body = filled
    problems = [*_header_problems(header, place, name, plan), *_too_wide(header, body, name)]
    if problems:
        raise ContentError(problems)
    names = [plain(column) for column in header]
    rows = [Row(number, dict(zip(names, cells, strict=False))) for number, cells in body]
    kept = tuple(row for row in rows if _belongs(row, plan))
    if not kept:
        what = f"none of the {len(rows)} rows is of this order set" if rows else "there is no row"
        mend = "Check the export, and 'only' in the map" if rows else "Check the export"
        _stop(Place(name, place), f"{what} under the header", mend)
    return Export(name, kept, len(rows) - len(kept), tuple(_unread(header, body, plan)))


def _text(raw: bytes, name: str, plan: ReconcileMap) -> str:
    """The text of the file; the mark at its beginning says more than the map."""
    codec = next((code for mark, code in _BYTE_ORDER.items() if raw.startswith(mark)), None)
    if codec is None and plan.encoding == "windows-1252" and _is_utf8(raw):
        codec = "utf-8"  # nothing but UTF-8 looks like UTF-8; read otherwise it would be garbled
    codec = codec or plan.encoding
    mend = "Save it as 'CSV UTF-8', or say in the map which encoding it has, such as windows-1252"
    try:
        text = raw.decode(codec)
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        form = codec.removesuffix("-sig").upper()
        byte = error.object[error.start]
        _stop(Place(name, line), f"byte 0x{byte:02x} in this line is not {form}", mend)
    if "\x00" in text:
        _stop(Place(name), "this is not a text, or one in another encoding", mend)
    return text


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _records(text: str, name: str, plan: ReconcileMap) -> list[list[str]]:
    """The rows of the file as lists of cells, the empty ones as well."""
    wanted = {plain(column) for column, _ in plan.columns()}

    def known(sign: str) -> int:
        """How many columns of the map the header has, if this sign parts its cells."""
        lines = (line for line in io.StringIO(text, newline="") if line.strip())
        try:
            cells = next(csv.reader(lines, delimiter=sign), [])
        except csv.Error:
            return 0
        return len(wanted & {plain(cell) for cell in cells})

    signs = list(_SIGNS.values()) if plan.delimiter == "any" else [_SIGNS[plan.delimiter]]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(signs, key=known), strict=True)
    try:
        return list(reader)
    except csv.Error as error:
        open_mark = "unexpected end" in str(error)
        _stop(
            Place(name, max(reader.line_num, 1)),
            "a quotation mark is not closed, here or above" if open_mark
            else "a quotation mark stands within a cell, or the cell is far too long",
            "Put the whole cell in quotation marks, and write those inside it twice; a spreadsheet "
            "does so when it saves as 'CSV UTF-8'",
        )  # fmt: skip


def _header_problems(
    header: list[str], line: int, name: str, plan: ReconcileMap
) -> Iterator[Problem]:
    """Columns that the map reads and that are not there, or there twice."""
    wanted: dict[str, list[str]] = {}
    for column, what in plan.columns():
        wanted.setdefault(column, []).append(what)
    counted = Counter(plain(cell) for cell in header)
    lacking = [column for column in wanted if not counted[plain(column)]]
    if 2 * len(lacking) > len(wanted):
        yield Problem(
            Place(name, line), f"this row has {len(wanted) - len(lacking)} of the {len(wanted)} "
            "columns that the map reads", TOUCHES,
            f"Is it the header, and is this the right map? Not there: {', '.join(lacking)}",
        )  # fmt: skip
        return
    for column in lacking:
        near = did_you_mean(column, filter(None, header))
        yield Problem(
            Place(name, line), f"there is no column '{column}', which the map reads for "
            f"{', '.join(dict.fromkeys(wanted[column]))}", TOUCHES,
            f"{near if near.startswith('Did') else ''} If the export does not have it, take it out "
            "of 'fields' and say so under 'not_in_export'".strip(),
        )  # fmt: skip
    for column in wanted:
        places = [at for at, cell in enumerate(header, 1) if plain(cell) == plain(column)]
        if len(places) > 1:
            yield Problem(
                Place(name, line, places[1]), f"{len(places)} columns have the name '{column}'",
                TOUCHES, "Rename or remove one; which of them is right is not guessed",
            )  # fmt: skip


def _too_wide(
    header: list[str], body: Sequence[tuple[int, list[str]]], name: str
) -> Iterator[Problem]:
    """Rows with more cells than the header; fewer are usual, for spreadsheets cut empty ends."""
    for number, cells in body:
        if any(cell.strip() for cell in cells[len(header) :]):
            yield Problem(
                Place(name, number, len(header) + 1),
                f"row {number} has {len(cells)} cells, the header {len(header)}", TOUCHES,
                "Put cells that hold the delimiter or a line end in quotation marks",
            )  # fmt: skip


def _belongs(row: Row, plan: ReconcileMap) -> bool:
    return all(
        plain(row.cell(column)) in {plain(value) for value in values}
        for column, values in (plan.only or {}).items()
    )


def _unread(
    header: list[str], body: Sequence[tuple[int, list[str]]], plan: ReconcileMap
) -> Iterator[str]:
    known = {plain(column) for column, _ in plan.columns()}
    known |= {plain(column) for column in plan.ignored}
    for at, cell in enumerate(header):
        if cell.strip() and plain(cell) not in known:
            yield cell.strip()
        elif not cell.strip() and any(
            cells[at : at + 1] and cells[at].strip() for _, cells in body
        ):
            yield f"column {at + 1}, without a name"


def _stop(place: Place, what: str, mend: str) -> NoReturn:
    raise ContentError([Problem(place, what, TOUCHES, mend)])
