"""Each target of the fuzzer for half a minute; `run.py` does the same for as long as you like."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import run

#: For each target. For a longer run: .venv/bin/python -I tests/fuzz/run.py all --seconds 1800
SECONDS = 30


@pytest.mark.long
@pytest.mark.parametrize("target", run.TARGETS)
def test_nothing_is_found(target: str) -> None:
    report = run.fuzz(target, SECONDS, seed=1)
    print(report)
    assert report.cases > 0
    assert not report.finds, str(report)
