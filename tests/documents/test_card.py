"""The pocket card as a finished file: sizes, marks, registration, type, words, doses, flowchart."""

import contextlib
import ctypes
import random
import re
import zlib
from datetime import date
from functools import cache
from itertools import combinations, pairwise

import page as page_validation
import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from anedocs.check.readers.pdf_file import pdf_pages
from anedocs.core import wording
from anedocs.core.problems import ContentError
from anedocs.documents.pocket_card import flowchart
from anedocs.documents.pocket_card import page as pocket_card
from anedocs.documents.pocket_card.lines import blocks
from anedocs.dosing.fill import rule_of
from anedocs.dosing.rules import dose
from anedocs.edition.approval import Status
from anedocs.edition.load import load
from anedocs.edition.locate import Locator
from anedocs.render import fonts
from anedocs.schema import ismp
from anedocs.schema.card import WorkedDoses
from anedocs.schema.model import Flow, FlowEdge, FlowNode
from anedocs.schema.validate import build
from support.edited import accepted, edited

pytestmark = pytest.mark.pages

LOCATOR = Locator()
FOLDERS = LOCATOR.folders("templates")
EDITION = load(LOCATOR, "ane", date(2026, 11, 21))
GATE = EDITION.orderset.treatment_gate
APPROVED = EDITION._replace(status=Status("approved", ()))
MM = 72 / 25.4
CARDS = {"badge": (85.60, 53.98), "index": (127.0, 76.2), "a6": (105.0, 148.0)}
PAPERS = {"letter": (215.9, 279.4), "a4": (210.0, 297.0)}
LEAST_TYPE = {"badge": 6.5, "index": 7.0, "a6": 7.0}
BLEED, MARK = 3.0, 4.0
SHEETS = [(size, paper, flip) for size in CARDS for paper in PAPERS for flip in ("long", "short")]


@cache
def made(size: str, paper: str = "letter", flip: str = "long", single: bool = False) -> bytes:
    return pocket_card.pocket_card(EDITION, FOLDERS, size, paper, flip, single)


def approx(value: float) -> object:
    return pytest.approx(value, abs=0.02)


def marks(content: bytes, number: int) -> tuple[list[float], list[float], set[float], set[float]]:
    """Where the upright and the level marks stand, and the ends of either; mm from upper left."""
    sheet = pypdfium2.PdfDocument(content)[number]
    _, height = sheet.get_size()
    upright, level, tops, lefts = set(), set(), set(), set()
    for part in sheet.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH]):
        left, bottom, right, top = part.get_bounds()
        wide, tall = (right - left) / MM, (top - bottom) / MM
        x, y = (left + right) / 2 / MM, (height - (top + bottom) / 2) / MM
        if abs(wide - 0.2) < 0.02 and abs(tall - MARK) < 0.02:
            upright.add(round(x, 2))
            tops |= {round((height - top) / MM, 2), round((height - bottom) / MM, 2)}
        if abs(tall - 0.2) < 0.02 and abs(wide - MARK) < 0.02:
            level.add(round(y, 2))
            lefts |= {round(left / MM, 2), round(right / MM, 2)}
    return sorted(upright), sorted(level), tops, lefts


@pytest.mark.parametrize("size", CARDS)
def test_one_card_mode_has_two_pages_of_exactly_the_card(size):
    document = pypdfium2.PdfDocument(made(size, single=True))
    assert len(document) == 2
    for sheet in document:
        left, bottom, right, top = sheet.get_mediabox()
        assert (left, bottom) == (0, 0)
        assert (right / MM, top / MM) == (approx(CARDS[size][0]), approx(CARDS[size][1]))


