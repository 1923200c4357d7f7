"""Numbers and orders planted in, changed in or taken out of finished files by hand are found."""

from __future__ import annotations

import ctypes
import io
import json
import shutil
import zipfile
from datetime import date
from pathlib import Path

import pypdfium2
import pypdfium2.raw as raw
import pytest
from click.testing import CliRunner, Result

from anedocs.build import inputs, manifest
from anedocs.check import check
from anedocs.check.read_back import one_file
from anedocs.check.read_back.facts import facts
from anedocs.cli.app import cli
from anedocs.documents import registry
from anedocs.documents.gaps.kinds import GAPS
from anedocs.edition.load import load
from anedocs.edition.locate import Locator
from support.homes import with_bundled
from support.read_back import read_back

AT = "2026-11-21T20:47"
SHEET = "ane-sheet-blank-letter.pdf"


def run(*words: str, home: Path | None = None) -> Result:
    before = ["--home", str(home)] if home else []
    return CliRunner().invoke(cli, [*before, *words, "--at", AT])


@pytest.fixture
def output(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "output"))


def forge(folder: Path, name: str, content: bytes) -> None:
    """Replace a finished file and its sha256 in the manifest, so that only its text can tell."""
    (folder / name).write_bytes(content)
    path = folder / manifest.NAME
    form = json.loads(path.read_text())
    form["files"][name]["sha256"] = manifest.sha256(content)
    path.write_text(json.dumps(form))


def with_text(content: bytes, text: str) -> bytes:
    """A finished PDF with a text written onto its first page."""
    document = pypdfium2.PdfDocument(content)
    page = document[0]
    written = raw.FPDFPageObj_NewTextObj(document, b"Helvetica", ctypes.c_float(9))
    letters = (text + "\0").encode("utf-16-le")
    raw.FPDFText_SetText(written, ctypes.cast(letters, raw.FPDF_WIDESTRING))
    raw.FPDFPageObj_Transform(written, 1, 0, 0, 1, 300, 100)
    raw.FPDFPage_InsertObject(page, written)
    raw.FPDFPage_GenerateContent(page)
    saved = io.BytesIO()
    document.save(saved)
    return saved.getvalue()


def in_word(content: bytes, old: str, new: str) -> bytes:
    """A finished DOCX with one text replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(out, "w") as after:
        for part in before.infolist():
            packed = before.read(part)
            if part.filename == "word/document.xml":
                assert old.encode() in packed
                packed = packed.replace(old.encode(), new.encode(), 1)
            after.writestr(part, packed)
    return out.getvalue()


def test_a_number_planted_in_a_finished_pdf_is_an_orphan(output: Path) -> None:
    content = (output / SHEET).read_bytes()
    forge(output, SHEET, with_text(content, "then 777 mg at night"))
    told = read_back(output)
    assert f"{SHEET}: page 1" in told
    assert "777 mg, which is in no value of it" in told


def test_a_number_planted_in_a_finished_docx_is_an_orphan(output: Path) -> None:
    name = "ane-leaflet-en.docx"
    content = (output / name).read_bytes()
    forge(output, name, in_word(content, "Blood tests.", "Blood tests, 777 of them."))
    told = read_back(output)
    assert f"{name}: page 1" in told
    assert "777, which is in no value of it" in told
    assert "test-blood" in told


def test_a_number_planted_in_a_template_stops_the_build(tmp_path: Path, output: Path) -> None:
    found = Locator().find("templates", "order_sheet.html")
    assert found is not None
    home = with_bundled(tmp_path / "home")
    (home / "templates").mkdir()
    text = found[0].read_text("utf-8").replace("Patient label,", "Give 777 mg. Patient label,", 1)
    (home / "templates" / "order_sheet.html").write_text(text, "utf-8")
    before = {path: path.read_bytes() for path in output.rglob("*") if path.is_file()}
    done = run("build", "-o", str(output), home=home)
    assert done.exit_code == 1
    assert "777 mg, which is in no value of it" in done.output
    assert {path: path.read_bytes() for path in output.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(("old", "new"), [("30 mg/kg", "31 mg/kg"), ("1,000 mg (1 g)", "2,000 mg")])
def test_a_number_changed_in_a_finished_sheet_is_found(
    tmp_path: Path, output: Path, old: str, new: str
) -> None:
    """The page of another order set, passed off as this one's."""
    found = Locator().find("ordersets", "ane.yaml")
    assert found is not None
    edits = {"30 mg/kg": ("amount: 30 mg/kg}", "amount: 31 mg/kg}"),
             "1,000 mg (1 g)": ("maximum: {value: 1 g,", "maximum: {value: 2 g,")}  # fmt: skip
    home = with_bundled(tmp_path / "home")
    text = found[0].read_text("utf-8")
    assert text.count(edits[old][0]) == 1
    (home / "ordersets" / "ane.yaml").write_text(text.replace(*edits[old]), "utf-8")
    path = tmp_path / SHEET
    assert run("sheet", "--blank", "-o", str(path), home=home).exit_code == 0
    forge(output, SHEET, path.read_bytes())
    told = read_back(output)
    assert (
        f"beside 'methylPREDNISolone': expected '{'maximum ' if 'g)' in old else ''}{old}'" in told
    )
    assert new.split()[0].replace(",", "") in told.replace(",", "")


