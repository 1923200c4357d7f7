"""Every input that the fuzzer has found: what was wrong with it once is never so again."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import run

from cases import FINDS, Case

#: Why: a case has a bound on its time, which coverage stretches; the finished pages run without it.
pytestmark = pytest.mark.pages
KEPT = sorted(FINDS.rglob("*.json"))


def _cases() -> list[object]:
    """Each fixture; one that waits for its mend says for what, and must fail until then."""
    found = []
    for path in KEPT:
        waits = json.loads(path.read_text("utf-8")).get("waits for")
        marks = [pytest.mark.xfail(reason=waits, raises=AssertionError)] if waits else []
        found.append(pytest.param(path, id=f"{path.parent.name}-{path.stem}", marks=marks))
    return found


@pytest.mark.parametrize("path", _cases())
def test_what_was_found_is_mended(path: Path) -> None:
    report = run.alone(Case.of_json(path.read_text("utf-8")))
    assert report.cases + len(report.finds) > 0
    assert not report.finds, str(report)
