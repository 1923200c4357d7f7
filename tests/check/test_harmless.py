"""A harmless edit never stops a build: what is no sentence for people is left out by its kind.

The same at length, with layout, in test_harmless_long.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from support.harmless_edits import edited_home, faults, made_up_home


@pytest.mark.parametrize("seed", range(1000, 1003))
def test_harmless_edits_leave_nothing_to_find(tmp_path: Path, seed: int) -> None:
    told = edited_home(tmp_path, seed, 12)
    assert len(told) >= 8
    assert faults(tmp_path, "ane") == [], told


@pytest.mark.parametrize("seed", range(1000, 1006))
def test_a_made_up_order_set_leaves_nothing_to_find(tmp_path: Path, seed: int) -> None:
    name = made_up_home(tmp_path, seed)
    assert faults(tmp_path, name) == []
