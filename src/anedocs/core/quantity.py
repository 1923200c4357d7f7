"""Exact numbers with their unit: the only form in which a clinical number travels.

Why: a binary float cannot hold 0.1, and a bare number cannot say whether it is mg or g.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import (
    Context,
    Decimal,
    DivisionByZero,
    FloatOperation,
    Inexact,
    InvalidOperation,
    Overflow,
)

from anedocs.core.problems import short

#: All dose arithmetic runs here: an operation that would lose a digit raises instead.
EXACT = Context(
    prec=28, traps=[Inexact, FloatOperation, InvalidOperation, DivisionByZero, Overflow]
)

_MASS = {"kg": Decimal(1_000_000), "g": Decimal(1000), "mg": Decimal(1), "mcg": Decimal("0.001")}
_TIME_IN_DAYS = {
    "day": Decimal(1),
    "week": Decimal(7),
    "month": Decimal("30.4375"),
    "year": Decimal("365.25"),
}
_OTHER = ("%", "hour", "minute", "point")
_COUNTED = (*_TIME_IN_DAYS, "hour", "minute", "point")
UNITS = (*_MASS, "mg/kg", *_TIME_IN_DAYS, *_OTHER)

#: [0-9], never \d: \d takes Arabic-Indic digits as well.
PATTERN = (
    r"(?:0|[1-9][0-9]{0,6})(?:\.[0-9]{1,4})?"
    r"(?: ?%| (?:kg|g|mg|mcg|mg/kg|days?|weeks?|months?|years?|hours?|minutes?|points?))"
)
_FORM = re.compile(
    r"(?P<number>(?:0|[1-9][0-9]{0,6})(?:\.[0-9]{1,4})?)(?P<space> ?)(?P<unit>[A-Za-z/%]+)"
)


#: Thousands parted by commas, as documents print them.
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)? ?[A-Za-z%]")
_LONGEST = 40


class QuantityError(ValueError):
    """A text that is not an amount with its unit; the message says which form is right."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact number with its unit, such as 30 mg/kg, 1 g or 5 days."""

    number: Decimal
    unit: str

    @classmethod
    def parse(cls, text: str) -> Quantity:
        """Read an amount from the text of the order set.

        Raises QuantityError for a bare number, an unknown unit, a missing space or a decimal comma.
        """
        text = text.strip(" ")
        if len(text) > _LONGEST:
            raise QuantityError(f"'{short(text)}' is too long for an amount")
        if _GROUPED.match(text):
            raise QuantityError(
                f"'{text}' has a comma among its digits; write it without, such as "
                f"'{text.replace(',', '')}'"
            )
        if re.fullmatch(r"[0-9.,]+", text):
            raise QuantityError(
                f"'{text}' has no unit; write the number with its unit, such as '30 mg/kg' or '1 g'"
            )
        match = _FORM.fullmatch(text)
        if match is None:
            raise QuantityError(
                f"'{text}' is not an amount; write digits, one space and a unit, such as "
                "'30 mg/kg' (no comma, no sign, at most four decimals)"
            )
        number, unit = match["number"], match["unit"]
        singular = unit[:-1] if unit[:-1] in _COUNTED and unit.endswith("s") else unit
        if singular not in UNITS:
            raise QuantityError(f"'{unit}' is not a known unit; known are {', '.join(UNITS)}")
        if not match["space"] and singular != "%":
            raise QuantityError(f"'{text}' needs a space: write '{number} {unit}'")
        return cls(Decimal(number), singular)

    def to(self, unit: str) -> Quantity:
        """The same amount in another unit of the same kind (g to mg, years to days), exactly.

        Raises QuantityError where the two units measure different things.
        """
        if unit == self.unit:
            return self
        for scale in (_MASS, _TIME_IN_DAYS):
            if self.unit in scale and unit in scale:
                product = EXACT.multiply(self.number, scale[self.unit])
                return Quantity(EXACT.divide(product, scale[unit]), unit)
        raise QuantityError(f"{self.unit} cannot be written in {unit}")
