"""The words of a worksheet row: its name, its condition, and the order in one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from anedocs.core import wording
from anedocs.core.ranges import Range
from anedocs.schema.model import OrderSet
from anedocs.schema.orders import Medication, Stated
from anedocs.sentences import phrases
from anedocs.sentences.order_lines import Line, Variant, dose_text
from anedocs.sentences.phrases import NOT_SET


def name(line: Line) -> str:
    """What stands on the line; a band or an age group is part of the name of its dose."""
    whom = list(_whom(line.variant)) if line.variant else []
    return ", ".join([line.name, *whom])


def condition(line: Line) -> str | None:
    """What must hold before the line is placed; None on notes, whose text is no condition.

    Why bounds are spelled out: a column whose name says inclusive must not make a bound so.
    """
    if line.kind == "note":
        return None
    parts = [line.says] if line.says else []
    if line.variant is not None:
        parts += _bands(line.variant.weights)
        parts += [f"age: {line.variant.age}"] if line.variant.age else []
    return "; ".join(parts) or None


def comments(orderset: OrderSet, line: Line) -> str | None:
    """The order as one sentence; of a note, its text; of a header, nothing."""
    if line.kind == "choice_header":
        return None
    order = line.order
    if order is None:
        return line.says
    parts = list(_drug(orderset, line, line.drug)) if line.drug else []
    first = line.drug and _said(orderset, line.drug.first_dose)
    parts += [f"first dose {first}"] if first else []
    parts += filter(None, [_said(orderset, order.timing)])
    parts += [one.text for one in (order.optional, order.purpose) if one]
    parts += [note.text for note in order.notes]
    parts += [f"to fill in: {blank.label}" for blank in order.blanks]
    return "; ".join(parts) or None


def _drug(orderset: OrderSet, line: Line, drug: Medication) -> Iterator[str]:
    yield dose_text(orderset, line)
    yield from phrases.settled(orderset, drug)
    for label, value, asked in (
        ("salt", orderset.settled(drug.salt), drug.salt.not_set),
        ("infusion time", orderset.settled(drug.infusion_time), drug.infusion_time.not_set),
    ):
        if value is None and asked != ("silent",):
            yield f"{label} {NOT_SET}"
    if line.variant and (stop := phrases.stop(drug)):
        yield stop


def _whom(variant: Variant) -> Iterator[str]:
    if variant.age:
        yield variant.age
    if variant.weights != Range():
        yield wording.weights(variant.weights)


def _bands(band: Range) -> Iterator[str]:
    if band == Range():
        return
    yield f"weight {wording.weights(band)}"
    low, high = band.low, band.high
    if low is not None and not band.low_included:
        yield f"{wording.number(low)} kg itself is not in this band"
    if high is not None and band.high_included:
        yield f"{wording.number(high)} kg itself is in this band"


def _said(orderset: OrderSet, stated: Stated[Any] | None) -> str | None:
    return orderset.settled(stated) if stated else None