@pytest.mark.parametrize(("size", "paper", "flip"), SHEETS)
def test_marks_stand_at_the_card_edges_outside_the_bleed(size, paper, flip):
    content = made(size, paper, flip)
    document = pypdfium2.PdfDocument(content)
    assert len(document) == 2
    wide, tall = CARDS[size]
    for number, sheet in enumerate(document):
        width, height = (length / MM for length in sheet.get_size())
        assert sorted((width, height)) == [approx(length) for length in sorted(PAPERS[paper])]
        upright, level, tops, lefts = marks(content, number)
        for cuts, length in ((upright, wide), (level, tall)):
            assert cuts
            for begin, end in zip(cuts[::2], cuts[1::2], strict=True):
                assert end - begin == approx(length)
            for end, begin in zip(cuts[1::2], cuts[2::2], strict=False):
                assert begin - end == approx(2 * BLEED)
        for ends, cuts in ((tops, level), (lefts, upright)):
            expected = [cuts[0] - BLEED - MARK, cuts[0] - BLEED, cuts[-1] + BLEED,
                        cuts[-1] + BLEED + MARK]  # fmt: skip
            assert sorted(ends) == [approx(one) for one in expected]
        assert min(upright[0], width - upright[-1]) >= BLEED + MARK + 4.9
        assert min(level[0], height - level[-1]) >= BLEED + MARK + 4.9


@pytest.mark.parametrize(("size", "paper", "flip"), SHEETS)
def test_both_sides_register(size, paper, flip):
    """Turn the back over as the printer does: its card edges lie on those of the front."""
    document = pypdfium2.PdfDocument(made(size, paper, flip))
    front, back = (
        sheet.render(scale=200 / 72, grayscale=True).to_pil().point(lambda ink: 255 * (ink < 160))
        for sheet in document
    )
    upright = front.height > front.width
    sideways = upright == (flip == "long")
    turned = back.transpose(0 if sideways else 1)  # left and right, or top and bottom, exchanged
    xs, ys, _, _ = marks(made(size, paper, flip), 0)
    dot = 25.4 / 200
    for box in (
        (0, ys[0] - 2, xs[0] - BLEED - 0.5, ys[-1] + 2),
        (xs[-1] + BLEED + 0.5, ys[0] - 2, front.width * dot, ys[-1] + 2),
        (xs[0] - 2, ys[0] - BLEED - MARK + 0.5, xs[-1] + 2, ys[0] - BLEED - 0.5),
        (xs[0] - 2, ys[-1] + BLEED + 0.5, xs[-1] + 2, ys[-1] + BLEED + MARK - 0.5),
    ):
        area = tuple(round(one / dot) for one in box)
        one, other = front.crop(area).getbbox(), turned.crop(area).getbbox()
        assert one is not None
        assert other is not None
        assert max(abs(a - b) for a, b in zip(one, other, strict=True)) <= 2
    for left, right in zip(xs[::2], xs[1::2], strict=True):
        for top, bottom in zip(ys[::2], ys[1::2], strict=True):
            for side in (front, turned):
                area = tuple(round(mm / dot) for mm in (left, top, right, bottom))
                inked = side.crop(area).getbbox()
                assert inked is not None, "no card behind the card"
                assert min(inked[0], inked[1]) * dot >= 2.7
                assert (area[2] - area[0] - inked[2]) * dot >= 2.7


def test_a_back_stands_upright_when_the_card_is_turned_like_a_page():
    for size, paper, flip in SHEETS:
        document = pypdfium2.PdfDocument(made(size, paper, flip))
        width, height = document[1].get_size()
        first = document[1].get_textpage()
        text = first.get_text_range()
        low, high = (first.get_charbox(text.index(word)) for word in ("Verify", "DRAFT"))
        on_its_head = low[1] > high[1]
        assert on_its_head == ((flip == "long") == (width > height)), (size, paper, flip)


@pytest.mark.parametrize("size", CARDS)
def test_type_is_never_smaller_than_promised(size):
    for sheet in pypdfium2.PdfDocument(made(size, single=True)):
        text = sheet.get_textpage()
        found = set()
        for place in range(text.count_chars()):
            if not text.get_text_range(place, 1).strip():
                continue
            matrix = pdfium.FS_MATRIX()
            assert pdfium.FPDFText_GetMatrix(text, place, ctypes.byref(matrix))
            nominal = pdfium.FPDFText_GetFontSize(text, place)
            found.add(round(nominal * (matrix.b**2 + matrix.d**2) ** 0.5, 2))
        assert min(found) >= LEAST_TYPE[size] - 0.01, found


@pytest.mark.parametrize("size", CARDS)
@pytest.mark.parametrize("single", [True, False])
def test_pdf_ua_1(size, single):
    report = page_validation.validate_pdf_bytes(
        made(size, single=single), profile=page_validation.ValidationProfile.PDF_UA_1
    )
    assert report.is_compliant, [failure.message for failure in report.failures]


