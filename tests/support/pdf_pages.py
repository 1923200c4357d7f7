"""A finished PDF read back and judged with nothing of the program's own but its line reader: what
is drawn where, in which size, font and ink.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont
from PIL import Image

from anedocs.check.readers.pdf_file import pdf_pages

DPI = 150

# --- reading the finished file -----------------------------------------------------------------


def squash(text: str) -> str:
    """A text without white space: for finding words however the lines break."""
    return "".join(text.split())


@dataclass(frozen=True)
class Char:
    """One character as drawn; points from the lower left corner, the box is that of the ink."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    size: float
    font: str
    baseline: float

    @property
    def black(self) -> bool:
        """Whether ink is to be seen."""
        return not self.text.isspace() and unicodedata.category(self.text) not in ("Cf", "Cc")


@dataclass
class Sheet:
    """A finished PDF, read in every way that the tests need."""

    pdf: bytes

    @cached_property
    def pages(self) -> list[Any]:
        return pdf_pages(self.pdf)

    @cached_property
    def lines(self) -> tuple[str, ...]:
        return self.pages[0].lines

    @cached_property
    def text(self) -> str:
        return self.pages[0].text

    @cached_property
    def flat(self) -> str:
        return squash(self.text)

    @cached_property
    def chars(self) -> list[Char]:
        """Every character of the first page in content order."""
        document = pypdfium2.PdfDocument(self.pdf)
        page = document[0]
        text = page.get_textpage()
        found = [_char(text, place) for place in range(text.count_chars())]
        for one in (text, page, document):
            one.close()
        return [char for char in found if char is not None]

    def places(self, words: str) -> list[list[Char]]:
        """Where a text stands, however its lines break: the characters of each place."""
        inked = [char for char in self.chars if not char.text.isspace()]
        line = "".join(char.text[0] for char in inked)
        wanted, found, start = squash(words), [], 0
        while (place := line.find(wanted, start)) >= 0:
            found.append(inked[place : place + len(wanted)])
            start = place + 1
        return found

    def raster(self, dpi: int, keep: str = "all", colour: bool = False) -> Image.Image:
        """The page as an image: everything, or the text or the rest of it alone."""
        document = pypdfium2.PdfDocument(self.pdf)
        page = document[0]
        if keep != "all":
            for drawn in list(page.get_objects(max_depth=1)):
                if (drawn.type == pdfium.FPDF_PAGEOBJ_TEXT) != (keep == "text"):
                    page.remove_obj(drawn)
        image = page.render(scale=dpi / 72, grayscale=not colour).to_pil()
        page.close()
        document.close()
        return image

    @cached_property
    def objects(self) -> dict[int, tuple[bytes, bytes]]:
        """Every object of the file: its dictionary and its unpacked stream."""
        found: dict[int, tuple[bytes, bytes]] = {}
        for hit in re.finditer(rb"(?s)(?<![0-9])([0-9]+) 0 obj(.*?)endobj", self.pdf):
            words, _, rest = hit[2].partition(b"stream\n")
            stream = rest.removesuffix(b"\n").removesuffix(b"endstream").removesuffix(b"\n")
            if b"/FlateDecode" in words:
                stream = zlib.decompressobj().decompress(stream)
            found[int(hit[1])] = (words, stream)
        for words, stream in list(found.values()):
            if b"/ObjStm" in words:
                found.update(_packed(words, stream))
        return found

    @cached_property
    def faces(self) -> list[Face]:
        """The fonts of the file."""
        return [
            _face(self.objects, words)
            for words, _ in self.objects.values()
            if b"/Subtype/Type0" in words.replace(b" ", b"")
        ]


def _char(page: Any, place: int) -> Char | None:
    if pdfium.FPDFText_IsGenerated(page, place) == 1:
        return None
    box = [pdfium.c_double() for _ in range(4)]
    pdfium.FPDFText_GetCharBox(page, place, *box)
    left, right, bottom, top = (one.value for one in box)
    matrix, name = pdfium.FS_MATRIX(), pdfium.create_string_buffer(200)
    pdfium.FPDFText_GetMatrix(page, place, matrix)
    pdfium.FPDFText_GetFontInfo(page, place, name, 200, pdfium.c_int())
    size = pdfium.FPDFText_GetFontSize(page, place) * (matrix.b**2 + matrix.d**2) ** 0.5
    return Char(
        chr(pdfium.FPDFText_GetUnicode(page, place)).replace("\x02", "-"),
        left, bottom, right, top, round(size, 2), name.value.decode(), round(matrix.f, 2),
    )  # fmt: skip


def _packed(words: bytes, stream: bytes) -> Iterator[tuple[int, tuple[bytes, bytes]]]:
    first = int(re.search(rb"/First ([0-9]+)", words)[1])  # type: ignore[index]
    numbers = [int(one) for one in stream[:first].split()]
    starts = [first + one for one in numbers[1::2]]
    for number, start, end in zip(numbers[::2], starts, [*starts[1:], None], strict=True):
        yield number, (stream[start:end], b"")


@dataclass(frozen=True)
class Face:
    """A font in the file: which glyph stands for which character, and the glyphs themselves."""

    name: str
    glyphs: dict[int, str]
    embedded: bytes


