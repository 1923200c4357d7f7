"""One file, written whole or not at all, with nothing left aside.

Why so much care: most of what is written here names a patient. Until it is whole, the content lies
in a file without a name, where the system has such files; else under a name of ours, which its
writer holds locked. What nobody holds is a leftover, and the next writer in the folder removes it.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

from anedocs.core.locks import forsaken, lock, steady
from anedocs.core.problems import Failure

#: The names of all that lies aside begin so.
PREFIX = ".anedocs-"
#: What lies aside under a name just now, and how to clear it away: for a signal that ends us.
UNFINISHED: dict[Path, Callable[[], None]] = {}
_NAME = re.compile(re.escape(PREFIX) + "[a-z0-9_]{8}")


class OutputError(Failure):
    """The result could not be written or printed; nothing half-made is left."""


class _Aside(NamedTuple):
    """A file that is not yet in its place."""

    handle: int
    source: str
    """What a hard link to it is made from."""
    named: bool


def write(path: Path, content: bytes, *, private: bool = True) -> None:
    """Write a file, or renew it with its mode and group; through a link, what it points to.

    A private file is its owner's alone when it is new, and never everybody's when it is renewed.
    Raises OutputError; then nothing has changed.
    """
    with _told(path):
        old = _about(path)
        real = Path(os.path.realpath(path))
        if not path.is_symlink():  # a link to nowhere: perhaps a drive that is not there
            real.parent.mkdir(parents=True, exist_ok=True)

        def put(aside: _Aside) -> None:
            _be_like(aside.handle, old, private=private)
            _replace(aside, real)

        _make(real.parent, content, put)


def write_new(folder: Path, stem: str, suffix: str, content: bytes) -> Path:
    """Write a private file under a name that is still free, and return its path.

    Why: two children of one weight in one second must not share a file. Raises OutputError.
    """
    for number in range(1, 1000):
        path = folder / f"{stem}{'' if number == 1 else f'-{number}'}{suffix}"
        with _told(path):
            if not folder.is_dir():
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with suppress(FileExistsError):
                place = Path(os.path.realpath(folder)) / path.name
                _make(place.parent, content, partial(_claim, place))
                return path
    raise OutputError(f"{folder} holds too many sheets of this name; give a name with -o")


def sweep(folder: Path) -> None:
    """Remove what our own writers, ended before their time, have left in a folder."""
    with suppress(OSError), os.scandir(folder) as entries:
        left = [Path(one.path) for one in entries if _NAME.fullmatch(one.name)]
        for path in left:
            with suppress(OSError):
                handle = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
                try:
                    if stat.S_ISREG(os.fstat(handle).st_mode) and forsaken(handle):
                        path.unlink()
                finally:
                    os.close(handle)


def alike(old: os.stat_result, new: Path, *, more: int = 0) -> None:
    """Give a file or folder the group and mode of the one that it renews, as far as one may."""
    with suppress(OSError):
        os.chown(new, _owner(old), old.st_gid)
    with suppress(OSError):  # exFAT and SMB keep no modes
        new.chmod(stat.S_IMODE(old.st_mode) | more)


def _owner(old: os.stat_result) -> int:
    return old.st_uid if os.geteuid() == 0 else -1


def _about(path: Path) -> os.stat_result | None:
    """What is known of the file that is to be renewed; raises OutputError where it is none."""
    try:
        about = path.stat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(about.st_mode):  # a device too: root would replace /dev/null
        kind = "a folder" if stat.S_ISDIR(about.st_mode) else "not a file"
        raise OutputError(f"'{path}' is {kind}; give the name of a file, such as sheet.pdf")
    return about


def _make(folder: Path, content: bytes, put: Callable[[_Aside], None]) -> None:
    """Make the file aside and put it into its place; raises OSError."""
    with steady(folder):
        sweep(folder)
        try:
            with _nameless(folder) as aside:
                _fill(aside.handle, content)
                return put(aside)
        except FileExistsError:
            raise
        except OSError:  # no such files, or no hard links: exFAT, SMB
            pass
        with _named(folder) as aside:
            _fill(aside.handle, content)
            return put(aside)


@contextmanager
def _nameless(folder: Path) -> Iterator[_Aside]:
    handle = os.open(folder, getattr(os, "O_TMPFILE", os.O_EXCL) | os.O_RDWR, 0o600)
    try:
        yield _Aside(handle, f"/proc/self/fd/{handle}", named=False)
    finally:
        os.close(handle)


@contextmanager
def _named(folder: Path) -> Iterator[_Aside]:
    with _free_name(folder) as path:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        try:
            if lock(handle) is False or not os.fstat(handle).st_nlink:
                raise BlockingIOError(errno.EAGAIN, "another run cleared it away; try again")
            yield _Aside(handle, str(path), named=True)
        finally:
            os.close(handle)


@contextmanager
def _free_name(folder: Path) -> Iterator[Path]:
    """A name of ours; nothing has it when the block ends."""
    path = folder / f"{PREFIX}{os.urandom(4).hex()}"
    with unfinished(path, lambda: path.unlink(missing_ok=True)):
        yield path


@contextmanager
def unfinished(path: Path, clear: Callable[[], None]) -> Iterator[None]:
    """While this lasts, a signal that ends the program clears the path away; in the end, we do."""
    UNFINISHED[path] = clear
    try:
        yield
    finally:
        clear()
        del UNFINISHED[path]


def _fill(handle: int, content: bytes) -> None:
    with os.fdopen(handle, "wb", closefd=False) as file:
        file.write(content)
        file.flush()
        os.fsync(handle)


def _be_like(handle: int, old: os.stat_result | None, *, private: bool) -> None:
    mode = stat.S_IMODE(old.st_mode) if old else 0o600 if private else 0o666 & ~_umask()
    if private:
        mode &= ~stat.S_IRWXO
    try:
        if old is not None:
            os.fchown(handle, _owner(old), old.st_gid)
    except OSError:
        mode &= ~stat.S_IRWXG if private else ~0  # it would be another group's
    with suppress(OSError):
        os.fchmod(handle, mode)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _replace(aside: _Aside, path: Path) -> None:
    if aside.named:
        Path(aside.source).replace(path)
        return
    with _free_name(path.parent) as name:
        _link(aside, name)
        name.replace(path)


def _claim(path: Path, aside: _Aside) -> None:
    """Take the place only where it is free; raises FileExistsError."""
    try:
        _link(aside, path)
    except FileExistsError:
        raise
    except OSError:
        if not aside.named:
            raise
        path.touch(mode=0o600, exist_ok=False)  # no hard links here
        try:
            Path(aside.source).replace(path)
        except BaseException:
            path.unlink()
            raise


def _link(aside: _Aside, path: Path) -> None:
    # The handle only makes Python follow the link of the system that leads to a nameless file.
    os.link(aside.source, path, src_dir_fd=aside.handle, follow_symlinks=True)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}") from error
