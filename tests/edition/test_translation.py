"""A translation says what its English says: the same language throughout, numbers and figures."""

import re
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from anedocs.cli.app import cli
from anedocs.core.problems import ContentError
from anedocs.documents.leaflet.view import view
from anedocs.edition.load import load
from anedocs.edition.locate import Locator
from anedocs.edition.translated import says_other_numbers, translations
from anedocs.schema.family import Translation
from support.homes import with_bundled

SPANISH = "ordersets/ane.leaflet.es.yaml"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return with_bundled(tmp_path / "home")


def edit(home: Path, old: str, new: str, name: str = SPANISH) -> None:
    text = (home / name).read_text("utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
    (home / name).write_text(text.replace(old, new), "utf-8")


def translated(home: Path) -> dict[str, Translation]:
    return translations(Locator(home), load(Locator(home), "ane", date(2026, 11, 26)))


def refused(home: Path) -> str:
    with pytest.raises(ContentError) as error:
        translated(home)
    return str(error.value)


def test_the_translation_that_is_shipped_has_no_fault(home: Path) -> None:
    assert list(translated(home)) == ["es"]


# --- Units


@pytest.mark.parametrize(
    ("old", "new"),
    [("months: meses", "month_s: meses"), ("months: meses, ", ""), ("months: meses", "months: "),
     ("months: meses", "months: null"), ("months: meses", 'months: " "')],
)  # fmt: skip
def test_a_unit_that_a_text_needs_is_told_with_its_place(old: str, new: str, home: Path) -> None:
    edit(home, old, new)
    told = refused(home)
    assert re.match(r".*ane\.leaflet\.es\.yaml:[0-9]+:[0-9]+: ", told)
    assert "months" in told or "null" in new or new == "months: "


def test_a_unit_that_no_text_needs_may_be_missing(home: Path) -> None:
    edit(home, "weeks: semanas, ", "")
    edition = load(Locator(home), "ane", date(2026, 11, 26))
    spanish = translated(home)["es"]
    assert repr("6\u00a0meses")[1:-1] in str(view(edition, "es", spanish))


@pytest.mark.parametrize(
    "words",
    [("leaflet", "--lang", "es"), ("leaflet", "--lang", "es", "--format", "docx"), ("leaflet",),
     ("gaps",), ("gaps", "--json"), ("build",), ("check",)],
    ids=" ".join,
)  # fmt: skip
@pytest.mark.parametrize(
    ("old", "new", "what"),
    [("months: meses, ", "", "the unit 'months' is missing"),
     ("language: es", "language: fr", "the language is 'fr'"),
     ("enfermar mucho en", "enfermar 500 en", "it says 500, the English")],
)  # fmt: skip
def test_every_command_that_reads_it_tells(
    old: str, new: str, what: str, words: tuple[str, ...], home: Path, tmp_path: Path
) -> None:
    edit(home, old, new)
    where = [] if words[0] == "gaps" else ["-o", str(tmp_path / "made")]
    (tmp_path / "made").mkdir() if words[0] == "check" else None
    done = CliRunner().invoke(cli, ["--home", str(home), *words, *where])
    assert done.exit_code == 1
    assert done.stdout == ""
    assert re.search(rf"ane\.leaflet\.es\.yaml:[0-9]+:[0-9]+: .*{what}", done.stderr), done.stderr
    assert words[0] == "check" or not (tmp_path / "made").exists()


# --- Language


@pytest.mark.parametrize("language", ["fr", "ES", '" |es"', '"es "', "en", "es-MX", "e"])
def test_the_language_is_that_of_the_file_name(language: str, home: Path) -> None:
    edit(home, "language: es", f"language: {language}")
    told = refused(home)
    assert re.search(r"ane\.leaflet\.es\.yaml:6:11: the language is '", told)
    assert "the file is named for 'es'" in told


@pytest.mark.parametrize("language", ["en", "en-GB", "Spanish", "ES", "e", "es_MX"])
def test_a_file_is_named_for_a_language_of_its_own(language: str, home: Path) -> None:
    edit(home, "language: es", f"language: {language}")
    (home / SPANISH).rename(home / f"ordersets/ane.leaflet.{language}.yaml")
    assert "ane.leaflet." in refused(home)


@pytest.mark.parametrize("language", ["fr", "es-MX", "pt-BR", "zh-Hans"])
def test_other_languages_may_stand_beside(language: str, home: Path) -> None:
    text = (home / SPANISH).read_text("utf-8")
    other = text.replace("language: es", f"language: {language}")
    (home / f"ordersets/ane.leaflet.{language}.yaml").write_text(other, "utf-8")
    assert sorted(translated(home)) == sorted(["es", language])


# --- The review


@pytest.mark.parametrize(
    ("day", "fits"),
    [("2026-11-26", True), ("2026-11-27", False), ("2099-01-01", False), ("2026-02-30", False)],
)
def test_a_review_is_not_dated_in_the_future(day: str, fits: bool, home: Path) -> None:
    edit(home, "reviewed_on: null", f"reviewed_on: {day}")
    if fits:
        assert list(translated(home)) == ["es"]
        return
    with pytest.raises(ContentError, match=rf"ane\.leaflet\.es\.yaml:[0-9]+:[0-9]+: .*{day}"):
        translated(home)


@pytest.mark.parametrize("name", [".", "TBD", "nobody"])
def test_a_translator_is_somebody(name: str, home: Path) -> None:
    edit(home, "translator: null", f'translator: "{name}"')
    assert "this is the name of nobody" in refused(home)


# --- Numbers


@pytest.mark.parametrize(
    ("number", "shown"),
    [("500", "500"), ("\uff15\uff10\uff10", "500"), ("379", "379"), ("\u0665", "5"), ("0,5", "0.5"),
     ("1.000", "1000"), ("\u00bd", "1"), ("\u2460", "1"), ("5\u00b2", "52"), ("x5", "5")],
)  # fmt: skip
def test_a_number_that_the_english_does_not_have_is_refused(
    number: str, shown: str, home: Path
) -> None:
    edit(home, "enfermar mucho en", f"enfermar {number} en")
    told = refused(home)
    assert f"ane-brain: it says {shown}" in told
    assert "the English sentence has no such number" in told
    assert re.search(r"ane\.leaflet\.es\.yaml:[0-9]+:[0-9]+: ane-brain", told)


def spanish_of(home: Path, name: str) -> str:
    (one,) = (one for one in translated(home)["es"].texts if one.id == name)
    return one.text


def test_a_number_that_is_missing_or_stands_twice_is_refused(home: Path) -> None:
    text = spanish_of(home, "again-gene")
    assert "2" in text
    edit(home, text, text.replace("2", "3"))
    told = refused(home)
    assert "it says 3, the English sentence has no such number" in told
    assert "it does not say 2, which the English sentence has" in told
    edit(home, text.replace("2", "3"), text.replace("2", "2 2"))
    assert "it says 2, the English" in refused(home)


@pytest.mark.parametrize("instead", ["{vaccine-edad}", "{}", "seis meses"])
def test_the_figures_are_those_of_the_english(instead: str, home: Path) -> None:
    edit(home, "{vaccine-age}", instead)
    assert "prevent-vaccine: it does not fill in the same figures as the English" in refused(home)


def test_marks_and_units_hold_no_numbers(home: Path) -> None:
    edit(home, "months: meses", "months: 5 meses")
    edit(home, "draft: BORRADOR", "draft: BORRADOR 2")
    told = refused(home)
    assert "'months' holds a number" in told
    assert "'draft' holds a number" in told


def test_a_text_is_translated_once(home: Path) -> None:
    edit(home, "  - id: subtitle\n", "  - id: title\n")
    assert "title: it is translated twice here" in refused(home)


@pytest.mark.parametrize(
    ("english", "text", "other"),
    [("Up to 1,000 days.", "Hasta 1.000 d\u00edas.", False), ("Up to 1,000.", "1 000", False),
     ("1,000", "1000", False), ("1,000", "1", True), ("0.5", "0,5", False), ("0.5", "5", True),
     ("10.5", "10,5", False), ("10.5", "105", True), ("10.5", "1,05", True),
     ("2.375", "2375", True),
     ("1 or 2", "2 o 1", False), ("1 or 2", "1 o 1", True), ("one", "uno", False),
     ("{a} and 2", "2 y {a}", False), ("{a}", "{a} {a}", True), ("{age-2}", "{age-2}", False),
     ("COVID-19", "covid19", False), ("5%", "5 %", False), ("", "\u2164", True)],
)  # fmt: skip
def test_which_numbers_are_the_same(english: str, text: str, other: bool) -> None:
    assert says_other_numbers(text, english) is other


@pytest.mark.parametrize(("gene", "shown"), [("RANBP3", False), ("named RANBP2", True)])
def test_a_text_that_lags_behind_never_shows_another_number(
    gene: str, shown: bool, home: Path
) -> None:
    """Its English has changed, so that nothing says what it translates: it is marked."""
    edit(home, "called RANBP2", f"called {gene}", "ordersets/ane.yaml")
    edition = load(Locator(home), "ane", date(2026, 11, 26))
    shown_page = view(edition, "es", translated(home)["es"])
    (line,) = (
        line for block in shown_page.blocks for run in block.runs for line in run
        if line.id == "again-gene"
    )  # fmt: skip
    assert line.mark is not None
    assert gene in (line.english or "")
    assert bool(line.text) is shown
