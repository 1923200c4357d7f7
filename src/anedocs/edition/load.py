"""How an order set is loaded, with all that stands beside it."""

from __future__ import annotations

from datetime import date

from anedocs.core.problems import ContentError, Place, Problem, did_you_mean
from anedocs.edition import compile as compiling
from anedocs.edition.edition import Edition
from anedocs.edition.locate import Locator
from anedocs.edition.names import ORDERSETS


def load(locator: Locator, name: str, day: date) -> Edition:
    """The edition of an order set as it stands on a day.

    Raises ContentError with every problem of every file in one run.
    """
    names = locator.names()
    if name not in names:
        raise ContentError([_no_such(locator, name, names)])
    return compiling.compile_edition(locator.inputs(name)).on(day)


def _no_such(locator: Locator, name: str, names: list[str]) -> Problem:
    near = f"{did_you_mean(name, names)} Say which with --orderset." if names else ""
    if locator.home is not None:
        near = f"{near} With a home, the one that came with anedocs is not used".strip()
    place = Place(f"{ORDERSETS}/{name}.yaml")
    return Problem(place, f"there is no order set '{name}'", "every document", near)
