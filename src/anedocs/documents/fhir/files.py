"""The order set as FHIR files: each resource, the bundles, the package for servers, the CQL."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from anedocs.core.problems import ContentError, Place, Problem
from anedocs.documents.ehr.export import Export
from anedocs.documents.ehr.names import COLLECTION, TRANSACTION
from anedocs.documents.fhir import bundles, cql
from anedocs.documents.fhir.activities import activity
from anedocs.documents.fhir.exact_json import dumps
from anedocs.documents.fhir.identity import ID_LENGTH, Resource
from anedocs.documents.fhir.plan import KEY, plan
from anedocs.sentences.order_lines import lines


def names(export: Export) -> list[str]:
    """The names of all files, without making any."""
    every = lines(export.orderset)
    library = export.library_name if any(map(cql.by_weight, every)) else None
    kinds = [f"ActivityDefinition-{export.id(one.key)}" for one in every if one.kind == "orderable"]
    kinds += [f"PlanDefinition-{export.id(KEY)}", *([f"Library-{library}"] if library else [])]
    whole = [TRANSACTION, COLLECTION, archive_name(export)]
    rules = [f"{library}.cql"] if library else []
    return sorted([*(f"{kind}.json" for kind in kinds), *whole, *rules])


def fhir_files(export: Export, folders: Sequence[Path]) -> dict[str, bytes]:
    """The FHIR files by their names.

    Raises ContentError where an id is too long for FHIR.
    """
    _ids_fit(export)
    source = cql.source(export, folders)
    made = resources(export, source)
    written = {bundles.file_name(one): dumps(one) for one in made}
    return {
        TRANSACTION: dumps(bundles.transaction(made)),
        COLLECTION: dumps(bundles.collection(export, made)),
        **written,
        archive_name(export): bundles.npm_package(export, made, written),
        **({f"{export.library_name}.cql": source.encode()} if source else {}),
    }


def archive_name(export: Export) -> str:
    """The name of the package for servers."""
    return f"{export.id('orderset')}-{export.version}.tgz"


def resources(export: Export, source: str) -> list[Resource]:
    """The Library of a CQL source, an ActivityDefinition for each orderable, the PlanDefinition."""
    orderables = [line for line in lines(export.orderset) if line.kind == "orderable"]
    activities = (activity(export, line) for line in orderables)
    library = [cql.library(export, source)] if source else []
    return [*library, *activities, plan(export)]


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
