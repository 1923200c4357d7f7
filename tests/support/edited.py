"""A part of an order set with some of its values changed."""

import copy
import dataclasses
from datetime import date
from typing import TypeVar

from anedocs.schema.model import Supplement
from anedocs.schema.parts import Part

PartT = TypeVar("PartT", bound=Part)


def edited(part: PartT, **values: object) -> PartT:
    """The same part but for these values; they are taken as they are given."""
    return dataclasses.replace(part, **values)  # type: ignore[type-var]


def unruled(part: PartT, **values: object) -> PartT:
    """A part that no file can hold: its rules are not asked, so that a second defence is tried."""
    made = copy.copy(part)
    for name, value in values.items():
        object.__setattr__(made, name, value)
    return made


def accepted(supplement: Supplement) -> Supplement:
    """The supplement after the committee has decided where references disagree, and accepted it."""
    return edited(
        supplement, state="accepted", accepted_by="A. Person", accepted_on=date(2026, 11, 1),
        conflict=None, rows=tuple(edited(row, rival=None) for row in supplement.rows),
    )  # fmt: skip
