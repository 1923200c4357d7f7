"""A folder of finished files: what is not ours stays, and a folder that must not go is refused."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from anedocs.build import build as building
from anedocs.build import folder as folders
from anedocs.build import keep, manifest
from anedocs.build.build import BuildError, Plan, build
from anedocs.core import files, locks
from anedocs.core.files import OutputError
from anedocs.documents.kind import Document, DocumentKind, ReadAs, none
from support.signals import struck

KIND = DocumentKind("made-up", "anedocs", none, ReadAs.PAGES)
FORKS = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")
FOREIGN = (".DS_Store", "Thumbs.db", ".ane-card.txt.swp", "ane-card.txt~", "._ane-card.txt", "4913")


def plan(
    state: str, orderset: str = "ane", names: tuple[str, ...] = ("card", "ehr/one.txt")
) -> Plan:
    files = [name if "/" in name else f"{orderset}-{name}.txt" for name in names]
    documents = [Document(name, KIND, f"{state} {name}".encode) for name in files]
    sources = {f"ordersets/{orderset}.yaml": state}
    return Plan(orderset, "2026.1.0", "f" * 64, "draft", sources, documents)


def put(folder: Path, state: str = "new") -> None:
    """An EHR package of two files, as `ehr` writes it."""
    listed = {"orderset": "ane", "files": {"table.csv": "", "fhir/plan.json": ""}}
    content = {"table.csv": state.encode(), "fhir/plan.json": state.encode(),
               "manifest.json": json.dumps(listed).encode()}  # fmt: skip
    folders.replace(folder, content, lambda there: keep.made_here(there, "ane", "manifest.json"))


def built(folder: Path, state: str = "new") -> None:
    build(plan(state), folder)


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*") if path.is_file()}  # fmt: skip


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


MAKERS = pytest.mark.parametrize("make", [put, built])
Maker = Callable[..., None]


@pytest.fixture(autouse=True)
def no_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is waited for until it is on the disk, which takes most of the time here."""
    monkeypatch.setattr(os, "fsync", lambda _handle: None)


# --- Links ---


@MAKERS
def test_a_linked_folder_is_written_through(make: Maker, tmp_path: Path) -> None:
    (tmp_path / "share").mkdir()
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "output").symlink_to("../share/ane")
    for state in ("old", "new"):  # the first makes what the link names
        make(tmp_path / "work" / "output", state)
    assert (tmp_path / "work" / "output").readlink() == Path("../share/ane")
    assert any(b"new" in one for one in content(tmp_path / "share" / "ane").values())
    assert [one.name for one in (tmp_path / "work").iterdir()] == ["output"]
    assert [one.name for one in (tmp_path / "share").iterdir()] == ["ane"]


