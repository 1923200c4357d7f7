"""The family leaflet: as a tagged PDF to hand out, and as a Word file to edit or to translate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from anedocs.documents.leaflet.view import View, view
from anedocs.documents.leaflet.words import ENGLISH_TAG, Line, grades
from anedocs.edition.edition import Edition
from anedocs.render import pdf, word
from anedocs.render.word import Run, Written
from anedocs.schema.family import Translation

__all__ = ["grades", "leaflet_docx", "leaflet_pdf", "view"]

#: Over the open questions of a draft; they are for the committee, and so in English.
OPEN_HEADING = "Still open in this draft"
#: Lines for questions of the family.
QUESTION_LINES = 5


def leaflet_pdf(
    edition: Edition, folders: Sequence[Path], lang: str, paper: str, *,
    large_print: bool = False, translation: Translation | None = None,
) -> bytes:  # fmt: skip
    """The leaflet as PDF/UA-1 on letter or a4, the same bytes for the same input.

    `lang` is en, a locale of the leaflet's spelling, or the language of `translation`. Raises
    ContentError where the order set has no leaflet, or not in this language.
    """
    shown = view(edition, lang, translation)
    values = {
        "v": shown,
        "created": edition.orderset.revisions[0].date.isoformat(),
        "translated": translation is not None,
        "open_heading": OPEN_HEADING,
        "question_lines": QUESTION_LINES,
    }
    page = pdf.html(folders, "leaflet.html", values)
    styles = ["page.css", "leaflet.css", *(["leaflet.large.css"] if large_print else [])]
    return pdf.pdf(folders, page, styles, paper, pages=None)


def leaflet_docx(
    edition: Edition, folders: Sequence[Path], lang: str, paper: str, *,
    large_print: bool = False, translation: Translation | None = None,
) -> bytes:  # fmt: skip
    """The leaflet as an editable Word file with real styles; each text is a bookmark by its id.

    The same content as the PDF, and the same bytes for the same input. Raises as `leaflet_pdf`.
    """
    shown = view(edition, lang, translation)
    frame = word.Frame(
        title=shown.title.text or shown.title.english or "",
        language=shown.language,
        created=edition.orderset.revisions[0].date,
        header=shown.marks,
        footer=(*shown.edition, f"{shown.page} {word.PAGE} {shown.of} {word.PAGES}"),
    )
    look = word.look(folders, "word.toml", paper, "large" if large_print else "normal")
    return word.docx(frame, list(_written(shown)), look)


def _written(shown: View) -> Iterator[Written]:
    """The leaflet as a run of Word paragraphs, in the order of the page."""
    yield from _said(shown.title, "Title")
    yield from _said(shown.subtitle, "Subtitle")
    for line in shown.main:
        yield from _said(line, "Main Message")
    for block in shown.blocks:
        yield from _said(block.heading, "Heading 1")
        for line in (line for run in block.runs for line in run):
            yield from _said(line, "List Bullet" if line.form == "bullet" else "Normal")
    yield from _said(shown.support, "Heading 1")
    for contact in shown.contacts:
        yield Written("Heading 2", (Run(contact.name),))
        yield from _said(contact.what, "Normal")
        yield from (Written("Address", (Run(line),)) for line in contact.lines)
    yield from _said(shown.people, "Heading 1")
    for line in shown.labels:
        yield from _said(line, "Write-In")
    yield from _said(shown.questions, "Heading 1")
    yield from [Written("Write-In", ())] * QUESTION_LINES
    yield from _said(shown.glossary, "Heading 1")
    for term, meaning in shown.terms:
        runs = [*_runs(term, strong=True), Run(": "), *_runs(meaning)]
        yield Written("Normal", tuple(runs))
    yield from _ending(shown)


def _ending(shown: View) -> Iterator[Written]:
    """Where the leaflet is from, and what is still open in a draft."""
    yield from _said(shown.about, "Heading 1")
    yield from _said(shown.not_instead, "Normal")
    yield from _said(shown.credit, "Normal")
    yield from _english(shown.credits)
    if shown.legend:
        yield from _said(shown.legend, "Normal")
    yield from _english(shown.references)
    if shown.still_open:
        yield Written("Heading 1", (Run(OPEN_HEADING, language=ENGLISH_TAG),))
        yield from _english(shown.still_open)


def _english(texts: Sequence[str]) -> Iterator[Written]:
    return (Written("List Bullet", (Run(text, language=ENGLISH_TAG),)) for text in texts)


def _said(line: Line, style: str) -> Iterator[Written]:
    yield Written(style, tuple(_runs(line)))


def _runs(line: Line, *, strong: bool = False) -> Iterator[Run]:
    """A text; where it is marked, the mark before it and the English in force after it."""
    if line.mark:
        yield Run(f"[{line.mark}] ", strong=True)
    if line.text:
        yield Run(line.text, name=line.id, strong=strong)
    if line.english:
        name = None if line.text else line.id
        yield Run(f" {line.english}" if line.text else line.english, name, strong, ENGLISH_TAG)
    if line.sources:
        yield Run(f" [{line.sources}]")
