"""Is this weight one that a child of this age can have? Absolute limits, and weight for age.

Why the weight and never the dose is checked: a maximum or a band edge hides a wrong weight.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import NamedTuple

from anedocs.core.wording import joined, number
from anedocs.dosing.patient import AgeGiven, written
from anedocs.schema.records import WeightForAge, WeightRow

#: Exact by definition: the international pound.
KG_PER_LB = Decimal("0.45359237")


class Plausibility(NamedTuple):
    """What the weight checks found."""

    verdict: str
    """'usual', 'soft' (confirm), 'hard' (refuse) or 'no_limits' (no row fits the age: refuse)."""
    sentence: str = ""
    """What is found, for the screen and for print; empty where the weight is usual."""
    hint: str = ""
    """Which slip of the hand would explain it; names pounds, so for the screen alone."""

    @property
    def message(self) -> str:
        """Sentence and hint, for the screen."""
        return f"{self.sentence} {self.hint}".strip()


def too_old(years: AgeGiven, table: WeightForAge) -> bool:
    """Whether an age lies beyond those that the table, and the children's sheet, are for."""
    return max(years.days, years.lived) >= table.age_below.to("day").number


def plausible(kg: Decimal, years: AgeGiven | None, table: WeightForAge) -> Plausibility:
    """Check a weight in kg against the absolute limits and, where the age is known, the table.

    Ages between two rows are read linearly, in exact fractions. An age without limits of its own
    is never waved through with those that hold for everybody.
    Source: ordersets/weight-for-age.yaml with its derivation.
    """
    anyone = _absolute(table)
    row = _at_age(years, table) if years else None
    limits, who = (row, f"an age of {written(years)}") if row and years else (anyone, "any age")
    fits = _other_entries(kg, limits)
    if not anyone.hard_low <= kg <= anyone.hard_high:
        sentence = _sentence(kg, "any patient", anyone.hard_low, anyone.hard_high)
        return Plausibility("hard", sentence, fits)
    if years is not None and row is None:
        return Plausibility(
            "no_limits",
            f"The table of weights for age has no limits for an age of {written(years)}, so "
            f"{number(kg)} kg cannot be checked.",
        )
    if not limits.hard_low <= kg <= limits.hard_high:
        sentence = _sentence(kg, who, limits.hard_low, limits.hard_high)
        return Plausibility("hard", sentence, fits)
    if not limits.soft_low <= kg <= limits.soft_high:
        sentence = _sentence(kg, who, limits.soft_low, limits.soft_high, "the usual range")
        return Plausibility("soft", sentence, fits)
    return Plausibility("usual")


class _Limits(NamedTuple):
    hard_low: Fraction
    soft_low: Fraction
    soft_high: Fraction
    hard_high: Fraction


def _absolute(table: WeightForAge) -> _Limits:
    limits = table.without_age
    return _Limits(
        Fraction(limits.hard_low.number), Fraction(limits.soft_low.number),
        Fraction(limits.soft_high.number), Fraction(limits.hard_high.number),
    )  # fmt: skip


def _at_age(years: AgeGiven, table: WeightForAge) -> _Limits | None:
    """The limits at an age, read on the straight line between the two rows around it.

    From the last row to the end of childhood its limits hold on; outside there are none.
    """
    for before, after in pairwise(table.rows):
        start, end = before.age.to("day").number, after.age.to("day").number
        if start <= years.lived <= end:
            share = Fraction(years.lived - start) / Fraction(end - start)
            return _Limits(
                *(
                    low + (high - low) * share
                    for low, high in zip(_row(before), _row(after), strict=True)
                )
            )
    last = table.rows[-1] if table.rows else None
    if last is None or too_old(years, table) or years.lived < last.age.to("day").number:
        return None
    return _Limits(*_row(last))


def _row(row: WeightRow) -> tuple[Fraction, Fraction, Fraction, Fraction]:
    return (
        Fraction(row.hard_low.number), Fraction(row.soft_low.number),
        Fraction(row.soft_high.number), Fraction(row.hard_high.number),
    )  # fmt: skip


def _sentence(
    kg: Decimal, who: str, low: Fraction, high: Fraction, what: str = "the possible range"
) -> str:
    """Limits are shown to the tenth within the range, so that no weight in it is called outside."""
    return (
        f"{number(kg)} kg is outside {what} for {who} "
        f"({number(Decimal(ceil(low * 10)) / 10)} to {number(Decimal(floor(high * 10)) / 10)} kg)."
    )


def _other_entries(kg: Decimal, limits: _Limits) -> str:
    """Which other reading of what was typed would be a usual weight; pounds only on the screen."""
    readings = (
        ("pounds were typed as kilograms", kg * KG_PER_LB),
        ("the decimal point slipped to the right", kg / 10),
        ("the decimal point slipped to the left", kg * 10),
        ("kilograms were converted as if they were pounds", kg / KG_PER_LB),
        ("grams were typed", kg / 1000),
    )
    fitting = [
        f"if {slip}, the child weighs about {number(_tenth(Fraction(other)))} kg"
        for slip, other in readings
        if limits.soft_low <= other <= limits.soft_high
    ]
    return f"Would another entry fit? {joined(fitting, 'or').capitalize()}." if fitting else ""


def _tenth(value: Fraction) -> Decimal:
    """To the nearest tenth, for messages only; no verdict and no dose is read from it."""
    return Decimal(round(value * 10)) / 10
