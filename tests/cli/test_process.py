"""The command in bad surroundings: whatever they are, a sentence, an exit code and no traceback."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import pytest

import anedocs

SECRET = "Geheimnis"
CODES = {0, 1, 2, 3, 4, 128 + signal.SIGINT, 128 + signal.SIGTERM}
FULL = Path("/dev/full")
START = "from anedocs.cli.start import main; main()"
COMMANDS = {
    "help": ("--help",),
    "version": ("--version",),
    "dose": ("dose", "--weight", "18.4"),
    "dose --json": ("dose", "--weight", "18.4", "--json"),
    "sheet": ("sheet", "--weight", "18.4", "--patient", "-"),
    "sheet -o": ("sheet", "--weight", "18.4", "-o", "sheet.pdf"),
    "sheet -o -": ("sheet", "--blank", "-o", "-"),
    "sheet --format json": ("sheet", "--weight", "18.4", "--format", "json", "-o", "-"),
    "sheet --print": ("sheet", "--weight", "18.4", "--print"),
    "card": ("card", "--size", "a6", "-o", "-"),
    "leaflet": ("leaflet", "--format", "docx"),
    "ehr": ("ehr", "-o", "ehr"),
    "ehr .": ("ehr", "-o", "."),
    "build": ("build", "-o", "."),
    "check": ("check",),
    "verify": ("verify", "sheet.pdf"),
    "reconcile": ("reconcile", "built.csv"),
    "gaps": ("gaps",),
    "gaps --json": ("gaps", "--json"),
    "schema": ("schema",),
    "new": ("--home", "mine", "new", "other"),
}
#: What these say in an empty folder goes to standard error.
WITHOUT_ANSWER = ("ehr .", "build", "check", "reconcile", "sheet", "sheet --print")
LONG = "x" * 300
ARGUMENTS = [
    *(("dose", "--weight", odd) for odd in (b"\xff", LONG, "\u202e")),
    *(("sheet", "--weight", "18.4", "-o", odd) for odd in (b"\xff/\xff.pdf", LONG, f"{LONG}/a")),
    *(("sheet", "--weight", "18.4", "--patient", odd) for odd in (b"\xff", LONG, ".")),
    *(("sheet", "--weight", "18.4", "--allergies", odd) for odd in (b"\xff", "\u202e", "\x07")),
    *(("ehr", "-o", odd) for odd in (b"\xff", LONG, f"{LONG}/a", "/dev/null", "", "/", "..")),
    *(("build", "-o", odd) for odd in (LONG, "/dev/null", "", "/", "..", "~")),
    *(("check", "-o", odd) for odd in (b"\xff", LONG, "/dev/null", "")),
    *(("reconcile", odd) for odd in (b"\xff", LONG, "/dev/null", "", ".")),
    *(("verify", odd) for odd in (b"\xff", LONG, "/dev/null", "", ".")),
    *(("ehr", "--previous", odd) for odd in (b"\xff", LONG, "/dev/null", "", ".")),
    *(("--home", odd, "gaps") for odd in (b"\xff", LONG, "/dev/null", "")),
    *(("--orderset", odd, "gaps") for odd in (b"\xff", LONG, "../x", "", ".")),
    *(("--home", "mine", "new", odd) for odd in (b"\xff", LONG, "..", "")),
    *((odd,) for odd in (b"\xff", LONG, "", "-\u00e9")),
]  # fmt: skip


class Surroundings(NamedTuple):
    """What is wrong around the command."""

    stdin: Callable[[], int] = lambda: subprocess.DEVNULL
    stdout: Callable[[], int] = lambda: subprocess.PIPE
    closed: tuple[int, ...] = ()
    env: Mapping[str, str] = MappingProxyType({})
    before: str = ""
    """Python that runs before the command does."""
    limit: int | None = None
    """No file may grow larger."""
    cannot_answer: bool = False


def gone() -> int:
    """A pipe that nobody reads any longer."""
    reading, writing = os.pipe()
    os.close(reading)
    return writing


SURROUNDINGS = {
    "full stdout": Surroundings(stdout=lambda: os.open(FULL, os.O_WRONLY), cannot_answer=True),
    "closed stdout": Surroundings(closed=(1,), cannot_answer=True),
    "nobody reads": Surroundings(stdout=gone, cannot_answer=True),
    "closed stdin": Surroundings(closed=(0,)),
    "closed stderr": Surroundings(closed=(2,)),
    "all closed": Surroundings(closed=(0, 1, 2), cannot_answer=True),
    "a folder as stdin": Surroundings(stdin=lambda: os.open(".", os.O_RDONLY)),
    "Latin-1": Surroundings(env={"PYTHONIOENCODING": "latin-1"}),
    "ASCII": Surroundings(env={"PYTHONIOENCODING": "ascii", "LC_ALL": "POSIX"}),
    "full disk": Surroundings(limit=0),
    "no temporary folder": Surroundings(
        before="import tempfile; tempfile.tempdir = '/nowhere'; ", env={"TMPDIR": "/nowhere"}
    ),
    "no home": Surroundings(env={"HOME": "/nowhere"}),
    "no path": Surroundings(env={"PATH": "/nowhere"}),
    "working folder gone": Surroundings(before="import os; os.rmdir(os.getcwd()); "),
}


NORMAL = Surroundings()


def run(
    words: Sequence[str | bytes], place: Path, around: Surroundings = NORMAL, start: str = START
) -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own and a folder of its own."""
    (place / "work").mkdir(exist_ok=True)
    (place / "home").mkdir(exist_ok=True)
    source = str(Path(anedocs.__file__).parents[1])

    def prepare() -> None:
        for number in around.closed:
            os.close(number)
        if around.limit is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (around.limit, around.limit))

    ends = around.stdin(), around.stdout()
    try:
        return subprocess.run(
            [sys.executable, "-B", "-c", around.before + start, *words],
            stdin=ends[0], stdout=ends[1], stderr=subprocess.PIPE, check=False,
            cwd=place / "work", preexec_fn=prepare, timeout=120,
            env={"HOME": str(place / "home"), "PATH": os.environ["PATH"], "PYTHONPATH": source,
                 # Or the system would look through its fonts anew each time.
                 "XDG_CACHE_HOME": str(place.parent / "cache"), **around.env},
        )  # fmt: skip
    finally:
        for end in ends:
            if end >= 0:
                os.close(end)


