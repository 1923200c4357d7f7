"""A file as a comparison sees it: what is read in order, and what stands at a place of its own."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Seen:
    """All that a file says, in words for people where that can be."""

    in_order: list[tuple[str, str]] = field(default_factory=list)
    """Lines or paragraphs: where, and what."""
    of_pages: bool = False
    """Whether these are laid out on pages, where a line may be broken elsewhere."""
    at_place: dict[str, str] = field(default_factory=dict)
    """Cells, elements, properties, pictures: what stands at each place."""
    ink: list[tuple[str, str, float]] = field(default_factory=list)
    """Words on a page: where, what, and how dark paper would be there."""
    of_words: set[str] = field(default_factory=set)
    """Places that repeat what is read in order."""
    of_tools: set[str] = field(default_factory=set)
    """Places that only name the tools that made the file."""

    def put(self, place: str, value: str) -> None:
        """Note what stands at a place; a second thing at the same place gets a number."""
        name, number = place, 1
        while name in self.at_place:
            number += 1
            name = f"{place} ({number})"
        self.at_place[name] = value
