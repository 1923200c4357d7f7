"""The jars are those of the committed list; and what is missing is told, in CI as a failure."""

from __future__ import annotations

import os
from pathlib import Path

import maven
import pytest
from missing import without

pytestmark = pytest.mark.long

GOOD = {"one-1.jar": b"one", "two-2.jar": b"two"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pom folder whose two jars Maven finds, with their list."""
    folder, known = tmp_path / "engine", tmp_path / "known"
    folder.mkdir()
    known.mkdir()
    for name, content in GOOD.items():
        (known / name).write_bytes(content)

    def resolve(_folder: Path, store: Path) -> list[Path]:
        for jar in known.iterdir():
            (store / jar.name).write_bytes(jar.read_bytes())
        return [store / name for name in GOOD]

    monkeypatch.setattr(maven, "STORE", tmp_path / "store")
    monkeypatch.setattr(maven, "_resolve", resolve)
    monkeypatch.setattr(maven, "check_tools", lambda: None)
    monkeypatch.setenv(maven.REWRITE, "1")
    maven.classpath(folder)
    monkeypatch.delenv(maven.REWRITE)
    return folder


def test_the_jars_come_in_the_order_of_maven(folder: Path) -> None:
    assert [jar.name for jar in maven.classpath(folder)] == list(GOOD)
    assert (maven.STORE / ".gitignore").read_text() == "*\n"


def test_a_jar_that_was_changed_here_is_fetched_again(folder: Path) -> None:
    changed = maven.STORE / "engine" / "one-1.jar"
    changed.write_bytes(b"changed")
    maven.classpath(folder)
    assert changed.read_bytes() == b"one"


def test_another_jar_than_listed_is_told(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "known" / "two-2.jar").write_bytes(b"not what it was")
    (maven.STORE / "engine" / "two-2.jar").unlink()
    with pytest.raises(maven.WrongJarError, match=r"two-2\.jar \(another hash\)"):
        maven.classpath(folder)


def test_a_jar_beyond_the_list_is_told(folder: Path) -> None:
    (maven.STORE / "engine" / "three-3.jar").write_bytes(b"three")
    with pytest.raises(maven.WrongJarError, match=r"three-3\.jar \(not listed\)"):
        maven.classpath(folder)


def test_without_a_list_nothing_runs(folder: Path) -> None:
    (folder / maven.LIST).write_text("", "utf-8")
    with pytest.raises(maven.WrongJarError, match="not listed"):
        maven.classpath(folder)


def _java(folder: Path, version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("java", "javac", "mvn"):
        script = folder / name
        script.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2020-01-01' >&2\n")
        script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/bin")


@pytest.mark.parametrize("version", ["1.8.0_292", "11.0.2"])
def test_an_old_java_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    _java(tmp_path, version, monkeypatch)
    with pytest.raises(maven.MissingToolError, match="Java 17 or newer is needed"):
        maven.check_tools()


@pytest.mark.parametrize("version", ["17.0.15", "21", "25-ea"])
def test_a_new_java_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    _java(tmp_path, version, monkeypatch)
    maven.check_tools()


def test_no_java_is_told_with_the_mend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(maven.MissingToolError, match=r"java is missing.*apt-get install"):
        maven.check_tools()


def test_in_ci_nothing_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="java is missing"):
        without("java is missing")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="java is missing"):
        without("java is missing")
