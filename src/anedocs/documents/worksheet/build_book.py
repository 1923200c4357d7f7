"""The build workbook: ReadMe, Orders, DoseCheck, Evidence, OpenQuestions and Changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from anedocs.documents.ehr import evidence
from anedocs.documents.ehr.dose_rows import DoseRow
from anedocs.documents.ehr.sheet_parts import table, workbook_of
from anedocs.documents.worksheet.changes import changes
from anedocs.documents.worksheet.orders_sheet import orders_sheet
from anedocs.documents.worksheet.read_me import read_me_sheet
from anedocs.edition.edition import Edition
from anedocs.edition.locate import Locator
from anedocs.render import xlsx
from anedocs.render.workbook import Sheet
from anedocs.schema.orders import OpenQuestion
from anedocs.sentences import phrases
from anedocs.sentences.order_lines import lines


def build_book(
    edition: Edition, rows: Sequence[Mapping[str, str]], dose_rows: Sequence[DoseRow],
    previous: Sequence[Mapping[str, str]] | None, folders: Sequence[Path] | None,
) -> bytes:  # fmt: skip
    """The workbook as bytes; `folders` hold its look, without them that of anedocs is used."""
    looks = xlsx.look(folders or Locator().folders("templates"))
    pages = [
        read_me_sheet(edition, rows),
        orders_sheet(edition, rows),
        _doses(edition, dose_rows),
        _evidence(edition),
        _questions(edition),
        _changes(edition, rows, previous),
    ]
    return xlsx.xlsx(workbook_of(edition, "Build workbook", pages), looks)


def _doses(edition: Edition, dose_rows: Sequence[DoseRow]) -> Sheet:
    """The expected doses as in dose-check.csv; to test a build, there is the check workbook."""
    return table(
        edition, "DoseCheck", "Expected doses",
        "What each drug comes to at many weights. To test your build, use dose-check.xlsx: it "
        "computes each dose itself and shows ours only once yours is typed.",
        ("row_key", "Weight (kg)", "Why this weight", "Working", "Product (mg)",
         "After the maximum (mg)", "Weight band", "Dose"),
        [
            (row.row_key, row.weight, row.purpose, phrases.working(row.dose),
             None if row.given is None else row.dose.product, row.capped, row.band, row.text)
            for row in dose_rows
        ],
    )  # fmt: skip


def _evidence(edition: Edition) -> Sheet:
    """One row for each statement, supplement or decision that a line rests on; then references."""
    orderset = edition.orderset
    every = lines(orderset)
    headers = {line.key: line for line in every if line.kind == "choice_header"}
    carried: dict[tuple[str, str], list[str]] = {}
    for line in every:
        origins = evidence.origins(orderset, line, headers.get(line.group or ""))
        for name in evidence.ids(origins):
            carried.setdefault(name, []).append(line.key)
    return table(
        edition, "Evidence", "Evidence",
        "What each row rests on, in our own words. Supplements are published elsewhere; a proposed "
        "one never gives a dose. The references of the guideline stand last.",
        ("Kind", "Id", "Where it stands", "What it says", "Rows that rest on it"),
        [
            (one.kind, one.id, one.place, one.says, "; ".join(one.carried_by))
            for one in evidence.sources(orderset, carried)
        ],
        strong=1,
    )  # fmt: skip


def _questions(edition: Edition) -> Sheet:
    found = list(edition.orderset.open_questions)
    waiting = sum(question.open for _, question in found)
    return table(
        edition, "OpenQuestions", "Open questions",
        f"{len(found)} questions; the committee owes an answer to {waiting}. "
        "Until it answers, every document does what stands in 'Until answered'.",
        ("Id", "Concerns", "Lines", "Question", "Until answered", "State", "Answer",
         "Answered by"),
        [
            (one.id, about, evidence.lines_of(one.lines), one.asks, one.until_answered,
             _state(one), one.answer, one.answered_by)
            for about, one in found
        ],
    )  # fmt: skip


def _state(question: OpenQuestion) -> str:
    if question.answer is not None:
        return "answered"
    return "OPEN" if question.open else "settled"


def _changes(
    edition: Edition, rows: Sequence[Mapping[str, str]],
    previous: Sequence[Mapping[str, str]] | None,
) -> Sheet:  # fmt: skip
    found = [] if previous is None else changes(previous, rows)
    if previous is None:
        guide = "No earlier worksheet was given: this one is compared with nothing."
    else:
        old = next((row.get("order_set_version", "") for row in previous), "")
        counts = [f"{sum(c.kind == kind for c in found)} {kind}" for kind in _KINDS]
        guide = f"Revision {edition.orderset.revision} against {old}: {', '.join(counts)}."
    return table(
        edition, "Changes", "Changes", guide,
        ("Row key", "Kind", "Column", "Old", "New"), found,
    )  # fmt: skip


_KINDS = ("added", "removed", "changed")
