"""Files: written whole or not at all, through links, on every kind of drive, with nothing left."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import stat
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest

from anedocs.build import folder as folders
from anedocs.core import files, locks
from anedocs.core.files import OutputError, sweep, write, write_new
from support.signals import struck

FORKS = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")
SECRET = b"a name and a record number"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def no_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is waited for until it is on the disk, which takes most of the time here."""
    monkeypatch.setattr(os, "fsync", lambda _handle: None)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# --- Links are written through or refused ---


def test_what_a_link_points_to_is_renewed_and_the_link_stays(tmp_path: Path) -> None:
    share = tmp_path / "share"
    share.mkdir()
    (share / "leaflet.pdf").write_bytes(b"old")
    (tmp_path / "other.pdf").symlink_to("share/leaflet.pdf")
    (tmp_path / "ward.pdf").symlink_to("other.pdf")  # a link to a link
    write(tmp_path / "ward.pdf", b"new", private=False)
    assert (share / "leaflet.pdf").read_bytes() == b"new"
    assert (tmp_path / "ward.pdf").readlink() == Path("other.pdf")
    assert names(share) == ["leaflet.pdf"]
    assert names(tmp_path) == ["other.pdf", "share", "ward.pdf"]


def test_a_link_to_a_file_that_is_not_there_yet_makes_it(tmp_path: Path) -> None:
    (tmp_path / "share").mkdir()
    (tmp_path / "ward.pdf").symlink_to(tmp_path / "share" / "leaflet.pdf")
    write(tmp_path / "ward.pdf", b"new")
    assert (tmp_path / "share" / "leaflet.pdf").read_bytes() == b"new"
    assert (tmp_path / "ward.pdf").is_symlink()


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("drive/leaflet.pdf", "No such file or directory"),  # the drive is not connected
        ("ward.pdf", "symbolic links"),
        (".", "'{}' is a folder; give the name of a file, such as sheet.pdf"),
        ("/dev/null", "'{}' is not a file"),
        ("fifo", "'{}' is not a file"),
    ],
)
def test_a_link_that_leads_to_no_file_is_refused(target: str, says: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    link = tmp_path / "ward.pdf"
    link.symlink_to(target)
    with pytest.raises(OutputError) as told:
        write(link, b"new")
    assert says.format(link) in str(told.value)
    assert str(link.readlink()) == target
    assert names(tmp_path) == ["fifo", "ward.pdf"]


def test_a_sheet_goes_into_the_folder_that_a_link_names(tmp_path: Path) -> None:
    (tmp_path / "ward").mkdir(mode=0o750)
    (tmp_path / "sheets").symlink_to("ward")
    path = write_new(tmp_path / "sheets", "ane", ".pdf", SECRET)
    assert path == tmp_path / "sheets" / "ane.pdf"
    assert names(tmp_path / "ward") == ["ane.pdf"]
    assert mode(tmp_path / "ward") == 0o750


# --- Mode and group ---


@pytest.mark.parametrize(("umask", "public"), [(0o022, 0o644), (0o002, 0o664), (0o077, 0o600)])
def test_a_new_file_is_as_the_umask_says_but_a_patients_is_its_owners(
    umask: int, public: int, tmp_path: Path
) -> None:
    before = os.umask(umask)
    try:
        write(tmp_path / "card.pdf", b"", private=False)
        write(tmp_path / "sheet.pdf", b"")
        write_new(tmp_path / "sheets", "sheet", ".pdf", b"")
    finally:
        os.umask(before)
    assert mode(tmp_path / "card.pdf") == public
    assert mode(tmp_path / "sheet.pdf") == mode(tmp_path / "sheets" / "sheet.pdf") == 0o600
    assert mode(tmp_path / "sheets") == 0o700


@pytest.mark.parametrize(
    ("old", "public", "private"),
    [(0o664, 0o664, 0o660), (0o600, 0o600, 0o600), (0o2775, 0o2775, 0o2770), (0o444, 0o444, 0o440)],
)
def test_a_renewed_file_keeps_its_mode_but_a_patients_is_never_everybodys(
    old: int, public: int, private: int, tmp_path: Path
) -> None:
    for kept, is_private in ((public, False), (private, True)):
        path = tmp_path / "file.pdf"
        path.write_bytes(b"old")
        path.chmod(old)
        write(path, b"new", private=is_private)
        assert (mode(path), path.read_bytes()) == (kept, b"new")
        path.unlink()


def other_group() -> int | None:
    """A group that a file may be given to; root has any, others those that they are in."""
    own = [one for one in os.getgroups() if one != os.getegid()]
    return 12345 if os.geteuid() == 0 else next(iter(own), None)


@pytest.mark.skipif(other_group() is None, reason="this user is in one group only")
def test_a_renewed_file_keeps_its_group(tmp_path: Path) -> None:
    path, group = tmp_path / "file.pdf", other_group()
    assert group is not None
    path.write_bytes(b"old")
    os.chown(path, -1, group)
    write(path, b"new", private=False)
    assert path.stat().st_gid == group


def test_a_patients_file_is_not_opened_to_another_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the old group cannot be kept, its rights must not go to the writer's own."""
    path = tmp_path / "file.pdf"
    path.write_bytes(b"old")
    path.chmod(0o660)
    monkeypatch.setattr(os, "fchown", refusing(errno.EPERM))
    write(path, b"new")
    assert mode(path) == 0o600


# --- Every kind of drive ---


def refusing(number: int) -> Callable[..., None]:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return refuse


def no_nameless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "O_TMPFILE", raising=False)


