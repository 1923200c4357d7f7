"""A part of an order set with some of its values changed."""

from typing import TypeVar

from anedocs.schema.parts import Part

PartT = TypeVar("PartT", bound=Part)


def edited(part: PartT, **values: object) -> PartT:
    """The same part but for these values; they are taken as they are given."""
    return type(part)(**{**dict(part), **values})
