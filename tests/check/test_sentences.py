"""What of a finished file is a sentence: by its kind, so that no sum, id or address is one.

And what is planted in a sentence is found in each kind of file.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from anedocs.build import inputs
from anedocs.check import check
from anedocs.check.read_back import ehr_files as ehr_reading
from anedocs.check.read_back import import_notes, left_out, one_file, spans
from anedocs.check.read_back.facts import facts
from anedocs.check.read_back.spans import Kind, Span
from anedocs.documents.fhir.kinds import FHIR
from anedocs.documents.gaps.kinds import GAPS
from anedocs.documents.leaflet.kinds import LEAFLET
from anedocs.documents.order_sheet.kinds import SHEET
from anedocs.documents.worksheet.kinds import WORKSHEET
from anedocs.edition.load import load
from anedocs.edition.locate import Locator
from anedocs.schema import ismp
from support.kinds import kind_of

DAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def said():
    """What the check says of a file of ANE's with this content."""
    locator = Locator()
    edition, content = load(locator, "ane", DAY), inputs.content(locator, "ane")
    known = facts(content)

    def told(path: Path) -> str:
        found = check.of_reading(
            one_file.read_file(path, kind_of(path.name)), content, known, edition
        )
        return "\n".join(map(str, found))

    return told


def changed(finished: Path, tmp_path: Path, name: str, old: str, new: str) -> Path:
    """A copy of a finished file with one text in place of another."""
    text = (finished / name).read_bytes().decode()
    assert old in text
    path = tmp_path / Path(name).name
    path.write_bytes(text.replace(old, new, 1).encode())
    return path


README = "ehr/README-IMPORT.md"
TABLE = "ehr/order-set-build.csv"
BUNDLE = "ehr/fhir/bundle-collection.json"
WHERE = {
    README: ("Do not fill them from memory.", "Do not fill them from memory. {}"),
    TABLE: ("known or suspected viral infection", "known or suspected viral infection {}"),
    BUNDLE: ('"title": "CT head"', '"title": "CT head {}"'),
    "ehr/fhir/ANEDosing.cql": ("// Edition", "// {}\n// Edition"),
}


@pytest.mark.parametrize("name", WHERE)
@pytest.mark.parametrize(
    ("planted", "seen"),
    [
        ("give 5 cc", "L11"),
        ("give 1.0 mg", "L01"),
        ("give .5 mg", "L02"),
        ("give 4,713 mg", "4,713 mg,"),
        ("give 7,351 of them", "7,351,"),
        ("give 4U", "L07"),
        ("methylprednisolone", "L18"),
    ],
)
def test_what_is_planted_in_a_sentence_is_found(
    said, finished: Path, tmp_path: Path, name: str, planted: str, seen: str
) -> None:
    old, new = WHERE[name]
    assert said(changed(finished, tmp_path, name, old, old)) == ""
    assert seen in said(changed(finished, tmp_path, name, old, new.format(planted)))


@pytest.mark.parametrize("sum_", ["ab" * 31 + "cc", "0" * 63 + "1", "5cc" + "0" * 58 + "1cc"])
def test_a_check_sum_is_no_sentence_however_it_ends(
    said, finished: Path, tmp_path: Path, sum_: str
) -> None:
    old = next(
        line
        for line in (finished / README).read_text("utf-8").splitlines()
        if line.endswith("  dose-check.csv")
    )
    assert said(changed(finished, tmp_path, README, old, f"    {sum_}  dose-check.csv")) == ""


@pytest.mark.parametrize(
    "line",
    [
        "    Give 40 mg of it",
        "8. Give 40 mg of it",
        "`40 mg`",
        "    40 mg  dose-check.csv",
        "## Give 40 mg",
        "The base is 40 mg.",
    ],
)
def test_no_form_of_a_line_hides_an_amount_in_the_import_notes(
    said, finished: Path, tmp_path: Path, line: str
) -> None:
    assert "40 mg" in said(changed(finished, tmp_path, README, "## Codes", f"{line}\n\n## Codes"))


def test_an_amount_in_a_line_of_the_template_is_found(said, finished: Path, tmp_path: Path) -> None:
    """Where a filled-in title or gate stands, the rest of the line is the program's own."""
    for old, new in (
        ("(ANE): files for", "(ANE) 40 mg: files for"),
        ("whether treatment waits", "whether 40 mg waits"),
        ("Use a test server first.", "Use a 40 mg server first."),
    ):
        assert "40 mg" in said(changed(finished, tmp_path, README, old, new))


