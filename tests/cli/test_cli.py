"""The commands sheet and dose from outside: exit codes, what is written where, and what is not."""

import errno
import json
import os
import re
import stat
import subprocess
import sys
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import click
import pypdfium2
import pytest
from click.testing import CliRunner

import anedocs
from anedocs.cli import triage
from anedocs.cli.app import cli
from anedocs.cli.output import STEPS
from anedocs.cli.start import main
from anedocs.core.files import OutputError, write, write_new
from anedocs.core.problems import Refusal
from anedocs.documents.order_sheet import page as sheets
from anedocs.dosing import check_code, patient
from anedocs.dosing.fill import fill
from anedocs.edition.load import load
from anedocs.edition.locate import Locator
from anedocs.render import codes, pdf
from support.homes import with_bundled

AT = ("--at", "2026-01-31T14:05")
#: What is told of a time that is not about now.
PAST = "Warning: --at lies in the past; status of the edition and age are those of 2026-01-31.\n"
NAME = "ane-sheet-18.4kg-20260131T140500.pdf"
SECRET = "Geheimnis"
BUNDLED = Locator().folders("ordersets")[-1]


pytestmark = pytest.mark.usefixtures("read_once")


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """A working folder with its own home and temporary folder, to see what is left in it."""
    for name in ("home", "temp", "work"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temp"))
    monkeypatch.setattr("tempfile.tempdir", None)
    for name in ("ANEDOCS_HOME", "SOURCE_DATE_EPOCH"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def asked(monkeypatch):
    """The page is not laid out, which costs a second; what it was asked for is kept instead."""
    requests = []

    def page(request, folders, paper):
        requests.append(request)
        return b"%PDF-" + paper.encode()

    monkeypatch.setattr(sheets, "order_sheet", page)
    return requests


def run(*words, stdin=None):
    return CliRunner().invoke(cli, [*words], input=stdin)


def done(result):
    assert result.exit_code == 0, result.output
    return result.stdout


def failed(result, code):
    """Failed in plain words: the exit code, nothing on stdout, no traceback; the message."""
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == code, result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    return result.stderr


def tree(folder):
    return sorted((path, path.is_file() and path.stat().st_mtime_ns) for path in folder.rglob("*"))


@contextmanager
def nothing_written(folder):
    before = tree(folder)
    yield
    assert tree(folder) == before


def process(*words, place, stdin=None, **env):
    """The command in a process of its own, as it is installed."""
    source = str(Path(anedocs.__file__).parents[1])
    kept = {key: os.environ[key] for key in ("HOME", "TMPDIR", "PATH")}
    return subprocess.run(
        [sys.executable, *words], input=stdin, capture_output=True, check=False, cwd=place / "work",
        env={**kept, "PYTHONPATH": source, **env},
    )  # fmt: skip


def bytes_of(path):
    return Path(path).read_bytes()


def mode(path):
    return stat.S_IMODE(Path(path).stat().st_mode)


# --- Where the sheet goes ---


def test_a_sheet_goes_into_a_private_folder_under_a_name_without_identity(asked):
    label = f'{{"name": "{SECRET}", "mrn": "4711", "date_of_birth": "2021-03-04"}}'
    result = run("sheet", "--weight", "18.4", "--patient", "-", *AT, stdin=label)
    assert done(result) == f"sheets/{NAME}\n"
    assert result.stderr == PAST
    assert bytes_of(f"sheets/{NAME}") == b"%PDF-letter"
    assert mode(f"sheets/{NAME}") == 0o600
    assert [path.name for path in Path("sheets").iterdir()] == [NAME]
    assert mode("sheets") == 0o700
    assert not Path("output").exists(), "the committee's documents are handed on as a whole"


def test_a_sheet_never_overwrites_another(asked):
    Path("sheets").mkdir()
    Path("sheets", NAME).write_text("another child")
    words = ("sheet", "--weight", "18.4", *AT)
    first, second = done(run(*words)), done(run(*words))
    assert first == f"sheets/{NAME.replace('.pdf', '-2.pdf')}\n"
    assert second == f"sheets/{NAME.replace('.pdf', '-3.pdf')}\n"
    assert Path("sheets", NAME).read_text() == "another child"
    assert len(list(Path("sheets").iterdir())) == 3


def test_names_run_out_in_plain_words(monkeypatch, place):
    def taken(*_, **__):
        raise FileExistsError(errno.EEXIST, "File exists")

    monkeypatch.setattr(os, "link", taken)
    with pytest.raises(OutputError, match="too many sheets of this name"):
        write_new(place / "work", "sheet", ".pdf", b"")
    assert list((place / "work").iterdir()) == []


def test_a_file_of_ones_own_is_replaced_whole_and_never_everybodys(asked):
    Path("mine.pdf").write_text("old")
    Path("mine.pdf").chmod(0o664)
    words = ("sheet", "--weight", "18.4", "-o", "mine.pdf", "--paper", "a4", *AT)
    assert done(run(*words)) == "mine.pdf\n"
    assert bytes_of("mine.pdf") == b"%PDF-a4"
    assert mode("mine.pdf") == 0o660
    assert not Path("sheets").exists()


def test_a_folder_on_the_way_is_made(asked):
    assert done(run("sheet", "--blank", "-o", "new/deep/b.pdf", *AT)) == "new/deep/b.pdf\n"
    assert [path.name for path in Path("new/deep").iterdir()] == ["b.pdf"]


def test_the_blank_sheet_asks_nothing(asked):
    assert done(run("sheet", "--blank", *AT)) == f"sheets/{NAME.replace('18.4kg', 'blank')}\n"
    assert asked[0].filled is None
    assert asked[0].age is None
    assert (asked[0].patient.name, asked[0].allergies) == (None, None)


@pytest.mark.parametrize(
    ("target", "says"),
    [
        (".", "'.' is a folder; give the name of a file, such as sheet.pdf"),
        ("", "'.' is a folder"),
        ("/dev/null", "'/dev/null' is not a file"),
        ("afile/sheet.pdf", "afile/sheet.pdf cannot be written: "),
        ("x" * 300, "cannot be written: File name too long"),
    ],
)
def test_a_place_that_takes_no_file(target, says, asked, place):
    Path("afile").write_text("")
    with nothing_written(place):
        assert says in failed(run("sheet", "--weight", "18.4", "-o", target, *AT), 1)
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(asked, place):
    Path("locked").mkdir(mode=0o500)
    with nothing_written(place):
        message = failed(run("sheet", "--weight", "18.4", "-o", "locked/s.pdf", *AT), 1)
    assert "Permission denied" in message


@pytest.mark.parametrize("words", [("-o", "s.pdf"), ()], ids=["named", "default"])
def test_a_full_disk_leaves_nothing_half_made(words, asked, monkeypatch, place):
    def full(_handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    message = failed(run("sheet", "--weight", "18.4", *words, *AT), 1)
    assert message.endswith("cannot be written: No space left on device.\n")
    assert [path for path in place.rglob("*") if path.is_file()] == []


def test_an_interrupted_file_leaves_the_old_one(monkeypatch):
    Path("old.pdf").write_text("old")
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        write(Path("old.pdf"), b"new")
    assert [path.name for path in Path().iterdir()] == ["old.pdf"]
    assert Path("old.pdf").read_text() == "old"


# --- JSON ---


@pytest.mark.parametrize("words", [("--weight", "29.99"), ("--weight", "100.1", "--age", "17y")])
def test_json_of_a_sheet_is_json_of_dose(words, place):
    with nothing_written(place):
        sheet = done(run("sheet", *words, "--format", "json", "--confirm-weight", "AB", *AT))
        assert sheet == done(run("dose", *words, "--json", *AT))
    assert json.loads(sheet)["weight_kg"] == words[1]


def test_json_goes_where_it_is_sent():
    words = ("sheet", "--weight", "18.4", "--format", "json", *AT)
    assert done(run(*words, "-o", "doses.json")) == "doses.json\n"
    assert Path("doses.json").read_text("utf-8") == done(run(*words))
    assert mode("doses.json") == 0o600


@pytest.mark.parametrize("words", [("--blank",), ("--weight", "18.4", "--print")])
def test_json_needs_a_weight_and_is_not_printed(words, place):
    with nothing_written(place):
        message = failed(run("sheet", *words, "--format", "json", *AT), 2)
    assert "--format json needs --weight and cannot be printed" in message


def test_the_table_for_reading():
    said = done(run("dose", "--weight", "100.1", "--age", "17y", *AT))
    assert said.startswith("ane ")
    steroid = r"30 mg/kg × 100.1 kg = 3,003 mg; maximum 1,000 mg +1,000 mg \(1 g\)"
    assert re.search(rf"^methylPREDNISolone +1,000 mg +{steroid} +daily for 5 days$", said, re.M)
    assert re.search(r"^oseltamivir +NOT SET +NOT SET +frequency NOT SET$", said, re.M)
    assert re.search(
        r"^tocilizumab +STOPPED +8 mg/kg × 100.1 kg = 800.8 mg +not stated +one dose$", said, re.M
    )
    assert "tocilizumab: no dose printed: more than 800 mg" in said
    infant = done(run("dose", "--weight", "10", "--age", "10mo", *AT))
    assert (
        "oseltamivir, reference only, not approved: 9 to 11 months 3.5 mg/kg × 10 kg = " in infant
    )
    assert "(another source: 3 mg/kg × 10 kg = 30 mg) [AAP policy statement 2022-23" in infant


def test_a_draft_says_so_beside_every_answer():
    result = run("dose", "--weight", "18.4", "--json", *AT)
    assert "DRAFT, NOT FOR CLINICAL USE" in result.stderr
    assert json.loads(done(result))["status"] == "draft"


# --- What is asked for, as it reaches the page ---


def test_every_option_reaches_the_page(asked):
    done(run(
        "sheet", "--weight", "35.3", "--age", "4y", "--sex", "female", "--weight-source", "length",
        "--weighed-at", "13:50", "--allergies", " penicillin: rash ", "--confirm-weight", "AB",
        "--patient", "-", *AT, stdin="name: Zoe Example\nmrn: 00123\ndate_of_birth: 2021-06-30\n",
    ))  # fmt: skip
    (page,) = asked
    assert page.printed.isoformat() == "2026-01-31T14:05:00"
    assert (page.filled.weight, patient.written(page.age)) == (Decimal("35.3"), "4 years")
    assert (page.sex, page.weight_source, page.weighed_at) == (
        "female", "length", "2026-01-31 13:50",
    )  # fmt: skip
    assert (page.allergies, page.confirmed_by) == ("penicillin: rash", "AB")
    given = page.patient
    assert (given.name, given.mrn, given.date_of_birth) == (
        "Zoe Example",
        "00123",
        date(2021, 6, 30),
    )


def test_what_is_not_given_is_not_made_up(asked):
    done(run("sheet", "--weight", "18.4", "--allergies", "  ", "--confirm-weight", "AB", *AT))
    (page,) = asked
    assert page.allergies is None, "nothing but spaces is not an answer about allergies"
    assert page.confirmed_by is None, "a usual weight needs nobody to confirm it"
    assert (page.age, page.sex, page.weight_source, page.weighed_at) == (None, None, None, None)
    assert page.patient.name is None


def test_the_age_by_the_date_of_birth_reaches_the_page(asked):
    done(run("sheet", "--weight", "18.4", "--patient", "-", *AT, stdin="date_of_birth: 2021-06-30"))
    assert patient.written(asked[0].age) == "4 years"


@pytest.mark.parametrize(
    "label",
    [
        '{"name": "Zoë Beispiel", "mrn": 12, "date_of_birth": "2021-06-30"}',
        '{\n\t"name": "Zoë Beispiel",\n\t"mrn": "12",\n\t"date_of_birth": "2021-06-30"\n}\n',
        '{"name": "Zo\\u00eb Beispiel", "mrn": "12", "date_of_birth": "2021-06-30"}',
        "name: Zoë Beispiel\nmrn: 12\ndate_of_birth: 2021-06-30\n",
        "\ufeffname: Zoë Beispiel\r\nmrn: '12'\r\ndate_of_birth: 2021-06-30\r\n",
    ],
    ids=["json", "json with tabs", "json escapes", "yaml", "windows"],
)
def test_a_patient_as_json_or_yaml_from_a_file_or_standard_input(label, asked):
    Path("label").write_bytes(label.encode())
    done(run("sheet", "--weight", "18.4", "--patient", "-", *AT, stdin=label.encode()))
    done(run("sheet", "--weight", "18.4", "--patient", "label", *AT))
    for page in asked:
        given = page.patient
        assert (given.name, given.mrn, str(given.date_of_birth)) == (
            "Zoë Beispiel",
            "12",
            "2021-06-30",
        )
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("label", "code"),
    [
        (f"name: [{SECRET}]", 1),
        (f"name: {{first: {SECRET}}}", 1),
        (f"nmae: {SECRET}", 1),
        (f"{SECRET}: name", 1),
        (SECRET, 1),
        (f'name: "{SECRET}', 1),
        (f"name: {SECRET}\nname: {SECRET}", 1),
        (f"name: *{SECRET}", 1),
        (f"name: {SECRET}\x07", 1),
        (f"date_of_birth: {SECRET}", 1),
        (f"date_of_birth: 2021-02-30 {SECRET}", 1),
        (f"name: {SECRET * 200}", 1),
        ("", 1),
        ("[]", 1),
        (f"name: {SECRET}".encode("utf-16"), 2),
        (f"name: {SECRET}\xff".encode("latin-1"), 2),
        (f"# {'x' * 100_000}\nname: {SECRET}", 2),
    ],
)
def test_a_bad_patient_file_never_echoes_what_it_holds(label, code, place, asked):
    raw = label if isinstance(label, bytes) else label.encode()
    Path("label").write_bytes(raw)
    for source in ("-", "label"):
        with nothing_written(place):
            message = failed(
                run("sheet", "--weight", "18.4", "--patient", source, *AT, stdin=raw), code
            )
        assert SECRET not in message
        assert "standard input" in message or "label" in message
        if code == 1:
            assert re.search(r":[0-9]+:[0-9]+: ", message), "the place is named"
            assert "Keys are name, mrn and date_of_birth" in message
    assert asked == []


@pytest.mark.parametrize(
    ("source", "says"), [("missing", "No such file or directory"), (".", "Is a directory")]
)
def test_a_patient_file_that_cannot_be_read(source, says, asked):
    message = failed(run("sheet", "--weight", "18.4", "--patient", source, *AT), 2)
    assert says in message


# --- Usage ---


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ("sheet",),
            "give the weight in kg, such as --weight 18.4. The blank sheet is always there",
        ),
        (("sheet", "--blank", "--weight", "18.4"), "give either --weight or --blank, not both"),
        (("dose",), "Missing option '--weight'"),
        (("sheet", "--wieght", "18.4"), "'--weight'"),
        (("sheet", "--weight", "18.4", "--paper", "a3"), "'a3' is not one of 'letter', 'a4'"),
        (("sheet", "--weight", "18.4", "--sex", "m"), "write one of female, male, other, unknown"),
        (("sheet", "--weight", "18.4", "--weight-source", "guess"), "write one of measured"),
        (("sheet", "--weight", "18.4", "--name", SECRET), "No such option"),
        (("shet",), "There is no command 'shet'. Did you mean 'sheet'?"),
        (("does",), "There is no command 'does'. Did you mean 'dose'?"),
        (("qqqq",), "There is no command 'qqqq'. Known here: "),
        (("--hoome", "."), "No such option"),
        (("--home", "nowhere", "dose", "--weight", "18.4"), "there is no folder 'nowhere'"),
        (("new", "other"), "anedocs --home DIR new NAME"),
    ],
)
def test_usage(words, says, place):
    with nothing_written(place):
        assert says in failed(run(*words), 2)


