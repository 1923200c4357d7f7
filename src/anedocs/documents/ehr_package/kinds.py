"""What makes one package of the files for an EHR, among the documents of a build."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from anedocs.documents.ehr.export import QUOTES, Export, default_base
from anedocs.documents.ehr.names import FOLDER, MANIFEST, README
from anedocs.documents.kind import DocumentKind, Make, ReadAs
from anedocs.edition.edition import Edition
from anedocs.edition.locate import Locator


def _files(name: str, locator: Locator, edition: Edition) -> Iterator[tuple[str, Make]]:
    """They hold the sums of all other files, which are made once more for it."""

    def make() -> bytes:
        from anedocs.documents.ehr_package.package import package
        from anedocs.documents.worksheet.changes import kept_beside

        export = Export(edition, default_base(edition))
        previous = kept_beside(locator, edition.orderset.id)
        return package(export, locator.folders("templates"), previous)[name]

    yield f"{FOLDER}/{name}", make


_kind = partial(
    DocumentKind, module=__name__, beside=("{id}.previous.csv",), quotes=QUOTES,
    templates=("ehr_readme.md", "workbook.toml", "dosing.cql"),
)  # fmt: skip
NOTES = _kind("ehr-notes", files=partial(_files, README), read_as=ReadAs.NOTES)
SUMS = _kind("ehr-manifest", files=partial(_files, MANIFEST), read_as=ReadAs.PACKAGE)
KINDS = (NOTES, SUMS)
