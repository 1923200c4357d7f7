"""Amounts as exports write them: read exactly, and compared exactly across units.

Why not `Quantity.parse` and `Quantity.to`: exports write '30.0', '0.03 g/kg' and units that only a
map explains, and a difference must be shown even where a unit is unknown.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from anedocs.core import characters, spreadsheet, wording
from anedocs.core.quantity import EXACT, Quantity

#: Each unit in the smallest one of its kind; whole numbers, so that no digit is ever lost.
_SCALES = (
    {"ug": 1, "mcg": 1, "mg": 1000, "g": 1000**2, "kg": 1000**3},
    {"min": 1, "minute": 1, "minutes": 1, "h": 60, "hour": 60, "hours": 60, "d": 1440, "day": 1440,
     "days": 1440, "wk": 10080, "week": 10080, "weeks": 10080},
)  # fmt: skip
_MARKS = {"point": r"\.", "comma": ",", "space": r"[ \u00a0\u202f]"}
#: More digits than any dose has; exact arithmetic holds them in every unit.
_MOST_DIGITS = 12
#: A comma that cannot stand between thousands.
_COMMA_FOR_POINT = re.compile(r"[0-9]+,(?:[0-9]{1,2}|[0-9]{4,})|0+,[0-9]+")
#: In Europe a thousand or more, elsewhere a number with three decimals.
_POINT_OR_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}")
_UNIT = r"[A-Za-z\u00b5\u03bc%][A-Za-z\u00b5\u03bc%/0-9]*"


class Unreadable(ValueError):
    """A cell that holds no amount; the message says why, and how it is mended."""


@dataclass(frozen=True, slots=True)
class Marks:
    """How an export writes numbers, and what its units are called here."""

    decimal: str = "point"
    thousands: str = "none"
    units: dict[str, str] = field(default_factory=dict)
    """By the unit in small letters."""
    semicolons: bool = False
    """Whether semicolons part the cells, as where a point may stand between thousands."""

    def number(self, text: str) -> Decimal:
        """The number in a cell; raises Unreadable where it holds anything else."""
        text = _seen(text).strip()
        if self._untold and _COMMA_FOR_POINT.fullmatch(text):
            return replace(self, decimal="comma").number(text)
        unclear = self._untold and self.semicolons and _POINT_OR_THOUSANDS.fullmatch(text)
        if unclear or not re.fullmatch(self._form(), text):
            raise Unreadable(f"'{text}' is no number{self._advice(text)}")
        grouping, point = _MARKS.get(self.thousands), _MARKS[self.decimal]
        digits = re.sub(point, ".", re.sub(grouping, "", text) if grouping else text)
        if len(digits) > _MOST_DIGITS:
            raise Unreadable(f"'{text}' has more digits than a dose can have")
        return Decimal(digits)

    def unit(self, text: str) -> str:
        """The unit as the order set writes it; both micro signs are the u of UCUM.

        Raises Unreadable where something stands in it that nobody sees.
        """
        text = _seen(text)
        text = " ".join(unicodedata.normalize("NFKC", text).split())
        return self.units.get(text.casefold(), text.replace("\u03bc", "u"))

    def amount(self, text: str) -> Quantity:
        """The number and the unit in one cell; raises Unreadable."""
        text = _seen(text).strip()
        match = re.fullmatch(rf"({self._form()}|{_COMMA_FOR_POINT.pattern})(\s*)({_UNIT})?", text)
        unit = self.unit(match[3] or "") if match else ""
        if match is None or not (match[2] or not unit or _known(unit)):
            raise Unreadable(f"'{text}' is no amount{self._advice(text)}")
        return Quantity(self.number(match[1]), unit)

    def within(self, text: str, forms: Sequence[str]) -> Quantity | None:
        """The amount that a free text states in one of these ways, such as 'maximum {}'.

        Raises Unreadable where it states two different ones.
        """
        found: list[Quantity] = []
        text = _seen(text)
        if self.decimal == "point" and self.thousands == "none":
            return replace(self, thousands="comma").within(text, forms)  # as people write it
        for form in forms:
            before, after = (
                r"\s+".join(re.escape(word) for word in part.split()) for part in form.split("{}")
            )
            pattern = rf"(?<![\w.,]){before}\s*({self._form()})\s*({_UNIT})\s*{after}(?![\w])"
            found += [
                Quantity(self.number(number), self.unit(unit))
                for number, unit in dict.fromkeys(re.findall(pattern, text, re.IGNORECASE))
            ]
        for one in found[1:]:
            if not same(one, found[0]):
                raise Unreadable(f"two amounts stand there: {shown(found[0])} and {shown(one)}")
        return found[0] if found else None

    @property
    def _untold(self) -> bool:
        """Whether the map says nothing of commas and points."""
        return self.decimal == "point" and self.thousands == "none"

    def _form(self) -> str:
        """Only the digits 0 to 9: other scripts have digits that look like letters here."""
        grouping, point = _MARKS.get(self.thousands), _MARKS[self.decimal]
        grouped = rf"[0-9]{{1,3}}(?:{grouping}[0-9]{{3}})+|" if grouping else ""
        return rf"(?:(?:{grouped}[0-9]+)(?:{point}[0-9]+)?|{point}[0-9]+)"

    def _advice(self, text: str) -> str:
        if re.fullmatch(r"[0-9.,\s]+", text):
            return "; say in the map what a comma or a point means: decimal_mark, thousands_mark"
        if how := spreadsheet.rewritten(text):
            return f"; {how}, so export it anew as text"
        if re.fullmatch(r"[0-9.,]+\s?%", text):
            return "; it is a percentage, as a spreadsheet may show it"
        if re.match(r"(?=.*[0-9])[0-9OoIlS.,]+(?![A-Za-z])", text):
            return "; a letter stands in place of a digit"
        return ""


def _seen(text: str) -> str:
    """The text itself; raises Unreadable where something stands in it that nobody sees."""
    for sign in text:
        if characters.is_hidden(sign):
            raise Unreadable(
                f"'{text}' holds {characters.named(sign)}, which nobody sees; export it without"
            )
    return text


def same(one: Quantity, other: Quantity) -> bool:
    """Whether two amounts are equal, to the last digit, in whatever units."""
    if one.unit == other.unit:
        return one.number == other.number
    scales = _scales(one.unit, other.unit)
    if scales is None:
        return False
    first, second = scales
    return EXACT.multiply(one.number, Decimal(first)) == EXACT.multiply(
        other.number, Decimal(second)
    )


def comparable(one: Quantity, other: Quantity) -> bool:
    """Whether two units measure the same, such as mg/kg and g/kg."""
    return one.unit == other.unit or _scales(one.unit, other.unit) is not None


def shown(amount: Quantity) -> str:
    """The amount as it is printed in a report; plain digits, for it is compared with a cell."""
    return f"{wording.plain(amount.number)} {amount.unit}".rstrip()


def _known(unit: str) -> bool:
    head = unit.partition("/")[0]
    return head == "%" or any(head in scale for scale in _SCALES)


def _scales(one: str, other: str) -> tuple[int, int] | None:
    """How many of the smallest unit each is; None where they measure different things."""
    (first, *first_rest), (second, *second_rest) = one.split("/"), other.split("/")
    if first_rest != second_rest:
        return None
    for scale in _SCALES:
        if first in scale and second in scale:
            return scale[first], scale[second]
    return None
