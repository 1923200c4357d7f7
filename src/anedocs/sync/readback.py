"""Finished PDF files read back: their text in reading order, page by page; the only pypdfium2.

Shares no code with the writers. Why: a check that asks the writer what it wrote proves nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ReadPage:
    """One page as it was read back; sizes in points."""

    width: float
    height: float
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The lines of the page, one under the other."""
        return "\n".join(self.lines)


def pdf_pages(content: bytes) -> list[ReadPage]:
    """Read every page of a PDF in content order; text on one baseline is one line.

    Raises ValueError where the bytes are not a PDF.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise ValueError(f"this is not a PDF that can be read: {error}") from error
    pages = []
    try:
        for page in document:
            width, height = page.get_size()
            if _upside_down(page):
                page.set_rotation(180)
            # PDFium gives a hyphen at the end of a line as U+0002, and joins the two lines.
            text = page.get_textpage().get_text_bounded().replace("\x02", "-")
            lines = (" ".join(line.split()) for line in text.splitlines())
            pages.append(ReadPage(width, height, tuple(line for line in lines if line)))
    finally:
        document.close()
    return pages


def _upside_down(page: Any) -> bool:
    """Whether most of a page stands on its head, as the back of a duplex card does.

    Why: PDFium sorts the words of such a line from its end.
    """
    import pypdfium2.raw as raw

    text = page.get_textpage()
    angles = [raw.FPDFText_GetCharAngle(text, n) for n in range(0, text.count_chars(), 7)]
    turned = sum(1 for angle in angles if abs(angle - math.pi) < 1)
    return turned * 2 > len(angles)


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character as it is drawn: its text, its origin, and the box of its ink, in points."""

    text: str
    x: float
    y: float
    box: tuple[float, float, float, float]
    """Left, bottom, right, top."""
    begins: bool
    """Whether a word begins here."""


@dataclass(frozen=True, slots=True)
class PlacedPage:
    """One page with the place of everything on it that can be read."""

    width: float
    height: float
    glyphs: tuple[Glyph, ...]
    covered: float
    """The share of the page that its largest picture covers."""
    annotations: int


#: More than any sheet holds; what lies beyond is told by `whole`, and not read.
MOST_GLYPHS = 20_000


def opened(content: bytes) -> Any:
    """A PDF as its library holds it, for whoever reads it page by page.

    Raises ValueError where the bytes are not a PDF, or are locked.
    """
    import pypdfium2

    try:
        return pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if "assword" in str(error):
            raise ValueError("this PDF is locked with a password") from error
        raise ValueError("this PDF is damaged and cannot be read") from error


def placed(page: Any) -> PlacedPage:
    """Where each character of a page stands, in content order, and what else lies on it.

    Hidden, white and off-page characters are among them: whoever compares must see them.
    """
    import pypdfium2.raw as raw

    left, bottom, right, top = page.get_cropbox()
    width, height = right - left, top - bottom
    share = 0.0
    for one in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE]):
        x0, y0, x1, y1 = one.get_bounds()
        share = max(share, abs(x1 - x0) * abs(y1 - y0) / (width * height))
    glyphs = tuple(_glyphs(page.get_textpage(), left, bottom))
    return PlacedPage(width, height, glyphs, share, raw.FPDFPage_GetAnnotCount(page))


def _glyphs(text: Any, left: float, bottom: float) -> Iterator[Glyph]:
    """The inked characters; places are counted from the lower left corner of the paper."""
    import pypdfium2.raw as raw

    x, y = raw.c_double(), raw.c_double()
    box = [raw.c_double() for _ in range(4)]
    begins = True
    for place in range(min(text.count_chars(), MOST_GLYPHS)):
        code = raw.FPDFText_GetUnicode(text, place)
        # PDFium gives a hyphen at the end of a line as U+0002.
        shown = "-" if code == 2 else chr(code) if code < 0x110000 else "\ufffd"
        if shown.isspace() or (not shown.isprintable() and shown != "\xad"):
            begins = True
            continue
        raw.FPDFText_GetCharOrigin(text, place, x, y)
        raw.FPDFText_GetCharBox(text, place, *box)
        x0, x1, y0, y1 = (one.value for one in box)
        inked = (x0 - left, y0 - bottom, x1 - left, y1 - bottom)
        yield Glyph(shown, x.value - left, y.value - bottom, inked, begins)
        begins = False


#: The most dots that one page is drawn with, whatever its size: a sheet at 500 dpi.
MOST_DOTS = 25_000_000


def drawn(page: Any, dpi: int) -> Any:
    """A page as a grey picture (a Pillow image), with all that is laid over it, upright.

    A page of many metres is drawn smaller, so that the picture stays within MOST_DOTS.
    """
    width, height = page.get_size()
    scale = min(dpi / 72, math.sqrt(MOST_DOTS / max(width * height, 1)))
    return page.render(scale=scale, grayscale=True).to_pil()


def docx_text(content: bytes) -> str:
    """The text of a DOCX in reading order: header, body, footer; one paragraph on a line.

    Raises ValueError where the bytes are not a DOCX. Read from its XML with the standard library.
    """
    import io
    import zipfile
    from xml.etree import ElementTree

    space = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    paragraphs = []
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            names = sorted(packed.namelist(), key=_story)
            for name in (name for name in names if _story(name) < _LAST):
                root = ElementTree.fromstring(packed.read(name))
                for paragraph in root.iter(f"{space}p"):
                    texts = (node.text or "" for node in paragraph.iter(f"{space}t"))
                    paragraphs.append("".join(texts))
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError) as error:
        raise ValueError(f"this is not a DOCX that can be read: {error}") from error
    return "\n".join(text for text in paragraphs if text.strip())


_LAST = 3


def _story(name: str) -> int:
    """The place of a part of a DOCX in reading order."""
    for place, start in enumerate(("word/header", "word/document.xml", "word/footer")):
        if name.startswith(start):
            return place
    return _LAST


def page_images(content: bytes, dpi: int) -> list[Any]:
    """Each page of a PDF as a grey picture (a Pillow image), as paper would show it.

    Raises ValueError where the bytes are not a PDF.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise ValueError(f"this is not a PDF that can be read: {error}") from error
    try:
        return [page.render(scale=dpi / 72, grayscale=True).to_pil() for page in document]
    finally:
        document.close()