def in_order(done: subprocess.CompletedProcess[bytes], place: Path, *, silent: bool) -> None:
    """No traceback; an exit code that is in the contract; a word where it failed; nothing aside."""
    said = done.stderr.decode(errors="replace")
    assert "Traceback" not in said, said
    assert "fault of anedocs" not in said, said
    assert "Exception ignored" not in said, said
    assert done.returncode in CODES, (done.returncode, said)
    assert silent or done.returncode == 0 or said.strip() or done.stdout
    if (place / "work").exists():
        assert not list((place / "work").rglob(".anedocs-*"))


# --- The matrix: every command in every surrounding; in the standard part, each with a few ---

PAIRS = [(command, around) for command in COMMANDS for around in SURROUNDINGS]
FEW = [
    (command, list(SURROUNDINGS)[number % len(SURROUNDINGS)])
    for number, command in enumerate(COMMANDS)
]


def matrix(command: str, name: str, place: Path) -> None:
    around = SURROUNDINGS[name]
    done = run(COMMANDS[command], place, around)
    quiet = name in ("closed stderr", "all closed", "nobody reads")
    in_order(done, place, silent=quiet)
    if around.cannot_answer:
        assert done.returncode in (1, 2), done.stderr  # 2 where the words were wrong anyway
    if name == "full stdout" and command not in WITHOUT_ANSWER:
        assert b"No space left on device" in done.stderr
    if name == "closed stdout":
        assert b"standard output is closed" in done.stderr


