"""The hospital's edition or none: what lies in a home and is not understood stops every command."""

import shutil
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from anedocs.build import inputs
from anedocs.cli.app import cli
from anedocs.edition.load import load
from anedocs.edition.locate import Locator, bundled
from anedocs.edition.names import templates_in
from support.homes import with_bundled

DAY = date(2026, 3, 1)
TEMPLATES = bundled("templates")[0]


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A home whose methylPREDNISolone is not that of the edition that came with anedocs."""
    home = with_bundled(tmp_path / "home")
    path = home / "ordersets" / "ane.yaml"
    text = path.read_text("utf-8")
    assert text.count("amount: 30 mg/kg}") == 1
    path.write_text(text.replace("amount: 30 mg/kg}", "amount: 20 mg/kg}"), "utf-8")
    return home


def said(home: Path | str, *words: str, code: int = 1) -> str:
    """What a command says that must make nothing."""
    words = words or ("dose", "--weight", "18.4")
    result = CliRunner().invoke(cli, ["--home", str(home), *words])
    assert isinstance(result.exception, SystemExit), result.exception
    assert (result.exit_code, result.stdout) == (code, ""), result.output
    assert "Traceback" not in result.stderr
    return result.stderr


def given(home: Path) -> str:
    """The dose of methylPREDNISolone."""
    result = CliRunner().invoke(cli, ["--home", str(home), "dose", "--weight", "18.4"])
    assert result.exit_code == 0, result.stderr
    return "368 mg" if "368 mg" in result.stdout else result.stdout


def test_a_home_as_it_should_be(own):
    assert given(own) == "368 mg"


@pytest.mark.parametrize(
    "name",
    ["ane.yml", "Ane.yaml", "ane.YAML", "ANE.YML", "ane.yaml.txt", "ane (1).yaml", "ane.yaml.bak",
     "ane.yaml~", ".ane.yaml", "ane - Copy.yaml", "Copy of ane.yaml", "ane.yaml.gz", "ane.yaml1",
     "ane.txt", "ane", "ane.json", "ane.yaml.part", "ane.sync-conflict-20260301.yaml"],
)  # fmt: skip
def test_an_order_set_with_an_odd_name(name, own):
    """Alone it is named, and beside the right one too, but for the copies that editors leave."""
    path = own / "ordersets" / "ane.yaml"
    other = path.with_name(name)
    path.rename(other)
    (own / "ordersets" / "ane.leaflet.es.yaml").unlink()
    message = said(own)
    assert f"{other}:" in message or "there is no order set 'ane'" in message
    if name not in (".ane.yaml", "ane.yaml~", "ane.yaml.bak", "ane", "ane.txt", "ane.json"):
        assert f"{other}:" in message
    shutil.copy(other, path)
    if name in ("ane.yaml~", "ane.yaml.bak"):
        assert given(own) == "368 mg"
    else:
        assert f"{other}:" in said(own)


@pytest.mark.parametrize(
    ("right", "odd"),
    [("site.yaml", "site.yml"), ("site.yaml", "Site.yaml"), ("site.yaml", "site.yaml.txt"),
     ("weight-for-age.yaml", "weight-for-age.yml"), ("ane.approval.yaml", "ane.approval.yml"),
     ("ane.approval.yaml", "ane-approval.yaml"), ("ane.approval.yaml", "ane.approval"),
     ("ane.approval.yaml", ".ane.approval.yaml"), ("ane.approval.yaml", "aen.approval.yaml"),
     ("ane.leaflet.es.yaml", "ane.leaflet.ES.yml"), ("ane.leaflet.es.yaml", "ane.leaflet.yaml"),
     ("ane.previous.csv", "ane.previous.CSV"), ("ane.previous.csv", "ane.previous.csv.txt"),
     ("ane.previous.csv", "ane.previous.xlsx"), ("weight-for-age.yaml", "weight-for-age-2.yaml")],
)  # fmt: skip
def test_what_stands_beside_an_order_set(right, odd, own):
    path = own / "ordersets" / right
    if not path.exists():
        path.write_text("withdrawn: {by: A, date: 2026-01-15, reason: wrong}\n", "utf-8")
    path.rename(path.with_name(odd))
    assert f"{path.with_name(odd)}:" in said(own)


@pytest.mark.parametrize("name", ["site.yaml", "weight-for-age.yaml", "ane.yaml"])
def test_a_missing_file_is_named_and_never_replaced(name, own):
    (own / "ordersets" / "ane.leaflet.es.yaml").unlink()
    (own / "ordersets" / name).unlink()
    assert name in said(own)
    (own / "ordersets" / name).symlink_to("/mnt/not-mounted/file.yaml")
    assert f"{own / 'ordersets' / name}:1:1: this is no file, or a link" in said(own)
    (own / "ordersets" / name).unlink()
    (own / "ordersets" / name).mkdir()
    assert f"{own / 'ordersets' / name}:1:1: this is no file, or a link" in said(own)


@pytest.mark.parametrize(
    "name", ["order-sets", "Ordersets", "orderset", "ordersets (1)", "oredersets"]
)
def test_a_folder_with_an_odd_name(name, own):
    (own / "ordersets").rename(own / name)
    assert f"{own / name}:" in said(own)
    shutil.copytree(own / name, own / "ordersets")
    assert f"{own / name}:" in said(own)


def test_a_home_that_is_one_level_off(own, tmp_path):
    assert f"--home '{own}'" in said(own / "ordersets")
    assert f"--home '{own}'" in said(tmp_path)
    shutil.copytree(own / "ordersets", own / "ordersets" / "ordersets")
    assert f"{own / 'ordersets' / 'ordersets'}:" in said(own)
    shutil.rmtree(own / "ordersets" / "ordersets")
    shutil.copy(own / "ordersets" / "ane.yaml", own / "ane.yaml")
    assert f"{own / 'ane.yaml'}:" in said(own)


@pytest.mark.parametrize(
    "words",
    [("dose", "--weight", "18.4"), ("sheet", "--blank"), ("gaps",), ("build",), ("check",),
     ("ehr",), ("card",), ("leaflet",)],
)  # fmt: skip
def test_an_empty_home_gives_no_document_of_any_kind(words, tmp_path, monkeypatch):
    """As a drive is that is not mounted."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "home").mkdir()
    assert "is the drive connected?" in said("home", *words)
    (tmp_path / "home" / "templates").mkdir()
    assert "this home has no folder 'ordersets'" in said("home", *words)
    (tmp_path / "home" / "ordersets").symlink_to("nowhere")
    assert "no folder, or a link to one that is not there" in said("home", *words)
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


