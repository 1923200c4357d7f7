"""`anedocs new` and `anedocs schema`: what an author begins with."""

import json
import string
from datetime import date

import pytest
from click.testing import CliRunner

from anedocs.cli.app import cli
from anedocs.edition.load import load
from anedocs.edition.locate import Locator

AT = "2026-11-21T10:00"


def run(*words: str):
    return CliRunner().invoke(cli, list(words))


@pytest.fixture
def made(tmp_path):
    """A home that did not exist, and the order set that `new` writes into it."""
    home = tmp_path / "guidelines"
    result = run("--home", str(home), "new", "status-epilepticus", "--at", AT)
    assert result.exit_code == 0
    named = f"--home {home} --orderset status-epilepticus"
    assert result.stderr == f"Next: anedocs {named} sheet --blank\n"
    assert result.stdout == f"{home / 'ordersets' / 'status-epilepticus.yaml'}\n"
    return home


def test_a_new_order_set_loads_and_is_a_draft(made):
    edition = load(Locator(made), "status-epilepticus", date(2026, 11, 21))
    assert edition.orderset.title == "Status epilepticus"
    assert edition.orderset.revision == "2026.1.0"
    assert edition.orderset.revisions[0].date == date(2026, 11, 21)
    assert edition.status.mark == "DRAFT, NOT FOR CLINICAL USE"
    assert sorted(path.name for path in (made / "ordersets").iterdir()) == [
        "orderset.schema.json", "site.yaml", "status-epilepticus.yaml", "weight-for-age.yaml",
    ]  # fmt: skip


def test_nothing_clinical_is_filled_in(made):
    """No amount at all: each drug has no dose, and every field of it is NOT SET."""
    orderset = load(Locator(made), "status-epilepticus", date(2026, 11, 21)).orderset
    (drug,) = orderset.medications
    assert drug.dose.kind == "not_set"
    fields = ("maximum", "route", "salt", "frequency", "duration", "infusion_time", "rounding")
    assert [getattr(drug, field).value for field in fields] == [None] * 7
    assert orderset.supplements == ()
    assert set(orderset.codes) == {"body-weight"}  # what a weight is called, for the EHR


def test_a_new_order_set_makes_a_sheet_and_doses(made):
    words = ("--home", str(made), "--orderset", "status-epilepticus")
    sheet = run(*words, "sheet", "--weight", "18.4", "--at", AT, "--format", "json")
    dose = run(*words, "dose", "--weight", "18.4", "--at", AT, "--json")
    assert (sheet.exit_code, dose.exit_code) == (0, 0), sheet.stderr + dose.stderr
    shown = json.loads(sheet.stdout)
    assert (shown["orderset"], shown["status"]) == ("status-epilepticus", "draft")
    (drug,) = shown["doses"]
    assert (drug["id"], drug["status"], drug["given"]) == ("first-drug", "not_set", None)
    assert json.loads(dose.stdout)["doses"] == shown["doses"]


def test_a_new_order_set_has_gaps_and_its_schema_beside_it(made):
    words = ("--home", str(made), "--orderset", "status-epilepticus", "gaps")
    result = run(*words)
    assert result.exit_code == 0
    assert "first-drug: dose (A1)" in result.stdout
    assert "safeguards: boundary margin (guideline silent)" in result.stdout
    first = (made / "ordersets" / "status-epilepticus.yaml").read_text("utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=orderset.schema.json"
    assert (made / "ordersets" / "orderset.schema.json").read_text("utf-8") == run("schema").stdout


def test_an_order_set_that_exists_is_never_overwritten(made):
    path = made / "ordersets" / "status-epilepticus.yaml"
    path.write_text("mine", "utf-8")
    result = run("--home", str(made), "new", "status-epilepticus")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"Error: {path} exists already; nothing was changed.\n"
    assert path.read_text("utf-8") == "mine"


@pytest.mark.parametrize(
    "name",
    ["", "Ane", "../ane", "a b", "1st", "ane.approval", "a" * 41, "é", "ane\n", "site",
     "weight-for-age", "null", "con", "lpt1", "a-", "a--b", "-a"],
)  # fmt: skip
def test_a_name_that_cannot_be_an_id_is_refused(name, tmp_path):
    """Nor one that would put another file out of use: site.yaml is no order set."""
    result = run("--home", str(tmp_path / "home"), "new", name)
    assert (result.exit_code, result.stdout) == (2, "")
    assert repr(name) in result.stderr
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("name", ["no", "true", "a" * 40])
def test_a_name_that_other_readers_interpret_stays_a_name(name, tmp_path):
    assert run("--home", str(tmp_path), "new", name).exit_code == 0
    assert load(Locator(tmp_path), name, date(2026, 1, 1)).orderset.id == name


def test_without_a_home_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ANEDOCS_HOME", raising=False)
    result = run("new", "status-epilepticus")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "anedocs --home DIR new NAME" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_home_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").touch()
    result = run("--home", str(tmp_path / "file" / "home"), "new", "status-epilepticus")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "cannot be written" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_home_of_its_own_template(tmp_path):
    """A hospital may begin from its own starting file; what is missing is said."""
    folder = tmp_path / "templates"
    folder.mkdir()
    own = Locator().find("templates", "new_orderset.yaml")
    assert own is not None
    text = own[0].read_text("utf-8").replace("Write here for which patients", "Our patients")
    (folder / "new_orderset.yaml").write_text(text, "utf-8")
    assert run("--home", str(tmp_path), "new", "fever").exit_code == 0
    assert load(Locator(tmp_path), "fever", date(2026, 1, 1)).orderset.population == "Our patients"


def test_a_template_that_is_missing_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(Locator, "find", lambda self, folder, file: None)
    result = run("--home", str(tmp_path), "new", "fever")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "new_orderset.yaml is missing" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_template_asks_for_nothing_else():
    found = Locator().find("templates", "new_orderset.yaml")
    assert found is not None
    template = string.Template(found[0].read_text("utf-8"))
    assert set(template.get_identifiers()) == {"name", "title", "date", "revision"}


def test_the_schema_goes_to_stdout_as_json():
    result = run("schema")
    assert (result.exit_code, result.stderr) == (0, "")
    schema = json.loads(result.stdout)
    assert schema["title"] == "OrderSet"
    assert schema["additionalProperties"] is False
