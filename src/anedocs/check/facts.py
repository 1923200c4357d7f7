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
     "not_set", "remark", "families_should_hear", "start", "end", "order", "cites", "claims",
     "form", "only", "speaks_of", "emphasis", "language", "spelling", "words", "mark_sources",
     "include_survival_figures", "system", "grade", "licence", "status", "use", "seen_in", "note"}
)  # fmt: skip
_CLINICAL_PARTS = (
    "title", "population", "entry", "flow", "sections", "choices", "criteria", "gates",
    "safeguards", "supplements", "codes", "pocket_card", "leaflet",
)  # fmt: skip

#: The map: where a fact of this form appears. First match wins. `*` stands for anything.
#: A reason in place of documents says why none of the patient-free documents shows it.
_CARDS = ("card-badge", "card-index", "card-a6")
_TABLES = ("ehr-csv", "ehr-xlsx")
_EHR = (*_TABLES, "ehr-fhir")
MAP: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("title", ("sheet", "card-a6", "ehr-fhir"), ""),
    ("population", ("sheet", *_CARDS, "ehr-fhir"), ""),
    ("entry.definition.*", (), "background, for the committee packet"),
    ("entry.*", ("sheet", *_CARDS, *_EHR), ""),
    ("flow.treatment_gate.state", (), "shown through the sentence of the treatment gate"),
    ("flow.treatment_gate.*.waits.*", (), "a link to orders, not a fact of its own"),
    ("flow.treatment_gate.*", ("sheet", *_CARDS, *_EHR), ""),
    ("flow.nodes.*.text", ("card-a6",), ""),
    ("flow.nodes.*.orders.*", (), "a link between box and orders, not a fact of its own"),
    ("flow.edges.*.answer", ("card-a6",), ""),
    ("sections.*.stop_above.*", ("card-a6", *_EHR), ""),
    ("sections.*.orders.*.blanks.*", ("sheet", *_TABLES), ""),
    ("sections.*.dose.*", ("sheet", *_CARDS, *_EHR), ""),
    ("sections.*.maximum.*", ("sheet", *_CARDS, *_EHR), ""),
    ("sections.*.frequency.*", ("sheet", *_CARDS, *_EHR), ""),
    ("sections.*.duration.*", ("sheet", *_CARDS, *_EHR), ""),
    ("sections.*.placed_by.*", ("sheet", "card-a6", *_EHR), ""),
    ("sections.*.role", ("sheet",), ""),
    ("sections.*.notes.*.short", ("sheet",), ""),
    ("sections.*.components.*.short", ("sheet",), ""),
    ("sections.*.short", ("sheet", *_TABLES), ""),
    ("sections.*", ("sheet", *_EHR), ""),
    ("choices.*", _EHR, ""),
    ("criteria.*.heading", ("card-a6",), ""),
    ("criteria.*", ("card-a6", "ehr-fhir"), ""),
    ("gates.*.approved_by", (), "the text of the approval names the role"),
    ("gates.*.calls_for.*", _EHR, ""),
    ("gates.*.answer", ("sheet",), ""),
    ("gates.*.blank", ("sheet",), ""),
    ("gates.*", ("sheet", *_EHR), ""),
    ("safeguards.*", (), "shown on a sheet whose weight is near an edge"),
    ("supplements.*.says", ("gaps",), ""),
    ("supplements.*.conflict", ("gaps",), ""),
    ("supplements.*", (), "only proposed: a reference line of a sheet with a weight"),
    ("pocket_card.*.weights.*", (), "heads the worked doses, which are checked as arithmetic"),
    ("pocket_card.*", (), "says what the card shows, and is no fact of its own"),
    ("leaflet.*", ("leaflet-en",), ""),
)


