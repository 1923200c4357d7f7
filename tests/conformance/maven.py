"""The jars of a pinned pom.xml, each one checked against a committed list of hashes.

Why: a proof is worth as much as the engine it ran on, so the same bytes have to be it every time.
After a change of a pom.xml the list is written anew, and its difference read before the commit:

    ANEDOCS_REWRITE_JARS=1 ./anedocs test tests/conformance
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: Everything that is fetched or compiled for these tests; never committed.
STORE = Path(__file__).parents[2] / ".conformance"
LIST = "jars.sha256"
REWRITE = "ANEDOCS_REWRITE_JARS"
#: Named in full: a plugin without a version is whatever is newest that day.
_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1"
_JAVA = 17


class MissingToolError(Exception):
    """Java or Maven is not there, or too old."""


class WrongJarError(Exception):
    """What Maven brought is not what the committed list names."""


def classpath(folder: Path) -> list[Path]:
    """The jars that the pom.xml in a folder asks for, in the order of Maven.

    Raises MissingToolError without Java or Maven, WrongJarError where a hash differs.
    """
    check_tools()
    store = store_of(folder.name)
    listed = folder / LIST
    with _one_at_a_time(store):
        if REWRITE in os.environ:
            found = _resolve(folder, store)
            lines = [f"{_hash(jar)}  {jar.name}\n" for jar in found]
            listed.write_text("".join(lines), "utf-8")
            print(f"maven: {len(lines)} jars written to {listed}", file=sys.stderr)
        wanted = _read(listed)
        if _differences(store, wanted):
            _resolve(folder, store)
        wrong = _differences(store, wanted)
    if wrong:
        raise WrongJarError(
            f"{folder.name}: not the jars that {LIST} names: {', '.join(wrong[:5])}; "
            f"where the change is meant, run once with {REWRITE}=1 and read the difference"
        )
    return [store / name for name in wanted]


def store_of(name: str) -> Path:
    """The folder in which the fetched and compiled files of one engine lie."""
    folder = STORE / name
    folder.mkdir(parents=True, exist_ok=True)
    (STORE / ".gitignore").write_text("*\n", "utf-8")
    return folder


def check_tools() -> None:
    """Java and Maven are there, and Java is new enough; else MissingToolError says which."""
    for tool in ("java", "javac", "mvn"):
        if shutil.which(tool) is None:
            raise MissingToolError(
                f"{tool} is missing; on Debian and Ubuntu: "
                f"sudo apt-get install openjdk-{_JAVA}-jdk-headless maven"
            )
    said = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', said)
    if version is None or int(version[1]) < _JAVA:
        raise MissingToolError(f"Java {_JAVA} or newer is needed; found: {said.strip()}")


@contextmanager
def _one_at_a_time(store: Path) -> Iterator[None]:
    # Test workers start together and would write the same files.
    with (store / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _resolve(folder: Path, store: Path) -> list[Path]:
    answer = store / "classpath.txt"
    command = [
        "mvn", "--batch-mode", "--quiet", "--no-transfer-progress", "--file",
        str(folder / "pom.xml"), f"{_PLUGIN}:build-classpath", "-Dmdep.includeScope=runtime",
        f"-Dmdep.outputFile={answer}", f"-Dmdep.pathSeparator={os.pathsep}",
    ]  # fmt: skip
    print(f"maven: fetching the jars of {folder.name}, this once", file=sys.stderr)
    # Offline first: what an earlier run left in Maven's own store needs no network. A store that
    # lacks some of the jars answers offline as if that were all, so then it is asked again.
    # Online, Maven also asks again for what it did not find the last time.
    wanted = set(_read(folder / LIST)) - {""}
    found: list[Path] = []
    for attempt in ([*command, "--offline"], [*command, "--update-snapshots"]):
        done = subprocess.run(attempt, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            found = [Path(name) for name in answer.read_text("utf-8").strip().split(os.pathsep)]
            if wanted and wanted <= {jar.name for jar in found}:
                break
    if not found:
        print(done.stdout[-4000:], done.stderr[-2000:], file=sys.stderr)
        raise WrongJarError(f"Maven could not resolve {folder.name}/pom.xml (above is why)")
    for old in store.glob("*.jar"):
        old.unlink()
    return [Path(shutil.copy2(jar, store)) for jar in found]


def _read(listed: Path) -> dict[str, str]:
    lines = listed.read_text("utf-8").splitlines() if listed.is_file() else []
    return {name: digest for digest, name in (line.split("  ") for line in lines)}


def _differences(store: Path, wanted: dict[str, str]) -> list[str]:
    there = {jar.name for jar in store.glob("*.jar")}
    wrong = [f"{name} (not listed)" for name in sorted(there - set(wanted))]
    for name, digest in wanted.items():
        if name not in there:
            wrong.append(f"{name} (missing)")
        elif _hash(store / name) != digest:
            wrong.append(f"{name} (another hash)")
    return wrong or ([] if wanted else [f"{LIST} is empty or missing"])


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