@MAKERS
@pytest.mark.parametrize("target", ["drive/ane", "output", "file", "/dev/null"])
def test_a_link_that_leads_to_no_folder_is_refused(
    make: Maker, target: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("kept")
    (tmp_path / "output").symlink_to(target)
    before = sorted(tmp_path.iterdir())
    with pytest.raises((OutputError, BuildError, OSError)):
        make(tmp_path / "output")
    assert sorted(tmp_path.iterdir()) == before
    assert str((tmp_path / "output").readlink()) == target


@pytest.mark.parametrize("name", ["ane-card.txt", "ehr"])
def test_a_link_in_the_place_of_a_document_is_named(name: str, tmp_path: Path) -> None:
    """Its target, on another drive, would grow old beside new documents."""
    output, share = tmp_path / "output", tmp_path / "share"
    built(output, "old")
    share.mkdir()
    (output / name).rename(share / name)
    (output / name).symlink_to(share / name)
    with pytest.raises(OutputError, match=rf"{name} is a link, and a document would take"):
        built(output, "new")
    assert (output / name).is_symlink()
    assert b"old ane-card.txt" in content(output).values()


# --- Mode and group ---


@MAKERS
@pytest.mark.parametrize("bits", [0o700, 0o2775, 0o750, 0o1777])
def test_the_modes_of_a_folder_and_of_what_is_in_it_are_kept(
    make: Maker, bits: int, tmp_path: Path
) -> None:
    output = tmp_path / "output"
    make(output, "old")
    inner = next(path for path in output.iterdir() if path.is_dir())
    one = next(path for path in inner.iterdir())
    output.chmod(bits)
    inner.chmod(bits)
    one.chmod(0o660)
    if os.geteuid() == 0:
        for path in (output, inner, one):
            os.chown(path, -1, 12345)
        output.chmod(bits)
        inner.chmod(bits)
    group = output.stat().st_gid
    make(output, "new")
    assert (mode(output), mode(inner), mode(one)) == (bits, bits, 0o660)
    assert {path.stat().st_gid for path in (output, inner, one)} == {group}
    assert b"new" in one.read_bytes()


@MAKERS
@pytest.mark.parametrize(("umask", "bits"), [(0o022, 0o755), (0o002, 0o775), (0o077, 0o700)])
def test_a_new_folder_is_as_the_umask_says(
    make: Maker, umask: int, bits: int, tmp_path: Path
) -> None:
    before = os.umask(umask)
    try:
        make(tmp_path / "output")
    finally:
        os.umask(before)
    found = {mode(path) for path in (tmp_path / "output").rglob("*") if path.is_dir()}
    assert (mode(tmp_path / "output"), found) == (bits, {bits})


# --- What is not ours ---


@MAKERS
@pytest.mark.parametrize("links", [True, False], ids=["hard links", "no hard links"])
@pytest.mark.parametrize("at_once", [True, False], ids=["exchange", "no exchange"])
def test_what_others_put_there_stays(
    make: Maker, links: bool, at_once: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "output"
    make(output, "old")
    inner = next(path.name for path in output.iterdir() if path.is_dir())
    theirs = {name: name.encode() for name in FOREIGN}
    theirs |= {f"{inner}/{name}": name.encode() for name in FOREIGN}
    theirs |= {"notes/deep/mine.txt": b"mine", "ane-sheet-18.4kg.pdf": b"a patient"}
    for name, text in theirs.items():
        (output / name).parent.mkdir(parents=True, exist_ok=True)
        (output / name).write_bytes(text)
    (output / "empty").mkdir()
    (output / "nowhere").symlink_to("gone")
    os.mkfifo(output / "fifo")
    (output / "notes").chmod(0o2770)
    if not links:
        monkeypatch.setattr(os, "link", refuse)
    if not at_once:
        monkeypatch.setattr(folders, "_exchange", lambda _one, _other: False)
    make(output, "new")
    found = content(output)
    assert theirs.items() <= found.items()
    assert (output / "empty").is_dir()
    assert (output / "nowhere").readlink() == Path("gone")
    assert (output / "fifo").is_fifo()
    assert mode(output / "notes") == 0o2770
    assert any(b"new" in one for one in found.values())
    assert not [name for name, one in found.items() if one.startswith(b"old")]
    assert [one.name for one in tmp_path.iterdir()] == ["output"]


def test_what_was_moved_is_there_before_anybody_else_may_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or a new sheet could get the name of one that is still to be moved, which would be lost."""
    put(tmp_path / "output", "old")
    (tmp_path / "output" / "sheet.pdf").write_bytes(b"a patient")
    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(folders, "_clear", lambda _work, _folder: None)
    put(tmp_path / "output", "new")
    assert (tmp_path / "output" / "sheet.pdf").read_bytes() == b"a patient"


def refuse(*_: object, **__: object) -> None:
    raise OSError(errno.EPERM, os.strerror(errno.EPERM))


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_files_make_nothing_stale(name: str, tmp_path: Path) -> None:
    built(tmp_path / "output", "same")
    (tmp_path / "output" / name).write_text("foreign")
    assert build(plan("same"), tmp_path / "output").made == ()


@MAKERS
def test_a_file_of_others_under_the_name_of_a_document_is_never_replaced(
    make: Maker, tmp_path: Path
) -> None:
    output = tmp_path / "output"
    output.mkdir()
    name = "table.csv" if make is put else "ane-card.txt"
    (output / name).write_text("an analyst's own")
    with pytest.raises(OutputError, match=rf"{name} was not made by anedocs, .* move it away"):
        make(output)
    assert content(output) == {name: b"an analyst's own"}
    assert [one.name for one in tmp_path.iterdir()] == ["output"]


def test_the_package_that_ehr_made_is_renewed_by_a_build(tmp_path: Path) -> None:
    put(tmp_path / "output" / "ehr", "old")
    build(plan("new", names=("card", "ehr/table.csv")), tmp_path / "output")
    (tmp_path / "output" / "ehr" / "other.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"ehr/other\.txt was not made by anedocs"):
        build(plan("later", names=("card", "ehr/other.txt")), tmp_path / "output")


def test_the_web_page_of_others_is_no_package_of_ours(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"files": ["index.html"], "name": "a web page"}')
    (tmp_path / "index.html").write_text("theirs")
    assert keep.made_here(tmp_path, "ane", "manifest.json") == set()


@MAKERS
def test_another_order_sets_documents_are_refused(make: Maker, tmp_path: Path) -> None:
    output = tmp_path / "output"
    build(plan("theirs", "croup"), output)
    before = content(output)
    with pytest.raises(OutputError, match=r"holds the documents of .* with -o"):
        make(output)
    with pytest.raises(OutputError, match="'croup'"):
        build(plan("new"), output, force=True)
    assert content(output) == before


@pytest.mark.parametrize(("there", "other"), [(built, put), (put, built)])
def test_a_build_and_a_package_never_take_the_place_of_each_other(
    there: Maker, other: Maker, tmp_path: Path
) -> None:
    output = tmp_path / "output"
    there(output)
    before = content(output)
    with pytest.raises(OutputError, match="would take its place; give another folder with -o"):
        other(output)
    assert content(output) == before


def test_an_order_set_in_a_folder_within_is_left_alone(tmp_path: Path) -> None:
    output = tmp_path / "output"
    for orderset, folder in (("croup", output / "croup"), ("ane", output / "archive")):
        build(plan("kept", orderset), folder)
    built(output)
    assert content(output)["croup/croup-card.txt"].startswith(b"kept")
    assert content(output)["archive/ane-card.txt"].startswith(b"kept")


# --- Folders that must stay where they are ---


@MAKERS
@pytest.mark.parametrize("where", [".", "", "..", "~", "/", "here/../here", "link"])
def test_a_folder_that_must_stay_is_refused(
    make: Maker, where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("home", "here"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "kept.txt").write_text("kept")
    (tmp_path / "link").symlink_to("here")
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    before = content(tmp_path)
    named = {"~": tmp_path / "home", "here/../here": tmp_path / "here/../here",
             "link": tmp_path / "link"}.get(where, Path(where))  # fmt: skip
    with pytest.raises(OutputError, match="give the name of a folder for it alone, such as -o"):
        make(named)
    assert content(tmp_path) == before
    assert sorted(one.name for one in tmp_path.iterdir()) == ["here", "home", "link"]


@MAKERS
def test_a_file_is_no_folder(make: Maker, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    with pytest.raises(OutputError, match=r"'.*file' is not a folder; give the name of one"):
        make(tmp_path / "file")
    with pytest.raises((OSError, BuildError), match="Not a directory"):
        make(tmp_path / "file" / "output")
    assert content(tmp_path) == {"file": b"kept"}


# --- Another user ---


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that everybody may reach and write into."""
    if os.geteuid() != 0:
        pytest.skip("only root can act as two users: run the tests as root, as .ci/run does")
    folder = Path(tempfile.mkdtemp(prefix="anedocs-test-"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


def as_another(work: Callable[[], object]) -> str:
    """What another user is told who does it; empty where it succeeds."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        told = ""
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            work()
        except BaseException as error:
            told = f"{type(error).__name__}: {error}"
        os.write(writing, told.encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    with os.fdopen(reading) as said:
        return said.read()


@FORKS
@MAKERS
@pytest.mark.parametrize("name", ["private.txt", ".output.lock", "inner/private.txt"])
def test_another_users_private_file_stays_and_stops_nothing(
    make: Maker, name: str, shared: Path
) -> None:
    output = shared / "output"
    assert as_another(lambda: make(output, "old")) == ""
    for path in (output / name, shared / ".output.lock", shared / ".anedocs-build.output.0a1b2c3d"):
        path.parent.mkdir(exist_ok=True)
        path.parent.chmod(0o777) if path.parent != shared else None
        path.write_text("root's")
        path.chmod(0o600)
    assert as_another(lambda: make(output, "new")) == ""
    assert (output / name).read_text() == "root's"
    assert mode(output / name) == 0o600
    assert any(b"new" in one for one in content(output).values())


@FORKS
@MAKERS
def test_another_users_closed_folder_is_named(make: Maker, shared: Path) -> None:
    output = shared / "output"
    assert as_another(lambda: make(output, "old")) == ""
    (output / "closed").mkdir(mode=0o700)
    (output / "closed" / "kept.txt").write_text("kept")
    told = as_another(lambda: make(output, "new"))
    assert "output/closed" in told
    assert "it belongs to another user and cannot be moved; ask" in told
    assert any(b"old" in one for one in content(output).values())
    assert (output / "closed" / "kept.txt").exists()
    assert [one.name for one in shared.iterdir()] == ["output"]


@FORKS
@MAKERS
def test_a_folder_of_another_user_is_named(make: Maker, shared: Path) -> None:
    output = shared / "output"
    make(output, "old")
    output.chmod(0o755)
    assert "output" in as_another(lambda: make(output, "new"))
    assert any(b"old" in one for one in content(output).values())


# --- A signal at any moment ---


@FORKS
@pytest.mark.parametrize("signal_", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("at_once", [True, False], ids=["exchange", "no exchange"])
@pytest.mark.parametrize("links", [True, False], ids=["hard links", "no hard links"])
def test_a_signal_at_any_moment_loses_nothing(
    links: bool, at_once: bool, signal_: signal.Signals, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    output = tmp_path / "output"
    put(output, "0")
    theirs = {"sheet.pdf": b"a patient", "fhir/notes.txt": b"mine", "notes/deep.txt": b"mine"}
    for name, text in theirs.items():
        (output / name).parent.mkdir(exist_ok=True)
        (output / name).write_bytes(text)
    if not links:
        monkeypatch.setattr(os, "link", refuse)
    if not at_once:
        monkeypatch.setattr(folders, "_exchange", lambda _one, _other: False)
    where = (folders, keep, files, locks, building)
    for moment, _ in struck(lambda: put(output, "1"), where, signal_, range(1, 3000, 7)):
        found = content(output) if at_once or output.exists() else None
        if found is not None:
            assert {found[name] for name in ("table.csv", "fhir/plan.json")} in ({b"0"}, {b"1"})
        if found is not None and (links or signal_ != signal.SIGKILL):
            assert found["sheet.pdf"] == b"a patient", moment
        if signal_ != signal.SIGKILL:
            assert [one.name for one in tmp_path.iterdir()] == ["output"], moment
        put(output, "0")  # the next run puts right what is left
        assert theirs.items() <= content(output).items(), moment
        assert [one.name for one in tmp_path.iterdir()] == ["output"], moment
    assert manifest.read(output) is None