_FHIR_PRIORITY = {"STAT": "stat", "urgent": "urgent", "non-urgent": "routine"}
#: Codes that are no orderable's and are shipped all the same, by what they are used for in FHIR.
_OTHER_CODES = ("body-weight", "finding-ane", "route-intravenous")


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
    order: str | None = None
    """The id of the order, gate or choice that it belongs to; its rows in a table bear it."""

    def words_in(self, kind: str) -> str:
        """The value as a kind of document writes it: a table and FHIR name the field."""
        if not kind.startswith("ehr-"):
            return self.words
        if "urgency" in self.path:
            return f"priority {_FHIR_PRIORITY.get(self.words, self.words)}"
        if "placed_by" in self.path and kind != "ehr-fhir":
            return f"performed_by {self.words.removesuffix(' places')}"
        if self.path[0] == "codes":
            field = str(self.path[-1])
            table = kind != "ehr-fhir" and field == "display"
            return f"{'code_display' if table else field} {self.words}"
        if self.path[0] == "choices" and self.path[-1] == "select":
            field = "selectionBehavior" if kind == "ehr-fhir" else "selection_rule"
            return f"{field} {self.words}"
        return self.words


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
    if path[:2] == ("flow", "treatment_gate") and documents and not _is_said(content, path):
        documents, reason = (), "not what the committee has decided"
    has_short = isinstance(holder, Mapping) and holder.get("short")
    if has_short and path[0] == "sections" and path[-1] in ("name", "text"):
        documents = tuple(kind for kind in documents if kind in _EHR)  # others show the short form
    if path[0] == "codes" and isinstance(holder, Mapping):
        documents, reason = _code_documents(content, str(path[1]), holder)
    return Fact(_name(content, path), path, _words(path, text), _anchor(content, path), documents,
                reason, _owner(content, path))  # fmt: skip


def _is_said(content: Mapping[str, object], path: Steps) -> bool:
    """Whether a sentence of the treatment gate is the one that holds now."""
    gate = _at(content, path[:2])
    assert isinstance(gate, Mapping)
    holder = _at(content, path[:-1])
    decided = holder.get("id", "unconfirmed") if isinstance(holder, Mapping) else ""
    return bool(gate["state"] == decided)


def _code_documents(
    content: Mapping[str, object], name: str, code: Mapping[str, object]
) -> tuple[tuple[str, ...], str]:
    """Where a code is shipped, or why it is not."""
    if code["status"] != "verified":
        return (), "waits for a person to check it"
    if code["licence"] == "restricted":
        return (), "outside what may be shipped to every site"
    if code["use"] != "preferred":
        return (), f"not the code of the orderable itself: {code['use']}"
    if name == "route-intravenous" and not _states_route(content, "IV"):
        return (), "no order states this route"
    if name == "body-weight" and not _by_weight(content):
        return (), "no dose goes by weight"
    if name in _OTHER_CODES:
        return ("ehr-fhir",), ""
    order = next((one for one in _orders(content) if one.get("id") == name), None)
    if order is None or ("optional" in order and order.get("kind") == "medication"):
        return (), "no orderable of the FHIR package bears it"
    codes = content["codes"]
    assert isinstance(codes, Mapping)
    preferred = [one for one in codes[name] if one["use"] == "preferred"]
    several = sum(1 for one in preferred if one["system"] == "loinc") > 1
    return (_EHR if code is preferred[0] or several else ("ehr-fhir",)), ""


def _states_route(content: Mapping[str, object], route: str) -> bool:
    routes = (order.get("route") for order in _orders(content))
    return any(isinstance(one, Mapping) and one.get("value") == route for one in routes)


def _by_weight(content: Mapping[str, object]) -> bool:
    doses = (order.get("dose") for order in _orders(content["sections"]))
    kinds = {one.get("kind") for one in doses if isinstance(one, Mapping)}
    return not kinds.isdisjoint(("by_weight", "weight_bands"))


def _orders(node: object) -> Iterator[Mapping[str, object]]:
    """Every order, component or order of a check: what has an id and a kind of order."""
    if isinstance(node, Mapping):
        if "id" in node and "kind" in node and ("name" in node):
            yield node
        for member in node.values():
            yield from _orders(member)
    elif isinstance(node, list):
        for member in node:
            yield from _orders(member)


def _owner(content: Mapping[str, object], path: Steps) -> str | None:
    """The nearest order, component, gate or choice that holds a value; of a code, its orderable."""
    if path[0] == "codes":
        return str(path[1])
    if path[0] not in ("sections", "choices", "gates"):
        return None
    for end in range(len(path) - 1, 1, -1):
        member = _at(content, path[:end])
        holds = end < 2 or path[end - 2] in ("orders", "components", "choices", "gates")
        if isinstance(member, Mapping) and "id" in member and (
            (isinstance(path[end - 1], int) and holds) or path[end - 1] == "calls_for"
        ):  # fmt: skip
            return str(member["id"])
    return None


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
