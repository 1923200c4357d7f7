"""Facts, their map and the check of finished documents; each fact alone: test_facts_long.py."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from anedocs.build import manifest
from anedocs.check import check
from anedocs.check.read_back import one_file
from anedocs.check.read_back.facts import facts
from anedocs.check.read_back.one_file import Reading
from anedocs.cli.app import cli
from anedocs.documents.kind import ReadAs
from anedocs.documents.order_sheet.kinds import SHEET
from anedocs.edition.load import load
from anedocs.edition.locate import Locator
from support.fact_changes import DAY, content, missing
from support.homes import with_bundled
from support.kinds import kind_of
from support.read_back import read_back

AT = "2026-11-21T20:47"


def run(home: Path | None, *words: str) -> Any:
    before = ["--home", str(home)] if home else []
    return CliRunner().invoke(cli, [*before, *words, "--at", AT])


@pytest.fixture(scope="module")
def old(finished: Path) -> list[Reading]:
    written = manifest.read(finished)
    assert written is not None
    kinds = {name: kind_of(name) for name in sorted(written.files)}
    return [
        one_file.read_file(finished / name, kind)
        for name, kind in kinds.items()
        if kind.read_as is not ReadAs.PACKAGE
    ]


def test_no_fact_is_missing_in_the_documents_as_built(old: list[Reading]) -> None:
    source = content()
    for reading in old:
        assert missing(reading, facts(source), source) == set()


def test_facts_that_no_document_shows_have_a_reason() -> None:
    silent = [fact for fact in facts(content()) if not fact.documents]
    for fact in silent:
        assert fact.reason, fact.name
        assert "no kind of document shows it" not in fact.reason, fact.name
    print("\n" + "\n".join(f"{fact.name}: {fact.reason}" for fact in silent))


@pytest.mark.parametrize(
    ("old_text", "new_text", "name"),
    [
        ("amount: 30 mg/kg}", "amount: 31 mg/kg}", "methylprednisolone.dose.amount"),
        ("placed_by: {value: ED, from: guideline CON-NEU}",
         "placed_by: {value: ICU, from: guideline CON-NEU}", "consult-neurology.placed_by.value"),
        ("below: 14 points", "below: 13 points", "gcs.below"),
    ],
)  # fmt: skip
def test_the_read_back_names_the_fact_and_the_mend(
    finished: Path, tmp_path: Path, old_text: str, new_text: str, name: str
) -> None:
    told = read_back(finished, changed_home(tmp_path, old_text, new_text))
    assert name in told
    assert "Mend: anedocs build" in told


def changed_home(folder: Path, old_text: str, new_text: str) -> Path:
    """A home with the order set, one text of it changed."""
    found = Locator().find("ordersets", "ane.yaml")
    assert found is not None
    text = found[0].read_text("utf-8")
    assert text.count(old_text) == 1
    with_bundled(folder / "home")
    changed = folder / "home" / "ordersets" / "ane.yaml"
    changed.write_text(text.replace(old_text, new_text), "utf-8")
    return folder / "home"


def test_the_command_says_in_one_line_what_changed_and_how_many_documents_are_out_of_date(
    finished: Path, tmp_path: Path
) -> None:
    home = changed_home(tmp_path, "amount: 30 mg/kg}", "amount: 31 mg/kg}")
    done = run(home, "check", "-o", str(finished))
    assert done.exit_code == 1
    revision, line, count = done.stderr.splitlines()
    assert revision.startswith("ordersets/ane.yaml: revision: ")
    assert count == "2 findings."
    assert line.startswith("MANIFEST.json: ")
    assert "of 65 documents are out of date" in line
    assert "ordersets/ane.yaml (methylprednisolone) changed since they were built" in line
    assert "Mend: anedocs build; each difference: anedocs -v check" in line
    every = run(home, "check", "-v", "-o", str(finished)).stderr
    sheet = "ane-sheet-blank-a4.pdf: page 1, after '.*': expected '31'; found '30'"
    assert re.search(sheet, every)
    assert "ane-card-badge-a4.pdf: page 2, after" in every
    assert "ehr/order-set-build.csv: row " in every


def test_the_matrix_lists_every_fact(finished: Path) -> None:
    done = run(None, "check", "--matrix", "-o", str(finished))
    assert done.exit_code == 0
    for fact in facts(content()):
        assert fact.name in done.output


def test_the_documents_in_output_are_those_of_today_and_a_build_would_make_none_anew(
    finished: Path, tmp_path: Path
) -> None:
    done = run(None, "check", "-o", str(finished))
    assert done.exit_code == 0, done.output
    shutil.copytree(finished, tmp_path / "output")
    assert "0 made" in run(None, "build", "-o", str(tmp_path / "output")).output


def test_a_whole_build_passes_its_own_check(tmp_path: Path) -> None:
    folder = tmp_path / "output"
    assert "65 made" in run(None, "build", "-o", str(folder)).output
    assert run(None, "check", "-o", str(folder)).exit_code == 0


def test_a_file_changed_lost_or_foreign_is_found(finished: Path, tmp_path: Path) -> None:
    folder = tmp_path / "output"
    shutil.copytree(finished, folder)
    (folder / "ane-gaps.txt").write_text(
        (folder / "ane-gaps.txt").read_text().replace("oseltamivir: dose", "oseltamivir: 777 mg")
    )
    (folder / "ane-card-a6-a4.pdf").unlink()
    (folder / "ane-leaflet-es.docx").write_bytes(b"PK no zip")
    done = run(None, "check", "-o", str(folder))
    assert done.exit_code == 1
    assert re.search(r"ane-gaps.txt: line [0-9]+: expected .*; found .*777 mg", done.output)
    assert "ane-card-a6-a4.pdf: file: expected a finished file; found nothing" in done.output
    assert "ane-leaflet-es.docx: file: expected a file that can be read" in done.output


def test_no_built_documents_is_told_with_the_mend(tmp_path: Path) -> None:
    done = run(None, "check", "-o", str(tmp_path / "none"))
    assert done.exit_code == 1
    assert "Run: anedocs build" in done.output


def test_the_edition_and_draft_marks_are_missed_on_every_page(old: list[Reading]) -> None:
    edition = load(Locator(), "ane", DAY)
    for reading in old:
        bare = Reading(
            reading.name, reading.kind,
            tuple(page.replace("DRAFT", "").replace(edition.short_fingerprint, "")
                  for page in reading.pages),
        )  # fmt: skip
        assert list(one_file.marked(reading, edition)) == []
        assert len(list(one_file.marked(bare, edition))) == 2 * len(bare.pages)


def test_a_second_page_is_found(old: list[Reading]) -> None:
    edition, source = load(Locator(), "ane", DAY), content()
    sheet = next(reading for reading in old if reading.kind is SHEET)
    two = Reading(sheet.name, sheet.kind, (*sheet.pages, sheet.pages[0]))
    found = list(check.of_reading(two, source, facts(source), edition))
    assert any(one.place == "pages" and one.found == "2 pages" for one in found)


def test_the_manifest_names_what_the_documents_were_made_from(finished: Path) -> None:
    written = manifest.read(finished)
    assert written is not None
    for name in ("ordersets/ane.yaml", "templates/order_sheet.html", "ordersets/site.yaml"):
        assert name in written.inputs
    assert any(name.startswith("fonts/") for name in written.inputs)
    assert written.tools["weasyprint"] != "from source"
    made = {path.relative_to(finished).as_posix() for path in finished.rglob("*") if path.is_file()}
    assert {one for one in made if one.startswith(("ane-", "ehr/"))} >= set(written.files)
    assert "ehr/fhir/bundle-transaction.json" in written.files