@pytest.mark.parametrize("name", ["", " ", "nowhere", "file", "link", "x" * 5000, "a\0b"])
def test_a_home_that_is_none_is_a_slip_of_the_one_who_types(name, tmp_path, monkeypatch):
    monkeypatch.chdir(with_bundled(tmp_path))  # the current folder is never taken for it
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("/mnt/not-mounted")
    assert "--home" in said(name, code=2)
    if "\0" not in name:
        monkeypatch.setenv("ANEDOCS_HOME", name)
        result = CliRunner().invoke(cli, ["dose", "--weight", "18.4"])
        assert (result.exit_code, result.stdout) == (2, "")
        assert "ANEDOCS_HOME" in result.stderr


def test_a_folder_that_may_not_be_read_is_named(own, monkeypatch):
    listed = Path.iterdir

    def closed(self):
        if self == own / "ordersets":
            raise PermissionError(13, "Permission denied", str(self))
        return listed(self)

    monkeypatch.setattr(Path, "iterdir", closed)
    assert f"{own / 'ordersets'}:1:1: this cannot be read (Permission denied)" in said(own)


@pytest.mark.parametrize(
    "name",
    ["README", "README.md", "notes.txt", ".DS_Store", "._ane.yaml", "Thumbs.db", "desktop.ini",
     "ane.yaml~", ".ane.yaml.swp", "#ane.yaml#", ".#ane.yaml", "ane.yaml.orig", ".gitignore",
     "guideline.pdf", "ane.pdf", "orderset.schema.json", "croup.yaml", ".~lock.ane.yaml#"],
)  # fmt: skip
def test_what_others_leave_there_stops_nobody(name, own):
    for folder in (own, own / "ordersets"):
        path = folder / name
        if name.startswith(".#"):
            path.symlink_to("somebody@somewhere.1234")
        elif not (name == "croup.yaml" and folder == own):
            path.write_text("id: croup\n" if name == "croup.yaml" else "x", "utf-8")
    for folder in ("output", ".git", "archive", "ordersets/archive"):
        (own / folder).mkdir()
        (own / folder / "ane.yml").write_text("an older one", "utf-8")
    assert given(own) == "368 mg"


