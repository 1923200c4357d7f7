"""The list of gaps among the documents of a build."""

from __future__ import annotations

from collections.abc import Iterator

from anedocs.documents.kind import DocumentKind, Make, ReadAs
from anedocs.edition.edition import Edition
from anedocs.edition.gaps import as_text, gaps
from anedocs.edition.locate import Locator
from anedocs.edition.translated import translations


def _files(locator: Locator, edition: Edition) -> Iterator[tuple[str, Make]]:
    yield f"{edition.orderset.id}-gaps.txt", lambda: _text(locator, edition).encode()


def _text(locator: Locator, edition: Edition) -> str:
    orderset = edition.orderset
    head = [
        f"{orderset.title}: what is still missing",
        f"{orderset.id} {orderset.revision}, fingerprint {edition.short_fingerprint}",
        *([edition.status.mark] if edition.status.mark else []),
        "",
    ]
    return "\n".join(head) + as_text(gaps(edition, translations(locator, edition))) + "\n"


GAPS = DocumentKind(
    "gaps", __name__, _files, ReadAs.PAGES,
    beside=("{id}.leaflet.*.yaml",),
    shows=("supplements.*.says", "supplements.*.conflict"),
    quotes=("codes", "code_systems", "references", "statements", "revisions", "supplements",
            "ids", "weights"),
)  # fmt: skip
KINDS = (GAPS,)
