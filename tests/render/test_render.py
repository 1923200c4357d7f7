"""Drawing and reading back: a fault on a page is refused when it is made, and seen when it is not.

The first part plants faults in the order sheet's templates. With the program's guards on, nothing
is printed; with the guards off, the judges of support/sheet_cases.py find the fault in the finished
PDF. That is what makes their silence in test_sheet.py worth something.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import jinja2
import pypdfium2
import pytest
import weasyprint
import zxingcpp
from click.testing import CliRunner

from anedocs.check.readers import pdf_file
from anedocs.cli import author
from anedocs.cli.app import cli
from anedocs.core.quantity import Quantity
from anedocs.documents.order_sheet import page as document
from anedocs.dosing import check_code
from anedocs.dosing.fill import fill
from anedocs.edition.load import load
from anedocs.edition.locate import Locator
from anedocs.render import codes, fonts, pdf
from anedocs.schema import ismp
from support.pdf_pages import (
    Sheet,
    drawn_wrong,
    outside,
    overlaps,
    squash,
    struck,
    unseen,
)
from support.sheet_cases import (
    BLANK,
    PLAIN,
    PRINTED,
    Case,
    dosed,
    edition,
    expected_of,
    faults_of_row,
    home,
    kind_of_small,
    made,
    people,
    planted,
    request,
    rows_of,
    sheet,
    small_runs,
    template,
    worded_wrong,
)

pytestmark = pytest.mark.pages

# --- faults planted in the sheet -----------------------------------------------------------------

Judge = Callable[[Sheet], list[str]]


def too_small(page: Sheet) -> list[str]:
    return [text for text, _, top in small_runs(page) if kind_of_small(text, top) is None]


def more_pages(page: Sheet) -> list[str]:
    return [f"page {place}" for place in range(2, len(page.pages) + 1)]


def coloured(page: Sheet) -> list[str]:
    drawing = b"\n".join(stream for _, stream in page.objects.values() if b"\nBT\n" in stream)
    return [one.decode() for one in re.findall(rb"([0-9. ]+) rg\n", drawing) if one != b"0 0 0"]


def rows_wrong(page: Sheet) -> list[str]:
    kg, lines = Fraction("18.4"), [(drug, rows_of(page, drug)[0]) for drug in dosed()]
    found = [fault for drug, line in lines for fault in faults_of_row(line, drug, kg)]
    return found + [one.message for _, line in lines for one in ismp.lint_dose_line(line)]


@dataclass(frozen=True)
class Plant:
    """A fault, who sees it in the finished page and in which words."""

    html: str
    judge: Judge
    seen_as: str
    refused_as: str = ""
    """With which words the program refuses it itself; empty where only a reader can know."""
    where: str = "</body>"


PLANTS = {
    "text on text": Plant(
        "<p style='position: absolute; top: 160pt; left: 4pt; white-space: nowrap'>"
        + "covering words " * 6 + "</p>", overlaps, "covering", "on top of",
    ),
    "text over the right edge": Plant(
        "<p style='white-space: nowrap'>" + "rightmost words " * 30 + "</p>",
        outside, "rightmost", "over the edge",
    ),
    "text over the left edge": Plant(
        "<p style='margin-left: -40pt'>leftmost words</p>", outside, "leftmost", "over the edge",
    ),
    "text off the foot of the paper": Plant(
        "<p style='padding-top: 40pt'>lowest words</p>", outside, "lowest", "off the paper",
        where="</footer>",
    ),
    "a character that the font lacks": Plant(
        "<p>missing \u0378</p>", drawn_wrong, "\\u0378", "glyph"
    ),
    "text that is cut off": Plant(
        "<p style='overflow: hidden; height: 3pt; width: 20pt; white-space: nowrap'>"
        "clipped words</p>", unseen, "clipped", "does not fit its box",
    ),
    "white text": Plant("<p style='color: #fff'>invisible</p>", unseen, "invisible"),
    "coloured text": Plant("<p style='color: #c00'>red</p>", coloured, "0.8 0 0"),
    "a rule through text": Plant(
        "<p>crossed out<span style='display: block; margin-top: -7pt; height: 4pt; "
        "border-top: 1pt solid'></span></p>", struck, "crossed",
    ),
    "small order text": Plant(
        "<p style='font-size: 8pt'>aspirin dose 8 mg</p>", too_small, "aspirindose",
    ),
    "a trailing zero": Plant("<p>5.0 mg</p>", worded_wrong, "L01 5.0"),
    "the sign for less": Plant("<p>&lt;30 kg</p>", worded_wrong, "L06 <"),
    "a naked decimal": Plant("<p>.5 mg</p>", worded_wrong, "L02 .5"),
    # The last: what is planted after it would stand on that page.
    "a second page": Plant(
        "<p style='break-before: page'>later</p>", more_pages, "page 2", "2 pages",
    ),
}  # fmt: skip
#: What is taken out of or changed in the line of a dose.
SWAPS = {"{{ row.maximum }}": "the maximum", "{{ row.route }}": "the route"}


@contextmanager
def deaf() -> Iterator[list[str]]:
    """In the place of the guard that listens to WeasyPrint's warnings."""
    yield []


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Sheet:
    """The order sheet with all faults at once, made with the guards off."""
    page = template("order_sheet.html")
    for plant in PLANTS.values():
        assert plant.where in page
        head, _, tail = page.rpartition(plant.where)
        page = f"{head}{plant.html}{plant.where}{tail}"
    for words in SWAPS:
        assert words in page, f"the template no longer has {words}; plant the fault elsewhere"
        page = page.replace(words, "")
    css = template("order_sheet.css") + "\n@page { size: 612pt 1200pt }"  # room for them all
    templates = {"order_sheet.html": page, "order_sheet.css": css}
    own = home(tmp_path_factory.mktemp("faulty") / "home", templates=templates)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pdf, "_fits", lambda *promised: None)
        patch.setattr(pdf, "_warnings", deaf)
        return made(replace(PLAIN, home=own))


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_fault_is_seen_in_the_finished_page(name: str, faulty: Sheet) -> None:
    plant = PLANTS[name]
    assert plant.seen_as in "\n".join(plant.judge(faulty))
    assert plant.judge(sheet(PLAIN)) == []


