"""The way to a printer: CUPS, through its own commands, and without a file."""

from __future__ import annotations

import os
import re
import subprocess

from anedocs.core.files import OutputError

_MEDIA = {"letter": "Letter", "a4": "A4"}
#: In seconds; a printing system that takes longer does not answer at all.
_PATIENCE = 30


def send_to_printer(content: bytes, printer: str, paper: str) -> str:
    """Hand a PDF to the printing system (CUPS) through standard input; returns who took it.

    An empty printer name means the default one. Raises OutputError where it is not taken, or would
    only wait: a child needs the paper now, and a sheet that comes out tomorrow belongs to nobody.
    """
    queue = printer or _default()
    _refuse_stopped(queue)
    command = [
        "lp", "-t", "anedocs order sheet", *(["-d", printer] if printer else []),
        "-o", f"media={_MEDIA[paper]}", "-o", "print-scaling=none", "-",
    ]  # fmt: skip
    try:
        done = _ask(command, content)
    except OSError as error:
        raise OutputError(
            "there is no 'lp' command here, so nothing was printed; leave --print out and print "
            "the PDF, or install CUPS (Debian: apt-get install cups-client)"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise OutputError(
            f"the printing system did not answer within {_PATIENCE} seconds, and may have taken "
            "the sheet or not; look with: lpstat -o"
        ) from error
    if done.returncode != 0:
        raise OutputError(f"{_named(queue)} did not take the sheet: {_words(done.stderr)}")
    said = _words(done.stdout)
    return f"sent to {_named(queue)}{f': {said}' if said else ''}"


def _named(queue: str) -> str:
    return f"the printer '{queue}'" if queue else "the default printer"


def _default() -> str:
    """The name of the printer that is taken where none is given; empty where it is not known."""
    _, _, name = _state("-d").partition(": ")
    return name.strip()


def _refuse_stopped(queue: str) -> None:
    """Raises OutputError for a queue that keeps its sheets or takes none; silent where unknown."""
    if not queue:
        return
    kept = re.search(rf"^printer {re.escape(queue)} disabled\b", _state("-p", queue), re.M)
    closed = re.search(rf"^{re.escape(queue)} not accepting\b", _state("-a", queue), re.M)
    if kept or closed:
        state = "is stopped" if kept else "takes no sheets"
        mend = "cupsenable" if kept else "cupsaccept"
        raise OutputError(
            f"the printer '{queue}' {state}, so nothing was sent to it; choose another with "
            f"--print NAME, or start it with: {mend} {queue}"
        )


def _state(*words: str) -> str:
    """What lpstat says; nothing where it is not there or does not answer."""
    try:
        return _words(_ask(["lpstat", *words], b"").stdout)
    except (OSError, subprocess.TimeoutExpired):
        return ""


def _ask(command: list[str], content: bytes) -> subprocess.CompletedProcess[bytes]:
    english = {**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": "C"}
    return subprocess.run(
        command, input=content, capture_output=True, check=False, timeout=_PATIENCE, env=english
    )


def _words(said: bytes) -> str:
    return said.decode(errors="replace").strip()
