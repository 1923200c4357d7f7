"""The pocket card among the documents of a build: a kind for each size."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from typing import TYPE_CHECKING

from anedocs.core.formats import CARD_SIZES, PAPERS
from anedocs.documents.kind import DocumentKind, Make, ReadAs
from anedocs.edition.edition import Edition
from anedocs.edition.locate import Locator

if TYPE_CHECKING:
    from anedocs.documents.pocket_card.page import Selection


def _files(size: str, locator: Locator, edition: Edition) -> Iterator[tuple[str, Make]]:
    """The card on each paper; what fits on it is tried out once."""
    folders = locator.folders("templates")

    @cache
    def chosen() -> Selection:
        from anedocs.documents.pocket_card.page import selection

        return selection(edition, folders, size)

    def make(paper: str) -> bytes:
        from anedocs.documents.pocket_card.page import pocket_card

        return pocket_card(edition, folders, size, paper, chosen=chosen())

    for paper in PAPERS if edition.orderset.pocket_card else ():
        yield f"{edition.orderset.id}-card-{size}-{paper}.pdf", partial(make, paper)


def _single(size: str, locator: Locator, edition: Edition) -> Iterator[tuple[str, Make]]:
    def make() -> bytes:
        from anedocs.documents.pocket_card.page import pocket_card

        return pocket_card(edition, locator.folders("templates"), size, "letter", single=True)

    if edition.orderset.pocket_card:
        yield f"{edition.orderset.id}-card-{size}-single.pdf", make


_ON_EACH = (
    "population", "entry.*", "flow.treatment_gate.*", "sections.*.dose.*", "sections.*.maximum.*",
    "sections.*.frequency.*", "sections.*.duration.*",
)  # fmt: skip
#: The largest card holds these as well.
_ON_A6 = (
    "title", "flow.nodes.*.text", "flow.edges.*.answer", "sections.*.stop_above.*",
    "sections.*.placed_by.*", "criteria.*",
)  # fmt: skip


def _kind(size: str) -> DocumentKind:
    largest = size == "a6"
    return DocumentKind(
        f"card-{size}", __name__, partial(_files, size), ReadAs.PAGES,
        templates=("pocket_card.html", "cards.jinja", "flowchart.jinja", "page.css",
                   "pocket_card.css"),
        shows=(*_ON_EACH, *_ON_A6) if largest else _ON_EACH,
        but_not=("sections.*.blanks.*", *(() if largest else ("sections.*.stop_above.*",))),
        optional_orders=largest,
        pages=2,
        on_request=partial(_single, size),
    )  # fmt: skip


BY_SIZE: dict[str, DocumentKind] = {size: _kind(size) for size in CARD_SIZES}
KINDS = tuple(BY_SIZE.values())