@pytest.mark.parametrize("what", SWAPS.values())
def test_a_dose_line_that_lacks_a_part_is_seen(what: str, faulty: Sheet) -> None:
    assert what in "\n".join(rows_wrong(faulty))
    assert rows_wrong(sheet(PLAIN)) == []


@pytest.mark.parametrize("name", [name for name, plant in PLANTS.items() if plant.refused_as])
def test_a_planted_fault_of_the_layout_is_refused(name: str, folder: Path) -> None:
    plant = PLANTS[name]
    lines = "<p>a line of the page</p>" * 30
    css = (
        "@page { @bottom-left { content: element(footer) } } p { margin: 0 } "
        "footer { position: running(footer) }"
    )
    assert drawn(folder, f"{lines}<footer>foot</footer>", css).text.endswith("foot")
    end = plant.html if plant.where == "</body>" else ""
    body = f"<footer>foot{plant.html if not end else ''}</footer>{lines}{end}"
    with pytest.raises(pdf.LayoutError, match=plant.refused_as):
        drawn(folder, body, css)


def test_a_home_may_restyle_the_sheet_without_touching_its_words(tmp_path: Path) -> None:
    css = "\nh1 { letter-spacing: 0.2pt; } .signatures { margin-top: 1pt; }"
    page = made(replace(PLAIN, home=home(tmp_path / "home", templates=planted(css=css))))
    assert page.flat == sheet(PLAIN).flat
    assert page.pdf != sheet(PLAIN).pdf


# --- pages in general ----------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Templates of one plain page on Letter paper."""
    (tmp_path / "page.css").write_text(
        "@page { size: {{ paper }}; margin: 40pt } html { font-family: '{{ font }}' }"
    )
    return tmp_path


def drawn(folder: Path, body: str, css: str = "", pages: int | None = 1) -> Sheet:
    """A page with this body, laid out with all guards on."""
    (folder / "own.css").write_text(css)
    page = f"<html lang='en'><head><title>t</title></head><body>{body}</body></html>"
    return Sheet(pdf.pdf([folder], page, ("page.css", "own.css"), "letter", pages))


