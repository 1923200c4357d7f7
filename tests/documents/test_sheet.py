"""The order sheet, proved from the finished PDF: what is drawn, what is said, what is scanned.

Nothing here asks the program what it wrote: doses are computed with fractions from the YAML, the
text comes from PDFium, the glyphs from the fonts in the file, the code from its picture.
"""

from __future__ import annotations

import gc
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any
from unicodedata import normalize

import page as page_validation
import pytest
import zxingcpp
from click.testing import CliRunner, Result
from PIL import Image, ImageChops

from anedocs.cli.app import cli
from anedocs.core.problems import Refusal
from anedocs.documents.order_sheet import page as document
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
    CASES,
    EVERY,
    FILLED,
    FULLEST,
    LONG_ALLERGIES,
    PAPERS,
    PLAIN,
    PRINTED,
    SMALL,
    TOP,
    Case,
    amount,
    code_of,
    computed,
    dosed,
    drugs,
    edition,
    expected,
    expected_of,
    faults_of_row,
    guide,
    home,
    in_mg,
    kind_of_small,
    locator,
    made,
    orders,
    orphans,
    people,
    planted,
    published,
    request,
    rows_of,
    sheet,
    small_runs,
    spoken,
    steps,
    supplement,
    worded_wrong,
)

pytestmark = pytest.mark.pages

DRAFT = "DRAFT, NOT FOR CLINICAL USE"
OVERDUE = "PAST ITS REVIEW DATE, NOT FOR CLINICAL USE"

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
filled_case = pytest.mark.parametrize("case", FILLED, ids=lambda case: case.name)


def said(page: Sheet, words: str) -> bool:
    """Whether the page says this, however its lines break and its accents are made up."""
    return squash(normalize("NFC", words)) in normalize("NFC", page.flat)


# --- 1. the page -----------------------------------------------------------------------------


@every_case
def test_one_page_of_exactly_its_size(case: Case) -> None:
    pages = sheet(case).pages
    assert len(pages) == 1
    assert (pages[0].width, pages[0].height) == pytest.approx(PAPERS[case.paper], abs=0.01)


@every_case
def test_ink_is_on_the_paper_to_be_seen_and_on_no_other_ink(case: Case) -> None:
    page = sheet(case)
    assert len([char for char in page.chars if char.black]) > 2500  # the judges had what to judge
    assert outside(page) == []
    assert overlaps(page) == []
    assert struck(page) == []
    assert unseen(page) == []


@every_case
def test_every_character_is_drawn_with_its_own_glyph_of_an_embedded_source_sans_pro(
    case: Case,
) -> None:
    page = sheet(case)
    assert {face.name.partition("+")[2] for face in page.faces} == {
        char.font.partition("+")[2] for char in page.chars if char.black
    }
    assert all(len(face.embedded) > 1000 for face in page.faces)
    assert drawn_wrong(page) == []


@every_case
def test_order_text_has_at_least_nine_points(case: Case) -> None:
    page = sheet(case)
    for text, size, top in small_runs(page):
        kind = kind_of_small(text, top)
        assert kind is not None, f"{size} pt: {text}"
        assert size >= SMALL[kind], f"{kind} of {size} pt: {text}"


@every_case
def test_weight_and_doses_are_what_strikes_the_eye(case: Case) -> None:
    page = sheet(case)
    if case.kg is None:
        return
    weight = f"{people(case.kg)} kg"
    assert max(char.size for place in page.places(weight) for char in place) >= 14
    for drug in dosed():
        given = expected_of(drug, case.kg).given
        if given is not None:
            places = page.places(f"{people(given)} mg")
            assert any("Bold" in one[0].font and one[0].size >= 9 for one in places)


@every_case
def test_accessible_by_pdf_ua_1(case: Case) -> None:
    report = page_validation.validate_pdf_bytes(
        sheet(case).pdf, profile=page_validation.ValidationProfile.PDF_UA_1
    )
    assert report.is_compliant, [failure.message for failure in report.failures]


@every_case
def test_black_ink_only(case: Case) -> None:
    page = sheet(case)
    red, green, blue = page.raster(72, colour=True).convert("RGB").split()
    assert ImageChops.difference(red, green).getbbox() is None
    assert ImageChops.difference(green, blue).getbbox() is None
    drawing = b"\n".join(stream for _, stream in page.objects.values() if b"\nBT\n" in stream)
    assert drawing
    colours = re.findall(rb"([0-9. ]+) (?:rg|RG|g|G)\n", drawing)
    assert set(colours) <= {b"0 0 0", b"0"}
    assert not re.search(rb"(?m)^.* (?:k|K|cs|CS|sc|SC|scn|SCN|sh)$", drawing)


@pytest.mark.parametrize("case", [PLAIN, BLANK], ids=lambda case: case.name)
def test_same_request_same_bytes(case: Case) -> None:
    assert made(case).pdf == sheet(case).pdf


def run_cli(folder: Path, *words: str, seed: str = "0", stdin: str = "") -> bytes:
    """The command in a process of its own; gives what it wrote on stdout."""
    done = subprocess.run(
        [sys.executable, "-m", "anedocs", *words], cwd=folder, input=stdin.encode(),
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(TOP / "src")},
        capture_output=True, check=True, timeout=60,
    )  # fmt: skip
    return done.stdout


