"""The JavaScript CQL engine: npm packages by a committed lock, run as one process a question."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import maven
from engine import FOLDER as ENGINES
from engine import dumps

FOLDER = Path(__file__).parent
_FILES = ("package.json", "package-lock.json", ".npmrc")
_NODE = 18
_HELPERS = "org/hl7/fhir/FHIRHelpers-4.0.1.cql"


def install() -> Path:
    """The folder of the npm packages; npm checks each against its hash in the lock.

    Raises MissingToolError without Node or npm.
    """
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            raise maven.MissingToolError(f"{tool} is missing; Node {_NODE} or newer is needed")
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    found = re.match(r"v(\d+)\.", said)
    if found is None or int(found[1]) < _NODE:
        raise maven.MissingToolError(f"Node {_NODE} or newer is needed; found: {said.strip()}")
    store = maven.store_of(FOLDER.name)
    modules, lock = store / "node_modules", (FOLDER / "package-lock.json").read_bytes()
    done = store / "installed-lock.json"
    with (store / ".lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not done.is_file() or done.read_bytes() != lock:
            for name in _FILES:
                shutil.copy2(FOLDER / name, store)
            subprocess.run(["npm", "ci", "--no-progress"], cwd=store, check=True, text=True)
            done.write_bytes(lock)
    return modules


def helpers() -> str:
    """The CQL of FHIRHelpers as the translator brings it."""
    for jar in maven.classpath(ENGINES):
        with zipfile.ZipFile(jar) as archive:
            if _HELPERS in archive.namelist():
                return archive.read(_HELPERS).decode()
    raise FileNotFoundError(_HELPERS)


def execute(
    library: Path, helpers: Path, expressions: Sequence[str], bundles: Sequence[Any]
) -> list[dict[str, Any]]:
    """The values of expressions for each Bundle of one patient, as JavaScript has them."""
    asked = {
        "library": json.loads(library.read_text("utf-8")),
        "helpers": json.loads(helpers.read_text("utf-8")),
        "expressions": list(expressions),
        "bundles": list(bundles),
    }
    done = subprocess.run(
        ["node", str(FOLDER / "run.cjs")],
        input=dumps(asked),
        capture_output=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "NODE_PATH": str(install())},
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers
