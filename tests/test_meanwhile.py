"""Work beside other work: its result, its errors, and nothing left over."""

import os
import threading

import pytest

from anedocs.core.meanwhile import meanwhile


@pytest.fixture(params=["second process", "no fork", "threads"])
def where(request, monkeypatch):
    """With and without a second process."""
    if request.param == "no fork":
        monkeypatch.delattr(os, "fork")
    count = 2 if request.param == "threads" else 1
    monkeypatch.setattr(threading, "active_count", lambda: count)
    return request.param


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
