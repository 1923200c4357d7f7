"""A file that somebody hands in, read in a second process with bounds on memory and time.

Why a second process: a picture or PDF of a few hundred bytes can unpack to gigabytes, or end the
program inside a library; then only the second process ends, and the answer is a sentence.
"""

from __future__ import annotations

import base64
import contextlib
import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from anedocs.check.readers import pdf_file, pictures
from anedocs.check.readers.pdf_file import Glyph, PlacedPage

#: The bounds of the second process, and how much of a file it looks at.
MOST_MEMORY = 440 * 1024 * 1024
MOST_SECONDS = 40
MOST_FILE = 100_000_000
MOST_PAGES = 50
#: The dots per inch at which a PDF is searched for codes, and at which two pages are compared.
SEARCHED, COMPARED = (200, 300), 300


#: In characters; what names the maker of a PDF may be a forger's.
_LONGEST_MAKER = 80


class ReadingError(ValueError):
    """The file could not be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page, frame or picture of the file."""

    number: int
    scanned: tuple[str, ...]
    """Check codes read from QR codes."""
    printed: tuple[str, ...] = ()
    """Check codes in the text of the page."""
    placed: PlacedPage | None = None
    """The text with its places; None for a picture, and where the page has no code."""
    drawn: bytes = b""
    """The page of a PDF as a picture (PNG), where its text is given."""
    words: str = ""
    """The text of a page of a PDF."""
    empty: bool = False
    """Whether there is nothing on the page, as on the back of a sheet that was scanned."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a file."""

    pages: tuple[Page, ...]
    total: int | None
    """How many pages the file has; None where nobody counted them to the end."""
    made_by: str = ""
    """What the properties of a PDF name as its maker."""


def read(path: Path) -> Reading:
    """Read every page of a PDF or picture. Raises ReadingError with a sentence for people."""
    ways = ["-I"] if sys.flags.isolated else ["-P"]
    command = [sys.executable, *ways, "-m", __name__, str(path)]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=MOST_SECONDS,
            check=False,
        )  # fmt: skip
        said = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise ReadingError(f"reading it takes longer than {MOST_SECONDS} seconds") from None
    except ValueError:  # it ended before it could say anything
        raise ReadingError(
            "it is damaged, or needs more memory than a scanned sheet ever does; scan it again, "
            "or type the check code that is printed on it"
        ) from None
    if "wrong" in said:
        raise ReadingError(said["wrong"])
    return Reading(tuple(map(_page, said["pages"])), said["total"], said["made_by"])


def _page(said: dict[str, Any]) -> Page:
    held = said["placed"]
    if held is not None:
        held["glyphs"] = tuple(
            Glyph(text, x, y, tuple(box), begins) for text, x, y, box, begins in held["glyphs"]
        )
        held = PlacedPage(**held)
    return Page(
        said["number"], tuple(said["scanned"]), tuple(said["printed"]), held,
        base64.b64decode(said["drawn"]), said["words"], said["empty"],
    )  # fmt: skip


def main(name: str) -> None:
    """What the second process does: read the file, and say what it found as JSON."""
    _bound()
    said: dict[str, Any]
    try:
        said = _said(pages_of(_content(Path(name))))
    except (pictures.ScanError, ValueError) as error:
        said = {"wrong": str(error)}
    except MemoryError:
        said = {"wrong": "reading it needs more memory than a scanned sheet ever does"}
    json.dump(said, sys.stdout)


def _bound() -> None:
    """From here on, more memory or time ends this process and nothing else."""
    for kind, most in (
        (resource.RLIMIT_AS, MOST_MEMORY), (resource.RLIMIT_CPU, MOST_SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):  # fmt: skip
        with contextlib.suppress(ValueError, OSError):  # not every system has every bound
            resource.setrlimit(kind, (most, most))


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST_FILE:
            raise ReadingError("it is larger than 100 MB; scan the sheet alone, at 300 dpi")
        return path.read_bytes()
    except OSError as error:
        raise ReadingError(f"it cannot be opened: {error.strerror}") from None


def pages_of(content: bytes) -> Reading:
    """Every page of a PDF or picture, within the bounds. Raises ValueError."""
    if b"%PDF" in content[:1024]:
        return _of_pdf(content)
    found = tuple(
        Page(number, tuple(pictures.codes(image, thorough=True)), empty=pictures.empty(image))
        for number, image in enumerate(pictures.frames(content, MOST_PAGES), start=1)
    )
    return Reading(found, None if len(found) == MOST_PAGES else len(found))


def _of_pdf(content: bytes) -> Reading:
    document = pdf_file.opened(content)
    count = len(document)
    if count == 0:
        raise ReadingError("this PDF has no pages")
    pages = tuple(_pdf_pages(document, min(count, MOST_PAGES)))
    return Reading(pages, count, document.get_metadata_value("Creator")[:_LONGEST_MAKER])


def _pdf_pages(document: Any, count: int) -> Iterator[Page]:
    for number in range(1, count + 1):
        page = document[number - 1]
        page.set_rotation(0)  # places and picture are then those of the paper
        held = pdf_file.placed(page)
        words = "".join(f" {one.text}" if one.begins else one.text for one in held.glyphs).strip()
        printed = tuple(pictures.printed_codes(words))
        scanned: list[str] = []
        for dpi in SEARCHED:
            last = dpi == SEARCHED[-1] and not printed
            scanned = pictures.codes(pdf_file.drawn(page, dpi), thorough=last)
            if scanned or printed:
                break
        shown = bool(words) and bool(printed or scanned)
        drawn = pictures.packed(pdf_file.drawn(page, COMPARED)) if shown else b""
        empty = not words and not scanned and pictures.empty(pdf_file.drawn(page, COMPARED))
        yield Page(number, tuple(scanned), printed, held if shown else None, drawn, words, empty)
        page.close()


def _said(reading: Reading) -> dict[str, Any]:
    pages = []
    for page in reading.pages:
        said = asdict(page) | {"drawn": base64.b64encode(page.drawn).decode(), "placed": None}
        if page.placed is not None:
            glyphs = [[one.text, one.x, one.y, one.box, one.begins] for one in page.placed.glyphs]
            said["placed"] = {
                "width": page.placed.width, "height": page.placed.height, "glyphs": glyphs,
                "covered": page.placed.covered, "annotations": page.placed.annotations,
            }  # fmt: skip
        pages.append(said)
    return {"pages": pages, "total": reading.total, "made_by": reading.made_by}


if __name__ == "__main__":
    main(sys.argv[1])
