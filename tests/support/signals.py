"""A process that a signal meets at each line of ours in turn: no moment is left out or timed."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType, ModuleType

from anedocs.cli import process


def struck(
    work: Callable[[], object], where: tuple[ModuleType, ...], signal_: signal.Signals,
    moments: range,
) -> Iterator[tuple[int, int]]:  # fmt: skip
    """Do the work in a child again and again, each time struck some lines later than before.

    Yields the number of the line and the exit code, until the work is over before the signal.
    """
    files = {str(Path(str(module.__file__))) for module in where}
    for moment in moments:
        child = os.fork()
        if child == 0:
            os._exit(_child(work, files, signal_, moment))
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        yield moment, code
        if code == 0:
            return
    raise AssertionError("the work never came to its end: give more moments")


def _child(work: Callable[[], object], files: set[str], signal_: int, moment: int) -> int:
    left = moment

    def trace(frame: FrameType, event: str, _arg: object) -> object:
        nonlocal left
        if frame.f_code.co_filename not in files:
            return None
        if event == "line":
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal_)
        return trace

    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    if signal_ == signal.SIGINT:  # a shell that runs the tests in the background ignores it
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with process._cleared_at_a_signal():
            sys.settrace(trace)
            work()
            sys.settrace(None)
    except BaseException:
        return 99
    return 0