def test_a_plain_page_passes_all_judges(folder: Path) -> None:
    page = drawn(folder, "<h1>Title</h1><p>Some <i>words</i> <b>and <i>more</i></b> on a line.</p>")
    assert page.lines == ("Title", "Some words and more on a line.")
    assert page.pages[0].text == page.text == "Title\nSome words and more on a line."
    assert {face.name.partition("+")[2] for face in page.faces} == {
        "Source-Sans-Pro", "Source-Sans-Pro-Italic", "Source-Sans-Pro-Bold",
        "Source-Sans-Pro-Bold-Italic",
    }  # fmt: skip
    assert (
        drawn_wrong(page) == overlaps(page) == outside(page) == unseen(page) == struck(page) == []
    )


def test_as_many_pages_as_promised_or_any_number(folder: Path) -> None:
    body = "<p>one</p><p style='break-before: page'>two</p>"
    assert len(drawn(folder, body, pages=2).pages) == 2
    assert [page.text for page in drawn(folder, body, pages=None).pages] == ["one", "two"]
    with pytest.raises(pdf.LayoutError, match="needs 2 pages, not 1"):
        drawn(folder, body)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<p style='margin-left: -40pt'>word</p>", "page 1: 'word' runs over the edge"),
        (
            "<p style='width: 9pt; white-space: nowrap; margin-left: 550pt'>word</p>",
            "over the edge",
        ),
        ("<p style='position: absolute; top: -60pt'>word</p>", "page 1: 'word' runs off the paper"),
        ("<p style='position: absolute; top: 730pt'>word</p>", "off the paper"),
        (
            "<p>below</p><p style='margin-top: -20pt'>above</p>",
            "page 1: '.*' stands on top of '.*'",
        ),
        ("<p style='nonsense: 1'>word</p>", "nonsense"),
    ],
)
def test_what_paper_would_show_and_no_reader_is_refused(
    folder: Path, body: str, words: str
) -> None:
    with pytest.raises(pdf.LayoutError, match=words):
        drawn(folder, body)


CHART = (
    "<div style='overflow: hidden; width: {}pt'>"
    "<svg width='80' height='20'><text x='4' y='15'>answer</text></svg></div>"
)


def test_a_drawing_whose_text_is_cut_off_is_refused(folder: Path) -> None:
    drawn(folder, CHART.format(80))
    with pytest.raises(pdf.FullError, match="does not fit its box"):
        drawn(folder, CHART.format(20))


def test_what_stands_on_its_head_is_judged_alike(folder: Path) -> None:
    """As on the back of a card that is turned over its short edge."""
    turned = "<div style='transform: rotate(180deg); line-height: {}'>first<br>second</div>"
    drawn(folder, turned.format(1))
    with pytest.raises(pdf.FullError, match="on top of"):
        drawn(folder, turned.format(0.6))


def test_a_page_that_is_the_card_itself_may_be_printed_to_its_edge(folder: Path) -> None:
    page = "<html lang='en'><title>t</title><body style='margin: 0'>word</body></html>"
    (folder / "own.css").write_text("@page { margin: 2pt }")
    styles = ("page.css", "own.css")
    assert pdf.pdf([folder], page, styles, "letter", 1, reach=0)
    with pytest.raises(pdf.FullError, match="'word' runs over the edge"):
        pdf.pdf([folder], page, styles, "letter", 1)


def test_text_may_touch_but_not_cover(folder: Path) -> None:
    assert drawn(folder, "<p style='line-height: 1'>first<br>second</p>").lines == (
        "first", "second",
    )  # fmt: skip
    with pytest.raises(pdf.LayoutError, match="on top of"):
        drawn(folder, "<p style='line-height: 0.6'>first<br>second</p>")


@pytest.mark.parametrize(
    "body",
    [
        "<img alt='x' src='{}'>",
        "<link rel='stylesheet' href='{}'>",
        "<style>@import url('{}');</style>",
        "<style>@font-face {{ font-family: 'Mine'; src: url('{}') }}</style><p>x</p>",
        "<p style=\"background-image: url('{}')\">x</p>",
        "<ul style=\"list-style-image: url('{}')\"><li>x</li></ul>",
        "<p style=\"content: url('{}')\">x</p>",
        "<object data='{}'></object>",
        "<embed src='{}'>",
        "<svg width='9' height='9'><image href='{}' width='9' height='9'/></svg>",
        "<svg width='9' height='9'><use href='{}#a'/></svg>",
        "<link rel='attachment' href='{}'>",
        "<a rel='attachment' href='{}'>x</a>",
    ],
)
@pytest.mark.parametrize(
    "address",
    ["file:///etc/passwd", "http://127.0.0.1:9/x", "data:text/css,p%7B%7D"],
)
def test_a_page_may_load_nothing(folder: Path, body: str, address: str) -> None:
    """Refused, or left out where it is not even understood; loaded never."""
    try:
        page = drawn(folder, f"<p>word</p>{body.format(address)}")
    except pdf.LayoutError:
        return
    stored = b"".join(part for pair in page.objects.values() for part in pair)
    assert b"root:" not in stored
    assert b"/EmbeddedFile" not in stored
    assert "word" in page.text


