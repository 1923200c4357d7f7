"""What the tests need to know of the order set that is shipped."""

from datetime import date

from anedocs.edition.load import load
from anedocs.edition.locate import Locator

#: Read from the order set, so that a new revision changes no test.
REVISION = load(Locator(), "ane", date(2026, 11, 21)).orderset.revision
NEXT = "2026.99.1"


def raised(text: str) -> str:
    """The file of the order set under another revision, as its content has changed."""
    entry = (
        f"revisions:\n  - revision: {NEXT}\n    date: 2026-11-21\n    says: Changed for a test\n"
    )
    text = text.replace(f"\nrevision: {REVISION}\n", f"\nrevision: {NEXT}\n", 1)
    return text.replace("revisions:\n", entry, 1)
