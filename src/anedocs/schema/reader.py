"""Files read as trees of texts, with the checks that need no model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from anedocs.core.problems import Fault, Problem
from anedocs.schema import crosscheck, source, textcheck

#: What a fault in a part of the file reaches, for the message.
_TOUCHES = {
    "sections": "order sheet, dose table, pocket card, EHR package, leaflet",
    "gates": "order sheet, EHR package",
    "entry": "order sheet, pocket card, EHR package",
    "flow": "order sheet, pocket card, EHR package",
    "supplements": "reference lines of the order sheet and the dose table, gaps",
    "safeguards": "order sheet",
    "statements": "provenance in the committee packet and the EHR worksheet",
    "references": "committee packet, EHR package",
    "codes": "EHR package",
    "code_systems": "EHR package",
    "leaflet": "family leaflet",
    "differences": "family leaflet",
    "pocket_card": "pocket card",
    "criteria": "pocket card, EHR package",
}


def read_order_set(raw: bytes, name: str, stem: str) -> tuple[source.Node, list[Problem]]:
    """The tree of an order set and its problems; raises ContentError where there is no tree."""
    root, twice = source.parse_bytes(raw, name)
    return root, [*twice, *placed(root, [*crosscheck.faults(root), *_named(root, stem)])]


def read_beside(raw: bytes, name: str) -> tuple[source.Node, list[Problem]]:
    """As `read_order_set`, of a smaller file; its texts may go into a spreadsheet too."""
    root, twice = source.parse_bytes(raw, name)
    return root, [*twice, *placed(root, textcheck.beside(source.texts(source.walk(root))))]


def placed(root: source.Node, found: Iterable[Fault]) -> list[Problem]:
    """Faults as problems: each with its place, and what it reaches."""
    return [
        Problem(
            source.place_of(root, fault.path, key=fault.at_key),
            ": ".join((*source.ids_on(root, fault.path)[-1:], fault.what)),
            _TOUCHES.get(str(fault.path[0]), "every document") if fault.path else "every document",
            fault.mend,
        )
        for fault in found
    ]


def _named(root: source.Node, stem: str) -> Iterator[Fault]:
    own = root.members.get("id") if isinstance(root, source.Table) else None
    if isinstance(own, source.Scalar) and own.text is not None and own.text != stem:
        yield Fault(
            ("id",),
            f"the id is '{own.text}', the file is named '{stem}'",
            "Give the file and the order set the same name",
        )