@pytest.mark.parametrize(
    "fault",
    [
        "<img alt='x' src='file:///etc/passwd'>",
        "<link rel='stylesheet' href='http://127.0.0.1:9/x.css'>",
    ],
)
def test_the_refusal_names_the_address(folder: Path, fault: str) -> None:
    with pytest.raises(pdf.LayoutError, match=r"a page may not load '(?:file|http):"):
        drawn(folder, fault)


def test_a_style_sheet_of_a_home_may_load_nothing_either(folder: Path) -> None:
    font = next(iter(fonts.face_files().values())).with_name("SourceSansPro-Black.ttf")
    for css in (f"@font-face {{ font-family: X; src: url('{font.as_uri()}') }}",
                "body { background: url(file:///etc/passwd) }",
                "@import 'http://127.0.0.1:9/x.css';"):  # fmt: skip
        with pytest.raises(pdf.LayoutError, match=r"may not load|cannot be loaded|ignored"):
            drawn(folder, "<p style='font-family: X'>word</p>", css)


def test_what_is_logged_is_heard_only_while_a_page_is_made() -> None:
    logger = pdf.logging.getLogger("weasyprint")
    before = list(logger.handlers)
    with pdf._warnings() as heard:
        logger.warning("one")
        logger.info("two")
    logger.warning("three")
    assert heard == ["one"]
    assert logger.handlers == before


def filled(folder: Path, text: str, **values: Any) -> str:
    (folder / "one.html").write_text(text)
    return pdf.html([folder], "one.html", values)


def test_values_reach_the_page_as_people_read_them(folder: Path) -> None:
    found = filled(
        folder, "{{ a }}|{{ b }}|{{ c }}|{{ d }}|{{ e|joined }}|{{ f }}",
        a=Decimal("1200.50"), b=Quantity(Decimal("30.0"), "mg/kg"), c="<b>&", d=None,
        e=["x", "y", "z"], f=3,
    )  # fmt: skip
    assert found == "1,200.5|30\u00a0mg/kg|&lt;b&gt;&amp;|None|x, y and z|3"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("100 kg gives 800 mg", "100~kg gives 800~mg"),
        ("18 months, 1 year, 5 days, 1 g", "18~months, 1~year, 5~days, 1~g"),
        ("2.5 mg/mL", "2.5~mg/mL"),
        (
            "step 5 minutely, 3 grand, 4 men, L 20 20 M 3 4",
            "step 5 minutely, 3 grand, 4 men, L 20 20 M 3 4",
        ),
    ],
)
def test_a_number_stays_with_its_unit(folder: Path, text: str, kept: str) -> None:
    assert filled(folder, "{{ a }}", a=text).replace("\u00a0", "~") == kept


def test_a_drawing_is_left_as_it_is(folder: Path) -> None:
    assert filled(folder, "{{ a|safe }}", a="<path d='M 1 g 2 mg'/>") == "<path d='M 1 g 2 mg'/>"


def test_a_blank_for_want_of_a_value_and_a_float_are_faults(folder: Path) -> None:
    with pytest.raises(jinja2.UndefinedError, match="dose"):
        filled(folder, "{{ dose }}")
    with pytest.raises(TypeError, match="float"):
        filled(folder, "{{ dose }}", dose=0.1)


def test_the_template_of_a_home_wins_and_may_extend_the_bundled_one(tmp_path: Path) -> None:
    own, bundled = tmp_path / "own", tmp_path / "bundled"
    for place in (own, bundled):
        place.mkdir()
    (bundled / "a.html").write_text("<p>{% block x %}bundled{% endblock %}</p>")
    (bundled / "b.html").write_text("only bundled")
    (own / "a.html").write_text("{% extends 'anedocs/a.html' %}{% block x %}own{% endblock %}")
    assert pdf.html([own, bundled], "a.html", {}) == "<p>own</p>"
    assert pdf.html([own, bundled], "b.html", {}) == "only bundled"
    assert pdf.html([bundled], "a.html", {}) == "<p>bundled</p>"


