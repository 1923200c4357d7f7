"""What people type of a patient: the weight in kg, and the age or the date of birth."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from anedocs.core.problems import Usage
from anedocs.core.quantity import Quantity
from anedocs.core.wording import amount, plain

_AGE_UNITS = {"y": "year", "mo": "month", "wk": "week", "d": "day"}
_AGE_FORMS = "4y, 18mo, 6wk, 12d or 5y3m"
_MONTHS_IN_YEAR = 12
_DATE = re.compile(r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}|[0-9]{8}")
#: No human life is known to have been longer. Why: an age beyond it is a slip of the hand.
OLDEST = Quantity(Decimal(125), "year")
#: How a weight without its unit can be mistyped: the form, and what the message says of it.
_SLIPS = (
    (r"[+-].*", "has a sign; type the weight in kg without it, such as 18.4"),
    (r"[0-9]+,[0-9]+", "has a comma; type a point for the decimals, such as 18.4"),
    (r"(?i)[0-9.]+e[+-]?[0-9]+", "has an exponent; type the number of kg in full"),
    (r"[0-9]+\.[0-9]{3,}", "has more than two decimals; type at most two, such as 18.4"),
    (r"0[0-9]+(?:\.[0-9]*)?", "begins with a zero too many; type it as the scale shows it"),
    (r"(?:[0-9]+\.|\.[0-9]+)", "has a point with no digit on one side; type both, such as 0.5"),
    (
        r"(?i)[+-]?(?:nan|inf(?:inity)?)",
        "is not a number of kg; type what the scale shows, such as 18.4",
    ),
    (
        r"[0-9]{5,}(?:\.[0-9]*)?",
        "has too many digits for kg; were grams typed? Type kg, such as 18.4",
    ),
    (r"(?s).*\s.*", "holds a space; type the digits alone, such as 18.4"),
)


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


def weight(text: str) -> Decimal:
    """The weight in kg as typed: digits, at most two decimals, and `kg` behind them at will.

    Raises FormError with a message of its own for each kind of slip.
    """
    match = re.fullmatch(r"((?:0|[1-9][0-9]{0,3})(?:\.[0-9]{1,2})?)(?: ?[kK][gG])?", text)
    if match is not None:
        return Decimal(match[1])
    shown = _shown(text)
    bare = re.sub(r"(?<=[0-9.]) ?[kK][gG]\Z", "", text)
    if not text.strip():
        raise FormError("the weight is empty; type it in kg, such as 18.4")
    if any(one.isdigit() and not one.isascii() for one in text):
        raise FormError("the weight holds digits other than 0 to 9; type it with 0 to 9")
    _of_another_unit(text, shown)
    for form, fault in _SLIPS:
        if re.fullmatch(form, bare):
            raise FormError(f"{shown} {fault}")
    raise FormError(f"{shown} is not a weight; type kg in digits, such as 18.4")


def _of_another_unit(text: str, shown: str) -> None:
    """Refuse pounds, grams and other units: what stands on another scale is never converted."""
    number = r"(?i)[+-]?[0-9.,]*[0-9][.,]?\s*"
    if re.search(r"(?i)[0-9]\s*(?:lb|lbs|pounds?|#)\s*$", text):
        raise FormError(
            f"{shown} is in pounds; only kg is taken. Weigh the child in kg: a weight is never "
            "converted here"
        )
    if re.fullmatch(rf"{number}(?:g|gr|gm|gms|grams?|grammes?)\s*", text):
        raise FormError(
            f"{shown} is in grams; only kg is taken. Set the scale to kg and type what it shows, "
            "such as 18.4"
        )
    if re.fullmatch(rf"{number}(?:st|stones?|oz|ounces?|mg|mcg|t)\s*", text):
        raise FormError(f"{shown} carries a unit other than kg; weigh in kg and type it as 18.4")
    if re.fullmatch(rf"{number}(?:kgs|kilograms?|kilos?|k)\.?\s*", text):
        raise FormError(f"{shown} carries a unit in another form; type kg, such as 18.4 kg")


def _shown(text: str) -> str:
    """What was typed, where it is a number with or without a unit; anything else may be a name."""
    number = re.fullmatch(r"\s*[0-9.,+-]{1,12}\s?(?:[A-Za-z]{0,6}|#)\s*", text)
    return repr(text) if number else "what was typed"


def age(text: str) -> AgeGiven:
    """The age as typed: 4y, 18mo, 6wk, 12d, or 5y3m for years and months. Raises FormError."""
    parts = re.fullmatch(r"([1-9][0-9]{0,3})y(0|[1-9][0-9]?)mo?", text)
    match = re.fullmatch(r"(0|[1-9][0-9]{0,3})(y|mo|wk|d)", text)
    if parts is not None:
        years, months = int(parts[1]), int(parts[2])
        if months >= _MONTHS_IN_YEAR:
            raise FormError(f"{text!r} has too many months; type it as {_AGE_FORMS}")
        given = AgeGiven(Quantity(Decimal(years * _MONTHS_IN_YEAR + months), "month"))
    elif match is None:
        if re.fullmatch(r"[0-9]{5,}(?:y|mo|wk|d)", text):
            raise FormError(f"nobody becomes as old as that; type the age as {_AGE_FORMS}")
        if _DATE.search(text):  # not shown: it may be a date of birth
            raise FormError(
                f"a date is not an age; type the age as {_AGE_FORMS}, or give date_of_birth "
                "with --patient"
            )
        raise FormError(f"{_shown(text)} is not an age; type it as {_AGE_FORMS}")
    elif match[1] == "0" and match[2] != "d":
        raise FormError(f"{text!r} is not exact enough; type the age in days, such as 5d")
    else:
        given = AgeGiven(Quantity(Decimal(match[1]), _AGE_UNITS[match[2]]))
    if given.days > OLDEST.to("day").number:
        raise FormError(f"nobody becomes as old as {text!r}; type the age as {_AGE_FORMS}")
    return given


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
    said = stated.quantity
    return abs(age_in(said.unit, born, day).quantity.number - said.number) <= 1


def age_in(unit: str, born: date, day: date) -> AgeGiven:
    """The age on a day in whole days, weeks, months or years."""
    days, months = (day - born).days, _months(born, day)
    counted = {"day": days, "week": days // 7, "month": months, "year": months // 12}
    return AgeGiven(Quantity(Decimal(counted[unit]), unit), Decimal(days))


def _months(born: date, day: date) -> int:
    return (day.year - born.year) * 12 + day.month - born.month - (day.day < born.day)


def typed(years: AgeGiven) -> str:
    """An age as it can be typed, such as '17mo'."""
    short = {unit: text for text, unit in _AGE_UNITS.items()}[years.quantity.unit]
    return f"{plain(years.quantity.number)}{short}"


def written(years: AgeGiven) -> str:
    """An age in words, such as '17 months'; from two years on '5 years 3 months'."""
    count, unit = years.quantity.number, years.quantity.unit
    if unit != "month" or count < 2 * _MONTHS_IN_YEAR:
        return amount(years.quantity)
    whole, months = divmod(count, Decimal(_MONTHS_IN_YEAR))
    words = [amount(Quantity(whole, "year"))]
    return " ".join([*words, amount(Quantity(months, "month"))] if months else words)
