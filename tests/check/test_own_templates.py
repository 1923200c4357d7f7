"""A hospital's own templates: what they leave out or hide is found before anybody gets the page."""

import pytest
from click.testing import CliRunner

from anedocs.check import own_templates
from anedocs.cli.app import cli
from anedocs.edition.locate import bundled
from support.homes import with_bundled

(SHIPPED,) = bundled("templates")
SECRET = "Geheimnis"
SHEET = ("sheet", "--weight", "18.4", "--age", "5y", "--allergies", SECRET)
BLANK, CARD, LEAFLET = ("sheet", "--blank"), ("card",), ("leaflet",)
LARGE = ("leaflet", "--large-print", "--lang", "es")
AT = ("--at", "2026-03-01T08:00")
OF = {"sheet": "order_sheet.html", "card": "pocket_card.html", "leaflet": "leaflet.html"}
MARKS = "{{ mark }}"
HIDDEN = ".mark, .marks p, footer b {color: white !important; background: white !important}"


@pytest.fixture
def home(tmp_path):
    folder = with_bundled(tmp_path / "home")
    (folder / "templates").mkdir()
    return folder


def change(home, name, old, new):
    text = (SHIPPED / name).read_text("utf-8")
    assert old in text
    (home / "templates" / name).write_text(text.replace(old, new), "utf-8")
    return home / "templates" / name


def refused(home, words, template):
    made = home.parent / "made.pdf"
    result = CliRunner().invoke(cli, ["--home", str(home), *words, *AT, "-o", str(made)])
    assert result.exit_code == 1, result.output
    assert not made.exists()
    assert str(template) in result.stderr
    assert SECRET not in result.output
    return result.stderr


@pytest.mark.parametrize("words", [SHEET, BLANK, CARD, LEAFLET, LARGE])
def test_a_template_that_leaves_the_mark_out(words, home):
    template = change(home, OF[words[0]], MARKS, "")
    assert "DRAFT" in refused(home, words, template)


@pytest.mark.parametrize("words", [SHEET, BLANK, CARD])
def test_a_style_that_hides_the_mark(words, home):
    template = change(home, "page.css", "", "")
    template.write_text(f"{(SHIPPED / 'page.css').read_text('utf-8')}\n{HIDDEN}\n", "utf-8")
    assert "can be seen" in refused(home, words, template)


@pytest.mark.parametrize(
    ("old", "says"),
    [
        ("{{ row.dose }}", "the order of methylPREDNISolone"),
        ("{{ row.working }}", "the order of methylPREDNISolone"),
        ("{{ row.maximum }}", "the order of methylPREDNISolone"),
        ("{{ row.route }}", "the order of tocilizumab"),
        ("{{ row.frequency }}", "the order of tocilizumab"),
        ("{{ drug.reference|join(\"; \") }}", "the order of oseltamivir"),
        ("{{ allergies }}", "allergies: "),
        ("{{ weight }} kg", "weight: "),
        ("{{ age }}", "age: "),
        ("{{ fingerprint }}", "expected '"),
    ],
)  # fmt: skip
def test_a_sheet_that_leaves_something_out(old, says, home):
    assert says in refused(home, SHEET, change(home, "order_sheet.html", old, ""))


def test_a_template_with_a_number_of_its_own(home):
    template = change(home, "order_sheet.html", "Signatures <", "Signatures 777 mg <")
    assert "777 mg" in refused(home, SHEET, template)


@pytest.mark.parametrize("words", [SHEET, BLANK, CARD, LEAFLET, LARGE, (*LEAFLET, "--format=docx")])
def test_a_template_that_shows_all_is_used(words, home):
    for name in ("page.css", *OF.values(), "word.toml"):
        change(home, name, "", "")
    change(home, "order_sheet.html", "Signatures <", "Signed by <")
    made = home.parent / "made"
    result = CliRunner().invoke(cli, ["--home", str(home), *words, *AT, "-o", str(made)])
    assert result.exit_code == 0, result.output
    assert made.exists()


def test_nothing_is_read_back_without_templates_of_ones_own(home, monkeypatch):
    change(home, "leaflet.css", "", "")  # no sheet is made with it
    monkeypatch.setattr(own_templates.pdf_file, "pdf_pages", None)
    made = home.parent / "made"
    result = CliRunner().invoke(cli, ["--home", str(home), *SHEET, *AT, "-o", str(made)])
    assert result.exit_code == 0, result.output
