"""What tests share: the switch that writes golden files anew, the documents, a home of its own."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

from anedocs.edition import compile as compiling
from anedocs.edition.edition import Compiled
from anedocs.edition.locate import Inputs
from support.homes import Home

# No test uses what this user has in the cache folder, or leaves anything there.
_CACHE = tempfile.mkdtemp(prefix="anedocs-cache-")
atexit.register(shutil.rmtree, _CACHE, ignore_errors=True)
os.environ["XDG_CACHE_HOME"] = _CACHE

# A slow machine is no fault of the code, and a test that passed once passes on the next machine.
# To look further: pytest --hypothesis-profile=default --hypothesis-seed=random
settings.register_profile("anedocs", deadline=None, derandomize=True)
settings.load_profile("anedocs")

_compile_edition = compiling.compile_edition
_compiled: dict[object, Compiled] = {}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-expected",
        action="store_true",
        help="write the expected files in tests/cases anew; read the difference before you commit",
    )


@pytest.fixture(scope="session")
def finished() -> Path:
    """The documents in output/, which are those of the order set as it stands.

    A test that changes them works on a copy.
    """
    return Path(__file__).parents[1] / "output"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home of its own for each test."""
    return Home(tmp_path)


@pytest.fixture
def read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was compiled once is not compiled again from the same files, in all tests."""

    def compile_once(inputs: Inputs) -> Compiled:
        key = inputs.orderset, tuple(inputs.files.items())
        if key not in _compiled:
            _compiled[key] = _compile_edition(inputs)
        return _compiled[key]

    monkeypatch.setattr(compiling, "compile_edition", compile_once)
