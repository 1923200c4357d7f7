"""Every mistake in tests/cases/wrong.yaml, and the complete messages in wrong.expected.txt.

All go through the command line: exit 1, the messages on stderr, nothing on stdout, no file written.
"""

import copy
import re
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import example, given, settings
from hypothesis import strategies as st

from anedocs.cli.app import cli
from anedocs.core.problems import ContentError
from anedocs.schema import source
from support.homes import CASES, Home

EXPECTED = CASES / "wrong.expected.txt"
HEAD = """\
What anedocs says of each mistake in wrong.yaml.
Made by: pytest --update-expected; read by a person.
"""
WRONG = yaml.load((CASES / "wrong.yaml").read_text("utf-8"), Loader=yaml.BaseLoader)
PLACED = re.compile(r"HOME/ordersets/[a-z.-]+:[1-9][0-9]*:[1-9][0-9]*: ")


def written(home: Path, edit: dict[str, str], default: str) -> None:
    """Apply one edit to its file in the home."""
    path = home / "ordersets" / edit.get("file", default)
    times = int(edit.get("times", 1))
    if "content" in edit:
        text = edit["content"] * times
    else:
        text = path.read_text("utf-8")
        assert text.count(edit["replace"]) == 1, edit["replace"]
        text = text.replace(edit["replace"], edit["by"] * times)
    path.write_bytes(text.encode(edit.get("bytes", "utf-8")))


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def said(case: dict, folder: Path) -> str:
    """What `anedocs sheet` says of a case; it must do nothing else."""
    home = Home(folder).path
    for edit in case.get("edits", [case]):
        written(home, edit, case.get("file", "valid.yaml"))
    before = files(folder)
    words = ["--home", str(home), "--orderset", "valid", "sheet", "--weight", "18.4"]
    result = CliRunner().invoke(cli, [*words, "-o", str(folder / "sheet.pdf")])
    assert (result.exit_code, result.stdout) == (1, ""), result.output
    assert files(folder) == before
    return result.stderr.replace(str(home), "HOME")


def expected() -> dict[str, str]:
    text = EXPECTED.read_text("utf-8") if EXPECTED.exists() else ""
    blocks = (block.partition("\n") for block in text.split("\n== ")[1:])
    return {name: messages.strip("\n") + "\n" for name, _, messages in blocks}


def test_the_file_without_a_mistake_is_accepted(home):
    words = ["--home", str(home.path), "--orderset", "valid", "dose", "--weight", "18.4"]
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 0, result.stderr


@pytest.mark.parametrize("case", WRONG, ids=[case["name"] for case in WRONG])
def test_what_is_said_of_a_mistake(case, tmp_path, pytestconfig):
    if pytestconfig.getoption("--update-expected"):
        pytest.skip("the expected messages are written anew")
    assert said(case, tmp_path) == expected().get(case["name"], "")


def test_each_message_has_its_place_and_its_mend():
    """Each names place, what is wrong, what it touches and the mend; they stand in file order."""
    for name, messages in expected().items():
        lines = messages.splitlines()
        for line in lines:
            assert PLACED.match(line), f"{name}: {line}"
            what, touches, mend = re.fullmatch(r"(.*[.?!]) Affects: (.*?\.)(.*)", line).groups()
            assert what, name
            assert touches, name
            assert mend.strip(), f"{name} says of no mend: {line}"
        places = [re.match(r"([^:]+):(\d+):(\d+)", line).groups() for line in lines]
        assert places == sorted(places, key=lambda one: (one[0], int(one[1]), int(one[2]))), name


def test_each_case_has_its_messages_and_no_other_stands_there(tmp_path, pytestconfig):
    names = [case["name"] for case in WRONG]
    assert len(set(names)) == len(names)
    if pytestconfig.getoption("--update-expected"):
        blocks = []
        for number, case in enumerate(WRONG):
            folder = tmp_path / str(number)
            folder.mkdir()
            blocks.append(f"\n== {case['name']}\n{said(case, folder)}")
        EXPECTED.write_text(HEAD + "".join(blocks), "utf-8")
    assert list(expected()) == names


VALID = source.plain(source.read(CASES / "valid.yaml", "valid.yaml")[0])
PATHS = [
    path for path, _ in source.walk(source.read(CASES / "valid.yaml", "valid.yaml")[0]) if path
]
DAMAGE = st.sampled_from([None, "x", "=1", "5 mg", "guideline X-1", [], {}, [[]], {"id": "x"}, ...])


@pytest.fixture(scope="module")
def damaged(tmp_path_factory):
    return Home(tmp_path_factory.mktemp("damaged"))


@given(st.lists(st.tuples(st.sampled_from(PATHS), DAMAGE), min_size=1, max_size=4))
@example([(("sections", 0, "id"), ...), (("sections", 0, "orders", 0, "id"), ...),
          (("sections", 0, "orders", 0, "from"), "supplement margin")])  # fmt: skip
@settings(max_examples=100)
def test_whatever_is_damaged_is_told_and_nothing_crashes(damaged, damages):
    """Any value of the file is lost, emptied, or turned into something of another kind."""
    content = copy.deepcopy(VALID)
    for path, damage in damages:
        inner = content
        with suppress(KeyError, IndexError, TypeError):
            for step in path[:-1]:
                inner = inner[step]
            if damage is ...:
                del inner[path[-1]]
            else:
                inner[path[-1]] = copy.deepcopy(damage)
    damaged.write("valid.yaml", yaml.safe_dump(content, sort_keys=False))
    try:
        damaged.load()
    except ContentError as error:
        for problem in error.problems:
            assert PLACED.match(str(problem).replace(str(damaged.path), "HOME"))
            assert problem.touches
            assert problem.mend
