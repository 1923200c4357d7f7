"""The rows of the worksheet as a sheet to work from: blocks, bands, drop-downs, what is tested."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from anedocs.documents.ehr.sheet_parts import Rows, edition_words, head
from anedocs.documents.worksheet.columns import (
    BLOCKS,
    BUILD_STATUS,
    COLUMNS,
    LOCAL,
    NAMES,
    NOT_STATED,
)
from anedocs.edition.edition import Edition
from anedocs.render.workbook import (
    Cell,
    ConditionalFormat,
    Formula,
    Range,
    Sheet,
    Validation,
    letters,
)

#: The same in each row, or too long for the screen: hidden, one click opens them.
_HIDDEN = frozenset(
    {"order_set_id", "order_set_version", "code_system", "evidence_section", "evidence_quote",
     "fhir_canonical"}
)  # fmt: skip
_KEY = NAMES.index("row_key")
#: A page of paper begins with these columns; the key stands on each.
_BREAKS = ("dose_basis", "priority", "order_comments", "evidence_section")
_FIRSTS = frozenset(block.columns[0].name for block in BLOCKS)
#: Head, blocks, titles for people, names for software.
HEADER_ROWS = 6


def orders_sheet(edition: Edition, rows: Sequence[Mapping[str, str]]) -> Sheet:
    """One row for each line of the order set; the row above the first names the columns."""
    cells: Rows = [*head(edition, "Build worksheet", _KEY), *_header()]
    # Short enough for the column of the key, which is all that is printed on each page.
    cells[0] = [*[None] * _KEY, Cell("Build worksheet", "title")]
    told = (Cell(words, "edition") for words in edition_words(edition))
    last = HEADER_ROWS + len(rows) - 1
    between = [None] * (NAMES.index("display_name") - _KEY - 2)
    cells[2] = [*[None] * _KEY, *told, *between, _progress(rows, last)]
    before, shaded = "", True
    for row in rows:
        first = row["section_seq"] != before
        shaded, before = shaded != first, row["section_seq"]
        cells.append(list(_row(row, first, shaded)))
    status, tested = NAMES.index("build_status"), NAMES.index("tested_on")
    area = Range(HEADER_ROWS, status, last, status)
    status_cell, tested_cell = (
        f"{letters(column)}{HEADER_ROWS + 1}" for column in (status, tested)
    )
    return Sheet(
        "Orders",
        cells,
        heights=("title", "mark", "edition", "block", "header", "code_name"),
        frozen=(HEADER_ROWS, _KEY + 1),
        filtered=Range(HEADER_ROWS - 1, 0, last, len(NAMES) - 1),
        validations=(
            Validation(area, BUILD_STATUS, "Build status",
                       "One of the four values that ReadMe explains"),
            Validation(Range(HEADER_ROWS, tested, last, tested), f"=ISNUMBER({tested_cell})",
                       "Tested on", "A date"),
        ),
        conditional_formats=(
            ConditionalFormat(area, f'=LEFT({status_cell},6)="NEEDS_"', "attention"),
        ),
        columns=NAMES,
        hidden=frozenset(NAMES.index(name) for name in _HIDDEN),
        repeated=_KEY,
        breaks=[NAMES.index(name) for name in _BREAKS],
    )  # fmt: skip


def _header() -> Rows:
    """The names of the blocks, the titles of the columns, and their names for software."""
    blocks: list[Cell | None] = []
    for block in BLOCKS:
        seen = next(column for column in block.columns if column.name not in _HIDDEN)
        blocks += [
            Cell(block.title if column is seen else None, "block") for column in block.columns
        ]
    return [
        blocks,
        [Cell(column.title, "header") for column in COLUMNS],
        [Cell(column.name, "code_name text") for column in COLUMNS],
    ]


def _progress(rows: Sequence[Mapping[str, str]], last: int) -> Cell:
    """How many lines are to be built and how many are tested, counted by the sheet itself."""
    kind, tested = (letters(NAMES.index(name)) for name in ("row_type", "tested_on"))
    built = f'COUNTIF({kind}{HEADER_ROWS + 1}:{kind}{last + 1},"orderable")'
    done = f"COUNTA({tested}{HEADER_ROWS + 1}:{tested}{last + 1})"
    count = sum(row["row_type"] == "orderable" for row in rows)
    return Cell(
        Formula(f'="Lines to build: "&{built}&"; tested: "&{done}',
                f"Lines to build: {count}; tested: 0"),
        "strong",
    )  # fmt: skip


def _row(row: Mapping[str, str], first: bool, shaded: bool) -> Iterator[Cell]:
    """A row; a header stands out, a note steps back, and what is under a header is set in."""
    kind = row["row_type"]
    base = f"cell{' shaded' * shaded}{' first' * first} {_OF_KIND.get(kind, '')}".rstrip()
    for column in COLUMNS:
        text = row[column.name]
        style = base
        if column.name in _FIRSTS:
            style += " left"
        if column.name in LOCAL:
            style += " input"
        if column.name == "row_key":
            style += " strong"
        if column.name == "display_name" and row["selection_group"] and kind != "choice_header":
            style += " inset"
        if text == NOT_STATED:
            style += " attention"
        if column.number and text:
            yield Cell(Decimal(text), f"{style} number")
        else:
            yield Cell(text, f"{style} text")


_OF_KIND = {"choice_header": "group", "note": "faint"}
