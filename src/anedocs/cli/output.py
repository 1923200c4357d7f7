"""How results leave the program: files written whole or not at all, numbered steps on request."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from anedocs.core.problems import Failure

STEPS = ("Read", "Check", "Weigh", "Dose", "Lay out", "Write")


class OutputError(Failure):
    """The result could not be written or printed; nothing half-made is left."""


class Steps:
    """Tells the six steps of the README on stderr, with -v only."""

    def __init__(self, verbose: bool) -> None:
        self._verbose = verbose

    def say(self, step: str, what: str) -> None:
        """One line for a step; what it says holds no identity."""
        if self._verbose:
            print(f"{STEPS.index(step) + 1}. {step}: {what}", file=sys.stderr)


def write(path: Path, content: bytes, *, private: bool = True) -> None:
    """Write a file whole or not at all; one that may hold patient data is its owner's alone."""
    with _aside(path) as aside:
        if path.exists() and not path.is_file():  # a device too: root would replace /dev/null
            kind = "a folder" if path.is_dir() else "not a file"
            raise OutputError(f"'{path}' is {kind}; give the name of a file, such as sheet.pdf")
        aside.write_bytes(content)
        if not private:
            aside.chmod(0o644)
        aside.replace(path)


def write_new(folder: Path, stem: str, suffix: str, content: bytes) -> Path:
    """Write a file under a name that is still free, and return its path.

    Why: two children of one weight in one second must not share a file.
    """
    for number in range(1, 1000):
        path = folder / f"{stem}{'' if number == 1 else f'-{number}'}{suffix}"
        with _aside(path) as aside:
            aside.write_bytes(content)
            try:
                os.link(aside, path)
            except FileExistsError:
                continue
        return path
    raise OutputError(f"{folder} holds too many sheets of this name; give a name with -o")


@contextmanager
def _aside(path: Path) -> Iterator[Path]:
    name = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".anedocs-", dir=path.parent)
        os.close(handle)
        yield Path(name)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        if name is not None:
            Path(name).unlink(missing_ok=True)


def send_to_printer(content: bytes, printer: str) -> str:
    """Hand a PDF to the printing system (CUPS) through standard input; no file is left.

    An empty printer name means the default one. Raises OutputError where it is not taken.
    """
    import subprocess

    command = ["lp", "-t", "anedocs order sheet", *(["-d", printer] if printer else []), "-"]
    try:
        done = subprocess.run(command, input=content, capture_output=True, check=False)
    except OSError as error:
        raise OutputError(
            "there is no 'lp' command here, so nothing was printed; leave --print out and print "
            "the PDF, or install CUPS (Debian: apt-get install cups-client)"
        ) from error
    if done.returncode != 0:
        raise OutputError(f"the printer did not take the sheet: {_words(done.stderr)}")
    return _words(done.stdout)


def _words(said: bytes) -> str:
    return said.decode(errors="replace").strip()
