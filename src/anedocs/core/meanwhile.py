"""Work done in a second process while this one goes on.

Why: a person waits for the result, and most machines have a second core.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Before the result stands its length, in so many bytes: one that is cut short is none.
_LENGTH = 8


@contextmanager
def meanwhile(work: Callable[[], bytes]) -> Iterator[Callable[[], bytes]]:
    """Begin the work; within the block, the call that is handed in waits for its result.

    Where no second process can be had, where threads run beside this one, or where the second
    process fails, the work is done here when it is asked for; so its errors are raised here.
    """
    if not hasattr(os, "fork") or threading.active_count() > 1:
        yield work
        return
    reading, writing = os.pipe()
    try:
        child = os.fork()
    except OSError:  # this user may start no more processes
        os.close(reading)
        os.close(writing)
        yield work
        return
    if child == 0:
        os.close(reading)  # or nobody would tell it that the result is no longer wanted
        _in_child(work, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        try:
            yield lambda: _whole(pipe.read()) or work()
        finally:
            pipe.close()
            os.kill(child, signal.SIGKILL)  # it may be at work on what is no longer wanted
            os.waitpid(child, 0)


def _whole(said: bytes) -> bytes | None:
    """The result, where all of it has come."""
    length, result = said[:_LENGTH], said[_LENGTH:]
    return result if len(result) == int.from_bytes(length) and result else None


def _in_child(work: Callable[[], bytes], writing: int) -> None:
    """Hand the result on whole or not at all, and end without the clearing up of the parent."""
    try:
        said = work()
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(len(said).to_bytes(_LENGTH) + said)
    finally:
        os._exit(0)
