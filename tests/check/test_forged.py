# ruff: noqa: E501 (one forgery a line)
"""Pages that were changed after printing while their check code was left, and true ones that look
unlike: `verify` names every change and never calls a true sheet false."""

from __future__ import annotations

import ctypes
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from click.testing import CliRunner

from anedocs.check.verify import handed_in, page_diff, sheet_code, sheet_given
from anedocs.cli import verifying
from anedocs.cli.app import cli
from anedocs.documents.order_sheet.page import DENSITIES, SheetRequest, layout, order_sheet
from anedocs.documents.order_sheet.page import html as sheet_html
from anedocs.dosing import patient as weigh
from anedocs.dosing.fill import fill
from anedocs.edition.edition import Edition
from anedocs.edition.load import load
from anedocs.edition.locate import Locator
from anedocs.render import pdf
from anedocs.schema.records import Patient
from support.ane import REVISION
from support.homes import Home

pytestmark = pytest.mark.usefixtures("read_once")

TODAY = date(2026, 11, 21)


@pytest.fixture(autouse=True)
def laid_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same page is laid out once for all tests: each is made anew for every forgery of it."""

    def lay_out(folders: object, page: str, sheets: tuple[str, ...], paper: str,
                pages: int | None) -> bytes:  # fmt: skip
        key = (str(folders), page, paper, pages)
        if key not in LAID_OUT:
            LAID_OUT[key] = LAY_OUT(folders, page, sheets, paper, pages=pages)  # type: ignore[arg-type]
        return LAID_OUT[key]

    monkeypatch.setattr(pdf, "pdf", lay_out)


LAID_OUT: dict[tuple[object, ...], bytes] = {}
LAY_OUT = pdf.pdf
PRINTED = datetime.fromisoformat("2026-11-21T20:47")
LOCATOR = Locator()
FOLDERS = LOCATOR.folders("templates")
JANE = Patient(name="Jane O’Neil-Marín", mrn="MRN-0012", date_of_birth=date(2021, 3, 4))


@cache
def edition() -> Edition:
    return load(LOCATOR, "ane", TODAY)


def request(weight: str | None = "18.4", age: str | None = None, **given: object) -> SheetRequest:
    years = weigh.age(age) if age else None
    filled = fill(edition(), Decimal(weight), years) if weight else None
    return SheetRequest(edition(), PRINTED, filled, years, **given)  # type: ignore[arg-type]


@cache
def true_html(weight: str = "18.4") -> str:
    return sheet_html(request(weight), FOLDERS, density=DENSITIES[0], paper="letter")


def laid_out(html: str) -> bytes:
    return pdf.pdf(FOLDERS, html, ("page.css", "order_sheet.css"), "letter", pages=None)


@cache
def true_sheet() -> bytes:
    return order_sheet(request(), FOLDERS, "letter")


def told(content: bytes, locator: Locator = LOCATOR, today: date = TODAY) -> tuple[str, int]:
    """The answer for a PDF, read in this process."""
    return verifying._answers(locator, handed_in.pages_of(content), today)


def forged(*changes: tuple[str, str], weight: str = "18.4") -> tuple[str, int]:
    """The answer for the sheet with some of its words changed."""
    html = true_html(weight)
    for old, new in changes:
        html = changed(html, old, new)
    return told(laid_out(html))


def changed(html: str, old: str, new: str) -> str:
    """The page with a text replaced, whichever of its spaces a line may not end at."""
    pattern = re.sub(r"(?:\\?[ \u00a0])+", "[ \u00a0]+", re.escape(old))
    found, count = re.subn(pattern, lambda _: new, html)
    assert count, old
    return found


def part(start: str, end: str, weight: str = "18.4") -> str:
    """The piece of the page from one text to another."""
    found = re.search(rf"{re.escape(start)}.*?{re.escape(end)}", true_html(weight), re.DOTALL)
    assert found, start
    return found.group()


DOSE = "<b>552 mg</b>"
TB = "Tuberculosis test"


@pytest.mark.long
def test_the_page_that_the_forgeries_begin_with_is_true() -> None:
    for weight in ("18.4", "29.9"):
        assert told(laid_out(true_html(weight)))[1] == 0


FORGERIES: dict[str, tuple[Callable[[], list[tuple[str, str]]], str]] = {
    "ten times the dose": (lambda: [(DOSE, "<b>5,520 mg</b>")], "'5,520 mg' where this edition says '552 mg'"),
    "half of it": (lambda: [(DOSE, "<b>276 mg</b>")], "'276 mg' where this edition says '552 mg'"),
    "another route": (lambda: [(">route NOT SET", ">route intrathecal")], "'intrathecal' where this edition says 'NOT SET'"),
    "another frequency": (lambda: [("daily for 5 days", "hourly for 5 days")], "'hourly' where this edition says 'daily'"),
    "grams for milligrams": (lambda: [(DOSE, "<b>552 g</b>")], "'g' where this edition says 'mg'"),
    "micrograms": (lambda: [(DOSE, "<b>552 mcg</b>")], "'mcg' where this edition says 'mg'"),
    "no mark": (lambda: [(part('<p class="mark">', "</p>"), "")], "leaves out 'DRAFT, NOT FOR CLINICAL USE'"),
    "approved": (lambda: [("DRAFT, NOT\u00a0FOR CLINICAL USE", "approved")], "'approved' where this edition says 'DRAFT,"),
    "a blank filled in": (lambda: [("dose NOT SET", "dose 60 mg")], "'60 mg' where this edition says 'NOT SET'"),
    "a drug left out": (lambda: [(part('<div class="drug">\n<p class="under"><span class="pair out">', "</div>"), "")], "oseltamivir STAT preferred dose"),
    "a drug put in": (lambda: [("<h2>Signatures", "<p>☐ <b>vecuronium</b> 5 mg</p><h2>Signatures")], "adds '☐ vecuronium 5 mg'"),
    "no test": (lambda: [(part(f"☐ {TB}", "</p>"), "</p>")], f"{TB}"),
    "the weight in the head": (lambda: [('<p class="weight">18.4', '<p class="weight">81.4')], "'81.4 kg' where this edition says '18.4 kg'"),
    "the basis": (lambda: [("30 mg/kg ×", "30 mcg/kg ×")], "'mcg/kg' where this edition says 'mg/kg'"),
    "a word left out": (lambda: [("only if no contraindication", "only if contraindication")], "leaves out 'no'"),
    "the read-back": (lambda: [("five-five-two", "five-five-two-zero")], "five-five-two-zero"),
    "the revision": (lambda: [(f"revision {REVISION}", "revision 2026.1.9")], f"'2026.1.9 ·' where this edition says '{REVISION} ·'"),
    "the review date": (lambda: [("review NOT SET", "review 2030-01-01")], "'2030-01-01 ·' where this edition says 'NOT SET'"),
    "two doses exchanged": (lambda: [(DOSE, "<b>@</b>"), ("<b>220.8 mg</b>", DOSE), ("<b>@</b>", "<b>220.8 mg</b>")], "'220.8 mg'"),
    "in white": (lambda: [(DOSE, f'{DOSE}<i style="color:#fff">x10</i>')], "x10"),
    "too small to see": (lambda: [(DOSE, f'{DOSE}<i style="font-size:0.5pt">x10</i>')], "x10"),
    "the dose in white": (lambda: [(DOSE, '<b style="color:#fff">552 mg</b>')], "'552 mg' is covered, hidden or drawn over"),
    "initials that are none": (lambda: [("Weighed at <span", "Weighed at <b>noon</b></p><p><b>Weight outside usual range, confirmed by nobody at all</b></p><p><span")], "confirmed by nobody"),
}  # fmt: skip


#: Forgeries that are tried together on one page, far enough apart to be named each by itself.
TOGETHER = (
    ("ten times the dose", "another frequency", "a blank filled in", "the weight in the head",
     "a word left out", "the revision", "no test"),
    ("half of it", "another route", "no mark", "the read-back", "a drug put in"),
    ("grams for milligrams", "approved"),
    ("micrograms", "a drug left out", "the review date"),
    ("the basis",), ("too small to see",),
    ("two doses exchanged",), ("in white",), ("the dose in white",),
    ("initials that are none",),
)  # fmt: skip


def some_long(cases: Iterable[object], short: set[object]) -> list[object]:
    """The cases with all but a few marked as long; each takes seconds."""
    return [one if one in short else pytest.param(one, marks=pytest.mark.long) for one in cases]


@pytest.mark.parametrize("names", some_long(TOGETHER, {*TOGETHER[:2]}), ids=lambda names: names[0])
def test_a_changed_page_is_named(names: tuple[str, ...]) -> None:
    changes = [change for name in names for change in FORGERIES[name][0]()]
    answer, code = forged(*changes)
    assert answer.splitlines()[0] == sheet_code.BROKEN, answer
    assert code == 1
    for name in names:
        assert FORGERIES[name][1] in answer, (name, answer)


def test_every_forgery_is_tried() -> None:
    assert {name for names in TOGETHER for name in names} == FORGERIES.keys()


@pytest.mark.long
def test_rows_that_change_places_and_notes_that_go_are_named() -> None:
    first = part('<div class="drug">\n<p class="row">', "</div>", "29.9")
    drugs = re.findall(
        r'<div class="drug">\n<p class="row">.*?</div>', true_html("29.9"), re.DOTALL
    )
    assert first == drugs[0]
    answer, code = forged((drugs[0], "@"), (drugs[1], drugs[0]), ("@", drugs[1]), weight="29.9")
    assert (answer.splitlines()[0], code) == (sheet_code.BROKEN, 1)
    answer, code = forged((part('<div class="edges">', "</div>", "29.9"), ""), weight="29.9")
    assert (answer.splitlines()[0], code) == (sheet_code.BROKEN, 1)
    assert "leaves out 'WEIGH AGAIN, SECOND PERSON:" in answer


# --- what is laid over a page ------------------------------------------------------------------


def where(page: object, words: str) -> tuple[float, float, float, float]:
    """The box of some words on a page."""
    text = page.get_textpage()  # type: ignore[attr-defined]
    place, count = text.search(words, match_case=True).get_next()
    boxes = [text.get_charbox(one) for one in range(place, place + count)]
    return (min(one[0] for one in boxes), min(one[1] for one in boxes),
            max(one[2] for one in boxes), max(one[3] for one in boxes))  # fmt: skip


def laid_over(kind: str, words: str) -> bytes:
    """The true sheet with a white box, a picture or a note laid over some words."""
    document = pypdfium2.PdfDocument(true_sheet())
    page = document[0]
    left, bottom, right, top = where(page, words)
    if kind == "box":
        box = pdfium.FPDFPageObj_CreateNewRect(left, bottom, right - left, top - bottom)
        pdfium.FPDFPageObj_SetFillColor(box, 255, 255, 255, 255)
        pdfium.FPDFPath_SetDrawMode(box, pdfium.FPDF_FILLMODE_ALTERNATE, 0)
        pdfium.FPDFPage_InsertObject(page, box)
        page.gen_content()
    elif kind == "picture":
        image = pypdfium2.PdfImage.new(document)
        image.set_bitmap(pypdfium2.PdfBitmap.new_native(20, 10, pdfium.FPDFBitmap_BGR))
        image.set_matrix(pypdfium2.PdfMatrix(right - left, 0, 0, top - bottom, left, bottom))
        page.insert_obj(image)
        page.gen_content()
    else:
        note = pdfium.FPDFPage_CreateAnnot(page, pdfium.FPDF_ANNOT_HIGHLIGHT)
        pdfium.FPDFAnnot_SetColor(note, pdfium.FPDFANNOT_COLORTYPE_Color, 0, 0, 0, 255)
        pdfium.FPDFAnnot_SetRect(note, pdfium.FS_RECTF(left, top, right, bottom))
        quads = pdfium.FS_QUADPOINTSF(left, top, right, top, left, bottom, right, bottom)
        pdfium.FPDFAnnot_AppendAttachmentPoints(note, ctypes.byref(quads))
        pdfium.FPDFPage_CloseAnnot(note)
    return saved(document)


def saved(document: pypdfium2.PdfDocument) -> bytes:
    import io

    out = io.BytesIO()
    document.save(out)
    document.close()
    return out.getvalue()


@pytest.mark.long
@pytest.mark.parametrize(
    ("kind", "words"),
    [("box", "552 mg"), ("picture", "NOT FOR CLINICAL USE"), ("note", "daily for 5 days")],
)
def test_what_lies_over_words_is_named(kind: str, words: str) -> None:
    answer, code = told(laid_over(kind, words))
    assert (answer.splitlines()[0], code) == (sheet_code.BROKEN, 1)
    assert "is covered, hidden or drawn over" in answer
    assert words.split()[0] in answer


def drawn_on(place: tuple[float, ...], *, width: float = 0.5, rise: float = 0) -> bytes:
    """The true sheet with a line drawn from left to right through the middle of a place."""
    document = pypdfium2.PdfDocument(true_sheet())
    page, middle = document[0], (place[1] + place[3]) / 2
    line = pdfium.FPDFPageObj_CreateNewPath(place[0], middle - rise)
    pdfium.FPDFPath_LineTo(line, place[2], middle + rise)
    pdfium.FPDFPageObj_SetStrokeColor(line, 0, 0, 0, 255)
    pdfium.FPDFPageObj_SetStrokeWidth(line, width)
    pdfium.FPDFPath_SetDrawMode(line, pdfium.FPDF_FILLMODE_NONE, 1)
    pdfium.FPDFPage_InsertObject(page, line)
    page.gen_content()
    return saved(document)


@pytest.mark.parametrize(
    "line",
    some_long(
        [("552 mg", 0.5, 0), ("552 mg", 0.25, 0), ("552 mg", 0.5, 3), ("220.8 mg", 1, 0),
         ("NOT FOR CLINICAL USE", 0.5, 0)],
        {("552 mg", 0.5, 0)},
    ),
)  # fmt: skip
def test_a_thin_line_through_a_figure_or_the_mark_is_named(
    line: tuple[str, float, float],
) -> None:
    words, width, rise = line
    place = where(pypdfium2.PdfDocument(true_sheet())[0], words)
    answer, code = told(drawn_on(place, width=width, rise=rise))
    assert (answer.splitlines()[0], code) == (sheet_code.BROKEN, 1)
    assert f"'{words.split()[0]}" in answer
    assert "is struck through" in answer


@pytest.mark.parametrize(
    "line",
    some_long(
        [("daily for", "over 'daily for'"), ("Prescriber, pager", "over 'Prescriber, pager'"),
         ("", "drawn on this page")],
        {("", "drawn on this page")},
    ),
)  # fmt: skip
def test_other_lines_are_told_and_no_fault(line: tuple[str, str]) -> None:
    """A signature that a program has drawn into the page is a line too."""
    words, says = line
    page = pypdfium2.PdfDocument(true_sheet())[0]
    left, bottom, right, top = where(page, words or "Prescriber, pager")
    away = 0 if words else 100
    answer, code = told(drawn_on((left + away, bottom, right + away, top)))
    assert (answer.splitlines()[0], code) == (sheet_code.CURRENT, 0), answer
    assert f"lines were {'drawn ' if words else ''}{says}; like handwriting" in answer


def test_a_decimal_point_that_is_drawn_is_named() -> None:
    """As a square of a third of a millimetre, and no text: 552 mg then reads 55.2 mg."""
    document = pypdfium2.PdfDocument(true_sheet())
    page = document[0]
    text = page.get_textpage()
    place, _ = text.search("552 mg", match_case=True).get_next()
    five, two = text.get_charbox(place + 1), text.get_charbox(place + 2)
    left = (five[2] + two[0]) / 2 - 0.5
    point = pdfium.FPDFPageObj_CreateNewRect(left, five[1], 1, 1)
    pdfium.FPDFPageObj_SetFillColor(point, 0, 0, 0, 255)
    pdfium.FPDFPath_SetDrawMode(point, pdfium.FPDF_FILLMODE_ALTERNATE, 0)
    pdfium.FPDFPage_InsertObject(page, point)
    page.gen_content()
    answer, code = told(saved(document))
    assert (answer.splitlines()[0], code) == (sheet_code.BROKEN, 1), answer
    assert "'552' is struck through, or a line is drawn over it" in answer


def test_a_text_outside_the_paper_is_named() -> None:
    document = pypdfium2.PdfDocument(true_sheet())
    page = document[0]
    font = pdfium.FPDFText_LoadStandardFont(document, b"Helvetica")
    for words, x, y in (("tocilizumab 900 mg", 700, 400), ("stat", 100, -50)):
        text = pdfium.FPDFPageObj_CreateTextObj(document, font, 10)
        wide = (words + "\0").encode("utf-16-le")
        pdfium.FPDFText_SetText(text, ctypes.cast(wide, ctypes.POINTER(pdfium.FPDF_WCHAR)))
        pdfium.FPDFPageObj_Transform(text, 1, 0, 0, 1, x, y)
        pdfium.FPDFPage_InsertObject(page, text)
    page.gen_content()
    answer, code = told(saved(document))
    assert (answer.splitlines()[0], code) == (sheet_code.BROKEN, 1)
    assert "adds 'tocilizumab 900 mg" in answer
    assert "stat" in answer


@pytest.mark.long
def test_a_word_that_is_moved_and_white_is_named() -> None:
    white = '<b style="color:#fff;position:relative;left:3pt">552 mg</b>'
    answer, code = forged((DOSE, white))
    assert (answer.splitlines()[0], code) == (sheet_code.BROKEN, 1)
    assert "'552 mg' is covered, hidden" in answer


def test_a_page_is_never_quoted_whole() -> None:
    """Neither in one line nor in a hundred, however much of it is changed."""
    document = pypdfium2.PdfDocument(true_sheet())
    page = document[0]
    box = pdfium.FPDFPageObj_CreateNewRect(0, 0, *page.get_size())
    pdfium.FPDFPageObj_SetFillColor(box, 255, 255, 255, 255)
    pdfium.FPDFPath_SetDrawMode(box, pdfium.FPDF_FILLMODE_ALTERNATE, 0)
    pdfium.FPDFPage_InsertObject(page, box)
    page.gen_content()
    spoilt = re.sub(
        r"(>[^<>{]*?)([a-z]{5,})(?=[^<>]*<)", r"\1\2x", true_html().split("<body", 1)[1]
    )
    html = true_html().split("<body", 1)[0] + "<body" + spoilt
    for content in (saved(document), laid_out(html)):
        answer, code = told(content)
        assert (answer.splitlines()[0], code) == (sheet_code.BROKEN, 1)
        assert max(map(len, answer.splitlines())) < 330  # two quotations of 120 and what is said
        assert len(answer.splitlines()) <= sheet_code.MOST_DIFFERENCES + 3
    assert re.search(r"and [0-9]+ more differences", answer)


def test_a_second_page_with_a_dose_is_no_part_of_the_sheet() -> None:
    document = pypdfium2.PdfDocument(true_sheet())
    more = laid_out("<html lang=en><title>x</title><p>tocilizumab 900 mg now</p></html>")
    document.import_pages(pypdfium2.PdfDocument(more))
    answer, code = told(saved(document))
    assert code == 1
    lines = answer.splitlines()
    assert lines[1] == sheet_code.CURRENT
    assert "page 2" in lines
    assert "tocilizumab" in answer
    assert "no part of the sheet" in answer


def test_the_code_of_a_sheet_on_another_document_is_told() -> None:
    code = handed_in.pages_of(true_sheet()).pages[0].printed[0]
    letter = f"<html lang=en><title>x</title><p>Give tocilizumab 900 mg.</p><p>{code}</p></html>"
    answer, exit_code = told(laid_out(letter))
    assert (answer.splitlines()[0], exit_code) == (sheet_code.BROKEN, 1)
    assert "is none" in answer


def test_a_page_with_two_codes_is_not_confirmed() -> None:
    """Why: a true code from another sheet must not vouch for a dose that was changed."""
    other = handed_in.pages_of(order_sheet(request("12"), FOLDERS, "letter")).pages[0].printed[0]
    code = handed_in.pages_of(true_sheet()).pages[0].printed[0]
    answer, exit_code = forged((DOSE, "<b>5,520 mg</b>"), (code, f"{code} {other}"))
    assert exit_code in (1, 2)
    assert sheet_code.CURRENT not in answer.splitlines()
    assert "several check codes" in answer


def test_a_sheet_of_another_release_is_neither_called_false_nor_current() -> None:
    """Why: its words may rightly be others; whether somebody changed them cannot be told."""
    mine = layout(FOLDERS)
    theirs = "anedocs 0.1.9, layout 0123456789ab"
    answer, code = forged((mine, theirs), ("Weigh", "Please weigh"))
    assert (answer.splitlines()[0], code) == (sheet_code.UNREADABLE, 2)
    assert theirs in answer
    assert mine in answer
    assert "of the code by itself: CURRENT" in answer
    assert "Please" in answer
    same_words, code = forged((mine, theirs))
    assert (same_words.splitlines()[0], code) == (sheet_code.CURRENT, 0)


# --- true sheets -------------------------------------------------------------------------------

ALLERGIES = "Penicillin: rash (2023); MRN 5; Age 4, Sex unknown; no kg, Weighed at home"
TRUE: dict[str, SheetRequest] = {
    "plain": request(),
    "everything given": request(
        age="5y", sex="female", weight_source="measured", weighed_at="2026-11-21 19:00",
        allergies=ALLERGIES, patient=JANE,
    ),
    "confirmed": request("12", "4y", confirmed_by="AB"),
    "some given": request(patient=Patient(name="Li"), weighed_at="2026-11-21 20:00", confirmed_by="XY"),
    "near an edge": request("29.9", "8y"),
    "in months": request("9.5", "14mo"),
    "in years and months": request(age="5y3m", confirmed_by="AB"),
    "a weight without an age": request(weighed_at="2026-11-21 08:00"),
    "weighed long ago": request(
        weighed_at="2026-11-19", weighed_long_ago=True, confirmed_by="AB",
        allergies="Weighed at home; Weight not checked for age",
    ),
    "weighed long ago, with an age": request(
        age="4y", weighed_at="2026-11-12 08:00", weighed_long_ago=True, patient=JANE,
    ),
    "weighed a day and some seconds ago": request(
        age="4y", weighed_at="2026-11-20 20:47", weighed_long_ago=True,
    ),
    "weighed a day ago": request(age="4y", weighed_at="2026-11-20 20:47"),
    "long": request(allergies="Many things that cannot be told in a few words. " * 18, patient=JANE),
    "blank": request(None),
    "blank with a name": request(None, patient=JANE),
    "blank with much": request(
        None, age="5y3m", sex="male", weighed_at="2026-11-01 08:00", weighed_long_ago=True,
        allergies="none known",
    ),
    "blank for downtime": SheetRequest(edition(), None),
    "another hospital": SheetRequest(
        edition()._replace(site=type(edition().site)(hospital_name="Hilltop", form_number="F-1")),
        PRINTED, fill(edition(), Decimal("18.4"), None),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", some_long(TRUE, {"everything given", "weighed long ago"}))
def test_a_true_sheet_is_never_called_false(name: str) -> None:
    paper = ("letter", "a4")[list(TRUE).index(name) % 2]
    answer, code = told(order_sheet(TRUE[name], FOLDERS, paper))
    assert (answer.splitlines()[0], code) == (sheet_code.CURRENT, 0), answer
    assert "the whole page was compared" in answer
    assert ("not the one of this copy" in answer) == (name == "another hospital")
    assert "Jane" not in answer


@pytest.mark.long
def test_a_remark_beside_the_weight_cannot_be_taken_off_or_put_on() -> None:
    old, unchecked = "Weighed more than 1 day before this sheet", "Weight not checked for age"
    long_ago = request(weighed_at="2026-11-19 08:00", weighed_long_ago=True)
    fresh = request(age="4y", weighed_at="2026-11-21 08:00")
    remark = "<p><b>{}</b></p>"
    for asked, was, now, says in (
        (long_ago, remark.format(old), "", f"leaves out '{old}'"),
        (long_ago, remark.format(unchecked), "", f"leaves out '{unchecked}'"),
        (long_ago, unchecked, "Weight checked for age", "leaves out 'not'"),
        (long_ago, "2026-11-19 08:00", "noon", "adds 'noon'"),
        (fresh, "2026-11-21 08:00", "2026-11-19 08:00", f"leaves out '{old}'"),
    ):
        page = sheet_html(asked, FOLDERS, density=DENSITIES[0], paper="letter")
        html = changed(page, was, now)
        answer, code = told(laid_out(html))
        assert (answer.splitlines()[0], code) == (sheet_code.BROKEN, 1), now
        assert says in answer, answer


#: What is typed for a sheet, and must come out of it true.
TYPED = (
    "--weight 18.4 --weighed-at 08:00 --age 5y3m --sex male --weight-source stated",
    "--weight 18.4 --weighed-at 2026-11-18 --allergies none",
    "--weight 18.4kg --weighed-at 2026-11-20T20:46 --confirm-weight AB",
    "--weight 26 --age 4y --confirm-weight AB --paper a4",
    "--weight 4.2 --age 6wk --weighed-at 2026-11-21T01:02",
    "--weight 4.2 --age 12d --confirm-weight xyz",
    "--weight 11 --age 24mo --weighed-at 2026-11-21T19:00:30+00:00",
    "--weight 15.05 --age 40mo",
    "--blank --age 5y --weighed-at 2026-11-18T10:00",
)


@pytest.mark.long
@pytest.mark.parametrize("typed", TYPED)
def test_what_the_command_prints_is_current(typed: str, tmp_path: Path) -> None:
    path, at = tmp_path / "sheet.pdf", ["--at", "2026-11-21T20:47:30"]
    done = CliRunner().invoke(cli, ["sheet", *typed.split(), *at, "-o", str(path)])
    assert done.exit_code == 0, done.stdout
    answer, code = told(path.read_bytes())
    assert (answer.splitlines()[0], code) == (sheet_code.CURRENT, 0), answer


def test_what_was_given_is_read_back_whole() -> None:
    asked = TRUE["everything given"]
    page = handed_in.pages_of(order_sheet(asked, FOLDERS, "letter")).pages[0]
    found = sheet_given.given_on(page.words, replace(asked, patient=Patient(), age=None), FOLDERS)
    for name in ("sex", "weight_source", "weighed_at", "allergies", "patient", "printed"):
        assert getattr(found, name) == getattr(asked, name), name
    assert found.age is not None
    assert found.age.quantity == asked.age.quantity  # type: ignore[union-attr]


SAVERS = {
    "gs": ["gs", "-q", "-sDEVICE=pdfwrite", "-o", "OUT", "IN"],
    "gs on A4": ["gs", "-q", "-sDEVICE=pdfwrite", "-sPAPERSIZE=a4", "-dFIXEDMEDIA",
                 "-dPDFFitPage", "-o", "OUT", "IN"],
    "pdftocairo": ["pdftocairo", "-pdf", "IN", "OUT"],
    "pdfunite": ["pdfunite", "IN", "output/ane-leaflet-en.pdf", "OUT"],
}  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("name", SAVERS)
def test_a_true_sheet_saved_by_another_program_is_true(name: str, tmp_path: Path) -> None:
    if shutil.which(SAVERS[name][0]) is None:
        pytest.skip(f"NOT PROVEN HERE: {SAVERS[name][0]} is not installed")
    before, after = tmp_path / "in.pdf", tmp_path / "out.pdf"
    before.write_bytes(order_sheet(TRUE["everything given"], FOLDERS, "letter"))
    top = Path(__file__).parents[2]
    words = [{"IN": str(before), "OUT": str(after)}.get(word, word) for word in SAVERS[name]]
    subprocess.run(words, check=True, cwd=top, capture_output=True)
    answer, code = told(after.read_bytes())
    assert code == 0, answer
    assert "the whole page was compared" in answer


def test_a_true_sheet_is_true_smaller_aside_in_another_order_and_turned() -> None:
    document = pypdfium2.PdfDocument(true_sheet())
    page = document[0]
    page.set_rotation(90)
    assert told(saved(document))[1] == 0
    glyphs = handed_in.pages_of(true_sheet()).pages[0]
    assert glyphs.placed is not None
    lines: dict[float, list[int]] = {}
    for number, glyph in enumerate(glyphs.placed.glyphs):
        lines.setdefault(round(glyph.y), []).append(number)
    held = glyphs.placed.glyphs
    turned = [replace(held[n], begins=n == line[0] or held[n].begins)
              for y in sorted(lines) for line in [lines[y]] for n in line]  # fmt: skip
    other = replace(glyphs.placed, glyphs=tuple(turned))
    left = page_diff.rest(glyphs.placed, other, page_diff.Fit())
    assert (left.made, left.found) == ([], [])


@pytest.mark.long
def test_a_true_sheet_whose_page_has_other_edges_is_true() -> None:
    """The place of a page's corner is a number in the file, and edges may lie beyond the paper."""
    for both in (True, False):
        document = pypdfium2.PdfDocument(true_sheet())
        wide, high = document[0].get_size()
        if both:
            document[0].set_mediabox(-10, -20, wide, high)
        document[0].set_cropbox(-10, -20, wide, high)
        answer, code = told(saved(document))
        assert (answer.splitlines()[0], code) == (sheet_code.CURRENT, 0), answer


