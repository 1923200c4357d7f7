"""Three hundred harmless edits and twenty made-up order sets, some of them built as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from anedocs.cli.app import cli
from support.harmless_edits import EDITS, edited_home, faults, made_up_home

pytestmark = pytest.mark.long

AT = "2026-11-21T20:47"
EDITS_AT_ONCE = 12
HOMES = 25
assert HOMES * EDITS_AT_ONCE == 300
assert len(EDITS) > EDITS_AT_ONCE


def run(home: Path, name: str, *words: str) -> Result:
    done = CliRunner().invoke(cli, ["--home", str(home), "--orderset", name, *words, "--at", AT])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


@pytest.mark.parametrize("seed", range(HOMES))
def test_harmless_edits_leave_nothing_to_find(tmp_path: Path, seed: int) -> None:
    told = edited_home(tmp_path, seed, EDITS_AT_ONCE)
    assert faults(tmp_path, "ane") == [], told


@pytest.mark.parametrize("seed", range(20))
def test_a_made_up_order_set_leaves_nothing_to_find(tmp_path: Path, seed: int) -> None:
    assert faults(tmp_path, made_up_home(tmp_path, seed)) == []


@pytest.mark.parametrize("seed", [0, 3, 5, 6])
def test_a_made_up_order_set_is_built_whole_and_checked(tmp_path: Path, seed: int) -> None:
    name, output = made_up_home(tmp_path, seed), str(tmp_path / "output")
    for command in ("build", "check"):
        done = run(tmp_path, name, command, "-o", output)
        assert done.exit_code == 0, done.output


def test_an_edited_order_set_is_built_whole_and_checked(tmp_path: Path) -> None:
    told, output = edited_home(tmp_path, 7, len(EDITS)), str(tmp_path / "output")
    for command in ("build", "check"):
        done = run(tmp_path, "ane", command, "-o", output)
        assert done.exit_code == 0, (told, done.output)


@pytest.mark.parametrize("seed", range(20, 28))
def test_the_sheet_of_a_made_up_order_set_fits_or_says_what_to_shorten(
    tmp_path: Path, seed: int
) -> None:
    name = made_up_home(tmp_path, seed)
    for weight in ("4", "18.4"):
        for paper in ("letter", "a4"):
            words = ("--weight", weight, "--paper", paper, "-o", str(tmp_path / "sheet.pdf"))
            done = run(tmp_path, name, "sheet", *words)
            assert done.exit_code == 0 or (
                done.exit_code == 4 and f"ordersets/{name}.yaml" in done.stderr
            ), done.output
