"""Where an order set is found, and that everything beside it is read in the same run."""

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

import anedocs
from anedocs.cli.app import cli
from anedocs.core.problems import ContentError
from anedocs.orderset import reader, shelves
from anedocs.orderset.ahead import Ahead
from anedocs.orderset.library import Library, parse_part, read_part
from anedocs.orderset.records import Patient, Site
from anedocs.orderset.shelves import Shelves

DAY = date(2026, 3, 1)


def run(*words: str, **settings):
    return CliRunner().invoke(cli, list(words), **settings)


def test_what_came_with_anedocs_is_found_without_a_home():
    edition = Library().load("ane", DAY)
    assert edition.orderset.id == "ane"
    assert edition.status.state == "draft"
    assert Library().names() == ["ane"]
    assert edition.short_fingerprint == edition.fingerprint[:12]


def test_a_home_comes_first(home):
    assert home.books.names() == ["ane", "valid"]
    home.write("ane.yaml", home.text().replace("id: valid\n", "id: ane\n"))
    assert home.books.load("ane", DAY).orderset.title == "A made-up fever"


def test_home_wins_file_by_file(home):
    """What a home does not hold comes from what came with anedocs."""
    (home.path / "ordersets" / "weight-for-age.yaml").unlink()
    home.edit("hospital_name: null", "hospital_name: Made-up hospital", "site.yaml")
    assert home.load().weights == Library().load("ane", DAY).weights
    assert home.books.load("ane", DAY).site.hospital_name == "Made-up hospital"
    assert Library().load("ane", DAY).site.hospital_name is None


def test_a_message_names_the_file_of_the_home_and_not_the_bundled_one(home):
    home.edit("title: A made-up fever", "title: null")
    with pytest.raises(ContentError) as caught:
        home.load()
    place = caught.value.problems[0].place
    assert place.file == str(home.path / "ordersets" / "valid.yaml")
    found = home.books.find("ordersets", "ane.yaml")
    assert found is not None
    assert found[1] == "ordersets/ane.yaml"
    assert home.books.find("ordersets", "nothing.yaml") is None


@pytest.mark.parametrize("variable", [None, "", "the home"])
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
        monkeypatch.setenv("ANEDOCS_HOME", variable and str(home.path))
    shown = json.loads(run("dose", "--weight", "18.4", "--json").stdout)
    assert shown["fingerprint"] == Library().load("ane", DAY).short_fingerprint
    assert run("--orderset", "valid", "gaps").exit_code == (0 if variable else 1)


@pytest.mark.parametrize(
    "name",
    ["../valid", "../../etc/passwd", "/etc/passwd", "ordersets/ane", "ane.yaml", "./ane", "", ".",
     "ANE", "ane\n", "ane\0", "site", "weight-for-age", "ane.approval", "*", "a" * 5000],
)  # fmt: skip
def test_a_name_leads_nowhere_else(name, home):
    secret = home.path / "valid.yaml"
    secret.write_text(home.text(), "utf-8")
    result = run("--home", str(home.path), "--orderset", name, "gaps")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "there is no order set" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_name_that_was_meant_is_offered(home):
    result = run("--home", str(home.path), "--orderset", "valdi", "gaps")
    assert result.stderr == (
        "ordersets/valdi.yaml:1:1: there is no order set 'valdi'. Touches: every document. "
        "Did you mean 'valid'?\n"
    )


def test_a_home_that_is_a_file_or_not_there_is_refused(tmp_path):
    (tmp_path / "file").touch()
    for name in ("file", "nothing"):
        result = run("--home", str(tmp_path / name), "gaps")
        assert (result.exit_code, result.stdout) == (2, "")
        assert name in result.stderr


def test_a_home_without_order_sets_uses_what_came_with_anedocs(tmp_path):
    assert Library(tmp_path).load("ane", DAY).fingerprint == Library().load("ane", DAY).fingerprint


def test_a_file_that_is_missing_everywhere_is_named(home, monkeypatch, tmp_path):
    """As an installed wheel keeps its files: inside the package, and nothing beside it."""
    package = tmp_path / "site-packages" / "anedocs"
    (package / "ordersets").mkdir(parents=True)
    (package / "ordersets" / "valid.yaml").write_text(home.text(), "utf-8")
    monkeypatch.setattr(shelves, "_HERE", package)
    with pytest.raises(ContentError) as caught:
        Library().load("valid", DAY)
    assert [str(problem) for problem in caught.value.problems] == [
        f"ordersets/{name}:1:1: this file is missing. Touches: every document. "
        "Put it back beside the order set."
        for name in ("site.yaml", "weight-for-age.yaml")
    ]
    assert home.books.load("valid", DAY).orderset.id == "valid"


def begun(home, name="valid", answer=None):
    """The library of a home, with its order set read ahead as the command line does it."""
    said = reader.contents(Shelves(home.path), name) if answer is None else answer
    return Library(home.path, Ahead(home.path, name, lambda: said))


def test_what_a_second_process_has_read_is_what_the_files_say(home):
    home.write("valid.approval.yaml", "approvals: []\n")
    assert begun(home).load("valid", DAY) == home.load()
    (home.path / "ordersets" / "valid.approval.yaml").unlink()
    assert begun(home).load("valid", DAY) == home.load()


