"""The build worksheet among the documents of a build."""

from __future__ import annotations

from collections.abc import Iterator

from anedocs.documents.ehr.dose_rows import rows as dose_rows
from anedocs.documents.ehr.export import QUOTES, default_base
from anedocs.documents.ehr.names import BUILD_CSV, BUILD_WORKBOOK, FOLDER
from anedocs.documents.kind import DocumentKind, Make, ReadAs
from anedocs.edition.edition import Edition
from anedocs.edition.locate import Locator


def _files(locator: Locator, edition: Edition) -> Iterator[tuple[str, Make]]:
    from anedocs.documents.worksheet import changes, worksheet

    def rows() -> list[worksheet.Row]:
        return worksheet.rows(edition, default_base(edition), affiliate=False)

    def workbook() -> bytes:
        previous = changes.kept_beside(locator, edition.orderset.id)
        doses, folders = dose_rows(edition), locator.folders("templates")
        return worksheet.workbook(edition, rows(), doses, previous, folders)

    yield f"{FOLDER}/{BUILD_CSV}", lambda: worksheet.as_csv(rows())
    yield f"{FOLDER}/{BUILD_WORKBOOK}", workbook


WORKSHEET = DocumentKind(
    "worksheet", __name__, _files, ReadAs.TABLE,
    templates=("workbook.toml",),
    beside=("{id}.previous.csv",),
    shows=("entry.*", "flow.treatment_gate.*", "sections.*", "choices.*", "gates.*", "codes.*"),
    but_not=("sections.*.role", "sections.*.notes.*.short",
             "sections.*.components.*.short", "gates.*.answer",
             "gates.*.blank"),
    whole_names=True,
    quotes=QUOTES,
)  # fmt: skip
KINDS = (WORKSHEET,)
