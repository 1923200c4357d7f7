"""Two pages held against each other, character by character, where each stands.

Places and not the order of the text: other programs that save a sheet again keep every character
where it is, and may write them in another order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from statistics import median

from anedocs.check.readers.pdf_file import Glyph, PlacedPage

#: In points: a character as near as this to its place stands there.
NEAR = 1.2
#: In points: a text that another release of the program breaks otherwise moves by a line or two.
MOVED = 28
#: In points: two characters with baselines as near as this stand on one line.
_LINE = 3
#: Signs that readers of PDF files give for a hyphen.
_HYPHENS = str.maketrans(dict.fromkeys("\xad\u2010\u2011", "-"))


@dataclass(frozen=True, slots=True)
class Word:
    """A word on a page: its characters' numbers, and the place of the first one."""

    text: str
    glyphs: tuple[int, ...]
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Fit:
    """How the places of one page are those of another: larger or smaller, and moved."""

    scale: float = 1.0
    right: float = 0.0
    up: float = 0.0

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Where a place of the first page is on the second."""
        return x * self.scale + self.right, y * self.scale + self.up


def in_place(fitted: Fit) -> bool:
    """Whether two pages have the same size, and neither is moved."""
    return abs(fitted.scale - 1) < 0.001 and abs(fitted.right) < NEAR and abs(fitted.up) < NEAR


def words(page: PlacedPage) -> list[Word]:
    """The words of a page in content order."""
    found: list[list[int]] = []
    for number, glyph in enumerate(page.glyphs):
        if glyph.begins or not found:
            found.append([])
        found[-1].append(number)
    return [_word(page.glyphs, tuple(numbers)) for numbers in found]


def _word(glyphs: Sequence[Glyph], numbers: tuple[int, ...]) -> Word:
    text = "".join(glyphs[number].text for number in numbers).translate(_HYPHENS)
    return Word(text, numbers, glyphs[numbers[0]].x, glyphs[numbers[0]].y)


def fit(made: Sequence[Word], found: Sequence[Word]) -> Fit:
    """How a page was enlarged and moved, from the words that stand once on both."""
    pairs = [(one, other) for one, other in _once(made, found) if len(one.text) > 2]
    if len(pairs) < 8:
        return Fit()
    half = len(pairs) // 2
    steps = [
        (other[1].y - one[1].y) / (other[0].y - one[0].y)
        for one, other in zip(pairs, pairs[half:], strict=False)
        if abs(other[0].y - one[0].y) > 20
    ]
    scale = median(steps) if steps else 1.0
    return Fit(
        scale,
        median(other.x - one.x * scale for one, other in pairs),
        median(other.y - one.y * scale for one, other in pairs),
    )


def _once(made: Sequence[Word], found: Sequence[Word]) -> Iterator[tuple[Word, Word]]:
    mine, yours = _by_text(made), _by_text(found)
    for text, ones in mine.items():
        others = yours.get(text, [])
        if len(ones) == len(others) == 1:
            yield ones[0], others[0]


def _by_text(several: Sequence[Word]) -> dict[str, list[Word]]:
    by_text: dict[str, list[Word]] = defaultdict(list)
    for word in several:
        by_text[word.text].append(word)
    return by_text


@dataclass(frozen=True, slots=True)
class Rest:
    """What of two pages does not stand in the same place, in content order."""

    made: list[Word]
    found: list[Word]
    in_place: list[tuple[Word, tuple[int, ...]]]
    """Words that stand in their place, and the characters of the other page that they are."""
    all_made: list[Word]
    all_found: list[Word]


def rest(made: PlacedPage, found: PlacedPage, fitted: Fit) -> Rest:
    """Take away every word that stands, whole, in the same place on both pages."""
    mine, yours = words(made), words(found)
    pairs = _matched(made.glyphs, found.glyphs, fitted)
    while True:
        halved = {
            number for word in mine for number in word.glyphs
            if not all(one in pairs for one in word.glyphs)
        }  # fmt: skip
        taken = set(pairs.values())
        spoilt = {
            number for word in yours for number in word.glyphs
            if not all(one in taken for one in word.glyphs)
        }  # fmt: skip
        kept = {one: other for one, other in pairs.items()
                if one not in halved and other not in spoilt}  # fmt: skip
        if len(kept) == len(pairs):
            break
        pairs = kept
    taken = set(pairs.values())
    return Rest(
        [word for word in mine if word.glyphs[0] not in pairs],
        [word for word in yours if word.glyphs[0] not in taken],
        [(word, tuple(pairs[one] for one in word.glyphs))
         for word in mine if word.glyphs[0] in pairs],
        mine, yours,
    )  # fmt: skip


def _matched(made: Sequence[Glyph], found: Sequence[Glyph], fitted: Fit) -> dict[int, int]:
    """For each character the one of the other page that is the same and stands in its place."""
    places: dict[tuple[str, int, int], list[int]] = defaultdict(list)
    for number, glyph in enumerate(found):
        places[_same(glyph), int(glyph.x // 2), int(glyph.y // 2)].append(number)
    near, pairs, taken = NEAR * max(fitted.scale, 0.5), {}, set()
    for number, glyph in enumerate(made):
        x, y = fitted.place(glyph.x, glyph.y)
        column, row = int(x // 2), int(y // 2)
        around = [
            (abs(found[one].x - x) + abs(found[one].y - y), one)
            for i in (-1, 0, 1)
            for j in (-1, 0, 1)
            for one in places.get((_same(glyph), column + i, row + j), ())
            if one not in taken
        ]
        if around and min(around)[0] <= near:
            pairs[number] = min(around)[1]
            taken.add(pairs[number])
    return pairs


def _same(glyph: Glyph) -> str:
    return glyph.text.translate(_HYPHENS)


def differences(left: Rest, fitted: Fit) -> Iterator[str]:
    """What the page says otherwise, each in a sentence.

    Words that are the same, in the same order and no further away than a line or two, are none:
    another release of the program may break a line elsewhere.
    """
    mine, yours = left.made, left.found
    match = SequenceMatcher(None, [one.text for one in mine], [one.text for one in yours], False)
    near: list[tuple[Word, Word]] = []
    lost: list[Word] = []
    new: list[Word] = []
    told = False
    for kind, i, j, k, m in match.get_opcodes():
        if kind == "equal":
            near += zip(mine[i:j], yours[k:m], strict=True)
        else:
            gone, come = _runs(mine[i:j], left.all_made), _runs(yours[k:m], left.all_found)
            if len(gone) == len(come) == 1:
                told = True
                yield _told(_quoted(gone[0], left.all_made), _quoted(come[0], left.all_found))
            else:
                lost += mine[i:j]
                new += yours[k:m]
    yield from _pairs(lost, new, left, fitted)
    if told or lost or new:
        return  # what stands elsewhere has moved with it
    far = [one for one in near if not _is_near(one, fitted)]
    far = far or _turned(near)
    for place, (one, _) in enumerate(far[:_MOST]):
        if place == 0 or far[place - 1][0].y != one.y:
            yield f"'{_said([one])}' stands in another place than on this edition's sheet"


#: So many moved words are named; the rest has moved with them.
_MOST = 5


def _told(wanted: str, found: str) -> str:
    if not found:
        return f"the page leaves out '{wanted}'"
    if not wanted:
        return f"the page adds '{found}', which this edition does not say"
    return f"the page says '{found}' where this edition says '{wanted}'"


def _pairs(lost: list[Word], new: list[Word], left: Rest, fitted: Fit) -> Iterator[str]:
    """What is gone beside what stands in its place."""
    runs = _runs(new, left.all_found)
    for gone in _runs(lost, left.all_made):
        x, y = fitted.place(gone[0].x, gone[0].y)
        near = [run for run in runs
                if abs(run[0].y - y) <= MOVED / 2 and abs(run[0].x - x) <= _COLUMN]  # fmt: skip
        instead = min(near, key=lambda run: abs(run[0].x - x) + 9 * abs(run[0].y - y), default=[])
        runs = [run for run in runs if run is not instead]
        yield _told(_quoted(gone, left.all_made), _quoted(instead, left.all_found))
    for run in runs:
        yield _told("", _quoted(run, left.all_found))


def _runs(several: Sequence[Word], page: Sequence[Word]) -> list[list[Word]]:
    """Words that follow one another on a page, taken together."""
    places = {word.glyphs: place for place, word in enumerate(page)}
    runs: list[list[Word]] = []
    for word in several:
        if runs and places[word.glyphs] == places[runs[-1][-1].glyphs] + 1:
            runs[-1].append(word)
        else:
            runs.append([word])
    return runs


def _quoted(several: Sequence[Word], page: Sequence[Word]) -> str:
    """Some words of a page, with the unit behind a number."""
    if not several:
        return ""
    place = page.index(several[-1]) + 1
    unit = page[place : place + 1] if several[-1].text[-1].isdigit() else []
    return _said([*several, *(one for one in unit if abs(one.y - several[-1].y) < _LINE)])


def _said(several: Sequence[Word]) -> str:
    return quoted(word.text for word in several)


def quoted(several: Iterable[str]) -> str:
    """Words of a page as a message quotes them: not more of them than a line can hold."""
    text = " ".join(several)
    return text if len(text) <= _QUOTED else f"{text[:_QUOTED]}…"


#: In characters.
_QUOTED = 120


def moved(left: Rest) -> list[tuple[Word, Word]]:
    """Words of two pages that are the same, in the same order, and stand in another place."""
    match = SequenceMatcher(
        None, [one.text for one in left.made], [one.text for one in left.found], False
    )
    return [
        (left.made[block.a + step], left.found[block.b + step])
        for block in match.get_matching_blocks()
        for step in range(block.size)
    ]


def _is_near(pair: tuple[Word, Word], fitted: Fit) -> bool:
    return abs(fitted.place(pair[0].x, pair[0].y)[1] - pair[1].y) <= MOVED * fitted.scale


def _turned(pairs: Sequence[tuple[Word, Word]]) -> list[tuple[Word, Word]]:
    """Words that stood above their neighbour and now stand below it: two lines were exchanged."""
    return [
        pair
        for place, pair in enumerate(pairs)
        for other in pairs[place + 1 :]
        if pair[0].y > other[0].y + _LINE and pair[1].y < other[1].y - _LINE
        and abs(pair[0].x - other[0].x) < _COLUMN
    ]  # fmt: skip


#: In points: words as near as this stand in one column.
_COLUMN = 200