def test_same_command_same_bytes_whatever_the_hash_seed(tmp_path: Path) -> None:
    person = {"name": EVERY.person, "mrn": EVERY.mrn, "date_of_birth": EVERY.born}
    words = ("sheet", "--weight", "18.4", "--age", "5y", "--sex", "female", "--weight-source",
             "measured", "--weighed-at", EVERY.weighed_at or "", "--allergies",
             EVERY.allergies or "", "--patient", "-", "--at", PRINTED.isoformat())  # fmt: skip
    for seed in ("1", "2"):
        told = run_cli(tmp_path, *words, seed=seed, stdin=json.dumps(person)).decode().strip()
        assert (tmp_path / told).read_bytes() == sheet(EVERY).pdf
    names = [path.name for path in tmp_path.rglob("*") if path.is_file()]
    assert len(names) == 2  # the two sheets, and nothing left behind
    for name in names:
        assert "18.4kg" in name
        assert not re.search(r"(?i)zebulon|quillfeather|778899|2021|penicillin", name)


# --- 2. what it says -------------------------------------------------------------------------


@filled_case
def test_each_dose_stands_with_all_that_leads_to_it_on_one_line(case: Case) -> None:
    page = sheet(case)
    assert case.kg is not None
    for drug in dosed():
        rows, dose = rows_of(page, drug), expected_of(drug, case.kg)
        assert len(rows) == 1, f"{drug['name']} has its dose on {len(rows)} lines"
        assert faults_of_row(rows[0], drug, case.kg) == []
        if not dose.stopped:
            assert ismp.lint_dose_line(rows[0]) == []


@pytest.mark.parametrize("weight", ["100.1", "199.99"])
def test_a_stopped_line_has_the_form_of_a_dose_line(weight: str) -> None:
    for drug in dosed():
        for row in rows_of(sheet(Case(f"{weight} kg", weight)), drug):
            assert ismp.lint_dose_line(row) == []


@pytest.mark.parametrize("paper", PAPERS)
def test_a_blank_sheet_has_each_band_with_room_for_weight_and_dose(paper: str) -> None:
    page = sheet(BLANK if paper == "letter" else replace(BLANK, name="blank, A4", paper=paper))
    for drug in dosed():
        bands = drug["dose"].get("bands") or [drug["dose"]]
        rows = rows_of(page, drug)
        assert len(rows) == len(bands)
        for row, band in zip(rows, bands, strict=True):
            assert f"{people(amount(band['amount'])[0])} mg/kg" in row
            assert re.search(r"mg/kg × _{3,} kg", row)
            assert re.search(r"_{3,} mg(?!/)", row)
            for key, words in (("below", "less than {}"), ("at_least", "{} or more")):
                if key in band:
                    assert words.format(band[key]) in row
            maximum = drug["maximum"].get("value")
            limit = f"maximum {people(in_mg(maximum))} mg" if maximum else "maximum: not stated"
            assert limit in row
            assert "NOT SET" in row
            assert drug["frequency"].get("value", "NOT SET") in row


@every_case
def test_wording_is_safe_by_ismp_and_joint_commission(case: Case) -> None:
    page, text = sheet(case), sheet(case).text
    for words in (case.person, case.allergies):  # as typed, not ours; and L24 looks only so far
        if words:
            text = re.sub(r"\s*".join(map(re.escape, squash(words))), "given", text)
    assert worded_wrong(page, text) == []
    assert [one.message for one in ismp.lint_page(text)] == []
    assert [(one.rule, one.found) for one in ismp.lint_options(text)] == []


@every_case
def test_no_line_parts_a_number_from_its_unit(case: Case) -> None:
    text = sheet(case).text
    assert re.findall(r".{0,30}[0-9]\n(?:mg|mcg|mL|g|kg|days?|months?|years?)\b.*", text) == []


def test_no_line_ends_with_a_negation() -> None:
    """What stands on the next line would be read without it."""
    ends = re.compile(r"(?i).{0,30}\b(?:not|no|never|without)\n.*")
    assert {hit for case in CASES for hit in ends.findall(sheet(case).text)} == set()


def marker(order: dict[str, Any]) -> str:
    """The words by which an order is found on the sheet."""
    name: str = (
        order["name"] if order["kind"] == "medication" else order.get("short", order["name"])
    )
    return name


def blocks(page: Sheet) -> dict[str, str]:
    """For each order what stands from its name to the next order, heading or box."""
    places = []
    for order in orders():
        hit = re.search(rf"☐\s*{re.escape(marker(order))}(?![A-Za-z])", page.text)
        assert hit, f"{order['id']} is not on the sheet"
        places.append((hit.start(), order["id"]))
    heads = [one["title"] for one in (*guide()["sections"], *guide()["gates"])]
    ends = [hit.start() for head in (*heads, "Signatures", "WEIGH AGAIN")
            for hit in re.finditer(rf"(?m)^{re.escape(head)}", page.text)]  # fmt: skip
    stops = sorted([*(start for start, _ in places), *ends, len(page.text)])
    return {name: page.text[start : next(one for one in stops if one > start)]
            for start, name in places}  # fmt: skip