@pytest.mark.parametrize(("command", "around"), FEW)
def test_a_command_in_bad_surroundings(command: str, around: str, tmp_path: Path) -> None:
    matrix(command, around, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize(("command", "around"), [one for one in PAIRS if one not in FEW])
def test_every_command_in_all_bad_surroundings(command: str, around: str, tmp_path: Path) -> None:
    matrix(command, around, tmp_path)


@pytest.mark.parametrize("words", ARGUMENTS[::7], ids=repr)
def test_odd_words(words: Sequence[str | bytes], tmp_path: Path) -> None:
    in_order(run(words, tmp_path), tmp_path, silent=False)


@pytest.mark.long
@pytest.mark.parametrize("words", [one for one in ARGUMENTS if one not in ARGUMENTS[::7]], ids=repr)
def test_more_odd_words(words: Sequence[str | bytes], tmp_path: Path) -> None:
    in_order(run(words, tmp_path), tmp_path, silent=False)


# --- Streams ---


def test_a_document_on_standard_output_is_whole(tmp_path: Path) -> None:
    done = run(("sheet", "--weight", "18.4", "-o", "-"), tmp_path)
    assert (done.returncode, done.stdout[:5], done.stdout.strip()[-5:]) == (0, b"%PDF-", b"%%EOF")
    assert list((tmp_path / "work").iterdir()) == []


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
@pytest.mark.parametrize("kind", ["pipe", "file", "device"])
def test_standard_output_by_its_name_is_never_replaced(
    name: str, kind: str, tmp_path: Path
) -> None:
    """Root may replace a device; a file that the shell has opened would be filled in vain."""
    target = tmp_path / "got"
    target.touch()
    number = target.stat().st_ino
    around = {
        "pipe": Surroundings(),
        "file": Surroundings(stdout=lambda: os.open(target, os.O_WRONLY)),
        "device": Surroundings(stdout=lambda: subprocess.DEVNULL),
    }[kind]
    done = run((*COMMANDS["sheet --format json"][:-1], name), tmp_path, around)
    assert (done.returncode, done.stderr) == (0, b"")
    if kind != "device":
        assert json.loads(done.stdout or target.read_bytes())["weight_kg"] == "18.4"
    assert Path(os.devnull).is_char_device()
    assert target.stat().st_ino == number


def test_a_document_is_not_for_a_terminal(tmp_path: Path) -> None:
    leader, terminal = os.openpty()
    done = run(COMMANDS["sheet -o -"], tmp_path, Surroundings(stdout=lambda: terminal))
    os.close(leader)
    assert done.returncode == 2
    assert b"a document is not for a terminal" in done.stderr


def test_json_is_for_a_terminal(tmp_path: Path) -> None:
    done = run(("sheet", "--weight", "18.4", "--format", "json", "-o", "-"), tmp_path)
    assert json.loads(done.stdout)["weight_kg"] == "18.4"


@pytest.mark.parametrize(
    ("coding", "times", "spot"), [("ascii", "x", "<="), ("latin-1", "×", "<="), ("utf-8", "×", "≤")]
)
def test_signs_that_a_terminal_lacks_are_written_out(
    coding: str, times: str, spot: str, tmp_path: Path
) -> None:
    around = Surroundings(env={"PYTHONIOENCODING": coding})
    dose = run(("dose", "--weight", "18.4"), tmp_path, around).stdout.decode(coding)
    assert f"30 mg/kg {times} 18.4 kg = 552 mg" in dose
    told = run(("dose", "--weight", "18.4", "--json"), tmp_path, around).stdout.decode(coding)
    assert json.loads(told)["doses"][0]["working"] == "30 mg/kg × 18.4 kg = 552 mg"
    start = f"from anedocs.cli.output import say; say('at most: ≤ {SECRET} ½ 😀 ü')"
    said = run((), tmp_path, around, start).stdout.decode(coding)
    assert said.startswith(f"at most: {spot} {SECRET}")
    assert coding != "ascii" or said == f"at most: <= {SECRET} \\u00bd \\u1f600 u\n"


def test_a_name_that_is_no_text_is_given_back_as_it_is(tmp_path: Path) -> None:
    done = run((*COMMANDS["sheet --format json"][:-1], b"\xff.json"), tmp_path)
    assert (done.returncode, done.stdout) == (0, b"\xff.json\n")
    assert os.listdir(os.fsencode(tmp_path / "work")) == [b"\xff.json"]  # noqa: PTH208


def test_a_reader_that_has_enough_is_no_fault(tmp_path: Path) -> None:
    done = run(("schema",), tmp_path, Surroundings(stdout=gone))
    assert (done.returncode, done.stderr) == (1, b"")


def test_a_warning_never_lands_in_the_answer(tmp_path: Path) -> None:
    """With standard error closed, Python would print what is meant for it among the doses."""
    done = run(("dose", "--weight", "18.4", "--json"), tmp_path, Surroundings(closed=(2,)))
    assert json.loads(done.stdout)["weight_kg"] == "18.4"


# --- Signals ---


@pytest.mark.parametrize("signal_", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    "at", ["anedocs.cli.app", "anedocs.edition.load", "weasyprint", "anedocs.cli.printing"]
)
def test_a_signal_ends_the_command_in_one_line(
    at: str, signal_: signal.Signals, tmp_path: Path
) -> None:
    """It comes in the middle of an import, where an exception would be shown or swallowed."""
    done = run(COMMANDS["sheet -o"], tmp_path, start=struck_at(at, signal_) + START)
    assert done.returncode == 128 + signal_
    assert done.stderr == b"Stopped before it was done; nothing half-made is left.\n"
    assert list((tmp_path / "work").iterdir()) == []


def struck_at(module: str, signal_: signal.Signals) -> str:
    """Python that lets a signal come when that module is looked for."""
    return (
        "import sys, os, signal\n"
        # A shell that runs the tests in the background has it ignored.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "class Strike:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {module!r}: os.kill(os.getpid(), {int(signal_)})\n"
        "sys.meta_path.insert(0, Strike())\n"
    )


def test_what_is_to_outlive_a_terminal_does(tmp_path: Path) -> None:
    """As nohup has it."""
    strike = struck_at("anedocs.cli.app", signal.SIGHUP)
    assert run(("--version",), tmp_path, start=strike + START).returncode == 128 + signal.SIGHUP
    ignored = f"{strike}signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
    assert run(("--version",), tmp_path, start=ignored + START).returncode == 0


# --- Faults of the program ---

FAULT = (
    "from anedocs.cli import author\n"
    "def broken(*_):\n"
    f"    secret = {SECRET + ' 4711'!r}\n"
    "    raise ValueError(secret)\n"
    "author.gaps = broken\n"
)


def test_a_fault_of_the_program_is_one_sentence_without_a_value(tmp_path: Path) -> None:
    done = run(("gaps",), tmp_path, start=FAULT + START)
    said = done.stderr.decode()
    assert (done.returncode, done.stdout) == (1, b"")
    assert re.fullmatch(
        r"Error: this is a fault of anedocs: ValueError in author\.py, line \d+\. The command was "
        r"not finished\. Please report this line, and what 'anedocs -v' and the same command "
        r"show\.\n",
        said,
    )


def test_the_places_are_shown_on_request_and_never_a_value(tmp_path: Path) -> None:
    said = run(("-v", "gaps"), tmp_path, start=FAULT + START).stderr.decode()
    assert re.search(r'File ".*cli/author\.py", line \d+, in list_gaps', said)
    assert SECRET not in said
    assert "4711" not in said


@pytest.mark.parametrize("error", ["OSError(5, 'Input/output error', 'a/b')", "MemoryError()"])
def test_a_fault_of_the_machine_is_told(error: str, tmp_path: Path) -> None:
    fault = FAULT.replace("ValueError(secret)", error)
    said = run(("gaps",), tmp_path, start=fault + START).stderr.decode()
    assert said.startswith("Error: ")
    assert said.count("\n") == 1
    assert "MemoryError" in error or said == "Error: a/b: Input/output error.\n"
