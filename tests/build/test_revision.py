"""One revision number never stands for two contents: neither in documents nor in signatures."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from anedocs.cli.app import cli
from support.homes import SIGNERS

FIX = "raise 'revision:', say under 'revisions:' what changed, then: anedocs build"


DOSE = "dose: {kind: not_set, questions: A1}"


def command(folder: Path, *words: str) -> Result:
    """A command on a small order set, or on its documents."""
    words = (*words, "--at", "2026-11-01T08:00")
    if words[0] in ("build", "check"):
        words = (*words, "-o", str(folder / "output"))
    return CliRunner().invoke(cli, ["--home", str(folder), "--orderset", "croup", *words])


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A home with a new order set."""
    assert command(tmp_path, "new", "croup").exit_code == 0
    return tmp_path


def edit(place: Path, old: str, new: str) -> None:
    file = place / "ordersets" / "croup.yaml"
    text = file.read_text("utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), "utf-8")


def with_a_dose(place: Path) -> None:
    """One drug by weight, as the order set's own guideline would give it."""
    edit(place, DOSE, "dose: {kind: by_weight, amount: 0.6 mg/kg}\n"
         "        dose_from: guideline TX-1")  # fmt: skip


def raised(place: Path) -> None:
    """The next revision, with what it changed."""
    edit(place, "\nrevision: 2026.1.0\n", "\nrevision: 2026.1.1\n")
    edit(place, "\nrevisions:\n", "\nrevisions:\n"
         "  - {revision: 2026.1.1, date: 2026-11-01, says: With a dose}\n")  # fmt: skip


def test_changed_content_needs_another_revision(place: Path) -> None:
    assert command(place, "build").exit_code == 0
    before = (place / "output" / "MANIFEST.json").read_bytes()
    with_a_dose(place)
    for verb in ("build", "check"):
        done = command(place, verb)
        assert done.exit_code == 1
        first = done.stderr.splitlines()[0]
        assert first.startswith("ordersets/croup.yaml: revision: ")
        assert "found 2026.1.0, and MANIFEST.json has it for other content" in first
        assert first.endswith(FIX)
    assert (place / "output" / "MANIFEST.json").read_bytes() == before
    raised(place)
    for verb in ("build", "check"):
        assert command(place, verb).exit_code == 0


def test_what_changes_no_content_needs_none(place: Path) -> None:
    assert command(place, "build").exit_code == 0
    edit(place, "\nrevisions:\n", "\nrevisions:  # newest first\n")
    assert command(place, "build").exit_code == 0


def test_a_signed_revision_is_not_changed_either(place: Path) -> None:
    for role, name in SIGNERS.items():
        words = ("approve", "--all-parts", "--role", role, "--name", name, "--yes")
        assert command(place, *words).exit_code == 0
    with_a_dose(place)
    done = command(place, "build")
    assert done.exit_code == 1
    assert "croup.approval.yaml has signatures of it for other content of: treatment" in done.stderr
    assert FIX in done.stderr
    raised(place)
    assert command(place, "build").exit_code == 0
    assert "treatment" in command(place, "gaps").stdout


def test_a_new_order_set_with_one_drug_makes_every_document(place: Path) -> None:
    with_a_dose(place)
    for verb in ("build", "check"):
        assert command(place, verb).exit_code == 0
    done = command(place, "dose", "--weight", "12")
    assert "0.6 mg/kg × 12 kg = 7.2 mg" in done.stdout
    assert command(place, "ehr", "-o", str(place / "ehr")).exit_code == 0
    sheet = command(place, "sheet", "--weight", "12", "-o", str(place / "sheet.pdf"))
    assert sheet.exit_code == 0
    assert (place / "sheet.pdf").read_bytes().startswith(b"%PDF-")
