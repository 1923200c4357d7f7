"""Every patient-free document there is: its file name and how to make it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from anedocs.documents import registry
from anedocs.documents.kind import Document
from anedocs.edition.edition import Edition
from anedocs.edition.locate import Locator

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
_OWN = {"sheet": _SHEET, "card": _CARD, "leaflet": _LEAFLET, "gaps": ()}


@dataclass(frozen=True, slots=True)
class Product:
    """One document of the output folder."""

    name: str
    make: Callable[[], bytes]
    own: tuple[str, ...] = ()
    """Patterns of the inputs that only this kind of document is made from."""


def catalog(locator: Locator, edition: Edition) -> list[Product]:
    """The documents of the output folder, in the order in which they are built."""
    return [_product(one) for one in registry.documents(locator, edition)]


def beside(locator: Locator, edition: Edition) -> Iterator[Product]:
    """What the commands `card` and `leaflet` may leave in the same folder and no build makes."""
    return map(_product, registry.on_request(locator, edition))


def _product(one: Document) -> Product:
    return Product(one.name, one.make, _OWN.get(one.kind.name.partition("-")[0], _EHR))
