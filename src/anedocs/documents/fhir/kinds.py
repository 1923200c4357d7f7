"""The FHIR files among the documents of a build: one by one, as bundles, and the rules in CQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial

from anedocs.documents.ehr.export import QUOTES, Export, default_base
from anedocs.documents.ehr.names import COLLECTION, FOLDER
from anedocs.documents.kind import DocumentKind, Make, ReadAs
from anedocs.edition.edition import Edition
from anedocs.edition.locate import Locator


def _is_rules(name: str) -> bool:
    return name.endswith(".cql")


def _is_part(name: str) -> bool:
    return name != COLLECTION and not _is_rules(name)


def _files(
    wanted: Callable[[str], bool], locator: Locator, edition: Edition
) -> Iterator[tuple[str, Make]]:
    """All of them are made when the first is asked for."""
    from anedocs.documents.fhir.files import fhir_files, names

    export = Export(edition, default_base(edition))

    @cache
    def made() -> dict[str, bytes]:
        return fhir_files(export, locator.folders("templates"))

    for name in filter(wanted, names(export)):
        yield f"{FOLDER}/fhir/{name}", partial(lambda one: made()[one], name)


_kind = partial(DocumentKind, module=__name__, templates=("dosing.cql",), quotes=QUOTES)
FHIR = _kind(
    "fhir",
    files=partial(_files, COLLECTION.__eq__),
    read_as=ReadAs.FHIR,
    shows=("title", "population", "entry.*", "flow.treatment_gate.*", "sections.*", "choices.*",
           "criteria.*", "gates.*", "codes.*"),
    but_not=("sections.*.blanks.*", "sections.*.role", "sections.*.short",
             "gates.*.answer", "gates.*.blank", "criteria.*.heading"),
    whole_names=True,
)  # fmt: skip
CQL = _kind("fhir-cql", files=partial(_files, _is_rules), read_as=ReadAs.CQL)
PARTS = _kind("fhir-parts", files=partial(_files, _is_part), read_as=ReadAs.PACKAGE)
KINDS = (FHIR, CQL, PARTS)
