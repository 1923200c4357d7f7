"""The build: all documents or none, whatever kills it, and nothing of a patient lost."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from anedocs.build import folder as folders
from anedocs.build import inputs, manifest
from anedocs.build.build import BuildError, Built, Plan, build, untouched
from anedocs.cli import committee
from anedocs.documents.kind import Document, DocumentKind, ReadAs, none
from anedocs.edition.edition import Edition
from anedocs.edition.load import load
from anedocs.edition.locate import Locator
from support.homes import Home

SEED = 20261121


def plan(state: str, *, wait: float = 0.0, size: int = 4000, count: int = 6) -> Plan:
    """Documents with real bytes whose content tells old from new; each has an input of its own."""

    def document(number: int) -> Document:
        def make() -> bytes:
            time.sleep(wait)
            return f"{state} {number} ".encode() * size

        return Document(f"ane-{number}.txt", kind(f"{number}.csv"), make)

    own = {f"ordersets/{number}.csv": "same" for number in range(count)}
    inputs = {"ordersets/ane.yaml": state, **own}
    return Plan("ane", "2026.1.0", "f" * 64, "draft", inputs, [document(n) for n in range(count)])


def kind(beside: str) -> DocumentKind:
    return DocumentKind("made-up", "anedocs", none, ReadAs.PAGES, beside=(beside,))


def states(folder: Path) -> set[str]:
    """Which state each file of an output folder is in, the manifest included."""
    written = manifest.read(folder)
    assert written is not None
    found = {str(written.inputs["ordersets/ane.yaml"])}
    for name, record in written.files.items():
        content = (folder / name).read_bytes()
        assert manifest.sha256(content) == record.sha256
        found.add(content.split()[0].decode())
    return found


def in_child(work: object) -> int:
    """Run a call in a process of its own; returns its id."""
    child = os.fork()
    if child == 0:
        try:
            work()  # type: ignore[operator]
        except BaseException:
            os._exit(3)
        os._exit(0)
    return child


def seconds(work: Callable[[], object], times: int) -> Iterator[float]:
    """How long it takes, each time: the least tells what the machine does when left alone."""
    for _ in range(times):
        started = time.monotonic()
        work()
        yield time.monotonic() - started


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")
def test_a_hundred_kills_leave_the_output_wholly_old_or_wholly_new(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    folder = tmp_path / "output"
    build(plan("state0"), folder)
    (folder / "ane-sheet-18.4kg-20261121T204700.pdf").write_bytes(b"a sheet of a patient")
    whole = min(seconds(lambda: build(plan("state0", wait=0.004), folder, force=True), 3))
    killed = 0
    for turn in range(1, 101):
        before = states(folder)
        new = f"state{turn}"
        child = in_child(lambda new=new: build(plan(new, wait=0.004), folder))
        time.sleep(chance.uniform(0, whole * 1.3))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        killed += os.WIFSIGNALED(status)
        assert states(folder) in (before, {new})
        assert (folder / "ane-sheet-18.4kg-20261121T204700.pdf").read_bytes().startswith(b"a sheet")
    assert killed >= 50, "the kills came too late to show anything"
    build(plan("last"), folder)
    assert states(folder) == {"last"}
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["output"]


def test_a_killed_build_that_could_not_exchange_is_put_right_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "output"
    build(plan("old"), folder)
    work = tmp_path / ".anedocs-build.output.0a1b2c3d"
    (work / "new").mkdir(parents=True)
    folder.rename(work / "old")
    (tmp_path / ".anedocs-build.other.0a1b2c3d").mkdir()
    monkeypatch.setattr(folders, "write", lambda _path, _content: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        build(plan("new"), folder)
    assert states(folder) == {"old"}
    left = sorted(path.name for path in tmp_path.glob(".anedocs-build*"))
    assert left == [".anedocs-build.other.0a1b2c3d"]  # another build's, which may still run


def test_without_an_atomic_exchange_the_build_still_replaces_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "_exchange", lambda _one, _other: False)
    folder = tmp_path / "output"
    build(plan("old"), folder)
    (folder / "notes").mkdir()
    (folder / "notes" / "mine.txt").write_text("kept")
    build(plan("new"), folder)
    assert states(folder) == {"new"}
    assert (folder / "notes" / "mine.txt").read_text() == "kept"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["output"]


def test_a_full_disk_leaves_the_old_documents(tmp_path: Path) -> None:
    """A small file system of its own where that may be mounted; else a limit on file sizes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=400k", "none", str(disk)],
        capture_output=True, check=False,
    ).returncode == 0 if shutil.which("mount") else False  # fmt: skip
    folder = disk / "output"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        build(plan("old", size=2000), folder)
        if not mounted:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
        with pytest.raises(BuildError, match="untouched"):
            build(plan("new", size=60_000), folder)
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert states(folder) == {"old"}
        assert sorted(path.name for path in disk.iterdir()) == ["output"]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        if mounted:
            subprocess.run(["umount", str(disk)], check=True)


