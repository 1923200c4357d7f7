"""What was really built in the EHR, against the order set: missing, extra, drifted.

What the guideline leaves NOT SET and the site has filled is a note, for it is the site's to decide;
a dose is not: one that the order set does not have is a difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from anedocs.core.problems import ContentError
from anedocs.documents.worksheet.columns import EDITION
from anedocs.edition.edition import Edition
from anedocs.reconcile import export as reconcile_export
from anedocs.reconcile.cells import Cells
from anedocs.reconcile.export import Export
from anedocs.reconcile.fields import FIELDS, Line
from anedocs.reconcile.map import Loaded, ReconcileMap, WordsAt
from anedocs.reconcile.match import Lines
from anedocs.reconcile.rows import Finding, Rows

_OR = " or "


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that a comparison found."""

    edition: Edition
    export: Export
    plan: ReconcileMap
    lines: int
    """How many lines of the order set the export should have."""
    differences: tuple[Finding, ...]
    notes: tuple[Finding, ...]
    not_compared: tuple[tuple[str, str], ...]
    """Fields, and why they could not be compared."""


def of_file(
    edition: Edition, lines: Iterable[Line], raw: bytes, name: str, loaded: Loaded
) -> Outcome:
    """Compare the file of an export, read by a map.

    Raises ContentError with every problem of map and export; `name` stands in messages.
    """
    lines = list(lines)
    problems = loaded.names_fault({line["row_key"]: line for line in lines})
    try:
        export = reconcile_export.read(raw, name, loaded.plan)
    except ContentError as error:
        problems.extend(error.problems)
    if problems:
        raise ContentError(problems)
    return reconcile(edition, lines, export, loaded.plan)


def reconcile(
    edition: Edition, lines: Iterable[Line], export: Export, plan: ReconcileMap
) -> Outcome:
    """Compare an export with the lines of the order set, which are rows of the build worksheet."""
    known = Lines(lines, plan, edition.site.ehr_record_ids or {})
    rows = Rows(known, Cells.of(plan, semicolons=export.semicolons))
    found = [*_built(known, rows, export)]
    order = {key: place for place, key in enumerate(known.by_key)}
    found.sort(key=lambda one: order.get((one.row_key or "").split(_OR)[0], len(order)))
    notes = [*(one for one in found if one.kind == "local"), *_about(edition, export, plan)]
    return Outcome(
        edition, export, plan, sum(1 for _ in known.wanted),
        tuple(one for one in found if one.kind != "local"), tuple(notes), tuple(_left(plan)),
    )  # fmt: skip


def _built(known: Lines, rows: Rows, export: Export) -> Iterator[Finding]:
    """Row by row what was built, and then what was not."""
    seen: Counter[str] = Counter()
    for row in export.rows:
        keys = known.find(row)
        if keys == [EDITION]:
            continue  # which edition the export was made from is told beside the differences
        seen.update(keys)
        if len(keys) == 1:
            # Many orders may be built for one placeholder, such as each drug that it stands for.
            if seen[keys[0]] > 1 and known.by_key[keys[0]]["row_type"] != "placeholder":
                yield Finding("duplicate", keys[0], found=known.label(row), row=row.number)
            yield from rows.compare(keys[0], row)
        elif keys:
            told = _OR.join(keys)
            yield Finding("ambiguous", told, found=known.label(row), row=row.number)
        else:
            yield Finding("extra", None, found=known.label(row), row=row.number)
    for key in known.wanted:
        if not seen[key]:
            yield Finding("missing", key, expected=known.by_key[key]["display_name"])


def _about(edition: Edition, export: Export, plan: ReconcileMap) -> Iterator[Finding]:
    """What the reader must know of the export itself."""
    orderset = edition.orderset
    expected = {"orderset": orderset.id, "revision": orderset.revision}
    for name, column in plan.made_from or ():
        said: dict[str, int] = {}
        for row in export.rows:
            if column is not None and (text := row.cell(column)):
                said.setdefault(text, row.number)
        for text, number in said.items():
            if text != expected[name]:
                yield Finding("other_edition", None, name, expected[name], text, number)
    if export.left_out:
        columns = ", ".join(plan.only or {})
        rows = "row" if export.left_out == 1 else "rows"
        yield Finding("left_out", None, columns, found=f"{export.left_out} {rows}")
    for note in export.notes:
        yield Finding("how_read", None, found=note)
    for column in export.unread:
        yield Finding("unread_column", None, column)


def _left(plan: ReconcileMap) -> Iterator[tuple[str, str]]:
    """The fields that were not compared, or in part, and why: silence would look like a match."""
    given, told = plan.fields.given(), plan.not_in_export or {}
    for field in FIELDS:
        place = given.get(field.name)
        if place is None and field.name in told:
            yield field.name, f"not in this export: {told[field.name]}"
        elif place is None and field.columns:
            yield field.name, "not in this export: the map names no column for it"
        elif place is not None and place.written:
            ways = " or ".join(f"'{form.replace('{}', '...')}'" for form in place.written)
            yield field.name, f"{place.read()[0]} is free text: read only where it says {ways}"
        elif isinstance(place, WordsAt) and place.within == "yes":
            yield field.name, f"looked for in {place.read()[0]}; what else stands there is not read"
