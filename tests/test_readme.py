"""Every example of the README runs as it stands there."""

import contextlib
import os
import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from anedocs.cli.app import cli

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
COMMANDS = [
    line for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
]  # fmt: skip
#: A build or a check of all documents takes the time of many pages.
SLOW = ("build", "check")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder for all examples, in their order, with the documents as they are shipped."""
    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(ROOT / "output", folder / "output")
    return folder


def marked(line: str) -> object:
    slow = line.split()[1] in SLOW
    return pytest.param(line, marks=[pytest.mark.long] if slow else [], id=line)


@pytest.mark.xdist_group("readme")
@pytest.mark.parametrize("line", [marked(one) for one in COMMANDS if one != "./anedocs test"])
def test_an_example_runs(line: str, place: Path) -> None:
    program, *words = shlex.split(line)
    assert program == "./anedocs"
    if words[0] == "verify" and not (place / words[1]).exists():
        run(place, "sheet", "--weight", "18.4", "-o", words[1])
    if "croup" in words and "new" not in words and not (place / "my-hospital").exists():
        run(place, "--home", "my-hospital", "new", "croup")
    if "our-hospital" in words and "adopt" not in words and not (place / words[1]).exists():
        run(place, "adopt", "our-hospital")
    if "adopt" in words:
        shutil.rmtree(place / "our-hospital", ignore_errors=True)
    if "new" in words:
        shutil.rmtree(place / "my-hospital", ignore_errors=True)
    assert run(place, *words).strip()


def run(place: Path, *words: str) -> str:
    with contextlib.chdir(place):
        done = CliRunner().invoke(cli, words)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_there_are_examples_for_every_command() -> None:
    """Each stands in its README as a person would type it."""
    named = {word for line in COMMANDS for word in shlex.split(line)}
    assert set(cli.commands) <= named | {"test"}
    assert "./anedocs test" in COMMANDS


def test_the_script_runs(place: Path) -> None:
    (script,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    said: dict[str, object] = {}
    exec(script, said)
    assert isinstance(said["pdf"], bytes)
    assert said["pdf"].startswith(b"%PDF-")


def test_the_exit_codes_are_those_of_the_program() -> None:
    told = re.findall(r"^\| ([0-9]) \|", README, re.MULTILINE)
    assert told == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_every_file_that_is_named_is_there(document: str) -> None:
    text = (ROOT / document).read_text("utf-8")
    named = re.findall(r"`((?:src|tests|templates|ordersets|output)/[\w./-]+)`", text)
    links = [one for one in re.findall(r"\]\((?!http)([^)#]+)\)", text) if one]
    assert [one for one in {*named, *links} if not os.path.exists(ROOT / one)] == []  # noqa: PTH110