@pytest.mark.parametrize(
    "text",
    ["", "now", "14:05", "2026-01-31T25:00", "2026-02-30", "31.01.2026", "2026-01-31T14:05x"],
)
def test_wrong_times(text, place):
    for words in (("sheet", "--weight", "18.4"), ("dose", "--weight", "18.4"), ("gaps",)):
        with nothing_written(place):
            message = failed(run(*words, "--at", text), 2)
        assert "is not a time; write it as 2026-01-31T14:05" in message


def test_without_either_the_time_is_now(asked):
    before = datetime.now().astimezone()
    done(run("sheet", "--weight", "18.4"))
    assert asked[0].printed.tzinfo is not None
    assert before <= asked[0].printed <= datetime.now().astimezone()


# --- Talk ---


@pytest.mark.parametrize("words", [("--weight", "18.4"), ("--blank",)])
def test_verbose_tells_exactly_the_six_steps(words, asked):
    label = f"name: {SECRET}"
    result = run("-v", "sheet", *words, "--patient", "-", *AT, stdin=label)
    assert len(done(result).splitlines()) == 1
    told = [line.split(":")[0] for line in result.stderr.splitlines() if line[0].isdigit()]
    assert told == [f"{number}. {step}" for number, step in enumerate(STEPS, start=1)]
    assert len(told) == 6
    assert SECRET not in result.output


