"""Work done in a second process while this one goes on.

Why: a person waits for the result, and most machines have a second core.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

#: Before the result stands its length, in so many bytes: one that is cut short is none.
_LENGTH = 8


@contextmanager
def meanwhile(work: Callable[[], bytes]) -> Iterator[Callable[[], bytes]]:
    """Begin the work; within the block, the call that is handed in waits for its result.

    Where no second process can be had, where threads run beside this one, or where the second
    process fails, the work is done here when it is asked for; so its errors are raised here.
    """
    if not _can_have_one():
        yield work
        return
    reading, writing = os.pipe()
    # A Ctrl-C between the two processes would let the second one go on as if it were this one.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        child = os.fork()
    except OSError:  # this user may start no more processes
        child = None
    if child == 0:
        _in_child(work, reading, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        try:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            yield lambda: _whole(b"" if pipe.closed else pipe.read()) or work()
        finally:
            pipe.close()
            if child is not None:
                _end(child)


def _can_have_one() -> bool:
    """Not beside threads; nor where whoever started us takes the ends of our processes."""
    return (
        hasattr(os, "fork")
        and threading.active_count() == 1
        and signal.getsignal(signal.SIGCHLD) == signal.SIG_DFL
    )


def _end(child: int) -> None:
    """Take its end, or make one: it may be at work on what is no longer wanted."""
    if os.waitpid(child, os.WNOHANG) == (0, 0):
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _whole(said: bytes) -> bytes | None:
    """The result, where all of it has come."""
    length, result = said[:_LENGTH], said[_LENGTH:]
    return result if len(result) == int.from_bytes(length) and result else None


def _in_child(work: Callable[[], bytes], reading: int, writing: int) -> NoReturn:
    """Hand the result on whole or not at all, and end without the clearing up of the parent."""
    try:
        os.close(reading)  # or nobody would tell it that the result is no longer wanted
        said = work()
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(len(said).to_bytes(_LENGTH) + said)
    finally:
        os._exit(0)
