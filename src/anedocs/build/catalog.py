"""Every patient-free document there is: its file name and how to make it.

The documents themselves are imported only when one is made. Why: an unchanged build makes none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

from anedocs.edition.edition import Edition
from anedocs.edition.locate import Locator
from anedocs.edition.translated import translations
from anedocs.schema.family import Translation

if TYPE_CHECKING:
    from anedocs.documents.pocket_card.page import Selection

PAPERS = ("letter", "a4")
SIZES = ("badge", "index", "a6")
_SHEET = ("templates/order_sheet.*", "src/anedocs/documents/order_sheet/*")
_CARD = (
    "templates/*card*",
    "src/anedocs/documents/pocket_card/*",
    "src/anedocs/render/flowchart/*",
)
_EHR = (
    "src/anedocs/documents/ehr/*", "src/anedocs/documents/ehr_package/*",
    "src/anedocs/documents/worksheet/*", "src/anedocs/documents/dose_check/*",
    "src/anedocs/documents/fhir/*", "src/anedocs/render/xlsx.py", "src/anedocs/render/workbook.py",
    "templates/dosing.cql",
    "templates/ehr_readme.md", "templates/workbook.toml", "ordersets/*.previous.csv",
)  # fmt: skip
_LEAFLET = ("templates/leaflet.*", "src/anedocs/documents/leaflet/*", "ordersets/*.leaflet.*")


@dataclass(frozen=True, slots=True)
class Product:
    """One document of the output folder."""

    name: str
    make: Callable[[], bytes]
    own: tuple[str, ...] = ()
    """Patterns of the inputs that only this kind of document is made from."""


def catalog(locator: Locator, edition: Edition) -> list[Product]:
    """The documents of the output folder, in the order in which they are built."""
    name = edition.orderset.id
    products = [_sheet(locator, edition, paper) for paper in PAPERS]
    if edition.orderset.pocket_card:
        for size in SIZES:
            products += _cards(locator, edition, size)
    if edition.orderset.leaflet:
        products += _leaflets(locator, edition)
    products.append(Product(f"{name}-gaps.txt", lambda: _gaps(locator, edition)))
    return [*products, *_ehr(locator, edition)]


def beside(locator: Locator, edition: Edition) -> Iterator[Product]:
    """What the commands `card` and `leaflet` may leave in the same folder and no build makes."""
    from anedocs.documents.leaflet import page as leaflet
    from anedocs.documents.pocket_card import page as pocket_card

    name, folders = edition.orderset.id, locator.folders("templates")
    for size in SIZES if edition.orderset.pocket_card else ():
        card = partial(pocket_card.pocket_card, edition, folders, size, "letter", single=True)
        yield Product(f"{name}-card-{size}-single.pdf", card)
    translated = translations(locator, edition)
    spellings = edition.orderset.leaflet.spelling if edition.orderset.leaflet else ()
    for lang in ("en", *spellings, *translated) if edition.orderset.leaflet else ():
        for form, make in (("pdf", leaflet.leaflet_pdf), ("docx", leaflet.leaflet_docx)):
            page = partial(make, edition, folders, lang, "letter", large_print=True,
                           translation=translated.get(lang))  # fmt: skip
            yield Product(f"{name}-leaflet-{lang}-large.{form}", page)


def _ehr(locator: Locator, edition: Edition) -> Iterator[Product]:
    """The EHR package, a product for each file; all of it is made when the first is asked for."""
    from anedocs.documents.ehr_package import package
    from anedocs.documents.fhir.identity import Export, default_base

    export = Export(edition, default_base(edition))

    @cache
    def made() -> dict[str, bytes]:
        previous = package.previous(locator, edition.orderset.id)
        return package.package(export, locator.folders("templates"), previous)

    for name in package.names(export):
        yield Product(f"ehr/{name}", partial(lambda one: made()[one], name), _EHR)


def _sheet(locator: Locator, edition: Edition, paper: str) -> Product:
    def make() -> bytes:
        from anedocs.documents.order_sheet.page import SheetRequest, order_sheet

        return order_sheet(SheetRequest(edition, None), locator.folders("templates"), paper)

    return Product(f"{edition.orderset.id}-sheet-blank-{paper}.pdf", make, _SHEET)


def _cards(locator: Locator, edition: Edition, size: str) -> Iterator[Product]:
    """The card on each paper; what fits on it is tried out once."""
    folders = locator.folders("templates")

    @cache
    def chosen() -> Selection:
        from anedocs.documents.pocket_card.page import selection

        return selection(edition, folders, size)

    def make(paper: str) -> bytes:
        from anedocs.documents.pocket_card.page import pocket_card

        return pocket_card(edition, folders, size, paper, chosen=chosen())

    for paper in PAPERS:
        name = f"{edition.orderset.id}-card-{size}-{paper}.pdf"
        yield Product(name, partial(make, paper), _CARD)


def _leaflets(locator: Locator, edition: Edition) -> Iterator[Product]:
    """English in both spellings and every translation; a Word file beside each."""
    assert edition.orderset.leaflet is not None
    for lang in ("en", *edition.orderset.leaflet.spelling):
        yield from _leaflet(locator, edition, lang, "letter" if lang == "en" else "a4", None)
    for lang, translation in translations(locator, edition).items():
        yield from _leaflet(locator, edition, lang, "letter", translation)
    yield _large_print(locator, edition)


def _leaflet(
    locator: Locator, edition: Edition, lang: str, paper: str, translation: Translation | None
) -> Iterator[Product]:
    folders = locator.folders("templates")

    def page() -> bytes:
        from anedocs.documents.leaflet.page import leaflet_pdf

        return leaflet_pdf(edition, folders, lang, paper, translation=translation)

    def word() -> bytes:
        from anedocs.documents.leaflet.page import leaflet_docx

        return leaflet_docx(edition, folders, lang, paper, translation=translation)

    stem = f"{edition.orderset.id}-leaflet-{lang}"
    yield Product(f"{stem}.pdf", page, _LEAFLET)
    yield Product(f"{stem}.docx", word, _LEAFLET)


def _large_print(locator: Locator, edition: Edition) -> Product:
    def make() -> bytes:
        from anedocs.documents.leaflet.page import leaflet_pdf

        return leaflet_pdf(edition, locator.folders("templates"), "en", "letter", large_print=True)

    return Product(f"{edition.orderset.id}-leaflet-en-large.pdf", make, _LEAFLET)


def _gaps(locator: Locator, edition: Edition) -> bytes:
    from anedocs.edition.gaps import as_text, gaps

    orderset = edition.orderset
    title = (
        f"{orderset.title}: what is still missing\n"
        f"{orderset.id} {orderset.revision}, fingerprint {edition.short_fingerprint}"
    )
    lines = [title, *([edition.status.mark] if edition.status.mark else []), ""]
    return (
        "\n".join(lines) + as_text(gaps(edition, translations(locator, edition))) + "\n"
    ).encode()
