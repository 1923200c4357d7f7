"""A folder of finished files, replaced as a whole: all of the new ones or all of the old ones.

What lies in the folder and was not made by us (a patient's sheet, an analyst's notes) stays there.
The new folder is made in a workspace beside the old one, and the two are exchanged in one step.
"""

from __future__ import annotations

import ctypes
import json
import os
import secrets
import shutil
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from anedocs.build import keep
from anedocs.core import files, locks
from anedocs.core.files import OutputError

_WORKSPACE = ".anedocs-build"
_OURS = "ours.json"
_EXCHANGE = 2  # RENAME_EXCHANGE of renameat2 and RENAME_SWAP of renamex_np alike


def replace(folder: Path, content: Mapping[str, bytes], ours: Callable[[Path], set[str]]) -> None:
    """Put files in place of those that `ours` tells of the folder as it then is.

    Raises OutputError where that must not be, OSError with nothing done.
    """
    real = place(folder)
    with aside(real) as new:
        for name, one in content.items():
            write(new / name, one, lasting=False)
        swap(new, real, ours)


def place(folder: Path) -> Path:
    """Where a folder really is, links followed, with what an ended run left beside it put right.

    Raises OutputError where it cannot be replaced as a whole, OSError where it cannot be had.
    """
    real = Path(os.path.realpath(folder))
    with suppress(FileNotFoundError):
        if not stat.S_ISDIR(folder.stat().st_mode):
            raise OutputError(f"'{folder}' is not a folder; give the name of one, such as output")
        _refuse_special(folder, real)
    if not folder.is_symlink():  # a link to nowhere: perhaps a drive that is not there
        real.parent.mkdir(parents=True, exist_ok=True)
    _recover(real)
    return real


def _recover(folder: Path) -> None:
    """Clear away what ended runs left beside this very folder; undo a half exchange."""
    for left in folder.parent.iterdir():
        name, _, mark = left.name.rpartition(".")
        if name == f"{_WORKSPACE}.{folder.name}" and mark.isalnum():
            # Another user's, or cleared away meanwhile: neither is ours to care for.
            with ExitStack() as stack, suppress(OSError):
                if locks.forsaken(stack.enter_context(_opened(left))):
                    stack.callback(_clear, left, folder)


def _refuse_special(folder: Path, real: Path) -> None:
    """Raises OutputError for a folder that must stay where it is, whatever it holds."""
    here = Path(os.path.realpath(Path.cwd()))
    what = None
    if here.is_relative_to(real):
        what = "is the folder that you work in, or holds it"
    elif real == Path(os.path.realpath(os.environ.get("HOME", "/"))):
        what = "is your home folder"
    elif real.is_mount():
        what = "is a drive of its own"
    if what:
        raise OutputError(
            f"'{folder}' {what}, and what is built replaces its folder as a whole; give the name "
            f"of a folder for it alone, such as -o {folder / 'documents'}"
        )


@contextmanager
def aside(folder: Path) -> Iterator[Path]:
    """A new folder in a workspace beside the old one, which is gone when its work has ended."""
    work = folder.parent / f"{_WORKSPACE}.{folder.name}.{secrets.token_hex(4)}"
    with files.unfinished(work, lambda: _clear(work, folder)):
        work.mkdir(mode=0o700)
        with _opened(work) as handle:
            locks.lock(handle)
            new = work / "new"
            new.mkdir()
            with suppress(FileNotFoundError):
                files.alike(folder.stat(), new, more=stat.S_IRWXU)
            yield new


def write(path: Path, content: bytes, *, lasting: bool = True) -> None:
    """Write a file; a lasting one down to the disk, so that a power cut finds it whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        if lasting:
            file.flush()
            os.fsync(file.fileno())


def swap(new: Path, folder: Path, ours: Callable[[Path], set[str]]) -> None:
    """Exchange the two folders in one step, and keep what is not ours.

    Raises OutputError where one of the new files would take the place of one that is not ours.
    """
    if not folder.exists():
        try:
            new.rename(folder)
        except OSError:
            if not folder.exists():  # else another build was sooner
                raise
        else:
            return
    with locks.alone(folder):
        _swap(new, folder, ours(folder))


def _swap(new: Path, folder: Path, ours: set[str]) -> None:
    made = {path.relative_to(new).as_posix() for path in new.rglob("*") if path.is_file()}
    keep.refuse_to_lose(folder, made, ours)
    ours = ours | made
    # Whole or not at all: by it an ended run is put right.
    listed = new.with_name("listed")
    listed.write_text(json.dumps(sorted(ours)), "utf-8")
    listed.rename(listed.with_name(_OURS))
    files.sweep(folder)
    keep.link(folder, new, ours)
    for part in {part for name in made for part in (Path(name), *Path(name).parents)}:
        with suppress(FileNotFoundError):
            files.alike((folder / part).stat(), new / part)
    gone = new
    if not _exchange(new, folder):
        gone = new.with_name("old")
        folder.rename(gone)
        new.rename(folder)
    keep.move(gone, folder, ours)


def _clear(work: Path, folder: Path) -> None:
    """Remove a workspace; what in it is not ours is first put back, wherever its run ended."""
    new, old, listed = work / "new", work / "old", work / _OURS
    if old.exists() and not folder.exists():
        old.rename(folder)
    if listed.exists() and folder.exists():
        ours = set(json.loads(listed.read_text("utf-8")))
        for one in filter(Path.exists, (new, old)):
            keep.move(one, folder, ours)
    shutil.rmtree(work, ignore_errors=True)


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield handle
    finally:
        os.close(handle)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two folders atomically; False where the system cannot."""
    library = ctypes.CDLL(None, use_errno=True)
    first, second = os.fsencode(one), os.fsencode(other)
    if sys.platform == "darwin":
        return bool(library.renamex_np(first, second, _EXCHANGE) == 0)
    rename = getattr(library, "renameat2", None)
    here = -100  # AT_FDCWD
    return rename is not None and rename(here, first, here, second, _EXCHANGE) == 0
