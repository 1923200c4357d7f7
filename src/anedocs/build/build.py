"""Every patient-free document into one folder: all of them or none, whatever happens meanwhile.

Made aside, checked, then exchanged with the old folder in one step of the file system. What is in
the folder and was not built (a patient's sheet, say) stays there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from anedocs.build import folder as folders
from anedocs.build import inputs, keep, manifest
from anedocs.build.manifest import FileRecord, Manifest
from anedocs.core.problems import ContentError, Failure
from anedocs.documents.kind import Document


class BuildError(Failure):
    """The build failed; the old documents are untouched."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be built: the documents and all that they are made from."""

    orderset: str
    revision: str
    fingerprint: str
    status: str
    inputs: dict[str, str]
    documents: Sequence[Document]
    holds_until: str | None = None
    """As in the manifest, and so are the next two."""
    parts: Mapping[str, str] = field(default_factory=dict)
    libraries: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did."""

    folder: Path
    made: tuple[str, ...]
    kept: tuple[str, ...]


def build(
    plan: Plan,
    folder: Path,
    *,
    force: bool = False,
    inspect: Callable[[Path, Manifest], None] = lambda _folder, _manifest: None,
    progress: Callable[[str], None] = lambda _line: None,
) -> Built:
    """Make what has changed, check all of it aside, and exchange it for the old folder.

    `inspect` raises where the finished files are wrong. Raises BuildError for a full disk or a
    folder that cannot be written, OutputError for one that must not be replaced; then nothing has
    changed.
    """
    try:
        real = folders.place(folder)
        keep.made_here(real, plan.orderset, manifest.NAME)
        return replace(_build(plan, real, force, inspect, progress), folder=folder)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise BuildError(
            f"{folder} cannot be built: {where}{error.strerror or error}; "
            "the old documents are untouched"
        ) from error


def _build(
    plan: Plan, folder: Path, force: bool,
    inspect: Callable[[Path, Manifest], None], progress: Callable[[str], None],
) -> Built:  # fmt: skip
    old = None if force else manifest.read(folder)
    made_from = {one.name: inputs_of(plan, one) for one in plan.documents}
    kept = {name for name, used in made_from.items() if _unchanged(folder, old, name, used)}
    if len(kept) == len(plan.documents) and old is not None and set(old.files) == kept:
        return Built(folder, (), tuple(sorted(kept)))
    with folders.aside(folder) as aside:
        records = {}
        for number, one in enumerate(plan.documents, start=1):
            progress(f"{number}/{len(plan.documents)} {one.name}")
            content = (folder / one.name).read_bytes() if one.name in kept else one.make()
            folders.write(aside / one.name, content)
            records[one.name] = FileRecord(manifest.sha256(content), made_from[one.name])
        written = manifest_of(plan, records)
        folders.write(aside / manifest.NAME, written.text().encode())
        inspect(aside, written)
        folders.swap(aside, folder, lambda old: _names(old, written))
    made = tuple(one.name for one in plan.documents if one.name not in kept)
    return Built(folder, made, tuple(sorted(kept)))


def untouched(folder: Path, sources: Mapping[str, str], today: date) -> bool:
    """Whether a folder is what a build would make today, judged by fingerprints alone.

    Why: then nothing has to be loaded, laid out or checked again.
    """
    old = manifest.read(folder)
    if old is None or dict(old.inputs) != dict(sources) or dict(old.tools) != manifest.tools():
        return False
    if old.holds_until is not None and today.isoformat() >= old.holds_until:
        return False
    return all(_unchanged(folder, old, name, record.inputs) for name, record in old.files.items())


def manifest_of(plan: Plan, records: Mapping[str, FileRecord]) -> Manifest:
    """The manifest of a folder with these files."""
    return Manifest(
        plan.orderset, plan.revision, plan.fingerprint, plan.status, plan.inputs,
        manifest.tools(), records, plan.holds_until, plan.parts, plan.libraries,
    )  # fmt: skip


def inputs_of(plan: Plan, document: Document) -> str:
    """The fingerprint of all that a document is made from."""
    names = inputs.used_by(document.kind, plan.orderset, plan.inputs)
    used = {name: plan.inputs[name] for name in names}
    return manifest.together({**used, **manifest.tools(), "status": plan.status})


def _unchanged(folder: Path, old: Manifest | None, name: str, inputs: str) -> bool:
    """Whether a file's inputs and its content are as the old manifest says."""
    record = old.files.get(name) if old else None
    if record is None or record.inputs != inputs:
        return False
    try:
        return manifest.sha256((folder / name).read_bytes()) == record.sha256
    except OSError:
        return False


def _names(folder: Path, new: Manifest) -> set[str]:
    """What a build has put into a folder; where its manifest is damaged, what we shall put there.

    Raises OutputError where it is the documents of another order set.
    """
    try:
        manifest.read(folder)
    except ContentError:
        return {*new.files, manifest.NAME}
    return keep.made_here(folder, new.orderset, manifest.NAME)
