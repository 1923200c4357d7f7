"""Where an order set is found, and that everything beside it is read in the same run."""

import hashlib
import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

import anedocs
from anedocs.build import inputs
from anedocs.cli.app import cli
from anedocs.core.problems import ContentError
from anedocs.edition import locate
from anedocs.edition.compile import parse_part, part_of
from anedocs.edition.load import load
from anedocs.edition.locate import Locator
from anedocs.edition.translated import translations
from anedocs.schema import reader
from anedocs.schema.records import Patient, Site

DAY = date(2026, 3, 1)


def run(*words: str, **settings):
    return CliRunner().invoke(cli, list(words), **settings)


def test_what_came_with_anedocs_is_found_without_a_home():
    edition = load(Locator(), "ane", DAY)
    assert edition.orderset.id == "ane"
    assert edition.status.state == "draft"
    assert Locator().names() == ["ane"]
    assert edition.short_fingerprint == edition.fingerprint[:12]


def test_a_home_comes_first(home):
    home.write("ane.yaml", home.text().replace("id: valid\n", "id: ane\n"))
    assert load(home.locator, "ane", DAY).orderset.title == "A made-up fever"


def test_home_wins_file_by_file(home):
    """Templates; of an order set and what stands beside it, all is the home's."""
    (home.path / "templates").mkdir()
    own = home.path / "templates" / "page.css"
    own.write_text("@page {}", "utf-8")
    assert home.locator.find("templates", "page.css") == (own, str(own))
    found = home.locator.find("templates", "order_sheet.css")
    assert found is not None
    assert found[1] == "templates/order_sheet.css"
    home.edit("hospital_name: null", "hospital_name: Made-up hospital", "site.yaml")
    assert home.load().site.hospital_name == "Made-up hospital"
    assert home.locator.find("ordersets", "ane.yaml") is None
    assert home.locator.names() == ["valid"]


def test_a_message_names_the_file_of_the_home_and_not_the_bundled_one(home):
    home.edit("title: A made-up fever", "title: null")
    with pytest.raises(ContentError) as caught:
        home.load()
    place = caught.value.problems[0].place
    assert place.file == str(home.path / "ordersets" / "valid.yaml")
    found = Locator().find("ordersets", "ane.yaml")
    assert found is not None
    assert found[1] == "ordersets/ane.yaml"
    assert home.locator.find("ordersets", "nothing.yaml") is None


@pytest.mark.parametrize("variable", [None, "the home"])
def test_the_current_folder_is_never_searched(variable, home, tmp_path, monkeypatch):
    """A stray file in a working folder must not change a dose."""
    stray = tmp_path / "working" / "ordersets"
    stray.mkdir(parents=True)
    text = home.text().replace("id: valid\n", "id: ane\n")
    for place in (stray, stray.parent):
        (place / "ane.yaml").write_text(text, "utf-8")
        (place / "valid.yaml").write_text(text.replace("id: ane", "id: valid"), "utf-8")
        (place / "ane.approval.yaml").write_text("withdrawn: {}", "utf-8")
    monkeypatch.chdir(stray.parent)
    if variable is None:
        monkeypatch.delenv("ANEDOCS_HOME", raising=False)
    else:
        monkeypatch.setenv("ANEDOCS_HOME", str(home.path))
    shown = run("dose", "--weight", "18.4", "--json")
    if variable:
        assert (shown.exit_code, shown.stdout) == (1, "")
    else:
        own = load(Locator(), "ane", DAY).short_fingerprint
        assert json.loads(shown.stdout)["fingerprint"] == own
    assert run("--orderset", "valid", "gaps").exit_code == (0 if variable else 1)


@pytest.mark.parametrize(
    "name",
    ["../valid", "../../etc/passwd", "/etc/passwd", "ordersets/ane", "ane.yaml", "./ane", "", ".",
     "ANE", "ane\n", "ane\0", "site", "weight-for-age", "ane.approval", "*", "a" * 5000],
)  # fmt: skip
def test_a_name_leads_nowhere_else(name, home):
    secret = home.path / "secret.yaml"
    secret.write_text(home.text(), "utf-8")
    result = run("--home", str(home.path), "--orderset", name, "gaps")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "there is no order set" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_name_that_was_meant_is_offered(home):
    result = run("--home", str(home.path), "--orderset", "valdi", "gaps")
    assert result.stderr == (
        f"{home.path}/ordersets/valdi.yaml:1:1: there is no order set 'valdi'. "
        "Affects: every document. Did you mean 'valid'? Say which with --orderset. "
        "With a home, the one that came with anedocs is not used.\n"
    )


def test_a_home_that_is_a_file_or_not_there_is_refused(tmp_path):
    (tmp_path / "file").touch()
    for name in ("file", "nothing"):
        result = run("--home", str(tmp_path / name), "gaps")
        assert (result.exit_code, result.stdout) == (2, "")
        assert name in result.stderr