LACKS = {
    "hard links": lambda patch, number: patch.setattr(os, "link", refusing(number)),
    "nameless files": lambda patch, _: no_nameless(patch),
    "both": lambda patch, number: (no_nameless(patch), patch.setattr(os, "link", refusing(number))),
    "modes": lambda patch, number: (
        patch.setattr(os, "fchmod", refusing(number)),
        patch.setattr(os, "fchown", refusing(number)),
    ),
    "locks": lambda patch, number: (
        no_nameless(patch), patch.setattr(fcntl, "flock", refusing(number)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK])
@pytest.mark.parametrize("lacks", LACKS)
def test_a_drive_that_lacks(
    lacks: str, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """exFAT has no hard links and no modes, SMB often no locks, old systems no nameless files."""
    LACKS[lacks](monkeypatch, number)  # type: ignore[no-untyped-call]
    for turn in (b"one", b"two"):
        write(tmp_path / "sheet.pdf", turn)
        assert (tmp_path / "sheet.pdf").read_bytes() == turn
    made = [write_new(tmp_path / "sheets", "ane", ".pdf", turn) for turn in (b"one", b"two")]
    assert [path.name for path in made] == ["ane.pdf", "ane-2.pdf"]
    assert [path.read_bytes() for path in made] == [b"one", b"two"]
    assert names(tmp_path) == ["sheet.pdf", "sheets"]
    assert names(tmp_path / "sheets") == ["ane-2.pdf", "ane.pdf"]


@pytest.mark.parametrize("lacks", ["nothing", *LACKS])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    lacks: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "sheet.pdf", b"old")
    if lacks != "nothing":
        LACKS[lacks](monkeypatch, errno.EPERM)  # type: ignore[no-untyped-call]
    monkeypatch.setattr(os, "fsync", refusing(errno.ENOSPC))
    with pytest.raises(OutputError, match=r"sheet\.pdf cannot be written: No space left on device"):
        write(tmp_path / "sheet.pdf", SECRET)
    with pytest.raises(OutputError, match=r"ane\.pdf cannot be written: No space left on device"):
        write_new(tmp_path, "ane", ".pdf", SECRET)
    assert names(tmp_path) == ["sheet.pdf"]
    assert (tmp_path / "sheet.pdf").read_bytes() == b"old"


# --- Leftovers ---


def leftover(folder: Path, name: str = ".anedocs-0a1b2c3d") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(SECRET)
    return folder / name


def test_the_next_writer_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    for number, work in enumerate(
        (lambda: write(tmp_path / "a.pdf", b""), lambda: write_new(tmp_path, "b", ".pdf", b""))
    ):
        leftover(tmp_path, f".anedocs-{number}a1b2c_d")  # as the first release named them too
        work()
        assert not [name for name in names(tmp_path) if name.startswith(".")]


def test_what_is_still_being_written_is_no_leftover(tmp_path: Path) -> None:
    path = leftover(tmp_path)
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        sweep(tmp_path)
        assert path.exists()
    sweep(tmp_path)
    assert not path.exists()


def test_what_is_not_ours_is_no_leftover(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"kept")
    (tmp_path / ".anedocs-11111111").symlink_to("target")
    os.mkfifo(tmp_path / ".anedocs-22222222")
    (tmp_path / ".anedocs-33333333").mkdir()
    for other in (".anedocs-notes.txt", ".anedocs-build.output.0a1b2c3d", "x.anedocs-0a1b2c3d"):
        (tmp_path / other).write_bytes(b"kept")
    before = names(tmp_path)
    sweep(tmp_path)
    assert names(tmp_path) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file of another user")
def test_another_users_leftover_is_left_to_that_user(tmp_path: Path) -> None:
    os.chown(leftover(tmp_path), 65534, 65534)
    sweep(tmp_path)
    assert names(tmp_path) == [".anedocs-0a1b2c3d"]


def test_without_locks_only_what_is_old_is_a_leftover(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, now = leftover(tmp_path), time.time()
    os.utime(path, (now, now))
    monkeypatch.setattr(fcntl, "flock", refusing(errno.ENOLCK))
    sweep(tmp_path)
    assert path.exists()
    old = now - locks.FORSAKEN - 1
    os.utime(path, (old, old))
    sweep(tmp_path)
    assert not path.exists()


# --- Signals at every moment ---

WHERE = (files, locks)


@FORKS
@pytest.mark.usefixtures("no_disk")
@pytest.mark.parametrize("signal_", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("lacks", ["nothing", "both"])
@pytest.mark.parametrize("there", [True, False], ids=["renewed", "new"])
def test_a_signal_at_any_moment_leaves_the_old_file_or_the_new(
    there: bool, lacks: str, signal_: signal.Signals, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    if lacks != "nothing":
        LACKS[lacks](monkeypatch, errno.EPERM)  # type: ignore[no-untyped-call]
    path = tmp_path / "sheet.pdf"
    codes = set()
    for moment, code in struck(lambda: write(path, SECRET), WHERE, signal_, range(1, 500)):
        codes.add(code)
        assert not path.exists() or path.read_bytes() in (b"old", SECRET), moment
        if signal_ != signal.SIGKILL:
            assert [name for name in names(tmp_path) if name != "sheet.pdf"] == [], moment
        write(tmp_path / "next.pdf", b"")
        assert [name for name in names(tmp_path) if name.startswith(".")] == [], moment
        (tmp_path / "next.pdf").unlink()
        path.unlink(missing_ok=True)
        if there:
            path.write_bytes(b"old")
    assert codes == {0, -9 if signal_ == signal.SIGKILL else 128 + signal_}


@FORKS
@pytest.mark.usefixtures("no_disk")
@pytest.mark.parametrize("signal_", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("lacks", ["nothing", "both"])
def test_a_signal_at_any_moment_leaves_a_whole_new_sheet_or_none(
    lacks: str, signal_: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if lacks != "nothing":
        LACKS[lacks](monkeypatch, errno.EPERM)  # type: ignore[no-untyped-call]
    sheets = tmp_path / "sheets"
    for moment, _ in struck(
        lambda: write_new(sheets, "ane", ".pdf", SECRET), WHERE, signal_, range(1, 500)
    ):
        made = list(sheets.glob("*.pdf")) if sheets.exists() else []
        # Without hard links a name is taken first: an empty file may stay, never half a sheet.
        assert all(path.read_bytes() in (SECRET, b"" if lacks == "both" else SECRET)
                   for path in made), moment  # fmt: skip
        if signal_ != signal.SIGKILL and sheets.exists():
            assert [name for name in names(sheets) if name.startswith(".")] == [], moment
        write_new(sheets, "next", ".pdf", b"")
        assert [name for name in names(sheets) if name.startswith(".")] == [], moment
        for path in sheets.iterdir():
            path.unlink()


# --- A build that exchanges the folder meanwhile ---


@FORKS
@pytest.mark.usefixtures("no_disk")
def test_a_sheet_is_not_lost_where_a_build_exchanges_its_folder(tmp_path: Path) -> None:
    """Each of two processes goes as fast as it can; whatever meets, every sheet is there."""
    output = tmp_path / "output"
    output.mkdir()
    (output / "deep").mkdir()
    child = os.fork()
    if child == 0:
        for number in range(150):
            write_new(output, f"sheet{number}", ".pdf", SECRET)
            write(output / "deep" / f"{number}.pdf", SECRET)
        os._exit(0)
    turns = 0
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        turns += 1
        content = {"ane.txt": str(turns).encode()}
        folders.replace(output, content, lambda _folder: {"ane.txt"})
    assert turns > 1
    expected = {f"sheet{number}.pdf" for number in range(150)} | {"deep", "ane.txt"}
    assert set(names(output)) == expected
    assert set(names(output / "deep")) == {f"{number}.pdf" for number in range(150)}
    assert names(tmp_path) == ["output"]
    assert all(path.read_bytes() == SECRET for path in output.rglob("*.pdf"))


@FORKS
@pytest.mark.usefixtures("no_disk")
def test_a_build_that_waits_in_vain_is_told_and_a_sheet_does_not_wait_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "PATIENCE", 0)
    output = tmp_path / "output"
    output.mkdir()
    with locks.alone(output):
        write(output / "sheet.pdf", SECRET)
        with pytest.raises(TimeoutError, match="another run of anedocs holds this folder"):
            folders.replace(output, {"ane.txt": b""}, lambda _folder: set())
    assert names(output) == ["sheet.pdf"]
    assert names(tmp_path) == ["output"]


@pytest.mark.parametrize("hold", [locks.steady, locks.alone])
def test_what_is_held_is_the_folder_that_is_there_now(
    hold: Callable[[Path], AbstractContextManager[None]], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Between its opening and its locking a build may put another in its place."""
    folder, take = tmp_path / "output", locks._take
    folder.mkdir()

    def slow(stack: ExitStack, one: Path, *, shared: bool) -> int | None:
        handle = take(stack, one, shared=shared)
        if one == folder and not (tmp_path / "gone").exists():
            folder.rename(tmp_path / "gone")
            folder.mkdir()
        return handle

    monkeypatch.setattr(locks, "_take", slow)
    with hold(folder):
        handle = os.open(folder, os.O_RDONLY)
        assert locks.lock(handle) is False
        os.close(handle)
