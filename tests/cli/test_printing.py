"""The printer: what lp is told, what it says, and what is said where it does not print."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from anedocs.cli import printing
from anedocs.cli.app import cli
from anedocs.documents.order_sheet import page as sheets

AT = ("--at", "2026-01-31T14:05")
SHEET = ("sheet", "--weight", "18.4", *AT)
ALWAYS = ["-t", "anedocs order sheet"]
SECRET = "Geheimnis"

pytestmark = pytest.mark.usefixtures("read_once")


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder, and no commands but those that a test puts there."""
    for name in ("work", "bin"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setattr(sheets, "order_sheet", lambda _request, _folders, paper: paper.encode())
    return tmp_path


class Cups:
    """An `lp` that keeps what it was given, and an `lpstat` that knows some queues."""

    def __init__(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = place / "bin"
        monkeypatch.setenv("PATH", f"{self.folder}:{os.environ['PATH']}")
        monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")

    def lp(self, says: str = "request id is Ward-7-12 (1 file(s))", err: str = "", code: int = 0,
           before: str = "") -> None:  # fmt: skip
        self._command(
            "lp",
            f"""{before}
printf '%s\\n' "$@" > {self.folder}/words
cat > {self.folder}/sheet
printf '%s\\n' '{says}'
printf '{err}' >&2
exit {code}""",
        )

    def lpstat(self, default: str = "", printers: str = "", accepting: str = "") -> None:
        self._command(
            "lpstat",
            f"""[ "$LC_ALL" = C.UTF-8 ] || exit 9
case $1 in
-d) echo '{default}';;
-p) echo '{printers}' | grep "^printer $2 ";;
-a) echo '{accepting}' | grep "^$2 ";;
esac""",
        )

    def _command(self, name: str, script: str) -> None:
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    @property
    def words(self) -> list[str]:
        return (self.folder / "words").read_text().splitlines()

    @property
    def sheet(self) -> bytes | None:
        path = self.folder / "sheet"
        return path.read_bytes() if path.exists() else None


@pytest.fixture
def cups(place: Path, monkeypatch: pytest.MonkeyPatch) -> Cups:
    made = Cups(place, monkeypatch)
    made.lp()
    made.lpstat()
    return made


def run(*words: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(cli, words, input=stdin)


def refused(result: Result, place: Path) -> str:
    """Not printed, and told in one sentence; no file is kept."""
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    assert list((place / "work").iterdir()) == []
    return result.stderr


@pytest.mark.parametrize(("paper", "media"), [("letter", "Letter"), ("a4", "A4")])
def test_lp_is_told_the_paper_and_not_to_scale(
    paper: str, media: str, cups: Cups, place: Path
) -> None:
    done = run(*SHEET, "--paper", paper, "--print", "Ward 7")
    assert done.stdout == "sent to the printer 'Ward 7': request id is Ward-7-12 (1 file(s))\n"
    assert cups.sheet == paper.encode()
    assert cups.words == [
        *ALWAYS, "-d", "Ward 7", "-o", f"media={media}", "-o", "print-scaling=none", "-",
    ]  # fmt: skip
    assert list((place / "work").iterdir()) == [], "no file is kept"


def test_no_name_of_a_patient_goes_to_the_queue(cups: Cups) -> None:
    """The title of a job stands on the printer's display and in its log."""
    label = f'{{"name": "{SECRET}", "mrn": "4711"}}'
    done = run(*SHEET, "--patient", "-", "--print", stdin=label)
    assert done.exit_code == 0
    assert SECRET not in " ".join(cups.words) + done.output
    assert "4711" not in " ".join(cups.words) + done.output


def test_the_default_printer_is_named(cups: Cups) -> None:
    cups.lpstat(default="system default destination: Ward-7")
    assert run(*SHEET, "--print").stdout.startswith("sent to the printer 'Ward-7': request id")
    assert "-d" not in cups.words


@pytest.mark.parametrize("says", ["no system default destination", ""])
def test_a_default_printer_without_a_name(says: str, cups: Cups) -> None:
    cups.lpstat(default=says)
    assert run(*SHEET, "--print").stdout.startswith("sent to the default printer: request id")


def test_without_lpstat_it_is_printed_all_the_same(cups: Cups, monkeypatch: Any) -> None:
    (cups.folder / "lpstat").unlink()
    (cups.folder / "cat").symlink_to("/bin/cat")
    monkeypatch.setenv("PATH", str(cups.folder))
    assert run(*SHEET, "--print", "Ward-7").stdout.startswith("sent to the printer 'Ward-7': ")


def test_a_silent_lp_leaves_the_name(cups: Cups) -> None:
    cups.lp(says="")
    done = run(*SHEET, "-o", "kept.pdf", "--print", "Ward-7")
    assert done.stdout == "kept.pdf\nsent to the printer 'Ward-7'\n"
    assert Path("kept.pdf").read_bytes() == cups.sheet


def test_the_sheet_on_standard_output_stays_whole(cups: Cups) -> None:
    done = run(*SHEET, "-o", "-", "--print", "Ward-7")
    assert done.stdout_bytes == cups.sheet == b"letter"
    assert "sent to the printer 'Ward-7': request id is Ward-7-12 (1 file(s))\n" in done.stderr


@pytest.mark.parametrize(
    ("printers", "accepting", "says"),
    [
        ("printer Ward-7 disabled since Fri -\n\tPaper jam", "Ward-7 accepting requests",
         "the printer 'Ward-7' is stopped, so nothing was sent to it"),
        ("printer Ward-7 is idle.  enabled since", "Ward-7 not accepting requests since Fri -",
         "the printer 'Ward-7' takes no sheets, so nothing was sent to it"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("words", [("--print", "Ward-7"), ("--print",)], ids=["named", "default"])
def test_a_queue_that_would_keep_the_sheet_is_told(
    words: tuple[str, ...], printers: str, accepting: str, says: str, cups: Cups, place: Path
) -> None:
    """Why: a sheet that comes out when the paper jam is cleared lies there for anybody."""
    cups.lpstat("system default destination: Ward-7", printers, accepting)
    assert says in refused(run(*SHEET, *words), place)
    assert cups.sheet is None


@pytest.mark.parametrize("name", ["Ward-7", "Ward.7", "Ward"])
def test_only_the_queue_itself_counts(name: str, cups: Cups) -> None:
    cups.lpstat(
        printers="printer Ward-71 disabled since -\nprinter Xard-7 disabled since -\n"
        f"printer {name} is idle.  enabled since -",
        accepting="Ward-71 not accepting requests -",
    )
    assert run(*SHEET, "--print", name).exit_code == 0


def test_an_unknown_queue_is_told(cups: Cups, place: Path) -> None:
    cups.lp(says="", err='lp: The printer or class does not exist. "\\377"', code=1)
    told = refused(run(*SHEET, "--print", "nowhere"), place)
    assert told.startswith("Error: the printer 'nowhere' did not take the sheet: lp: The printer")
    kept = run(*SHEET, "-o", "kept.pdf", "--print", "nowhere")
    assert kept.exit_code == 1
    assert kept.stderr.endswith("; the sheet is in kept.pdf.\n")


def test_a_printing_system_that_does_not_answer_is_told(
    cups: Cups, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "_PATIENCE", 1)
    cups.lp(before="exec sleep 600")
    assert "did not answer within 1 seconds, and may have taken" in refused(
        run(*SHEET, "--print", "Ward-7"), place
    )


def test_a_machine_without_a_printing_system(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(place / "nowhere"))
    told = refused(run(*SHEET, "--print"), place)
    assert "nothing was printed" in told
    assert "apt-get install cups-client" in told


def test_a_refused_sheet_is_not_printed(cups: Cups) -> None:
    assert run("sheet", "--weight", "25", "--age", "17mo", *AT, "--print").exit_code == 4
    assert cups.sheet is None
