"""`anedocs verify`: each of its answers, from a PDF, from a picture of the paper, and typed."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from anedocs.check.readers import pdf_file
from anedocs.check.verify import handed_in, sheet_code
from anedocs.cli.app import cli
from anedocs.edition.locate import Locator
from support.ane import REVISION
from support.homes import with_bundled

AT = "2026-11-21T20:47"


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sheet of a child of 18.4 kg, printed from the edition as shipped."""
    path = tmp_path_factory.mktemp("printed") / "sheet.pdf"
    words = ["sheet", "--weight", "18.4", "--at", AT, "-o", str(path)]
    assert CliRunner().invoke(cli, words).exit_code == 0
    return path


@pytest.fixture
def revised(tmp_path: Path) -> Callable[[str, str], Path]:
    """A home whose order set has moved on: a new revision, and one text replaced."""

    def make(old: str, new: str) -> Path:
        found = Locator().find("ordersets", "ane.yaml")
        assert found is not None
        text = found[0].read_text("utf-8")
        assert old in text, old
        text = text.replace(old, new).replace(f"\nrevision: {REVISION}\n", "\nrevision: 2026.2.0\n")
        entry = "revisions:\n  - {revision: 2026.2.0, date: 2026-11-22, says: Made up for a test}\n"
        folder = with_bundled(tmp_path / "home") / "ordersets"
        (folder / "ane.yaml").write_text(text.replace("revisions:\n", entry, 1), "utf-8")
        return tmp_path / "home"

    return make


def run(*words: str, home: Path | None = None) -> Result:
    before = ["--home", str(home)] if home else []
    return CliRunner().invoke(cli, [*before, "verify", *words, "--at", AT])


def code_of(pdf: Path) -> str:
    return handed_in.read(pdf).pages[0].printed[0]


def picture(pdf: Path, folder: Path, dpi: int, *, one_bit: bool) -> Path:
    """The page as paper shows it, photographed or faxed."""
    (image,) = pdf_file.page_images(pdf.read_bytes(), dpi)
    path = folder / f"page-{dpi}-{one_bit}.png"
    (image.convert("1") if one_bit else image).save(path)
    return path


@pytest.mark.parametrize("one_bit", [False, True])
@pytest.mark.parametrize("dpi", [100, 300])
def test_a_picture_of_the_sheet_in_force_is_current(
    printed: Path, tmp_path: Path, dpi: int, one_bit: bool
) -> None:
    done = run(str(picture(printed, tmp_path, dpi, one_bit=one_bit)))
    assert (done.exit_code, done.stdout.splitlines()[0]) == (0, sheet_code.CURRENT)


def test_a_pdf_and_a_typed_code_are_current(printed: Path) -> None:
    for what in (str(printed), code_of(printed), code_of(printed).lower()):
        done = run(what)
        assert (done.exit_code, done.stdout.splitlines()[0]) == (0, sheet_code.CURRENT)


def test_another_edition_with_the_same_dose_is_superseded_unchanged(
    printed: Path, tmp_path: Path, revised: Callable[[str, str], Path]
) -> None:
    home = revised("name: CT head\n", "name: CT of the head\n")
    for what in (printed, picture(printed, tmp_path, 200, one_bit=False)):
        done = run(str(what), home=home)
        assert (done.exit_code, done.stdout.splitlines()[0]) == (3, sheet_code.UNCHANGED)
        assert REVISION in done.stdout
        assert "2026.2.0" in done.stdout


def test_another_edition_with_another_dose_shows_both_doses(
    printed: Path, tmp_path: Path, revised: Callable[[str, str], Path]
) -> None:
    home = revised("amount: 30 mg/kg}", "amount: 31 mg/kg}")
    for what in (printed, picture(printed, tmp_path, 200, one_bit=False)):
        done = run(str(what), home=home)
        assert (done.exit_code, done.stdout.splitlines()[0]) == (3, sheet_code.DIFFERS)
        assert "methylPREDNISolone at 18.4 kg: printed 552 mg, now 570.4 mg" in done.stdout
        assert "tocilizumab at" not in done.stdout


def test_two_contents_of_one_revision_are_told_apart(
    printed: Path, revised: Callable[[str, str], Path]
) -> None:
    home = revised("amount: 30 mg/kg}", "amount: 31 mg/kg}")
    file = home / "ordersets" / "ane.yaml"
    file.write_text(file.read_text("utf-8").replace("2026.2.0", REVISION), "utf-8")
    done = run(code_of(printed), home=home)
    assert (done.exit_code, done.stdout.splitlines()[0]) == (3, sheet_code.DIFFERS)
    assert f"other content under the same revision {REVISION} (fingerprint " in done.stdout
    assert "whoever owns ane must raise the revision" in done.stdout


