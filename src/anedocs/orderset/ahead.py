"""Reading ahead: a second process reads the order set while this one gets ready to use it.

Why: reading takes longest of all that must be done first, and a person waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from anedocs.core.meanwhile import meanwhile


class Ahead(NamedTuple):
    """What is being read, and from which home; the call waits for it, as JSON."""

    home: Path | None
    name: str
    answer: Callable[[], bytes]


@contextmanager
def read_ahead(home: Path | None, name: str) -> Iterator[Ahead]:
    """Begin to read that order set; it ends with the block."""
    with meanwhile(lambda: _read(home, name)) as answer:
        yield Ahead(home, name, answer)


def _read(home: Path | None, name: str) -> bytes:
    from anedocs.orderset import reader
    from anedocs.orderset.shelves import Shelves

    return reader.contents(Shelves(home), name)
