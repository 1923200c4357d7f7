"""Small wheels for tests of the installation: a folder of them is a package index for pip.

    python tests/launcher/wheels.py FOLDER LOCK...    a release 9999 of every package of the locks

Why: what was released after the lock was made must not change what is installed.
"""

from __future__ import annotations

import hashlib
import re
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

PIN = re.compile(r"^([a-z0-9._-]+)==", re.MULTILINE)


def wheel(
    folder: Path, name: str, version: str, *,
    requires: Iterable[str] = (), extras: Iterable[str] = (), main: str = "",
) -> str:  # fmt: skip
    """Write a wheel with one module of the package's name; returns its sha256."""
    module = name.replace("-", "_").replace(".", "_")
    info = f"{module}-{version}.dist-info"
    metadata = [
        "Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}",
        *(f"Provides-Extra: {extra}" for extra in extras),
        *(f"Requires-Dist: {one}" for one in requires),
    ]  # fmt: skip
    files = {
        f"{module}/__init__.py": "",
        f"{module}/__main__.py": main,
        f"{info}/METADATA": "\n".join([*metadata, ""]),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{file},,\n" for file in [*files, f"{info}/RECORD"])
    path = folder / f"{module}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as packed:
        for file, text in {**files, f"{info}/RECORD": record}.items():
            packed.writestr(file, text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main(folder: Path, locks: Iterable[Path]) -> None:
    """Write a later release of every package of the lock files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in sorted({name for lock in locks for name in PIN.findall(lock.read_text("utf-8"))}):
        wheel(folder, name, "9999")


if __name__ == "__main__":
    main(Path(sys.argv[1]), map(Path, sys.argv[2:]))
