"""What a workbook is made of: cells, areas, sheets, and what stands around them.

Knows no library and no subject; `render.sheets` writes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from typing import NamedTuple

#: In a footer these two stand for the number of the page, and of all pages.
PAGE, PAGES = "{page}", "{pages}"


class Formula(NamedTuple):
    """A formula with what it comes to, for viewers that do not work it out themselves."""

    text: str
    shown: str | Decimal | int


Value = str | Decimal | int | Formula | None


class Cell(NamedTuple):
    """A value and how it looks: names of styles, the later ones winning."""

    value: Value
    style: str = ""


class Area(NamedTuple):
    """A rectangle of cells, each number counted from 0, the last ones within it."""

    row: int
    column: int
    last_row: int
    last_column: int

    @property
    def absolute(self) -> str:
        """The area as a formula names it, such as $A$1:$B$2."""
        first, last = letters(self.column), letters(self.last_column)
        return f"${first}${self.row + 1}:${last}${self.last_row + 1}"


class Rule(NamedTuple):
    """What may be typed into an area: one of a list, or what a formula says."""

    area: Area
    allowed: Sequence[str] | str
    title: str
    help: str


class Mark(NamedTuple):
    """A style that an area takes where a formula, written for its first cell, holds."""

    area: Area
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
    filtered: Area | None = None
    rules: Sequence[Rule] = ()
    marks: Sequence[Mark] = ()
    merged: Sequence[Area] = ()
    columns: Sequence[str] = ()
    """Names of the columns, where the look gives their widths by name."""
    folded: frozenset[int] = frozenset()
    """Columns that are folded away and can be opened."""
    repeated: int | None = None
    """A column that stands at the left of each printed page."""
    breaks: Sequence[int] = ()
    """Columns at which a new printed page begins."""
    protected: bool = False


class Frame(NamedTuple):
    """What stands around every sheet, and the properties of the file."""

    title: str
    created: date
    header: tuple[str, str]
    """Left and middle; the name of the sheet stands at the right."""
    footer: tuple[str, str]
    """Left and right, with PAGE and PAGES."""
    names: Mapping[str, str]
    """Names of areas that formulas use."""


@cache
def letters(column: int) -> str:
    """The letters of a column that is counted from 0: A, Z, AA."""
    text = ""
    while column >= 0:
        text = chr(ord("A") + column % 26) + text
        column = column // 26 - 1
    return text
