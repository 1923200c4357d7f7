"""A committee adopts, signs and withdraws with commands alone."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from anedocs.cli.app import cli
from anedocs.edition.locate import Locator
from state_walk.decisions import decided
from state_walk.test_state_walk import every, home, shipped
from support.ane import REVISION
from support.homes import Home

AT = ("--at", "2026-11-01T10:00")
SIGNERS = {"medical staff": "D. Doctor, MD", "nursing": "E. Nurse, RN",
           "pharmacy": "F. Pharma, PharmD"}  # fmt: skip


def run(place: Path, *words: str, orderset: str = "ane") -> Result:
    done = CliRunner().invoke(cli, ["--home", str(place), "--orderset", orderset, *words, *AT])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def of_valid(place: Home, *words: str) -> Result:
    return run(place.path, *words, orderset="valid")


def approve(place: Home, *words: str) -> Result:
    return of_valid(place, "approve", *words, "--yes")


@pytest.fixture
def complete(home: Home) -> Home:
    home.complete()
    return home


def test_three_people_sign_and_the_mark_is_gone(complete: Home) -> None:
    for role, name in SIGNERS.items():
        assert "DRAFT" in of_valid(complete, "dose", "--weight", "18.4").output
        done = approve(complete, "--all-parts", "--role", role, "--name", name)
        assert done.exit_code == 0, done.output
        assert f"8 signatures of {name}" in done.stdout or "signatures" in done.stdout
    assert "DRAFT" not in of_valid(complete, "dose", "--weight", "18.4").output
    listed = of_valid(complete, "approve", "--list").stdout
    assert "approved" in listed.splitlines()[0]
    assert "MISSING" not in listed


def test_what_is_signed_is_shown_with_its_doses(complete: Home) -> None:
    done = approve(complete, "--part", "treatment", "--part", "entry", "--role", "pharmacy",
                   "--name", "F. Pharma, PharmD")  # fmt: skip
    assert "12 mg/kg" in done.stderr
    assert "maximum 1,000 mg (1 g)" in done.stderr
    rows = json.loads(of_valid(complete, "approve", "--json").stdout)
    assert {row["part"] for row in rows if "pharmacy" in row["signed"]} == {"treatment", "entry"}


def test_a_changed_dose_makes_its_section_stale_and_no_other(complete: Home) -> None:
    for role, name in SIGNERS.items():
        approve(complete, "--all-parts", "--role", role, "--name", name)
    complete.edit("amount: 12 mg/kg", "amount: 11 mg/kg")
    rows = json.loads(of_valid(complete, "approve", "--json").stdout)
    assert [row["part"] for row in rows if row["missing"]] == ["treatment"]
    listed = of_valid(complete, "approve", "--list").stdout
    assert (
        "medical staff: MISSING (the signature of D. Doctor, MD, 2026-11-01, is of another"
        in listed
    )
    again = approve(complete, "--all-parts", "--role", "nursing", "--name", SIGNERS["nursing"])
    assert "1 signatures" in again.stdout


def test_comments_and_earlier_entries_are_kept(complete: Home) -> None:
    complete.write("valid.approval.yaml", "# Kept by the secretary.\napprovals: []  # none yet\n")
    approve(complete, "--part", "entry", "--role", "nursing", "--name", "E. Nurse, RN")
    text = complete.text("valid.approval.yaml")
    assert "# Kept by the secretary." in text
    assert "# none yet" in text


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ("--part treatmnt --role nursing --name Nurse", 4, "Did you mean 'treatment'?"),
        ("--all-parts --role nursing --name nobody", 4, "this is the name of nobody"),
        ("--all-parts --role nursing --name Nurse --date 2026-11-02", 4, "future"),
        ("--all-parts --role nursing --name Nurse --date soon", 2, "--date is a day"),
        ("--all-parts --role nursing --name Nurse --date 2020-01-01", 4, "cannot have been"),
        ("--all-parts --name Nurse", 2, "say --role"),
        ("--role nursing --name Nurse", 2, "say --part or --all-parts"),
    ],
)  # fmt: skip
def test_what_cannot_be_signed_is_refused_and_nothing_is_written(
    words: str, code: int, says: str, complete: Home
) -> None:
    done = approve(complete, *words.split())
    assert (done.exit_code, done.stdout) == (code, "")
    assert says in done.stderr
    assert not (complete.path / "ordersets/valid.approval.yaml").exists()


@pytest.mark.parametrize("name", ["F. Pharma", "f.  pharma, RN", "Pharma, F."])
def test_nobody_signs_in_two_roles(name: str, complete: Home) -> None:
    approve(complete, "--all-parts", "--role", "pharmacy", "--name", "F. Pharma, PharmD")
    before = complete.text("valid.approval.yaml")
    done = approve(complete, "--all-parts", "--role", "nursing", "--name", name)
    assert done.exit_code == 4
    assert "one person in two roles" in done.stderr
    assert complete.text("valid.approval.yaml") == before


def test_nothing_is_signed_without_a_yes(complete: Home) -> None:
    words = ("approve", "--all-parts", "--role", "nursing", "--name", "E. Nurse, RN")
    done = of_valid(complete, *words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "--yes" in done.stderr


def test_what_came_with_anedocs_cannot_be_signed_or_withdrawn() -> None:
    for words in (
        ("approve", "--all-parts", "--role", "nursing", "--name", "E. Nurse", "--yes"),
        ("withdraw", "--by", "A. Chair", "--reason", "wrong", "--yes"),
    ):
        done = CliRunner().invoke(cli, [*words, *AT])
        assert done.exit_code == 2
        assert "--home DIR" in done.stderr


def test_a_withdrawn_edition_prints_no_sheet(complete: Home) -> None:
    words = ("withdraw", "--by", "A. Chair, committee", "--reason", "dose under review", "--yes")
    assert of_valid(complete, *words).exit_code == 0
    sheet = of_valid(complete, "sheet", "--weight", "18.4")
    assert sheet.exit_code == 3
    assert "dose under review" in sheet.stderr
    again = of_valid(complete, *words)
    assert again.exit_code == 4
    assert "it was withdrawn already" in again.stderr


# --- A home of one's own -------------------------------------------------------------------------


def test_an_adopted_home_works_at_once(tmp_path: Path) -> None:
    place = tmp_path / "our hospital"
    done = CliRunner().invoke(cli, ["adopt", str(place), *AT])
    assert done.exit_code == 0, done.output
    assert run(place, "sheet", "--blank", "-o", str(tmp_path / "s.pdf")).exit_code == 0
    readme = (place / "README.md").read_text("utf-8")
    assert "**A9**" in readme
    assert "not set: " in readme
    for name in ("ane.yaml", "site.yaml", "weight-for-age.yaml", "ane.leaflet.es.yaml"):
        assert (place / "ordersets" / name).read_bytes() == Locator().file(name).raw  # type: ignore
    assert not (place / "ordersets/ane.approval.yaml").exists()
    (place / "ordersets/ane.yaml").write_text("ours", "utf-8")
    again = CliRunner().invoke(cli, ["adopt", str(place), *AT])
    assert again.exit_code == 1
    assert "holds something already" in again.stderr
    assert (place / "ordersets/ane.yaml").read_text("utf-8") == "ours"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_from_the_draft_to_an_approved_sheet_and_back(tmp_path: Path) -> None:
    """The whole way of the shipped order set: decided, signed by three, changed, withdrawn."""
    chosen = [one for name, one in every().items()
              if name.startswith(("metadata ", "answer ", "gate suspicion"))]  # fmt: skip
    chosen.append(every()["methylprednisolone infusion time"])
    place = home(tmp_path, decided(shipped(), *chosen)).home
    assert place is not None
    for role, name in SIGNERS.items():
        done = run(place, "approve", "--all-parts", "--role", role, "--name", name, "--yes")
        assert done.exit_code == 0, done.output
    assert "approved" in run(place, "approve", "--list").stdout.splitlines()[0]
    sheet = tmp_path / "sheet.pdf"
    assert run(place, "sheet", "--weight", "18.4", "-o", str(sheet)).exit_code == 0
    answer = run(place, "verify", str(sheet)).stdout
    assert answer.startswith(f"CURRENT\nane {REVISION}, approved")
    path = place / "ordersets/ane.yaml"
    text = path.read_text("utf-8").replace('"amount": "30 mg/kg"', '"amount": "20 mg/kg"', 1)
    path.write_text(text, "utf-8")
    listed = run(place, "approve", "--json")
    assert listed.exit_code == 0, listed.output
    assert [row["part"] for row in json.loads(listed.stdout) if row["missing"]] == ["treatment"]
    assert "DRAFT" in run(place, "dose", "--weight", "18.4").output
    withdrawn = run(place, "withdraw", "--by", "A. Chair", "--reason", "wrong dose", "--yes")
    assert withdrawn.exit_code == 0, withdrawn.output
    assert run(place, "sheet", "--weight", "18.4").exit_code == 3
