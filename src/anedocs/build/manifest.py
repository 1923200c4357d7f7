"""What the finished documents were made from: MANIFEST.json and the fingerprints in it."""

from __future__ import annotations

import hashlib
import json
import platform
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from anedocs.core.problems import ContentError, Place, Problem

NAME = "MANIFEST.json"
_TOOLS = (
    "anedocs", "weasyprint", "pydyf", "jinja2", "segno", "python-docx", "pyphen", "xlsxwriter",
)  # fmt: skip
#: Bytes; ours has some tens of thousands.
_MOST = 5_000_000


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
    parts: Mapping[str, str] = field(default_factory=dict)
    """Each order, and each other part of the order set, to its fingerprint."""
    libraries: Mapping[str, str] = field(default_factory=dict)
    """What the system lends to the tools; the same documents made with others may differ in bytes,
    and not in what they say."""

    def text(self) -> str:
        """The manifest as JSON, the same for the same content."""
        form = {
            "orderset": self.orderset,
            "revision": self.revision,
            "fingerprint": self.fingerprint,
            "status": self.status,
            "holds_until": self.holds_until,
            "parts": dict(sorted(self.parts.items())),
            "inputs": dict(sorted(self.inputs.items())),
            "libraries": dict(sorted(self.libraries.items())),
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
        with path.open("rb") as file:
            content = file.read(_MOST + 1)
        if len(content) > _MOST:
            raise ValueError("too large")
        form = json.loads(content.decode("utf-8"))
        files = {name: FileRecord(**record) for name, record in form.pop("files").items()}
        return _of_texts(Manifest(**form, files=files))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
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


def _of_texts(written: Manifest) -> Manifest:
    """The same manifest. Raises TypeError where it holds anything but texts."""
    texts: list[object] = [written.orderset, written.revision, written.fingerprint, written.status]
    texts += [written.holds_until or ""]
    groups = (written.inputs, written.tools, written.parts, written.libraries)
    texts += [text for group in groups if isinstance(group, dict) for text in group.values()]
    texts += [text for record in written.files.values() for text in (record.sha256, record.inputs)]
    if not all(isinstance(one, dict) for one in groups) or not all(
        isinstance(text, str) for text in texts
    ):
        raise TypeError("not texts by name")
    return written


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
def libraries(pango: str) -> dict[str, str]:
    """What the system lends to the tools, by version; `pango` sets the lines of text."""
    try:
        release = platform.freedesktop_os_release()
        system = f"{release['ID']} {release.get('VERSION_ID', '')}".strip()
    except OSError:
        system = f"{platform.system()} {platform.release()}"
    return {
        "system": system, "machine": platform.machine(), "python": platform.python_version(),
        "zlib": zlib.ZLIB_RUNTIME_VERSION, "pango": pango,
    }  # fmt: skip


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
