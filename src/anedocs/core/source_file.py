"""The bytes of a text file that people write, such as an order set."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

from anedocs.core.problems import ContentError, Place, Problem

MAX_BYTES = 1_000_000
#: What a fault reaches that leaves nothing of the file to read.
WHOLE_FILE = "the whole file; nothing is made from it"


def read_bytes(path: Path, name: str) -> bytes:
    """The bytes of a file; `name` stands in messages instead of the path.

    Raises ContentError where it cannot be read or is too big.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            too_big(size, name)
        with path.open("rb") as file:
            return file.read(MAX_BYTES)
    except OSError as error:
        what = f"the file cannot be read ({error.strerror})"
        mend = "Check that it exists and that you may read it"
        raise ContentError([Problem(Place(name), what, WHOLE_FILE, mend)]) from None


def too_big(size: int, name: str) -> NoReturn:
    """Refuse a file of so many bytes."""
    what = f"the file has {size:,} bytes, more than {MAX_BYTES:,}"
    mend = "An order set is text written by people; take out what does not belong in it"
    raise ContentError([Problem(Place(name), what, WHOLE_FILE, mend)])
