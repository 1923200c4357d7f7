"""The blank order sheet among the documents of a build."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from anedocs.core.formats import PAPERS
from anedocs.documents.kind import DocumentKind, Make, ReadAs
from anedocs.edition.edition import Edition
from anedocs.edition.locate import Locator


def _files(locator: Locator, edition: Edition) -> Iterator[tuple[str, Make]]:
    def make(paper: str) -> bytes:
        from anedocs.documents.order_sheet.page import SheetRequest, order_sheet

        return order_sheet(SheetRequest(edition, None), locator.folders("templates"), paper)

    for paper in PAPERS:
        yield f"{edition.orderset.id}-sheet-blank-{paper}.pdf", partial(make, paper)


SHEET = DocumentKind(
    "sheet", __name__, _files, ReadAs.ORDER_BOXES,
    templates=("order_sheet.html", "page.css", "order_sheet.css"),
    shows=("title", "population", "entry.*", "flow.treatment_gate.*", "sections.*", "gates.*"),
    but_not=("sections.*.stop_above.*", "gates.*.calls_for.*"),
    pages=1,
)  # fmt: skip
KINDS = (SHEET,)
