"""The texts of which an order set is made: what each kind of them may be. The model is built on it.

`Quantity` is the only number.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any

from anedocs.core.quantity import PATTERN, Quantity, QuantityError
from anedocs.schema.origin import ORIGIN_PATTERN, Origin
from anedocs.schema.parts import TextForm, Wrong, shown

#: No date of an order set, of an approval or of a birth lies outside; what does is a slip.
_FIRST_YEAR, _LAST_YEAR = 1900, 2200


class Prose(TextForm):
    """A text with at least one word and at most so many characters."""

    def __init__(self, longest: int) -> None:
        self.longest = longest

    def read(self, given: object) -> str:
        """The text."""
        text: str = super().read(given)
        if len(text) > self.longest:
            raise Wrong(f"this text is longer than {self.longest:,} characters", "Shorten it")
        if not text or text.isspace():
            raise Wrong("this text is empty", "Write at least one word")
        return text

    def schema(self) -> dict[str, Any]:
        """The bounds of the text."""
        return {"maxLength": self.longest, "pattern": r"\S"}


class Coded(TextForm):
    """A text that matches a pattern as a whole; the mend shows one, for who reads no patterns."""

    def __init__(self, pattern: str, looks_like: str) -> None:
        self.pattern = pattern
        self.looks_like = looks_like

    def read(self, given: object) -> str:
        """The text."""
        text: str = super().read(given)
        if re.fullmatch(self.pattern, text) is None:
            raise Wrong(f"{shown(text)} does not have the right form", self.looks_like)
        return text

    def schema(self) -> dict[str, Any]:
        """The pattern."""
        return {"pattern": f"^(?:{self.pattern})$"}


class Units(TextForm):
    """Marks an amount in a part: it must stand in one of these units."""

    def __init__(self, *units: str, zero: bool = False) -> None:
        self.units = units
        self.zero = zero

    def read(self, given: object) -> Quantity:
        """The amount; a missing or unfitting unit is a fault that names those that fit."""
        fitting = f"Units that fit here: {', '.join(self.units)}"
        if not isinstance(given, str):
            raise Wrong("an amount is needed here", f"Write a number and a unit. {fitting}")
        try:
            quantity = Quantity.parse(given)
        except QuantityError as error:
            raise Wrong(str(error), fitting) from None
        if quantity.unit not in self.units:
            raise Wrong(f"'{given}' has a unit that does not fit here", fitting)
        if not quantity.number and not self.zero:
            raise Wrong(f"'{given}' is zero", "Give more than zero, or say that it is not set")
        return quantity

    def schema(self) -> dict[str, Any]:
        """The pattern of an amount."""
        return {"pattern": f"^{PATTERN}$", "examples": [f"1 {self.units[0]}"]}


class _Origin(TextForm):
    def read(self, given: object) -> Origin:
        if isinstance(given, str) and re.fullmatch(ORIGIN_PATTERN, given):
            kind, _, ids = given.partition(" ")
            return Origin(kind, tuple(ids.split(", ")))  # type: ignore[arg-type]
        raise Wrong(
            f"{shown(given)} does not say where the value is from",
            "Write 'guideline TX-1', 'supplement NAME' or 'local NAME'",
        )

    def schema(self) -> dict[str, Any]:
        return {"pattern": f"^(?:{ORIGIN_PATTERN})$"}


class _Day(TextForm):
    def read(self, given: object) -> date:
        if isinstance(given, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", given):
            try:
                day = date.fromisoformat(given)
            except ValueError:
                day = None
            if day and not _FIRST_YEAR <= day.year <= _LAST_YEAR:
                raise Wrong(
                    f"the year {day.year} cannot be meant",
                    f"Write a date from {_FIRST_YEAR} to {_LAST_YEAR}, such as 2026-01-31",
                )
            if day:
                return day
        raise Wrong(f"{shown(given)} is not a date", "Write it as 2026-01-31")

    def schema(self) -> dict[str, Any]:
        return {"format": "date"}


#: The id of an open question.
QUESTION_PATTERN = r"[A-Z][1-9][0-9]*"


class _QuestionIds(TextForm):
    _PATTERN = rf"silent|{QUESTION_PATTERN}(?:, {QUESTION_PATTERN})*"

    def read(self, given: object) -> tuple[str, ...]:
        if isinstance(given, str) and re.fullmatch(self._PATTERN, given):
            return tuple(given.split(", "))
        raise Wrong(
            f"{shown(given)} does not name open questions",
            "Write their ids, such as 'A9' or 'A9, A13', or 'silent' where no question is open",
        )

    def schema(self) -> dict[str, Any]:
        return {"pattern": f"^(?:{self._PATTERN})$"}


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
