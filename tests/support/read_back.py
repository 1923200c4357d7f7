"""What the read-back alone says of a folder: without the documents made anew beside it.

Why: `check` names any change at once by comparing; that the read-back would find it too is what
proves the writers right.
"""

from datetime import date
from pathlib import Path

from anedocs.build import inputs, manifest
from anedocs.check import check
from anedocs.edition.load import load
from anedocs.edition.locate import Locator

DAY = date(2026, 11, 21)


def read_back(folder: Path, home: Path | None = None) -> str:
    """The findings, one a line."""
    locator = Locator(home)
    edition, written = load(locator, "ane", DAY), manifest.read(folder)
    assert written is not None
    found = check.findings(folder, written, inputs.content(locator, "ane"), edition)
    return "\n".join(map(str, (*check.of_source(edition), *found)))
