"""Whether paper would show the words of a page as its sheet does, and no lines drawn over them.

The text of a file does not say this: a word may be white, covered or struck through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from anedocs.check.readers import pictures
from anedocs.check.readers.pdf_file import PlacedPage
from anedocs.check.verify import page_diff
from anedocs.check.verify.page_diff import Fit, Rest, Word

#: More or less than this, and one page is the other enlarged or made smaller.
_SAME_SIZE = 0.001
_UNIT = re.compile(r"(?:mg|mcg|g|kg|mL|L|mmol|units?)\b.*")


@dataclass(frozen=True, slots=True)
class Side:
    """One of two pages: its characters with their places, and its picture."""

    page: PlacedPage
    picture: Any

    @property
    def dots(self) -> float:
        """The dots of the picture for each point of the page."""
        return float(self.picture.height / self.page.height)

    def box(self, glyphs: Sequence[int]) -> list[float]:
        """The box around some characters, in dots from the top."""
        boxes = [self.page.glyphs[one].box for one in glyphs]
        left, bottom = min(one[0] for one in boxes), min(one[1] for one in boxes)
        right, top = max(one[2] for one in boxes), max(one[3] for one in boxes)
        high = self.page.height
        return [edge * self.dots for edge in (left, high - top, right, high - bottom)]


def hidden(made: Side, found: Side, left: Rest, fitted: Fit) -> Iterator[str]:
    """Words that the file holds and paper would not show: covered, white, or drawn over.

    A box is left out: it is there to be ticked.
    """
    scaled = abs(fitted.scale - 1) > _SAME_SIZE
    held = [(word, others) for word, others in left.in_place if _is_text(word)]
    moved = [(one, other.glyphs) for one, other in page_diff.moved(left) if _is_text(one)]
    for words, loose in ((held, scaled), (moved, True)):
        places = [(made.box(word.glyphs), found.box(others)) for word, others in words]
        wrong = pictures.unlike(made.picture, found.picture, places, scaled=loose)
        for run in _runs(wrong):
            told = page_diff.quoted(words[number][0].text for number in run)
            yield f"'{told}' is covered, hidden or drawn over: paper would not show it"


def lines(
    made: Side, found: Side, left: Rest, fitted: Fit, mark: str
) -> tuple[list[str], list[str]]:
    """Lines on a page that its sheet has not: those that change it, and those like handwriting.

    A line across a figure, its unit or the mark changes the sheet; another may be a signature.
    """
    words = [word for word, _ in left.in_place if _is_text(word)]
    figures = set(_figures(words, mark))
    extra = _extra(made, found, fitted)
    boxes = [made.box(word.glyphs) for word in words]
    across = set(pictures.crossed(extra, boxes))
    if page_diff.in_place(fitted):
        across |= figures & set(pictures.spotted(made.picture, found.picture, boxes))
    struck = [
        f"'{page_diff.quoted(words[number].text for number in run)}' is struck through, or a line "
        "is drawn over it"
        for run in _runs(sorted(across & figures))
    ]
    over = [words[number].text for number in sorted(across - figures)]
    if over:
        told = f"lines were drawn over '{page_diff.quoted(over)}'"
    elif pictures.inked(extra) and not struck and not left.made:
        told = "lines were drawn on this page"
    else:
        return struck, []
    return struck, [f"{told}; like handwriting they were not compared"]


def _extra(made: Side, found: Side, fitted: Fit) -> Any:
    """What the page at hand has drawn and its sheet has not, in the dots of the sheet."""
    share = found.dots / made.dots
    top = found.page.height - made.page.height * fitted.scale - fitted.up
    steps = (fitted.scale * share, fitted.right * found.dots, top * found.dots)
    return pictures.extra(made.picture, found.picture, *steps)


def _figures(words: Sequence[Word], mark: str) -> Iterator[int]:
    """The numbers of the words that nobody writes over by hand: figures, units, and the mark."""
    marked = mark.split()
    for number, word in enumerate(words):
        behind = number > 0 and _has_digit(words[number - 1]) and _UNIT.fullmatch(word.text)
        if _has_digit(word) or behind or word.text in marked:
            yield number


def _has_digit(word: Word) -> bool:
    return any(one.isdigit() for one in word.text)


def _is_text(word: Word) -> bool:
    return any(one.isalnum() for one in word.text)


def _runs(numbers: Sequence[int]) -> list[list[int]]:
    """Numbers that follow one another, taken together."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs
