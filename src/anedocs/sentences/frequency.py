"""How often, in numbers: a small fixed vocabulary. Other words stay words."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TIMES = {
    "daily": 1, "once daily": 1, "once a day": 1, "twice daily": 2, "twice a day": 2,
    "three times daily": 3, "three times a day": 3, "four times daily": 4, "four times a day": 4,
}  # fmt: skip
_ONCE = ("once", "one time", "one-time", "one dose", "single dose")
_EVERY = re.compile(r"every ([1-9][0-9]?) (hour|day)s?")
_UNITS = {"hour": "h", "day": "d"}


@dataclass(frozen=True, slots=True)
class Often:
    """So many times in each period, or a count of doses; nothing where words alone say it."""

    times: int | None = None
    period: int | None = None
    unit: str | None = None
    """UCUM: d or h."""
    count: int | None = None


def often(text: str) -> Often:
    """What the words of a frequency mean in numbers.

    Why so few: a number that software reads must not be guessed from words.
    """
    if text in _ONCE:
        return Often(count=1)
    if text in _TIMES:
        return Often(_TIMES[text], 1, "d")
    match = _EVERY.fullmatch(text)
    if match:
        return Often(1, int(match[1]), _UNITS[match[2]])
    return Often()
