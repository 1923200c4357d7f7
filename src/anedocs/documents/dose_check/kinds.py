"""The dose check among the documents of a build."""

from __future__ import annotations

from collections.abc import Iterator

from anedocs.documents.ehr.export import QUOTES
from anedocs.documents.ehr.names import DOSE_CSV, DOSE_WORKBOOK, FOLDER
from anedocs.documents.kind import DocumentKind, Make, ReadAs
from anedocs.edition.edition import Edition
from anedocs.edition.locate import Locator


def _files(locator: Locator, edition: Edition) -> Iterator[tuple[str, Make]]:
    from anedocs.documents.dose_check.dose_check import as_csv, rows, workbook

    folders = locator.folders("templates")
    yield f"{FOLDER}/{DOSE_CSV}", lambda: as_csv(edition, rows(edition))
    yield f"{FOLDER}/{DOSE_WORKBOOK}", lambda: workbook(edition, rows(edition), folders)


DOSE_CHECK = DocumentKind(
    "dose-check", __name__, _files, ReadAs.DOSES, templates=("workbook.toml",), quotes=QUOTES
)
KINDS = (DOSE_CHECK,)
