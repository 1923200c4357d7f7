"""A sheet of an order set that grows: names of any length break the line, and no order is lost."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest
from click.testing import CliRunner, Result

from anedocs.cli.app import cli

AT = "2026-11-21T20:47"
DOSE = (
    "dose: {kind: not_set, questions: A1}",
    "dose: {kind: by_weight, amount: 0.6 mg/kg}\n        dose_from: guideline TX-1",
)
NAME = "name: write here the drug"


def run(home: Path, *words: str) -> Result:
    done = CliRunner().invoke(cli, ["--home", str(home), "--orderset", "croup", *words, "--at", AT])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


@pytest.fixture
def home(tmp_path: Path) -> Path:
    done = CliRunner().invoke(cli, ["--home", str(tmp_path), "new", "croup", "--at", AT])
    assert done.exit_code == 0
    return tmp_path


def edit(home: Path, *pairs: tuple[str, str]) -> None:
    path = home / "ordersets/croup.yaml"
    text = path.read_text("utf-8")
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path.write_text(text, "utf-8")


def sheet(home: Path, *words: str) -> str:
    """The words of a sheet on its one page, on one line."""
    path = home / "sheet.pdf"
    done = run(home, "sheet", *words, "-o", str(path))
    assert done.exit_code == 0, done.output
    document = pypdfium2.PdfDocument(path.read_bytes())
    assert len(document) == 1
    text = document[0].get_textpage().get_text_bounded().replace("\x02", "-")
    document.close()
    return " ".join(text.split())


@pytest.mark.parametrize("words", [("--blank",), ("--weight", "4"), ("--weight", "33.3")])
@pytest.mark.parametrize("paper", ["letter", "a4"])
def test_a_first_dose_prints_with_all_else_not_set(
    home: Path, words: tuple[str, ...], paper: str
) -> None:
    edit(home, DOSE)
    text = sheet(home, *words, "--paper", paper)
    assert "maximum: not stated in guideline route NOT SET frequency NOT SET" in text


@pytest.mark.parametrize(
    "name",
    [
        "dexamethasone",
        "tocilizumab biosimilar of the hospital formulary",
        "methylPREDNISolone sodium succinate, preservative free",
        "long " * 50 + "name",
        "unbroken" * 20,
    ],
)
@pytest.mark.parametrize("words", [("--blank",), ("--weight", "18.4")])
def test_a_name_of_any_length_breaks_the_line(
    home: Path, name: str, words: tuple[str, ...]
) -> None:
    edit(home, DOSE, (NAME, f"name: {name}"))
    text = sheet(home, *words, "--paper", "a4")
    assert name.replace(" ", "") in text.replace(" ", "")
    assert "route NOT SET frequency NOT SET" in text


def test_long_words_of_a_route_and_a_frequency_break_the_line(home: Path) -> None:
    route = "through the nasogastric tube or by mouth, as the bedside team of the day decides"
    often = "at the start and at the end of each infusion, and again when the fever comes back"
    edit(
        home,
        DOSE,
        ("route: {not_set: A1}", f"route: {{value: '{route}', from: guideline TX-1}}"),
        ("frequency: {not_set: A1}", f"frequency: {{value: '{often}', from: guideline TX-1}}"),
    )
    for words in (("--blank",), ("--weight", "18.4")):
        text = sheet(home, *words, "--paper", "a4")
        assert f"route {route}" in text
        assert often in text


def test_what_does_not_fit_on_a_page_says_which_order_to_shorten(home: Path) -> None:
    edit(home, (NAME, f"name: {'very long ' * 140}drug"))
    text = (home / "ordersets/croup.yaml").read_text("utf-8")
    for number in range(5):
        start = text.index("      - id: first-drug")
        one = text[start : text.index("# Near a band edge")]
        more = one.replace("first-drug", f"drug-{number}").partition("        open_questions")[0]
        text = text[:start] + more + text[start:]
    (home / "ordersets/croup.yaml").write_text(text, "utf-8")
    done = run(home, "sheet", "--weight", "18.4", "-o", str(home / "sheet.pdf"))
    assert done.exit_code == 4, done.output
    assert "does not fit on one page" in done.stderr
    assert "The longest order is 'very long very long" in done.stderr
    assert "ordersets/croup.yaml" in done.stderr
    assert "allergies" not in done.stderr
    assert not (home / "sheet.pdf").exists()


def test_an_order_beside_drugs_stands_on_the_sheet_with_or_without_details(home: Path) -> None:
    """A bare name was left off the page where its section had a drug."""
    edit(
        home,
        (
            "      - id: first-drug",
            "      - {id: beside, kind: laboratory, "
            "name: Test beside the drug, from: guideline TX-1}\n      - id: first-drug",
        ),
    )
    assert "☐ Test beside the drug" in sheet(home, "--blank")


@pytest.mark.parametrize("dose", [True, False])
def test_what_is_settled_is_printed_whatever_else_is_open(home: Path, dose: bool) -> None:
    edit(
        home,
        *([DOSE] if dose else []),
        ("maximum: {not_set: A1}", "maximum: {value: 2.5 g, from: guideline TX-1}"),
        ("salt: {not_set: silent}", "salt: {value: as phosphate, from: guideline TX-1}"),
        ("duration: {not_set: A1}", "duration: {value: 6 days, from: guideline TX-1}"),
        (
            "infusion_time: {not_set: silent}",
            "infusion_time: {value: 1 hour, from: guideline TX-1}",
        ),
        ("rounding: {not_set: silent}", "rounding: {value: 5 mg, from: guideline TX-1}"),
    )
    for words in (("--blank",), ("--weight", "18.4")):
        text = sheet(home, *words)
        for settled in (
            "maximum 2,500 mg (2.5 g)",
            "salt as phosphate",
            "for 6 days",
            "infusion time 1 hour",
            "rounded to 5 mg",
        ):
            assert settled in text, (words, settled)
    done = run(home, "build", "-o", str(home / "output"))
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("command", ["card", "leaflet"])
def test_what_a_new_order_set_cannot_make_yet_is_said(home: Path, command: str) -> None:
    done = run(home, command, "-o", str(home / "file.pdf"))
    assert (done.exit_code, done.stdout) == (1, "")
    assert "ordersets/croup.yaml" in done.stderr
    assert f"'{'pocket_card' if command == 'card' else 'leaflet'}:'" in done.stderr


def test_a_new_order_set_builds_and_passes_the_check_as_it_is(home: Path) -> None:
    for command in ("build", "check"):
        done = run(home, command, "-o", str(home / "output"))
        assert done.exit_code == 0, done.output
    assert run(home, "ehr", "-o", str(home / "ehr")).exit_code == 0
