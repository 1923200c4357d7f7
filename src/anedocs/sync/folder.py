"""A folder of finished files, replaced as a whole: all of the new ones or all of the old ones.

What lies in the folder and was not made by us (a patient's sheet, an analyst's notes) stays there.
"""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_ASIDE = ".anedocs-build"
_EXCHANGE = 2  # RENAME_EXCHANGE of renameat2 and RENAME_SWAP of renamex_np alike


def replace(
    folder: Path, files: Mapping[str, bytes], ours: set[str],
    progress: Callable[[str], None] = lambda _line: None,
) -> None:  # fmt: skip
    """Put files in place of those named in `ours`; raises OSError with nothing done."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with alone(folder, progress):
        recover(folder)
        with aside(folder) as new:
            for name, content in files.items():
                write(new / name, content, lasting=False)
            swap(new, folder, {*ours, *files})


@contextmanager
def aside(folder: Path) -> Iterator[Path]:
    """A new folder beside the old one; gone when its work is done or has failed."""
    new = Path(tempfile.mkdtemp(prefix=f"{_ASIDE}.{folder.name}.", dir=folder.parent))
    try:
        new.chmod(0o755)
        yield new
    finally:
        shutil.rmtree(new, ignore_errors=True)


def write(path: Path, content: bytes, *, lasting: bool = True) -> None:
    """Write a file; a lasting one down to the disk, so that a power cut finds it whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        if lasting:
            file.flush()
            os.fsync(file.fileno())


def swap(new: Path, folder: Path, ours: set[str]) -> None:
    """Exchange the two folders in one step, and carry over what is not ours."""
    if not folder.exists():
        new.rename(folder)
        return
    _carry(folder, new, ours)
    if not _exchange(new, folder):
        gone = folder.with_name(f"{_ASIDE}-old.{folder.name}")
        folder.rename(gone)
        new.rename(folder)
        gone.rename(new)
    # A sheet printed between the two steps above lies in what is now aside.
    _carry(new, folder, ours)


def _carry(source: Path, target: Path, ours: set[str], under: str = "") -> None:
    for path in source.iterdir():
        name = f"{under}{path.name}"
        beside = target / path.name
        if path.is_dir() and not path.is_symlink():
            if not any(own.startswith(f"{name}/") for own in ours) and not beside.exists():
                shutil.copytree(path, beside, symlinks=True, copy_function=os.link)
            elif beside.is_dir():
                _carry(path, beside, ours, f"{name}/")
            elif any(left for left in path.rglob("*") if _theirs(left, source, ours, under)):
                beside.mkdir()
                _carry(path, beside, ours, f"{name}/")
        elif name not in ours and not beside.exists():
            os.link(path, beside, follow_symlinks=False)


def _theirs(path: Path, source: Path, ours: set[str], under: str) -> bool:
    return path.is_file() and f"{under}{path.relative_to(source).as_posix()}" not in ours


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
def alone(folder: Path, progress: Callable[[str], None]) -> Iterator[None]:
    """One build at a time; the kernel frees the lock however its holder ends."""
    import fcntl

    with (folder.parent / f".{folder.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("another build is running; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def recover(folder: Path) -> None:
    """Clear away what a killed build of this very folder left; undo a half exchange."""
    gone = folder.with_name(f"{_ASIDE}-old.{folder.name}")
    if gone.exists() and not folder.exists():
        gone.rename(folder)
    left = re.compile(re.escape(f"{_ASIDE}.{folder.name}.") + r"[a-z0-9_]+")
    for path in folder.parent.iterdir():
        if path == gone or left.fullmatch(path.name):
            shutil.rmtree(path, ignore_errors=True)
