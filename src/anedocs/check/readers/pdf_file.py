"""Finished PDF files read back: their text in reading order, page by page; the only pypdfium2.

Shares no code with the writers. Why: a check that asks the writer what it wrote proves nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
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
    pages = []
    with _document(content) as document:
        for page in document:
            width, height = page.get_size()
            if _upside_down(page):
                page.set_rotation(180)
            # PDFium gives a hyphen at the end of a line as U+0002, and joins the two lines.
            text = page.get_textpage().get_text_bounded().replace("\x02", "-")
            lines = (" ".join(line.split()) for line in text.splitlines())
            pages.append(ReadPage(width, height, tuple(line for line in lines if line)))
    return pages


@contextmanager
def _document(content: bytes) -> Iterator[Any]:
    """A PDF of ours, for as long as it is read; raises ValueError where it cannot be."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
        try:
            yield document
        finally:
            document.close()
    except pypdfium2.PdfiumError as error:
        raise ValueError(f"this is not a PDF that can be read: {error}") from error


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


#: More than any sheet holds; a page with more is refused, for no part of it may go unread.
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
    Raises ValueError for a page with more characters than any sheet.
    """
    import pypdfium2.raw as raw

    left, bottom, right, top = page.get_bbox()  # what is drawn of it
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
    count = text.count_chars()
    if count > MOST_GLYPHS:
        raise ValueError(f"a page of it holds {count:,} characters, so it is no order sheet")
    for place in range(count):
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
    from anedocs.check.readers.packed import parts, xml

    space = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    paragraphs = []
    packed = parts(content)
    for name in (name for name in sorted(packed, key=_story) if _story(name) < _LAST):
        for paragraph in xml(packed[name]).iter(f"{space}p"):
            texts = (node.text or "" for node in paragraph.iter(f"{space}t"))
            paragraphs.append("".join(texts))
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
    with _document(content) as document:
        return [page.render(scale=dpi / 72, grayscale=True).to_pil() for page in document]


def pdf_properties(content: bytes) -> list[tuple[str, str]]:
    """What a PDF holds besides its words: sizes, pictures, lines, annotations, what stands in it.

    Each with its place. Raises ValueError where the bytes are not a PDF.
    """
    import pypdfium2.raw as raw

    with _document(content) as document:
        found = [(f"document, {key}", text) for key, text in document.get_metadata_dict().items()]
        found += [
            ("document, pages", str(len(document))),
            ("document, files in it", str(document.count_attachments())),
            ("document, scripts", str(raw.FPDFDoc_GetJavaScriptActionCount(document))),
            ("document, form", str(document.get_formtype())),
        ]
        found += [("document, bookmark", mark.get_title()) for mark in document.get_toc()]
        for number, page in enumerate(document, start=1):
            found += [(f"page {number}, {what}", text) for what, text in _properties(page)]
    return found


def _properties(page: Any) -> list[tuple[str, str]]:
    """The sizes, drawn objects and annotations of a page."""
    import hashlib

    import pypdfium2.raw as raw

    boxes = (page.get_mediabox(), page.get_cropbox())
    sizes = " and ".join(" ".join(f"{side:.1f}" for side in box or ()) for box in boxes)
    found = [("size", sizes), ("rotation", str(page.get_rotation()))]
    counts = {"lines and areas": 0, "shadings": 0, "pictures": 0}
    names = {raw.FPDF_PAGEOBJ_PATH: "lines and areas", raw.FPDF_PAGEOBJ_SHADING: "shadings",
             raw.FPDF_PAGEOBJ_IMAGE: "pictures"}  # fmt: skip
    for one in page.get_objects():
        name = names.get(one.type)
        if name:
            counts[name] += 1
        if name == "pictures":
            sha256 = hashlib.sha256(one.get_data()).hexdigest()
            found.append((f"picture {counts[name]}", f"SHA-256 {sha256}"))
    found += [(name, str(count)) for name, count in counts.items()]
    for index in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        found.append((f"annotation {index + 1}", _annotation(page.pdf, annotation)))
        raw.FPDFPage_CloseAnnot(annotation)
    return found


def _annotation(document: Any, annotation: Any) -> str:
    """The kind of an annotation, where it lies, what it says and where it leads."""
    import ctypes

    import pypdfium2.raw as raw

    place = raw.FS_RECTF()
    raw.FPDFAnnot_GetRect(annotation, place)
    sides = " ".join(f"{side:.0f}" for side in (place.left, place.bottom, place.right, place.top))
    size = raw.FPDFAnnot_GetStringValue(annotation, b"Contents", None, 0)
    words = ctypes.create_string_buffer(max(size, 2))
    raw.FPDFAnnot_GetStringValue(
        annotation, b"Contents", ctypes.cast(words, ctypes.POINTER(raw.FPDF_WCHAR)), size
    )
    action = raw.FPDFLink_GetAction(raw.FPDFAnnot_GetLink(annotation))
    size = raw.FPDFAction_GetURIPath(document, action, None, 0) if action else 0
    address = ctypes.create_string_buffer(max(size, 1))
    if size:
        raw.FPDFAction_GetURIPath(document, action, address, size)
    told = (words.raw.decode("utf-16-le", "replace").strip("\0"), address.value.decode("latin-1"))
    kind = f"kind {raw.FPDFAnnot_GetSubtype(annotation)} at {sides}"
    return ", ".join([kind, *(one for one in told if one)])


def pdf_ink(content: bytes) -> list[tuple[str, str, float]]:
    """Each word with its page, and how dark paper would be there: 0 is white, 1 black.

    Why: a text that is covered or white is still found by every reader of text.
    Raises ValueError where the bytes are not a PDF.
    """
    with _document(content) as document:
        return [
            (f"page {number}", text, ink)
            for number, page in enumerate(document, start=1)
            if not page.get_rotation() and max(page.get_size()) <= _LARGEST_SIDE
            for text, ink in _page_ink(page)
        ]


#: Points; a page of A3 fits. Why: a picture of a huge page would fill the memory.
_LARGEST_SIDE = 1200
_INK_SCALE = 2


def _page_ink(page: Any) -> list[tuple[str, float]]:
    picture = page.render(scale=_INK_SCALE, grayscale=True).to_pil()
    found, height = [], page.get_height()
    for word, (left, bottom, right, top) in _word_boxes(page.get_textpage()):
        sides = (left, height - top, right, height - bottom)
        x0, y0, x1, y1 = (round(side * _INK_SCALE) for side in sides)
        greys = picture.crop((x0, y0, max(x1, x0 + 1), max(y1, y0 + 1))).histogram()
        dark = sum(count * (255 - grey) for grey, count in enumerate(greys))
        found.append((word, dark / (255 * sum(greys))))
    return found


def _word_boxes(text: Any) -> Iterator[tuple[str, tuple[float, ...]]]:
    """Each word with a letter or a figure in it, and the box that its characters fill."""
    import pypdfium2.raw as raw

    word, boxes = "", []
    for index in range(text.count_chars() + 1):
        sign = chr(raw.FPDFText_GetUnicode(text, index)) if index < text.count_chars() else " "
        if not sign.isspace() and sign.isprintable():
            word += sign
            boxes.append(text.get_charbox(index))
            continue
        if any(one.isalnum() for one in word):
            sides = tuple(zip(*boxes, strict=True))
            yield word, (min(sides[0]), min(sides[1]), max(sides[2]), max(sides[3]))
        word, boxes = "", []
