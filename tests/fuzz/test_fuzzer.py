"""The fuzzer notices what it is there for: planted faults, each of another kind."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from random import Random

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import program
import run
from program import Find

from cases import Case, Target


def _make(random: Random) -> Case:
    return Case("planted", "", {"input": random.randbytes(4)})


def _report(monkeypatch: pytest.MonkeyPatch, judge: object, seconds: float = 0.5) -> run.Report:
    monkeypatch.setitem(run.TARGETS, "planted", Target(_make, judge))  # type: ignore[arg-type]
    return run.fuzz("planted", seconds, seed=1)


def _busy(case: Case, folder: Path) -> bool:
    with program.watch():
        end = time.process_time() + 20
        while time.process_time() < end:
            pass
    return True


def _dies(case: Case, folder: Path) -> bool:
    os._exit(3)


def _leaves(case: Case, folder: Path) -> bool:
    (folder / ".anedocs-left").write_text("a name")
    return True


def _big(case: Case, folder: Path) -> bool:
    return bool(b"x" * 60_000_000)


def _wrong(case: Case, folder: Path) -> bool:
    raise Find("another dose", "twice")


@pytest.mark.parametrize(
    ("judge", "kind"),
    [(_busy, "longer than"), (_dies, "the process died"), (_leaves, "left behind"),
     (_wrong, "another dose")],
)  # fmt: skip
def test_a_planted_fault_is_found(
    monkeypatch: pytest.MonkeyPatch, judge: object, kind: str
) -> None:
    monkeypatch.setattr(program, "LONGEST_SECONDS", 0.2)
    report = _report(monkeypatch, judge)
    assert [one for one in report.finds if kind in one] == list(report.finds) != []


def test_what_takes_too_much_memory_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "LARGEST_MEGABYTES", 20)
    report = _report(monkeypatch, _big, seconds=3)
    assert list(report.finds) == ["more than 20 MB"]
    assert report.cases > 1, "the next process goes on"


def test_a_fault_of_the_fuzzer_is_no_find(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        _report(monkeypatch, lambda case, folder: 1 / 0)


def test_what_is_right_is_no_find(monkeypatch: pytest.MonkeyPatch) -> None:
    report = _report(monkeypatch, lambda case, folder: True)
    assert (report.finds, report.accepted) == ({}, report.cases)
    assert report.cases > 0


@pytest.mark.parametrize("target", run.TARGETS)
def test_a_case_is_the_same_for_the_same_words(target: str) -> None:
    run.prepare(target)
    for number in range(20):
        case = run.case_of(target, 7, number)
        assert run.case_of(target, 7, number) == case
        assert Case.of_json(case.to_json("a sentence")) == case