def facts_of(order: dict[str, Any], blank: bool) -> Iterator[str]:
    """What the order set states of an order and its sheet must show beside its name."""
    for key in ("urgency", "timing", "first_dose"):
        if order.get(key):
            yield order[key]["value"]
    if order.get("placed_by"):
        yield f"{order['placed_by']['value']} places"
    for key in ("condition", "purpose", "optional"):
        if order.get(key):
            yield order[key]["text"]
    for note in order.get("notes", []):
        yield note.get("short", note["text"])
        if note.get("remark"):
            yield note["remark"]
    for one in order.get("blanks", []):
        yield one["label"]
    for part in order.get("components", []):
        yield f"☐ {part.get('short', part['name'])}"
    if order["kind"] == "medication":
        yield from facts_of_drug(order)


def facts_of_drug(drug: dict[str, Any]) -> Iterator[str]:
    """What must stand beside a drug: each value, and NOT SET for each that a question asks for."""
    if drug.get("role"):
        yield drug["role"]
    yield "Given at"
    if drug["dose"]["kind"] == "not_set":
        yield "dose NOT SET"
    for key in ("route", "salt", "infusion_time", "frequency", "duration"):
        label = key.replace("_", " ")
        if "value" in drug[key]:
            yield f"route {drug[key]['value']}" if key == "route" else drug[key]["value"]
        elif drug[key]["not_set"] != "silent":
            yield f"{label} NOT SET"


@every_case
def test_every_order_stands_there_with_all_that_is_stated_of_it(case: Case) -> None:
    page = sheet(case)
    found = blocks(page)
    for order in orders():
        block = squash(found[order["id"]]).lower()
        for fact in facts_of(order, blank=case.weight is None):
            assert squash(fact).lower() in block, f"{order['id']}: {fact}"
    for kind in ("STAT", "urgent", "non-urgent"):
        wanted = [
            order["id"] for order in orders() if order.get("urgency", {}).get("value") == kind
        ]
        shown = [name for name, block in found.items()
                 if re.search(rf"(?<![\w-]){kind}(?![\w-])", block)]  # fmt: skip
        assert shown == wanted, f"{kind} stands beside {shown}"


@every_case
def test_every_heading_criterion_and_gate_stands_there(case: Case) -> None:
    page, content = sheet(case), guide()
    assert said(page, content["title"])
    assert said(page, content["population"])
    for section in content["sections"]:
        assert said(page, section["title"])
        if section.get("banner"):
            assert said(page, section["banner"]["value"])
    for one in (*content["entry"]["required"], *content["entry"]["at_least_one"]):
        below = f" less than {one['below'].split()[0]}" if "below" in one else ""
        assert said(page, one["text"] + below)
    assert said(page, content["flow"]["treatment_gate"]["unconfirmed_says"])
    for gate in content["gates"]:
        assert re.search(rf"(?m)^{gate['title']}", page.text)
        assert said(page, gate["approval"]["text"])
        for check in gate["checks"]:
            assert said(page, check["text"])
            if check["answer"] == "yes or no":
                assert said(page, f"☐ yes ☐ no {check['text']}")
            elif check.get("blank"):
                assert said(page, check["blank"])
            else:
                assert said(page, f"☐ {check['text']}")
    after = page.text[page.text.index(content["gates"][0]["title"]) :]
    assert re.search(r"(?i)rheumatology attending.{0,40}\bname\b.{0,40}\bdate\b.{0,40}\btime\b",
                     after, re.DOTALL)  # fmt: skip


@every_case
def test_edition_mark_and_page_number(case: Case) -> None:
    page, height = sheet(case), PAPERS[case.paper][1]
    marks = page.places(DRAFT)
    assert min(one[0].baseline for one in marks) < 0.15 * height
    assert max(one[0].baseline for one in marks) > 0.85 * height
    footer = "\n".join(page.lines[-6:])
    for words in (f"ane revision {guide()['revision']}", edition().short_fingerprint,
                  "effective NOT SET", "review NOT SET", "page 1 of 1",
                  "2026-11-21 14:05", DRAFT):  # fmt: skip
        assert squash(words) in squash(footer), words
    assert said(page, guide()["sources"][0]["credit"])
    assert said(page, "Age range NOT SET")


def test_a_sheet_for_the_cupboard_bears_no_clock_time() -> None:
    wanted = replace(request(BLANK), printed=None)
    page = Sheet(document.order_sheet(wanted, locator().folders("templates"), "letter"))
    assert not re.search(r"[0-9]:[0-9]{2}|2026-11", page.text)
    assert said(page, "downtime")
    assert said(page, "page 1 of 1")
    assert (
        squash(sheet(BLANK).text.replace("Printed 2026-11-21 14:05", "For downtime")) == page.flat
    )


@every_case
def test_what_was_typed_is_printed_whole_and_what_was_not_is_left_open(case: Case) -> None:
    page = sheet(case)
    for words in case.given:
        assert said(page, words)
    assert said(page, "ALLERGIES NOT ASKED") == (case.allergies is None)
    if case.kg is not None:
        assert said(page, f"{people(case.kg)} kg")
    if case.source is None:
        for way in ("measured", "length", "stated", "estimated"):
            assert said(page, f"☐ {way}")
    else:
        assert said(page, case.source)
        assert "☐ measured" not in page.text
    initials = re.findall(r"(?<!Not )confirmed\s+by\s+([A-Z]{2,5})\b", page.text)
    assert initials == ([case.confirmed_by] if case.confirmed_by else [])


