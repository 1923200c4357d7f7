"""What the proofs on real engines share: the package as the command makes it, and the engines."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import maven
import pytest
from engine import Engines, Resource, exact
from missing import without


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `anedocs ehr` writes."""
    folder = tmp_path_factory.mktemp("ehr") / "package"
    command = [sys.executable, "-m", "anedocs", "ehr", "-o", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def collection(package: Path) -> Resource:
    """The collection Bundle of the package."""
    return exact((package / "fhir" / "bundle-collection.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def engines() -> Iterator[Engines]:
    """The engines, in one JVM for all tests of a file."""
    try:
        running = Engines()
    except maven.MissingToolError as reason:
        without(str(reason))
    else:
        yield running
        running.close()
