"""What differs between two files of one kind: the place, what it should say, what it says.

A file is first read as a list of places with what stands there; the lists are then compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import NamedTuple

from anedocs.check.made_anew import seen_office, seen_pdf, seen_text
from anedocs.check.made_anew.seen import Seen

#: What is said in place of a thing that is not there.
NOTHING = "nothing"
_AROUND = 45
#: So many words before a difference say where on a page it is.
_BEFORE = 5
#: A text is covered, or drawn over, where its ink is so many times less or more than it should be.
_INK_LEAST, _INK_MOST = 0.6, 1.6


class Difference(NamedTuple):
    """One place where a finished file says something else than the same document made anew."""

    place: str
    expected: str
    found: str


def differences(name: str, expected: bytes, found: bytes, same_tools: bool) -> list[Difference]:
    """Everything that differs between a document made anew and the finished one of that name.

    With the same tools the bytes must be equal; with others, all that can be read in them.
    Raises ValueError where the finished file cannot be read.
    """
    if expected == found:
        return []
    see = _reader(name)
    wanted, said = see(expected), see(found)
    told = list(_compared(wanted, said, same_tools))
    if not told and same_tools:
        told.append(
            Difference("bytes", f"{len(expected)} bytes as they are made anew",
                       f"{len(found)} others, though no word or value differs")
        )  # fmt: skip
    return told


def _reader(name: str) -> Callable[[bytes], Seen]:
    readers: dict[str, Callable[[bytes], Seen]] = {
        ".pdf": seen_pdf.seen, ".docx": seen_office.document, ".xlsx": seen_office.workbook,
        ".csv": seen_text.table, ".json": seen_text.form, ".tgz": seen_text.archive,
    }  # fmt: skip
    return readers.get(name[name.rfind(".") :], seen_text.lines)


def _compared(wanted: Seen, said: Seen, same_tools: bool) -> Iterator[Difference]:
    compare = _words if wanted.of_pages else _in_order
    in_order = list(compare(wanted.in_order, said.in_order))
    yield from in_order
    known = {*wanted.at_place, *said.at_place}
    for place in (one for one in (*wanted.at_place, *said.at_place) if one in known):
        known.discard(place)
        left_out = place in wanted.of_words and in_order  # told already, as words
        if left_out or (place in wanted.of_tools and not same_tools):
            continue
        mine, theirs = wanted.at_place.get(place), said.at_place.get(place)
        if mine != theirs:
            yield _difference(place, mine, theirs)
    if not in_order:
        yield from _ink(wanted, said)


def _in_order(
    wanted: Sequence[tuple[str, str]], said: Sequence[tuple[str, str]]
) -> Iterator[Difference]:
    """Lines or paragraphs that are changed, lost, added or moved; an added one shifts no other."""
    mine, theirs = [text for _, text in wanted], [text for _, text in said]
    matcher = SequenceMatcher(None, mine, theirs, autojunk=False)
    for kind, start, end, other_start, other_end in matcher.get_opcodes():
        if kind == "equal":
            continue
        for one, other in zip_longest(wanted[start:end], said[other_start:other_end]):
            place = (one or other or ("", ""))[0]
            yield _difference(place, one and one[1], other and other[1])


def _words(
    wanted: Sequence[tuple[str, str]], said: Sequence[tuple[str, str]]
) -> Iterator[Difference]:
    """The words of pages that differ, those that stand together as one difference.

    Why by words: other tools may break a line elsewhere.
    """
    mine, theirs = ([(place, word) for place, line in lines for word in line.split()]
                    for lines in (wanted, said))  # fmt: skip
    matcher = SequenceMatcher(
        None, [word for _, word in mine], [word for _, word in theirs], autojunk=False
    )
    for kind, start, end, other_start, other_end in matcher.get_opcodes():
        if kind != "equal":
            place = (mine[start:end] or theirs[other_start:other_end])[0][0]
            before = " ".join(word for _, word in mine[max(0, start - _BEFORE) : start])
            texts = (" ".join(word for _, word in words) or None
                     for words in (mine[start:end], theirs[other_start:other_end]))  # fmt: skip
            yield _difference(f"{place}, after '{before}'" if before else place, *texts)


def _ink(wanted: Seen, said: Seen) -> Iterator[Difference]:
    """Words that are there and that paper would not show, or with something over them."""
    mine: dict[tuple[str, str], list[float]] = {}
    for place, text, ink in wanted.ink:
        mine.setdefault((place, text), []).append(ink)
    for place, text, ink in said.ink:
        should = mine.get((place, text))
        if should and not _INK_LEAST * min(should) <= ink <= _INK_MOST * max(should):
            yield Difference(place, f"'{text}' as it is printed", "it is covered or drawn over")


def _difference(place: str, wanted: str | None, said: str | None) -> Difference:
    if wanted is None or said is None:
        return Difference(place, _told(wanted), _told(said))
    start = next((n for n, (a, b) in enumerate(zip(wanted, said, strict=False)) if a != b),
                 min(len(wanted), len(said)))  # fmt: skip
    start = max(0, start - _AROUND // 2)
    return Difference(place, _told(wanted, start), _told(said, start))


def _told(text: str | None, start: int = 0) -> str:
    """A value in quotes; of a long one, what stands around the difference."""
    if text is None:
        return NOTHING
    if len(text) <= 2 * _AROUND:
        return f"'{text}'"
    part = text[start : start + 2 * _AROUND]
    before, after = "…" if start else "", "…" if start + 2 * _AROUND < len(text) else ""
    return f"'{before}{part}{after}'"