@pytest.mark.long
def test_a_line_that_breaks_elsewhere_is_no_difference() -> None:
    """As where another release of the program printed the sheet."""
    wide = '<span style="padding-left:9pt">findings</span> on MRI'
    html = changed(true_html(), "findings on MRI", wide)
    answer, code = told(laid_out(html))
    assert code == 0, answer


def test_a_scan_with_a_text_behind_it_is_checked_by_its_code(tmp_path: Path) -> None:
    document = pypdfium2.PdfDocument(true_sheet())
    page = document[0]
    drawn = page.render(scale=200 / 72, grayscale=True)
    image = pypdfium2.PdfImage.new(document)
    image.set_bitmap(drawn)
    image.set_matrix(pypdfium2.PdfMatrix(*page.get_size()[:1], 0, 0, page.get_size()[1], 0, 0))
    page.insert_obj(image)
    page.gen_content()
    answer, code = told(saved(document))
    assert code == 0, answer
    assert "the code alone was checked" in answer
    assert "methylPREDNISolone 552 mg" in answer


@pytest.mark.long
def test_two_sheets_in_one_file_are_answered_each_by_itself() -> None:
    document = pypdfium2.PdfDocument(true_sheet())
    html = changed(true_html("29.9"), "daily for 5 days", "hourly for 5 days")
    document.import_pages(pypdfium2.PdfDocument(laid_out(html)))
    answer, code = told(saved(document))
    lines = answer.splitlines()
    assert code == 1
    assert lines[0].startswith(f"page 1, ane {REVISION}, 18.4 kg")
    assert lines[1] == sheet_code.CURRENT
    second = lines.index(f"page 2, ane {REVISION}, 29.9 kg")
    assert lines[second + 1] == sheet_code.BROKEN


