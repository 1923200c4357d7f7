"""What one part of an order set promises about another, checked on the tree with its places.

On the tree and not on the model, so that these faults are found in the same run as the faults of
shape. Each check is a small function from the index of the file to faults.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from anedocs.core.problems import Fault, did_you_mean
from anedocs.schema import figurecheck, textcheck
from anedocs.schema.fingerprint import PARTS
from anedocs.schema.model import UNCONFIRMED
from anedocs.schema.origin import ORIGIN_PATTERN
from anedocs.schema.shape import QUESTION_PATTERN
from anedocs.schema.source import Listing, Node, Scalar, Steps, Table, ids_on, place_of, texts, walk


class _Index(NamedTuple):
    """The file in the forms that the checks need."""

    root: Table
    texts: tuple[tuple[Steps, str], ...]
    tables: tuple[tuple[Steps, Table], ...]
    ids: dict[str, dict[str, Steps]]
    """For each group of ids: id to its path."""


def faults(root: Node) -> list[Fault]:
    """Every fault between the parts of an order set file, in no particular order."""
    if not isinstance(root, Table):
        return []  # the model says so
    nodes = tuple(walk(root))
    index = _Index(
        root,
        texts(nodes),
        tuple((path, node) for path, node in nodes if isinstance(node, Table)),
        {},
    )
    found = [
        *_collect_ids(index),
        *textcheck.faults(index.texts),
        *figurecheck.faults(root, index.tables),
    ]
    for check in (
        _origins, _unused_statements, _questions, _slugs, _revision, _supplement_of_an_order,
        _same_figure, _flow, _treatment_gate, _pocket_card, _leaflet, _sources, _parts,
    ):  # fmt: skip
        found.extend(check(index))
    return found


def _group(path: Steps) -> str:
    """The group in which an id must be unique: orders share one, so do open questions."""
    if "open_questions" in path:
        return "open question"
    if "readings" in path:
        return "reading"
    if path[0] == "sections" or path[-1] == "calls_for":
        return "order" if {"orders", "calls_for"} & set(path) else "section"
    return str(path[0])


def _collect_ids(index: _Index) -> Iterator[Fault]:
    for path, table in index.tables:
        node = table.members.get("id")
        if not path or not isinstance(node, Scalar) or node.text is None:
            continue
        if {"blanks", "checks", "bands"} & set(path[-2:]):
            continue
        group = index.ids.setdefault(_group(path), {})
        if node.text in group:
            first = place_of(index.root, (*group[node.text], "id")).line
            yield Fault(
                (*path, "id"),
                f"the id '{node.text}' is used twice; the first is at line {first}",
                "Give one of the two another id; never reuse an old one",
            )
        group.setdefault(node.text, path)


def _ids(index: _Index, *groups: str) -> set[str]:
    return {name for group in groups for name in index.ids.get(group, {})}


#: For each kind of origin: what it names, and the key under which that stands.
_ORIGINS = {
    "guideline": ("statement", "statements"),
    "supplement": ("supplement", "supplements"),
    "local": ("local decision", "local_decisions"),
}


def _origins(index: _Index) -> Iterator[Fault]:
    known = {kind: _ids(index, key) for kind, (_, key) in _ORIGINS.items()}
    for path, text in index.texts:
        if path[-1] not in ("from", "dose_from") or not re.fullmatch(ORIGIN_PATTERN, text):
            continue
        kind, _, names = text.partition(" ")
        for name in names.split(", "):
            if name not in known[kind]:
                yield Fault(
                    path,
                    f"there is no {_ORIGINS[kind][0]} '{name}'",
                    did_you_mean(name, known[kind]) or f"Add it under '{_ORIGINS[kind][1]}'",
                )


def _unused_statements(index: _Index) -> Iterator[Fault]:
    """Why: a statement that nothing carries has silently left every document."""
    used = {
        name
        for path, text in index.texts
        if path[-1] in ("from", "dose_from") and text.startswith("guideline ")
        for name in text.removeprefix("guideline ").split(", ")
    } | _ids(index, "references")
    for name, path in index.ids.get("statements", {}).items():
        if name not in used:
            yield Fault(
                (*path, "id"),
                f"nothing in the order set carries statement {name}",
                f"Name it in a 'from: guideline {name}'",
            )


def _questions(index: _Index) -> Iterator[Fault]:
    known = _ids(index, "open question")
    for path, text in index.texts:
        asks = path[-1] in ("not_set", "questions")
        if asks and re.fullmatch(rf"{QUESTION_PATTERN}(, {QUESTION_PATTERN})*", text):
            for name in text.split(", "):
                if name not in known:
                    mend = did_you_mean(name, known) or "Add it under 'open_questions'"
                    yield Fault(path, f"there is no open question {name}", mend)


_POINTERS = {
    ("gates", "order"): ("order",),
    ("supplements", "concerns"): ("order", "order-set"),
    ("orders", "supplement"): ("supplements",),
    ("orders", "choice"): ("choices",),
    ("leaflet", "speaks_of"): ("order", "section"),
    ("leaflet", "source"): ("sources",),
    ("differences", "source"): ("sources",),
    ("differences", "compared"): ("leaflet",),
    ("differences", "paragraphs"): ("leaflet",),
    ("flow", "orders"): ("order", "section"),
    ("flow", "waits"): ("order", "section"),
    ("flow", "reading"): ("reading",),
    ("codes", "system"): ("code_systems",),
}


_SPOKEN = {
    "supplements": "supplement", "flow": "flow box", "sources": "source", "gates": "gate",
    "leaflet": "text of the leaflet", "choices": "choice", "code_systems": "code system",
    "order-set": "order set",
}  # fmt: skip


def _slugs(index: _Index) -> Iterator[Fault]:
    pointing = {key for _, key in _POINTERS}
    for path, text in index.texts:
        if pointing.isdisjoint(path[-2:]):
            continue
        for (where, key), groups in _POINTERS.items():
            if where in path and key in path[-2:]:
                known = _ids(index, *groups) | ({"order-set"} & set(groups))
                if text not in known:
                    what = " or ".join(_SPOKEN.get(group, group) for group in groups)
                    mend = did_you_mean(text, known) or "Add it, or take this out"
                    yield Fault(path, f"there is no {what} '{text}'", mend)


def _revision(index: _Index) -> Iterator[Fault]:
    entries, revision = index.root.members.get("revisions"), index.root.members.get("revision")
    if isinstance(entries, Listing) and isinstance(revision, Scalar) and revision.text:
        if not entries.members:
            what = f"nothing under 'revisions' says what revision {revision.text} changed"
            yield Fault(("revisions",), what, "Add an entry")
            return
        newest = entries.members[0]
        found = newest.members.get("revision") if isinstance(newest, Table) else None
        if isinstance(found, Scalar) and found.text and found.text != revision.text:
            yield Fault(
                ("revision",),
                f"the revision is {revision.text}, the newest entry under "
                f"'revisions' is {found.text}",
                "Add an entry on top that says what changed",
            )


def _supplement_of_an_order(index: _Index) -> Iterator[Fault]:
    """A supplement that fills a value or stands ready to must be about that order."""
    concerns = {
        name: _text(index, (*path, "concerns"))
        for name, path in index.ids.get("supplements", {}).items()
    }
    for path, text in index.texts:
        fills = path[-1] == "supplement"
        name = text if fills else text.removeprefix("supplement ")
        if "orders" not in path or name not in concerns or (not fills and name == text):
            continue
        order = next(reversed(ids_on(index.root, path)), None)
        if concerns[name] != order:
            yield Fault(
                path,
                f"supplement '{name}' concerns {concerns[name]}, not {order}",
                "Name a supplement of this order",
            )
        if fills and not isinstance(
            _node(index, (*index.ids["supplements"][name], "rows")), Listing
        ):
            yield Fault(path, f"supplement '{name}' has no dose rows", "Add 'rows:' to it")


def _same_figure(index: _Index) -> Iterator[Fault]:
    """Why: a figure that stands at the order and in its supplement must not drift apart."""
    for path, _ in index.tables:
        name = (_text(index, (*path, "from")) or "").removeprefix("supplement ")
        known = name in index.ids.get("supplements", {})
        if not known or path[-1] not in ("maximum", "stop_above"):
            continue
        published = _text(index, (*index.ids["supplements"][name], "value"))
        used = _text(index, (*path, "value"))
        if published is not None and used is not None and published != used:
            yield Fault(
                (*path, "value"),
                f"the value is {used}, supplement '{name}' says {published}",
                "Let both say the same",
            )


def _flow(index: _Index) -> Iterator[Fault]:
    nodes = _ids(index, "flow")
    for path, text in index.texts:
        if path[0] == "flow" and path[-1] in ("start", "end") and text not in nodes:
            mend = did_you_mean(text, nodes) or "Add it under 'nodes'"
            yield Fault(path, f"there is no box '{text}' in the flow", mend)


_GATE: Steps = ("flow", "treatment_gate")


def _treatment_gate(index: _Index) -> Iterator[Fault]:
    """Why: a gate that is decided while its question is open, or the reverse, says two things."""
    state, names = _text(index, (*_GATE, "state")), _text(index, (*_GATE, "questions")) or ""
    if state is None:
        return
    readings = _ids(index, "reading")
    if state not in {UNCONFIRMED, *readings}:
        yield Fault(
            (*_GATE, "state"),
            f"the treatment gate is neither unconfirmed nor one of its readings, but '{state}'",
            did_you_mean(state, {UNCONFIRMED, *readings}),
        )
        return
    asked = [(name, index.ids.get("open question", {}).get(name)) for name in names.split(", ")]
    known = {name: _is_open(index, path) for name, path in asked if path is not None}
    if state == UNCONFIRMED and known and not any(known.values()):
        yield Fault(
            (*_GATE, "state"),
            f"the treatment gate is unconfirmed, and its question is answered ({', '.join(known)})",
            "Name the reading for which the committee has decided, or take the answer back",
        )
    for name in (name for name, is_open in known.items() if is_open and state != UNCONFIRMED):
        yield Fault(
            (*_GATE, "state"),
            f"the treatment gate is decided, '{state}', and its open question {name} has no answer",
            f"Give {name} its 'answer:' and 'answered_by:', or write 'unconfirmed'",
        )


def _is_open(index: _Index, path: Steps) -> bool:
    settled = _text(index, (*path, "committee")) == "settled"
    return not settled and _text(index, (*path, "answer")) is None


#: What a kind of card fact shows.
_ON_THE_CARD = {
    "orders": "an order that is no drug", "approval": "a gate", "checks": "a gate",
    "criteria": "a list of criteria",
    **dict.fromkeys(("dose", "first_dose", "stop", "worked_doses"), "a drug"),
}  # fmt: skip


def _pocket_card(index: _Index) -> Iterator[Fault]:
    """Each fact of the card shows what its kind says."""
    orders = index.ids.get("order", {}).items()
    placed = {name: path for name, path in orders if path[-1] != "calls_for"}
    drugs = {n for n, path in placed.items() if _text(index, (*path, "kind")) == "medication"}
    known = {
        "a drug": drugs, "an order that is no drug": placed.keys() - drugs,
        "a gate": _ids(index, "gates"),
        "a list of criteria": {n for n, path in index.ids.get("criteria", {}).items()
                               if len(path) == 2},
    }  # fmt: skip
    for path, text in index.texts:
        if path[0] != "pocket_card":
            continue
        if path[-2:-1] == ("shows",):
            kind = _text(index, (*path[:2], "kind")) or ""
            wanted = _ON_THE_CARD.get(kind)
            if wanted and text not in known[wanted]:
                mend = did_you_mean(text, known[wanted]) or "Add it, or take this out"
                yield Fault(path, f"'{text}' is not {wanted}, which '{kind}' shows", mend)
        if path[-1] == "kind" and text == "flowchart" and not _ids(index, "flow"):
            yield Fault(
                path, "there is no flow to draw", "Add 'flow:' with boxes, or take this out"
            )


def _leaflet(index: _Index) -> Iterator[Fault]:
    switches = _node(index, ("leaflet", "switches"))
    known = switches.members.keys() if isinstance(switches, Table) else set()
    for path, text in index.texts:
        if path[0] == "leaflet" and path[-1] == "only" and text not in known:
            mend = did_you_mean(text, known) or 'Add it under \'switches\', as "yes" or "no"'
            yield Fault(path, f"there is no switch '{text}'", mend)


def _sources(index: _Index) -> Iterator[Fault]:
    """Why: of one letter for two sources nobody could tell which of them is meant."""
    sources = index.root.members.get("sources")
    if isinstance(sources, Listing) and not sources.members:
        yield Fault(("sources",), "there is no source", "Add the guideline")
    seen: set[str] = set()
    for path, text in index.texts:
        if path[-1] == "reference_letter" or (path[0] == "sources" and path[-1] == "letter"):
            if text in seen:
                yield Fault(path, f"the letter '{text}' marks something else too", "Use another")
            seen.add(text)


def _parts(index: _Index) -> Iterator[Fault]:
    """Why: two parts of one name would share their signatures."""
    for name in sorted(PARTS & _ids(index, "section")):
        yield Fault(
            (*index.ids["section"][name], "id"),
            f"'{name}' is the name of another part that is signed, so no section can bear it",
            "Give the section another id",
        )


def _node(index: _Index, path: Steps) -> Node | None:
    node: Node | None = index.root
    for part in path:
        if isinstance(node, Table):
            node = node.members.get(str(part))
        elif isinstance(node, Listing) and isinstance(part, int):
            node = node.members[part]
        else:
            return None
    return node


def _text(index: _Index, path: Steps) -> str | None:
    node = _node(index, path)
    return node.text if isinstance(node, Scalar) else None
