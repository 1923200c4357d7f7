"""The family leaflet: plain, kind, sourced, the same in PDF and Word, and honest in translation."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import page as validation
import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from docx import Document

from anedocs.check.readers.pdf_file import pdf_pages
from anedocs.core.problems import ContentError
from anedocs.documents.leaflet.kinds import translation_into
from anedocs.documents.leaflet.page import grades, leaflet_docx, leaflet_pdf, view
from anedocs.edition.edition import Edition
from anedocs.edition.load import load
from anedocs.edition.locate import Locator
from anedocs.edition.translated import translations
from anedocs.render.word import bookmark
from anedocs.schema import family, ismp
from anedocs.schema.family import Leaflet, Translation
from anedocs.schema.validate import build
from support.edited import edited

pytestmark = pytest.mark.pages

LOCATOR = Locator()
FOLDERS = LOCATOR.folders("templates")
DRAFT = "DRAFT, NOT FOR CLINICAL USE"
#: reference/safety.md, section 5: these and no others, as they stand there.
CONTACTS = [
    "Encephalitis International",
    "32 Castlegate, Malton, North Yorkshire YO17 7DT, UK",
    "Support +44 (0)1653 699599",
    "Admin +44 (0)1653 692583",
    "mail@encephalitis.info",
    "www.encephalitis.info",
    "ANE International",
    "aneinternational.org",
    "NORD (National Organization for Rare Disorders)",
    "rarediseases.org",
]
US_ONLY = ("necrotizing", "diarrhea", "hemorrhage", "pediatric", "center", "recognize", "color")
UK_ONLY = ("necrotising", "diarrhoea", "haemorrhage", "paediatric", "centre", "recognise", "colour")


@pytest.fixture(scope="module")
def edition() -> Edition:
    return load(LOCATOR, "ane", date(2026, 11, 22))


@pytest.fixture(scope="module")
def leaflet(edition: Edition) -> Leaflet:
    assert edition.orderset.leaflet is not None
    return edition.orderset.leaflet


@pytest.fixture(scope="module")
def spanish() -> Translation:
    return translations(LOCATOR, load(LOCATOR, "ane", date(2026, 11, 22)))["es"]


@pytest.fixture(scope="module")
def english_pdf(edition: Edition) -> bytes:
    return leaflet_pdf(edition, FOLDERS, "en", "letter")


@pytest.fixture(scope="module")
def english_docx(edition: Edition) -> bytes:
    return leaflet_docx(edition, FOLDERS, "en", "letter")


def flat(text: str) -> str:
    """One line; WeasyPrint may break a line behind a hyphen or a slash."""
    return " ".join(text.replace("\u00a0", " ").split())


def text_of(content: bytes) -> str:
    return flat(" ".join(page.text for page in pdf_pages(content)))


def with_leaflet(edition: Edition, leaflet: Leaflet | None) -> Edition:
    return edition._replace(orderset=edited(edition.orderset, leaflet=leaflet))


def changed(leaflet: Leaflet, name: str, **update: Any) -> Leaflet:
    """The leaflet with one paragraph changed."""
    sections = tuple(
        edited(
            section,
            paragraphs=tuple(
                edited(one, **update) if one.id == name else one for one in section.paragraphs
            ),
        )
        for section in leaflet.sections
    )
    return edited(leaflet, sections=sections)


# --- plain words -----------------------------------------------------------------------------


def test_the_grade_is_six_or_lower_and_no_section_is_above_eight(edition: Edition) -> None:
    found = grades(edition)
    assert found["overall"].grade <= 6
    assert {name: one.grade for name, one in found.items() if one.grade > Decimal(8)} == {}
    assert found["overall"].words > 700


def test_sentences_are_short(edition: Edition) -> None:
    assert max(one.longest_sentence for one in grades(edition).values()) <= 20


def test_every_heading_is_a_question(english_docx: bytes) -> None:
    headings = [
        one.text
        for one in Document(io.BytesIO(english_docx)).paragraphs
        if one.style and one.style.name == "Heading 1"
    ]
    assert len(headings) >= 12
    assert [one for one in headings if not one.endswith("?")] == ["Still open in this draft"]


def test_it_speaks_to_the_parent_and_says_the_main_message_first(edition: Edition) -> None:
    shown = view(edition, "en")
    main = " ".join(line.text for line in shown.main)
    assert {"Your", "You", "you", "child"} <= set(re.findall(r"\w+", main))
    every = " ".join(line.text for block in shown.blocks for run in block.runs for line in run)
    assert every.lower().count("your child") >= 12
    assert "the patient" not in every
    assert shown.blocks[0].heading.text == "What can I do now?"


def test_the_main_message_and_the_warning_signs_stand_out(english_pdf: bytes) -> None:
    first = pdf_pages(english_pdf)[0].text
    assert first.index("Your care team thinks") < first.index("What can I do now?")


def test_there_are_no_doses_and_the_wording_is_safe(english_pdf: bytes) -> None:
    text = text_of(english_pdf)
    assert not re.search(r"[0-9]\s?(?:mg|mcg|g|kg|mL|tablets?|doses?|times|hours?|days?)\b", text)
    assert [one for one in ismp.lint(text) if not one.warning] == []


def test_a_fact_with_a_number_stands_once_and_is_read_from_there(
    edition: Edition, leaflet: Leaflet
) -> None:
    assert "from the age of 6 months on" in text_of(leaflet_pdf(edition, FOLDERS, "en", "a4"))
    (fact,) = leaflet.facts
    other = replace(fact.value, number=Decimal(7))
    moved = edited(leaflet, facts=(edited(fact, value=other),))
    text = text_of(leaflet_pdf(with_leaflet(edition, moved), FOLDERS, "en", "a4"))
    assert "from the age of 7 months on" in text
    assert "6 months" not in text


# --- what carries it -------------------------------------------------------------------------


def test_every_paragraph_says_what_carries_it_and_lines_are_within_the_factsheet(
    edition: Edition, leaflet: Leaflet
) -> None:
    last = int(next(s for s in edition.orderset.sources if s.id == "factsheet").lines.split("-")[1])
    for one in (*leaflet.paragraphs, *leaflet.glossary):
        assert one.from_ or one.cites or one.claims == "nothing", one.id
        for cite in one.cites:
            assert cite.source in (None, "factsheet")
            assert all(int(n) <= last for n in re.findall(r"[0-9]+", cite.lines or "")), one.id
    silent = [one.id for one in leaflet.paragraphs if one.claims]
    assert len(silent) < len(list(leaflet.paragraphs)) / 4


def test_a_paragraph_without_provenance_is_refused() -> None:
    bare = build(family.Paragraph, {"id": "bare", "text": "Steroids always work."})
    assert isinstance(bare, list)
    assert "where its facts are from" in bare[0].what


def test_each_text_is_marked_by_its_source_until_the_switch_is_off(
    edition: Edition, leaflet: Leaflet, english_pdf: bytes
) -> None:
    assert "Most people who get ANE are young children. F" in text_of(english_pdf)
    assert "is safe. A thin needle takes some fluid from the lower back. GFR" in text_of(
        english_pdf
    )
    off = with_leaflet(edition, edited(leaflet, mark_sources="no"))
    text = text_of(leaflet_pdf(off, FOLDERS, "en", "letter"))
    assert "Most people who get ANE are young children. Why did" in text
    assert "The letters beside the text" not in text


def test_the_credits_are_printed(edition: Edition, english_pdf: bytes) -> None:
    text = text_of(english_pdf)
    for source in edition.orderset.sources:
        assert flat(source.credit) in text
    assert "does not replace your care team" in text


def test_contacts_are_exactly_those_allowed(leaflet: Leaflet, english_pdf: bytes) -> None:
    printed = [text for one in leaflet.contacts for text in (one.name, *one.lines)]
    assert printed == CONTACTS
    text = text_of(english_pdf)
    assert all(flat(one) in text for one in CONTACTS)
    assert re.findall(r"[+(0-9][-+() 0-9]{9,}", text) == ["+44 (0)1653 699599 ",
                                                          "+44 (0)1653 692583 "]  # fmt: skip


def test_survival_figures_are_a_switch_off_by_default(edition: Edition, leaflet: Leaflet) -> None:
    says = "About a third of the people who get ANE die."
    assert leaflet.switches == {"survival-figures": "no"}
    assert says not in text_of(leaflet_pdf(edition, FOLDERS, "en", "letter"))
    on = with_leaflet(edition, edited(leaflet, switches={"survival-figures": "yes"}))
    assert says in text_of(leaflet_pdf(on, FOLDERS, "en", "letter"))


def test_an_order_that_families_should_hear_of_is_found_when_no_paragraph_speaks_of_it(
    edition: Edition, leaflet: Leaflet
) -> None:
    assert edition.orderset.unmentioned == []
    for name, order in (("treat-steroid", "methylprednisolone"), ("test-mri", "mri-brain")):
        silent = with_leaflet(edition, changed(leaflet, name, speaks_of=()))
        assert silent.orderset.unmentioned == [order]
    hidden = with_leaflet(edition, changed(leaflet, "treat-steroid", only="survival-figures"))
    assert hidden.orderset.unmentioned == ["methylprednisolone"]
    none = with_leaflet(edition, None)
    assert len(none.orderset.unmentioned) == 15


def test_the_open_questions_are_printed_while_it_is_a_draft(
    edition: Edition, english_pdf: bytes
) -> None:
    text = text_of(english_pdf)
    assert flat(edition.orderset.unconfirmed) in text
    assert "A43:" in text
    assert "A44:" in text


# --- the page --------------------------------------------------------------------------------


def sizes(content: bytes) -> Iterator[float]:
    """The size of every visible character, in points on the paper."""
    document = pypdfium2.PdfDocument(content)
    for page in document:
        text = page.get_textpage()
        for place in range(text.count_chars()):
            matrix = pdfium.FS_MATRIX()
            pdfium.FPDFText_GetMatrix(text, place, matrix)
            if chr(pdfium.FPDFText_GetUnicode(text, place)).strip():
                yield pdfium.FPDFText_GetFontSize(text, place) * abs(matrix.d)
        text.close()
        page.close()
    document.close()


@pytest.mark.parametrize(("large", "least"), [(False, 12), (True, 18)])
def test_nothing_is_smaller_than_promised(edition: Edition, large: bool, least: int) -> None:
    content = leaflet_pdf(edition, FOLDERS, "en", "letter", large_print=large)
    assert min(sizes(content)) >= least - 0.01


@pytest.mark.parametrize("paper", ["letter", "a4"])
def test_it_has_at_most_three_pages_and_lines_of_at_most_75_characters(
    edition: Edition, paper: str
) -> None:
    pages = pdf_pages(leaflet_pdf(edition, FOLDERS, "en", paper))
    assert len(pages) in (2, 3)
    frame = (DRAFT, "Edition ane")
    lines = [line for page in pages for line in page.lines if not line.startswith(frame)]
    assert max(map(len, lines)) <= 78  # with the letters of the sources


@pytest.mark.parametrize("lang", ["en", "en-GB", "es"])
@pytest.mark.parametrize("large", [False, True])
def test_the_pdf_passes_pdf_ua_1(
    edition: Edition, spanish: Translation, lang: str, large: bool
) -> None:
    translation = spanish if lang == "es" else None
    content = leaflet_pdf(edition, FOLDERS, lang, "a4", large_print=large, translation=translation)
    report = validation.validate_pdf_bytes(content, profile=validation.ValidationProfile.PDF_UA_1)
    assert report.is_compliant, [one.message for one in report.failures]


def test_every_page_says_which_edition_it_is(edition: Edition, english_pdf: bytes) -> None:
    pages = pdf_pages(english_pdf)
    for number, page in enumerate(pages, start=1):
        text = flat(page.text)
        assert DRAFT in text
        assert f"ane {edition.orderset.revision}" in text
        assert edition.short_fingerprint in text
        assert "review date: NOT SET" in text
        assert f"Page {number} of {len(pages)}" in text


def test_it_is_read_back_in_the_order_of_the_page(edition: Edition, english_pdf: bytes) -> None:
    text, place = text_of(english_pdf), 0
    for block in view(edition, "en").blocks:
        place = text.index(flat(block.heading.text), place)
        for line in (line for run in block.runs for line in run):
            place = text.index(flat(line.text), place)


def test_the_same_bytes_twice(edition: Edition, english_pdf: bytes, english_docx: bytes) -> None:
    assert leaflet_pdf(edition, FOLDERS, "en", "letter") == english_pdf
    assert leaflet_docx(edition, FOLDERS, "en", "letter") == english_docx


def with_f(text: str) -> set[str]:
    return {word for word in re.findall(r"[a-z]+", text.lower()) if re.search("ff|fi|fl", word)}


def test_words_with_fi_and_fl_are_found_in_the_pdf(edition: Edition, english_pdf: bytes) -> None:
    """Source: font-charis #6, chromic_pdf #329: letters drawn as one are lost in a search."""
    pages = pypdfium2.PdfDocument(english_pdf)
    text = "".join(page.get_textpage().get_text_range() for page in pages)
    said = with_f(" ".join(texts_of(edition, "en")))
    assert {"flu", "first"} <= said
    assert said - with_f(text) == set()
    assert not re.search("[\ufb00-\ufb06\ufffd]", text)