def test_same_bytes_twice():
    again = pocket_card.pocket_card(EDITION, FOLDERS, "a6", "a4")
    assert again == made("a6", "a4")


def words(content: bytes) -> list[str]:
    """The words of each page in one row, every space a plain one."""
    return [" ".join(sheet.text.split()) for sheet in pdf_pages(content)]


@pytest.mark.parametrize("size", CARDS)
def test_ismp_finds_nothing(size):
    for text in words(made(size, single=True)):
        quotes = [*re.findall("“[^”]*”", text), EDITION.short_fingerprint]
        assert not ismp.lint(text, exempt=quotes)


@pytest.mark.parametrize("size", CARDS)
def test_each_side_says_its_edition_and_state(size):
    for number, text in enumerate(words(made(size, single=True)), start=1):
        for part in (
            f"ane revision {EDITION.orderset.revision}",
            f"fingerprint {EDITION.short_fingerprint}",
            f"side {number} of 2",
            "effective NOT SET",
            "review NOT SET",
            "Verify against the current edition",
            "DRAFT, NOT FOR CLINICAL USE",
            GATE.says,
        ):
            assert text.count(part) == 1, part


def test_every_card_of_a_sheet_is_marked_and_an_approved_one_is_not():
    for size, count in (("badge", 8), ("index", 3), ("a6", 2)):
        for text in words(made(size)):
            assert text.count("DRAFT, NOT FOR CLINICAL USE") == count
            assert text.count("Verify against") == count
    for text in words(pocket_card.pocket_card(APPROVED, FOLDERS, "badge", "letter")):
        assert "DRAFT" not in text
        assert text.count("Verify against") == 8


@pytest.mark.parametrize("size", CARDS)
def test_what_does_not_fit_goes_by_priority_and_all_else_is_there(size):
    chosen = pocket_card.selection(EDITION, FOLDERS, size)
    assert {*chosen.shown, *chosen.left_out} == {*EDITION.orderset.pocket_card}
    pages = words(made(size, single=True))
    for side, text in zip(("front", "back"), pages, strict=True):
        kept = [fact for fact in chosen.shown if fact.side == side]
        gone = [fact.priority.on(size) for fact in chosen.left_out if fact.side == side]
        assert max(fact.priority.on(size) for fact in kept) < min(gone, default=100)
        assert gone == sorted(gone, reverse=True)
        assert ("extract, see order sheet" in text) == bool(chosen.left_out)
        for block in blocks(EDITION, kept):
            for line in block.lines:
                assert " ".join(f"{line.lead}: {line.text}".lstrip(": ").split()) in text
    assert pocket_card.shown(EDITION, FOLDERS, size) == [(f.id, f.side) for f in chosen.shown]
    assert pocket_card.left_out(EDITION, FOLDERS, size) == [
        (fact.id, fact.side) for fact in chosen.left_out
    ]


def test_a6_holds_everything_and_smaller_cards_the_doses():
    assert not pocket_card.left_out(EDITION, FOLDERS, "a6")
    for size in CARDS:
        front, back = words(made(size, single=True))
        assert "score less than 14" in front
        assert "30 mg/kg daily for 5 days; maximum 1,000 mg (1 g)" in back
        assert "less than 30 kg: 12 mg/kg; 30 kg or more: 8 mg/kg" in back
        assert "maximum: not stated in guideline" in back
        assert "Rheumatology attending" in back
        assert (
            "oseltamivir, STAT, preferred: dose, frequency, duration, route and salt NOT SET"
            in back
        )


@pytest.mark.parametrize("size", ["index", "a6"])
def test_every_worked_dose_is_that_of_the_one_function(size):
    back = words(made(size, single=True))[1]
    orderset = EDITION.orderset
    table = next(fact for fact in orderset.pocket_card if isinstance(fact, WorkedDoses))
    found = back[back.index("Weight in kg") :]
    weights = [wording.number(weight.number) for weight in table.weights]
    assert found.startswith(f"Weight in kg {' '.join(weights)} ")
    for drug in orderset.medications:
        if drug.id in table.shows:
            rule = rule_of(orderset, drug)
            given = [dose(rule, weight.number).given for weight in table.weights]
            row = " ".join(wording.number(one) for one in given)
            assert f"{drug.name} {row} " in found


