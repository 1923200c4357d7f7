"""Ranges of weight or age, and whether a list of them covers everything exactly once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple


class Range(NamedTuple):
    """From one bound to another; None is open. Each bound says whether it belongs to the range."""

    low: Decimal | None = None
    low_included: bool = True
    high: Decimal | None = None
    high_included: bool = False

    def holds(self, value: Decimal) -> bool:
        """Whether the value, as entered and never rounded, lies in this range."""
        if self.low is not None and (
            value < self.low or (value == self.low and not self.low_included)
        ):
            return False
        return self.high is None or value < self.high or (value == self.high and self.high_included)


def seams(ranges: Sequence[Range]) -> Iterator[tuple[int, str]]:
    """Where a list of ranges, in its order, leaves a gap or overlaps.

    Yields (index of the range at fault, sentence without units). An empty result means that every
    positive value lies in exactly one range.
    Why: a weight in no band has no dose, and a weight in two has two.
    """
    if not ranges:
        return
    for index, one in enumerate(ranges):
        if one.low is not None and one.high is not None and _empty(one.low, one.high, one):
            yield index, f"the band from {one.low} to {one.high} holds nothing"
    if ranges[0].low is not None and ranges[0].low > 0:
        yield 0, f"the first band begins at {ranges[0].low}, so smaller values have no band"
    for index, (before, after) in enumerate(pairwise(ranges), start=1):
        if before.high is None or after.low is None or after.low < before.high:
            yield index, _overlap(before, after)
        elif after.low > before.high:
            yield index, f"bands leave a gap between {before.high} and {after.low}"
        elif before.high_included and after.low_included:
            yield index, f"exactly {after.low} belongs to two bands"
        elif not before.high_included and not after.low_included:
            yield index, f"exactly {after.low} belongs to no band"
    if ranges[-1].high is not None:
        yield (
            len(ranges) - 1,
            f"the last band ends at {ranges[-1].high}, so larger values have no band",
        )


def _empty(low: Decimal, high: Decimal, one: Range) -> bool:
    return low > high or (low == high and not (one.low_included and one.high_included))


def _overlap(before: Range, after: Range) -> str:
    ends = "has no end" if before.high is None else f"ends at {before.high}"
    begins = "has no beginning" if after.low is None else f"begins at {after.low}"
    return f"bands overlap: one {ends}, the next {begins}"
