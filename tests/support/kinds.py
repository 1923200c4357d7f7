"""Which kind of document a finished file of ANE is, as the registry says."""

from datetime import date
from functools import cache

from anedocs.documents import registry
from anedocs.documents.kind import DocumentKind
from anedocs.edition.load import load
from anedocs.edition.locate import Locator


@cache
def _kinds() -> dict[str, DocumentKind]:
    locator = Locator()
    made = registry.documents(locator, load(locator, "ane", date(2026, 11, 21)))
    return {one.name.rpartition("/")[2]: one.kind for one in made}


def kind_of(name: str) -> DocumentKind:
    """The kind of the document of that name, with or without its folder."""
    return _kinds()[name.rpartition("/")[2]]
