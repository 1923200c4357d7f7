"""The sheets of our workbooks as pieces of text, each of the kind that its place gives it.

Known by the heading above a row or the header of a column, as people know it who read the sheet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from anedocs.check.read_back.spans import Kind, Page, Span

Rows = list[list[str]]
#: A figure and the unit in the next cell are no text that runs on.
_BETWEEN = Span("", Kind.CODED)

ORDERS = "Orders"
DOSES = "DoseCheck"
#: The sheet with formulas, in the workbook of the pharmacist.
CHECK = "Check"
#: Columns of the worksheet that people read; the others are codes, addresses, numbers.
PEOPLE = frozenset(
    {"section_title", "display_name", "synonyms", "frequency_text", "condition_text",
     "approval_required", "performed_by", "order_comments", "evidence_quote", "purpose", "formula",
     "band", "text"}
)  # fmt: skip
#: Title, mark and edition stand above every sheet.
_EDITION_ROWS = 3
#: The edition takes two cells where the columns are narrow; behind it stand counts.
_EDITION_CELLS = 2
#: The sheets that are tables of texts: the kind of each column that is not the order set's prose.
_TABLES: dict[str, dict[str, Kind]] = {
    "Evidence": {"Kind": Kind.OWN, "Id": Kind.CODED, "Where it stands": Kind.CODED,
                 "Rows that rest on it": Kind.CODED},
    "OpenQuestions": {"Id": Kind.CODED, "Concerns": Kind.CODED, "Lines": Kind.CODED,
                      "State": Kind.OWN, "Answered by": Kind.CODED},
    "Changes": {"Row key": Kind.CODED, "Kind": Kind.OWN, "Column": Kind.CODED, "Old": Kind.CODED},
    "Rules": {"Line": Kind.OWN, "row_key": Kind.CODED},
}  # fmt: skip
#: Of the sheet ReadMe: the parts that hold values of the order set and of the site.
_OF_THE_EDITION, _PEOPLE_TO_ASK, _NOTICES = "This edition", "Whom to ask", "Terminologies"


def spans(title: str, rows: Rows, people: Iterable[str]) -> Page:
    """The texts of a sheet; `people` are those of the columns that people read, for ORDERS.

    Raises ValueError where a sheet has not the header that it must have.
    """
    return tuple(part for cell in _cells(title, rows, people) for part in (cell, _BETWEEN))


def _cells(title: str, rows: Rows, people: Iterable[str]) -> Iterable[Span]:
    above = tuple(_edition(rows[:_EDITION_ROWS]))
    if title in (ORDERS, DOSES, CHECK):
        if not any("row_key" in row for row in rows):
            raise ValueError(f"sheet {title} has no column 'row_key'")
        # The rows between hold counts, and doses that are compared as arithmetic.
        return (*above, *(Span(text) for text in people if title == ORDERS))
    rest = rows[_EDITION_ROWS:]
    return (*above, *(_table(title, rest) if title in _TABLES else _read_me(rest)))


def _edition(rows: Rows) -> Iterator[Span]:
    for row in rows:
        for place, text in enumerate(filter(None, row)):
            yield Span(text, Kind.PROSE if place < _EDITION_CELLS else Kind.OWN)


def _table(title: str, rows: Rows) -> Iterator[Span]:
    """The line that explains the table is ours, with its counts, and so are the headers."""
    kinds = _TABLES[title]
    head = next((n for n, row in enumerate(rows) if kinds.keys() <= set(row)), None)
    if head is None:
        raise ValueError(f"sheet {title} has no row with the headers {', '.join(kinds)}")
    yield from (Span(text, Kind.OWN) for row in rows[: head + 1] for text in row if text)
    for row in rows[head + 1 :]:
        cells = dict(zip(rows[head], row, strict=False))
        yield from (Span(text, _kind(title, name, cells)) for name, text in cells.items() if text)


def _kind(title: str, name: str, cells: Mapping[str, str]) -> Kind:
    """Of its column; but a reference is quoted, and of what changed only a sentence is one.

    A band without a lower end is shown to begin at 0.
    """
    if title == "Evidence" and name == "What it says" and cells["Kind"] == "reference":
        return Kind.CODED
    if title == "Changes" and name == "New" and cells["Column"] not in ("", *PEOPLE):
        return Kind.CODED
    if title == "Rules" and name == "From (kg)" and cells[name] == "0":
        return Kind.OWN
    return _TABLES[title].get(name, Kind.PROSE)


def _read_me(rows: Rows) -> Iterator[Span]:
    """Under a heading (a cell alone in its row) stand three cells: title, what is said, name."""
    heading = ""
    for row in rows:
        if row[:1] and row[0] and not any(row[1:]):
            heading = row[0]
        for place, text in enumerate(row):
            if text:
                yield Span(text, _of_part(heading) if place else Kind.OWN)


def _of_part(heading: str) -> Kind:
    if heading == _PEOPLE_TO_ASK:
        return Kind.CODED  # names and telephone numbers
    return Kind.PROSE if heading in (_OF_THE_EDITION, _NOTICES) else Kind.OWN