# --- the mark of the day -----------------------------------------------------------------------


def sheet_of(home: Home, day: str, printed: str) -> bytes:
    now = home.load(day)
    asked = SheetRequest(now, datetime.fromisoformat(printed), fill(now, Decimal("18.4"), None))
    return order_sheet(asked, home.locator.folders("templates"), "letter")


@pytest.mark.long
def test_the_mark_is_that_of_the_day_of_printing_or_a_stricter_one(home: Home) -> None:
    home.complete()
    draft = sheet_of(home, "2026-03-01", "2026-03-01T10:00")
    home.sign()
    approved = sheet_of(home, "2026-03-01", "2026-03-01T10:00")
    overdue = sheet_of(home, "2027-03-01", "2027-03-01T10:00")
    late, early = date(2027, 3, 1), date(2026, 3, 2)
    for content, today in ((draft, early), (approved, early), (approved, late), (overdue, late)):
        answer, code = told(content, home.locator, today)
        assert code == 0, answer
        moved_on = content is draft or (content is approved and today == late)
        assert ("has become" in answer) == moved_on
    fresh = sheet_of(home, "2026-03-01", "2027-03-01T10:00")  # the mark of an overdue one taken off
    answer, code = told(fresh, home.locator, late)
    assert code == 1
    assert "leaves out 'PAST ITS REVIEW DATE" in answer


def test_a_sheet_of_another_edition_is_checked_by_its_code(home: Home) -> None:
    old = sheet_of(home, "2026-03-01", "2026-03-01T10:00")
    home.edit("\nrevision: 2026.2.0\n", "\nrevision: 2026.3.0\n")
    entry = "revisions:\n  - {revision: 2026.3.0, date: 2026-03-02, says: Made up}\n"
    home.edit("revisions:\n", entry)
    answer, code = told(old, home.locator, date(2026, 3, 3))
    assert (answer.splitlines()[0], code) == (sheet_code.UNCHANGED, 3), answer
    assert "the page was not compared: the words of that edition are not here" in answer


def test_a_forged_file_ends_with_1_on_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "forged.pdf"
    path.write_bytes(laid_out(changed(true_html(), DOSE, "<b>5,520 mg</b>")))
    done = CliRunner().invoke(cli, ["verify", str(path), "--at", "2026-11-21T21:00"])
    assert (done.exit_code, done.stdout.splitlines()[0]) == (1, sheet_code.BROKEN)
    assert "the page says '5,520 mg' where this edition says '552 mg'" in done.stdout
