"""Check codes found on finished or scanned pages: what a reader of bar codes sees, never the input.

The only module that names zxing-cpp and Pillow.
"""

from __future__ import annotations

import re
from pathlib import Path

from anedocs.sync import readback

#: Two readings of a page: a clean PDF is read at the first, a poor scan often at the second.
_DPI = (200, 300)
_TYPED = re.compile(
    r"[A-Z][A-Z0-9-]*/[0-9]{4}\.[0-9]+\.[0-9]+/[0-9A-F]{12}/[A-Z0-9:./-]+/[0-9A-F]{8}"
)


class ScanError(ValueError):
    """No check code can be read from what was given; the message says what was tried."""


def code_on(path: Path) -> tuple[str, str]:
    """The check code on a PDF or a picture, and the text of the page (empty for a picture).

    Raises ScanError where there is none, where there are several, or where the QR code and the
    printed code disagree.
    """
    content = path.read_bytes()
    if content.startswith(b"%PDF"):
        return _from_pdf(content)
    found = _in_picture(path)
    if len(found) != 1:
        raise ScanError(f"{len(found)} QR codes with a check code were read from this picture")
    return found.pop(), ""


def _from_pdf(content: bytes) -> tuple[str, str]:
    try:
        text = "\n".join(page.text for page in readback.pdf_pages(content))
        seen: set[str] = set()
        for dpi in _DPI:
            seen |= {code for image in readback.page_images(content, dpi) for code in _read(image)}
            if seen:
                break
    except ValueError as error:
        raise ScanError(str(error)) from error
    printed = set(_TYPED.findall(text.replace("\n", "")))
    if len(seen | printed) > 1:
        raise ScanError(f"the codes on this document disagree: {', '.join(sorted(seen | printed))}")
    if not seen | printed:
        raise ScanError("no check code was found, neither as QR code nor in the text")
    return (seen | printed).pop(), text


def _in_picture(path: Path) -> set[str]:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            return _read(image.convert("L"))
    except UnidentifiedImageError as error:
        raise ScanError("this is neither a PDF nor a picture") from error


def _read(image: object) -> set[str]:
    import zxingcpp

    found = zxingcpp.read_barcodes(image, zxingcpp.barcode_formats_from_str("QRCode"))
    return {one.text for one in found if _TYPED.fullmatch(one.text)}
