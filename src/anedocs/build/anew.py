"""Every document made anew, so that the finished one can be laid beside it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from anedocs.build import build, manifest
from anedocs.build.build import Plan
from anedocs.build.manifest import FileRecord, Manifest
from anedocs.documents.kind import Document


def make(plan: Plan, folder: Path) -> Manifest:
    """Make every document of a plan, with its manifest, into an empty folder."""
    records = {
        document.name: FileRecord(manifest.sha256(write(document, folder)),
                                 build.inputs_of(plan, document))
        for document in plan.documents
    }  # fmt: skip
    written = build.manifest_of(plan, records)
    (folder / manifest.NAME).write_text(written.text(), "utf-8")
    return written


def any_of(folder: Path, plan: Plan) -> bool:
    """Whether a folder holds what a build makes, or cannot be looked into."""
    try:
        names = (manifest.NAME, *(one.name for one in plan.documents))
        return any((folder / name).exists() for name in names)
    except OSError:
        return True


def make_beside(
    documents: Iterable[Document], expected: Manifest, folder: Path, made: Path
) -> list[str]:
    """Make what commands other than `build` have left in a folder; returns the names."""
    names = []
    for one in documents:
        if one.name not in expected.files and (folder / one.name).is_file():
            write(one, made)
            names.append(one.name)
    return names


def write(document: Document, folder: Path) -> bytes:
    """Make one document into a folder; returns what was made."""
    path = folder / document.name
    path.parent.mkdir(parents=True, exist_ok=True)
    content = document.make()
    path.write_bytes(content)
    return content
