"""Where the files of an edition are found: in a hospital's home, or among what came with anedocs.

With a home (`--home` or its variable) every file of an order set is the home's; a template is the
home's where it has one, and otherwise the one that came with anedocs. The current directory is
never searched. Why: neither a stray file in a working folder nor the edition that came with anedocs
may take the place of what the hospital has decided.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from anedocs.core.problems import ContentError, Problem
from anedocs.core.source_file import read_bytes
from anedocs.edition import home as hospital
from anedocs.edition.names import ORDERSETS, SITE, WEIGHTS, approval_file, is_orderset

_HERE = Path(__file__).resolve().parents[1]

#: The variable that names the home where no option does; the order set where none is named.
HOME = "ANEDOCS_HOME"
DEFAULT = "ane"


class File(NamedTuple):
    """The bytes of a file, and its name in messages."""

    raw: bytes
    name: str


class Inputs(NamedTuple):
    """All that one edition is compiled from; `files` by the name in the folder of order sets."""

    orderset: str
    home: Path | None
    files: dict[str, File]
    unreadable: dict[str, list[Problem]]


class Locator:
    """Finds the files of a home, or what came with anedocs; for one run of a command."""

    def __init__(self, home: Path | None = None) -> None:
        self.home = home
        self._checked: set[str] = set()
        self._read: dict[str, File | None] = {}

    def folders(self, name: str) -> list[Path]:
        """The folders of that name in which files are looked for, the home's first.

        Raises ContentError where something lies in the home that is not understood.
        """
        if self.home is None:
            return bundled(name)
        if name not in self._checked:
            hospital.check(self.home, name, [path.name for path in _files(bundled(name))])
            self._checked.add(name)
        own = self.home / name
        return [
            *([own] if own.is_dir() else []),
            *(bundled(name) if name != ORDERSETS else []),
        ]

    def find(self, folder: str, file: str) -> tuple[Path, str] | None:
        """A file with its name in messages, or None."""
        for place in self.folders(folder):
            if (place / file).is_file():
                own = self.home is not None and place == self.home / folder
                return place / file, str(place / file) if own else f"{folder}/{file}"
        return None

    def names(self) -> list[str]:
        """The ids of the order sets that can be loaded."""
        return sorted(
            {
                file.stem
                for folder in self.folders(ORDERSETS)
                for file in folder.glob("*.yaml")
                if is_orderset(file.name) and file.is_file()
            }
        )

    def file(self, name: str) -> File | None:
        """A file of the folder of order sets, as it was when it was first asked for, or None.

        Raises ContentError where it cannot be read. Why only once: what is fingerprinted must be
        what was understood, also where somebody writes the file at that moment.
        """
        if name not in self._read:
            found = self.find(ORDERSETS, name)
            self._read[name] = File(read_bytes(*found), found[1]) if found else None
        return self._read[name]

    def inputs(self, orderset: str) -> Inputs:
        """The files of one of the order sets in `names`, and what stands beside it.

        With a home they hold its other order sets too, for each of them must be one.
        """
        wanted = [f"{orderset}.yaml", WEIGHTS, SITE, approval_file(orderset)]
        if self.home is not None:
            wanted += [f"{name}.yaml" for name in self.names() if name != orderset]
        files: dict[str, File] = {}
        unreadable: dict[str, list[Problem]] = {}
        for name in wanted:
            try:
                file = self.file(name)
            except ContentError as error:
                unreadable[name] = error.problems
            else:
                files |= {name: file} if file else {}
        return Inputs(orderset, self.home, files, unreadable)


def bundled(name: str) -> list[Path]:
    """The folder of that name that came with anedocs."""
    inside, beside = _HERE / name, _HERE.parents[1] / name
    return [folder for folder in (inside, beside) if folder.is_dir()][:1]


def _files(folders: list[Path]) -> list[Path]:
    return [path for folder in folders for path in folder.iterdir() if path.is_file()]
