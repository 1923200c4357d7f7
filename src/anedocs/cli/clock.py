"""Dates and times: as typed, by the clock of this machine, and when a child was weighed.

`SOURCE_DATE_EPOCH` is read for what holds no patient and no status alone: a build system that sets
it must never date a child's sheet, an age, or the review of an edition.
"""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

from anedocs.core.problems import Refusal, Usage
from anedocs.core.quantity import Quantity

#: The years in which a document can be dated. Why: a year outside is a slip, or a clock unset.
FIRST_YEAR, LAST_YEAR = 2000, 2099
#: So far two clocks may differ, the one on the wall and the one in the machine.
LEEWAY = timedelta(minutes=5)
#: A document dated further back than this is told about: its edition's status is of that day.
TOLD_AFTER = timedelta(days=1)
_FORMS = "2026-01-31T14:05 or 14:05"
_DATED = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_SECONDS_IN_DAY = 86_400


class Weighed(NamedTuple):
    """When a child was weighed: in words for the sheet, and as a time."""

    words: str
    at: datetime

    def older_than(self, limit: Quantity, printed: datetime) -> bool:
        """Whether it was longer before the sheet than a weight holds for."""
        held = timedelta(seconds=int(limit.to("day").number * _SECONDS_IN_DAY))
        return printed.astimezone() - self.at.astimezone() > held


def moment(at: str | None) -> datetime:
    """The date and time of a document: as given, or now.

    Raises Usage, in words for the user, where it is no time, or none that a document can have.
    """
    if at is None:
        return _now()
    try:
        given = datetime.fromisoformat(at)
    except ValueError:
        raise Usage(f"{_shown('--at', at)} is not a time; write it as 2026-01-31T14:05") from None
    return _possible(given, f"--at {at!r}")


def first_written(at: str | None) -> datetime:
    """The date that is written into a new file: as `moment`, or of SOURCE_DATE_EPOCH."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if at is not None or epoch is None:
        return moment(at)
    try:
        given = datetime.fromtimestamp(int(epoch), UTC)
    except (ValueError, OverflowError, OSError):
        raise Usage(
            f"SOURCE_DATE_EPOCH is {epoch!r}, which is no number of seconds since 1970"
        ) from None
    return _possible(given, f"SOURCE_DATE_EPOCH {epoch}, {given:%Y-%m-%d},")


def of_patient(at: str | None) -> datetime:
    """The time of a child's sheet. Raises Usage as `moment`, Refusal for one in the future."""
    given = moment(at)
    if at is not None and _ahead(given):
        raise Refusal(
            f"--at {at!r} lies in the future by the clock of this machine. A sheet bears the time "
            "at which it is made: leave --at out, or set the clock. Nothing was printed"
        )
    return given


def not_of_today(at: str | None) -> str | None:
    """What is told of a time that was given and is not about now."""
    if at is None:
        return None
    given = moment(at).astimezone()
    if _ahead(given):
        where = "in the future"
    elif given < datetime.now(UTC) - TOLD_AFTER:
        where = "in the past"
    else:
        return None
    return f"--at lies {where}; status of the edition and age are those of {given:%Y-%m-%d}"


def weighed(text: str | None, printed: datetime) -> Weighed | None:
    """When the child was weighed, as typed: a date and time, a time of the sheet's day, or a date.

    Raises Usage for another form, Refusal for a time after that of the sheet.
    """
    if text is None:
        return None
    typed = text.strip()
    if not typed:
        raise Usage(f"--weighed-at is empty; leave it out, or write it as {_FORMS}")
    try:
        found = _weighed(typed, printed)
    except ValueError:
        raise Usage(
            f"{_shown('--weighed-at', typed)} is not a time; write when the child was weighed as "
            f"{_FORMS}"
        ) from None
    _possible(found.at, f"--weighed-at {typed!r}")
    if found.at.astimezone() > printed.astimezone() + LEEWAY:
        raise Refusal(
            f"--weighed-at {typed!r} lies after the time of the sheet, {printed:%Y-%m-%d %H:%M}: "
            f"nobody has weighed the child then yet. Weighed before today? Write the date too, as "
            "2026-01-31T14:05. Nothing was printed"
        )
    return found


def _shown(option: str, typed: str) -> str:
    """An option and what was typed, if that is made of the signs of a time: it may be a name."""
    time_like = re.fullmatch(r"[0-9TtZz:.,+ /-]{1,40}", typed)
    return f"{option} {typed!r}" if time_like else f"what was typed at {option}"


def _weighed(typed: str, printed: datetime) -> Weighed:
    """Raises ValueError for what is not a time."""
    if re.fullmatch(r"[0-9]{1,2}:[0-9]{2}", typed):
        at = datetime.combine(printed.date(), time.fromisoformat(typed.rjust(5, "0")))
        return Weighed(f"{at:%Y-%m-%d %H:%M}", at.replace(tzinfo=printed.tzinfo))
    if not re.fullmatch(rf"{_DATED}(?:[T ][0-9].*)?", typed):
        raise ValueError("not a time")
    at = datetime.fromisoformat(typed)
    if re.fullmatch(_DATED, typed):
        return Weighed(f"{at:%Y-%m-%d}", at)
    if at.tzinfo is not None:
        at = at.astimezone(printed.tzinfo)
    return Weighed(f"{at:%Y-%m-%d %H:%M}", at)


def _ahead(given: datetime) -> bool:
    """Whether a time lies in the future. A clock that was never set says nothing of that.

    Why: where a battery is empty, --at must still be a way to a sheet.
    """
    now = datetime.now(UTC)
    return now.year >= FIRST_YEAR and given.astimezone() > now + LEEWAY


def _now() -> datetime:
    try:
        now = datetime.now().astimezone()
    except (ValueError, OverflowError, OSError):
        zone = os.environ.get("TZ", "")
        raise Usage(
            f"the time zone of this machine, TZ={zone[:40]!r}, cannot be; set it as in "
            "TZ=America/New_York, or unset it"
        ) from None
    return _possible(now, f"the clock of this machine, {now:%Y-%m-%d},")


def _possible(given: datetime, what: str) -> datetime:
    """The time, in the zone of this machine where it names another."""
    if not FIRST_YEAR <= given.year <= LAST_YEAR:
        raise Usage(
            f"{what} is not of the years {FIRST_YEAR} to {LAST_YEAR}; is the year right, and the "
            "clock?"
        )
    try:
        local = given.astimezone()
    except (ValueError, OverflowError, OSError):
        _now()
        raise Usage(f"{what} cannot be read in the time zone of this machine") from None
    return local if given.tzinfo is not None else given
