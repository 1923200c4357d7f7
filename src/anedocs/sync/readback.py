"""Finished PDF files read back: their text in reading order, page by page; the only pypdfium2.

Shares no code with the writers. Why: a check that asks the writer what it wrote proves nothing.
"""

from __future__ import annotations

import math
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