def test_another_file_that_says_it_is_this_order_set(own):
    """`ane-new.yaml` may hold the doses that somebody believes to be in force."""
    path = own / "ordersets" / "ane-new.yaml"
    shutil.copy(own / "ordersets" / "ane.yaml", path)
    assert f"{path}:1:1: this file is named like an order set 'ane-new'" in said(own)
    path.write_text(path.read_text("utf-8").replace("\nid: ane\n", "\nid: 'ane-new' # trial\n"))
    assert given(own) == "368 mg"


def test_a_home_with_another_order_set_only(tmp_path):
    home = tmp_path / "home"
    made = CliRunner().invoke(cli, ["--home", str(home), "new", "croup"])
    assert made.exit_code == 0, made.stderr
    assert "there is no order set 'ane'. Affects: every document. Known here: croup." in said(home)
    assert load(Locator(home), "croup", DAY).orderset.id == "croup"


# --- Templates ---------------------------------------------------------------------------------

SHEET = ("sheet", "--weight", "18.4", "-o", "-")


@pytest.fixture
def looks(own: Path) -> Path:
    (own / "templates").mkdir()
    return own / "templates"


@pytest.mark.parametrize(
    ("name", "meant"),
    [("order_sheet.htm", "order_sheet.html"), ("Order_Sheet.html", "order_sheet.html"),
     ("order_sheet (1).html", "order_sheet.html"), ("order-sheet.html", "order_sheet.html"),
     ("order_sheet.html.txt", "order_sheet.html"), ("leaflet.large.CSS", "leaflet.large.css"),
     ("order_sheet.css~", "order_sheet.css"), ("workbook.tml", "workbook.toml"),
     ("new_orderset.yml", "new_orderset.yaml"), ("Maps", "maps")],
)  # fmt: skip
def test_a_template_with_an_odd_name(name, meant, own, looks):
    if "." in name:
        (looks / name).write_text("x", "utf-8")
    else:
        (looks / name).mkdir()
    message = said(own, "sheet", "--weight", "18.4")
    assert f"{looks / name}:" in message
    assert f"'{meant}'" in message


@pytest.mark.parametrize(
    "name",
    [".DS_Store", "Thumbs.db", "._order_sheet.css", "notes.txt", "order_sheet.css~",
     ".order_sheet.html.swp", "README"],
)  # fmt: skip
def test_what_others_leave_among_the_templates_changes_nothing(name, own, looks):
    shutil.copytree(TEMPLATES, looks, dirs_exist_ok=True)
    before = inputs.fingerprints(Locator(own), "ane")
    (looks / name).write_text("x", "utf-8")
    assert inputs.fingerprints(Locator(own), "ane") == before
    (looks / "our_header.html").write_text("x", "utf-8")
    assert "templates/our_header.html" in inputs.fingerprints(Locator(own), "ane")


def test_every_template_that_came_with_anedocs_counts():
    files = {path.name for path in TEMPLATES.iterdir() if path.is_file()}
    assert {path.name for path in templates_in(TEMPLATES)} == files