@pytest.mark.parametrize("name", ["../secret.html", "/etc/passwd", "anedocs/../../secret.html"])
def test_a_template_outside_the_folders_is_not_found(tmp_path: Path, name: str) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "secret.html").write_text("secret")
    with pytest.raises(jinja2.TemplateNotFound):
        pdf.html([tmp_path / "templates"], name, {})


def test_without_the_libraries_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "weasyprint":
            raise OSError("cannot load library 'pango-1.0-0'")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(pdf.MissingLibraryError, match=r"apt-get install .*dnf .*brew"):
        drawn(folder, "<p>word</p>")
    with pytest.raises(pdf.MissingLibraryError):
        pdf.pango_version()


# --- fonts and codes -----------------------------------------------------------------------------


def test_the_fonts_are_those_of_the_dependency() -> None:
    faces = fonts.face_files()
    assert set(faces) == {
        (style, weight) for style in ("normal", "italic") for weight in (400, 700)
    }
    assert all("font_source_sans_pro" in path.parts for path in faces.values())
    assert fonts.font_faces().count("@font-face") == len(faces)


def test_a_character_counts_as_drawn_only_if_every_face_has_it() -> None:
    assert fonts.missing("Zoë ☐ × ½ ≥ “x”\n\t") == []
    assert fonts.missing("漢a漢😀\x00") == ["漢", "😀", "\x00"]
    assert fonts.missing("П") == ["П"]  # the upright face alone has it


@pytest.mark.parametrize("length", [20, 90, 91, 122, 123, 154, 155, 221])
def test_a_code_is_read_back_whatever_its_length(length: int) -> None:
    text = ("ANE/2026.1.0/0123456789AB/18.4:$%*+-" * 7)[:length]
    svg = codes.qr_svg(text, "title of <it>")
    assert "<title>title of &lt;it&gt;</title>" in svg
    page = (
        f"<html lang='en'><title>t</title><body><div style='width: 62pt'>{svg}</div></body></html>"
    )
    image = readback_image(weasyprint.HTML(string=page).write_pdf(), 150)
    assert [code.text for code in zxingcpp.read_barcodes(image)] == [text]


def readback_image(content: bytes, dpi: int) -> Any:
    document = pypdfium2.PdfDocument(content)
    image = document[0].render(scale=dpi / 72, grayscale=True).to_pil()
    document.close()
    return image


@pytest.mark.parametrize("text", ["A" * 222, "lower case", "ÄÖÜ", "A\nB"])
def test_what_no_code_can_hold_is_an_error(text: str) -> None:
    with pytest.raises(codes.CodeTooLongError):
        codes.qr_svg(text, "title")


def crc32(text: str) -> str:
    """The checksum, bit by bit."""
    value = 0xFFFFFFFF
    for byte in text.encode():
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ (0xEDB88320 if value & 1 else 0)
    return f"{value ^ 0xFFFFFFFF:08X}"


@pytest.mark.parametrize("weight", ["3.27", "18.4", "33.34", "100.1", "7"])
def test_the_check_code_of_a_sheet(weight: str) -> None:
    filled_set = request(Case(weight, weight)).filled
    assert filled_set is not None
    doses = {drug["id"]: expected_of(drug, Fraction(weight)).given for drug in dosed()}
    body = "/".join(
        ["ANE", edition().orderset.revision, edition().short_fingerprint.upper(), weight]
        + [f"{name.upper()}:{'STOP' if dose is None else people(dose).replace(',', '')}"
           for name, dose in doses.items()]
    )  # fmt: skip
    assert check_code.of_sheet(filled_set) == f"{body}/{crc32(body)}"


def test_the_check_code_of_a_blank_sheet() -> None:
    body = f"ANE/{edition().orderset.revision}/{edition().short_fingerprint.upper()}/BLANK"
    assert check_code.of_blank(edition()) == f"{body}/{crc32(body)}"


# --- reading back --------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"not a PDF", b"%PDF-1.7\nbroken"])
def test_what_is_no_pdf_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(ValueError, match="not a PDF"):
        pdf_file.pdf_pages(content)