def test_the_calculator_tells_its_steps_too():
    result = run("-v", "dose", "--weight", "18.4", "--json", *AT)
    told = [line.split(":")[0] for line in result.stderr.splitlines() if line[0].isdigit()]
    assert told == ["1. Read", "2. Check", "3. Weigh", "4. Dose"]
    json.loads(done(result))


def test_every_command_has_help_with_an_example():
    overview = done(run("--help"))
    for name, command in cli.commands.items():
        said = done(run(name, "--help"))
        assert re.search(rf"^ +{name} +\S", overview, re.M), name
        assert re.search(rf"^  Examples?:\n(?:    .*\n)*    .*anedocs.*\b{name}\b", said, re.M), (
            name
        )
        assert done(run(name, "-h")) == said
        assert command.get_short_help_str(200).endswith("."), name
    assert "[PRINTER]" in done(run("sheet", "--help"))


def test_without_a_command_the_help_is_shown(place):
    with nothing_written(place):
        result = run()
    assert result.exit_code == 2
    assert "anedocs sheet --weight 18.4" in result.output


# --- The command as a process ---

HEAVY = {"weasyprint", "jinja2", "pypdfium2", "segno", "fontTools", "docx", "PIL", "numpy"}


def loaded_by(*words, place):
    program = (
        "import sys; from anedocs.cli.start import main\n"
        f"sys.argv[1:] = {list(words)!r}\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    return set(process("-c", program, place=place).stderr.decode().split())


@pytest.mark.parametrize("words", [("--help",), ("sheet", "--help"), ("dose", "--weight", "18.4")])
def test_what_needs_no_page_loads_nothing_for_pages(words, place):
    assert loaded_by(*words, place=place) & HEAVY == set()


def test_the_order_set_is_of_the_home_and_of_the_name_that_are_given(home, place):
    own = {"ANEDOCS_HOME": str(home.path)}
    for options, more, code, drug in (
        ((), {}, 0, b"methylPREDNISolone"),
        ((), own, 1, b""),  # the home has no such order set; that of anedocs is not taken for it
        (("--orderset", "valid"), own, 0, b"firstdrug"),
        (("--home", str(home.path), "--orderset", "valid"), {}, 0, b"firstdrug"),
    ):
        done = process("-m", "anedocs", *options, "dose", "--weight", "18.4", place=place, **more)
        assert (done.returncode, drug in done.stdout) == (code, True), (options, done.stderr)
        assert bool(done.stdout) == (code == 0)
    home.write("ane.yaml", home.text().replace("id: valid", "id: ane"))
    done = process("-m", "anedocs", "dose", "--weight", "18.4", place=place, **own)
    assert (done.returncode, b"firstdrug" in done.stdout) == (0, True), done.stderr


def test_python_m_is_the_same_command(place):
    said = process("-m", "anedocs", "--version", place=place)
    assert said.stdout.decode().strip() == f"anedocs, version {anedocs.__version__}"
    refused = process("-m", "anedocs", "dose", "--weight", "18,4", place=place)
    assert (refused.returncode, refused.stdout) == (2, b"")
    shown = process("-m", "anedocs", "dose", "--help", place=place)
    assert shown.stdout.startswith(b"Usage: anedocs dose "), "the words that a user can type"


def test_the_entry_point_ends_with_the_exit_code(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["anedocs", "dose", "--weight", "18.4", "--json"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert json.loads(capsys.readouterr().out)["weight_kg"] == "18.4"


def test_a_real_sheet_leaves_one_file_and_nothing_of_the_patient(place):
    """In a process of its own, with folders of its own for temporary files and caches."""
    words = ("--weight", "35.3", "--age", "4y", "--confirm-weight", "AB", "--patient", "-", *AT)
    label = f'{{"name": "{SECRET}", "mrn": "4711", "date_of_birth": "2021-06-30"}}'
    result = process("-m", "anedocs", "sheet", *words, place=place, stdin=label.encode())
    assert (result.returncode, result.stderr.decode()) == (0, PAST)
    path = place / "work" / result.stdout.decode().strip()
    (kept,) = {file for file in place.rglob("*") if file.is_file()} - {path}
    assert kept.parent.name == "anedocs", "the compiled edition, in the cache folder"
    for word in (SECRET, "4711", "2021-06-30", "35.3"):
        assert word not in kept.read_text("utf-8")
    assert list((place / "temp").iterdir()) == []
    assert mode(path) == 0o600
    document = pypdfium2.PdfDocument(path)
    text = " ".join(document[0].get_textpage().get_text_range().split())
    details = document.get_metadata_dict()
    document.close()
    assert SECRET in text
    assert SECRET not in str(details)
    assert "Weight outside usual range, confirmed by AB" in text
    assert not re.search(r"(?i)pound|\blbs?\b", text), "pounds are for the screen only"


# --- Exit codes for what is wrong beyond usage ---


def test_an_order_set_that_does_not_exist(place):
    with nothing_written(place):
        message = failed(run("--orderset", "anne", "sheet", "--weight", "18.4", *AT), 1)
    assert "there is no order set 'anne'" in message
    assert "Did you mean 'ane'?" in message
    failed(run("--orderset", "../ordersets/ane", "sheet", "--weight", "18.4", *AT), 1)


def home_with(place, **files):
    folder = with_bundled(place / "own") / "ordersets"
    for name, text in files.items():
        (folder / f"{name.replace('_', '.')}.yaml").write_text(text, "utf-8")
    return str(place / "own")


def test_wrong_content_is_told_by_place_and_nothing_is_made(place):
    text = (BUNDLED / "ane.yaml").read_text("utf-8")
    home = home_with(place, ane=text.replace("amount: 30 mg/kg}", "amount: 30}"))
    for words in (("sheet", "--weight", "18.4"), ("dose", "--weight", "18.4"), ("gaps",)):
        with nothing_written(place):
            message = failed(run("--home", home, *words, *AT), 1)
        assert re.search(r"ane\.yaml:[0-9]+:[0-9]+: methylprednisolone: '30' has no unit", message)


def test_the_working_folder_is_never_searched(place):
    Path("ordersets").mkdir()
    Path("ordersets/ane.yaml").write_text("not an order set")
    done(run("dose", "--weight", "18.4", *AT))
    assert run("--home", ".", "dose", "--weight", "18.4", *AT).exit_code == 1


def test_the_home_may_come_from_the_environment(place, monkeypatch):
    monkeypatch.setenv("ANEDOCS_HOME", home_with(place, ane="no"))
    failed(run("dose", "--weight", "18.4", *AT), 1)
    monkeypatch.setenv("ANEDOCS_HOME", str(place / "nowhere"))
    assert "there is no folder" in failed(run("dose", "--weight", "18.4", *AT), 2)


WITHDRAWN = "withdrawn: {by: A. Person, date: 2026-01-15, reason: the dose was wrong}\n"


def test_a_withdrawn_edition_gives_no_sheet(place, asked):
    home = home_with(place, ane_approval=WITHDRAWN)
    for words in (("--weight", "18.4"), ("--blank",), ("--weight", "18.4", "--format", "json")):
        with nothing_written(place):
            message = failed(run("--home", home, "sheet", *words, *AT), 3)
        for part in ("withdrawn on 2026-01-15 by A. Person: the dose was wrong",
                     "Nothing is printed from it", "Ask the owner of the order set"):  # fmt: skip
            assert part in message
    assert asked == []


def test_the_calculator_says_that_an_edition_is_withdrawn(place):
    home = home_with(place, ane_approval=WITHDRAWN)
    result = run("--home", home, "dose", "--weight", "18.4", "--json", *AT)
    assert "WITHDRAWN, DO NOT USE" in result.stderr
    assert json.loads(done(result))["status"] == "withdrawn"


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (pdf.LayoutError("it runs over the edge"), 1, "Error: it runs over the edge"),
        (pdf.MissingLibraryError("PDF needs Pango."), 1, "Error: PDF needs Pango."),
        (codes.CodeTooLongError("too long"), 1, "Error: too long"),
        (Refusal("the font cannot draw it"), 4, "Refused: the font cannot draw it."),
    ],
)
def test_a_page_that_cannot_be_made(error, code, says, monkeypatch, place):
    def page(*_):
        raise error

    monkeypatch.setattr(sheets, "order_sheet", page)
    with nothing_written(place):
        assert says in failed(run("sheet", "--weight", "18.4", *AT), code)


def test_a_fault_of_the_program_is_not_taken_for_one_of_the_content(monkeypatch):
    """What a person then reads is decided where the process ends: test_process."""

    def broken(*_):
        raise RuntimeError("a fault")

    monkeypatch.setattr(triage, "fill", broken)
    assert isinstance(run("dose", "--weight", "18.4").exception, RuntimeError)


# --- What the committee accepts prints filled ---


def accept(text, name):
    """The order set with a supplement accepted, and its conflict decided."""
    start = text.index(f"  - id: {name}\n")
    end = text.index("\n  - id: ", start)
    block = text[start:end]
    accepted = block.replace(
        "state: proposed\n    accepted_by: null\n    accepted_on: null",
        "state: accepted\n    accepted_by: A. Person, pharmacist\n    accepted_on: 2026-01-15",
    )
    assert accepted != block
    accepted = re.sub(r"        rival:\n(?: {10}.*\n)+", "", accepted)
    accepted = re.sub(r"    conflict: >-\n(?: {6}.*\n?)+", "    conflict: null\n", accepted)
    return text[:start] + accepted + text[end:]


@pytest.fixture
def accepting(place):
    text = (BUNDLED / "ane.yaml").read_text("utf-8")
    return home_with(place, ane=accept(accept(text, "oseltamivir-dose"), "peramivir-dose"))


def doses(home, *words):
    said = json.loads(done(run("--home", home, "dose", "--json", *words, *AT)))
    return {one["id"]: one for one in said["doses"]}


def test_an_accepted_supplement_prints_filled_with_its_citation(accepting):
    found = doses(accepting, "--weight", "18.4", "--age", "5y")
    one = found["oseltamivir"]
    assert (one["status"], one["exact"], one["given"], one["unit"]) == (
        "supplement",
        "45",
        "45",
        "mg",
    )
    assert (one["band"], one["frequency"]) == ("more than 15 kg and up to 23 kg", "twice daily")
    assert one["supplement"] == "oseltamivir-dose"
    assert one["citation"].startswith("AAP policy statement 2022-23")
    assert "reference" not in one
    other = found["peramivir"]
    assert (other["status"], other["given"]) == ("supplement", "220.8")
    assert other["working"] == "12 mg/kg × 18.4 kg = 220.8 mg"
    assert found["methylprednisolone"]["status"] == "guideline"
    said = done(run("--home", accepting, "dose", "--weight", "18.4", "--age", "5y", *AT))
    assert re.search(r"^oseltamivir +45 mg +45 mg at 18.4 kg +not stated +twice daily$", said, re.M)
    assert "oseltamivir: dose of AAP policy statement 2022-23" in said
    assert "reference only" not in said


@pytest.mark.parametrize(
    ("weight", "age", "oseltamivir", "peramivir"),
    [
        ("15", "3y", "30", "180"),
        ("15.01", "3y", "45", "180.12"),
        ("40.01", "10y", "75", "480.12"),
        ("50.1", "12y", "75", "600"),
        ("41.3", "13y", "75", "600"),
        ("7.2", "9mo", "25.2", "86.4"),
    ],
)
def test_the_age_chooses_among_accepted_doses(weight, age, oseltamivir, peramivir, accepting):
    found = doses(accepting, "--weight", weight, "--age", age)
    assert (found["oseltamivir"]["given"], found["peramivir"]["given"]) == (oseltamivir, peramivir)


def test_an_accepted_dose_that_hangs_on_the_age_asks_for_it(accepting):
    for one in (
        doses(accepting, "--weight", "18.4")[name] for name in ("oseltamivir", "peramivir")
    ):
        assert (one["status"], one["exact"], one["given"]) == ("stopped", None, None)
        assert "the age is needed for this dose" in one["text"]
    one = doses(accepting, "--weight", "6", "--age", "5mo")["peramivir"]
    assert (one["status"], one["given"]) == ("stopped", None)
    assert "no dose accepted for this age; the prescriber must enter it" in one["text"]


def test_the_sheet_of_an_accepted_supplement(accepting):
    """Why: more doses make more check data, and a line must not say NOT SET beside what is set."""
    path = done(run("--home", accepting, "sheet", "--weight", "29.99", "--age", "9y", *AT)).strip()
    document = pypdfium2.PdfDocument(path)
    assert len(document) == 1
    text = document[0].get_textpage().get_text_range().replace("\xa0", " ")
    document.close()
    for part in ("60 mg at 29.99 kg", "twice daily", "359.88 mg", "six-zero milligrams",
                 "dose of AAP policy", "OSELTAMIVIR:60/PERAMIVIR:359.88/"):  # fmt: skip
        assert part in text, part
    line = text[text.index("60 mg at 29.99 kg") : text.index("six-zero milligrams")]
    assert "Frequency NOT SET" not in line


def test_the_longest_check_data_fit_the_code(accepting):
    edition = load(Locator(Path(accepting)), "ane", date(2026, 1, 31))
    filled = fill(edition, Decimal("29.99"), patient.age("12mo"))
    data = check_code.of_sheet(filled)
    assert codes.qr_svg(data, "QR code").startswith("<svg")
    assert codes.qr_svg(data.ljust(221, "0"), "QR code").startswith("<svg")
    with pytest.raises(codes.CodeTooLongError, match="222 characters"):
        codes.qr_svg(data.ljust(222, "0"), "QR code")


def test_a_rounding_with_an_owner_is_used_and_said(place):
    text = (BUNDLED / "ane.yaml").read_text("utf-8")
    start = text.index("      - id: methylprednisolone\n")
    own = text[start:].replace(
        "rounding: {not_set: silent}", "rounding: {value: 50 mg, from: local steroid-rounding}", 1
    )
    text = (text[:start] + own).replace(
        "local_decisions: []",
        "local_decisions:\n  - id: steroid-rounding\n    says: Doses are rounded to a step\n"
        "    owner: A. Person, pharmacist\n    decided_on: 2026-01-15",
    )
    home = home_with(place, ane=text)
    one = doses(home, "--weight", "18.4")["methylprednisolone"]
    assert (one["exact"], one["given"], one["text"]) == ("552", "550", "550 mg")
    assert one["working"] == "30 mg/kg × 18.4 kg = 552 mg; given 550 mg"
    assert doses(home, "--weight", "33.3")["methylprednisolone"]["given"] == "1000"
    assert doses(home, "--weight", "18.4")["tocilizumab"]["given"] == "220.8"


def test_a_dose_that_is_not_set_stays_so_whatever_it_is_said_to_be_from(place):
    text = (BUNDLED / "ane.yaml").read_text("utf-8")
    not_set = "dose: {kind: not_set, questions: A29}"
    home = home_with(
        place, ane=text.replace(not_set, f"{not_set}\n        dose_from: guideline TX-ABX")
    )
    one = doses(home, "--weight", "18.4")["antibiotics"]
    assert (one["status"], one["given"], one["text"]) == ("not_set", None, "NOT SET")


def test_a_dose_on_the_order_itself_waits_for_its_supplement_too(place):
    """A committee may also write the published dose into the order and name the supplement."""
    text = (BUNDLED / "ane.yaml").read_text("utf-8")
    not_set = "dose: {kind: not_set, questions: A5, supplement: oseltamivir-dose}"
    own = "dose: {kind: fixed, amount: 75 mg}\n        dose_from: supplement oseltamivir-adolescent"
    assert not_set in text
    text = text.replace(not_set, own)
    home = home_with(place, ane=text)
    one = doses(home, "--weight", "50")["oseltamivir"]
    assert (one["status"], one["given"]) == ("not_set", None)
    (place / "own/ordersets/ane.yaml").write_text(accept(text, "oseltamivir-adolescent"), "utf-8")
    one = doses(home, "--weight", "50")["oseltamivir"]
    assert (one["status"], one["given"]) == ("supplement", "75")
    assert one["supplement"] == "oseltamivir-adolescent"
    assert "IDSA guideline 2018" in one["citation"]


def test_only_a_wholly_approved_edition_loses_its_mark(home):
    home.complete()
    home.sign()
    words = ("--home", str(home.path), "--orderset", "valid", "dose", "--weight", "18.4", "--json")
    result = run(*words, "--at", "2026-03-01")
    assert json.loads(done(result))["status"] == "approved"
    assert "NOT FOR CLINICAL USE" not in result.stderr
    late = run(*words, "--at", "2027-03-01")
    assert "PAST ITS REVIEW DATE, NOT FOR CLINICAL USE" in late.stderr
    assert json.loads(done(late))["status"] == "overdue"


# --- The other commands, through the same door ---


def test_gaps_schema_and_new(place):
    assert "NOT SET" in done(run("gaps", *AT))
    assert json.loads(done(run("gaps", "--json", *AT)))["orderset"] == "ane"
    assert json.loads(done(run("schema")))["title"] == "OrderSet"
    made = done(run("--home", str(place / "mine"), "new", "other", *AT)).strip()
    assert Path(made) == place / "mine" / "ordersets" / "other.yaml"
    again = run("--home", str(place / "mine"), "new", "other", *AT)
    assert "nothing was changed" in failed(again, 1)
    assert "is not a time" in failed(run("--home", str(place / "mine"), "new", "x", "--at", "x"), 2)


OPTIONS = [
    pytest.param(words, option, id=" ".join([*words, option.opts[0]]))
    for words, command in [((), cli), *(((name,), one) for name, one in cli.commands.items())]
    for option in command.params
    if isinstance(option, click.Option) and not option.multiple
]


@pytest.mark.parametrize(("words", "option"), OPTIONS)
def test_an_option_is_given_once(words, option, asked, place):
    """Why: of two allergies or two weights the last would count, and nobody would be told."""
    first, second = ("", "") if option.is_flag else ("=18.4", f"={SECRET}")
    twice = [f"{option.opts[0]}{first}", f"{option.opts[-1]}{second}"]
    twice = [word.replace("=", "") if word[1] != "-" else word for word in twice]
    with nothing_written(place):
        said = failed(run(*words, *twice, *([] if words else ["gaps"])), 2)
    assert f"{max(option.opts, key=len)} is given more than once" in said
    assert SECRET not in said
    assert asked == []


@pytest.mark.parametrize(
    ("words", "needed"),
    [
        (("--weight", "18.4", "--age", "5y"), False),
        (("--blank",), False),
        (("--weight", "35.3", "--age", "4y"), True),
    ],
)
def test_initials_that_are_not_printed_are_told(words, needed, asked):
    result = run("sheet", *words, "--confirm-weight", "QZ", *AT)
    done(result)
    (page,) = asked
    assert page.confirmed_by == ("QZ" if needed else None)
    assert ("the initials are not printed" in result.stderr) is not needed
    assert "QZ" not in result.output


@pytest.mark.parametrize("age", ["126y", "99999y", "9" * 21 + "y", "20250101y"])
def test_nobody_is_that_old(age):
    message = failed(run("dose", "--weight", "18.4", "--age", age), 2)
    assert "nobody becomes as old as" in message
    assert "date" not in message
