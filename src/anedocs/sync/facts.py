"""The facts of an order set, one by one, and the map of the documents that show them.

A fact is one clinical leaf of the YAML. It is found by its path and never by asking a writer.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from anedocs.core import wording
from anedocs.core.quantity import Quantity, QuantityError

Steps = tuple[str | int, ...]

#: Keys that say where a value is from or how a file hangs together: not clinical content.
_NOT_CLINICAL = frozenset(
    {"id", "kind", "from", "dose_from", "choice", "lines", "committee", "asks", "until_answered",
     "quote", "answer", "answered_by", "confidence", "reading", "supplement", "questions",
     "not_set", "placement", "families_should_hear", "start", "end", "order", "cites", "claims",
     "form", "only", "speaks_of", "emphasis", "language", "spelling", "words", "mark_sources",
     "include_survival_figures"}
)  # fmt: skip
_CLINICAL_PARTS = (
    "title", "population", "entry", "flow", "sections", "imaging_findings", "gates", "safeguards",
    "supplements", "pocket_card", "leaflet",
)  # fmt: skip

#: The map: where a fact of this form appears. First match wins. `*` stands for anything.
#: A reason in place of documents says why none of the patient-free documents shows it.
_CARDS = ("card-badge", "card-index", "card-a6")
MAP: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("title", ("sheet", "card-a6"), ""),
    ("population", ("sheet", *_CARDS), ""),
    ("entry.definition.*", (), "background, for the committee packet"),
    ("entry.*", ("sheet", *_CARDS), ""),
    ("flow.gate_says", ("sheet", *_CARDS), ""),
    ("flow.treatment_gate", (), "shown through gate_says while it is unconfirmed"),
    ("flow.nodes.*.text", ("card-a6",), ""),
    ("flow.nodes.*.orders.*", (), "a link between box and orders, not a fact of its own"),
    ("flow.edges.*.answer", ("card-a6",), ""),
    ("sections.*.stop_above.*", ("card-a6",), ""),
    ("sections.*.orders.*.blanks.*", ("sheet",), ""),
    ("sections.*.dose.*", ("sheet", *_CARDS), ""),
    ("sections.*.maximum.*", ("sheet", *_CARDS), ""),
    ("sections.*.frequency.*", ("sheet", *_CARDS), ""),
    ("sections.*.duration.*", ("sheet", *_CARDS), ""),
    ("sections.*.placed_by.*", ("sheet", "card-a6"), ""),
    ("sections.*", ("sheet",), ""),
    ("imaging_findings.*", ("card-a6",), ""),
    ("gates.*.approved_by", (), "the text of the approval names the role"),
    ("gates.*", ("sheet",), ""),
    ("safeguards.*", (), "shown on a sheet whose weight is near an edge"),
    ("supplements.*.says", ("gaps",), ""),
    ("supplements.*.conflict", ("gaps",), ""),
    ("supplements.*", (), "only proposed: a reference line of a sheet with a weight"),
    ("pocket_card.*.weights.*", (), "heads the worked doses, which are checked as arithmetic"),
    ("pocket_card.*", (), "says what the card shows, and is no fact of its own"),
    ("leaflet.*", ("leaflet-en",), ""),
)


@dataclass(frozen=True, slots=True)
class Fact:
    """One clinical leaf: where it stands in the YAML, how it is written, where it must appear."""

    name: str
    path: Steps
    words: str
    anchor: str | None
    """The name of the order beside which it must stand."""
    documents: tuple[str, ...]
    reason: str


def facts(content: Mapping[str, object]) -> list[Fact]:
    """Every fact of an order set, from its content as read from the file."""
    found = []
    for part in _CLINICAL_PARTS:
        for path, text in _leaves(content.get(part), (part,)):
            if text is not None and not _NOT_CLINICAL & set(path):
                found.append(_fact(content, path, text))
    return found


def shown_name(order: Mapping[str, object]) -> str:
    """The name by which an order goes on the sheet: its short name, where it has one."""
    return str(order.get("short") or order.get("name"))


def _leaves(node: object, path: Steps) -> Iterator[tuple[Steps, str | None]]:
    if isinstance(node, Mapping):
        for key, member in node.items():
            if key != "open_questions":
                yield from _leaves(member, (*path, key))
    elif isinstance(node, list):
        for index, member in enumerate(node):
            yield from _leaves(member, (*path, index))
    else:
        yield path, node if isinstance(node, str) else None


def _fact(content: Mapping[str, object], path: Steps, text: str) -> Fact:
    dotted = ".".join(str(step) for step in path)
    documents, reason = next(
        ((shown, why) for pattern, shown, why in MAP if fnmatch.fnmatchcase(dotted, pattern)),
        ((), "the map names no document for it"),
    )
    holder = _at(content, path[:-1])
    if isinstance(holder, Mapping) and holder.get("only"):
        documents, reason = (), "switched off: include_survival_figures is not yes"
    has_short = isinstance(holder, Mapping) and holder.get("short")
    if has_short and path[0] == "sections" and path[-1] in ("name", "text"):
        documents, reason = (), "its short form is shown"
    return Fact(_name(content, path), path, _words(path, text), _anchor(content, path), documents,
                reason)  # fmt: skip


def _words(path: Steps, text: str) -> str:
    """The value as people read it."""
    if "placed_by" in path:
        return f"{text} places"
    if "route" in path:
        return f"route {text}"
    try:
        quantity = Quantity.parse(text)
    except QuantityError:
        return text
    if quantity.unit == "point":
        return f"less than {wording.number(quantity.number)}"
    if "maximum" in path:
        return f"maximum {wording.both_units(quantity)}"
    match path[-1]:
        case "at_least":
            return f"{wording.amount(quantity)} or more"
        case "above":
            return f"more than {wording.amount(quantity)}"
        case "below":
            return f"less than {wording.amount(quantity)}"
        case "up_to":
            return f"up to {wording.amount(quantity)}"
    return wording.amount(quantity)


def _name(content: Mapping[str, object], path: Steps) -> str:
    """The path with ids in place of list numbers, such as treatment.tocilizumab.route.value."""
    parts = []
    for place, step in enumerate(path):
        if isinstance(step, int):
            member = _at(content, path[: place + 1])
            known = member.get("id") if isinstance(member, Mapping) else None
            parts.append(str(known or step + 1))
        else:
            parts.append(str(step))
    return ".".join(parts)


def _anchor(content: Mapping[str, object], path: Steps) -> str | None:
    if path[0] != "sections" or len(path) < 5 or path[2] != "orders":
        return None
    order = _at(content, path[:4])
    return shown_name(order) if isinstance(order, Mapping) else None


def _at(content: object, path: Steps) -> object:
    for step in path:
        if isinstance(content, Mapping):
            content = content[step]
        elif isinstance(content, list):
            content = content[int(step)]
    return content
