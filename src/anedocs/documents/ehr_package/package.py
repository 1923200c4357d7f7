"""The EHR package as files: worksheet, dose check, FHIR, what to do with them, manifest.

Source: EHR reference, section 11.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from anedocs.core.problems import ContentError, Place, Problem
from anedocs.documents.dose_check import dose_check
from anedocs.documents.ehr import codes
from anedocs.documents.fhir import bundles, cql, lint
from anedocs.documents.fhir.activities import activity
from anedocs.documents.fhir.exact_json import dumps
from anedocs.documents.fhir.identity import ID_LENGTH, Export, Resource, is_example
from anedocs.documents.fhir.plan import KEY, plan
from anedocs.documents.worksheet import changes, worksheet
from anedocs.edition.locate import Locator
from anedocs.render import template_files
from anedocs.schema.model import CodeSystem
from anedocs.sentences.lines import lines
from anedocs.sentences.order_lines import gate_sentence

README = "README-IMPORT.md"
MANIFEST = "manifest.json"
_TEMPLATE = "ehr_readme.md"
TABLES = ("order-set-build.csv", "order-set-build.xlsx", "dose-check.csv", "dose-check.xlsx")
Rows = list[dict[str, str]]


def resources(export: Export, source: str) -> list[Resource]:
    """The Library of a CQL source, an ActivityDefinition for each orderable, the PlanDefinition."""
    orderables = [line for line in lines(export.orderset) if line.kind == "orderable"]
    activities = (activity(export, line) for line in orderables)
    library = [cql.library(export, source)] if source else []
    return [*library, *activities, plan(export)]


def package(export: Export, folders: list[Path], previous: Rows | None = None) -> dict[str, bytes]:
    """Every file of the package by its name; `folders` hold the templates.

    Raises ContentError where an id is too long for FHIR, or the finished package breaks a rule of
    the lint.
    """
    _ids_fit(export)
    rows = worksheet.rows(export.edition, export.base, export.affiliate)
    doses = dose_check.rows(export.edition)
    fhir = fhir_files(export, folders)
    _keep_the_rules(export, {**fhir, f"../{README}": _readme(export, folders, {})})
    build_workbook = worksheet.workbook(export.edition, rows, doses, previous, folders)
    made = {
        **{f"fhir/{name}": content for name, content in fhir.items()},
        "order-set-build.csv": worksheet.as_csv(rows),
        "dose-check.csv": dose_check.as_csv(export.edition, doses),
        "dose-check.xlsx": dose_check.workbook(export.edition, doses, folders),
        "order-set-build.xlsx": build_workbook,
    }
    whole = {**made, README: _readme(export, folders, made)}
    return {**whole, MANIFEST: _manifest(export, whole, [row["row_key"] for row in rows])}


def _ids_fit(export: Export) -> None:
    """Raises ContentError that names each id of the order set that is too long for FHIR."""
    every = lines(export.orderset)
    blocks = {line.block: f"weight-needed-{line.block}" for line in every}
    long = {
        name: over
        for name, key in [*((line.key, line.key) for line in every), *blocks.items()]
        if (over := len(export.id(key)) - ID_LENGTH) > 0
    }
    if long:
        raise ContentError(
            Problem(Place(f"ordersets/{export.orderset.id}.yaml"),
                    f"the id '{name}' is {over} characters too long beside '{export.orderset.id}': "
                    f"an id of FHIR has {ID_LENGTH} at most", "EHR package",
                    "Shorten this id, or that of the order set")
            for name, over in long.items()
        )  # fmt: skip


def _keep_the_rules(export: Export, fhir: Mapping[str, bytes]) -> None:
    """Raises ContentError where the FHIR files or their notes break a rule of the lint."""
    broken = lint.faults(fhir, export.edition)
    if broken:
        raise ContentError(
            Problem(Place(f"ehr/fhir/{one.file}"), f"{one.place}: {one.rule}: {one.says}",
                    "EHR package", "Mend the order set; if it is right, this is a fault of anedocs")
            for one in broken
        )  # fmt: skip


def names(export: Export) -> list[str]:
    """The names of all files, without making any."""
    every = lines(export.orderset)
    library = export.library_name if any(map(cql.by_weight, every)) else None
    kinds = [f"ActivityDefinition-{export.id(one.key)}" for one in every if one.kind == "orderable"]
    kinds += [f"PlanDefinition-{export.id(KEY)}", *([f"Library-{library}"] if library else [])]
    fhir = [*(f"{kind}.json" for kind in kinds), "bundle-transaction.json",
            "bundle-collection.json", _archive(export),
            *([f"{library}.cql"] if library else [])]  # fmt: skip
    return sorted([*TABLES, *(f"fhir/{name}" for name in fhir), README, MANIFEST])


def previous(locator: Locator, name: str) -> Rows | None:
    """The worksheet of the revision before, where it is kept beside the order set.

    Raises ContentError for a file that is no such worksheet.
    """
    found = locator.find("ordersets", f"{name}.previous.csv")
    return changes.read_previous(*found) if found else None


def _archive(export: Export) -> str:
    return f"{export.id('orderset')}-{export.version}.tgz"


def fhir_files(export: Export, folders: list[Path]) -> dict[str, bytes]:
    """The FHIR files by their names in the folder fhir."""
    source = cql.source(export, folders)
    made = resources(export, source)
    written = {bundles.file_name(one): dumps(one) for one in made}
    return {
        "bundle-transaction.json": dumps(bundles.transaction(made, written)),
        "bundle-collection.json": dumps(bundles.collection(export, made, written)),
        **written,
        _archive(export): bundles.npm_package(export, made, written),
        **({f"{export.library_name}.cql": source.encode()} if source else {}),
    }


def _readme(export: Export, folders: list[Path], files: Mapping[str, bytes]) -> bytes:
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
        tgz=_archive(export),
        version=export.version,
        gate=gate_sentence(orderset) or "",
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