@filled_case
def test_doses_are_spelled_out_for_reading_back(case: Case) -> None:
    page, found = sheet(case), blocks(sheet(case))
    assert case.kg is not None
    for drug in dosed():
        given = expected_of(drug, case.kg).given
        words = re.findall(r"(?:zero|one|two|three|four|five|six|seven|eight|nine)"
                           r"(?:-[a-z]+|\s+point\s+[a-z]+)*\s+milligrams",
                           found[drug["id"]])  # fmt: skip
        assert [squash(one) for one in words] == (
            [] if given is None else [squash(f"{spoken(given)} milligrams")]
        )
    assert said(page, "Read back")


@every_case
def test_a_weight_that_was_not_held_against_an_age_says_so(case: Case) -> None:
    page = sheet(case)
    unchecked = case.kg is not None and case.age is None
    assert said(page, "Weight not checked for age") == unchecked
    assert not said(page, "Weighed more than")


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("weight", ["18.4", "29.9", "150"])
def test_an_old_weight_is_told_beside_it(paper: str, weight: str) -> None:
    """With all else that the box of the weight may hold, on one page and with nothing clipped."""
    case = replace(PLAIN, weight=weight, paper=paper, weighed_at="2026-11-19 13:50",
                   confirmed_by="QZ", allergies=LONG_ALLERGIES)  # fmt: skip
    asked_for = replace(request(case), weighed_long_ago=True)
    page = Sheet(document.order_sheet(asked_for, locator().folders("templates"), paper))
    assert said(page, "Weighed more than 1 day before this sheet")
    assert said(page, "Weight not checked for age")
    assert len(page.pages) == 1
    assert overlaps(page) == outside(page) == struck(page) == unseen(page) == []


@filled_case
def test_a_weight_near_a_step_asks_for_a_second_weighing_with_both_doses(case: Case) -> None:
    page = sheet(case)
    assert case.kg is not None
    near = steps(case.kg)
    assert said(page, "WEIGH AGAIN") == bool(near)
    for step in near:
        drug = next(one for one in dosed() if one["name"] == step.drug)
        for weight in (step.low, step.high):
            given = expected_of(drug, weight).given
            dose = "no dose" if given is None else f"{people(given)} mg"
            assert said(page, f"{people(weight)} kg gives {dose}")


def test_the_steps_of_the_matrix_are_those_that_it_was_chosen_for() -> None:
    near = {kg: [(one.kind, one.low, one.high) for one in steps(Fraction(kg))]
            for kg in ("18.4", "29.9", "31.6", "33.3", "95", "100.1", "199.99")}  # fmt: skip
    band, maximum = ("band", Fraction("29.9"), 30), ("maximum", Fraction("33.3"), Fraction("33.4"))
    stop = ("stop", 100, Fraction("100.1"))
    assert near == {"18.4": [], "29.9": [band], "31.6": [], "33.3": [maximum],
                    "95": [stop], "100.1": [stop], "199.99": []}  # fmt: skip


@filled_case
def test_a_stopped_dose_says_why_and_who_enters_it(case: Case) -> None:
    page, found = sheet(case), blocks(sheet(case))
    assert case.kg is not None
    for drug in dosed():
        if "stop_above" not in drug:
            continue
        stop, block = drug["stop_above"], found[drug["id"]]
        stopped = expected_of(drug, case.kg).stopped
        assert ("STOP" in block) == stopped
        if stopped:
            why = (f"more than {stop['value']}, a figure that is not from the guideline; "
                   f"{stop['entered_by']} must enter the dose")  # fmt: skip
            assert squash(why) in squash(block)
    assert said(page, "STOP") == any(expected_of(drug, case.kg).stopped for drug in dosed())


@filled_case
def test_published_doses_stand_apart_cited_and_not_approved(case: Case) -> None:
    found = blocks(sheet(case))
    assert case.kg is not None
    for drug in drugs():
        shown = squash(found[drug["id"]].partition("Reference only, not approved")[2])
        if "supplement" not in drug["dose"]:
            assert shown == ""
            continue
        rows = supplement(drug["dose"]["supplement"])["rows"]
        fitting = [row["label"] for row, _ in published(case) if row in rows]
        there = [row["label"] for row in rows if squash(row["label"]) in shown]
        # Without an age the sheet may leave out age groups that cannot have this weight.
        assert there == fitting if case.age else set(there) <= set(fitting)
        if not there:
            assert shown == ""
            assert case.age or case.kg < 4, "a child of this weight fits some age group"
            continue
        for row, doses in published(case):
            if row["label"] in there and row in rows:
                dose, *rival = (f"{people(one)} mg" for one in doses)
                assert squash(f"{row['label']} {dose} {row['frequency']}") in shown
                assert all(squash(f"another source {one}") in shown for one in rival)
        for cite in supplement(drug["dose"]["supplement"])["cites"]:
            assert squash(cite["source"]) in shown


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("6 weeks", ["Term infants, birth to 8 months"]),
        ("10 months", ["9 to 11 months", "6 months to 12 years"]),
        ("18 months", ["1 year and older", "6 months to 12 years"]),
        ("13 years", ["1 year and older", "13 years and older"]),
    ],
)
def test_the_age_chooses_among_published_rows(name: str, labels: list[str]) -> None:
    page = sheet(next(case for case in CASES if case.name == name))
    rows = [row["label"] for one in guide()["supplements"] for row in one.get("rows", [])]
    assert [label for label in rows if said(page, label)] == labels


# --- 3. every number has an origin --------------------------------------------------------------


