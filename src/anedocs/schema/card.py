"""The shape of what the pocket card shows."""

import re
from collections.abc import Sequence
from typing import Annotated, Literal

from anedocs.schema.orders import Weight
from anedocs.schema.parts import Part, Tagged, Wrong, rule
from anedocs.schema.person import Person
from anedocs.schema.shape import Day, Slug, Text

Size = Literal["badge", "index", "a6"]
Side = Literal["front", "back"]


class Priority(Part):
    """What must stay on a card of each size: 1 stays longest, the highest number goes first."""

    badge: str
    index: str
    a6: str

    @rule
    def _ranks(self) -> None:
        for size in ("badge", "index", "a6"):
            if not re.fullmatch(r"[1-9][0-9]?", getattr(self, size)):
                raise Wrong(
                    f"the priority for {size} is '{getattr(self, size)}'",
                    "Write a whole number from 1 to 99",
                )

    def on(self, size: str) -> int:
        """The rank on a card of this size."""
        return int(getattr(self, size))


class _Fact(Part):
    id: Slug
    side: Side
    priority: Priority


class Whole(_Fact):
    """A part of the order set that there is only once."""

    kind: Literal["entry", "flowchart"]

    @property
    def shown(self) -> tuple[str, ...]:
        """The ids that it shows: none, the whole part."""
        return ()


class Pointed(_Fact):
    """Orders, doses, gates or lists of criteria, named by their ids."""

    kind: Literal["orders", "dose", "first_dose", "stop", "approval", "checks", "criteria"]
    shows: tuple[Slug, ...]

    @rule
    def _shows_something(self) -> None:
        _something(self.shows)

    @property
    def shown(self) -> tuple[str, ...]:
        """The ids that it shows."""
        return self.shows


class Choice(Part):
    """Where figures are from that were chosen for a document: a proposal until accepted."""

    state: Literal["proposed", "accepted"]
    says: Text
    accepted_by: Person | None = None
    """Name and role of who accepted it."""
    accepted_on: Day | None = None

    @rule
    def _acceptance_is_whole(self) -> None:
        if self.state == "accepted" and (self.accepted_by is None or self.accepted_on is None):
            raise Wrong(
                "this choice is accepted by nobody, or on no day",
                "Add 'accepted_by:' (name and role) and 'accepted_on:'",
            )


class WorkedDoses(_Fact):
    """A table of doses at a few weights, worked by the one dose function."""

    kind: Literal["worked_doses"]
    shows: tuple[Slug, ...]
    """The drugs."""
    weights: tuple[Weight, ...]
    """From light to heavy."""
    chosen: Choice
    """Who chose the weights, and why these."""

    @rule
    def _weights_grow(self) -> None:
        _something(self.shows)
        numbers = [weight.number for weight in self.weights]
        if not numbers or numbers != sorted(set(numbers)) or numbers[0] <= 0:
            raise Wrong(
                "these weights are not in order", "List them from light to heavy, once each"
            )

    @property
    def shown(self) -> tuple[str, ...]:
        """The ids that it shows."""
        return self.shows


CardFact = Annotated[Whole | Pointed | WorkedDoses, Tagged]


def _something(shows: Sequence[str]) -> None:
    if not shows:
        raise Wrong("this shows nothing", "Name at least one id under 'shows:'")