def _face(objects: dict[int, tuple[bytes, bytes]], words: bytes) -> Face:
    def follow(key: bytes, place: bytes) -> int:
        found = re.search(key + rb"\s*\[?\s*([0-9]+) 0 R", place)
        assert found, (key, place)
        return int(found[1])

    below = objects[follow(rb"/DescendantFonts", words)][0]
    table = objects[follow(rb"/ToUnicode", words)][1].partition(b"beginbfchar")[2]
    about = objects[follow(rb"/FontDescriptor", below)][0]
    glyphs = {
        int(hit[1], 16): bytes.fromhex(hit[2].decode()).decode("utf-16-be")
        for hit in re.finditer(rb"(?m)^<([0-9a-fA-F]{4})> <([0-9a-fA-F]+)>$", table)
    }
    name = re.search(rb"/BaseFont\s*/([^\s/]+)", words)
    assert name
    embedded = objects[follow(rb"/FontFile2", about)][1]
    return Face(name[1].decode(), glyphs, embedded)


# --- judging it: each of these gives the faults it finds, in words; an empty list is a pass -------


def drawn_wrong(page: Sheet) -> list[str]:
    """Characters whose glyph in the file is not the one of Source Sans Pro (a box, or nothing)."""
    found = []
    for face in page.faces:
        originals = _original(face.name)
        if originals is None:
            found.append(f"{face.name} is not Source Sans Pro")
            continue
        font = TTFont(io.BytesIO(face.embedded))
        count, glyph_set = font["maxp"].numGlyphs, font.getGlyphSet()
        for glyph, text in face.glyphs.items():
            if text.isspace() or len(text) != 1 or unicodedata.category(text) == "Cf":
                continue
            outline = _outline(glyph_set, font.getGlyphName(glyph)) if glyph < count else []
            if not outline or outline != originals(text):
                found.append(f"{text!r} of {face.name} is not drawn as {text!r}")
    return found


def _outline(glyph_set: Any, name: str) -> list[Any]:
    pen = DecomposingRecordingPen(glyph_set)
    glyph_set[name].draw(pen)
    return pen.value


@cache
def _original(name: str) -> Callable[[str], list[Any]] | None:
    match = re.fullmatch(r"[A-Z]{6}\+Source-Sans-Pro(|-Bold|-Italic|-Bold-Italic)", name)
    if match is None:
        return None
    style = match[1].replace("-", "").replace("Italic", "It") or "Regular"
    font = TTFont(files("font_source_sans_pro") / "files" / f"SourceSansPro-{style}.ttf")
    glyph_set, table = font.getGlyphSet(), font.getBestCmap()

    @cache
    def outline(text: str) -> list[Any]:
        return _outline(glyph_set, table[ord(text)]) if ord(text) in table else []

    return outline


def overlaps(page: Sheet) -> list[str]:
    """Characters whose ink stands on the ink of others; neighbours in one word may touch."""
    found = []
    rows: dict[int, list[tuple[int, Char]]] = {}
    for place, char in enumerate(page.chars):
        if char.black and not unicodedata.combining(char.text) and char.text != "_":
            for row in range(int(char.bottom // 6), int(char.top // 6) + 1):
                rows.setdefault(row, []).append((place, char))
    for row in rows.values():
        row.sort(key=lambda one: one[1].left)
        for index, (place, char) in enumerate(row):
            for other_place, other in row[index + 1 :]:
                if other.left >= char.right - 0.3:
                    break
                across = min(char.right, other.right) - other.left
                upright = min(char.top, other.top) - max(char.bottom, other.bottom)
                near = abs(place - other_place) <= 2 and char.baseline == other.baseline
                if upright > 0.3 and across > (0.15 * char.size if near else 0.3):
                    found.append(f"{_around(page, other_place)} on {_around(page, place)}")
    return sorted(set(found))


def _around(page: Sheet, place: int) -> str:
    text = "".join(one.text for one in page.chars[max(0, place - 8) : place + 9])
    return repr(" ".join(text.split()))


def outside(page: Sheet, margin: float = 12) -> list[str]:
    """Ink nearer to the edge than printers reach (12 points, 4 mm), or beyond it."""
    width, height = page.pages[0].width, page.pages[0].height
    return [
        f"{_around(page, place)} at {char.left:.0f}, {char.bottom:.0f}"
        for place, char in enumerate(page.chars)
        if char.black
        and not (
            margin <= char.left
            and char.right <= width - margin
            and margin <= char.bottom
            and char.top <= height - margin
        )
    ]


def unseen(page: Sheet) -> list[str]:
    """Characters of the text that leave no ink on the paper: clipped, white or too faint."""
    return [
        _around(page, place)
        for place, box, image in _boxes(page, "all", 0)
        if image.crop(box).getextrema()[0] > 200
    ]


def struck(page: Sheet) -> list[str]:
    """Characters with a rule or the code running through the middle of them."""
    return [
        _around(page, place)
        for place, box, image in _boxes(page, "drawing", 0.25)
        if image.crop(box).getextrema()[0] < 110
    ]


def _boxes(
    page: Sheet, keep: str, inset: float
) -> Iterator[tuple[int, tuple[int, int, int, int], Image.Image]]:
    """The pixels of each character, without a share of its height above and below."""
    image = page.raster(DPI, keep)
    scale, height = DPI / 72, page.pages[0].height
    for place, char in enumerate(page.chars):
        if not char.black or not 0 <= char.left < char.right <= page.pages[0].width:
            continue
        cut = (char.top - char.bottom) * inset
        box = (
            round(char.left * scale), round((height - char.top + cut) * scale),
            round(char.right * scale), round((height - char.bottom - cut) * scale),
        )  # fmt: skip
        left, top, right, bottom = box
        if keep == "all":
            yield place, (left - 1, top - 1, right + 1, bottom + 1), image
        elif right - left >= 2 and bottom - top >= 2:
            yield place, box, image
