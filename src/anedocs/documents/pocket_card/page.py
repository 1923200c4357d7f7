"""The pocket card: two sides in a real card size, alone or several on a sheet to be cut."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import get_args

from anedocs.core.problems import ContentError, Place, Problem
from anedocs.documents.pocket_card.flowchart import TooNarrowError, flowchart
from anedocs.documents.pocket_card.lines import blocks
from anedocs.edition.edition import Edition
from anedocs.render import fonts, page_fit, pdf
from anedocs.schema.card import CardFact, Side, Size
from anedocs.sentences import phrases

SIZES: tuple[str, ...] = get_args(Size)
SIDES: tuple[Side, ...] = get_args(Side)
FLIPS = ("long", "short")
_CSS = ("page.css", "pocket_card.css")


@dataclass(frozen=True, slots=True)
class Selection:
    """What of the order set's card facts a card of one size holds."""

    shown: tuple[CardFact, ...]
    """In the order in which they stand, front before back."""
    left_out: tuple[CardFact, ...]
    """What did not fit, in the order in which it had to go."""


def pocket_card(
    edition: Edition, folders: Sequence[Path], size: str, paper: str, flip: str = "long",
    single: bool = False, chosen: Selection | None = None,
) -> bytes:  # fmt: skip
    """The card as PDF/UA-1, two pages, the same bytes for the same edition.

    `size` is badge, index or a6; `paper` letter or a4, which holds as many cards as fit, with crop
    marks; `flip` the edge over which the printer turns the paper. `single` gives two pages of
    exactly the card's size; `chosen` what it shows, where that was tried out before. Raises
    ContentError where the order set says nothing of a card, or where not even the first fact of a
    side fits.
    """
    chosen = chosen or selection(edition, folders, size)
    sides = {side: [fact for fact in chosen.shown if fact.side == side] for side in SIDES}
    look = {"size": size, "paper": paper, "flip": flip, "single": single, "trial": False,
            "extract": bool(chosen.left_out)}  # fmt: skip
    return _laid_out(edition, folders, sides, look)


def shown(edition: Edition, folders: Sequence[Path], size: str) -> list[tuple[str, str]]:
    """The id and side of each card fact that a card of this size shows, in reading order."""
    return [(fact.id, fact.side) for fact in selection(edition, folders, size).shown]


def left_out(edition: Edition, folders: Sequence[Path], size: str) -> list[tuple[str, str]]:
    """The id and side of each card fact for which a card of this size has no room."""
    return [(fact.id, fact.side) for fact in selection(edition, folders, size).left_out]


def selection(edition: Edition, folders: Sequence[Path], size: str) -> Selection:
    """Choose by priority what fits: on each side the highest number goes first."""
    held: list[CardFact] = []
    gone: list[CardFact] = []
    for side in SIDES:
        facts = [fact for fact in _facts(edition) if fact.side == side]
        ranked = sorted(facts, key=lambda fact: fact.priority.on(size))
        fits = partial(_fits, edition, folders, size, side, facts, ranked)
        count = _most(len(ranked), fits)
        if count == 0 and ranked:
            raise _fault(edition, f"no fact fits on the {side} of the {size} card")
        held += [fact for fact in facts if fact in ranked[:count]]
        gone += reversed(ranked[count:])
    return Selection(tuple(held), tuple(gone))


def _most(count: int, fits: Callable[[int], bool]) -> int:
    """The largest number that fits, where whatever is fewer fits as well."""
    if fits(count):
        return count
    low, high = 0, count
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def _fits(
    edition: Edition, folders: Sequence[Path], size: str, side: Side,
    facts: Sequence[CardFact], ranked: Sequence[CardFact], count: int,
) -> bool:  # fmt: skip
    kept = [fact for fact in facts if fact in ranked[:count]]
    look = {"size": size, "paper": "letter", "flip": "long", "single": True, "trial": True,
            "extract": True}  # fmt: skip
    try:
        _laid_out(edition, folders, {side: kept}, look)
    except (pdf.LayoutError, TooNarrowError):
        return False
    return True


def _laid_out(
    edition: Edition, folders: Sequence[Path], sides: dict[Side, list[CardFact]],
    look: dict[str, object],
) -> bytes:  # fmt: skip
    orderset = edition.orderset
    values = {
        **look,
        "orderset": orderset,
        "site": edition.site,
        "mark": edition.status.mark,
        "gate": phrases.treatment_gate(orderset),
        "fingerprint": edition.short_fingerprint,
        "not_set": phrases.NOT_SET,
        "font": fonts.FAMILY,
        "flowchart": partial(flowchart, orderset.flow) if orderset.flow else None,
        "sides": [
            {
                "name": side,
                "number": SIDES.index(side) + 1,
                "blocks": blocks(edition, facts, brief=look["size"] == "badge"),
                "flowchart": any(fact.kind == "flowchart" for fact in facts),
            }
            for side, facts in sides.items()
        ],
    }
    page = pdf.html(folders, "pocket_card.html", values)
    reach = 0 if look["single"] else page_fit.REACH  # a single card is cut already
    return pdf.pdf(folders, page, _CSS, str(look["paper"]), pages=len(sides), reach=reach)


def _facts(edition: Edition) -> Sequence[CardFact]:
    if not edition.orderset.pocket_card:
        raise _fault(edition, "it does not say what the pocket card shows")
    return edition.orderset.pocket_card


def _fault(edition: Edition, what: str) -> ContentError:
    return ContentError(
        [Problem(Place(f"ordersets/{edition.orderset.id}.yaml"), what, "pocket card",
                 "Say it under 'pocket_card:', the most important fact with priority 1")]
    )  # fmt: skip
