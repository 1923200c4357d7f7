"""The family leaflet among the documents of a build: the English one, and every other language."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from anedocs.core.problems import ContentError, Place, Problem, did_you_mean
from anedocs.documents.kind import DocumentKind, Make, ReadAs
from anedocs.edition.edition import Edition
from anedocs.edition.locate import Locator
from anedocs.edition.translated import translations
from anedocs.schema.family import Translation

ENGLISH, FORMS = "en", ("pdf", "docx")


def _english(locator: Locator, edition: Edition) -> Iterator[tuple[str, Make]]:
    if edition.orderset.leaflet:
        for form in FORMS:
            yield _file(locator, edition, ENGLISH, form)
        yield _file(locator, edition, ENGLISH, "pdf", large_print=True)


def _others(locator: Locator, edition: Edition) -> Iterator[tuple[str, Make]]:
    for lang, translation in _languages(locator, edition).items():
        paper = "letter" if translation else "a4"
        for form in FORMS:
            yield _file(locator, edition, lang, form, paper, translation=translation)


def _large_english(locator: Locator, edition: Edition) -> Iterator[tuple[str, Make]]:
    if edition.orderset.leaflet:
        for form in FORMS:
            yield _file(locator, edition, ENGLISH, form, large_print=True)


def _large_others(locator: Locator, edition: Edition) -> Iterator[tuple[str, Make]]:
    for lang, translation in _languages(locator, edition).items():
        for form in FORMS:
            yield _file(locator, edition, lang, form, large_print=True, translation=translation)


def _languages(locator: Locator, edition: Edition) -> dict[str, Translation | None]:
    """Each other spelling of English, and each language into which the leaflet is translated."""
    if not edition.orderset.leaflet:
        return {}
    spellings = dict.fromkeys(edition.orderset.leaflet.spelling)
    return {**spellings, **translations(locator, edition)}


def translation_into(locator: Locator, edition: Edition, lang: str) -> Translation | None:
    """The translation of the leaflet into a language; none for English in any spelling.

    Raises ContentError for a language in which there is no leaflet.
    """
    from anedocs.documents.leaflet.words import leaflet_of

    leaflet_of(edition)
    known: dict[str, Translation | None] = {ENGLISH: None, **_languages(locator, edition)}
    if lang not in known:
        place = Place(f"ordersets/{edition.orderset.id}.leaflet.{lang}.yaml")
        raise ContentError([Problem(place, f"there is no leaflet in '{lang}'", "family leaflet",
                                    did_you_mean(lang, known) or "Add this file")])  # fmt: skip
    return known[lang]


def _file(
    locator: Locator, edition: Edition, lang: str, form: str, paper: str = "letter", *,
    large_print: bool = False, translation: Translation | None = None,
) -> tuple[str, Make]:  # fmt: skip
    def make() -> bytes:
        from anedocs.documents.leaflet import page

        made = {"pdf": page.leaflet_pdf, "docx": page.leaflet_docx}[form]
        return made(
            edition, locator.folders("templates"), lang, paper,
            large_print=large_print, translation=translation,
        )  # fmt: skip

    return f"{edition.orderset.id}-leaflet-{lang}{'-large' if large_print else ''}.{form}", make


_kind = partial(
    DocumentKind, module=__name__, read_as=ReadAs.PAGES,
    templates=("leaflet.html", "page.css", "leaflet.css", "leaflet.large.css", "word.toml"),
)  # fmt: skip
LEAFLET = _kind("leaflet-en", files=_english, shows=("leaflet.*",), on_request=_large_english)
TRANSLATED = _kind(
    "leaflet-other", files=_others, beside=("{id}.leaflet.*.yaml",), on_request=_large_others
)
KINDS = (LEAFLET, TRANSLATED)
