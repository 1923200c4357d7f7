"""Faults that people can mend: the place, what is wrong, what it touches, how to mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import NamedTuple

from anedocs.core import characters


class Place(NamedTuple):
    """A place in a file that an editor can jump to; line and column count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Problem(NamedTuple):
    """One fault of a file: where, what, which documents it touches, and the mend."""

    place: Place
    what: str
    touches: str = ""
    mend: str = ""

    def __str__(self) -> str:
        parts = [f"{self.place}: {_sentence(self.what)}"]
        if self.touches:
            parts.append(f"Affects: {_sentence(self.touches)}")
        if self.mend:
            parts.append(_sentence(self.mend))
        return characters.shown(" ".join(parts))


class Fault(NamedTuple):
    """One thing wrong in a file: the path to it, what, and the mend; once placed, a Problem."""

    path: tuple[str | int, ...]
    what: str
    mend: str
    at_key: bool = False


#: So many problems are printed; who has mended them sees the others.
_PRINTED = 500


class ContentError(Exception):
    """The content of a file is wrong (exit 1); carries every problem found, in file order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        lines = [str(problem) for problem in self.problems[:_PRINTED]]
        more = len(self.problems) - len(lines)
        super().__init__("\n".join([*lines, *([f"{more:,} more problems."] if more else [])]))


class Refusal(Exception):
    """Refused for safety (exit 4): the message says why, whom to ask and the way through."""


class Withdrawn(Exception):
    """The edition was withdrawn (exit 3): nothing may be printed from it for a patient."""


class Usage(ValueError):
    """What was typed does not have the right form (exit 2); the message says which has."""


class Failure(Exception):
    """A command could not do its work (exit 1); nothing half-made is left."""

    @property
    def told(self) -> str:
        """The message as it is printed."""
        return f"Error: {_sentence(str(self))}"


#: So many characters of a text are shown in a message.
_SHOWN = 80
#: So many known words are listed in full; of more, only the nearest.
_LISTED = 24


def short(text: str) -> str:
    """A text as a message can show it: its beginning, where it is long."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A sentence that offers the nearest known word, or lists the known ones."""
    words, word = sorted(known), short(word)
    near = difflib.get_close_matches(word, words, n=1)
    if near:
        return f"Did you mean '{near[0]}'?"
    if len(words) > _LISTED:
        nearest = sorted(difflib.get_close_matches(word, words, n=6, cutoff=0))
        return f"Nearest of the {len(words)} known here: {', '.join(nearest)}."
    return f"Known here: {', '.join(words)}." if words else ""


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else text + "."