def strangers(case: Case, page: Sheet) -> list[str]:
    """The figures of a sheet that come neither from the order set, nor from what was typed, nor
    from the arithmetic. Excepted are the page number and the data of the edition and the moment."""
    whole = [*case.given, code_of(page), edition(case.home).short_fingerprint, "2026-11-21 14:05",
             "page 1 of 1"]  # fmt: skip
    return orphans(page.text, computed(case), whole)


@every_case
def test_every_number_is_of_the_order_set_typed_or_computed(case: Case) -> None:
    assert strangers(case, sheet(case)) == []


def test_a_planted_number_is_found(tmp_path: Path) -> None:
    fault = "<p>37 mg, 30 mg, 552 kg, 77, 12 mL, RANBP3</p>"
    case = replace(PLAIN, home=home(tmp_path / "home", templates=planted(fault)))
    assert strangers(case, made(case)) == ["37 mg", "552 kg", "12 mL", "77", "RANBP3"]


def test_the_dose_of_another_drug_is_found(tmp_path: Path) -> None:
    swap = {"{{ row.dose }}": "220.8 mg"}
    case = replace(PLAIN, home=home(tmp_path / "home", templates=planted(swap=swap)))
    steroid, other = dosed()
    page = made(case)
    assert strangers(case, page) == []  # each number has an origin, and yet:
    assert faults_of_row(rows_of(page, steroid)[0], steroid, Fraction("18.4")) == [
        "the dose to give reads ['220.8 mg'], not ['552 mg']"
    ]
    assert faults_of_row(rows_of(page, other)[0], other, Fraction("18.4")) == []


# --- 4. the code ------------------------------------------------------------------------------


def scanned(image: Image.Image) -> list[str]:
    """What a scanner reads from an image of the sheet."""
    return [code.text for code in zxingcpp.read_barcodes(image)]


def one_bit(image: Image.Image) -> Image.Image:
    """As a fax has it."""
    return image.point(lambda grey: 255 if grey > 127 else 0)


@every_case
def test_the_code_on_paper_is_the_code_in_print(case: Case) -> None:
    page = sheet(case)
    assert scanned(page.raster(100)) == [code_of(page)]


@pytest.mark.parametrize("case", [FULLEST, BLANK], ids=lambda case: case.name)
@pytest.mark.parametrize("dpi", [100, 200, 300])
def test_the_code_survives_scanner_and_fax(case: Case, dpi: int) -> None:
    page = sheet(case)
    image = page.raster(dpi)
    assert scanned(image) == scanned(one_bit(image)) == [code_of(page)]
    if dpi == 100:
        assert scanned(one_bit(image).rotate(180)) == [code_of(page)]


@every_case
def test_the_code_tells_edition_weight_and_doses_and_its_checksum_holds(case: Case) -> None:
    body, _, check = code_of(sheet(case)).rpartition("/")
    assert check == f"{zlib.crc32(body.encode()):08X}"
    assert re.fullmatch(r"[0-9A-Z $%*+./:-]+", body)
    name, revision, fingerprint, weight, *doses = body.split("/")
    assert (name, revision) == ("ANE", guide()["revision"])
    assert fingerprint == edition().short_fingerprint.upper()
    if case.kg is None:
        assert (weight, doses) == ("BLANK", [])
        return
    assert weight == people(case.kg)
    given = {drug["id"].upper(): expected_of(drug, case.kg).given for drug in dosed()}
    assert doses == [f"{name}:{'STOP' if dose is None else people(dose).replace(',', '')}"
                     for name, dose in given.items()]  # fmt: skip


@pytest.mark.parametrize("case", [EVERY, FULLEST], ids=lambda case: case.name)
def test_nothing_but_the_text_of_the_page_knows_the_child(case: Case) -> None:
    page = sheet(case)
    words = [case.person, case.mrn, case.born, case.allergies, *(case.person or "").split()]
    secrets = [word for word in words if word]
    assert all(said(page, word) for word in secrets)
    stored = [page.pdf, *(part for pair in page.objects.values() for part in pair)]
    assert len(stored) > 500
    for secret in secrets:
        for form in (secret.encode(), secret.encode("utf-16-be"), secret.encode("utf-16-le"),
                     secret.encode().hex().encode(), secret.upper().encode()):  # fmt: skip
            assert not any(form in part for part in stored), secret
        assert squash(secret).upper() not in code_of(page)
    about = b"".join(stored)
    assert b"/CreationDate" not in about
    assert b"/EmbeddedFile" not in about


def test_the_longest_code_of_any_weight_and_age_fits(tmp_path: Path) -> None:
    both_accepted = home(tmp_path / "home", accepted("oseltamivir-dose", "peramivir-dose"))
    page = made(Case("longest code", "19.19", age="11mo", home=both_accepted))
    assert scanned(page.raster(100)) == [code_of(page)]
    assert len(code_of(page)) > 100


# --- 5. hostile input --------------------------------------------------------------------------

HOSTILE = (
    "<script>alert(1)</script><b>bold</b> </p></div></body></html> --> {{ 7*7 }} "
    "{% include '/etc/passwd' %} ${7*7} %PATH% `id` $(id) ; rm -rf ~",
    "<img src='file:///etc/passwd'> url(file:///etc/passwd) url(http://127.0.0.1:9/x) "
    "<link rel=stylesheet href=http://127.0.0.1:9/x.css> <style>body{display:none}</style> "
    "&lt;b&gt; &amp; &#65; ' onload='x' \" style=\"color:red",
)


