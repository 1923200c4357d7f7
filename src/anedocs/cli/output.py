"""How results leave the program: as a file, on standard output; numbered steps on request."""

from __future__ import annotations

import codecs
import errno
import json
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from anedocs.core.files import OutputError, write
from anedocs.core.problems import Usage

STEPS = ("Read", "Check", "Weigh", "Dose", "Lay out", "Write")
#: How standard output may be asked for; as a file, root would replace the device.
_STANDARD_OUTPUT = ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")
#: For terminals that lack these signs.
_PLAIN = {
    "×": "x", "–": "-", "—": "-", "−": "-", "’": "'", "\u2018": "'", "“": '"', "”": '"', "≥": ">=",
    "≤": "<=", "…": "...", "→": "->", "•": "-", "\u00a0": " ", "\u202f": " ", "\u00b5": "mc",
    "\u03bc": "mc", "☐": "[ ]", "□": "[ ]",
}  # fmt: skip


class Steps:
    """Tells the six steps of the README on stderr, with -v only."""

    def __init__(self, verbose: bool) -> None:
        self.verbose = verbose

    def say(self, step: str, what: str) -> None:
        """One line for a step; what it says holds no identity."""
        if self.verbose:
            print(f"{STEPS.index(step) + 1}. {step}: {what}", file=sys.stderr)


def deliver(content: bytes, output: str, *, private: bool = True) -> str:
    """Write a finished document into a file, or to standard output for '-'.

    Returns what is to be told of it: the file, or nothing. Raises OutputError.
    """
    if output not in _STANDARD_OUTPUT:
        write(Path(output), content, private=private)
        return output
    if sys.stdout.isatty():
        raise Usage("a document is not for a terminal; send it on, as in: -o - > sheet.pdf")
    with _taken():
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    return ""


def say(text: str) -> None:
    """Give the result on standard output, in signs that it has; nothing for no text.

    Raises OutputError where it cannot be taken, as on a full disk.
    """
    if not text:
        return
    how = "anedocs.json" if text.startswith(("{", "[")) else "anedocs.words"
    coded = f"{text}\n".encode(sys.stdout.encoding or "utf-8", how)
    with _taken():
        sys.stdout.flush()
        sys.stdout.buffer.write(coded)
        sys.stdout.buffer.flush()


def standard_input() -> BinaryIO:
    """The bytes of standard input; raises OSError where it is closed."""
    if sys.stdin is None:
        raise OSError(errno.EBADF, "it is closed")
    return sys.stdin.buffer


@contextmanager
def _taken() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise  # whoever reads has enough: no fault of ours, and nobody to tell
    except OSError as error:
        raise OutputError(f"standard output cannot be written: {error.strerror}") from error


def _in_words(error: UnicodeError) -> tuple[str | bytes, int]:
    """Signs that a terminal lacks, in those that it has; a byte of a file's name as it is."""
    assert isinstance(error, UnicodeEncodeError)
    sign = error.object[error.start]
    if "\udc80" <= sign <= "\udcff":
        return bytes([ord(sign) - 0xDC00]), error.start + 1
    plain = unicodedata.normalize("NFKD", sign)[0]
    letter = plain if sign.isalpha() and plain.isascii() else f"\\u{ord(sign):04x}"
    return _PLAIN.get(sign, letter), error.start + 1


def _in_json(error: UnicodeError) -> tuple[str | bytes, int]:
    assert isinstance(error, UnicodeEncodeError)
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


codecs.register_error("anedocs.words", _in_words)
codecs.register_error("anedocs.json", _in_json)