def test_a_missing_order_is_found(tmp_path: Path, output: Path) -> None:
    found = Locator().find("ordersets", "ane.yaml")
    assert found is not None
    text = found[0].read_text("utf-8")
    start = text.index("      - id: vascular-access")
    end = text.index("  - id: additional")
    without = text[:start] + "\n" + text[end:]
    for line in ("orders: [treatment]", "shows: [vascular-access], "):
        assert line in without
    card = next(line for line in without.splitlines() if "shows: [vascular-access]" in line)
    without = without.replace(card + "\n", "").replace(
        "speaks_of: [vascular-access, consult-nephrology]", "speaks_of: [consult-nephrology]"
    )
    codes = without.index("  vascular-access:\n")
    after = without.index("\n  mobility-pt:", codes)
    without = without[:codes] + without[after + 1 :]
    # The statement is carried by a note from now on, so that the file stays valid.
    without = without.replace(
        "          - {text: contact ID for additional doses, from: guideline TX-AV-3}",
        '          - {text: contact ID for additional doses, from: "guideline TX-AV-3, TX-VASC"}',
    )
    home = with_bundled(tmp_path / "home")
    (home / "ordersets" / "ane.yaml").write_text(without, "utf-8")
    path = tmp_path / SHEET
    done = run("sheet", "--blank", "-o", str(path), home=home)
    assert done.exit_code == 0, done.output
    forge(output, SHEET, path.read_bytes())
    told = read_back(output)
    assert "vascular-access.name" in told
    assert "vascular-access.urgency.value" in told


def test_an_undeclared_difference_between_the_two_texts_fails(tmp_path: Path, output: Path) -> None:
    found = Locator().find("ordersets", "ane.yaml")
    assert found is not None
    text = found[0].read_text("utf-8")
    home = with_bundled(tmp_path / "home")
    (home / "ordersets" / "ane.yaml").write_text(
        text.replace("paragraphs: [treat-ivig]", "paragraphs: []"), "utf-8"
    )
    told = read_back(output, home)
    assert "leaflet paragraph treat-ivig" in told
    assert "the factsheet says it, the guideline does not" in told


def test_an_order_that_no_paragraph_speaks_of_and_hard_words_fail(
    tmp_path: Path, output: Path
) -> None:
    found = Locator().find("ordersets", "ane.yaml")
    assert found is not None
    text = found[0].read_text("utf-8")
    home = with_bundled(tmp_path / "home")
    text = text.replace("speaks_of: [lumbar-puncture]", "speaks_of: []")
    text = text.replace(
        "text: Nothing we know says that you caused it.",
        "text: Comprehensive multidisciplinary neuroimmunological considerations unquestionably "
        "characterize individualized intercurrent parainfectious encephalopathies internationally.",
    )
    (home / "ordersets" / "ane.yaml").write_text(text, "utf-8")
    told = read_back(output, home)
    assert "leaflet, order lumbar-puncture" in told
    assert "leaflet, main-message: expected reading grade 8 or lower" in told


def test_the_day_of_a_withdrawal_is_no_orphan(tmp_path: Path) -> None:
    """Or a withdrawn edition could not be built, and its old documents would stay unmarked."""
    with_bundled(tmp_path)
    record = "withdrawn: {by: A. Person, date: 2026-01-15, reason: a wrong dose}\n"
    (tmp_path / "ordersets/ane.approval.yaml").write_text(record)
    locator = Locator(tmp_path)
    edition, content = load(locator, "ane", date(2026, 3, 1)), inputs.content(locator, "ane")
    path = tmp_path / "ane-gaps.txt"
    (document,) = (one for one in registry.documents(locator, edition) if one.name == path.name)
    text = document.make().decode()

    def found(words: str) -> list[str]:
        path.write_text(words)
        reading = one_file.read_file(path, GAPS)
        return [one.found for one in check.of_reading(reading, content, facts(content), edition)]

    assert "withdrawn on 2026-01-15" in text
    assert found(text) == []
    assert found(f"{text}\n  one: 7,351 mg\n") == ["7,351 mg, which is in no value of it"]