def corrected(home):
    home.edit("title: A made-up fever", "title: Another fever")


def withdrawn(home):
    record = "withdrawn: {by: A. Person, date: 2026-01-15, reason: the dose was wrong}\n"
    home.write("valid.approval.yaml", record)


def shadowed(home):
    text = home.text("weight-for-age.yaml")
    home.write("weight-for-age.yaml", text.replace("derivation: ", "derivation: Anew. "))


def removed(home):
    (home.path / "ordersets" / "site.yaml").unlink()


@pytest.mark.parametrize("change", [corrected, withdrawn, shadowed, removed])
def test_what_changed_while_a_person_was_typing_is_read_again(change, home):
    """Between the reading and a sheet, somebody may have to type the patient's name."""
    home.edit("hospital_name: null", "hospital_name: Made-up hospital", "site.yaml")
    ahead, before = begun(home), home.load()
    change(home)
    assert ahead.load("valid", DAY) == home.load() != before


def test_a_home_that_has_gone_is_not_replaced_by_what_came_with_anedocs(home):
    """A share of the hospital may drop out while a person is typing."""
    home.write("ane.yaml", home.text().replace("id: valid", "id: ane"))
    ahead = begun(home, "ane")
    home.path.rename(home.path.with_name("elsewhere"))
    with pytest.raises(ContentError, match="was there a moment ago and is gone"):
        ahead.load("ane", DAY)


@pytest.mark.parametrize("kind", ["folder", "link to nothing"])
def test_what_is_no_file_is_no_order_set(kind, home):
    path = home.path / "ordersets" / "other.yaml"
    path.mkdir() if kind == "folder" else path.symlink_to("nowhere.yaml")
    assert "other" not in home.books.names()
    with pytest.raises(ContentError, match="there is no order set 'other'"):
        home.books.load("other", DAY)


def test_a_reading_of_one_order_set_is_not_taken_for_another(home):
    assert begun(home).load("ane", DAY) == Library().load("ane", DAY)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("valid.yaml", "title: A made-up fever", "title: null"),
        ("valid.yaml", "title: A made-up fever", "title: =1+1"),
        ("valid.yaml", "title: A made-up fever", "title: A\ntitle: B"),
        ("valid.yaml", "title: A made-up fever", "title: 'A"),
        ("valid.yaml", "id: valid", "id: other"),
        ("site.yaml", "hospital_name: null", "hospital: null"),
        ("site.yaml", "hospital_name: null", "hospital_name: '@x'"),
        ("weight-for-age.yaml", None, None),
        ("valid.approval.yaml", None, "withdrawn: {}\n"),
    ],
)
def test_a_fault_is_told_with_its_place_whoever_read_first(file, old, new, home):
    if old is not None:
        home.edit(old, new, file)
    elif new is not None:
        home.write(file, new)
    else:
        home.write(file, "rows: []\n")
    with pytest.raises(ContentError) as here:
        home.load()
    with pytest.raises(ContentError) as ahead:
        begun(home).load("valid", DAY)
    assert ahead.value.problems == here.value.problems
    assert here.value.problems[0].place.file == str(home.path / "ordersets" / file)


def test_nothing_is_read_ahead_outside_the_shelves(home):
    (home.path / "valid.yaml").write_text(home.text(), "utf-8")
    for name in ("../valid", "site", "nothing", "ane\0", "a" * 5000):
        assert reader.contents(Shelves(home.path), name) == b"null"


def test_a_checkout_keeps_its_order_sets_at_the_top():
    top = Path(anedocs.__file__).resolve().parents[2]
    if (top / "pyproject.toml").exists():
        assert Library().folders("ordersets") == [top / "ordersets"]
    assert Library().folders("nothing") == []


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


def test_a_small_file_is_read_with_all_its_faults(tmp_path):
    path = tmp_path / "site.yaml"
    path.write_text("hospital_name: Made-up hospital\n", "utf-8")
    assert read_part(Site, path, "site.yaml").hospital_name == "Made-up hospital"
    assert parse_part(Patient, "date_of_birth: 2020-02-29\n", "-").date_of_birth == date(
        2020, 2, 29
    )
    with pytest.raises(ContentError) as caught:
        parse_part(Patient, "name: A\nname: B\nage: 5\n", "-")
    assert [problem.place.line for problem in caught.value.problems] == [2, 3]
    with pytest.raises(ContentError, match="stands twice"):
        parse_part(Patient, "name: A\nname: B\n", "-")


def test_translations_are_found_and_their_faults_told_in_one_run(home):
    assert list(Library().translations("ane")) == ["es"]
    assert home.books.translations("valid") == {}
    home.write("valid.leaflet.es.yaml", "language: [es]\n")
    home.write("valid.leaflet.fr.yaml", "langauge: fr\n")
    with pytest.raises(ContentError) as caught:
        home.books.translations("valid")
    said = "\n".join(str(problem) for problem in caught.value.problems)
    assert "valid.leaflet.es.yaml:1:11: a text is needed here, not a list" in said
    assert "valid.leaflet.fr.yaml:1:1: 'langauge' is not known here" in said
    assert "Did you mean 'language'?" in said
