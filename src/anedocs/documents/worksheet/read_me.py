"""The first sheet of the build workbook: what it is, how to build and test from it, whom to ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from anedocs.documents.ehr.sheet_parts import HEAD_HEIGHTS, Rows, head, mark_area
from anedocs.documents.worksheet.columns import BLOCKS, NOT_STATED
from anedocs.edition.edition import Edition
from anedocs.render.workbook import Cell, Sheet, Value
from anedocs.sentences.phrases import NOT_SET
from anedocs.sentences.vocabulary import UCUM

_IS = (
    "A worksheet to build the order set by hand, or with a tool of your vendor: one row for each "
    "line. The same rows stand in order-set-build.csv for programs.",
    "The rows, the FHIR package and the dose check are made from one file and say the same.",
)
_IS_NOT = (
    "No import file of any vendor: nothing here has been loaded into a commercial EHR.",
    "No clinical decision: what the guideline leaves open is left open here.",
    "No proof that your build is right: that is what the dose check is for.",
)
_SHEETS = (
    ("Orders", "The rows to build. Yellow cells are yours."),
    ("DoseCheck", "The expected dose of each drug at many weights."),
    ("Evidence", "What each row rests on."),
    ("OpenQuestions", "What the committee has not settled, and what is done until then."),
    ("Changes", "What differs from the revision before."),
)  # fmt: skip
_STEPS = (
    "Read OpenQuestions. Ask the committee before you build what an open question concerns.",
    "Keep the row keys beside your records: the next revision names its changes by them.",
    "Build the rows in order of section and line. Build a choice_header as a group with the rule "
    "in 'Choose'; build its lines within it.",
    f"Where a text cell says {NOT_STATED} or the comments say {NOT_SET}, the guideline gives "
    "nothing. Take a local decision with an owner; never fill it in from elsewhere. An empty cell "
    "does not apply to the row; an empty figure of a drug is not stated.",
    "Change 'Build status' as you go: NEEDS_LOCAL_DOSE waits for a dose, NEEDS_LOCAL_ORDERABLE for "
    "an orderable of your catalog; TEXT_ONLY is shown and not ordered. READY means that dose and "
    "code are given, not that route or infusion time are.",
    "Have a pharmacist test the build with dose-check.xlsx, the workbook beside this one: there "
    "each dose is computed a second time, and ours shows only once yours is typed.",
    "Send the export of your build back through 'anedocs reconcile' to find what drifted.",
)


def read_me_sheet(edition: Edition, rows: Sequence[Mapping[str, str]]) -> Sheet:
    """What the workbook is, what it is not, its steps, columns and values, and whom to ask."""
    cells: Rows = head(edition, "Build workbook")
    for title, told in _parts(edition, rows):
        cells += [[], [Cell(title, "heading"), Cell(None, "heading"), Cell(None, "heading")]]
        cells += [_three(*row) for row in told]
    return Sheet("ReadMe", cells, heights=HEAD_HEIGHTS, merged=(mark_area(),))


def _parts(
    edition: Edition, rows: Sequence[Mapping[str, str]]
) -> Iterator[tuple[str, Iterable[tuple[Value, Value, Value]]]]:
    yield "This edition", _edition(edition)
    yield "What this is", [(None, None, text) for text in _IS]
    yield "What this is not", [(None, None, text) for text in _IS_NOT]
    yield "Sheets", [(name, None, says) for name, says in _SHEETS]
    yield "How to build and test", [(f"Step {n}", None, says) for n, says in enumerate(_STEPS, 1)]
    yield "Whom to ask", _people(edition)
    for block in BLOCKS:
        yield (
            f"Columns: {block.title}",
            [(column.title, column.name, column.holds) for column in block.columns],
        )
    yield "Terminologies", [(None, None, notice) for notice in _notices(edition, rows)]


def _edition(edition: Edition) -> list[tuple[Value, Value, Value]]:
    orderset, about = edition.orderset, edition.orderset.metadata
    rows = {
        "Order set": f"{orderset.title}; id {orderset.id}",
        "Population": orderset.population,
        "Revision": f"{orderset.revision}: {orderset.revisions[0].says}",
        "Fingerprint": edition.short_fingerprint,
        "State": edition.status.state + (f": {edition.status.mark}" if edition.status.mark else ""),
        "Effective, review": f"{about.effective_date or NOT_SET}, {about.review_date or NOT_SET}",
        "Ages, exclusions": f"{about.age_range or NOT_SET}; {about.exclusions or NOT_SET}",
    }
    return [(title, None, says) for title, says in rows.items()]


def _people(edition: Edition) -> list[tuple[Value, Value, Value]]:
    about, site = edition.orderset.metadata, edition.site
    rows = {
        "Owner of the order set": about.owner,
        "Institution": about.institution or site.hospital_name,
        "Pharmacy": site.pharmacy_phone,
        **(site.phones or {}),
    }
    return [(title, None, says or NOT_SET) for title, says in rows.items()]


def _notices(edition: Edition, rows: Sequence[Mapping[str, str]]) -> list[str]:
    """The notices that the terminologies of these rows ask for."""
    used = {row["code_system"] for row in rows} | {UCUM}
    return [one.notice for one in edition.orderset.code_systems if one.uri in used]


def _three(title: Value, name: Value, says: Value) -> list[Cell | None]:
    """A title, what is said of it, and the name that software knows it by."""
    known = (title, "cell text strong"), (says, "cell text"), (name, "cell text faint")
    return [Cell(value, style) if value is not None else None for value, style in known]
