"""What the finished documents were made from: MANIFEST.json and the fingerprints in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from anedocs.core.problems import ContentError, Place, Problem

NAME = "MANIFEST.json"
_TOOLS = (
    "anedocs", "weasyprint", "pydyf", "jinja2", "segno", "python-docx", "pyphen", "xlsxwriter",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One finished file: its sha256 and the fingerprint of all that it was made from."""

    sha256: str
    inputs: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The edition and the inputs of a whole output folder, with every file in it."""

    orderset: str
    revision: str
    fingerprint: str
    status: str
    inputs: Mapping[str, str]
    """Name of each source, template, font and program part to its sha256."""
    tools: Mapping[str, str]
    files: Mapping[str, FileRecord]
    holds_until: str | None = None
    """The first day on which the status may change by itself; None where it cannot."""

    def text(self) -> str:
        """The manifest as JSON, the same for the same content."""
        form = {
            "orderset": self.orderset,
            "revision": self.revision,
            "fingerprint": self.fingerprint,
            "status": self.status,
            "holds_until": self.holds_until,
            "inputs": dict(sorted(self.inputs.items())),
            "tools": dict(sorted(self.tools.items())),
            "files": {
                name: {"sha256": record.sha256, "inputs": record.inputs}
                for name, record in sorted(self.files.items())
            },
        }
        return json.dumps(form, indent=2, ensure_ascii=False) + "\n"


def read(folder: Path) -> Manifest | None:
    """The manifest of an output folder; None where there is none.

    Raises ContentError where the file is damaged.
    """
    path = folder / NAME
    try:
        form = json.loads(path.read_text("utf-8"))
        files = {name: FileRecord(**record) for name, record in form.pop("files").items()}
        return Manifest(**form, files=files)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ContentError(
            [
                Problem(
                    Place(str(path)),
                    f"the manifest is damaged ({type(error).__name__})",
                    "every document in this folder",
                    "Run: anedocs build --force",
                )
            ]
        ) from error


def sha256(content: bytes) -> str:
    """The sha256 of a file's content."""
    return hashlib.sha256(content).hexdigest()


def fingerprints(files: Iterable[tuple[str, Path]]) -> dict[str, str]:
    """The sha256 of each named file."""
    return {name: sha256(path.read_bytes()) for name, path in files}


def together(parts: Mapping[str, str]) -> str:
    """One fingerprint of many."""
    return sha256(json.dumps(dict(parts), sort_keys=True).encode())


@cache
def tools() -> dict[str, str]:
    """The versions of what the documents are made with."""
    found = {}
    for name in _TOOLS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "from source"
    return found
