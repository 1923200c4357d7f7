"""Is this weight one that a child of this age can have? Form, absolute limits, weight for age.

Why the weight and never the dose is checked: a maximum or a band edge hides a wrong weight.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from anedocs.core.problems import Usage
from anedocs.core.quantity import Quantity
from anedocs.core.wording import amount, joined, number, plain
from anedocs.orderset.records import WeightForAge, WeightRow

#: Exact by definition: the international pound.
KG_PER_LB = Decimal("0.45359237")
_AGE_UNITS = {"y": "year", "mo": "month", "wk": "week", "d": "day"}


class FormError(Usage):
    """What was typed does not have the form of a weight or an age; the message says which has."""


class AgeGiven(NamedTuple):
    """An age as people say it, with its length in days."""

    quantity: Quantity
    since_birth: Decimal | None = None
    """The days since birth, where the date of birth is known."""

    @property
    def days(self) -> Decimal:
        """The age as said, in days; a month is 30.4375 days, a year 365.25."""
        return self.quantity.to("day").number

    @property
    def lived(self) -> Decimal:
        """The days lived, as exactly as known. Why: a child of 2 years may be nearly 3."""
        return self.days if self.since_birth is None else self.since_birth


class Plausibility(NamedTuple):
    """What the weight checks found: 'usual', 'soft' (confirm) or 'hard' (refuse)."""

    verdict: str
    message: str = ""


def weight(text: str) -> Decimal:
    """The weight in kg as typed: digits, at most two decimals, nothing else.

    Raises FormError with a message of its own for each kind of slip.
    """
    if re.fullmatch(r"(?:0|[1-9][0-9]{0,3})(?:\.[0-9]{1,2})?", text):
        return Decimal(text)
    shown = repr(text[:20])
    if not text.strip():
        raise FormError("the weight is empty; type it in kg, such as 18.4")
    if any(one.isdigit() and not one.isascii() for one in text):
        raise FormError(f"{shown} holds digits other than 0 to 9; type the weight with 0 to 9")
    if re.fullmatch(r"[+-].*", text):
        raise FormError(f"{shown} has a sign; type the weight in kg without it, such as 18.4")
    if re.search(r"(?i)[0-9]\s*(?:lb|lbs|pounds?|#)\s*$", text):
        raise FormError(
            f"{shown} is in pounds; only kg is taken. Weigh the child in kg: a weight is never "
            "converted here"
        )
    if re.fullmatch(r"(?i)[0-9.,]+\s*(?:kg|kgs|kilograms?|kilos?|g)", text):
        raise FormError(f"{shown} carries a unit; type the number of kg alone, such as 18.4")
    if re.fullmatch(r"[0-9]+,[0-9]+", text):
        raise FormError(f"{shown} has a comma; type a point for the decimals, such as 18.4")
    if re.fullmatch(r"(?i)[0-9.]+e[+-]?[0-9]+", text):
        raise FormError(f"{shown} has an exponent; type the number of kg in full")
    if re.fullmatch(r"[0-9]+\.[0-9]{3,}", text):
        raise FormError(f"{shown} has more than two decimals; type at most two, such as 18.4")
    if re.fullmatch(r"0[0-9]+(?:\.[0-9]*)?", text):
        raise FormError(f"{shown} begins with a zero too many; type it as the scale shows it")
    if re.fullmatch(r"(?:[0-9]+\.|\.[0-9]+)", text):
        raise FormError(f"{shown} has a point with no digit on one side; type both, such as 0.5")
    if re.fullmatch(r"(?i)[+-]?(?:nan|inf(?:inity)?)", text):
        raise FormError(f"{shown} is not a number of kg; type what the scale shows, such as 18.4")
    if re.fullmatch(r"[0-9]{5,}(?:\.[0-9]*)?", text):
        raise FormError(
            f"{shown} has too many digits for kg; were grams typed? Type kg, such as 18.4"
        )
    if re.search(r"\s", text):
        raise FormError(f"{shown} holds a space; type the digits alone, such as 18.4")
    raise FormError(f"{shown} is not a weight; type kg in digits, such as 18.4")


def age(text: str) -> AgeGiven:
    """The age as typed: 4y, 18mo, 6wk or 12d. Raises FormError."""
    match = re.fullmatch(r"(0|[1-9][0-9]{0,3})(y|mo|wk|d)", text)
    if match is None:
        raise FormError(f"{text[:20]!r} is not an age; type it as 4y, 18mo, 6wk or 12d")
    if match[1] == "0" and match[2] != "d":
        raise FormError(f"{text!r} is not exact enough; type the age in days, such as 5d")
    return AgeGiven(Quantity(Decimal(match[1]), _AGE_UNITS[match[2]]))


def age_on(born: date, day: date) -> AgeGiven:
    """The age on a day of somebody born on another, in days up to 8 weeks, then months, then years.

    Raises ValueError where the birth lies after that day.
    """
    if born > day:
        raise ValueError("the date of birth lies after the date of the document")
    days, months = (day - born).days, _months(born, day)
    if days <= 56:
        said = Quantity(Decimal(days), "day")
    elif months < 24:
        said = Quantity(Decimal(months), "month")
    else:
        said = Quantity(Decimal(months // 12), "year")
    return AgeGiven(said, Decimal(days))


def agree(stated: AgeGiven, born: date, day: date) -> bool:
    """Whether an age as typed can be that of the date of birth: within one of the unit typed.

    Both are counted in whole units, as people say an age: 4y holds until the fifth birthday.
    """
    days, months = (day - born).days, _months(born, day)
    counted = {"day": days, "week": days // 7, "month": months, "year": months // 12}
    return abs(counted[stated.quantity.unit] - stated.quantity.number) <= 1


def _months(born: date, day: date) -> int:
    return (day.year - born.year) * 12 + day.month - born.month - (day.day < born.day)


def plausible(kg: Decimal, years: AgeGiven | None, table: WeightForAge) -> Plausibility:
    """Check a weight in kg against the absolute limits and, where the age is known, the table.

    Ages between two rows are read linearly, in exact fractions; ages outside the table have no row.
    Source: ordersets/weight-for-age.yaml with its derivation.
    """
    anyone = _absolute(table)
    row = _at_age(years, table) if years else None
    limits, who = (row, f"an age of {written(years)}") if row and years else (anyone, "any age")
    fits = _other_entries(kg, limits)
    if not anyone.hard_low <= kg <= anyone.hard_high:
        sentence = _sentence(kg, "any patient", anyone.hard_low, anyone.hard_high)
        return Plausibility("hard", f"{sentence}{fits}")
    if not limits.hard_low <= kg <= limits.hard_high:
        sentence = _sentence(kg, who, limits.hard_low, limits.hard_high)
        return Plausibility("hard", f"{sentence}{fits}")
    if not limits.soft_low <= kg <= limits.soft_high:
        sentence = _sentence(kg, who, limits.soft_low, limits.soft_high, "the usual range")
        return Plausibility("soft", f"{sentence}{fits}")
    return Plausibility("usual")


def typed(years: AgeGiven) -> str:
    """An age as it is typed, such as '17mo'."""
    short = {unit: text for text, unit in _AGE_UNITS.items()}[years.quantity.unit]
    return f"{plain(years.quantity.number)}{short}"


def written(years: AgeGiven) -> str:
    """An age in words, such as '17 months'."""
    return amount(years.quantity)


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
    """The limits at an age, read on the straight line between the two rows around it."""
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
    return None


def _row(row: WeightRow) -> tuple[Fraction, Fraction, Fraction, Fraction]:
    return (
        Fraction(row.hard_low.number), Fraction(row.soft_low.number),
        Fraction(row.soft_high.number), Fraction(row.hard_high.number),
    )  # fmt: skip


def _sentence(
    kg: Decimal, who: str, low: Fraction, high: Fraction, what: str = "the possible range"
) -> str:
    return (
        f"{number(kg)} kg is outside {what} for {who} "
        f"({number(_tenth(low))} to {number(_tenth(high))} kg)."
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
    return f" Would another entry fit? {joined(fitting, 'or').capitalize()}." if fitting else ""


def _tenth(value: Fraction) -> Decimal:
    """To the nearest tenth, for messages only; no verdict and no dose is read from it."""
    return Decimal(round(value * 10)) / 10