def test_no_patient_stands_on_a_card():
    for size in CARDS:
        for text in words(made(size, single=True)):
            assert not re.search(r"MRN|date of birth|allerg|Printed", text, re.IGNORECASE)


def test_an_accepted_supplement_fills_the_line_with_its_source():
    supplements = tuple(
        accepted(one) if one.id == "oseltamivir-dose" else one
        for one in EDITION.orderset.supplements
    )
    orderset = edited(EDITION.orderset, supplements=supplements)
    facts = [fact for fact in orderset.pocket_card if fact.id == "oseltamivir-dose"]
    [block] = blocks(EDITION._replace(orderset=orderset), facts)
    text = " ".join(block.lines[0].text.split())
    assert "dose NOT SET" not in text
    assert "more than 15 kg and up to 23 kg: 45 mg" in text
    assert "AAP policy statement" in text
    assert "accepted by A. Person" in text


def test_an_order_set_without_a_card_says_so():
    orderset = edited(EDITION.orderset, pocket_card=None)
    with pytest.raises(ContentError, match="does not say what the pocket card shows"):
        pocket_card.pocket_card(EDITION._replace(orderset=orderset), FOLDERS, "a6", "a4")


# --- the flowchart ---------------------------------------------------------------------------

FLOW = EDITION.orderset.flow
WIDTHS = (278, 240, 200)


def corners(box: flowchart.DrawnBox) -> tuple[int, int, int, int]:
    return box.x, box.y, box.x + box.width, box.y + box.height


