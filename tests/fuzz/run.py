"""The fuzzer: `run.py TARGET --seconds N --seed S` tries changed inputs until the time is up.

A case is known by target, seed and number, and can be made again (`--number N`). The cases run in
a second process, so that one that hangs, or eats all memory, is told like any other find.
"""

from __future__ import annotations

import argparse
import atexit
import faulthandler
import gc
import multiprocessing
import os
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import content  # noqa: E402
import exports  # noqa: E402
import label  # noqa: E402
import program  # noqa: E402
import records  # noqa: E402
import sheets  # noqa: E402
from program import Find  # noqa: E402

from cases import Case, Target  # noqa: E402

TARGETS: dict[str, Target] = {
    **content.TARGETS, **label.TARGETS, **records.TARGETS, **exports.TARGETS, **sheets.TARGETS,
}  # fmt: skip
Make = Callable[[int], Case]
#: By the clock, for a case whose program waits for something that does not come.
_LONGEST_WAIT = 60
#: WeasyPrint keeps the fonts of a process in a folder until the process ends.
_FONTS = "weasyprint-"
#: Of so many cases, one runs its commands in a process of its own, as people do.
_REAL = 100
#: One more than the program may use; what goes beyond it ends the process.
_ROOM = 3_000_000_000


@dataclass
class Report:
    """What came of a run."""

    target: str
    seed: int
    cases: int = 0
    accepted: int = 0
    slowest: tuple[float, int] = (0.0, 0)
    """Seconds of processor time, and the number of that case."""
    peak: int = 0
    """By how many MB a process grew."""
    processor: float = 0.0
    finds: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    """By kind: the number of each case, and what was found."""

    def add(self, kind: str, number: int, what: str) -> None:
        """One more find."""
        self.finds.setdefault(kind, []).append((number, what))

    def take(
        self, number: int, find: tuple[str, str] | None, accepted: bool, seconds: float, peak: int
    ) -> None:
        """The outcome of one case."""
        self.cases += 1
        self.accepted += accepted
        self.slowest = max(self.slowest, (seconds, number))
        self.peak = max(self.peak, peak)
        if peak > program.LARGEST_MEGABYTES:
            find = find or (f"more than {program.LARGEST_MEGABYTES} MB", f"{peak} MB")
        if find is not None:
            self.add(find[0], number, find[1])

    def __str__(self) -> str:
        lines = [
            f"{self.target} seed {self.seed}: {self.cases} cases, {self.accepted} accepted, "
            f"{self.cases - self.accepted} refused, slowest {self.slowest[0]:.2f} s "
            f"(number {self.slowest[1]}), peak {self.peak} MB, {self.processor:.0f} s of processor "
            f"time, {len(self.finds)} kinds of finds"
        ]
        for kind, found in sorted(self.finds.items(), key=lambda one: -len(one[1])):
            lines.append(f"  {len(found)} × {kind}")
            lines += [f"      {number}: {what}" for number, what in found[:3]]
        return "\n".join(lines)


def case_of(target: str, seed: int, number: int) -> Case:
    """The same case for the same words, on every machine."""
    return TARGETS[target].make(Random(f"{target} {seed} {number}"))


def judged(case: Case) -> bool:
    """Whether the program accepted a case; raises Find."""
    before = set(_temporary().iterdir())
    with tempfile.TemporaryDirectory(prefix="anedocs-fuzz-", ignore_cleanup_errors=True) as folder:
        inside = Path(folder) / "case"
        case.lay(inside)
        accepted = TARGETS[case.target].judge(case, inside)
        left = [one.name for one in inside.rglob(".anedocs*")]
        left += [one.name for one in set(_temporary().iterdir()) - before - {Path(folder)}
                 if not one.name.startswith(_FONTS)]  # fmt: skip
    if left:
        raise Find("a file is left behind", ", ".join(left))
    return accepted


