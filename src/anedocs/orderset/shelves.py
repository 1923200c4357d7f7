"""Where the files of order sets and documents lie.

A home (`--home` or its variable) is looked up first, then what came with anedocs; never the
current directory. Why: a stray file in a working folder must not change a dose.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

_HERE = Path(__file__).resolve().parents[1]

#: The variable that names the home where no option does; the order set where none is named.
HOME = "ANEDOCS_HOME"
DEFAULT = "ane"

#: Files of the same folder that stand beside every order set and are none.
WEIGHTS, SITE = "weight-for-age.yaml", "site.yaml"
BESIDE = tuple(Path(file).stem for file in (SITE, WEIGHTS))


class Shelves:
    """Finds files in a home first and then among what came with anedocs."""

    def __init__(self, home: Path | None = None) -> None:
        self.home = home

    def folders(self, name: str) -> list[Path]:
        """The folders of that name that exist, the home's first."""
        found = [self.home / name] if self.home else []
        inside, beside = _HERE / name, _HERE.parents[1] / name
        found.append(inside if inside.is_dir() else beside)
        return [folder for folder in found if folder.is_dir()]

    def find(self, folder: str, file: str) -> tuple[Path, str] | None:
        """A file with the name that it bears in messages, or None."""
        for place in self.folders(folder):
            if (place / file).is_file():
                bundled = self.home is None or place != self.home / folder
                return place / file, f"{folder}/{file}" if bundled else str(place / file)
        return None

    def names(self) -> list[str]:
        """The ids of the order sets that can be loaded."""
        return sorted(
            {
                file.stem
                for folder in self.folders("ordersets")
                for file in folder.glob("*.yaml")
                if "." not in file.stem and file.stem not in BESIDE and file.is_file()
            }
        )

    def stamp(self, name: str) -> dict[str, list[str] | None]:
        """Where each file of an order set lies now, and its sha256; None for one that is not there.

        Why: what was read a while ago may be used only if the files are still the same.
        """
        return {file: _stamp(self.find("ordersets", file)) for file in files_of(name)}


def record_of(name: str) -> str:
    """The file that says who approved an order set; one that nobody approved has none."""
    return f"{name}.approval.yaml"


def files_of(name: str) -> tuple[str, ...]:
    """The files from which an order set is loaded."""
    return (f"{name}.yaml", WEIGHTS, SITE, record_of(name))


def _stamp(found: tuple[Path, str] | None) -> list[str] | None:
    try:
        return [str(found[0]), hashlib.sha256(found[0].read_bytes()).hexdigest()] if found else None
    except OSError:
        return None
