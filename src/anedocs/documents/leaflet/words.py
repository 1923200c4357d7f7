"""The words of the family leaflet in one language, with the marks that belong to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from anedocs.core import wording
from anedocs.core.problems import ContentError, Place, Problem
from anedocs.core.quantity import Quantity
from anedocs.documents.leaflet import readability as reading
from anedocs.edition.edition import Edition
from anedocs.edition.translated import says_other_numbers
from anedocs.schema import family
from anedocs.schema.family import Leaflet, LeafletSection, Paragraph, Told, Translation
from anedocs.schema.model import Source

ENGLISH = "en"
#: The language of texts that are never translated: credits, references, open questions.
ENGLISH_TAG = "en-US"
UNREVIEWED = "TRANSLATION NOT REVIEWED"
STALE = "NOT UP TO DATE, THE ENGLISH HAS CHANGED"
MISSING = "NOT YET TRANSLATED"
_NO_BREAK = "\u00a0"


@dataclass(frozen=True, slots=True)
class Line:
    """One text of the page, with its id."""

    id: str
    text: str
    form: str = "paragraph"
    sources: str = ""
    """The letters of what carries it."""
    mark: str | None = None
    """Why this text is not to be relied on: out of date, or not yet translated."""
    english: str | None = None
    """The English, beside a text that is marked."""


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, and below it runs of paragraphs and of bullets."""

    heading: Line
    emphasis: bool
    runs: tuple[tuple[Line, ...], ...]


class Speaker:
    """Says each text by its id: in a spelling of English, or translated and marked."""

    def __init__(
        self, leaflet: Leaflet, sources: Sequence[Source], lang: str,
        translation: Translation | None,
    ) -> None:  # fmt: skip
        self._sources = sources
        self._reference_letter = leaflet.reference_letter
        self.english = {name: self._filled(leaflet, text, None)
                        for name, text in leaflet.texts().items()}  # fmt: skip
        self.translation = translation
        self.marks_sources = leaflet.mark_sources == "yes"
        self.texts = self.english
        self.stale: frozenset[str] = frozenset()
        #: Stale texts with other numbers than the English of today; they are not shown.
        self.untrue: frozenset[str] = frozenset()
        if translation is not None:
            self.stale = frozenset(family.stale(leaflet, translation))
            now = leaflet.texts()
            self.untrue = frozenset(
                one.id for one in translation.texts
                if one.id in self.stale and says_other_numbers(one.text, now[one.id])
            )  # fmt: skip
            self.texts = {one.id: self._filled(leaflet, one.text, translation.units)
                          for one in translation.texts}  # fmt: skip
        elif lang != ENGLISH:
            spelling = leaflet.spelling[lang]
            self.texts = {name: spelled(text, spelling) for name, text in self.english.items()}

    @staticmethod
    def _filled(leaflet: Leaflet, text: str, units: Mapping[str, str] | None) -> str:
        for fact in leaflet.facts:
            if f"{{{fact.id}}}" in text:
                text = text.replace(f"{{{fact.id}}}", _amount(fact.value, units))
        return text

    def line(self, name: str, form: str = "paragraph", sources: str = "") -> Line:
        """The text of that id, marked where the translation lags behind."""
        if self.translation is None or (name in self.texts and name not in self.stale):
            return Line(name, self.texts[name], form, sources)
        marks, english = self.translation.marks, self.english[name]
        if name in self.stale:
            text = "" if name in self.untrue else self.texts[name]
            return Line(name, text, form, sources, f"{marks.stale} / {STALE}", english)
        return Line(name, "", form, sources, f"{marks.missing} / {MISSING}", english)

    def word(self, name: str) -> str:
        """A word around the text; in English where it is not translated."""
        key = f"word-{name.replace('_', '-')}"
        said = self.english if key in self.untrue else self.texts
        return said.get(key, self.english[key])

    def sources(self, told: Told) -> str:
        """The letters of the sources that carry a text, and that of other references."""
        cited = {cite.source for cite in told.cites}
        if told.from_ and told.from_.kind == "guideline":
            cited.add(self._sources[0].id)
        letters = [one.letter for one in self._sources if one.id in cited]
        if any(cite.reference for cite in told.cites):
            letters.append(self._reference_letter)
        return "".join(filter(None, letters)) if self.marks_sources else ""

    def paragraphs(self, leaflet: Leaflet, given: Iterable[Paragraph]) -> tuple[Line, ...]:
        """The lines of the paragraphs that the switches let onto the page."""
        return tuple(
            self.line(one.id, one.form, self.sources(one)) for one in given if leaflet.printed(one)
        )

    def block(self, leaflet: Leaflet, section: LeafletSection) -> Block:
        """A section, with its bullets gathered into lists."""
        lines = self.paragraphs(leaflet, section.paragraphs)
        runs = tuple(tuple(run) for _, run in groupby(lines, key=lambda line: line.form))
        return Block(self.line(section.id, "heading"), section.emphasis == "yes", runs)


def leaflet_of(edition: Edition) -> Leaflet:
    """The leaflet of an edition. Raises ContentError where it has none."""
    orderset = edition.orderset
    if orderset.leaflet is None:
        place = Place(f"ordersets/{orderset.id}.yaml")
        raise ContentError([Problem(place, "there is no leaflet in this order set",
                                    "family leaflet", "Add a part 'leaflet:'")])  # fmt: skip
    return orderset.leaflet


def speaker(edition: Edition, lang: str, translation: Translation | None) -> Speaker:
    """Who says the texts: English, in one of its spellings, or a translation of this language."""
    return Speaker(leaflet_of(edition), edition.orderset.sources, lang, translation)


def spelled(text: str, spelling: Mapping[str, str]) -> str:
    """The text in another spelling of the same language; a capital stays a capital."""

    def other(found: re.Match[str]) -> str:
        new = spelling[found[0].lower()]
        return new[0].upper() + new[1:] if found[0][0].isupper() else new

    words = "|".join(map(re.escape, spelling))
    return re.sub(rf"\b(?:{words})\b", other, text, flags=re.IGNORECASE) if words else text


def references(leaflet: Leaflet) -> list[str]:
    """The references other than the sources, as the texts cite them, once each."""
    told: Sequence[Told] = [*leaflet.paragraphs, *leaflet.glossary]
    return list(dict.fromkeys(c.reference for one in told for c in one.cites if c.reference))


def grades(edition: Edition) -> dict[str, reading.Reading]:
    """How hard each section is to read, by its id, and 'overall'; of the English as printed."""
    leaflet = leaflet_of(edition)
    says = speaker(edition, ENGLISH, None)
    parts = {"main-message": [line.text for line in says.paragraphs(leaflet, leaflet.main_message)]}
    for section in leaflet.sections:
        block = says.block(leaflet, section)
        parts[section.id] = [block.heading.text, *(line.text for run in block.runs for line in run)]
    parts["glossary"] = [
        says.texts[name] for term in leaflet.glossary for name in (f"term-{term.id}", term.id)
    ]
    parts["overall"] = [text for texts in parts.values() for text in texts]
    return {name: reading.measure(texts) for name, texts in parts.items()}


def _amount(value: Quantity, units: Mapping[str, str] | None) -> str:
    """The figure with its unit, never parted at a line end; units by their English name."""
    number, space, unit = wording.amount(value).partition(" ")
    return f"{number}{_NO_BREAK}{units[unit] if units else unit}" if space else number
