"""How a value is written for people: ISMP numbers, amounts, spoken digits, joined lists."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from anedocs.core.quantity import Quantity
from anedocs.core.ranges import Range

_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_SPOKEN_UNITS = {"mg": "milligrams", "g": "grams", "mcg": "micrograms", "kg": "kilograms"}
_COUNTED = ("day", "week", "month", "year", "hour", "minute")


def plain(number: Decimal) -> str:
    """The number for machines: no comma, no trailing zero, never an exponent."""
    if not isinstance(number, Decimal):
        raise TypeError(f"only exact decimals are written, not {type(number).__name__}")
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def number(value: Decimal) -> str:
    """The number for people: comma from 1,000, leading zero, no trailing zero (ISMP, TJC)."""
    whole, _, fraction = plain(value).partition(".")
    grouped = f"{int(whole):,}"
    return f"{grouped}.{fraction}" if fraction else grouped


def amount(quantity: Quantity) -> str:
    """An amount for people, such as '1,000 mg', '30 mg/kg', '5 days', '5%'."""
    if quantity.unit == "%":
        return f"{number(quantity.number)}%"
    plural = "s" if quantity.unit in _COUNTED and quantity.number != 1 else ""
    return f"{number(quantity.number)} {quantity.unit}{plural}"


def both_units(quantity: Quantity) -> str:
    """A mass in the unit of the dose and, where the source says grams, in grams as well.

    Why: a cap in g beside a dose in mg invites a slip of 1,000.
    """
    if quantity.unit == "g":
        return f"{amount(quantity.to('mg'))} ({amount(quantity)})"
    return amount(quantity)


def spoken(quantity: Quantity) -> str:
    """The dose digit by digit for reading back, such as 'five-five-two milligrams'."""
    whole, _, fraction = plain(quantity.number).partition(".")
    words = "-".join(_DIGITS[int(digit)] for digit in whole)
    if fraction:
        words += " point " + "-".join(_DIGITS[int(digit)] for digit in fraction)
    return f"{words} {_SPOKEN_UNITS[quantity.unit]}"


def joined(words: Sequence[str], last: str = "and") -> str:
    """A list in words: 'a', 'a and b', 'a, b and c'."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def weights(band: Range) -> str:
    """A weight band in words, such as 'less than 30 kg' or 'more than 15 kg and up to 23 kg'."""
    parts = []
    if band.low is not None:
        low = number(band.low)
        parts.append(f"{low} kg or more" if band.low_included else f"more than {low} kg")
    if band.high is not None:
        high = number(band.high)
        parts.append(f"up to {high} kg" if band.high_included else f"less than {high} kg")
    return joined(parts) or "every weight"
