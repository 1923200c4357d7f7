"""Where the files of order sets and documents lie.

With a home (`--home` or its variable) every file of an order set is the home's; a template is the
home's where it has one, and otherwise the one that came with anedocs. The current directory is
never searched. Why: neither a stray file in a working folder nor the edition that came with anedocs
may take the place of what the hospital has decided.
"""

from __future__ import annotations

from pathlib import Path

from anedocs.edition import home as homes

_HERE = Path(__file__).resolve().parents[1]

#: The variable that names the home where no option does; the order set where none is named.
HOME = "ANEDOCS_HOME"
DEFAULT = "ane"

WEIGHTS, SITE = homes.WEIGHTS, homes.SITE
BESIDE = homes.BESIDE


class Shelves:
    """Finds the files of a home, or what came with anedocs."""

    def __init__(self, home: Path | None = None) -> None:
        self.home = home
        self._looked_over: set[str] = set()

    def folders(self, name: str) -> list[Path]:
        """The folders of that name in which files are looked for, the home's first.

        Raises ContentError where something lies in the home that is not understood.
        """
        if self.home is None:
            return bundled(name)
        if name not in self._looked_over:
            homes.look_over(self.home, name, [path.name for path in _files(bundled(name))])
            self._looked_over.add(name)
        own = self.home / name
        return [
            *([own] if own.is_dir() else []),
            *(bundled(name) if name != homes.ORDERSETS else []),
        ]

    def find(self, folder: str, file: str) -> tuple[Path, str] | None:
        """A file with the name that it bears in messages, or None."""
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
                for folder in self.folders(homes.ORDERSETS)
                for file in folder.glob("*.yaml")
                if homes.is_orderset(file.name) and file.is_file()
            }
        )


def bundled(name: str) -> list[Path]:
    """The folder of that name that came with anedocs."""
    inside, beside = _HERE / name, _HERE.parents[1] / name
    return [folder for folder in (inside, beside) if folder.is_dir()][:1]


def record_of(name: str) -> str:
    """The file that says who approved an order set; one that nobody approved has none."""
    return f"{name}.approval.yaml"


def _files(folders: list[Path]) -> list[Path]:
    return [path for folder in folders for path in folder.iterdir() if path.is_file()]