# --- Word ------------------------------------------------------------------------------------


def test_word_has_real_styles_a_language_and_the_date_of_the_edition(
    edition: Edition, english_docx: bytes
) -> None:
    document = Document(io.BytesIO(english_docx))
    used = {one.style.name for one in document.paragraphs if one.style}
    assert {"Title", "Subtitle", "Heading 1", "Heading 2", "List Bullet", "Normal"} <= used
    core = document.core_properties
    assert (core.author, core.language) == ("anedocs", "en-US")
    assert core.created
    assert core.created.date() == edition.orderset.revisions[0].date
    with zipfile.ZipFile(io.BytesIO(english_docx)) as packed:
        styles = packed.read("word/styles.xml").decode()
        assert {one.date_time for one in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert 'w:lang w:val="en-US"' in styles
    smallest = min(int(n) for n in re.findall(r'w:sz w:val="([0-9]+)"', packed_text(english_docx)))
    assert smallest >= 24  # half points, in the styles that are used


@pytest.mark.parametrize(
    ("lang", "paper", "large"),
    [("en", "letter", False), ("en-GB", "a4", True), ("es", "a4", False)],
)
def test_word_does_not_open_it_in_compatibility_mode(
    edition: Edition, spanish: Translation, lang: str, paper: str, large: bool
) -> None:
    translation = spanish if lang == "es" else None
    content = leaflet_docx(edition, FOLDERS, lang, paper, large_print=large,
                           translation=translation)  # fmt: skip
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        told = packed.read("word/settings.xml").decode()
    modes = re.findall(r'<w:compatSetting[^>]*w:name="compatibilityMode"[^>]*w:val="(\d+)"', told)
    assert modes == ["15"]


def packed_text(content: bytes) -> str:
    """The XML of the styles that the document uses."""
    document = Document(io.BytesIO(content))
    used = {one.style.style_id for one in document.paragraphs if one.style}
    return "".join(style.element.xml for style in document.styles if style.style_id in used)


def test_header_and_footer_of_word_say_edition_page_and_draft(
    edition: Edition, english_docx: bytes
) -> None:
    section = Document(io.BytesIO(english_docx)).sections[0]
    assert DRAFT in section.header.paragraphs[0].text
    footer = section.footer._element.xml
    assert edition.short_fingerprint in footer
    assert 'w:instr="PAGE"' in footer
    assert 'w:instr="NUMPAGES"' in footer


def test_pdf_and_word_carry_the_same_texts_and_word_keeps_their_ids(
    edition: Edition, leaflet: Leaflet, english_pdf: bytes, english_docx: bytes
) -> None:
    pdf_text = text_of(english_pdf)
    document = Document(io.BytesIO(english_docx))
    word_text = flat(" ".join(one.text for one in document.paragraphs))
    names = set(re.findall(r'w:bookmarkStart[^>]*w:name="([^"]+)"', document.element.xml))
    shown = view(edition, "en")
    lines = [shown.title, shown.subtitle, *shown.main, shown.about, *shown.labels]
    for block in shown.blocks:
        lines += [block.heading, *(line for run in block.runs for line in run)]
    for line in lines:
        assert flat(line.text) in pdf_text, line.id
        assert flat(line.text) in word_text, line.id
        assert bookmark(line.id) in names, line.id
    assert all(len(name) <= 40 and re.fullmatch(r"[A-Za-z_0-9]+", name) for name in names)
    assert len({bookmark(name) for name in leaflet.texts()}) == len(leaflet.texts())


def test_libreoffice_opens_the_word_file_and_keeps_every_heading(
    edition: Edition, english_docx: bytes, tmp_path: Path
) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip(
            "NOT TESTED: LibreOffice is missing, so nobody has opened the Word leaflet. "
            "Debian: apt-get install libreoffice-writer-nogui"
        )
    (tmp_path / "leaflet.docx").write_bytes(english_docx)
    subprocess.run(
        [office, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless",
         "--convert-to", "pdf", "--outdir", str(tmp_path), str(tmp_path / "leaflet.docx")],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    pages = pdf_pages((tmp_path / "leaflet.pdf").read_bytes())
    text = flat(" ".join(page.text for page in pages))
    for block in view(edition, "en").blocks:
        assert block.heading.text in text
    for number, page in enumerate(pages, start=1):
        assert DRAFT in page.text
        assert f"Page {number} of {len(pages)}" in flat(page.text)


# --- other spellings and languages -----------------------------------------------------------


def words_in(text: str, wanted: tuple[str, ...]) -> set[str]:
    return {one for one in wanted if re.search(rf"\b{one}", text, re.IGNORECASE)}


def test_spelling_follows_the_locale(edition: Edition) -> None:
    american, british = list(texts_of(edition, "en")), list(texts_of(edition, "en-GB"))
    assert words_in(" ".join(american), UK_ONLY) == set()
    assert words_in(" ".join(british), US_ONLY) == set()
    assert words_in(" ".join(british), UK_ONLY) >= {"necrotising", "diarrhoea"}
    assert "Necrotising" in british  # a capital stays a capital


def texts_of(edition: Edition, lang: str) -> Iterator[str]:
    shown = view(edition, lang)
    yield from (shown.title.text, shown.subtitle.text)
    yield from (line.text for line in shown.main)
    for block in shown.blocks:
        yield block.heading.text
        yield from (line.text for run in block.runs for line in run)
    yield from (line.text for pair in shown.terms for line in pair)


def test_spanish_says_on_every_page_that_nobody_has_reviewed_it(
    edition: Edition, leaflet: Leaflet, spanish: Translation
) -> None:
    assert (spanish.translator, spanish.reviewed_on) == (None, None)
    assert family.stale(leaflet, spanish) == []
    assert family.missing(leaflet, spanish) == []
    assert family.surplus(leaflet, spanish) == []
    for large in (False, True):
        content = leaflet_pdf(
            edition, FOLDERS, "es", "letter", large_print=large, translation=spanish
        )
        for page in pdf_pages(content):
            text = flat(page.text)
            assert DRAFT in text
            assert "BORRADOR" in text
            assert "TRANSLATION NOT REVIEWED" in text
            assert "TRADUCCIÓN SIN REVISAR" in text
            assert spanish.fingerprint in text
    document = Document(io.BytesIO(leaflet_docx(edition, FOLDERS, "es", "letter",
                                                translation=spanish)))  # fmt: skip
    assert "TRADUCCIÓN SIN REVISAR" in document.sections[0].header._element.xml
    assert document.core_properties.language == "es"


def test_spanish_has_no_doses_and_takes_its_figures_from_the_facts(
    edition: Edition, spanish: Translation
) -> None:
    text = text_of(leaflet_pdf(edition, FOLDERS, "es", "letter", translation=spanish))
    assert "desde la edad de 6 meses" in text
    assert not re.search(r"[0-9]\s?(?:mg|mcg|kg|mL|dosis|veces|horas|días)\b", text)


def test_a_changed_english_text_makes_its_translation_stale(
    edition: Edition, leaflet: Leaflet, spanish: Translation
) -> None:
    newer = changed(leaflet, "test-blood", text="Blood tests, more than once.")
    assert family.stale(newer, spanish) == ["test-blood"]
    page = leaflet_pdf(with_leaflet(edition, newer), FOLDERS, "es", "letter", translation=spanish)
    text = text_of(page)
    assert "NO ESTÁ AL DÍA, EL TEXTO EN INGLÉS HA CAMBIADO" in text
    assert "NOT UP TO DATE, THE ENGLISH HAS CHANGED" in text
    assert "Análisis de sangre. Blood tests, more than once." in text


def test_a_text_that_is_not_translated_stands_in_english_and_says_so(
    edition: Edition, leaflet: Leaflet, spanish: Translation
) -> None:
    kept = tuple(one for one in spanish.texts if one.id not in ("test-blood", "word-page"))
    shorter = edited(spanish, texts=kept)
    assert family.missing(leaflet, shorter) == ["test-blood", "word-page"]
    text = text_of(leaflet_pdf(edition, FOLDERS, "es", "letter", translation=shorter))
    assert "[SIN TRADUCIR / NOT YET TRANSLATED] Blood tests." in text
    assert "Page 1 de" in text


def test_the_mark_goes_only_when_these_very_texts_were_reviewed(
    edition: Edition, leaflet: Leaflet, spanish: Translation
) -> None:
    done = edited(
        spanish,
        translator="A. Name, certified translator",
        reviewed_on=date(2026, 12, 1),
        reviewed_texts=spanish.fingerprint,
    )
    assert done.reviewed
    assert not any("NOT REVIEWED" in mark for mark in view(edition, "es", done).marks)
    first = edited(done.texts[0], text="Otro título")
    touched = edited(done, texts=(first, *done.texts[1:]))
    assert any("NOT REVIEWED" in mark for mark in view(edition, "es", touched).marks)
    newer = with_leaflet(edition, changed(leaflet, "test-blood", text="Blood tests, daily."))
    assert any("NOT REVIEWED" in mark for mark in view(newer, "es", done).marks)


def test_an_unknown_language_and_a_missing_leaflet_are_named(edition: Edition) -> None:
    with pytest.raises(ContentError, match=r"no leaflet in 'fr'.*Known here: en, en-GB, es"):
        translation_into(Locator(), edition, "fr")
    for lang in ("en", "en-GB"):
        assert translation_into(Locator(), edition, lang) is None
    without = with_leaflet(edition, None)
    for asked in (partial(translation_into, Locator(), without, "en"),
                  partial(leaflet_pdf, without, FOLDERS, "en", "letter")):  # fmt: skip
        with pytest.raises(ContentError, match="no leaflet in this order set"):
            asked()


def test_faults_of_the_leaflet_are_named(leaflet: Leaflet) -> None:
    section = {"id": "x", "title": "Treatment", "paragraphs": []}
    (fault,) = build(family.LeafletSection, section)  # type: ignore[misc]
    assert "is not a question" in fault.what
    (fault,) = build(family.Cite, {"reference": "a page"})  # type: ignore[misc]
    assert "needs its grade" in fault.what
    (fault,) = build(family.Cite, {})  # type: ignore[misc]
    assert "cite either" in fault.what
    (fault,) = build(family.Cite, {"source": "factsheet"})  # type: ignore[misc]
    assert "cited by its lines" in fault.what