def test_a_drug_that_is_stopped_or_gone_is_told_in_words(
    printed: Path, revised: Callable[[str, str], Path]
) -> None:
    home = revised("value: 800 mg", "value: 200 mg")
    done = run(code_of(printed), home=home)
    assert (done.exit_code, done.stdout.splitlines()[0]) == (3, sheet_code.DIFFERS)
    assert "tocilizumab at 18.4 kg: printed 220.8 mg, now stopped" in done.stdout


def test_a_withdrawn_edition_says_who_and_why(printed: Path, tmp_path: Path) -> None:
    folder = with_bundled(tmp_path / "home") / "ordersets"
    record = "withdrawn: {by: A. Chair, date: 2026-11-20, reason: dose under review}\n"
    (folder / "ane.approval.yaml").write_text(record, "utf-8")
    done = run(str(printed), home=tmp_path / "home")
    assert (done.exit_code, done.stdout.splitlines()[0]) == (3, sheet_code.WITHDRAWN)
    assert "A. Chair" in done.stdout
    assert "dose under review" in done.stdout


def resealed(body: str) -> str:
    return f"{body}/{zlib.crc32(body.encode()):08X}"


def test_what_does_not_recompute_says_why(printed: Path) -> None:
    body = code_of(printed).rpartition("/")[0]
    wrong = {
        resealed(body.replace(":552", ":553")): "printed 553 mg, now 552 mg",
        resealed(body.replace("/18.4/", "/18.5/")): "now 555 mg",
    }
    for typed, reason in wrong.items():
        done = run(typed)
        assert (done.exit_code, done.stdout.splitlines()[0]) == (1, sheet_code.BROKEN), typed
        assert reason in done.stdout, (typed, done.stdout)


def test_a_revision_that_is_not_here_is_no_verdict_on_the_sheet(printed: Path) -> None:
    """Why: a true sheet of a newer edition must not be called false on an older copy."""
    body = code_of(printed).rpartition("/")[0]
    newer = body.replace(REVISION, "2031.1.0").replace(body.split("/")[2], "0" * 12)
    done = run(resealed(newer))
    assert (done.exit_code, done.stdout.splitlines()[0]) == (2, sheet_code.UNKNOWN)
    assert "printed from revision 2031.1.0" in done.stdout


@pytest.mark.parametrize("shown", ["5,552 mg", "552 mg/kg", "1552 mg", "552 mgx"])
def test_a_dose_inside_another_one_is_not_shown(shown: str) -> None:
    scanned = sheet_code.parse(resealed(f"ANE/{REVISION}/0123456789AB/18.4/METHYLPREDNISOLONE:552"))
    assert sheet_code.not_shown(scanned, f"methylPREDNISolone {shown} IV")
    assert not sheet_code.not_shown(scanned, "methylPREDNISolone 552 mg IV")


def test_a_code_may_be_typed_with_blanks(printed: Path) -> None:
    done = run(code_of(printed).replace("/", " / "))
    assert (done.exit_code, done.stdout.splitlines()[0]) == (0, sheet_code.CURRENT)


def test_a_slip_of_the_hand_is_no_verdict(printed: Path) -> None:
    """It may be a true sheet whose code was typed wrongly."""
    code = code_of(printed)
    body = code.rpartition("/")[0]
    wrong = {
        code.replace("18.4", "18.5"): "checksum",
        code[:-1]: "checksum",
        code + code: "checksum",
        "hello": "not a check code",
        resealed(body.replace("/18.4/", "/NAN/")): "weight",
        resealed(body.replace("/18.4/", "/0/")): "weight",
    }
    for typed, reason in wrong.items():
        done = run(typed)
        assert (done.exit_code, done.stdout.splitlines()[0]) == (2, sheet_code.UNREADABLE), typed
        assert reason in done.stdout, (typed, done.stdout)


def test_a_blank_sheet_is_verified_by_its_edition(
    tmp_path: Path, revised: Callable[[str, str], Path]
) -> None:
    path = tmp_path / "blank.pdf"
    words = ["sheet", "--blank", "--at", AT, "-o", str(path)]
    assert CliRunner().invoke(cli, words).exit_code == 0
    assert run(str(path)).stdout.splitlines()[0] == sheet_code.CURRENT
    home = revised("amount: 30 mg/kg}", "amount: 31 mg/kg}")
    done = run(str(path), home=home)
    assert (done.exit_code, done.stdout.splitlines()[0]) == (3, sheet_code.BLANK)