def test_the_import_notes_of_another_base_are_read_as_the_same_kinds() -> None:
    text = (
        "1. Use a test server first. Validate before you import (`$validate`): a server may take a "
        "broken definition and say nothing.\n"
        "Canonical base: `https://x.example.org/r4/4.0`\n"
        "Edition croup 2026.1.0, fingerprint 093e859c19cc.\n"
        "1. What a home of its own says\n"
    )
    page = import_notes.spans(text)
    prose = "".join(one.text for one in page if one.kind is Kind.PROSE)
    coded = "".join(one.text for one in page if one.kind is Kind.CODED)
    assert prose.split() == ["What", "a", "home", "of", "its", "own", "says"]
    for words in ("https://x.example.org/r4/4.0", "$validate", "croup 2026.1.0", "093e859c19cc"):
        assert words in coded


def test_an_address_hides_no_dose_beside_it() -> None:
    text = "see http://10.0.0.10:8080/r4/4.0 and give 1.0 mg"
    assert [(one.rule, one.found) for one in ismp.lint(text)] == [("L01", "1.0")]


@pytest.mark.parametrize(
    ("exempt", "text", "rules"),
    [
        ("4", "4.0 mg", ["L01"]),
        ("Unit 4B", "Unit 4B gives 4U", ["L07"]),
        ("1.0", "1.0 mg and 1.0", ["L01"]),
        ("The CC House", "The CC House, 5 CC", ["L11"]),
    ],
)
def test_what_is_left_out_by_its_value_is_left_out_whole(
    exempt: str, text: str, rules: list[str]
) -> None:
    assert [one.rule for one in ismp.lint(text, exempt=[exempt])] == rules


def test_nothing_runs_together_from_cell_to_cell() -> None:
    page = tuple(spans.apart(["2500", "mg"]))
    assert ismp.lint(spans.sentences(page)) == []
    assert [one.rule for one in ismp.lint(spans.sentences((Span("2500"), Span("mg"))))] == ["L04"]


def test_only_where_things_are_called_by_their_ids_are_ids_left_out() -> None:
    locator = Locator()
    edition, content = load(locator, "ane", DAY), inputs.content(locator, "ane")
    assert "methylprednisolone" in left_out.left_out(content, edition, GAPS.quotes)
    for kind in (SHEET, LEAFLET, WORKSHEET, FHIR):
        assert "methylprednisolone" not in left_out.left_out(content, edition, kind.quotes)


def test_the_sheets_of_the_workbook_are_read_by_heading_and_header() -> None:
    head = [["Title"], ["DRAFT"], ["ane, revision 1", "fingerprint 2", "Lines to build: 77"]]
    rows = [
        *head,
        [],
        ["Whom to ask"],
        ["Pharmacy", "tel. 1.0"],
        ["How to build and test"],
        ["Step 9", "Build 3 rows"],
        ["This edition"],
        ["Population", "5 cc"],
    ]
    kinds = {one.text: one.kind for one in ehr_reading.sheet_reading.spans("ReadMe", rows, [])}
    assert kinds["Lines to build: 77"] is kinds["Step 9"] is kinds["Build 3 rows"] is Kind.OWN
    assert kinds["tel. 1.0"] is Kind.CODED
    assert kinds["5 cc"] is kinds["DRAFT"] is Kind.PROSE
    evidence = [
        *head,
        ["53 things"],
        ["Kind", "Id", "Where it stands", "What it says", "Rows that rest on it"],
        ["statement", "TX-1", "line 9", "a statement", "x"],
        ["reference", "REF-1", "number 9", "a title", ""],
    ]
    kinds = {
        one.text: one.kind for one in ehr_reading.sheet_reading.spans("Evidence", evidence, [])
    }
    assert kinds["a statement"] is Kind.PROSE
    assert kinds["a title"] is kinds["line 9"] is kinds["number 9"] is Kind.CODED
    changes = [
        *head,
        ["guide"],
        ["Row key", "Kind", "Column", "Old", "New"],
        ["x", "changed", "order_comments", "20 mg", "30 mg"],
        ["x", "changed", "code", "4-1", "5-1"],
        ["y", "added", "", "", "a row"],
    ]
    kinds = {one.text: one.kind for one in ehr_reading.sheet_reading.spans("Changes", changes, [])}
    assert kinds["30 mg"] is kinds["a row"] is Kind.PROSE
    assert kinds["20 mg"] is kinds["5-1"] is Kind.CODED
    with pytest.raises(ValueError, match="no row with the headers"):
        ehr_reading.sheet_reading.spans("Evidence", [*head, ["Kind"]], [])


def test_the_bundle_reads_as_json(finished: Path) -> None:
    """A guard of the edits above: they keep the file what it is."""
    assert json.loads((finished / BUNDLE).read_bytes())["resourceType"] == "Bundle"
