"""The shape of the family leaflet and of its translations, and what binds the two.

A paragraph says where its facts are from, or that it claims none. A translation carries, text by
text, the fingerprint of the English that was translated; so a changed English text is noticed.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import field
from typing import Annotated, Literal

from anedocs.core.quantity import Quantity
from anedocs.schema.parts import Part, Wrong, rule
from anedocs.schema.person import Person
from anedocs.schema.shape import Day, Letter, Lines, OriginText, QuestionIds, Slug, Text, Units

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
#: A Word bookmark holds 40 characters, and a paragraph is found again by its bookmark.
LONGEST_ID = 38


class Cite(Part):
    """What carries a fact: lines of a source, or another reference with its grade."""

    source: Slug | None = None
    """The id of the source; what rests on the guideline names its statements under 'from:'."""
    lines: Lines | None = None
    reference: Text | None = None
    grade: Literal["official", "copy", "secondary"] | None = None

    @rule
    def _one_of_the_two(self) -> None:
        if (self.source is None) == (self.reference is None):
            raise Wrong("cite either a source or another reference", "Give one of the two")
        if (self.source is None) != (self.lines is None):
            raise Wrong("a source is cited by its lines", "Give 'source:' and 'lines:' together")
        if (self.reference is None) != (self.grade is None):
            raise Wrong(
                "a reference needs its grade, lines of a source have none",
                "Add 'grade: official', 'copy' or 'secondary' to a reference",
            )


class Told(Part):
    """A text for families, with what carries it."""

    id: Slug
    text: Text
    from_: OriginText | None = None
    """Statements of the guideline, or a supplement."""
    cites: tuple[Cite, ...] = ()
    claims: Literal["nothing"] | None = None
    """'nothing' where the text asks, invites or points the way, and states no fact."""

    @rule
    def _is_carried(self) -> None:
        carried = self.from_ is not None or bool(self.cites)
        if carried == (self.claims is not None):
            raise Wrong(
                f"'{self.id}' must say where its facts are from",
                "Add 'from: guideline …' or 'cites:', or else 'claims: nothing'",
            )


class Paragraph(Told):
    """One paragraph or one bullet."""

    form: Literal["paragraph", "bullet"] = "paragraph"
    speaks_of: tuple[Slug, ...] = ()
    """The orders that families hear of here."""
    only: Slug | None = None
    """The switch that must be on for it to be printed."""


class LeafletSection(Part):
    """A heading that is a question, and the answer."""

    id: Slug
    title: Text
    emphasis: Literal["yes", "no"] = "no"
    """'yes' for what must be found at a glance: it is boxed and never parted by a page."""
    paragraphs: tuple[Paragraph, ...]

    @rule
    def _asks(self) -> None:
        if not self.title.endswith("?"):
            raise Wrong(f"'{self.title}' is not a question", "Ask what a family would ask")


class Contact(Part):
    """Who gives support: name and address are printed as they stand, in every language."""

    id: Slug
    name: Text
    text: Text
    """What they offer."""
    lines: tuple[Text, ...]
    cites: tuple[Cite, ...]


class Label(Part):
    """What is written in by hand."""

    id: Slug
    text: Text


class Term(Told):
    """A word that families will hear, in plain words."""

    term: Text


class Fact(Part):
    """A figure that texts name as {id}; it stands here once."""

    id: Slug
    value: Annotated[Quantity, Units("day", "week", "month", "year", "%")]
    cites: tuple[Cite, ...]


class Words(Part):
    """The words around the text."""

    edition: Text
    fingerprint: Text
    effective: Text
    review: Text
    page: Text
    of: Text
    not_set: Text
    support: Text
    people: Text
    questions: Text
    glossary: Text
    about: Text
    not_instead: Text
    credit: Text
    legend: Text


class Leaflet(Part):
    """The family leaflet, in plain English with United States spelling."""

    language: Text
    title: Text
    subtitle: Text
    switches: dict[Slug, Literal["yes", "no"]] = field(default_factory=dict)
    """By the name under which paragraphs have them as 'only:'."""
    mark_sources: Literal["yes", "no"] = "yes"
    """Whether a letter beside each text says where it is from; each source has its own."""
    reference_letter: Letter | None = None
    """The letter of texts that rest on another reference."""
    questions: QuestionIds = ()
    """Open questions that concern the leaflet; asked on drafts."""
    main_message: tuple[Paragraph, ...]
    sections: tuple[LeafletSection, ...]
    facts: tuple[Fact, ...] = ()
    contacts: tuple[Contact, ...]
    people: tuple[Label, ...]
    glossary: tuple[Term, ...] = ()
    words: Words
    spelling: dict[str, dict[str, str]]
    """For each further locale: the spelling above, and the one there."""

    @property
    def paragraphs(self) -> Iterator[Paragraph]:
        """Every paragraph, the hidden ones included, in order."""
        yield from self.main_message
        for section in self.sections:
            yield from section.paragraphs

    def printed(self, paragraph: Paragraph) -> bool:
        """Whether the switches let this paragraph onto the page."""
        return paragraph.only is None or self.switches.get(paragraph.only) == "yes"

    def texts(self) -> dict[str, str]:
        """Every text that is translated, by its id, in the order of the page."""
        found = {"title": self.title, "subtitle": self.subtitle}
        found |= {paragraph.id: paragraph.text for paragraph in self.main_message}
        for section in self.sections:
            found[section.id] = section.title
            found |= {paragraph.id: paragraph.text for paragraph in section.paragraphs}
        found |= {one.id: one.text for one in self.contacts}
        found |= {one.id: one.text for one in self.people}
        for term in self.glossary:
            found |= {f"term-{term.id}": term.term, term.id: term.text}
        return found | {f"word-{name.replace('_', '-')}": text for name, text in self.words}

    @rule
    def _ids_fit(self) -> None:
        for name in self.texts():
            if len(name) > LONGEST_ID:
                raise Wrong(f"the id '{name}' is too long", f"Use {LONGEST_ID} characters at most")

    @rule
    def _figures_are_known(self) -> None:
        known = {fact.id for fact in self.facts}
        named = {name for text in self.texts().values() for name in _PLACEHOLDER.findall(text)}
        for name in sorted(named ^ known):
            what = "is named in no text" if name in known else "is not among the facts"
            raise Wrong(f"the figure '{name}' {what}", "Write it as {id}, and once under 'facts:'")


class Translated(Part):
    """One text in another language, bound to the English that it translates."""

    id: Slug
    english: Text
    """Fingerprint of the English text that was translated."""
    text: Text


class Marks(Part):
    """The marks of a page in this language; they stand beside the English ones."""

    draft: Text
    overdue: Text
    withdrawn: Text
    unreviewed: Text
    stale: Text
    missing: Text


class Translation(Part):
    """The leaflet in another language: a draft until a qualified translator has reviewed it."""

    language: Text
    translator: Person | None = None
    """Name and qualification."""
    reviewed_on: Day | None = None
    reviewed_texts: Text | None = None
    """Fingerprint of the texts that were reviewed; see `fingerprint`."""
    marks: Marks
    units: dict[str, str]
    """Units of figures, singular and plural."""
    texts: tuple[Translated, ...]

    @property
    def fingerprint(self) -> str:
        """Fingerprint of all texts of this language."""
        return fingerprint("\n".join(f"{one.id}\t{one.text}" for one in self.texts))

    @property
    def reviewed(self) -> bool:
        """Whether these very texts were reviewed, by a named translator."""
        named = self.translator is not None and self.reviewed_on is not None
        return named and self.reviewed_texts == self.fingerprint


def fingerprint(text: str) -> str:
    """The first twelve digits of the sha256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def stale(leaflet: Leaflet, translation: Translation) -> list[str]:
    """The ids whose English has changed since it was translated."""
    texts = leaflet.texts()
    return [
        one.id
        for one in translation.texts
        if one.id in texts and one.english != fingerprint(texts[one.id])
    ]


def missing(leaflet: Leaflet, translation: Translation) -> list[str]:
    """The ids that nobody has translated yet."""
    done = {one.id for one in translation.texts}
    return [name for name in leaflet.texts() if name not in done]


def surplus(leaflet: Leaflet, translation: Translation) -> list[str]:
    """The ids that are translated, but stand in the leaflet no more."""
    texts = leaflet.texts()
    return [one.id for one in translation.texts if one.id not in texts]
