"""What a kind of document is: its files, what they are made from, show, and are read back as."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase

from anedocs.edition.edition import Edition
from anedocs.edition.locate import Locator

Make = Callable[[], bytes]
#: Names of files with how each is made; a name is known without making anything.
Files = Callable[[Locator, Edition], Iterable[tuple[str, Make]]]


class ReadAs(Enum):
    """How a finished file is read back, and so where in it a fact is looked for."""

    ORDER_BOXES = "pages with a box for each order"
    PAGES = "pages of words"
    TABLE = "a table with a key for each row"
    FHIR = "FHIR resources"
    CQL = "rules in CQL"
    NOTES = "import notes"
    DOSES = "doses, each computed again"
    PACKAGE = "a part of the EHR package, read with it"


def none(_locator: Locator, _edition: Edition) -> Iterable[tuple[str, Make]]:
    """No files at all."""
    return ()


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """Documents that show the same facts and are read back in the same way."""

    name: str
    module: str
    """The module that defines it; all that makes the files is imported from there."""
    files: Files
    """What a build makes of it; nothing where the order set has no part for it."""
    read_as: ReadAs
    templates: tuple[str, ...] = ()
    """The templates that it is made from, but for those of a hospital that these include."""
    beside: tuple[str, ...] = ()
    """What it is made from beside order set, approval, weights and site; `{id}` is the order set.
    """
    shows: tuple[str, ...] = ()
    """Paths of facts that it must show; `*` stands for anything."""
    but_not: tuple[str, ...] = ()
    """Paths of facts among those that it does not show."""
    whole_names: bool = False
    """Whether it shows a name also where there is a short form of it."""
    optional_orders: bool = True
    """Whether it has room for orders that the guideline only lets be considered."""
    quotes: tuple[str, ...] = ()
    """What it shows of an edition beside its facts, so that numbers from there may stand in it."""
    pages: int | None = None
    """How many pages it promises."""
    on_request: Files = none
    """What other commands than `build` may leave in the same folder."""

    def must_show(self, path: str) -> bool:
        """Whether the fact at a path, such as `sections.2.orders.0.dose.amount`, stands in it."""

        def among(patterns: tuple[str, ...]) -> bool:
            return any(fnmatchcase(path, pattern) for pattern in patterns)

        return among(self.shows) and not among(self.but_not)


@dataclass(frozen=True, slots=True)
class Document:
    """One file of the output folder, and how it is made."""

    name: str
    kind: DocumentKind
    make: Make
