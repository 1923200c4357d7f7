"""The facts of an order set, one by one, with the documents that the registry says show them.

A fact is one clinical leaf of the YAML. It is found by its path and never by asking a writer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from anedocs.core import wording
from anedocs.core.quantity import Quantity, QuantityError
from anedocs.documents import registry
from anedocs.documents.kind import ReadAs

Steps = tuple[str | int, ...]

#: Keys that say where a value is from or how a file hangs together: not clinical content.
_NOT_CLINICAL = frozenset(
    {"id", "kind", "from", "dose_from", "choice", "lines", "committee", "asks", "until_answered",
     "quote", "answer", "answered_by", "confidence", "reading", "supplement", "questions",
     "not_set", "remark", "families_should_hear", "start", "end", "order", "cites", "claims",
     "form", "only", "speaks_of", "emphasis", "language", "spelling", "words", "mark_sources",
     "switches", "reference_letter", "short_forms", "system", "grade", "licence", "status", "use",
     "seen_in", "note"}
)  # fmt: skip
_CLINICAL_PARTS = (
    "title", "population", "entry", "flow", "sections", "choices", "criteria", "gates",
    "safeguards", "supplements", "codes", "pocket_card", "leaflet",
)  # fmt: skip

_FHIR_PRIORITY = {"STAT": "stat", "urgent": "urgent", "non-urgent": "routine"}
#: Codes that are no orderable's and are shipped all the same, by what they are used for in FHIR.
_OTHER_CODES = ("body-weight", "finding-", "route-intravenous")


@dataclass(frozen=True, slots=True)
class Fact:
    """One clinical leaf: where it stands in the YAML, how it is written, where it must appear."""

    name: str
    path: Steps
    words: str
    anchor: str | None
    """The name of the order beside which it must stand."""
    documents: tuple[str, ...]
    """Names of the kinds of documents that must show it."""
    reason: str
    """Why no document shows it."""
    order: str | None = None
    """The id of the order, gate or choice that it belongs to; its rows in a table bear it."""

    def words_in(self, read_as: ReadAs) -> str:
        """The value as a file of that form writes it: a table and FHIR name the field."""
        if read_as not in (ReadAs.TABLE, ReadAs.FHIR):
            return self.words
        table = read_as is ReadAs.TABLE
        if "urgency" in self.path:
            return f"priority {_FHIR_PRIORITY.get(self.words, self.words)}"
        if "placed_by" in self.path and table:
            return f"performed_by {self.words.removesuffix(' places')}"
        if self.path[0] == "codes":
            field = str(self.path[-1])
            return f"{'code_display' if table and field == 'display' else field} {self.words}"
        if self.path[0] == "choices" and self.path[-1] == "select":
            return f"{'selection_rule' if table else 'selectionBehavior'} {self.words}"
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
    kinds, reason = registry.showing(".".join(str(step) for step in path))
    holder = _at(content, path[:-1])
    if isinstance(holder, Mapping) and kinds:
        switch = holder.get("only")
        if switch and _at(content, ("leaflet", "switches", str(switch))) != "yes":
            kinds, reason = [], f"the switch '{switch}' is off"
        if path[:2] == ("flow", "treatment_gate") and not _is_said(content, path):
            kinds, reason = [], "not what the committee has decided"
        if holder.get("short") and path[0] == "sections" and path[-1] in ("name", "text"):
            kinds = [kind for kind in kinds if kind.whole_names]  # others show the short form
        if path[0] == "supplements" and _at(content, (*path[:2], "state")) == "accepted":
            kinds, reason = [], "accepted: its order is printed filled"
        if path[0] == "sections" and _is_optional(content, path):
            kinds = [kind for kind in kinds if kind.optional_orders]
        if path[0] == "codes":
            reason = _not_shipped(content, str(path[1]), holder)
            if reason:
                kinds = []
            elif not _in_a_row(content, str(path[1]), holder):
                kinds = [kind for kind in kinds if kind.read_as is not ReadAs.TABLE]
    names = tuple(kind.name for kind in kinds)
    return Fact(_name(content, path), path, _words(path, text), _anchor(content, path), names,
                reason, _owner(content, path))  # fmt: skip


def _is_optional(content: Mapping[str, object], path: Steps) -> bool:
    order = _at(content, path[:4]) if len(path) > 4 and path[2] == "orders" else None
    return isinstance(order, Mapping) and "optional" in order


def _is_said(content: Mapping[str, object], path: Steps) -> bool:
    """Whether a sentence of the treatment gate is the one that holds now."""
    gate = _at(content, path[:2])
    assert isinstance(gate, Mapping)
    holder = _at(content, path[:-1])
    decided = holder.get("id", "unconfirmed") if isinstance(holder, Mapping) else ""
    return bool(gate["state"] == decided)


def _not_shipped(content: Mapping[str, object], name: str, code: Mapping[str, object]) -> str:
    """Why a code is in no document; nothing where it is shipped."""
    if code["status"] != "verified":
        return "waits for a person to check it"
    if code["licence"] == "restricted":
        return "outside what may be shipped to every site"
    if code["use"] != "preferred":
        return f"not the code of the orderable itself: {code['use']}"
    if name == "route-intravenous" and not _states_route(content, "IV"):
        return "no order states this route"
    if name == "body-weight" and not _by_weight(content):
        return "no dose goes by weight"
    if not name.startswith(_OTHER_CODES):
        order = _order(content, name)
        if order is None or ("optional" in order and order.get("kind") == "medication"):
            return "no orderable of the FHIR package bears it"
    return ""


def _in_a_row(content: Mapping[str, object], name: str, code: Mapping[str, object]) -> bool:
    """Whether a table has a row for a code: for the first of an order, or each of several LOINC."""
    if name.startswith(_OTHER_CODES):
        return False
    codes = content["codes"]
    assert isinstance(codes, Mapping)
    preferred = [one for one in codes[name] if one["use"] == "preferred"]
    return code is preferred[0] or sum(one["system"] == "loinc" for one in preferred) > 1


def _order(content: Mapping[str, object], name: str) -> Mapping[str, object] | None:
    return next((one for one in _orders(content) if one.get("id") == name), None)


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
    """The path with ids in place of list numbers, such as entry.required.fever.text."""
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
