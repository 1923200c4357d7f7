"""What a workbook is made of: sheets, cells, ranges of cells, and what stands around them.

Knows no library and no subject; `render.xlsx` writes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

#: In a footer these two stand for the number of the page, and of all pages.
PAGE, PAGES = "{page}", "{pages}"


class Formula(NamedTuple):
    """A formula with its result, for viewers that do not compute it themselves."""

    text: str
    result: str | Decimal | int


Value = str | Decimal | int | Formula | None


class Cell(NamedTuple):
    """A value and how it looks: names of styles, the later ones winning."""

    value: Value
    style: str = ""


class Range(NamedTuple):
    """A rectangle of cells, each number counted from 0, the last row and column included."""

    row: int
    column: int
    last_row: int
    last_column: int

    @property
    def absolute(self) -> str:
        """The range as a formula names it, such as $A$1:$B$2."""
        first, last = letters(self.column), letters(self.last_column)
        return f"${first}${self.row + 1}:${last}${self.last_row + 1}"


class Validation(NamedTuple):
    """What may be typed into a range: one of a list, or what a formula says."""

    cells: Range
    allowed: Sequence[str] | str
    title: str
    help: str


class ConditionalFormat(NamedTuple):
    """A style that a range takes where a formula, written for its first cell, holds."""

    cells: Range
    formula: str
    style: str


class Sheet(NamedTuple):
    """One sheet: its rows of cells and what they can do."""

    name: str
    rows: Sequence[Sequence[Cell | None]]
    heights: Sequence[str] = ()
    """The names of the heights of the first rows; those below are as high as their text."""
    frozen: tuple[int, int] = (0, 0)
    """So many rows and columns stay in view; the rows are repeated on each printed page."""
    filtered: Range | None = None
    validations: Sequence[Validation] = ()
    conditional_formats: Sequence[ConditionalFormat] = ()
    merged: Sequence[Range] = ()
    columns: Sequence[str] = ()
    """Names of the columns, where the look gives their widths by name."""
    hidden: frozenset[int] = frozenset()
    """Columns that are hidden in an outline and can be opened."""
    repeated: int | None = None
    """A column that stands at the left of each printed page."""
    breaks: Sequence[int] = ()
    """Columns at which a new printed page begins."""
    protected: bool = False


class Workbook(NamedTuple):
    """The sheets, what stands around each of them in print, and the properties of the file."""

    title: str
    created: date
    header: tuple[str, str]
    """Left and middle; the name of the sheet stands at the right."""
    footer: tuple[str, str]
    """Left and right, with PAGE and PAGES."""
    sheets: Sequence[Sheet]
    names: Mapping[str, str]
    """The ranges that formulas call by a name."""


def letters(column: int) -> str:
    """The letters of a column that is counted from 0: A, Z, AA."""
    text = ""
    while column >= 0:
        text = chr(ord("A") + column % 26) + text
        column = column // 26 - 1
    return text
