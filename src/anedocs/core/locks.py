"""Who may change a folder just now: writers of files share it, a build has it for itself.

Why folders are locked themselves, and not through a file beside them: there is nothing to be left
behind, and no lock of another user that may not be opened. The kernel frees a lock however its
holder ends. Where a file system has no locks (some network drives), work goes on without.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path

#: In seconds; a writer or a build holds a folder for a few milliseconds.
PATIENCE = 3
PAUSE = timedelta(milliseconds=10)
#: In seconds; so old must be what was left aside where no lock tells whether it is still in use.
FORSAKEN = 3600


def lock(handle: int, *, shared: bool = False) -> bool | None:
    """Lock an open file or folder without waiting: whether it is held, None where none can be."""
    import fcntl

    try:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def forsaken(handle: int) -> bool:
    """Whether nobody works any longer on an open file or folder of ours that lies aside."""
    about = os.fstat(handle)
    if about.st_uid != os.geteuid():
        return False
    held = lock(handle)
    return time.time() - about.st_mtime > FORSAKEN if held is None else held


@contextmanager
def steady(folder: Path) -> Iterator[None]:
    """While this lasts, no build puts another folder in place of this one or of one above it.

    Where one of them is not given free, the work goes on all the same: a child's sheet does not
    wait for a program that hangs. Raises OSError where there is no such folder.
    """
    while True:
        with ExitStack() as stack:
            handles = [_take(stack, one, shared=True) for one in (folder, *folder.parents)]
            if handles[0] is None or _is_still(handles[0], folder):
                yield
                return


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """While this lasts, nobody else writes into the folder or below, or replaces one above it.

    Raises TimeoutError where it is not given free, OSError where there is no such folder.
    """
    while True:
        with ExitStack() as stack:
            stack.enter_context(steady(folder.parent))
            handle = _take(stack, folder, shared=False)
            if handle is None or _is_still(handle, folder):
                yield
                return


def _is_still(handle: int, folder: Path) -> bool:
    return os.path.samestat(os.fstat(handle), folder.stat())


def _take(stack: ExitStack, folder: Path, *, shared: bool) -> int | None:
    """The folder, open and locked; None where it may not be opened."""
    handle = None
    with suppress(PermissionError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    if handle is None:
        return None
    stack.callback(os.close, handle)
    end = time.monotonic() + PATIENCE
    while lock(handle, shared=shared) is False:
        if time.monotonic() > end:
            if shared:
                break
            raise TimeoutError(
                errno.ETIMEDOUT, "another run of anedocs holds this folder; try again", str(folder)
            )
        time.sleep(PAUSE.total_seconds())
    return handle
