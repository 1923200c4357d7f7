"""What every sheet of a workbook shares: its head, its frame, a plain table."""

from __future__ import annotations

from collections.abc import Sequence

from anedocs.edition.edition import Edition
from anedocs.render.workbook import PAGE, PAGES, Cell, Range, Sheet, Value, Workbook
from anedocs.sentences.phrases import NOT_SET

#: A header of Excel holds 255 characters with all its commands.
_HEADER = 100
Rows = list[Sequence[Cell | None]]


def edition_words(edition: Edition) -> tuple[str, str]:
    """Which edition it is, as it stands on every sheet: its name, and what goes with it."""
    orderset, dates = edition.orderset, edition.orderset.metadata
    return f"{orderset.id}, revision {orderset.revision}", (
        f"fingerprint {edition.short_fingerprint}; "
        f"effective {dates.effective_date or NOT_SET}, review {dates.review_date or NOT_SET}"
    )


def marked_edition(edition: Edition) -> str:
    """Which edition it is and that it is a draft, for a table that has no page to mark."""
    return "; ".join(filter(None, (edition.status.mark, ", ".join(edition_words(edition)))))


def workbook_of(
    edition: Edition, title: str, sheets: Sequence[Sheet], names: dict[str, str] | None = None
) -> Workbook:
    """The sheets in their frame; the date is that of the revision, never of the clock."""
    orderset, mark = edition.orderset, edition.status.mark or ""
    short = f"{orderset.id} {orderset.revision}, {edition.short_fingerprint}"
    return Workbook(
        title=f"{title}: {orderset.title}",
        created=orderset.revisions[0].date,
        header=(f"{title}: {orderset.short_title}"[:_HEADER], mark),
        footer=(f"{short}  {mark}", f"page {PAGE} of {PAGES}"),
        sheets=sheets,
        names=names or {},
    )


def head(edition: Edition, title: str, at: int = 0) -> Rows:
    """The first rows of a sheet: what it is, which edition, and that it is a draft.

    `at` is the first column in view; what stands left of it is hidden.
    """
    blank: list[Cell | None] = [None] * at
    mark = edition.status.mark
    return [
        [*blank, Cell(f"{title}: {edition.orderset.title}", "title")],
        [*blank, Cell(mark or "Approved", "mark" if mark else "edition")],
        [*blank, Cell(", ".join(edition_words(edition)), "edition")],
    ]


def mark_area(at: int = 0) -> Range:
    """The cells over which the mark of a draft stretches."""
    return Range(1, at, 1, at + 2)


HEAD_HEIGHTS = ("title", "mark", "edition")


def table(
    edition: Edition, name: str, title: str, guide: str, header: Sequence[str],
    rows: Sequence[Sequence[Value]], strong: int = 0,
) -> Sheet:  # fmt: skip
    """A sheet with one table of texts under a header; the column `strong` stands out."""
    cells: Rows = [*head(edition, title), [Cell(guide, "guide")]]
    top = len(cells)
    cells.append([Cell(text, "header") for text in header])
    for row in rows:
        cells.append(
            [
                Cell(value, "cell text strong" if column == strong else "cell text")
                for column, value in enumerate(row)
            ]
        )
    return Sheet(
        name,
        cells,
        heights=(*HEAD_HEIGHTS, "guide", "header"),
        frozen=(top + 1, 1),
        merged=(mark_area(),),
        filtered=Range(top, 0, max(top + 1, len(cells) - 1), len(header) - 1),
    )
