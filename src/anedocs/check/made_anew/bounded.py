"""Reading a finished file that is not as it should be: in a process of its own, within limits.

Why: whatever a damaged or hostile file does to a library that reads it (memory without end, hours,
a crash), the check goes on, names the file and ends with its answer.
"""

from __future__ import annotations

import contextlib
import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

from anedocs.check.made_anew.differ import Difference, differences

#: What a finished document needs at most to be read, by far.
_MEMORY = 400_000_000
_SECONDS = 60
_TOO_MUCH = "reading it took more memory or time than a finished document needs"


def compared(
    names: list[str], expected: Path, found: Path, same_tools: bool
) -> dict[str, list[Difference] | str]:
    """What differs in each of these files of two folders, or why the finished one cannot be read.

    One process reads them one after the other; where one file ends it, another goes on behind it.
    """
    told: dict[str, list[Difference] | str] = {}
    left = list(names)
    while left:
        for one in _answers(left, expected, found, same_tools):
            differing = [Difference(*three) for three in one.get("differences", ())]
            told[left.pop(0)] = str(one["cannot"]) if "cannot" in one else differing
        if left:
            told[left.pop(0)] = _TOO_MUCH
    return told


def _answers(
    names: list[str], expected: Path, found: Path, same_tools: bool
) -> list[dict[str, Any]]:
    """What a process of its own says of these files, as far as it comes."""
    tools = "same" if same_tools else "others"
    # -I: no PYTHON* variable of the user reaches it.
    ways = ["-I"] if sys.flags.isolated else ["-P"]
    command = [sys.executable, *ways, "-m", __name__, str(expected), str(found), tools, *names]
    try:
        done = subprocess.run(command, capture_output=True, timeout=2 * _SECONDS, check=False)
        said = done.stdout
    except subprocess.TimeoutExpired as late:
        said = late.stdout or b""
    whole = said[: said.rfind(b"\n") + 1]
    return [json.loads(line) for line in whole.splitlines()]


def answer(name: str, expected: bytes, found: bytes, same_tools: bool) -> dict[str, Any]:
    """What differs, or why the finished file cannot be read; nothing is raised."""
    try:
        return {"differences": differences(name, expected, found, same_tools)}
    except ValueError as error:
        return {"cannot": str(error)}
    except (MemoryError, RecursionError):
        return {"cannot": _TOO_MUCH}


def _main(expected: str, found: str, tools: str, *names: str) -> None:
    for limit, most in ((resource.RLIMIT_DATA, _MEMORY), (resource.RLIMIT_CPU, _SECONDS)):
        with contextlib.suppress(ValueError, OSError):  # a lower one is set already
            resource.setrlimit(limit, (most, most))
    for name in names:
        one, other = (Path(expected) / name).read_bytes(), (Path(found) / name).read_bytes()
        sys.stdout.write(f"{json.dumps(answer(name, one, other, tools == 'same'))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _main(*sys.argv[1:])
