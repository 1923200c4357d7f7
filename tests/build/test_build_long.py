"""Fifty kills of the real command: output/ is wholly old or wholly new.

Each byte is then that of a build that nothing disturbed, and `check` has passed that one. Takes
minutes. What of this is quick stands in test_build.py.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

import anedocs
from anedocs.cli.app import cli
from anedocs.edition.locate import Locator
from support.ane import raised
from support.homes import with_bundled

pytestmark = pytest.mark.long

AT = "2026-11-21T20:47"
SEED = 20261121
ROUNDS = 5
#: How often a kill is tried anew when the build has ended before it.
TRIES = 8
#: When the kills of a round fall: somewhere in the whole run, or somewhere in one part of it. Why
#: not all of the first kind: the swap lasts for milliseconds of seconds.
MOMENTS = ("any", "any", "any", "making", "checking", "checking", "swapping", "swapping",
           "clearing", "clearing")  # fmt: skip
PARTS = ("making", "checking", "swapping", "clearing")
#: What a build must leave in the folder: a patient's sheet and a folder of somebody's notes, large
#: enough that carrying them over takes a while.
SHEET = "ane-sheet-18.4kg-20261121T204700.pdf"
NOTES = 200

Snapshot = dict[str, str]
"""The sha256 of every file of a folder."""


@dataclass(frozen=True)
class Run:
    """A build as it goes undisturbed: what it leaves, and when each part begins, in seconds."""

    leaves: Snapshot
    begins: dict[str, float]
    ends: float

    def wait(self, name: str, chance: random.Random) -> float:
        """Seconds to wait from the start, or from when the part begins, until the kill."""
        if name == "any":
            return chance.uniform(0, self.ends)
        later = [self.begins[part] for part in PARTS[PARTS.index(name) + 1 :]] + [self.ends]
        return chance.uniform(0, later[0] - self.begins[name])


class Place:
    """A folder that holds output/ and nothing else, and the homes from which it can be built."""

    def __init__(self, folder: Path, finished: Path) -> None:
        self.folder, self.output = folder / "place", folder / "place" / "output"
        self.homes = {"as it is": None, "template": folder / "template", "dose": folder / "dose"}
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        other_text(self.homes["template"], "templates", "order_sheet.html",
                   "Patient label,", "Label of the patient,")  # fmt: skip
        other_text(self.homes["dose"], "ordersets", "ane.yaml",
                   "amount: 30 mg/kg}", "amount: 31 mg/kg}")  # fmt: skip
        shutil.copytree(finished, self.output)
        (self.output / SHEET).write_bytes(b"a sheet of a patient")
        (self.output / "notes").mkdir()
        for number in range(NOTES):
            (self.output / "notes" / f"{number}.txt").write_text(f"note {number}")

    def words(self, home: str, *words: str) -> list[str]:
        before = ["--home", str(self.homes[home])] if self.homes[home] else []
        return [*before, *words, "-o", str(self.output), "--at", AT]

    def start(self, home: str) -> subprocess.Popen[bytes]:
        """The real command, in a process group of its own."""
        kept = {key: os.environ[key] for key in ("HOME", "PATH") if key in os.environ}
        source = str(Path(anedocs.__file__).parents[1])
        return subprocess.Popen(
            [sys.executable, "-m", "anedocs", *self.words(home, "build")],
            cwd=self.folder, start_new_session=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**kept, "PYTHONPATH": source, "TMPDIR": str(self.temporary)},
        )  # fmt: skip

    def check(self, home: str) -> None:
        """The command `check` passes, with the home from which the documents were made."""
        done = CliRunner().invoke(cli, self.words(home, "check"))
        assert done.exit_code == 0, done.output

    def snapshot(self) -> Snapshot:
        """Every file of output/; those that were built are those of the manifest, byte for byte."""
        files = {
            str(path.relative_to(self.output)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in self.output.rglob("*")
            if path.is_file()
        }
        written = json.loads((self.output / "MANIFEST.json").read_text("utf-8"))["files"]
        kept = {SHEET, "MANIFEST.json"} | {f"notes/{number}.txt" for number in range(NOTES)}
        assert {name: record["sha256"] for name, record in written.items()} == {
            name: sha256 for name, sha256 in files.items() if name not in kept
        }
        assert kept <= set(files)
        return files

    def asides(self) -> set[Path]:
        """The folders beside output/ in which builds work."""
        return {path for path in self.folder.iterdir() if path.name.startswith(".anedocs-build")}


class Build:
    """A build that is running, watched from outside: only the file system is looked at."""

    def __init__(self, place: Place, home: str) -> None:
        self._place = place
        self._left, self._old = place.asides(), place.output.stat().st_ino
        self.process = place.start(home)
        self.started = time.monotonic()

    def begun(self, part: str) -> bool:
        """Whether it has come to this part of its work."""
        if part == "clearing":
            output = self._place.output
            return output.exists() and output.stat().st_ino != self._old
        inside = {"making": "new", "checking": "new/MANIFEST.json", "swapping": "new/notes"}[part]
        return any((aside / inside).exists() for aside in self._place.asides() - self._left)

    def wait_for(self, part: str) -> bool:
        """Wait until it has come to a part; False where it ended before that was seen."""
        while not self.begun(part):
            if self.process.poll() is not None:
                return False
            time.sleep(0.0005)
        return True

    def kill(self) -> str | None:
        """Kill all of it; the part in which that fell, None where it had ended by itself."""
        if self.process.poll() is None:  # once it has been waited for, its id may be another's
            os.killpg(self.process.pid, signal.SIGKILL)
        if self.process.wait() != -signal.SIGKILL:
            assert self.process.returncode == 0
            return None
        return next((part for part in reversed(PARTS) if self.begun(part)), "starting")


def other_text(home: Path, folder: str, name: str, old: str, new: str) -> None:
    """A home in which one file reads otherwise."""
    found = Locator().find(folder, name)
    assert found is not None
    text = found[0].read_text("utf-8")
    assert text.count(old) == 1, f"{name}: {old!r}"
    (with_bundled(home) / folder).mkdir(exist_ok=True)
    text = text.replace(old, new)
    (home / folder / name).write_text(raised(text) if folder == "ordersets" else text, "utf-8")


def undisturbed(place: Place, home: str) -> Run:
    """Build to the end and see when each part begins; what killed builds left is cleared away."""
    build = Build(place, home)
    begins = {}
    for part in PARTS:
        build.wait_for(part)
        begins[part] = time.monotonic() - build.started
    assert build.process.wait() == 0
    ends = time.monotonic() - build.started
    assert {path.name for path in place.folder.iterdir()} == {"output"}
    place.check(home)
    return Run(place.snapshot(), begins, ends)


@pytest.fixture(scope="module")
def runs(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """What each home leaves in output/, and how its build goes while nothing is killed."""
    place = Place(tmp_path_factory.mktemp("undisturbed"), finished)
    place.check("as it is")
    before = place.snapshot()
    template = undisturbed(place, "template")
    assert template.leaves != before
    dose = undisturbed(place, "dose")
    return {
        "as it is": Run(before, template.begins, template.ends), "template": template, "dose": dose,
    }  # fmt: skip


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_kills_leave_the_output_wholly_old_or_wholly_new(
    turn: int, runs: dict[str, Run], finished: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    chance = random.Random(SEED + turn)
    place, now = Place(tmp_path, finished), "as it is"
    fell: Counter[str] = Counter()
    moments = chance.sample(MOMENTS, len(MOMENTS))
    for moment in moments:
        for _ in range(TRIES):
            target = "template" if now == "as it is" else "as it is"
            # Every document is made in this one build; in the others only the sheets.
            if moment == "making" and now != "dose":
                target = "dose"
            part = killed(place, target, runs["dose" if "dose" in (now, target) else target],
                          moment, chance)  # fmt: skip
            found = place.snapshot()
            assert found in (runs[now].leaves, runs[target].leaves), f"{moment}, fell in {part}"
            now = target if found == runs[target].leaves else now
            assert len(place.asides()) <= 1, "the build before this one was not cleared away"
            if part is not None:
                fell[part] += 1
                break
    assert fell.total() == len(MOMENTS), "builds ended before they were killed"
    assert fell["clearing"], "no kill after the swap"
    assert fell.total() > fell["clearing"], "no kill before the swap"
    target = "template" if now == "as it is" else "as it is"
    assert undisturbed(place, target).leaves == runs[target].leaves
    told = ", ".join(f"{part} {fell[part]}" for part in ("starting", *PARTS))
    # To the real standard error, which a worker of xdist shares with the terminal.
    with capsys.disabled():
        print(f"\n{fell.total()} kills with seed {SEED + turn}: {told}", file=sys.stderr)


def killed(place: Place, target: str, usual: Run, moment: str, chance: random.Random) -> str | None:
    """Start a build and kill it at a moment; the part in which that fell, None where it ended."""
    build = Build(place, target)
    if moment != "any":
        build.wait_for(moment)
    time.sleep(usual.wait(moment, chance))
    return build.kill()
