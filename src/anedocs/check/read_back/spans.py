"""What of a finished text is a sentence for people, and what is none: left out by its kind.

Each reader of a file knows what stands where in it, and says so of every piece of text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import NamedTuple

#: In place of what is left out: no word, no digit and no space, so nothing runs together over it.
GAP = "\ue000"


class Kind(Enum):
    """What a piece of text is, and so what is asked of it."""

    PROSE = "words of the order set: their wording and each of their numbers"
    OWN = "words of anedocs itself, such as 'Step 2': their wording and each amount with a unit"
    CODED = "no sentence: an id, address, path, check sum, version, reference, name or number of it"


class Span(NamedTuple):
    """A piece of text and its kind."""

    text: str
    kind: Kind = Kind.PROSE


Page = tuple[Span, ...]


def apart(texts: Iterable[str]) -> Iterator[Span]:
    """Texts of cells or elements of their own: nothing runs together from one to the next."""
    for text in texts:
        yield Span(text)
        yield Span("", Kind.CODED)


def whole(page: Iterable[Span]) -> str:
    """All that stands on a page, a piece under the other."""
    return "\n".join(span.text for span in page if span.text)


def sentences(page: Iterable[Span], *, own: bool = True) -> str:
    """The sentences of a page; in place of what is left out stands a gap."""
    wanted = (Kind.PROSE, Kind.OWN) if own else (Kind.PROSE,)
    return "\n".join(span.text if span.kind in wanted else GAP for span in page)


def own(page: Iterable[Span]) -> str:
    """What anedocs itself says on a page."""
    return "\n".join(span.text if span.kind is Kind.OWN else GAP for span in page)