def apart(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    return one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def label(chart: flowchart.Flowchart, arrow: flowchart.DrawnArrow) -> tuple[int, int, int, int]:
    wide = round(flowchart.breadth(arrow.answer or "") * chart.type_size)
    left = arrow.x - wide if arrow.left else arrow.x
    return left, arrow.y - round(chart.type_size * 0.7), left + wide, arrow.y


@pytest.mark.parametrize("width", WIDTHS)
def test_every_node_and_edge_is_drawn_once(width):
    chart = flowchart.flowchart(FLOW, width, 7)
    assert [box.id for box in chart.boxes] == [node.id for node in FLOW.nodes]
    assert [" ".join(line for _, _, line in box.lines) for box in chart.boxes] == [
        node.text for node in FLOW.nodes
    ]
    drawn = [(arrow.start, arrow.end, arrow.answer) for arrow in chart.arrows]
    assert drawn == [(edge.start, edge.end, edge.answer) for edge in FLOW.edges]
    assert chart.width <= width * flowchart.SCALE


def test_the_drawing_on_the_card_has_every_box_arrow_and_answer(monkeypatch):
    front = words(made("a6", single=True))[0]
    pages = []
    monkeypatch.setattr(pocket_card.pdf, "pdf", lambda folders, page, *_, **__: pages.append(page))
    pocket_card.pocket_card(EDITION, FOLDERS, "a6", "letter", single=True)
    svg = re.search("<svg.*?</svg>", pages[-1], re.DOTALL)[0]
    assert svg.count('class="box"') == len(FLOW.nodes)
    assert svg.count("<polyline") == len(FLOW.edges)
    assert svg.count("stroke-dasharray") == sum(edge.reading is not None for edge in FLOW.edges)
    for node in FLOW.nodes:
        assert node.text in front
    assert f"Dashed arrows: {GATE.says}" in front


def test_an_open_gate_asserts_neither_reading_and_a_settled_one_only_its_own():
    opened = flowchart.flowchart(FLOW, 278, 7)
    readings = {(edge.start, edge.end): edge.reading for edge in FLOW.edges}
    for arrow in opened.arrows:
        assert arrow.open == (readings[arrow.start, arrow.end] is not None)
    assert opened.gate == GATE.unconfirmed_says
    for state, other in (("imaging", "suspicion"), ("suspicion", "imaging")):
        gate = edited(GATE, state=state)
        settled = flowchart.flowchart(edited(FLOW, treatment_gate=gate), 278, 7)
        drawn = {(arrow.start, arrow.end) for arrow in settled.arrows}
        assert not any(arrow.open for arrow in settled.arrows)
        assert settled.gate == gate.decided.says
        assert drawn == {ends for ends, reading in readings.items() if reading != other}


def sound(chart: flowchart.Flowchart) -> None:
    boxes = {box.id: corners(box) for box in chart.boxes}
    for one, other in combinations(boxes.values(), 2):
        assert apart(one, other)
    labels = [label(chart, arrow) for arrow in chart.arrows if arrow.answer]
    for one, other in combinations([*labels, *boxes.values()], 2):
        assert apart(one, other)
    for arrow in chart.arrows:
        (x, y), (_, wing), _ = arrow.head
        left, top, right, bottom = boxes[arrow.end]
        assert left <= x <= right
        assert abs(y - (top if y > wing else bottom)) <= 1, "the head does not touch its box"
        x, y = arrow.corners[0]
        left, top, right, bottom = boxes[arrow.start]
        assert left <= x <= right
        assert min(abs(y - bottom), abs(y - top)) <= 1, "the arrow does not begin at its box"
        for (x0, y0), (x1, y1) in pairwise(arrow.corners):
            assert abs(x0 - x1) <= 12 or abs(y0 - y1) <= 1, "an arrow runs aslant"
            piece = (min(x0, x1), min(y0, y1) + 1, max(x0, x1), max(y0, y1) - 1)
            for name, box in boxes.items():
                assert name in (arrow.start, arrow.end) or apart(piece, box)


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_overlaps_and_arrows_end_at_boxes(width):
    sound(flowchart.flowchart(FLOW, width, 7))


@pytest.mark.parametrize("seed", range(60))
def test_any_other_flow_is_drawn_as_soundly(seed):
    dice = random.Random(seed)
    names = [f"box-{number}" for number in range(dice.randint(2, 12))]
    nodes = [
        build(
            FlowNode,
            {"id": name, "kind": dice.choice(["start", "action", "question", "end"]),
             "text": " ".join(["word"] * dice.randint(1, 7)), "from": "guideline ENT-1"},
        )
        for name in names
    ]  # fmt: skip
    pairs = [pair for pair in combinations(names, 2) if dice.random() < 0.3]
    pairs += [(names[-1], names[0])] if seed % 3 == 0 and (names[0], names[-1]) not in pairs else []
    edges = [
        FlowEdge(start=start, end=end, confidence="stated",
                 answer=dice.choice([None, "Yes", "No"]) if seed % 2 else None)
        for start, end in pairs
    ]  # fmt: skip
    flow = Flow(nodes=nodes, edges=edges)
    chart = flowchart.flowchart(flow, 4000, 7)
    assert len(chart.arrows) == len(edges)
    sound(chart)
    assert chart == flowchart.flowchart(flow, 4000, 7)


def test_too_narrow_is_an_error_and_not_a_smaller_type():
    with pytest.raises(flowchart.TooNarrowError):
        flowchart.flowchart(FLOW, 60, 7)


def test_no_character_is_wider_than_the_drawing_reckons():
    from fontTools.ttLib import TTFont

    for path in fonts.face_files().values():
        with TTFont(path) as font:
            cmap, widths = font.getBestCmap(), font["hmtx"].metrics
            for one in map(chr, range(32, 127)):
                assert widths[cmap[ord(one)]][0] <= flowchart.breadth(one) * font["head"].unitsPerEm


@pytest.mark.parametrize(("size", "paper"), [(size, "letter") for size in CARDS] + [("a6", "a4")])
def test_each_cell_of_a_table_names_its_headers(size, paper):
    """Source: WeasyPrint #2508 and #1784. Without them a screen reader says a dose of no weight."""
    content = made(size, paper)
    every = content
    for stream in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL):
        with contextlib.suppress(zlib.error):
            every += zlib.decompress(stream[1])
    elements = re.findall(rb"<<[^<>]*(?:<<[^<>]*>>[^<>]*)*>>", every)
    heads = [one for one in elements if re.search(rb"/S /TH\b", one)]
    cells = [one for one in elements if re.search(rb"/S /TD\b", one)]
    known = {name[1] for one in heads if (name := re.search(rb"/ID \(([^)]+)\)", one))}
    if not cells:
        assert size == "badge", "only the smallest card has no table of doses"
    for cell in cells:
        named = re.search(rb"/Headers \[([^\]]+)\]", cell)
        assert named, cell
        assert set(re.findall(rb"\(([^)]+)\)", named[1])) <= known
