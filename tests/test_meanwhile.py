"""Work beside other work: its result, its errors, and nothing left over."""

import errno
import os
import signal
import threading
import time
from pathlib import Path

import pytest

from anedocs.core.meanwhile import meanwhile


@pytest.fixture(
    params=["second process", "no fork", "no more processes", "threads", "ends are taken by others"]
)
def where(request, monkeypatch):
    """With and without a second process."""
    if request.param == "no fork":
        monkeypatch.delattr(os, "fork")
    if request.param == "no more processes":
        monkeypatch.setattr(os, "fork", refuse)
    taken = request.param == "ends are taken by others"
    kept = signal.signal(signal.SIGCHLD, signal.SIG_IGN if taken else signal.SIG_DFL)
    count = 2 if request.param == "threads" else 1
    monkeypatch.setattr(threading, "active_count", lambda: count)
    yield request.param
    signal.signal(signal.SIGCHLD, kept)


def refuse():
    raise BlockingIOError(errno.EAGAIN, "this user may start no more processes")


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")
def test_the_result_is_handed_over_whole(where):
    with meanwhile(lambda: str(os.getpid()).encode() + b"x" * 1_000_000) as result:
        said = result()
    assert said.endswith(b"x" * 1_000_000)
    assert (int(said.rstrip(b"x")) == os.getpid()) == (where != "second process")


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")
def test_an_error_is_raised_where_the_result_is_asked_for(where):
    def fail() -> bytes:
        raise ValueError("no workbook")

    with pytest.raises(ValueError, match="no workbook"), meanwhile(fail) as result:
        result()


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")
def test_a_second_process_that_is_killed_is_made_good(where):
    parent = os.getpid()

    def work() -> bytes:
        if os.getpid() != parent:
            os._exit(1)
        return b"made here"

    with meanwhile(work) as result:
        assert result() == b"made here"


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")
def test_nothing_is_left_where_the_result_is_never_asked_for(where):
    with pytest.raises(KeyError), meanwhile(lambda: b"x" * 1_000_000):
        raise KeyError("something else went wrong")
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")
def test_work_that_is_no_longer_wanted_is_not_waited_for(where):
    begun = time.monotonic()
    with meanwhile(lambda: bytes(time.sleep(600) or 0)):
        pass
    assert time.monotonic() - begun < 300


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")
def test_a_result_that_comes_too_late_is_made_here(where):
    with meanwhile(lambda: str(os.getpid()).encode()) as result:
        pass
    assert result() == str(os.getpid()).encode()


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no second process")
def test_an_interruption_ends_both(monkeypatch):
    """A Ctrl-C right after the second process has begun: neither goes on as the other."""
    fork, me = os.fork, os.getpid()

    def interrupted():
        child = fork()
        signal.raise_signal(signal.SIGINT)
        return child

    monkeypatch.setattr(threading, "active_count", lambda: 1)
    monkeypatch.setattr(os, "fork", interrupted)
    with pytest.raises(KeyboardInterrupt), meanwhile(lambda: b"made"):
        pytest.fail("it went on")
    assert os.getpid() == me
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")
def test_no_open_file_is_left(where):
    before = len(list(Path("/dev/fd").iterdir()))
    with meanwhile(lambda: b"made") as result:
        assert result() == b"made"
    assert len(list(Path("/dev/fd").iterdir())) == before
