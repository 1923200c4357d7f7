"""How an order set is loaded, with all that stands beside it."""

from __future__ import annotations

from datetime import date

from anedocs.core.problems import ContentError, Place, Problem, did_you_mean
from anedocs.edition.edition import Compiled, Edition
from anedocs.edition.locate import Inputs, Locator
from anedocs.edition.names import ORDERSETS
from anedocs.edition.store import Store


def load(locator: Locator, name: str, day: date, store: Store | None = None) -> Edition:
    """The edition of an order set as it stands on a day; from the store, where one is given.

    Raises ContentError with every problem of every file in one run.
    """
    return compiled(locator, name, store).on(day)


def compiled(locator: Locator, name: str, store: Store | None = None) -> Compiled:
    """All of an edition that no date changes, with its approval record. Raises as `load`."""
    names = locator.names()
    if name not in names:
        raise ContentError([_no_such(locator, name, names)])
    inputs = locator.inputs(name)
    return store.edition(inputs, _compiled) if store else _compiled(inputs)


def _compiled(inputs: Inputs) -> Compiled:
    from anedocs.edition import compile as compiling  # only on a miss: it validates with pydantic

    return compiling.compile_edition(inputs)


def _no_such(locator: Locator, name: str, names: list[str]) -> Problem:
    near = f"{did_you_mean(name, names)} Say which with --orderset." if names else ""
    if locator.home is not None:
        near = f"{near} With a home, the one that came with anedocs is not used".strip()
    place = Place(f"{ORDERSETS}/{name}.yaml")
    return Problem(place, f"there is no order set '{name}'", "every document", near)
