"""A CSV file as spreadsheets and EHRs write it; every CSV that people give is read here.

Comma, semicolon or tab; a line `sep=;` on top; titles above the header; any line ends; cells that a
spreadsheet wrapped to keep them text. Bounded: no file makes it slow or large.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Literal, NamedTuple, NoReturn

from anedocs.core import spreadsheet, text_file
from anedocs.core.problems import ContentError, Place, Problem

Delimiter = Literal["any", "comma", "semicolon", "tab"]
_SIGNS = {"comma": ",", "semicolon": ";", "tab": "\t"}
_SEP = re.compile(r'"?sep=(.)"?[,;\t ]*(?:\r\n|\r|\n|$)', re.IGNORECASE)
#: The header is looked for in so many rows; empty ones among them may be more.
_TOP, _TOP_WITH_EMPTY = 30, 1_000
#: What no table of an order set has: characters in a line, a cell and a name; a row's cells.
_LONGEST_LINE, _LONGEST_CELL, _LONGEST_NAME, _WIDEST = 1_000_000, 32_767, 200, 1_000
#: Lines, rows with something in them, cells.
_MOST_LINES, _MOST_ROWS, _MOST_CELLS = 1_048_576, 100_000, 2_000_000
_ALONE, _ANEW = "Export this order set alone", "Export the order set anew as 'CSV UTF-8'"
#: No sign that parts cells, whatever the file says.
_NEVER = '"\r\n='


class Record(NamedTuple):
    """A row that holds something: its number as a spreadsheet shows it, its line, its cells."""

    number: int
    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file as read; its first row with something in it is the header."""

    name: str
    touches: str
    header: Record
    rows: tuple[Record, ...]
    delimiter: str
    notes: tuple[str, ...] = ()
    """What the reader of a report must know of how the file was read."""

    @property
    def columns(self) -> list[str]:
        """The names of the columns, in the form by which they are compared."""
        return [column_form(cell) for cell in self.header.cells]

    def faults(self, wanted: Collection[str]) -> Iterator[Problem]:
        """Columns that are wanted and stand there twice, and rows longer than the header."""
        columns, width = self.columns, len(self.header.cells)
        counted = Counter(columns)
        for column in wanted:
            if (times := counted[column_form(column)]) > 1:
                at = columns.index(column_form(column), columns.index(column_form(column)) + 1) + 1
                yield Problem(
                    Place(self.name, self.header.line, at),
                    f"{times} columns have the name '{column}'", self.touches,
                    "Rename or remove one; which of them is right is not guessed",
                )  # fmt: skip
        for row in self.rows:
            if any(row.cells[width:]):
                yield Problem(
                    Place(self.name, row.line, width + 1),
                    f"row {row.number} has {len(row.cells)} cells, the header {width}",
                    self.touches,
                    "Put cells that hold the delimiter or a line end in quotation marks",
                )  # fmt: skip


@lru_cache(maxsize=1024)
def column_form(name: str) -> str:
    """The name of a column for comparison: case, spaces, underscores and quotes do not matter."""
    name = unicodedata.normalize("NFKC", spreadsheet.in_words(name))
    return re.sub(r"[\s_]+", "_", re.sub(r"[\"'“”\u2018\u2019`]", "", name).strip()).casefold()


def read(
    raw: bytes, name: str, wanted: Collection[str], touches: str = "",
    encoding: text_file.Encoding = "any", delimiter: Delimiter = "any",
) -> Table:  # fmt: skip
    """Read a file; the columns of `wanted` tell which row is the header and what parts the cells.

    Raises ContentError for what is no CSV file, is empty, or is larger than any such table.
    """
    decoded = text_file.decode(raw, name, touches, encoding)
    sep = _SEP.match(decoded.text)
    signs = [*_SIGNS.values()] if delimiter == "any" else [_SIGNS[delimiter]]
    if sep and sep[1] not in _NEVER:
        signs.insert(0, sep[1])
    source = _Source(decoded.text[sep.end() :] if sep else decoded.text, name, touches, bool(sep))
    known = {column_form(column) for column in wanted}
    sign = max(signs, key=lambda one: max(source.known_in_each(one, known), default=0))
    records = source.records(sign)
    if not records:
        source.stop(0, "the file is empty", "Export the order set anew, with its header")
    found = source.known_in_each(sign, known)
    at = found.index(max(found))
    header, *rows = records[at:]
    notes = [decoded.note] if decoded.note else []
    if at:
        notes.append(f"{at} {'row' if at == 1 else 'rows'} above the header: not read")
    return Table(name, touches, header, tuple(rows), sign, tuple(notes))


