"""All that the finished documents are made from, with the fingerprint of each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import anedocs
from anedocs.orderset import source
from anedocs.orderset.library import Library
from anedocs.render import fonts
from anedocs.sync import manifest

#: The rooms whose code can change a document.
_MAKERS = ("core", "orderset", "dosing", "render", "documents", "ehr")


def content(books: Library, name: str) -> dict[str, object]:
    """The order set as text, as it stands in the file now."""
    found = books.find("ordersets", f"{name}.yaml")
    assert found is not None, "the edition was loaded from it"
    plain = source.plain(source.read(*found)[0])
    assert isinstance(plain, dict)
    return plain


def fingerprints(books: Library, name: str) -> dict[str, str]:
    """The sha256 of each source, template, font and part of the program."""
    return manifest.fingerprints(_files(books, name))


def _files(books: Library, name: str) -> Iterator[tuple[str, Path]]:
    """Files by the name that they bear for people; a home's file stands in for the bundled one."""
    for folder in reversed(books.folders("ordersets")):
        for path in folder.glob("*.yaml"):
            if path.stem.partition(".")[0] in (name, "site", "weight-for-age"):
                yield f"ordersets/{path.name}", path
        previous = folder / f"{name}.previous.csv"
        if previous.is_file():
            yield f"ordersets/{previous.name}", previous
    for folder in reversed(books.folders("templates")):
        for path in folder.iterdir():
            if path.is_file():
                yield f"templates/{path.name}", path
    for path in fonts.face_files().values():
        yield f"fonts/{path.name}", path
    program = Path(anedocs.__file__).parent
    for room in _MAKERS:
        for path in (program / room).rglob("*.py"):
            yield f"src/anedocs/{path.relative_to(program).as_posix()}", path
