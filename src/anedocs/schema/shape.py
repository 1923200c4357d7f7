"""The texts of which an order set is made: what each kind of them may be. The model is built on it.

`Quantity` is the only number.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
from typing import Annotated, Any

from anedocs.core.quantity import PATTERN, Quantity, QuantityError
from anedocs.schema.forms import Coded, Prose, shown, wrong
from anedocs.schema.origin import ORIGIN_PATTERN, Origin

#: No date of an order set, of an approval or of a birth lies outside; what does is a slip.
_FIRST_YEAR, _LAST_YEAR = 1900, 2200


class Units:
    """Marks an amount in a part: it must stand in one of these units."""

    def __init__(self, *units: str, zero: bool = False) -> None:
        self.units = units
        self.zero = zero

    def read(self, given: object) -> Quantity:
        """The amount; a missing or unfitting unit is a fault that names those that fit."""
        fitting = f"Units that fit here: {', '.join(self.units)}"
        if not isinstance(given, str):
            raise wrong("an amount is needed here", f"Write a number and a unit. {fitting}")
        try:
            quantity = Quantity.parse(given)
        except QuantityError as error:
            raise wrong(str(error), fitting) from None
        if quantity.unit not in self.units:
            raise wrong(f"'{given}' has a unit that does not fit here", fitting)
        if not quantity.number and not self.zero:
            raise wrong(f"'{given}' is zero", "Give more than zero, or say that it is not set")
        return quantity

    def schema(self) -> dict[str, Any]:
        """The same for editors, as JSON Schema."""
        return {"type": "string", "pattern": f"^{PATTERN}$", "examples": [f"1 {self.units[0]}"]}


class _Origin:
    def read(self, given: object) -> Origin:
        if isinstance(given, str) and re.fullmatch(ORIGIN_PATTERN, given):
            kind, _, ids = given.partition(" ")
            return Origin(kind, tuple(ids.split(", ")))  # type: ignore[arg-type]
        raise wrong(
            f"{shown(given)} does not say where the value is from",
            "Write 'guideline TX-1', 'supplement NAME' or 'local NAME'",
        )

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^(?:{ORIGIN_PATTERN})$"}


class _Day:
    def read(self, given: object) -> date:
        if isinstance(given, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", given):
            with suppress(ValueError):
                day = date.fromisoformat(given)
                if _FIRST_YEAR <= day.year <= _LAST_YEAR:
                    return day
                raise wrong(
                    f"the year {day.year} cannot be meant",
                    f"Write a date from {_FIRST_YEAR} to {_LAST_YEAR}, such as 2026-01-31",
                )
        raise wrong(f"{shown(given)} is not a date", "Write it as 2026-01-31")

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date"}


#: The id of an open question.
QUESTION_PATTERN = r"[A-Z][1-9][0-9]*"


class _QuestionIds:
    _PATTERN = rf"silent|{QUESTION_PATTERN}(?:, {QUESTION_PATTERN})*"

    def read(self, given: object) -> tuple[str, ...]:
        if isinstance(given, str) and re.fullmatch(self._PATTERN, given):
            return tuple(given.split(", "))
        raise wrong(
            f"{shown(given)} does not name open questions",
            "Write their ids, such as 'A9' or 'A9, A13', or 'silent' where no question is open",
        )

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^(?:{self._PATTERN})$"}


_LINES = r"[1-9][0-9]*([-,] ?[1-9][0-9]*)*"

Text = Annotated[str, Prose(longest=1500)]
Slug = Annotated[
    str,
    Coded(r"[a-z][a-z0-9-]{0,47}",
          "Use small letters, digits and hyphens, at most 48, such as 'blood-culture'"),
]  # fmt: skip
StatementId = Annotated[
    str,
    Coded(r"[A-Z]{2,5}(-[A-Z0-9]+)*", "Use capitals, digits and hyphens, such as 'TX-1'"),
]
ShortForm = Annotated[
    str, Coded("[A-Za-z][A-Za-z0-9]{1,11}", "Write 2 to 12 letters and digits, such as 'mtx'")
]
Letter = Annotated[str, Coded("[A-Z]", "Write one capital letter, such as 'G'")]
QuestionId = Annotated[
    str, Coded(QUESTION_PATTERN, "Write a capital letter and a number, such as 'A9'")
]
Revision = Annotated[
    str, Coded(r"[0-9]{4}\.[0-9]+\.[0-9]+", "Write the year and two numbers, such as '2026.1.0'")
]
Lines = Annotated[str, Coded(_LINES, "Write line numbers, such as '9', '30-32' or '53, 103'")]
LinesOrWhole = Annotated[
    str,
    Coded(f"whole|{_LINES}", "Write line numbers, such as '9', '30-32' or '53, 103', or 'whole'"),
]
Day = Annotated[date, _Day()]
OriginText = Annotated[Origin, _Origin()]
QuestionIds = Annotated[tuple[str, ...], _QuestionIds()]
