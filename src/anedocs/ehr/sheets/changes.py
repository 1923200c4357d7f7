"""What changed between two revisions of the worksheet, by row key and column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from anedocs.core.problems import ContentError, Place, Problem
from anedocs.ehr.sheets.columns import LOCAL, NAMES

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


def changes(
    previous: Sequence[Mapping[str, str]], rows: Sequence[Mapping[str, str]]
) -> list[Change]:
    """Every difference, in the order of the new worksheet; what was removed comes last.

    Raises ContentError where the previous file is no worksheet of ours.
    """
    old = _by_key(previous)
    new = {row["row_key"]: row for row in rows}
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
            same = before == after
        if not same and name not in _NOT_COMPARED:
            yield Change(new["row_key"], "changed", name, before, after)


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
                [Problem(Place(f"previous worksheet, row {number}"), what, "",
                         "Give the order-set-build.csv of an earlier revision, unchanged")]
            )  # fmt: skip
        found[key] = row
    return found