@cache
def _temporary() -> Path:
    """A folder for temporary files of this process alone, and of those that it starts."""
    folder = tempfile.mkdtemp(prefix="anedocs-fuzz-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["TMPDIR"] = tempfile.tempdir = folder
    return Path(folder)


def fuzz(target: str, seconds: float, seed: int, first: int = 0) -> Report:
    """Try cases until the time is up; a process that ends early is replaced by another."""
    prepare(target)
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    report, end, number = Report(target, seed), time.monotonic() + seconds, first
    while time.monotonic() < end:
        number = _in_a_process(report, lambda at: case_of(target, seed, at), number, end)
    report.processor = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    return report


def alone(case: Case) -> Report:
    """Try one case in a process of its own."""
    prepare(case.target)
    report = Report(case.target, 0)
    _in_a_process(report, lambda at: case, 0, None)
    return report


def _in_a_process(report: Report, make: Make, number: int, end: float | None) -> int:
    """Try cases in a process until it ends or is ended; returns the number that is next.

    Without an end it is one case.
    """
    ours, theirs = multiprocessing.Pipe()
    with tempfile.TemporaryDirectory(prefix="anedocs-fuzz-") as folder:
        trace = Path(folder) / "trace"
        worker = multiprocessing.get_context("fork").Process(
            target=_work, args=(theirs, make, number, end, trace)
        )
        with warnings.catch_warnings():  # a test process has threads; they do nothing meanwhile
            warnings.simplefilter("ignore", DeprecationWarning)
            worker.start()
        theirs.close()
        number, ended = _listen(ours, report, number)
        if worker.is_alive() and not ended:
            worker.kill()
        worker.join()
        if not ended:
            kind = "longer than 5 s" if worker.exitcode == -signal.SIGPROF else "the process died"
            told = trace.read_text("utf-8") if trace.exists() else ""
            found = re.search(r'/(\w+\.py)", line (\d+)', told)
            where = f" in {found[1]}:{found[2]}" if found else ""
            report.add(kind + where, number, f"exit {worker.exitcode}")
            number += 1
    return number


def prepare(target: str) -> None:
    """What a target needs once, before its first case."""
    if target == "verify" and not sheets.SEEDS.codes:
        with tempfile.TemporaryDirectory(prefix="anedocs-fuzz-") as folder:
            sheets.SEEDS.fill(Path(folder))


def _work(pipe: Connection, make: Make, number: int, end: float | None, trace: Path) -> None:
    _temporary.cache_clear()
    tempfile.tempdir = str(trace.parent)  # what is left there goes when the run ends
    told = trace.open("w", encoding="utf-8")
    faulthandler.enable(told)
    faulthandler.register(signal.SIGPROF, told, all_threads=False, chain=True)
    resource.setrlimit(resource.RLIMIT_AS, (_ROOM, _ROOM))
    gc.freeze()
    program.read_once()
    start, grown = program.memory(), 0
    while grown <= program.LARGEST_MEGABYTES:
        pipe.send(("case", number))
        program.really(number % _REAL == _REAL - 1)
        began, find, accepted = time.process_time(), None, False
        try:
            accepted = judged(make(number))
        except Find as found:
            find = (found.kind, found.what)
        except Exception:  # of the fuzzer itself
            pipe.send(("broken", traceback.format_exc()))
            return
        grown = program.memory() - start
        pipe.send(("done", find, accepted, time.process_time() - began, grown))
        number += 1
        if end is None or time.monotonic() >= end:
            break
    pipe.send(("end",))


def _listen(pipe: Connection, report: Report, number: int) -> tuple[int, bool]:
    """Take in what a process tells; returns the number that is next, and whether it ended well."""
    while pipe.poll(_LONGEST_WAIT):
        try:
            told = pipe.recv()
        except EOFError:
            return number, False
        match told[0]:
            case "end":
                return number, True
            case "broken":
                raise RuntimeError(f"{report.target} {report.seed} {number}:\n{told[1]}")
            case "case":
                number = told[1]
            case _:
                report.take(number, *told[1:])
                number += 1
    return number, False


def main() -> Iterator[str]:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("target", choices=[*TARGETS, "all"])
    words.add_argument("--seconds", type=float, default=30)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--number", type=int, help="only this case: shows it, and what comes of it")
    words.add_argument(
        "--keep", metavar="FOLDER", type=Path, help="write the first case of each kind here"
    )
    given = words.parse_args()
    if given.number is not None:
        yield from _one(given.target, given.seed, given.number)
        return
    for target in TARGETS if given.target == "all" else [given.target]:
        report = fuzz(target, given.seconds, given.seed)
        yield str(report)
        for kind, found in report.finds.items() if given.keep else ():
            number, what = min(found[:20], key=lambda one: _size(target, given.seed, one[0]))
            name = "-".join("".join(one if one.isalnum() else " " for one in kind.lower()).split())[
                :60
            ]
            path = given.keep / target / f"{name}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(case_of(target, given.seed, number).to_json(f"{kind}: {what}"), "utf-8")


def _size(target: str, seed: int, number: int) -> int:
    return sum(map(len, case_of(target, seed, number).files.values()))


def _one(target: str, seed: int, number: int) -> Iterator[str]:
    prepare(target)
    case = case_of(target, seed, number)
    yield case.to_json(f"{target} {seed} {number}")
    yield str(alone(case))


if __name__ == "__main__":
    for line in main():
        print(line, flush=True)
