"""Every patient-free document into one folder: all of them or none, whatever happens meanwhile.

Made aside, checked, then exchanged with the old folder in one step of the file system. What is in
the folder and was not built (a patient's sheet, say) stays there.
"""

from __future__ import annotations

import ctypes
import fnmatch
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from anedocs.core.problems import ContentError
from anedocs.documents.catalog import Product
from anedocs.sync import manifest
from anedocs.sync.manifest import FileRecord, Manifest

_ASIDE = ".anedocs-build-"
_EXCHANGE = 2  # RENAME_EXCHANGE of renameat2 and RENAME_SWAP of renamex_np alike


class BuildError(Exception):
    """The build failed; the old documents are untouched."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be built: the products and all that they are made from."""

    orderset: str
    revision: str
    fingerprint: str
    status: str
    inputs: dict[str, str]
    products: Sequence[Product]
    holds_until: str | None = None
    """As in the manifest."""


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
    folder that cannot be written; then nothing has changed.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _alone(folder, progress):
            _recover(folder)
            return _build(plan, folder, force, inspect, progress)
    except OSError as error:
        raise BuildError(
            f"{folder} cannot be built: {error.strerror or error}; the old documents are untouched"
        ) from error


def _build(
    plan: Plan, folder: Path, force: bool,
    inspect: Callable[[Path, Manifest], None], progress: Callable[[str], None],
) -> Built:  # fmt: skip
    old = None if force else manifest.read(folder)
    inputs = {one.name: _inputs(plan, one) for one in plan.products}
    kept = {name for name in inputs if _unchanged(folder, old, name, inputs[name])}
    if len(kept) == len(plan.products) and old is not None and set(old.files) == kept:
        return Built(folder, (), tuple(sorted(kept)))
    aside = Path(tempfile.mkdtemp(prefix=_ASIDE, dir=folder.parent))
    try:
        aside.chmod(0o755)
        records = {}
        for number, product in enumerate(plan.products, start=1):
            progress(f"{number}/{len(plan.products)} {product.name}")
            keep = product.name in kept
            content = (folder / product.name).read_bytes() if keep else product.make()
            _write(aside / product.name, content)
            records[product.name] = FileRecord(manifest.sha256(content), inputs[product.name])
        written = Manifest(
            plan.orderset, plan.revision, plan.fingerprint, plan.status, plan.inputs,
            manifest.tools(), records, plan.holds_until,
        )  # fmt: skip
        _write(aside / manifest.NAME, written.text().encode())
        inspect(aside, written)
        _swap(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    made = tuple(one.name for one in plan.products if one.name not in kept)
    return Built(folder, made, tuple(sorted(kept)))


def untouched(folder: Path, inputs: Mapping[str, str], today: date) -> bool:
    """Whether a folder is what a build would make today, judged by fingerprints alone.

    Why: then nothing has to be loaded, laid out or checked again.
    """
    old = manifest.read(folder)
    if old is None or dict(old.inputs) != dict(inputs) or dict(old.tools) != manifest.tools():
        return False
    if old.holds_until is not None and today.isoformat() >= old.holds_until:
        return False
    return all(_unchanged(folder, old, name, record.inputs) for name, record in old.files.items())


def _inputs(plan: Plan, product: Product) -> str:
    """The fingerprint of all that a product is made from: everything but what others alone use."""
    others = {pattern for one in plan.products for pattern in one.own} - set(product.own)
    used = {
        name: sha256
        for name, sha256 in plan.inputs.items()
        if not any(fnmatch.fnmatchcase(name, pattern) for pattern in others)
    }
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


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _swap(aside: Path, folder: Path) -> None:
    """Exchange the two folders in one step, and carry over what was not built."""
    if not folder.exists():
        aside.rename(folder)
        return
    ours = {*_names(folder), *_names(aside)}
    _carry(folder, aside, ours)
    if not _exchange(aside, folder):
        gone = folder.with_name(f"{_ASIDE}old-{folder.name}")
        folder.rename(gone)
        aside.rename(folder)
        gone.rename(aside)
    # A sheet printed between the two steps above lies in what is now aside.
    _carry(aside, folder, ours)


def _names(folder: Path) -> set[str]:
    """What a build has put into a folder; of a damaged manifest, only that it was one."""
    try:
        written = manifest.read(folder)
    except ContentError:
        written = None
    return {*(written.files if written else ()), manifest.NAME}


def _carry(source: Path, target: Path, ours: set[str]) -> None:
    for path in source.iterdir():
        if path.name in ours or (target / path.name).exists():
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.copytree(path, target / path.name, symlinks=True)
        else:
            os.link(path, target / path.name, follow_symlinks=False)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two folders atomically; False where the system cannot."""
    library = ctypes.CDLL(None, use_errno=True)
    first, second = os.fsencode(one), os.fsencode(other)
    if sys.platform == "darwin":
        return bool(library.renamex_np(first, second, _EXCHANGE) == 0)
    rename = getattr(library, "renameat2", None)
    here = -100  # AT_FDCWD
    return rename is not None and rename(here, first, here, second, _EXCHANGE) == 0


@contextmanager
def _alone(folder: Path, progress: Callable[[str], None]) -> Iterator[None]:
    """One build at a time; the kernel frees the lock however its holder ends."""
    import fcntl

    with (folder.parent / f".{folder.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("another build is running; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _recover(folder: Path) -> None:
    """Clear away what a killed build left, and put the old folder back if it was half exchanged."""
    gone = folder.with_name(f"{_ASIDE}old-{folder.name}")
    if gone.exists() and not folder.exists():
        gone.rename(folder)
    for left in folder.parent.glob(f"{_ASIDE}*"):
        shutil.rmtree(left, ignore_errors=True)
