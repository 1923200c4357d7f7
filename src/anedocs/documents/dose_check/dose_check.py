"""The dose check: what each drug comes to at many weights, to hold against what was built.

Source: EHR reference, sections 10 and 11. The workbook computes each dose a second time, in its
own cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

from anedocs.core import wording
from anedocs.documents.dose_check.dose_sheet import check_sheet, rule_names, rules_sheet
from anedocs.documents.ehr import cells
from anedocs.documents.ehr.dose_rows import DoseRow, rows
from anedocs.documents.ehr.sheet_parts import marked_edition, workbook_of
from anedocs.edition.edition import Edition
from anedocs.edition.locate import Locator
from anedocs.render import xlsx
from anedocs.sentences import phrases

COLUMNS = (
    "row_key", "weight_kg", "purpose", "formula", "raw_mg", "capped_mg", "band", "text",
    "local_rounding", "edition",
)  # fmt: skip


def as_csv(edition: Edition, rows: Iterable[DoseRow]) -> bytes:
    """The dose check as CSV, for programs and for a test script; each row says its edition."""
    made_from = marked_edition(edition)
    return cells.csv_bytes(COLUMNS, [_row(row, made_from) for row in rows], frozenset())


def _row(row: DoseRow, edition: str) -> dict[str, str]:
    """Above the stop there is no mg at all; what the arithmetic gives stands in the formula."""
    raw = None if row.given is None else row.dose.product
    rule = row.line.variant and row.line.variant.rule
    rounded = row.given if rule and rule.rounding_step else None
    return {
        name: cells.plain_text(text)
        for name, text in zip(
            COLUMNS,
            (
                row.row_key, wording.plain(row.weight), row.purpose, phrases.working(row.dose),
                _mg(raw), _mg(row.capped), row.band, row.text,
                _mg(rounded), edition,
            ),
            strict=True,
        )
    }  # fmt: skip


def _mg(mass: Decimal | None) -> str:
    return "" if mass is None else wording.plain(mass)


def workbook(
    edition: Edition, rows: Sequence[DoseRow], folders: Sequence[Path] | None = None
) -> bytes:
    """The check workbook; `folders` hold its look, without them that of anedocs is used."""
    looks = xlsx.look(folders or Locator().folders("templates"))
    sheets = [check_sheet(edition, rows), rules_sheet(edition, rows)]
    return xlsx.xlsx(workbook_of(edition, "Dose check", sheets, rule_names(rows)), looks)


__all__ = ["COLUMNS", "DoseRow", "as_csv", "rows", "workbook"]