def test_a_cut_off_file_is_no_sheet() -> None:
    whole = sheet(PLAIN).pdf
    for length in (100, len(whole) // 2):
        with pytest.raises(ValueError, match="not a PDF"):
            pdf_file.pdf_pages(whole[:length])


def test_lines_keep_their_order_and_hyphens_their_place(folder: Path) -> None:
    body = (
        "<div style='width: 60pt'>broad-spectrum well-known</div><p>a&nbsp;b  c</p>"
        "<p><span style='display: inline-block; width: 99pt'>left</span> right</p>"
    )
    page = drawn(folder, body)
    assert squash(page.text).startswith("broad-spectrumwell-known")
    assert page.lines[-2:] == ("a b c", "left right")


def test_pages_are_read_with_their_sizes() -> None:
    page = pdf_file.pdf_pages(sheet(replace(BLANK, name="blank, A4", paper="a4")).pdf)[0]
    assert (round(page.width), round(page.height)) == (595, 842)


# --- other shapes of an order set ----------------------------------------------------------------


def changed(folder: Path, drug_id: str, **parts: Any) -> Path:
    """A home in which one drug is stated otherwise, by a decision of the hospital."""

    def change(content: dict[str, Any]) -> None:
        content["local_decisions"] = [
            {"id": "own", "says": "As decided", "owner": "A. Person, pharmacist",
             "decided_on": "2026-11-01"}
        ]  # fmt: skip
        for section in content["sections"]:
            for order in section["orders"]:
                if order["id"] == drug_id:
                    order.update(parts)

    return home(folder / "home", change)


def test_a_rounding_rule_shows_exact_and_given_dose(tmp_path: Path) -> None:
    own = changed(tmp_path, "methylprednisolone", rounding={"value": "5 mg", "from": "local own"})
    row = rows_of(made(replace(PLAIN, home=own)), dosed()[0])[0]
    assert "30 mg/kg × 18.4 kg = 552 mg" in row
    assert re.search(r"(?<!= )550 mg", row)


def test_a_fixed_dose_and_open_frequency_stand_on_one_line(tmp_path: Path) -> None:
    own = changed(
        tmp_path, "methylprednisolone", dose={"kind": "fixed", "amount": "1 g"},
        dose_from="local own", frequency={"not_set": "A9"}, duration={"not_set": "silent"},
        route={"value": "IV", "from": "local own"},
        salt={"value": "succinate", "from": "local own"},
    )  # fmt: skip
    for case in (PLAIN, BLANK):
        page = made(replace(case, home=own))
        line = next(line for line in page.lines if line.startswith("☐ methylPREDNISolone"))
        assert "maximum 1,000 mg (1 g)" in line
        assert "route IV" in line
        assert "frequency NOT SET" in line
        assert "1 g" in line.replace("(1 g)", "")


def test_another_order_set_prints_without_a_word_of_this_one(tmp_path: Path) -> None:
    (tmp_path / "ordersets").mkdir()
    author.new(Locator(tmp_path), "other-illness", PRINTED.date())
    locator = Locator(tmp_path)
    current = load(locator, "other-illness", PRINTED.date())
    for filled_set in (None, fill(current, Decimal("18.4"), None)):
        wanted = document.SheetRequest(edition=current, printed=PRINTED, filled=filled_set)
        page = Sheet(document.order_sheet(wanted, locator.folders("templates"), "letter"))
        assert "DRAFT" in page.text
        assert not re.search(r"(?i)ANE\b|methylpred|tocilizumab|encephalopathy", page.text)
        assert overlaps(page) == outside(page) == struck(page) == unseen(page) == []
        assert drawn_wrong(page) == []


@pytest.mark.pages
def test_words_of_the_patient_begin_their_line_at_its_edge(tmp_path: Path) -> None:
    """Where a line is too short for age, sex and height, the next one has no indent."""
    made = tmp_path / "sheet.pdf"
    words = ["sheet", "--weight", "18.4", "--age", "5y3m", "--allergies", "x", "-o", str(made)]
    assert CliRunner().invoke(cli, words).exit_code == 0
    document = pypdfium2.PdfDocument(made)
    text = document[0].get_textpage()
    found = {word: text.search(word).get_next() for word in ("Age 5", "Height")}
    boxes = {word: text.get_charbox(index) for word, (index, _) in found.items()}
    document.close()
    assert boxes["Height"][1] < boxes["Age 5"][1], "it stands on a line of its own"
    assert abs(boxes["Height"][0] - boxes["Age 5"][0]) < 1.5