@contextmanager
def watched() -> Iterator[list[tuple[str, str]]]:
    """What Python opens, connects to or starts meanwhile."""
    seen: list[tuple[str, str]] = []
    _SEEN.append(seen)
    try:
        yield seen
    finally:
        _SEEN.remove(seen)


_SEEN: list[list[tuple[str, str]]] = []
_TOUCHES = re.compile(
    r"open|socket\..*|subprocess\..*|os\.(?:exec|spawn|system|mkdir|remove)|urllib.*"
)


def _audit(event: str, args: tuple[object, ...]) -> None:
    if _SEEN and _TOUCHES.fullmatch(event):
        for seen in _SEEN:
            seen.append((event, str(args[0])))


sys.addaudithook(_audit)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_printed_as_text_and_loads_nothing(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet(PLAIN)  # what is loaded once is loaded
    monkeypatch.setattr(socket, "socket", None)
    monkeypatch.setattr(urllib.request, "urlopen", None)
    case = replace(PLAIN, person=text, allergies=text, weighed_at="now")
    with watched() as seen:
        page = made(case)
    assert page.flat.count(squash(text)) == 2
    assert [char.text for char in page.places(text)[0]] == list(squash(text))
    assert overlaps(page) == outside(page) == unseen(page) == struck(page) == []
    templates = str(Path(__file__).parents[2] / "templates")
    assert [one for one in seen if not one[1].startswith(templates)] == []
    stored = b"".join(part for pair in page.objects.values() for part in pair)
    assert not re.search(rb"/(?:JavaScript|JS|Launch|URI|EmbeddedFile|OpenAction|AA)\b", stored)
    assert "root:" not in page.text
    assert b"root:x:" not in stored


def test_the_watch_sees_what_is_opened(tmp_path: Path) -> None:
    with watched() as seen:
        (tmp_path / "x").write_text("x")
    assert ("open", str(tmp_path / "x")) in seen


def asked(folder: Path, *words: str, person: dict[str, str] | None = None) -> Result:
    """The command in this process, in a folder of its own."""
    stay, patient = Path.cwd(), ["--patient", "-"] if person else []
    os.chdir(folder)
    try:
        line = ["sheet", "--at", PRINTED.isoformat(), *words, *patient]
        return CliRunner().invoke(cli, line, input=json.dumps(person))
    finally:
        os.chdir(stay)


def test_allergies_of_ten_thousand_characters_are_refused_at_once(tmp_path: Path) -> None:
    sheet(PLAIN)
    start = time.monotonic()
    result = asked(tmp_path, "--weight", "18.4", "--allergies", "penicillin " * 910)
    assert time.monotonic() - start < 2
    assert result.exit_code == 4
    assert "allergies" in result.stderr
    assert "--blank" in result.stderr
    assert len(result.stderr) < 500
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text",
    [
        "nul \x00", "bell \x07", "escape \x1b[31m", "return \r", "C1 \x85", "שלום", "مرحبا",
        "reversed \u202eabc\u202c", "isolated \u2066abc\u2069", "zero \u200bwidth", "join\u200der",
        "word\u2060joiner", "line\u2028end", "漢字", "한글", "😀", "💉 x", "private \ue000",
        "variation a\ufe0f", "lone \udcff", "noncharacter \uffff", "bold \U0001d429",
        "tag \U000e0041", "Привет", "Ελένη",
    ],
    ids=ascii,
)  # fmt: skip
def test_what_the_font_cannot_draw_is_refused_in_plain_words(text: str) -> None:
    for case in (replace(PLAIN, allergies=text), replace(PLAIN, weighed_at=text)):
        with pytest.raises(Refusal) as refused:
            made(case)
        assert "cannot draw" in str(refused.value)
        assert "--blank" in str(refused.value)
        assert str(refused.value).isprintable()  # no control character reaches a terminal


def test_such_a_name_is_refused_by_the_command_and_leaves_nothing(tmp_path: Path) -> None:
    result = asked(tmp_path, "--weight", "18.4", person={"name": "\u202eevil"})
    assert result.exit_code == 1  # the label itself is wrong
    assert "U+202E" in result.stderr
    assert "\u202e" not in result.stderr
    assert "evil" not in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_what_the_font_can_draw_is_printed_right() -> None:
    given = {
        "Zoë Žižková-Nuñez Łukasz Ðặng Øster": "Zoë Žižková-Nuñez Łukasz Ðặng Øster",
        "cafe\u0301 nin\u0303o": "café niño",
        "peni\u00adcillin": "penicillin",
        "no\u00a0break": "no break",
        "two\nlines\tand a tab": "two lines and a tab",
        "“quoted” – — … € ½ ≥ 3": "“quoted” – — … € ½ ≥ 3",
    }
    page = made(replace(PLAIN, allergies="; ".join(given)))
    assert said(page, "; ".join(given.values()))
    assert drawn_wrong(page) == overlaps(page) == unseen(page) == []