def test_a_failing_document_leaves_the_old_output_whole(tmp_path: Path) -> None:
    folder = tmp_path / "output"
    build(plan("old"), folder)
    broken = plan("new")

    def fail() -> bytes:
        raise RuntimeError("no page")

    failing = Document("ane-3.txt", kind("3.csv"), fail)
    documents = [*broken.documents[:3], failing, *broken.documents[4:]]
    with pytest.raises(RuntimeError, match="no page"):
        build(Plan("ane", "2026.1.0", "f" * 64, "draft", broken.inputs, documents), folder)
    assert states(folder) == {"old"}


def test_documents_that_fail_inspection_are_not_put_in_place(tmp_path: Path) -> None:
    folder = tmp_path / "output"
    build(plan("old"), folder)

    def inspect(aside: Path, written: manifest.Manifest) -> None:
        assert set(written.files) == {path.name for path in aside.glob("ane-*")}
        raise ValueError("a number without origin")

    with pytest.raises(ValueError, match="without origin"):
        build(plan("new"), folder, inspect=inspect)
    assert states(folder) == {"old"}


def test_only_what_changed_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "output"
    first = build(plan("old"), folder)
    assert (len(first.made), first.kept) == (6, ())
    again = build(plan("old"), folder)
    assert (again.made, len(again.kept)) == ((), 6)
    changed = plan("old")
    changed.inputs["ordersets/2.csv"] = "other"
    assert build(changed, folder).made == ("ane-2.txt",)
    (folder / "ane-4.txt").write_text("changed by hand")
    assert build(changed, folder).made == ("ane-4.txt",)
    assert len(build(changed, folder, force=True).made) == 6


def test_a_document_that_is_no_longer_made_goes(tmp_path: Path) -> None:
    folder = tmp_path / "output"
    build(plan("old", count=6), folder)
    build(plan("old", count=5), folder)
    assert not (folder / "ane-5.txt").exists()


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")
def test_two_builds_at_once_do_not_mix(tmp_path: Path) -> None:
    folder = tmp_path / "output"
    build(plan("old"), folder)
    children = [
        in_child(lambda state=state: build(plan(state, wait=0.02), folder))
        for state in ("one", "two")
    ]
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]
    assert states(folder) in ({"one"}, {"two"})


def test_a_damaged_manifest_is_told_with_the_mend(tmp_path: Path) -> None:
    folder = tmp_path / "output"
    build(plan("old"), folder)
    (folder / manifest.NAME).write_text("{")
    with pytest.raises(Exception, match="anedocs build --force"):
        build(plan("old"), folder)
    build(plan("old"), folder, force=True)
    assert states(folder) == {"old"}


def test_a_folder_is_untouched_only_while_nothing_can_have_changed(tmp_path: Path) -> None:
    folder = tmp_path / "output"
    day, turn = date(2026, 11, 21), date(2026, 12, 1)
    assert not untouched(folder, {}, day)
    made = plan("old")
    build(replace(made, holds_until=turn.isoformat()), folder)
    assert untouched(folder, made.inputs, day)
    assert not untouched(folder, made.inputs, turn)
    assert not untouched(folder, {**made.inputs, "ordersets/site.yaml": "new"}, day)
    (folder / "ane-3.txt").write_text("changed by hand")
    assert not untouched(folder, made.inputs, day)


def test_a_file_that_changes_during_the_loading_is_built_from_next_time(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or the manifest would say that the documents were made from what they do not say."""
    plans: list[Plan] = []

    def changing(locator: Locator, name: str, today: date) -> Edition:
        edition = load(locator, name, today)
        home.edit("hospital_name: null", "hospital_name: Made-up hospital", "site.yaml")
        return edition

    def taken(plan: Plan, folder: Path, **_settings: object) -> Built:
        plans.append(plan)
        return Built(folder, (), ())

    before = inputs.fingerprints(home.locator, "valid")
    monkeypatch.setattr(committee, "load", changing)
    monkeypatch.setattr(committee.building, "build", taken)
    committee.build(home.locator, "valid", date(2026, 3, 1), tmp_path / "output", force=False)
    assert plans[0].inputs == before != inputs.fingerprints(home.locator, "valid")
