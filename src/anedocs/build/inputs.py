"""All that the finished documents are made from, with the fingerprint of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from anedocs.build import manifest, program
from anedocs.documents import registry
from anedocs.documents.kind import DocumentKind
from anedocs.edition.locate import Locator, bundled
from anedocs.edition.names import (
    BESIDE,
    ORDERSETS,
    SITE,
    TEMPLATES,
    WEIGHTS,
    approval_file,
    templates_in,
)
from anedocs.render import fonts
from anedocs.schema import source
from anedocs.schema.fingerprint import fingerprint


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
    """The sha256 of all that the documents of an order set are made from, by name."""
    found: dict[str, str] = {}
    for path in _sources(locator, name):
        file = locator.file(path)
        found |= {f"{ORDERSETS}/{path}": manifest.sha256(file.raw)} if file else {}
    found |= manifest.fingerprints(_templates(locator))
    found |= manifest.fingerprints(
        (f"fonts/{path.name}", path) for path in fonts.face_files().values()
    )
    makers = {module for kind in registry.KINDS for module in program.modules(kind.module)}
    return found | {_program(module): program.fingerprint(module) for module in makers}


def used_by(kind: DocumentKind, orderset: str, every: Iterable[str]) -> set[str]:
    """Which of these inputs a kind of document is made from.

    A template that no kind names is a hospital's own and may be included by any of them.
    """
    beside = {f"{ORDERSETS}/{one.format(id=orderset)}" for one in kind.beside}
    common = {f"{ORDERSETS}/{one}" for one in
              (f"{orderset}.yaml", approval_file(orderset), WEIGHTS, SITE)}  # fmt: skip
    named = {f"{TEMPLATES}/{one}" for one in kind.templates}
    of_others = {f"{TEMPLATES}/{one}" for other in registry.KINDS for one in other.templates}
    makers = {_program(module) for module in program.modules(kind.module)}

    def used(name: str) -> bool:
        match name.partition("/")[0]:
            case "ordersets":
                return name in common or any(fnmatchcase(name, one) for one in beside)
            case "templates":
                return name in named or name not in of_others
            case "fonts":
                return _program(fonts.__name__) in makers
        return name in makers

    return {name for name in every if used(name)}


def _program(module: str) -> str:
    return f"src/{module.replace('.', '/')}.py"


def _sources(locator: Locator, name: str) -> Iterator[str]:
    for folder in locator.folders(ORDERSETS):
        for path in sorted(folder.glob("*.yaml")):
            if path.stem.partition(".")[0] in (name, *BESIDE):
                yield path.name
    yield f"{name}.previous.csv"


def _templates(locator: Locator) -> Iterator[tuple[str, Path]]:
    """Templates by the name that they bear for people; a home's stands in for the bundled one."""
    named = {one for kind in registry.KINDS for one in kind.templates}
    for folder in reversed(locator.folders(TEMPLATES)):
        for path in templates_in(folder):
            if path.name in named or folder not in bundled(TEMPLATES):
                yield f"{TEMPLATES}/{path.name}", path