class _Source:
    """The text of a file on its way to rows; refuses what would make the program slow or large."""

    def __init__(self, text: str, name: str, touches: str, cut: bool) -> None:
        self._text = text
        self._name = name
        self._touches = touches
        self._cut = int(cut)
        """How many lines were cut off above."""

    def records(self, sign: str) -> list[Record]:
        """Every row that holds something, its cells cleaned."""
        records: list[Record] = []
        reader = csv.reader(self._lines(), delimiter=sign, strict=True)
        number = line = count = 0
        try:
            for number, cells in enumerate(reader, 1):
                if any(cells) and (filled := _filled(cells)):
                    count += len(filled)
                    self._bounded(reader.line_num, len(records), count, filled)
                    records.append(Record(number, line + 1 + self._cut, filled[:_WIDEST]))
                line = reader.line_num
                if number > _MOST_LINES:
                    self.stop(0, f"the file has more than {_MOST_LINES:,} rows", _ALONE)
        except csv.Error as error:
            open_mark = "unexpected end" in str(error)
            self.stop(
                reader.line_num,
                "a quotation mark is not closed, here or above" if open_mark
                else "a quotation mark stands within a cell, or the cell is far too long",
                "Put the whole cell in quotation marks, and write those inside it twice; a "
                "spreadsheet does so when it saves as 'CSV UTF-8'",
            )  # fmt: skip
        return records

    def known_in_each(self, sign: str, known: set[str]) -> list[int]:
        """In the first rows that hold something: how many cells are columns that are known."""
        found: list[int] = []
        reader = islice(csv.reader(self._lines(), delimiter=sign), _TOP_WITH_EMPTY)
        try:
            for cells in reader:
                if any(cells) and any(map(str.strip, cells)):
                    short = (cell for cell in cells[:_WIDEST] if len(cell) <= _LONGEST_NAME)
                    found.append(len(known & {column_form(cell) for cell in short}))
                if len(found) == _TOP:
                    break
        except csv.Error:
            pass  # told by `records`, for the sign that is chosen
        return found or [0]

    def stop(self, line: int, what: str, mend: str) -> NoReturn:
        """Raises ContentError; a line of 0 is the whole file."""
        place = Place(self._name, max(line, 1) + (self._cut if line else 0))
        raise ContentError([Problem(place, what, self._touches, mend)])

    def _lines(self) -> Iterator[str]:
        for number, line in enumerate(io.StringIO(self._text, newline=""), 1):
            if len(line) > _LONGEST_LINE:
                self.stop(number, f"this line has more than {_LONGEST_LINE:,} characters", _ANEW)
            yield line

    def _bounded(self, line: int, rows: int, count: int, cells: Sequence[str]) -> None:
        if rows >= _MOST_ROWS or count > _MOST_CELLS:
            self.stop(0, f"the file has more than {_MOST_ROWS:,} rows or {_MOST_CELLS:,} cells",
                      _ALONE)  # fmt: skip
        if any(cells[_WIDEST:]):
            self.stop(line, f"this row has more than {_WIDEST:,} cells", _ANEW)
        if any(len(cell) > _LONGEST_CELL for cell in cells):
            what = f"a cell has more than {_LONGEST_CELL:,} characters, too many for a spreadsheet"
            self.stop(line, f"{what}; is a quotation mark not closed?", _ANEW)


def _filled(cells: list[str]) -> list[str]:
    """The cells, cleaned; nothing where no cell says anything."""
    clean = [spreadsheet.cleaned(cell) if cell else "" for cell in cells]
    return clean if any(map(spreadsheet.in_words, clean)) else []
