"""What each line rests on: the statements, supplements and local decisions behind it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from anedocs.schema.model import OrderSet, Reference, Statement, Supplement
from anedocs.schema.orders import Medication, Order, Sourced, Stated
from anedocs.schema.origin import Origin
from anedocs.sentences.order_lines import Line


class Source(NamedTuple):
    """One thing that lines rest on: what it is, where it stands, what it says."""

    kind: str
    id: str
    place: str
    says: str
    carried_by: tuple[str, ...] = ()
    """Row keys of the lines that rest on it."""


def origins(orderset: OrderSet, line: Line, header: Line | None) -> list[Origin]:
    """Every origin of a line, once each: of the order itself, its dose, and all that qualifies it.

    A component that is bound to the condition of its header rests on the header's as well.
    """
    found = list(line.origins)
    if line.variant is not None and line.variant.origin is not None:
        found.append(line.variant.origin)
    if line.kind in ("orderable", "placeholder") and line.order is not None:
        found += _of_order(orderset, line.order)
        found += _of_gate(orderset, line)
    shared = header.order.condition if header and header.order else None
    if shared is not None and line.says == shared.text:
        found.append(shared.from_)
    return list(dict.fromkeys(found))


def ids(found: Iterable[Origin]) -> list[tuple[str, str]]:
    """The kind and id of each source that these origins name, once each."""
    return list(dict.fromkeys((one.kind, name) for one in found for name in one.ids))


def reference(orderset: OrderSet, kind: str, name: str) -> str:
    """A source as named in a cell: a statement with its lines, or what else it is."""
    if kind == "guideline":
        return f"{name} ({lines_of(_statement(orderset, name).lines)})"
    if kind == "supplement":
        return f"supplement {name} ({orderset.supplement(name).state})"
    return f"local decision {name}"


def says(orderset: OrderSet, kind: str, name: str) -> str:
    """What a source says, in our own words."""
    if kind == "guideline":
        return _statement(orderset, name).says
    if kind == "supplement":
        return orderset.supplement(name).says
    return next(one.says for one in orderset.local_decisions if one.id == name)


def sources(
    orderset: OrderSet, carried: Mapping[tuple[str, str], Sequence[str]]
) -> Iterator[Source]:
    """Every source that a line rests on, in the order of the file, then the references."""
    for kind, known in (
        ("guideline", orderset.statements),
        ("supplement", orderset.supplements),
        ("local", orderset.local_decisions),
    ):
        for one in known:
            keys = tuple(carried.get((kind, one.id), ()))
            if keys:
                yield Source(_KINDS[kind], one.id, _place(one), one.says, keys)
    for cited in orderset.references:
        yield Source("reference", cited.id, _cited(cited), cited.title)


_KINDS = {"guideline": "statement", "supplement": "supplement", "local": "local decision"}


def _of_order(orderset: OrderSet, order: Order) -> Iterator[Origin]:
    """Where each value of an order is from that is in force, and where its stop is from."""
    yield order.from_
    if isinstance(order, Medication):
        if order.dose_from is not None and orderset.in_force(order.dose_from):
            yield order.dose_from
        if order.stop_above is not None:
            yield order.stop_above.from_
    for _, value in order:
        origin = value.from_ if isinstance(value, Stated | Sourced) else None
        if origin is not None and orderset.in_force(origin):
            yield origin
    yield from (note.from_ for note in order.notes)


def _of_gate(orderset: OrderSet, line: Line) -> Iterator[Origin]:
    for gate in orderset.gates:
        if line.approval == gate.approval.text:
            yield gate.approval.from_


def _statement(orderset: OrderSet, name: str) -> Statement:
    return next(one for one in orderset.statements if one.id == name)


def lines_of(lines: str) -> str:
    """The lines of a source in words: 'line 9', 'lines 30-32', or 'whole'."""
    if lines == "whole":
        return lines
    return f"lines {lines}" if "-" in lines or "," in lines else f"line {lines}"


def _place(one: object) -> str:
    if isinstance(one, Statement):
        return f"guideline, {lines_of(one.lines)}"
    if isinstance(one, Supplement):
        return f"{one.state}; {'; '.join(cite.source for cite in one.cites)}"
    return f"{getattr(one, 'owner', '')}, {getattr(one, 'decided_on', '')}"


def _cited(one: Reference) -> str:
    """Where a reference can be read: everything known of it but its title."""
    number = f"number {one.number}" if one.number else one.list
    known = {"PMID": one.pmid, "PMCID": one.pmcid, "DOI": one.doi}
    marks = [f"{name} {value}" for name, value in known.items() if value]
    return "; ".join(filter(None, [number, one.authors, one.journal, one.year, *marks, one.url]))
