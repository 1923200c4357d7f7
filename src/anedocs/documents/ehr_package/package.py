"""The EHR package as files: worksheet, dose check, FHIR, what to do with them, manifest.

Source: EHR reference, section 11.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from anedocs.documents.dose_check import dose_check
from anedocs.documents.ehr import codes
from anedocs.documents.ehr.export import Export, is_example
from anedocs.documents.ehr.names import (
    BUILD_CSV,
    BUILD_WORKBOOK,
    DOSE_CSV,
    DOSE_WORKBOOK,
    MANIFEST,
    README,
)
from anedocs.documents.fhir import bundles
from anedocs.documents.fhir.exact_json import dumps
from anedocs.documents.fhir.files import archive_name, fhir_files
from anedocs.documents.fhir.plan import KEY
from anedocs.documents.worksheet import worksheet
from anedocs.documents.worksheet.changes import Rows
from anedocs.render import template_files
from anedocs.schema.model import CodeSystem
from anedocs.sentences import phrases
from anedocs.sentences.order_lines import lines

_TEMPLATE = "ehr_readme.md"


def package(
    export: Export, folders: Sequence[Path], previous: Rows | None = None
) -> dict[str, bytes]:
    """Every file of the package by its name; `folders` hold the templates.

    Raises ContentError where an id is too long for FHIR.
    """
    rows = worksheet.rows(export.edition, export.base, export.affiliate)
    doses = dose_check.rows(export.edition)
    fhir = fhir_files(export, folders)
    made = {
        **{f"fhir/{name}": content for name, content in fhir.items()},
        BUILD_CSV: worksheet.as_csv(rows),
        BUILD_WORKBOOK: worksheet.workbook(export.edition, rows, doses, previous, folders),
        DOSE_CSV: dose_check.as_csv(export.edition, doses),
        DOSE_WORKBOOK: dose_check.workbook(export.edition, doses, folders),
    }
    whole = {**made, README: _readme(export, folders, made)}
    return {**whole, MANIFEST: _manifest(export, whole, [row["row_key"] for row in rows])}


def _readme(export: Export, folders: Sequence[Path], files: Mapping[str, bytes]) -> bytes:
    """How to import, test and take back, from the template, with the sums of those files."""
    orderset, edition = export.orderset, export.edition
    sums = "\n".join(f"    {_sha256(files[name])}  {name}" for name in sorted(files))
    text = template_files.filled(
        folders,
        _TEMPLATE,
        title=orderset.title,
        edition=f"{orderset.id} {orderset.revision}, fingerprint {edition.short_fingerprint}",
        mark=edition.status.mark or "Approved edition",
        base=export.base,
        base_note=_base_note(export),
        package=bundles.package_name(export),
        plan=export.id(KEY),
        tgz=archive_name(export),
        version=export.version,
        gate=phrases.treatment_gate(orderset) or "",
        library=f"{export.library_name}.cql",
        notices="\n".join(f"- {one.notice}" for one in _systems(export)),
        sums=sums,
    )
    return text.encode()


def _base_note(export: Export) -> str:
    if is_example(export.base):
        return "This address is reserved for examples: make the package anew with `--base`."
    return "This is the address that the site has set."


def _systems(export: Export) -> list[CodeSystem]:
    """The terminologies whose codes are in this package; amounts are always in UCUM."""
    orderset = export.orderset
    sent = {
        code.system
        for line in lines(orderset)
        for code in codes.of_line(orderset, line, export.affiliate)
    }
    return [one for one in orderset.code_systems if one.id in {*sent, "ucum"}]


def _manifest(export: Export, files: Mapping[str, bytes], keys: list[str]) -> bytes:
    orderset, edition = export.orderset, export.edition
    return dumps(
        {
            "orderset": orderset.id,
            "revision": orderset.revision,
            "fingerprint": edition.fingerprint,
            "status": edition.status.state,
            "canonical_base": export.base,
            "snomed_affiliate": export.affiliate,
            "source_sha256": {one.file: one.sha256 for one in orderset.sources},
            "row_keys": keys,
            "files": {name: _sha256(content) for name, content in sorted(files.items())},
        }
    )


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
