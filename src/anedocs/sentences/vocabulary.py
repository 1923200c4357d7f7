"""The vocabulary: words of the order set, and the codes by which software knows them.

How often, by which route, how soon, in which unit: each word stands here once. A word that is not
here stays a word in every document; no number and no code is guessed from it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Frequency:
    """So many times in each period, or a count of doses."""

    times: int | None = None
    period: int | None = None
    unit: str | None = None
    """UCUM: h or d."""
    count: int | None = None


#: How often, in words of the order set. A new word gets its line here.
FREQUENCIES: dict[str, Frequency] = {
    **dict.fromkeys(("once", "one time", "one-time", "one dose", "single dose"),
                    Frequency(count=1)),
    **dict.fromkeys(("daily", "once daily", "once a day", "every day"), Frequency(1, 1, "d")),
    **dict.fromkeys(("twice daily", "twice a day"), Frequency(2, 1, "d")),
    **dict.fromkeys(("three times daily", "three times a day"), Frequency(3, 1, "d")),
    **dict.fromkeys(("four times daily", "four times a day"), Frequency(4, 1, "d")),
    "every hour": Frequency(1, 1, "h"),
    **{f"every {hours} hours": Frequency(1, hours, "h") for hours in range(2, 100)},
    **{f"every {days} days": Frequency(1, days, "d") for days in range(2, 100)},
}  # fmt: skip

#: The route of a drug, and where the order set keeps its code, under `codes:`.
ROUTES = {"IV": "route-intravenous", "oral": "route-oral"}

#: How soon an order is due, and the priority of FHIR; the most urgent first.
PRIORITIES = {"STAT": "stat", "urgent": "urgent", "non-urgent": "routine"}

UCUM = "http://unitsofmeasure.org"
#: Every unit of the order set, and its code in UCUM.
UCUM_CODES = {
    "kg": "kg", "g": "g", "mg": "mg", "mcg": "ug", "mg/kg": "mg/kg", "minute": "min", "hour": "h",
    "day": "d", "week": "wk", "month": "mo", "year": "a", "%": "%", "point": "{score}",
}  # fmt: skip
