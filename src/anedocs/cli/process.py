"""The command as a process: its three streams, the signals that end it, and how it ends.

Whatever happens, a person reads one sentence, and nothing of a patient is left or shown.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from anedocs.core.files import UNFINISHED

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PACKAGE = Path(__file__).parents[1]


def run(command: Callable[[], object]) -> None:
    """Do the command; raises SystemExit with its exit code, also for what nobody foresaw."""
    with _cleared_at_a_signal():
        _open_streams()
        try:
            command()
        except OSError as error:
            taken = _flushed()
            what = f"{error.filename}: " if error.filename else ""
            _end(f"{what if taken else 'standard output: '}{error.strerror or 'cannot be used'}.")
        except Exception as error:
            _end(_unforeseen(error))
        finally:
            taken = _flushed()
        if not taken:
            _end("standard output takes no more: the answer is not whole.")


@contextmanager
def _cleared_at_a_signal() -> Iterator[None]:
    """Ctrl-C and its like remove what is half-made and end the process at once.

    Why no exception: one that is raised within a library's own call would be shown and forgotten.
    """
    before = {one: signal.getsignal(one) for one in _ENDING}
    for one, handler in before.items():
        if handler != signal.SIG_IGN:  # nohup
            signal.signal(one, _stop)
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _stop(number: int, _frame: FrameType | None) -> None:
    for one in _ENDING:
        signal.signal(one, signal.SIG_IGN)
    for clear in reversed(list(UNFINISHED.values())):
        with suppress(OSError):
            clear()
    with suppress(OSError):
        os.write(2, b"Stopped before it was done; nothing half-made is left.\n")
    os._exit(128 + number)


def _open_streams() -> None:
    """Raises SystemExit where there is no standard output: an answer would be lost without a word.

    Why: the next file that is opened would get the number of a closed stream, and what is meant
    for a terminal would be written into it.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115
    if sys.stdout is None:
        _end("standard output is closed, so the answer would be lost; nothing was done.")


def _flushed() -> bool:
    """Whether standard output has taken everything; if not, it is closed for good."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return False
    return True


def _unforeseen(error: Exception) -> str:
    """A sentence for a fault of the program; what the exception says may name a patient."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [one for one in frames if _PACKAGE in Path(one.filename).parents]
    at = ours[-1] if ours else frames[-1]
    if {"-v", "--verbose"} & set(sys.argv):
        with suppress(OSError):
            sys.stderr.writelines(traceback.format_list(frames))
    return (
        f"this is a fault of anedocs: {type(error).__name__} in {Path(at.filename).name}, line "
        f"{at.lineno}. The command was not finished. Please report this line, and what "
        "'anedocs -v' and the same command show."
    )


def _end(sentence: str) -> None:
    with suppress(OSError):
        print(f"Error: {sentence}", file=sys.stderr)
    raise SystemExit(1)
