"""The shape of what the pocket card shows."""

from __future__ import annotations

from typing import Literal

from anedocs.orderset.shape import Part, Slug


class CardFact(Part):
    """One fact that the pocket card shows."""

    shows: Slug
    side: Literal["front", "back"]
    priority: str
    """What does not fit goes, highest number first."""
