"""The cells of a CSV file: ASCII, nothing that a spreadsheet runs, the same bytes each time.

Source: EHR reference, section 9.3.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from anedocs.core.problems import ContentError, Place, Problem

#: Quotation marks, dashes and hyphens, the sign of multiplication: what a text of ours may hold.
_SIGNS = str.maketrans(
    {"“": '"', "”": '"', "\u2018": "'", "’": "'", "×": "x", "–": "-", "—": "-", "−": "-",
     "\u2010": "-", "\u2011": "-", "®": "(R)", "©": "(C)"}
)  # fmt: skip
_RUNS = frozenset("=+-@")
#: Nearly every cell is like this, and has no fault.
_PLAIN = re.compile(r"(?:[0-9A-Za-z][ -~]*)?")


def plain_text(text: str) -> str:
    """A text for software: signs that have an ASCII form take it, accents fall away.

    What has no such form stays, and `csv_bytes` refuses it.
    """
    if text.isascii():
        return text
    signs = text.translate(_SIGNS)
    if signs.isascii():
        return signs
    spread = unicodedata.normalize("NFKD", signs)
    return "".join(one for one in spread if not unicodedata.combining(one))


def csv_bytes(
    columns: Sequence[str], rows: Iterable[Mapping[str, str]], as_published: frozenset[str]
) -> bytes:
    """The file as Excel and import programs read it: BOM, CRLF, each cell quoted, one header row.

    Raises ContentError for a cell that a spreadsheet would run, and for a sign that is not ASCII
    in any column but those of `as_published`.
    """
    rows = list(rows)
    problems = [
        Problem(Place(f"row {number}"), f"{name}: {fault}", "worksheet, dose check", mend)
        for number, row in enumerate(rows, start=2)
        for name in columns
        if not _PLAIN.fullmatch(row[name])
        for fault, mend in _faults(row[name], name in as_published)
    ]
    if problems:
        raise ContentError(problems)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def _faults(text: str, published: bool) -> Iterable[tuple[str, str]]:
    """Source: CSV injection. An apostrophe before it would become part of an order comment."""
    first = text.lstrip()[:1]
    if first and unicodedata.normalize("NFKC", first) in _RUNS:
        what = f"it begins with '{first}', which a spreadsheet would run"
        yield what, "Begin the text with a letter or a digit in the order set"
    if any(unicodedata.category(one) == "Cc" for one in text):
        yield "it holds a control character", "Remove it in the order set"
    if not text.isascii() and not published:
        odd = next(one for one in text if not one.isascii())
        what = f"it holds '{odd}' (U+{ord(odd):04X}), which import programs may not read"
        yield what, "Write it with letters, digits and signs of ASCII in the order set"
