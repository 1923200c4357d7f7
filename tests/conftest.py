"""What tests share: the switch that writes golden files anew, the documents, a home of its own."""

from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

from anedocs.edition.library import Library
from support.homes import Home

# A slow machine is no fault of the code, and a test that passed once passes on the next machine.
# To look further: pytest --hypothesis-profile=default --hypothesis-seed=random
settings.register_profile("anedocs", deadline=None, derandomize=True)
settings.load_profile("anedocs")

_load = Library.load
_bundled = cache(lambda name, today: _load(Library(), name, today))


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
    """The order set that came with anedocs is read once for all tests; that of a home, as ever."""

    def load(books, name, today):
        return _load(books, name, today) if books.home else _bundled(name, today)

    monkeypatch.setattr(Library, "load", load)
