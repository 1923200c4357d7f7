"""Every kind of patient-free document there is; what builds and checks them knows no other list.

To add a document: a folder with its words, its page and its `kinds.py`, and its name in FOLDERS.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from importlib import import_module

from anedocs.documents.kind import Document, DocumentKind
from anedocs.edition.edition import Edition
from anedocs.edition.locate import Locator

#: The folders of documents, in the order in which a build makes them.
FOLDERS = (
    "order_sheet", "pocket_card", "leaflet", "gaps", "worksheet", "dose_check", "fhir",
    "ehr_package",
)  # fmt: skip
KINDS: tuple[DocumentKind, ...] = tuple(
    kind for folder in FOLDERS for kind in import_module(f"anedocs.documents.{folder}.kinds").KINDS
)

#: Facts within parts that documents show, and why none of them shows these.
_LEFT_OUT = (
    ("entry.definition.*", "background, for the committee packet"),
    ("flow.treatment_gate.state", "shown through the sentence of the treatment gate"),
    ("flow.treatment_gate.*.waits.*", "a link to orders, not a fact of its own"),
    ("gates.*.approved_by", "the text of the approval names the role"),
)
#: Why the facts that no kind names are in no document of a build.
_NOT_SHOWN = (
    ("flow.nodes.*.orders.*", "a link between box and orders, not a fact of its own"),
    ("safeguards.*", "shown on a sheet whose weight is near an edge"),
    ("supplements.*", "only proposed: a reference line of a sheet with a weight"),
    ("pocket_card.*.weights.*", "heads the worked doses, which are checked as arithmetic"),
    ("pocket_card.*", "says what the card shows, and is no fact of its own"),
    ("*", "no kind of document shows it"),
)


def documents(locator: Locator, edition: Edition) -> list[Document]:
    """What a build makes of an edition, in the order in which it is made."""
    return [
        Document(name, kind, make)
        for kind in KINDS
        for name, make in kind.files(locator, edition)
    ]  # fmt: skip


def on_request(locator: Locator, edition: Edition) -> Iterator[Document]:
    """What other commands may leave in the folder of a build, made as they make it by default."""
    for kind in KINDS:
        for name, make in kind.on_request(locator, edition):
            yield Document(name, kind, make)


def showing(path: str) -> tuple[list[DocumentKind], str]:
    """The kinds that must show the fact at a path; where there are none, why not."""
    left_out = _first(_LEFT_OUT, path)
    kinds = [] if left_out else [kind for kind in KINDS if kind.must_show(path)]
    return kinds, left_out or ("" if kinds else _first(_NOT_SHOWN, path))


def _first(reasons: tuple[tuple[str, str], ...], path: str) -> str:
    return next((why for pattern, why in reasons if fnmatchcase(path, pattern)), "")
