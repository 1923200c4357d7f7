"""What the read-back alone says of a folder: without the documents made anew beside it.

Why: `check` names any change at once by comparing; that the read-back would find it too is what
proves the writers right.
"""

from datetime import date
from pathlib import Path

from anedocs.build import inputs
from anedocs.check import check
from anedocs.documents import registry
from anedocs.edition.load import load
from anedocs.edition.locate import Locator

DAY = date(2026, 11, 21)


def read_back(folder: Path, home: Path | None = None) -> str:
    """The findings, one a line."""
    locator = Locator(home)
    edition = load(locator, "ane", DAY)
    found = check.findings(
        folder, registry.documents(locator, edition), inputs.content(locator, "ane"), edition
    )
    return "\n".join(map(str, (*check.of_source(edition), *found)))
