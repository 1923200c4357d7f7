"""What changed between two revisions of the worksheet, by row key and column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from anedocs.core import csv_file, spreadsheet, text_file
from anedocs.core.problems import ContentError, Place, Problem
from anedocs.documents.worksheet.columns import LOCAL, NAMES, NUMBERS
from anedocs.edition.locate import Locator

Rows = list[dict[str, str]]

_TOUCHES = "the sheet Changes of the build workbook"
_MEND = "Give the order-set-build.csv of an earlier revision, unchanged"
#: These change with every revision, or belong to the site.
_NOT_COMPARED = ("order_set_version", *LOCAL)


class Change(NamedTuple):
    """One difference: a row that was added or removed, or a cell with its old and new text."""

    row_key: str
    kind: str
    """'added', 'removed' or 'changed'."""
    column: str = ""
    old: str = ""
    new: str = ""


def kept_beside(locator: Locator, orderset: str) -> Rows | None:
    """The worksheet of the revision before, where it is kept beside the order set.

    Raises ContentError for a file that is no such worksheet.
    """
    found = locator.find("ordersets", f"{orderset}.previous.csv")
    return read_previous(*found) if found else None


def read_previous(path: Path, name: str) -> Rows:
    """The rows of an earlier worksheet, by the names that the columns have now.

    Raises ContentError where the file cannot be read or is no worksheet; `name` is told.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(text_file.LARGEST + 1)
    except OSError as error:
        what = f"this file cannot be read: {error.strerror}"
        raise ContentError([Problem(Place(name), what, _TOUCHES, _MEND)]) from None
    table = csv_file.read(raw, name, NAMES, _TOUCHES)
    columns = {column: at for at, column in enumerate(table.columns)}
    problems = [*table.faults(NAMES)]
    if "row_key" not in columns:
        what = "this row has no column 'row_key', so this is no build worksheet"
        problems.append(Problem(Place(name, table.header.line), what, _TOUCHES, _MEND))
    if problems:
        raise ContentError(problems)
    places = {column: columns[column] for column in NAMES if column in columns}
    return [
        {column: "".join(one.cells[at : at + 1]) for column, at in places.items()}
        for one in table.rows
    ]


def changes(
    previous: Sequence[Mapping[str, str]], rows: Sequence[Mapping[str, str]]
) -> list[Change]:
    """Every difference, in the order of the new worksheet; what was removed comes last.

    Raises ContentError where the previous file is no worksheet of ours, or a spreadsheet has
    changed its cells.
    """
    old = _by_key(previous)
    new = {row["row_key"]: row for row in rows}
    if rewritten := [*_rewritten(old, new)]:
        raise ContentError(rewritten)
    found: list[Change] = []
    for key, row in new.items():
        here = _changed(old[key], row) if key in old else [Change(key, "added", new=_named(row))]
        found.extend(here)
    gone = [Change(key, "removed", old=_named(row)) for key, row in old.items() if key not in new]
    return found + gone


def _changed(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    for name in NAMES:
        before, after = old.get(name, ""), new[name]
        if name == "fhir_canonical":
            same = before.partition("|")[0] == after.partition("|")[0]
        else:
            same = before == after or (name in NUMBERS and before.replace(",", ".") == after)
        if not same and name not in _NOT_COMPARED:
            yield Change(new["row_key"], "changed", name, before, after)


def _rewritten(
    old: Mapping[str, Mapping[str, str]], new: Mapping[str, Mapping[str, str]]
) -> Iterator[Problem]:
    """Cells that were never in a worksheet: what stood there before the spreadsheet is lost."""
    for key in old.keys() & new.keys():
        for name in NAMES:
            before, after = old[key].get(name, ""), new[key][name]
            if name in _NOT_COMPARED or before == after:
                continue
            if how := spreadsheet.rewritten(before, after):
                yield Problem(Place(f"previous worksheet, {key}"), f"{name}: '{before}': {how}",
                              _TOUCHES, _MEND)  # fmt: skip


def _named(row: Mapping[str, str]) -> str:
    """What a row that stands on one side alone is: its name and the order itself."""
    told = (row.get("display_name", ""), row.get("order_comments", ""))
    return ": ".join(text for text in told if text)


def _by_key(rows: Sequence[Mapping[str, str]]) -> dict[str, Mapping[str, str]]:
    found: dict[str, Mapping[str, str]] = {}
    for number, row in enumerate(rows, start=2):
        key = row.get("row_key", "")
        if not key or key in found:
            what = f"the row_key '{key}' stands twice" if key else "there is no row_key"
            raise ContentError(
                [Problem(Place(f"previous worksheet, row {number}"), what, _TOUCHES, _MEND)]
            )  # fmt: skip
        found[key] = row
    return found
