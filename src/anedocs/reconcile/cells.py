"""What the cells of an export say, by its map: amounts with their unit, and words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from unicodedata import normalize

from anedocs.core.quantity import Quantity
from anedocs.reconcile.amounts import Marks, Unreadable
from anedocs.reconcile.export import Row
from anedocs.reconcile.map import AmountAt, ReconcileMap, WordsAt, plain


@dataclass(frozen=True, slots=True)
class Cells:
    """What the cells of a row say, by the map."""

    plan: ReconcileMap
    marks: Marks

    @classmethod
    def of(cls, plan: ReconcileMap, *, semicolons: bool = False) -> Cells:
        """The reader of the cells that a map describes; `semicolons` part the cells of the file."""
        units = {
            " ".join(normalize("NFKC", key).split()).casefold(): unit
            for key, unit in (plan.units or {}).items()
        }
        return cls(plan, Marks(plan.decimal_mark, plan.thousands_mark, units, semicolons))

    def blank(self, text: str) -> bool:
        """Whether a cell says that nothing is set."""
        return not text.strip() or plain(text) in {plain(word) for word in self.plan.blanks}

    def amount(self, row: Row, place: AmountAt) -> Quantity | None:
        """The amount of a row, None where none is set; raises Unreadable."""
        text = row.as_written(place.column)
        if self.blank(text):
            return None
        try:
            if place.written:
                return self.marks.within(text, place.written)
            if place.unit_column is None and place.unit is None:
                return self.marks.amount(text)
            unit = place.unit or row.as_written(place.unit_column or "")
            return Quantity(
                self.marks.number(text), "" if self.blank(unit) else self.marks.unit(unit)
            )
        except Unreadable as error:
            raise Unreadable(f"column {place.column}: {error}") from None

    def words(self, row: Row, place: WordsAt) -> str | None:
        """The words of a row as the order set says them, None where none are set.

        Raises Unreadable where a free text says two things.
        """
        text = row.cells_of(place.read())
        if place.written and not self.blank(text):
            text = _written(text, place)
        known = {plain(word): meaning for word, meaning in (place.words or {}).items()}
        if plain(text) in known and text:
            return known[plain(text)]
        return place.blank_means if self.blank(text) else text


def _written(text: str, place: WordsAt) -> str:
    """The word that a free text states in one of the map's ways; it ends at a comma or a stop."""
    found: dict[str, str] = {}
    text = re.sub(r"[^\S\n]+", " ", text)  # a thousand spaces would take a pattern seconds
    for form in place.written:
        before, after = (
            r"\s+".join(re.escape(word) for word in part.split()) for part in form.split("{}")
        )
        pattern = rf"(?<!\w){before}\s*([^,;.\n]+?)\s*{after or r'(?=[,;.]|$)'}"
        for word in dict.fromkeys(re.findall(pattern, text, re.IGNORECASE | re.MULTILINE)):
            found.setdefault(plain(word), word.strip())
    if len(found) > 1:
        raise Unreadable(
            f"column {place.read()[0]}: two stand there: {' and '.join(found.values())}"
        )
    return next(iter(found.values()), "")
