"""Finished PDF files read back: their text in reading order, page by page; the only pypdfium2.

Shares no code with the writers. Why: a check that asks the writer what it wrote proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass


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
            text_page = page.get_textpage()
            text = text_page.get_text_bounded()
            width, height = page.get_size()
            lines = (" ".join(line.split()) for line in text.splitlines())
            pages.append(ReadPage(width, height, tuple(line for line in lines if line)))
            text_page.close()
            page.close()
    finally:
        document.close()
    return pages