@pytest.fixture
def tightest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the last density is tried: what does not fit there fits nowhere."""
    monkeypatch.setattr(document, "DENSITIES", document.DENSITIES[-1:])


@pytest.mark.usefixtures("tightest")
def test_one_word_of_five_hundred_characters_is_wrapped_or_refused() -> None:
    word = "".join(chr(97 + place % 26) for place in range(500))
    page = made(replace(PLAIN, allergies=word))
    assert said(page, word)
    assert overlaps(page) == outside(page) == struck(page) == []
    with pytest.raises(Refusal, match=r"does not fit|more than a sheet can hold"):
        made(replace(PLAIN, mrn=word))


@pytest.mark.usefixtures("tightest")
@pytest.mark.parametrize("size", [18, 24])
def test_a_long_record_number_is_whole_or_refused(size: int) -> None:
    case = replace(PLAIN, mrn=("MRN-" + "88" * 20)[:size], allergies="none known; asked today " * 4)
    try:
        page = made(case)
    except Refusal:
        return
    assert said(page, case.mrn or "")
    assert overlaps(page) == struck(page) == outside(page) == unseen(page) == []


@pytest.mark.usefixtures("tightest")
def test_the_longest_allergies_that_are_taken_are_printed_to_the_last_word() -> None:
    words = [f"substance{place:03d}:" if place % 2 else "rash;" for place in range(200)]
    text = " ".join(words)

    def tried(length: int) -> Sheet | None:
        try:
            return made(replace(PLAIN, allergies=text[:length].rstrip()))
        except Refusal:
            return None

    low, high = 600, document.LONGEST["allergies"] + 1
    best = tried(low)
    assert best is not None  # a long list has room
    while high - low > 50:
        middle = (low + high) // 2
        page = tried(middle)
        low, high, best = (middle, high, page) if page else (low, middle, best)
    assert tried(document.LONGEST["allergies"] + 1) is None
    assert said(best, text[:low].rstrip())
    assert len(best.pages) == 1
    assert min(char.size for char in best.places(text[:low].rstrip())[0]) >= 8  # by design
    assert overlaps(best) == outside(best) == struck(best) == unseen(best) == []


def test_no_copy_of_the_child_is_left_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made(EVERY)
    gc.collect()
    left = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert (EVERY.person or "").encode() not in left
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("tightest")
def test_a_template_that_asks_for_a_file_prints_nothing(tmp_path: Path) -> None:
    fault = planted("<img alt='x' src='file:///etc/passwd'>")
    own = home(tmp_path / "home", templates=fault)
    target = tmp_path / "x.pdf"
    words = ("--home", str(own), "sheet", "--weight", "18.4", "-o", str(target))
    result = CliRunner().invoke(cli, words)
    assert result.exit_code in (1, 4)
    assert "may not load 'file:///etc/passwd'" in result.stderr
    assert not target.exists()


def with_hospital(folder: Path, name: str) -> Path:
    """A home of a hospital with this name."""
    own = home(folder / "home")
    site = (TOP / "ordersets/site.yaml").read_text("utf-8")
    site = site.replace("hospital_name: null", f"hospital_name: {name}")
    (own / "ordersets/site.yaml").write_text(site, "utf-8")
    return own


def test_a_long_hospital_name_is_whole_on_the_paper(tmp_path: Path) -> None:
    name = "Children's Hospital of the Holy Cross and of St. Elsewhere, Division of Neurology"
    page = made(replace(PLAIN, home=with_hospital(tmp_path, name)))
    assert said(page, name)
    assert len(page.places(DRAFT)) >= 2
    assert overlaps(page) == outside(page) == struck(page) == unseen(page) == []


@pytest.mark.usefixtures("tightest")
def test_a_hospital_name_that_pushes_the_footer_off_the_paper_is_refused(tmp_path: Path) -> None:
    own = with_hospital(tmp_path, "General Hospital " * 40)
    with pytest.raises(Refusal, match="off the paper"):
        made(replace(PLAIN, home=own))


# --- 6. other states of the edition -----------------------------------------------------------


def accepted(*names: str) -> Any:
    """The change by which a committee accepts published values."""

    def change(content: dict[str, Any]) -> None:
        for one in content["supplements"]:
            if one["id"] in names:
                one.update(state="accepted", accepted_by="A. Person, pharmacist",
                           accepted_on="2026-11-01", conflict=None)  # fmt: skip
                for row in one.get("rows", []):
                    row.pop("rival", None)

    return change


@pytest.fixture(scope="module")
def home_accepted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return home(tmp_path_factory.mktemp("accepted") / "home", accepted("oseltamivir-dose"))


def block_in(page: Sheet, start: str, end: str) -> str:
    """The text from one drug to the next."""
    return page.text.partition(f"☐ {start}")[2].partition(f"☐ {end}")[0]


@pytest.mark.parametrize(("weight", "age", "row"), [("18.4", "5y", 2), ("8.55", "10mo", 1)])
def test_an_accepted_supplement_fills_its_line_with_its_citation(
    home_accepted: Path, weight: str, age: str, row: int
) -> None:
    page = sheet(Case("accepted", weight, age=age, home=home_accepted))
    one = supplement("oseltamivir-dose")
    dose = expected(one["rows"][row]["dose"], Fraction(weight))
    line = next(line for line in page.lines if re.match("☐ ?oseltamivir", line))
    words = [f"{people(dose.dose)} mg", one["rows"][row]["frequency"]]
    if dose.per_kg:
        words.append(f"{people(dose.basis)} mg/kg × {weight} kg = {people(dose.dose)} mg")
    for part in words:
        assert part in line
    assert [fault.message for fault in ismp.lint_dose_line(line) if dose.per_kg] == []
    block = block_in(page, "oseltamivir", "peramivir")
    for cite in one["cites"]:
        assert squash(cite["source"]) in squash(block)
    assert "dose NOT SET" not in block
    assert "Reference only" not in block
    assert squash(f"{spoken(dose.dose)} milligrams") in squash(block)
    assert f"OSELTAMIVIR:{people(dose.dose)}/" in code_of(page)
    assert "dose NOT SET" in block_in(page, "peramivir", "tocilizumab")
    assert scanned(page.raster(100)) == [code_of(page)]
    assert overlaps(page) == outside(page) == struck(page) == []


def test_an_accepted_dose_of_a_weight_band_has_the_form_of_a_dose_line(home_accepted: Path) -> None:
    page = sheet(Case("accepted", "18.4", age="5y", home=home_accepted))
    line = next(line for line in page.lines if re.match("☐ ?oseltamivir", line))
    assert ismp.lint_dose_line(line) == []


def test_an_accepted_dose_that_needs_the_age_is_not_guessed_without_it(home_accepted: Path) -> None:
    page = sheet(Case("accepted", "18.4", home=home_accepted))
    assert said(page, "the age is needed for this dose")
    assert not re.search(r"[0-9] mg\b", block_in(page, "oseltamivir", "peramivir"))
    assert "OSELTAMIVIR" not in code_of(page)


def test_a_stopped_line_without_a_rule_names_its_drug(home_accepted: Path) -> None:
    page = sheet(Case("accepted", "18.4", home=home_accepted))
    block = block_in(page, "oseltamivir", "peramivir")
    assert squash("the age is needed for this dose") in squash(block)


def _complete(content: dict[str, Any]) -> None:
    """What a hospital supplies and answers before it approves."""
    content["metadata"].update(
        institution="General Hospital", owner="A. Person", effective_date="2026-01-01",
        review_date="2027-01-31", age_range="birth to less than 18 years", exclusions="none",
    )  # fmt: skip

    def answer(node: Any) -> None:
        if isinstance(node, dict):
            for question in node.get("open_questions", []):
                question.update(answer="As printed", answered_by="A. Person, committee")
            node = list(node.values())
        for one in node if isinstance(node, list) else []:
            answer(one)

    answer(content)


def _imaging(content: dict[str, Any]) -> None:
    content["flow"]["treatment_gate"]["state"] = "imaging"


@pytest.fixture(scope="module")
def home_approved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def change(content: dict[str, Any]) -> None:
        _complete(content)
        _imaging(content)

    folder = tmp_path_factory.mktemp("approved") / "home"
    return home(folder, change, approved_from="2026-02-01")


@pytest.mark.parametrize("case", [PLAIN, BLANK], ids=lambda case: case.name)
def test_an_approved_edition_bears_no_mark_but_its_dates(home_approved: Path, case: Case) -> None:
    page = sheet(replace(case, home=home_approved))
    assert not re.search(r"(?i)draft|not for clinical use|review date", page.text)
    assert said(page, "effective 2026-01-01")
    assert said(page, "review 2027-01-31")
    assert said(page, "Age range birth to less than 18 years")
    assert said(page, "not approved") == (case.weight is not None)  # the published doses alone
    assert overlaps(page) == outside(page) == struck(page) == unseen(page) == []


def test_an_overdue_edition_says_so_at_top_and_bottom(home_approved: Path) -> None:
    case = replace(PLAIN, home=home_approved)
    page = made(case, datetime.fromisoformat("2027-02-01T08:00"))
    marks = page.places(OVERDUE)
    assert len(marks) >= 2
    assert max(one[0].baseline for one in marks) > 0.85 * 792
    assert min(one[0].baseline for one in marks) < 0.15 * 792
    assert "DRAFT" not in page.text
    on_the_day = edition(home_approved, date(2027, 1, 31)).status
    assert on_the_day.mark is None


def test_a_change_after_the_approval_brings_the_mark_back(
    home_approved: Path, tmp_path: Path
) -> None:
    def change(content: dict[str, Any]) -> None:
        _complete(content)
        _imaging(content)
        for section in content["sections"]:
            for order in section["orders"]:
                if order["id"] == "methylprednisolone":
                    order["dose"]["amount"] = "31 mg/kg"

    changed = home(tmp_path / "home", change)
    record = (home_approved / "ordersets/ane.approval.yaml").read_text("utf-8")
    (changed / "ordersets/ane.approval.yaml").write_text(record, "utf-8")
    page = made(replace(PLAIN, home=changed))
    assert len(page.places(DRAFT)) >= 2
    assert said(page, "31 mg/kg × 18.4 kg = 570.4 mg")
    assert not said(page, "552 mg")


def test_a_decided_gate_is_no_longer_called_unconfirmed(home_approved: Path) -> None:
    gate = guide()["flow"]["treatment_gate"]
    page = sheet(replace(PLAIN, home=home_approved))
    assert not said(page, gate["unconfirmed_says"])
    assert said(page, gate["readings"][0]["says"])
    assert said(sheet(PLAIN), gate["unconfirmed_says"])


def test_the_allergies_of_the_fullest_sheet_are_all_there() -> None:
    for case in CASES:
        if case.allergies == LONG_ALLERGIES:
            found = sheet(case).flat
            assert all(squash(word) in found for word in LONG_ALLERGIES.split())
