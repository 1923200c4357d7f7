"""The family leaflet as a page is filled with it: every word by its place, in one language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from anedocs.documents.leaflet import words as leaflet_text
from anedocs.documents.leaflet.words import UNREVIEWED, Block, Line, Speaker
from anedocs.edition.edition import Edition
from anedocs.schema import family
from anedocs.schema.family import Translation


@dataclass(frozen=True, slots=True)
class ContactView:
    """Who gives support: the address as it stands, in every language."""

    name: str
    what: Line
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class View:
    """Every word of the leaflet, by its place; the same for PDF and Word."""

    language: str
    title: Line
    subtitle: Line
    marks: tuple[str, ...]
    """What stands at the top of every page."""
    edition: tuple[str, ...]
    """What stands at the foot of every page, before the page number."""
    page: str
    of: str
    main: tuple[Line, ...]
    blocks: tuple[Block, ...]
    support: Line
    contacts: tuple[ContactView, ...]
    people: Line
    labels: tuple[Line, ...]
    questions: Line
    glossary: Line
    terms: tuple[tuple[Line, Line], ...]
    about: Line
    not_instead: Line
    credit: Line
    credits: tuple[str, ...]
    legend: Line | None
    references: tuple[str, ...]
    still_open: tuple[str, ...]
    """Open questions that concern the leaflet; on drafts only, for the committee."""


def view(edition: Edition, lang: str, translation: Translation | None = None) -> View:
    """Every word of the leaflet in one language."""
    leaflet, orderset = leaflet_text.leaflet_of(edition), edition.orderset
    says = leaflet_text.speaker(edition, lang, translation)
    asked = [question for _, question in orderset.open_questions
             if question.id in leaflet.questions and question.open]  # fmt: skip
    unsettled = [orderset.unconfirmed] if orderset.unconfirmed else []
    still_open = (*unsettled, *(f"{one.id}: {one.asks}" for one in asked))
    return View(
        language=leaflet.language if lang == leaflet_text.ENGLISH else lang,
        title=says.line("title"),
        subtitle=says.line("subtitle"),
        marks=tuple(_marks(edition, translation)),
        edition=_edition(edition, says),
        page=says.word("page"),
        of=says.word("of"),
        main=says.paragraphs(leaflet, leaflet.main_message),
        blocks=tuple(says.block(leaflet, section) for section in leaflet.sections),
        support=says.line("word-support"),
        contacts=tuple(ContactView(one.name, says.line(one.id), one.lines)
                       for one in leaflet.contacts),
        people=says.line("word-people"),
        labels=tuple(says.line(one.id) for one in leaflet.people),
        questions=says.line("word-questions"),
        glossary=says.line("word-glossary"),
        terms=tuple((says.line(f"term-{one.id}"),
                     says.line(one.id, sources=says.sources(one)))
                    for one in leaflet.glossary),
        about=says.line("word-about"),
        not_instead=says.line("word-not-instead"),
        credit=says.line("word-credit"),
        credits=tuple(source.credit for source in orderset.sources),
        legend=says.line("word-legend") if says.marks_sources else None,
        references=tuple(leaflet_text.references(leaflet)),
        still_open=still_open,
    )  # fmt: skip


def _marks(edition: Edition, translation: Translation | None) -> Iterator[str]:
    """What must stand on every page: the state of the edition, and of the translation."""
    leaflet, status = leaflet_text.leaflet_of(edition), edition.status
    if translation is None:
        if status.mark:
            yield status.mark
        return
    if status.mark:
        yield f"{status.mark} · {getattr(translation.marks, status.state)}"
    lagging = family.stale(leaflet, translation) or family.missing(leaflet, translation)
    if lagging or not translation.reviewed:
        yield f"{UNREVIEWED} · {translation.marks.unreviewed}"


def _edition(edition: Edition, says: Speaker) -> tuple[str, ...]:
    """Which edition this is; of a translation, which state of its own texts as well."""
    orderset = edition.orderset
    prints = [edition.short_fingerprint]
    if says.translation is not None:
        prints.append(f"{says.translation.language} {says.translation.fingerprint}")
    dates = [(says.word(key), getattr(orderset.metadata, f"{key}_date") or says.word("not_set"))
             for key in ("effective", "review")]  # fmt: skip
    return (
        f"{says.word('edition')} {orderset.id} {orderset.revision} · "
        f"{says.word('fingerprint')} {', '.join(prints)}",
        " · ".join(f"{name}: {value}" for name, value in dates),
    )
