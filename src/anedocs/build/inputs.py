"""All that the finished documents are made from, with the fingerprint of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import anedocs
from anedocs.build import manifest
from anedocs.edition.locate import Locator
from anedocs.edition.names import BESIDE, ORDERSETS, templates_in
from anedocs.render import fonts
from anedocs.schema import source
from anedocs.schema.fingerprint import fingerprint

#: The rooms whose code can change a document.
_MAKERS = ("core", "schema", "edition", "dosing", "sentences", "render", "documents")


def content(locator: Locator, name: str) -> dict[str, object]:
    """The order set as text, as the edition was loaded from it."""
    found = locator.file(f"{name}.yaml")
    assert found is not None, "the edition was loaded from it"
    plain = source.plain(source.parse_bytes(*found)[0])
    assert isinstance(plain, dict)
    return plain


def parts(content: Mapping[str, Any]) -> dict[str, str]:
    """Each order, and each part of the order set beside its sections, to its fingerprint."""
    beside = {key: part for key, part in content.items() if key != "sections"}
    for section in content["sections"]:
        beside[f"section {section['id']}"] = {**section, "orders": None}
        beside |= {order["id"]: order for order in section["orders"]}
    return {name: fingerprint(part) for name, part in beside.items()}


def fingerprints(locator: Locator, name: str) -> dict[str, str]:
    """The sha256 of each source, template, font and part of the program."""
    sources = {}
    for file in _sources(locator, name):
        found = locator.file(file)
        if found is not None:
            sources[f"{ORDERSETS}/{file}"] = manifest.sha256(found.raw)
    return sources | manifest.fingerprints(_files(locator))


def _sources(locator: Locator, name: str) -> Iterator[str]:
    for folder in locator.folders(ORDERSETS):
        for path in sorted(folder.glob("*.yaml")):
            if path.stem.partition(".")[0] in (name, *BESIDE):
                yield path.name
    yield f"{name}.previous.csv"


def _files(locator: Locator) -> Iterator[tuple[str, Path]]:
    """Files by the name that they bear for people; a home's file stands in for the bundled one."""
    for folder in reversed(locator.folders("templates")):
        for path in templates_in(folder):
            yield f"templates/{path.name}", path
    for path in fonts.face_files().values():
        yield f"fonts/{path.name}", path
    program = Path(anedocs.__file__).parent
    for room in _MAKERS:
        for path in (program / room).rglob("*.py"):
            yield f"src/anedocs/{path.relative_to(program).as_posix()}", path