@pytest.mark.parametrize(
    ("name", "text", "line", "what"),
    [("order_sheet.html", "a\n{% if %}\n", 2, "Expected an expression"),
     ("order_sheet.html", "a\n\n{{ nothing }}\n", 3, "'nothing' is undefined"),
     ("order_sheet.html", "{% include 'order_sheet.html' %}", 1, "it contains itself"),
     ("order_sheet.html", "a\n{{ 'x' + 1 }}", 2, "two kinds of values"),
     ("order_sheet.html", "a\n{{ 1 / 0 }}", 2, "it divides by zero"),
     ("order_sheet.html", "a\n{% include 'nothing.html' %}", 2, "there is no template 'nothing"),
     ("order_sheet.html", b"a\n\xff", 2, "the template is not UTF-8"),
     ("order_sheet.css", "a { color: {{ x.y }} }", 1, "'x' is undefined"),
     ("page.css", "\n{{", 2, "")],
)  # fmt: skip
def test_a_broken_page_is_told_with_file_and_line(name, text, line, what, own, looks):
    (looks / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    message = said(own, "sheet", "--weight", "18.4")
    assert message.startswith(f"{looks / name}:{line}:1: ")
    assert what in message


@pytest.mark.parametrize(
    ("name", "text", "line", "what"),
    [("workbook.toml", "a = 1\nb = [\n", 0, "this is not TOML"),
     ("workbook.toml", "a = 1\n", 1, "'a' is not known here"),
     ("workbook.toml", "", 1, "'styles' is missing"),
     ("workbook.toml", None, 1, "'line' has another kind of value than it needs (in 'page')"),
     ("dosing.cql", "a\n$nothing\n", 2, "'$nothing' is no name that can be filled in"),
     ("ehr_readme.md", "a\nfor $ 5\n", 2, "'$' is no name"),
     ("ehr_readme.md", b"\xff", 1, "the template is not UTF-8")],
)  # fmt: skip
def test_a_broken_look_or_form_is_told(name, text, line, what, own, looks, tmp_path):
    if text is None:
        whole = (TEMPLATES / name).read_text("utf-8")
        text = "\n".join('line = "x"' if one.startswith("line = 1") else one
                         for one in whole.split("\n"))  # fmt: skip
        assert text != whole
    (looks / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    message = said(own, "ehr", "-o", str(tmp_path / "ehr"))
    assert message.startswith(f"{looks / name}:{line or ''}")
    assert what in message


def test_a_broken_word_look_is_told(own, looks, tmp_path):
    (looks / "word.toml").write_text("font = 5\n", "utf-8")
    message = said(own, "leaflet", "--format", "docx", "-o", str(tmp_path / "leaflet.docx"))
    assert message.startswith(f"{looks / 'word.toml'}:1:1: 'font' has another kind of value")


@pytest.mark.parametrize("name", ["ane.yml", "Ane.yaml", "ane.yaml.txt", "ane (1).yaml"])
def test_only_the_odd_name_is_blamed(name, own):
    """The files beside the order set are right, and nobody should give them another name."""
    (own / "ordersets" / "ane.yaml").rename(own / "ordersets" / name)
    assert (own / "ordersets" / "ane.leaflet.es.yaml").exists()
    (line,) = said(own).splitlines()
    assert line.startswith(f"{own / 'ordersets' / name}:")


def test_a_document_names_the_file_of_the_home(own):
    path = own / "ordersets" / "ane.yaml"
    (own / "ordersets" / "ane.leaflet.es.yaml").unlink()
    CliRunner().invoke(cli, ["--home", str(own), "new", "x2"])
    told = said(own, "--orderset", "x2", "leaflet", "-o", str(own.parent / "x.pdf"))
    assert told.startswith(f"{path.with_name('x2.yaml')}:1:1: there is no leaflet")
    told = said(own, "leaflet", "--lang", "xx", "-o", str(own.parent / "x.pdf"))
    assert told.startswith(f"{path.with_name('ane.leaflet.xx.yaml')}:1:1: there is no leaflet")
