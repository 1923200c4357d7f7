"""`anedocs ehr` as the EHR team runs it, and the check that reads its files back."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from anedocs.build import inputs
from anedocs.check.read_back import ehr_package as ehr_check
from anedocs.check.read_back import one_file
from anedocs.check.read_back.facts import facts
from anedocs.cli.app import cli
from anedocs.documents import registry
from anedocs.documents.ehr.export import Export
from anedocs.documents.ehr_package import package
from anedocs.documents.worksheet import changes, worksheet
from anedocs.documents.worksheet.kinds import WORKSHEET
from anedocs.edition.load import load
from anedocs.edition.locate import Locator
from support import libreoffice
from support.ane import REVISION
from support.homes import with_bundled
from support.kinds import kind_of
from support.read_back import read_back

AT = "2026-11-21T20:47"
DAY = date(2026, 11, 21)
SRC = Path(__file__).parents[3] / "src"


def run(*words: str, home: Path | None = None):
    before = ["--home", str(home)] if home else []
    return CliRunner().invoke(cli, [*before, *words, "--at", AT])


@cache
def made() -> dict[str, bytes]:
    locator = Locator()
    return package.package(
        Export(load(locator, "ane", DAY), "https://example.org/fhir/ane"),
        locator.folders("templates"),
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A finished package to spoil."""
    for name, content in made().items():
        path = tmp_path / "ehr" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "ehr"


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*")) if path.is_file()}  # fmt: skip