def test_a_file_that_is_missing_everywhere_is_named(home, monkeypatch, tmp_path):
    """As an installed wheel keeps its files: inside the package, and nothing beside it."""
    package = tmp_path / "site-packages" / "anedocs"
    (package / "ordersets").mkdir(parents=True)
    (package / "ordersets" / "valid.yaml").write_text(home.text(), "utf-8")
    monkeypatch.setattr(locate, "_HERE", package)
    with pytest.raises(ContentError) as caught:
        load(Locator(), "valid", DAY)
    assert [str(problem) for problem in caught.value.problems] == [
        f"ordersets/{name}:1:1: this file is missing. Affects: every document. "
        "Put it back beside the order set."
        for name in ("site.yaml", "weight-for-age.yaml")
    ]
    assert load(home.locator, "valid", DAY).orderset.id == "valid"


def corrected(home):
    home.edit("title: A made-up fever", "title: Another fever")


def withdrawn(home):
    record = "withdrawn: {by: A. Person, date: 2026-01-15, reason: the dose was wrong}\n"
    home.write("valid.approval.yaml", record)


@pytest.mark.parametrize("change", [corrected, withdrawn])
@pytest.mark.parametrize("read", ["valid.yaml", "valid.approval.yaml", "site.yaml"])
def test_each_file_is_read_once(read, change, home):
    """What is fingerprinted and built from is what was understood, whoever writes meanwhile."""
    home.write("valid.approval.yaml", "approvals: []\n")
    before, locator = home.load(), home.locator
    assert locator.file(read) is not None  # from here on it is as it was now
    change(home)
    after = load(locator, "valid", DAY)
    mine = {corrected: "valid.yaml", withdrawn: "valid.approval.yaml"}[change] == read
    assert (after == before) == mine
    assert inputs.content(locator, "valid")["title"] == after.orderset.title
    file = locator.file("valid.yaml")
    assert file is not None
    sums = inputs.fingerprints(locator, "valid")
    assert sums["ordersets/valid.yaml"] == hashlib.sha256(file.raw).hexdigest()
    assert load(home.locator, "valid", DAY) != before


def test_a_home_that_has_gone_is_not_replaced_by_what_came_with_anedocs(home):
    """A share of the hospital may drop out while a person is typing."""
    home.write("ane.yaml", home.text().replace("id: valid", "id: ane"))
    locator = home.locator
    assert "ane" in locator.names()
    home.path.rename(home.path.with_name("elsewhere"))
    with pytest.raises(ContentError, match="there is no order set 'ane'"):
        load(locator, "ane", DAY)
    with pytest.raises(ContentError, match="cannot be read"):
        load(home.locator, "ane", DAY)


def test_a_checkout_keeps_its_order_sets_at_the_top():
    top = Path(anedocs.__file__).resolve().parents[2]
    if (top / "pyproject.toml").exists():
        assert Locator().folders("ordersets") == [top / "ordersets"]
    assert Locator().folders("nothing") == []


def test_a_fingerprint_is_of_the_content_and_not_of_the_layout(home):
    before = home.load()
    text = home.text()
    home.write(
        "valid.yaml", "# Another remark\n\n" + text.replace("\n\n", "\n\n\n# and one more\n")
    )
    assert home.load().parts == before.parts
    home.edit("{id: fever, text: known fever, from: guideline ENT-1}",
              "\n        from: 'guideline ENT-1'\n        id: \"fever\"\n        text: >-\n"
              "          known\n          fever")  # fmt: skip
    home.write("valid.yaml", home.text().replace("- \n", "-\n").replace("\n", "\r\n"))
    after = home.load()
    assert (after.fingerprint, after.parts) == (before.fingerprint, before.parts)
    home.edit("known\n          fever", "known\n          fevers")
    assert home.load().fingerprint != before.fingerprint


def test_a_small_file_is_read_with_all_its_faults():
    raw = b"hospital_name: Made-up hospital\n"
    site = part_of(Site, *reader.read_beside(raw, "site.yaml"))
    assert site.hospital_name == "Made-up hospital"
    assert parse_part(Patient, "date_of_birth: 2020-02-29\n", "-").date_of_birth == date(
        2020, 2, 29
    )
    with pytest.raises(ContentError) as caught:
        parse_part(Patient, "name: A\nname: B\nage: 5\n", "-")
    assert [problem.place.line for problem in caught.value.problems] == [2, 3]
    with pytest.raises(ContentError, match="stands twice"):
        parse_part(Patient, "name: A\nname: B\n", "-")


def test_translations_are_found_and_their_faults_told_in_one_run(home):
    assert list(translations(Locator(), load(Locator(), "ane", DAY))) == ["es"]
    assert translations(home.locator, home.load()) == {}
    home.write("valid.leaflet.es.yaml", "language: [es]\n")
    home.write("valid.leaflet.fr.yaml", "langauge: fr\n")
    with pytest.raises(ContentError) as caught:
        translations(home.locator, home.load())
    said = "\n".join(str(problem) for problem in caught.value.problems)
    assert "valid.leaflet.es.yaml:1:11: a text is needed here, not a list" in said
    assert "valid.leaflet.fr.yaml:1:1: 'langauge' is not known here" in said
    assert "Did you mean 'language'?" in said
