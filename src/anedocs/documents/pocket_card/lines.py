"""The words of the pocket card: each fact that it may show, as lines or as a table.

Each id that a fact shows is there, and of the kind that the fact needs: the order set was checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from anedocs.core import wording
from anedocs.core.quantity import Quantity
from anedocs.documents.pocket_card.doses import (
    dose_lines,
    first_dose_lines,
    stop_lines,
    worked_rows,
)
from anedocs.edition.edition import Edition
from anedocs.schema.card import CardFact, WorkedDoses
from anedocs.schema.model import OrderSet
from anedocs.schema.orders import Gate, Medication, Order, PlainOrder, Section, Stated
from anedocs.sentences import phrases

_TOGETHER = re.compile(
    r"(?<=[0-9]) (?=(?:mg|g|kg|mcg|mL|hours?|minutes?|days?|weeks?|years?)\b)|(?<=NOT) (?=SET)"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the card: what it is about, and what is said of it."""

    lead: str
    text: str
    kind: str = "orders"
    """The kind of the fact, by which the page may set it apart."""


@dataclass(frozen=True, slots=True)
class Block:
    """What stands under one heading: lines, or the flowchart, or the table of worked doses."""

    kind: str
    """'lines', 'flowchart' or 'worked_doses'."""
    title: str = ""
    banner: str | None = None
    lines: tuple[Line, ...] = ()
    weights: tuple[Quantity, ...] = ()
    rows: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Each drug with its dose at each of the weights."""
    state: str = ""
    """Whether the weights of the table are proposed or accepted."""


def blocks(edition: Edition, facts: Sequence[CardFact], brief: bool = False) -> list[Block]:
    """The facts of one side in their order; neighbors of one section share its heading.

    `brief` is for the smallest card, which refers to the order sheet for doses by age.
    """
    orderset = edition.orderset
    found: list[Block] = []
    for fact in facts:
        if isinstance(fact, WorkedDoses):
            drugs = [_drug(orderset, name) for name in fact.shows]
            rows = tuple(worked_rows(orderset, drugs, fact.weights))
            found.append(
                Block("worked_doses", weights=fact.weights, rows=rows, state=fact.chosen.state)
            )
        elif fact.kind == "flowchart":
            found.append(Block("flowchart"))
        else:
            title, banner = _heading(orderset, fact)
            lines = [
                _whole(lead, text, fact.kind) for lead, text in _said_of(orderset, fact, brief)
            ]
            if found and found[-1].kind == "lines" and found[-1].title == title:
                lines = [*found.pop().lines, *lines]
            found.append(Block("lines", title, banner, tuple(_joined(lines))))
    return found


def _joined(lines: Sequence[Line]) -> Iterator[Line]:
    """Neighbors that are about the same thing are one line."""
    for _, same in groupby(lines, key=lambda line: line.lead or line.text):
        first, *more = same
        yield replace(first, text=" ".join((first.text, *(line.text for line in more))))


def _said_of(orderset: OrderSet, fact: CardFact, brief: bool) -> Iterator[tuple[str, str]]:
    match fact.kind:
        case "entry":
            ages = orderset.metadata.age_range or phrases.NOT_SET
            yield "For", f"{orderset.population}; age range {ages}"
            yield "Entry criteria", phrases.entry(orderset.entry)
        case "orders":
            yield from _order_lines(orderset, fact)
        case "criteria":
            yield from _criteria_lines(orderset, fact)
        case "approval":
            for gate in _gates(orderset, fact):
                yield gate.title, gate.approval.text
        case "checks":
            for gate in _gates(orderset, fact):
                yield gate.title, ". ".join(check.text for check in gate.checks)
        case "first_dose":
            drugs = [_drug(orderset, name) for name in fact.shown]
            yield from first_dose_lines(orderset, drugs)
        case "stop":
            for name in fact.shown:
                yield from stop_lines(_drug(orderset, name))
        case _:
            for name in fact.shown:
                yield from dose_lines(orderset, _drug(orderset, name), brief)


def _order_lines(orderset: OrderSet, fact: CardFact) -> Iterator[tuple[str, str]]:
    """One line for all orders that share how soon they are due and who places them."""
    together: dict[str, list[str]] = {}
    for name in fact.shown:
        order, parent = _order(orderset, name)
        placed_by = _settled(orderset, order.placed_by)
        beside = f"with {parent.name[:1].lower()}{parent.name[1:]}" if parent else None
        tags = (_settled(orderset, order.urgency), placed_by and f"{placed_by} places", beside)
        remarks = [text for text in (_settled(orderset, order.timing), *_remarks(order)) if text]
        named = order.name if parent or order.components else order.short or order.name
        line = f"{named}: {'; '.join(remarks)}" if remarks else named
        together.setdefault(", ".join(tag for tag in tags if tag), []).append(line)
    for lead, lines in together.items():
        yield lead[:1].upper() + lead[1:], "; ".join(lines)


def _remarks(order: Order) -> Iterator[str]:
    yield from (part.text for part in (order.optional, order.purpose, order.condition) if part)
    yield from map(phrases.note, order.notes)


def _criteria_lines(orderset: OrderSet, fact: CardFact) -> Iterator[tuple[str, str]]:
    for one in orderset.criteria:
        if one.id in fact.shown:
            found = wording.joined([*map(phrases.criterion, one.any_of)], "or")
            yield one.title, "; ".join((found, *(f"note: {note.text}" for note in one.notes)))


def _heading(orderset: OrderSet, fact: CardFact) -> tuple[str, str | None]:
    """The section of the first order that is shown; a gate stands with the order behind it."""
    if fact.kind == "entry":
        return "", None
    first = fact.shown[0]
    if fact.kind == "criteria":
        return next(one.heading for one in orderset.criteria if one.id == first), None
    behind = next((gate.order for gate in orderset.gates if gate.id == first), first)
    section = next(one for one in orderset.sections if behind in _ids(one))
    return section.title, _settled(orderset, section.banner)


def _ids(section: Section) -> Iterator[str]:
    for order in section.orders:
        yield order.id
        yield from (part.id for part in getattr(order, "components", ()))


def _order(orderset: OrderSet, name: str) -> tuple[PlainOrder, PlainOrder | None]:
    """The order, and the one with which it is done if it is a component of it."""
    plain = [order for order in orderset.orders if isinstance(order, PlainOrder)]
    of = (one for one in plain if any(part.id == name for part in one.components))
    return next(order for order in plain if order.id == name), next(of, None)


def _drug(orderset: OrderSet, name: str) -> Medication:
    return next(drug for drug in orderset.medications if drug.id == name)


def _gates(orderset: OrderSet, fact: CardFact) -> Iterator[Gate]:
    return (gate for name in fact.shown for gate in orderset.gates if gate.id == name)


def _settled(orderset: OrderSet, stated: Stated[Any] | None) -> str | None:
    return orderset.settled(stated) if stated else None


def _whole(lead: str, text: str, kind: str) -> Line:
    """A line as a sentence, in which number and unit stay on one row of print."""
    return Line(_TOGETHER.sub("\u00a0", lead), _TOGETHER.sub("\u00a0", text) + ".", kind)