def test_the_package_is_written_whole_and_the_same_each_time(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        done = run("ehr", "-o", str(folder))
        assert (done.exit_code, done.stdout.strip()) == (0, str(folder))
    assert files(one) == files(two) == made()
    locator = Locator()
    built = [one.name for one in registry.documents(locator, load(locator, "ane", DAY))]
    assert sorted(f"ehr/{name}" for name in made()) == sorted(
        name for name in built if name.startswith("ehr/")
    )


def test_it_says_that_it_is_a_draft_and_that_the_address_is_an_example(tmp_path: Path) -> None:
    done = run("ehr", "-o", str(tmp_path / "ehr"))
    assert "DRAFT, NOT FOR CLINICAL USE" in done.stderr
    assert "https://example.org/fhir/ane is an example address" in done.stderr
    done = run("ehr", "-o", str(tmp_path / "own"), "--base", "https://fhir.hospital.example/ane/")
    assert "example address" not in done.stderr
    plan = json.loads((tmp_path / "own/fhir/PlanDefinition-ane-order-set.json").read_text())
    assert plan["url"] == "https://fhir.hospital.example/ane/PlanDefinition/ane-order-set"
    assert plan["experimental"] is False
    text = (tmp_path / "own/README-IMPORT.md").read_text()
    assert "Canonical base: `https://fhir.hospital.example/ane`" in text


@pytest.mark.parametrize(
    "base", ["ane", "ftp://x.org/ane", "https://", "https://x.org/a|1", "https://x.org/?q=1",
             "https://x.org/a b"],
)  # fmt: skip
def test_a_base_that_is_no_address_is_usage(tmp_path: Path, base: str) -> None:
    done = run("ehr", "-o", str(tmp_path / "ehr"), "--base", base)
    assert done.exit_code == 2
    assert "is not a base address, for it" in done.stderr
    assert "write it as https://fhir.example.org/guidelines" in done.stderr
    assert not (tmp_path / "ehr").exists()


def test_the_base_of_the_site_is_taken(tmp_path: Path) -> None:
    home = with_bundled(tmp_path / "home")
    (home / "ordersets" / "site.yaml").write_text(
        "ehr_base_url: https://fhir.site.example/ane\nehr_record_ids: {ct-head: '4711'}\n"
    )
    done = run("ehr", "-o", str(tmp_path / "ehr"), home=home)
    assert done.exit_code == 0
    text = (tmp_path / "ehr/order-set-build.csv").read_text("utf-8-sig")
    (row,) = [line for line in text.splitlines() if ',"ct-head",' in line]
    assert '"4711"' in row
    assert f"https://fhir.site.example/ane/ActivityDefinition/ane-ct-head|{REVISION}" in row


def test_what_others_put_into_the_folder_stays_and_what_we_no_longer_make_goes(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "ehr"
    run("ehr", "-o", str(folder))
    (folder / "fhir" / "notes.txt").write_text("mine")
    (folder / "mine").mkdir()
    (folder / "mine" / "more.txt").write_text("mine too")
    old = json.loads((folder / "manifest.json").read_text())
    old["files"]["fhir/ActivityDefinition-ane-gone.json"] = "0" * 64
    (folder / "manifest.json").write_text(json.dumps(old))
    (folder / "fhir" / "ActivityDefinition-ane-gone.json").write_text("{}")
    assert run("ehr", "-o", str(folder)).exit_code == 0
    assert (folder / "fhir" / "notes.txt").read_text() == "mine"
    assert (folder / "mine" / "more.txt").read_text() == "mine too"
    assert not (folder / "fhir" / "ActivityDefinition-ane-gone.json").exists()
    assert {name: text for name, text in files(folder).items() if name in made()} == made()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = run("ehr", "-o", str(tmp_path / "file" / "ehr"))
    assert done.exit_code == 1
    assert "cannot be written" in done.stderr
    assert (tmp_path / "file").read_text() == "in the way"


def test_the_worksheet_of_the_revision_before_shows_what_changed(tmp_path: Path) -> None:
    old = made()["order-set-build.csv"].decode("utf-8-sig")
    assert old.count('"30","mg/kg"') == 1
    before = tmp_path / "before.csv"
    before.write_text(old.replace('"30","mg/kg"', '"25","mg/kg"'), "utf-8-sig")
    done = run("ehr", "-o", str(tmp_path / "ehr"), "--previous", str(before))
    assert done.exit_code == 0
    rows = dict(compare_sheets(tmp_path / "ehr/order-set-build.xlsx"))["Changes"]
    assert any(row[:1] == ["methylprednisolone"] and row[-2:] == ["25", "30"] for row in rows)
    before.write_bytes(b"\xff\xfe no worksheet")
    assert run("ehr", "-o", str(tmp_path / "x"), "--previous", str(before)).exit_code == 1


def before(tmp_path: Path, *edits: tuple[str, str], dress: Callable[[str], bytes]) -> Path:
    """The worksheet of an earlier revision, as it comes back from a site."""
    text = made()["order-set-build.csv"].decode("utf-8-sig")
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = tmp_path / "before.csv"
    path.write_bytes(dress(text))
    return path


def european(text: str) -> bytes:
    """Saved with semicolons, wrapped codes and a sep= line."""
    rows = list(csv.reader(io.StringIO(text, newline="")))
    code = rows[0].index("code")
    for row in rows[1:]:
        row[code] = f'="{row[code]}"' if row[code] else ""
    saved = io.StringIO(newline="")
    csv.writer(saved, delimiter=";").writerows(rows)
    return f"sep=;\r\n{saved.getvalue()}".encode()


PREVIOUS: dict[str, Callable[[str], bytes]] = {
    "as it was": lambda text: text.encode("utf-8-sig"),
    "European": european,
    "Unicode text": lambda text: text.encode("utf-16"),
    "titles above": lambda text: b"Revision of last year\r\n\r\n" + text.encode(),
    "CR alone": lambda text: text.replace("\r\n", "\r").encode(),
    "columns in capitals": lambda text: text.replace(
        text.split("\r\n")[0], text.split("\r\n")[0].upper().replace("_", " "), 1).encode(),
    "Windows-1252": lambda text: text.replace(
        '"local_build_notes"', '"notes m\u00e9decin"').encode("cp1252"),
}  # fmt: skip


@pytest.mark.parametrize("dress", PREVIOUS)
def test_the_earlier_worksheet_may_come_back_as_any_spreadsheet_saves_it(tmp_path, dress):
    path = before(tmp_path, ('"30","mg/kg"', '"25","mg/kg"'), dress=PREVIOUS[dress])
    rows = changes.read_previous(path, "before.csv")
    told = changes.changes(rows, worksheet_rows())
    assert [(one.row_key, one.column, one.old, one.new) for one in told] == [
        ("methylprednisolone", "dose_value", "25", "30")
    ]


def worksheet_rows() -> list[dict[str, str]]:
    return worksheet.rows(load(Locator(), "ane", DAY), "https://example.org/fhir/ane", False)


def test_a_comma_for_the_decimal_point_is_no_change(tmp_path):
    path = before(tmp_path, dress=european)
    rows = changes.read_previous(path, "before.csv")
    now = [dict(row) for row in rows]
    now[31]["dose_value"], rows[31]["dose_value"] = "12.5", "12,5"
    assert changes.changes(rows, now) == []


@pytest.mark.parametrize(
    ("edits", "raw", "told"),
    [([('"5902-2"', '"Feb-02"')], None, "code: 'Feb-02': a spreadsheet has made a date of it"),
     ([('"row_key",', '"key",')], None, "no column 'row_key'"),
     ([('"row_key",', '"code",')], None, "2 columns have the name 'code'"),
     ([('"cbc"', '"cmp"')], None, "the row_key 'cmp' stands twice"),
     ([], b"PK\x03\x04[Content_Types].xml", "this is an Excel workbook (XLSX)"),
     ([], b"", "the file is empty"), ([], b"x" * 21_000_000, "more than 20,000,000 bytes"),
     ([], bytes(1000), "NUL")],
)  # fmt: skip
def test_an_earlier_worksheet_that_is_none_or_was_changed_is_refused(tmp_path, edits, raw, told):
    path = before(tmp_path, *edits, dress=str.encode)
    if raw is not None:
        path.write_bytes(raw)
    done = run("ehr", "-o", str(tmp_path / "ehr"), "--previous", str(path))
    assert (done.exit_code, done.stdout) == (1, "")
    assert told in done.stderr
    assert not (tmp_path / "ehr").exists()


@pytest.mark.parametrize("text", ["=HYPERLINK(''http://x.example'',1)", "+1+1", "-2+3", "@SUM(A1)"])
def test_a_formula_in_the_earlier_worksheet_stays_a_text(tmp_path, text):
    """Source: tableExport.jquery.plugin #230: the file comes back from a site unknown to us."""
    path = before(tmp_path, ('"Complete blood count"', f'"{text}"'), dress=str.encode)
    done = run("ehr", "-o", str(tmp_path / "ehr"), "--previous", str(path))
    assert done.exit_code == 0
    content = (tmp_path / "ehr/order-set-build.xlsx").read_bytes()
    (cell,) = [cell for line in libreoffice.opened(content, values=False)["Changes"].iter_rows()
               for cell in line if cell.value == text]  # fmt: skip
    assert cell.data_type == "s"


def test_the_notes_warn_of_what_a_spreadsheet_does_to_codes() -> None:
    text = " ".join(made()["README-IMPORT.md"].decode().split())
    assert "Do not open a CSV file in a spreadsheet by double click" in text
    assert "become dates" in text


def test_a_finished_table_that_cannot_be_read_is_a_fault_and_no_crash() -> None:
    from anedocs.check.readers import tables

    with pytest.raises(ValueError, match="field larger"):
        tables.csv_rows(b'"row_key"\r\n"' + b"x" * 200_000)


def compare_sheets(path: Path):
    from anedocs.check.readers import tables

    return tables.sheets(path.read_bytes()).items()


def test_the_previous_worksheet_kept_beside_the_order_set_is_taken_by_every_build(
    tmp_path: Path,
) -> None:
    home = with_bundled(tmp_path / "home")
    old = made()["order-set-build.csv"].replace(b'"12","mg/kg"', b'"11","mg/kg"')
    (home / "ordersets" / "ane.previous.csv").write_bytes(old)
    locator = Locator(home)
    assert changes.kept_beside(locator, "ane") is not None
    assert "ordersets/ane.previous.csv" in inputs.fingerprints(locator, "ane")


def test_the_command_needs_no_page_maker(tmp_path: Path) -> None:
    """Why: it is to take half a second at most, and run where the libraries for PDF are missing."""
    heavy = ("weasyprint", "jinja2", "pypdfium2", "PIL", "fontTools", "openpyxl")
    script = (
        "import sys\n"
        f"for name in {heavy!r}: sys.modules[name] = None\n"  # whoever imports it, fails
        "from anedocs.cli.app import cli\n"
        "cli(['ehr', '-o', sys.argv[1]], standalone_mode=False)\n"
    )
    subprocess.run([sys.executable, "-c", script, tmp_path / "ehr"], check=True,
                   env={"PYTHONPATH": str(SRC), "PATH": ""})  # fmt: skip
    assert len(list((tmp_path / "ehr").rglob("*"))) > 4


def test_the_notes_for_import_claim_only_what_was_run() -> None:
    text = made()["README-IMPORT.md"].decode()
    assert "It is not an import file of any EHR vendor" in text
    for vendor in ("Epic", "Cerner", "MEDITECH"):
        assert vendor not in text
    assert "every entry" in text
    assert "$" not in text.replace("$apply", "").replace("$validate", "")
    sums = re.findall(r"^    [0-9a-f]{64}  (\S+)$", text, re.MULTILINE)
    assert sums == sorted(set(made()) - {"README-IMPORT.md", "manifest.json"})


def test_the_notes_name_the_very_versions_that_are_run() -> None:
    text = made()["README-IMPORT.md"].decode()
    here = Path(__file__).parents[2] / "conformance"
    poms = "".join((here / one / "pom.xml").read_text() for one in ("engines", "server"))
    packages = json.loads((here / "js" / "package.json").read_text())["dependencies"]
    said = set(re.findall(r"\b[0-9]+\.[0-9]+\.[0-9]+\b", text.partition("## What was run")[2]
                          .partition("## Take it back")[0]))  # fmt: skip
    run_on = set(re.findall(r"<(?:version|hapi)>([0-9.]+)</", poms)) | set(packages.values())
    assert said == {"8.8.0", "4.4.0", "3.3.2"}
    assert said <= run_on


# ---- The check of the finished files ----


def content():
    return inputs.content(Locator(), "ane")


def findings(folder: Path) -> str:
    found = ehr_check.findings(folder, content(), load(Locator(), "ane", DAY))
    return "\n".join(map(str, found))


def test_the_package_as_made_passes(folder: Path) -> None:
    assert findings(folder) == ""


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_bytes()
    assert text.count(old.encode()) >= 1, f"{old!r} is not in {path.name}"
    path.write_bytes(text.replace(old.encode(), new.encode(), 1))


def in_sheet(path: Path, change: Callable[[object], None]) -> None:
    """Change a workbook as a person does, in its cells."""
    import openpyxl

    book = openpyxl.load_workbook(path, data_only=True)
    change(book)
    book.save(path)


SPOILED = {
    "a dose in the worksheet": (
        "order-set-build.csv", '"30","mg/kg"', '"31","mg/kg"',
        "methylprednisolone, dose_value: expected '30'; found '31'"),
    "a maximum in the worksheet": (
        "order-set-build.csv", '"1000","mg"', '"1001","mg"', "max_single_dose_value"),
    "a band in the worksheet": (
        "order-set-build.csv", '"12","mg/kg","","","","30"', '"12","mg/kg","","","","31"',
        "tocilizumab-lighter, max_weight_kg_exclusive"),
    "a priority in the worksheet": (
        "order-set-build.csv", '"N","stat","Y"', '"N","urgent","Y"',
        "methylprednisolone, priority"),
    "an invented dose": (
        "order-set-build.csv", '"oseltamivir","","not_stated",""',
        '"oseltamivir","","not_stated","75"', "oseltamivir, dose_value: expected none: NOT SET"),
    "a row that is lost": ("order-set-build.csv", '"ct-head"', '"ct-heads"', "order-set-build"),
    "a dose of the dose check": (
        "dose-check.csv", '"540","540"', '"540","539"', "methylprednisolone at 18 kg"),
    "a working of the dose check": (
        "dose-check.csv", "30 mg/kg x 18 kg", "31 mg/kg x 18 kg", "formula"),
    "a dose in FHIR": (
        "fhir/ActivityDefinition-ane-methylprednisolone.json", '"value": 30,', '"value": 31,',
        "dose_value: expected '30'; found '31'"),
    "a duration in FHIR": (
        "fhir/ActivityDefinition-ane-methylprednisolone.json", '"value": 5,', '"value": 6,',
        "duration_value: expected '5'; found '6'"),
    "a number of the CQL": (
        "fhir/ANEDosing.cql", "MethylprednisoloneBasisMgPerKg: 30",
        "MethylprednisoloneBasisMgPerKg: 29", "MethylprednisoloneBasisMgPerKg"),
    "a new number in the CQL": (
        "fhir/ANEDosing.cql", "define NoWeightText", "define Secret: 7\n\ndefine NoWeightText",
        "Secret: expected numbers of the order set only; found 7"),
    "a fingerprint": ("manifest.json", '"fingerprint": "', '"fingerprint": "0', "fingerprint"),
    "a sum in the notes": ("README-IMPORT.md", "  dose-check.csv", "  dose-chick.csv",
                           "README-IMPORT.md: dose-check.csv"),
}  # fmt: skip


@pytest.mark.parametrize("what", SPOILED)
def test_what_is_changed_by_hand_is_found(folder: Path, what: str) -> None:
    name, old, new, expected = SPOILED[what]
    edit(folder / name, old, new)
    found = findings(folder)
    assert expected in found
    assert "Mend: anedocs build --force" in found


def test_a_dose_changed_in_a_workbook_is_found(folder: Path) -> None:
    def hidden(book):
        sheet = book["Check"]
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value == 540 and cell.column > 10:
                    cell.value = 541
                    return
        raise AssertionError("no dose of 540 mg")

    in_sheet(folder / "dose-check.xlsx", hidden)
    assert "methylprednisolone at 18 kg, hidden dose: expected 540; found 541" in findings(folder)


def test_a_cell_changed_in_the_workbook_is_found(folder: Path) -> None:
    def retitle(book):
        (cell,) = [cell for row in book["Orders"].iter_rows() for cell in row
                   if cell.value == "CT head"]  # fmt: skip
        cell.value = "CT brain"

    in_sheet(folder / "order-set-build.xlsx", retitle)
    assert "ct-head, display_name: expected 'CT head'; found 'CT brain'" in findings(folder)


def test_another_archive_is_found(folder: Path) -> None:
    path = folder / "fhir" / f"ane-orderset-{REVISION}.tgz"
    path.write_bytes(b"no archive")
    assert "is no archive" in findings(folder)


def test_a_lost_file_is_found(folder: Path) -> None:
    (folder / "dose-check.csv").unlink()
    assert "dose-check.csv" in findings(folder)


@pytest.mark.parametrize("name", ["order-set-build.csv", "order-set-build.xlsx",
                                  "fhir/bundle-collection.json"])  # fmt: skip
def test_every_fact_of_its_map_is_in_the_file(folder: Path, name: str) -> None:
    known = facts(content())
    reading = one_file.read_file(folder / name, kind_of(name))
    mine = [fact for fact in known if reading.kind.name in fact.documents]
    assert len(mine) > 150
    assert list(one_file.shows(reading, known, one_file.order_names(content()))) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [("order-set-build.csv", b"\xff"), ("order-set-build.xlsx", b"PK"),
     ("bundle-collection.json", b"{"), ("bundle-collection.json", b'{"entry": [{}]}'),
     ("order-set-build.csv", b'"a","b"\n"1"\n')],
)  # fmt: skip
def test_a_broken_file_is_told_as_such(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=r".+"):
        one_file.read_file(tmp_path / name, kind_of(name))


def test_a_workbook_without_its_table_is_told_as_such(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = "Orders"
    packed = io.BytesIO()
    book.save(packed)
    (tmp_path / "order-set-build.xlsx").write_bytes(packed.getvalue())
    with pytest.raises(ValueError, match="row_key"):
        one_file.read_file(tmp_path / "order-set-build.xlsx", WORKSHEET)


def test_the_workbooks_hold_nothing_but_what_they_should(folder: Path) -> None:
    for name in ("order-set-build.xlsx", "dose-check.xlsx"):
        with zipfile.ZipFile(folder / name) as packed:
            inside = packed.namelist()
            assert not any("vba" in one or "external" in one for one in inside)
            dates = {one.date_time for one in packed.infolist()}
        assert len(dates) == 1


def test_a_hand_made_number_in_any_text_of_the_package_is_an_orphan(
    finished: Path, tmp_path: Path
) -> None:
    shutil.copytree(finished, tmp_path / "output")
    edit(tmp_path / "output/ehr/order-set-build.csv", "without delay, in ED or PICU",
         "without delay, within 37 minutes")  # fmt: skip
    edit(tmp_path / "output/ehr/README-IMPORT.md", "Use a test server first",
         "Use a test server for 77 hours first")  # fmt: skip
    edit(tmp_path / "output/ehr/fhir/bundle-collection.json", "one dose; maximum",
         "one dose of 88 mg; maximum")  # fmt: skip
    told = read_back(tmp_path / "output")
    for number in ("37", "77", "88 mg"):
        assert f"found {number}" in told
