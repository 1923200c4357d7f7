"""The only file of the fuzzer that calls anedocs: what is called, and how an answer is judged.

A call may end well or in one of the program's own refusals. Anything else is a find: another
exception, more than five seconds of processor time, or more than 500 MB.
"""

from __future__ import annotations

import re
import resource
import signal
import subprocess
import sys
import traceback
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from click.testing import CliRunner
from expect import unseen

from anedocs.cli.app import cli
from anedocs.core.problems import ContentError
from anedocs.dosing.fill import fill
from anedocs.edition import compile as compiling
from anedocs.edition import load as loading
from anedocs.edition import translated
from anedocs.edition.edition import Compiled, Edition
from anedocs.edition.locate import Inputs, Locator

#: Of processor time, for one call.
LONGEST_SECONDS = 5
LARGEST_MEGABYTES = 500
#: Whether commands run as people run them, in a process of their own; slower by far.
_real = False
TODAY = date(2026, 11, 25)
AT = "2026-11-25T10:00"


class Find(Exception):
    """Something that must not happen; `kind` tells finds of one cause from others."""

    def __init__(self, kind: str, what: str) -> None:
        self.kind, self.what = kind, what
        super().__init__(f"{kind}: {what}")


class Answer(NamedTuple):
    """What a command said."""

    code: int
    out: str
    err: str


class watch:  # noqa: N801 - as contextlib names its own
    """Ends the process where a call takes too long; whoever started it tells of the case."""

    def __enter__(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, LONGEST_SECONDS)

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)


def command(*words: str, home: Path | None = None, stdin: bytes | None = None) -> Answer:
    """A command as it is typed, in this process. Raises Find for a traceback."""
    typed = ["--home", str(home), *words] if home else [*words]
    answer = _in_a_process(typed, stdin) if _real else _in_here(typed, stdin)
    if "Traceback" in answer.err:
        frames = re.findall(r'anedocs/\S*?(\w+\.py)", line \d+, in (\w+)', answer.err)
        last = answer.err.strip().rpartition("\n")[2]
        raise Find(f"{last.split(':')[0]} in {':'.join(frames[-1]) if frames else 'a start'}", last)
    if answer.code not in (0, 1, 2, 3, 4):
        raise Find(f"exit {answer.code} of {words[0]}", answer.err[-400:])
    check_message(answer.err)
    return answer


def _in_here(typed: list[str], stdin: bytes | None) -> Answer:
    with watch():
        done = CliRunner().invoke(cli, typed, input=stdin)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise crash(done.exception)
    return Answer(done.exit_code, _text(done.stdout_bytes), _text(done.stderr_bytes))


def _in_a_process(typed: list[str], stdin: bytes | None) -> Answer:
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-m", "anedocs", *typed], input=stdin or b"", timeout=50,
            capture_output=True, check=False,
        )  # fmt: skip
    except ValueError:
        return Answer(2, "", "")  # a NUL: no such word can be typed
    except subprocess.TimeoutExpired:
        raise Find("longer than 50 s", " ".join(typed)[:300]) from None
    return Answer(done.returncode, _text(done.stdout), _text(done.stderr))


def really(real: bool) -> None:
    """From now on commands run in a process of their own, or no longer."""
    global _real
    _real = real


def read_once() -> None:
    """The bundled order set is compiled once for all commands in this process; a home, as ever."""
    compile_it = compiling.compile_edition
    bundled: dict[object, Compiled] = {}

    def compile_once(inputs: Inputs) -> Compiled:
        if inputs.home:
            return compile_it(inputs)
        key = tuple(inputs.files.items())
        if key not in bundled:
            bundled[key] = compile_it(inputs)
        return bundled[key]

    compiling.compile_edition = compile_once


def _text(said: bytes) -> str:
    return said.decode("utf-8", "surrogateescape")


def load(home: Path, name: str, day: date = TODAY) -> Edition | ContentError:
    """An order set with all beside it, or why not. Raises Find."""
    try:
        with watch():
            return loading.load(Locator(home), name, day)
    except ContentError as error:
        check_problems(error, home)
        return error
    except Exception as error:
        raise crash(error) from error


def translations(home: Path, name: str) -> dict[str, Any] | ContentError:
    """The translations of a leaflet, or why not. Raises Find."""
    try:
        with watch():
            edition = loading.load(Locator(home), name, TODAY)
            return dict(translated.translations(Locator(home), edition))
    except ContentError as error:
        check_problems(error, home)
        return error
    except Exception as error:
        raise crash(error) from error


def doses(edition: Edition, weight: str) -> dict[str, tuple[str, str | None]]:
    """For each drug its status and the dose in mg to give, None where none is. Raises Find."""
    try:
        with watch():
            filled = fill(edition, Decimal(weight), None)
    except Exception as error:
        raise crash(error) from error
    return {
        one.order.id: (
            one.status,
            None if one.dose is None or one.dose.given is None else f"{one.dose.given:f}",
        )
        for one in filled.medications
    }


def crash(error: BaseException) -> Find:
    """An exception that nobody declared, known by its class and where it was raised."""
    frames = [one for one in traceback.extract_tb(error.__traceback__) if "anedocs" in one.filename]
    last = frames[-1] if frames else None
    where = f"{Path(last.filename).name}:{last.name}" if last else "outside"
    return Find(f"{type(error).__name__} in {where}", f"{error}"[:300])


def check_problems(error: ContentError, home: Path | None = None) -> None:
    """Every problem has a place that an editor can jump to, and a sentence fit for people."""
    if not error.problems:
        raise Find("a refusal without a problem", str(error))
    for one in error.problems:
        place = one.place
        if not place.file or place.line < 1 or place.column < 1:
            raise Find("a problem without a place", str(one)[:300])
        if home is not None and Path(place.file).is_file():
            lines = Path(place.file).read_bytes().count(b"\n") + 2
            lines += Path(place.file).read_bytes().count(b"\r")
            if place.line > lines:
                raise Find("a place beyond the end of the file", str(one)[:300])
    check_message(str(error))


def check_message(text: str) -> None:
    """A message steers no terminal, shows no Python and can be read on a screen."""
    bad = unseen(text.replace("\t", " "))
    if bad:
        raise Find("unseen characters in a message", f"{bad} in {text[:300]!r}")
    for sign in ("<class '", " object at 0x", "Decimal(", "Traceback", "Errno", "codec can't"):
        if sign in text:
            raise Find("Python in a message", text[:400])
    longest = max(map(len, text.split("\n")), default=0)
    if longest > 20_000:
        raise Find("a message that fills the screen", f"{longest:,} characters: {text[:200]}")


def memory() -> int:
    """The most that this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
