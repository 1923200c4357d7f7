"""Compiled editions, kept under the hash of all that they were compiled from.

Why: reading and validating is the slow part of a command, and a nurse waits for it with a child in
the room; the same files, read by the same program, give the same edition. An entry is used only
if it is this user's own, whole, and made from these very bytes; with any doubt the files are
compiled anew. It is JSON, so that reading it executes nothing, and holds nothing of a patient.
`check` and `build` never read it.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import anedocs
from anedocs.core.files import OutputError, write
from anedocs.edition import stored_form
from anedocs.edition.edition import Compiled
from anedocs.edition.locate import Inputs

#: Part of every key; another number where entries are written in another way.
FORMAT = 1
#: So many editions are kept; of more, the oldest go.
KEPT = 24
#: The packages of this program by which files become an edition.
_COMPILES = ("core", "schema", "edition")
_PRIVATE, _WRITABLE_BY_OTHERS = 0o077, 0o022


class Store:
    """The entries in one folder, which belongs to the user alone."""

    def __init__(self, folder: Path, tell: Callable[[str], None]) -> None:
        self.folder = folder
        self._tell = tell

    def edition(self, inputs: Inputs, compiled_by: Callable[[Inputs], Compiled]) -> Compiled:
        """The edition of these files: from its entry, or compiled and then kept.

        Raises ContentError as `compiled_by` does; what cannot be compiled is never kept.
        """
        entry = key(inputs)
        found = None if inputs.unreadable else self._read(entry)
        if found is not None:
            return found
        compiled = compiled_by(inputs)
        self._keep(entry, compiled)
        return compiled

    def _read(self, entry: str) -> Compiled | None:
        path = self.folder / f"{entry}.json"
        try:
            self._own_folder()
            checksum, _, body = _own(path).partition(b"\n")
        except FileNotFoundError:
            return None
        except OSError as error:
            self._tell(f"the stored edition is not used: {error.strerror or error}")
            return None
        if checksum != _checksum(entry, body):
            self._tell("the stored edition is damaged and not used")
            return None
        edition: Compiled = stored_form.decoded(json.loads(body))
        return edition

    def _keep(self, entry: str, compiled: Compiled) -> None:
        body = json.dumps(stored_form.encoded(compiled), separators=(",", ":")).encode()
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._own_folder()
            path = self.folder / f"{entry}.json"
            path.unlink(missing_ok=True)
            write(path, _checksum(entry, body) + b"\n" + body)
            for old in sorted(self.folder.glob("*.json"), key=_written)[:-KEPT]:
                old.unlink(missing_ok=True)
        except (OSError, OutputError) as error:
            self._tell(f"the edition cannot be stored: {error}")

    def _own_folder(self) -> None:
        about = os.lstat(self.folder)
        if not stat.S_ISDIR(about.st_mode):
            raise OSError(f"{self.folder} is no folder")
        if about.st_uid != os.geteuid() or about.st_mode & _PRIVATE:
            raise OSError(f"{self.folder} is not this user's alone")


def of_user(tell: Callable[[str], None]) -> Store:
    """The store in the user's cache folder; `tell` is for what is odd about it."""
    import platformdirs

    return Store(platformdirs.user_cache_path("anedocs", appauthor=False), tell)


def key(inputs: Inputs) -> str:
    """The hash of all that an edition is compiled from: files, program and Python.

    Why its sources and not its version alone: in a checkout they change under one version.
    """
    found = hashlib.sha256()
    for piece in (*_program(), inputs.orderset.encode(), *_files(inputs)):
        found.update(len(piece).to_bytes(8) + piece)
    return found.hexdigest()


def _program() -> Iterator[bytes]:
    yield f"{FORMAT} {anedocs.__version__} {sys.version}".encode()
    package = Path(anedocs.__file__).parent
    for name in _COMPILES:
        for path in sorted((package / name).iterdir()):
            if path.is_file():
                yield path.name.encode()
                yield path.read_bytes()


def _files(inputs: Inputs) -> Iterator[bytes]:
    for name, file in sorted(inputs.files.items()):
        yield name.encode()
        yield file.raw


def _checksum(entry: str, body: bytes) -> bytes:
    """Bound to the key: an entry that is put under another name is none."""
    return hashlib.sha256(entry.encode() + body).hexdigest().encode()


def _own(path: Path) -> bytes:
    """The bytes of a plain file that only this user can have written; raises OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as file:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            raise OSError(f"{path} is no plain file")
        if about.st_uid != os.geteuid() or about.st_mode & _WRITABLE_BY_OTHERS:
            raise OSError(f"{path} is not this user's alone")
        return file.read()


def _written(path: Path) -> int:
    with suppress(OSError):
        return path.stat().st_mtime_ns
    return 0
