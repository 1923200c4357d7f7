"""What figures and dates of an order set promise about one another, checked on the tree."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from anedocs.core.problems import Fault
from anedocs.core.quantity import Quantity, QuantityError
from anedocs.schema.source import Listing, Node, Scalar, Steps, Table

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_STEP: Steps = ("safeguards", "scale_step", "value")
_REVIEW: Steps = ("metadata", "review_date")


def faults(root: Table, tables: Iterable[tuple[Steps, Table]]) -> Iterator[Fault]:
    """Every such fault; what has not the right form is left to the model."""
    yield from _scale_step(root, tables)
    begins, review = _text(root, ("metadata", "effective_date")), _text(root, _REVIEW)
    if _DAY.fullmatch(begins) and _DAY.fullmatch(review) and review < begins:
        yield Fault(
            _REVIEW, f"the review date {review} comes before the effective date {begins}",
            "Correct one of the two",
        )  # fmt: skip


def _scale_step(root: Table, tables: Iterable[tuple[Steps, Table]]) -> Iterator[Fault]:
    """Why: the sheet shows the weight one step before an edge; it must lie in the band before."""
    step = _kilograms(_text(root, _STEP))
    widths = [width for _, table in tables for width in _widths(table.members.get("bands"))]
    if step is not None and widths and step >= min(widths):
        yield Fault(
            _STEP, f"a step of {step} kg is not smaller than the narrowest weight band, which is "
            f"{min(widths)} kg wide", "Give the step that the scale shows",
        )  # fmt: skip


def _widths(bands: Node | None) -> Iterator[Decimal]:
    """How wide each band is that has an end, from nothing on."""
    before = Decimal(0)
    for band in bands.members if isinstance(bands, Listing) else ():
        ends = (_kilograms(_text(band, (key,))) for key in ("below", "up_to"))
        for edge in (one for one in ends if one is not None and one > before):
            yield edge - before
            before = edge


def _kilograms(text: str) -> Decimal | None:
    try:
        amount = Quantity.parse(text)
    except QuantityError:
        return None
    return amount.number if amount.unit == "kg" else None


def _text(node: Node | None, path: Steps) -> str:
    for key in path:
        node = node.members.get(str(key)) if isinstance(node, Table) else None
    return (node.text or "") if isinstance(node, Scalar) else ""
