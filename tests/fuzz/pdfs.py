"""Finished sheets as people send them: forged, damaged, as pictures; and an own reading."""

from __future__ import annotations

import ctypes
import io
import re
import zlib
from random import Random
from typing import Any

import mutate
import pypdfium2
import pypdfium2.raw as raw
from PIL import Image

_STREAM = re.compile(rb"/Filter /FlateDecode/Length ([0-9]+)[^>]*>>\s*stream\r?\n")
_ID = re.compile(rb"/ID ?\[ ?<[0-9A-Fa-f]*> ?<[0-9A-Fa-f]*> ?\]")


def words_of(content: bytes) -> list[str]:
    """The words of all pages, in the order of the content."""
    return [word for page in pages_of(content) for word in page]


def pages_of(content: bytes) -> list[list[str]]:
    """The words of each page, in the order of the content."""
    document = pypdfium2.PdfDocument(content)
    try:
        texts = [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()
    return [text.replace("\x02", "-").replace("\ufffe", "-").split() for text in texts]


def page_picture(content: bytes, dpi: int) -> Image.Image:
    """The first page as paper shows it."""
    document = pypdfium2.PdfDocument(content)
    try:
        return document[0].render(scale=dpi / 72).to_pil().convert("L")
    finally:
        document.close()


def saved(image: Image.Image, form: str, **more: Any) -> bytes:
    """The bytes of a picture."""
    out = io.BytesIO()
    image.save(out, form, **more)
    return out.getvalue()


def picture(random: Random, pages: list[Image.Image]) -> tuple[str, bytes]:
    """A page, or two, in a form and a state in which pictures come; with the ending of its name."""
    page = random.choice(pages)
    page = random.choice((_same, _turned, _cropped, _scaled, _spotted, _mode))(random, page)
    form = random.choice(("PNG", "JPEG", "TIFF", "TIFF", "GIF", "BMP", "WEBP", "PPM", "PDF"))
    more: dict[str, Any] = {}
    if form != "TIFF" and page.mode not in ("L", "RGB"):
        page = page.convert("RGB" if form != "PNG" or page.mode not in ("1", "P", "LA", "RGBA")
                            else page.mode)  # fmt: skip
    if form == "JPEG":
        more["quality"] = random.choice((20, 75, 95))
    if form == "TIFF":
        more["compression"] = random.choice((None, "tiff_lzw", "tiff_deflate", "packbits"))
        more["save_all"] = True
        if random.random() < 0.5:
            empty = Image.new(page.mode, (200, 200))
            more["append_images"] = random.sample([page, empty, random.choice(pages)], 2)
    try:
        content = saved(page, form, **more)
    except (OSError, TypeError):  # Pillow has no way to write this mode in this form
        form, content = "PNG", saved(page.convert("RGB"), "PNG")
    if random.random() < 0.5:
        content = mutate.of_bytes(random, content)
    elif form == "PNG" and random.random() < 0.5:
        content = _png_header(random, content)
    return form.lower(), content


def _same(random: Random, page: Image.Image) -> Image.Image:
    return page


def _turned(random: Random, page: Image.Image) -> Image.Image:
    return page.rotate(random.choice((90, 180, 270, 2, -7, 45)), expand=True, fillcolor=255)


def _cropped(random: Random, page: Image.Image) -> Image.Image:
    x, y = random.randint(0, page.width - 2), random.randint(0, page.height - 2)
    return page.crop((x, y, random.randint(x + 1, page.width), random.randint(y + 1, page.height)))


def _scaled(random: Random, page: Image.Image) -> Image.Image:
    return page.resize((max(1, page.width * random.choice((1, 3, 15)) // 10),
                        max(1, page.height * random.choice((1, 3, 15)) // 10)))  # fmt: skip


def _spotted(random: Random, page: Image.Image) -> Image.Image:
    page = page.copy()
    for _ in range(random.randint(1, 40)):
        x, y = random.randrange(page.width), random.randrange(page.height)
        page.paste(
            random.choice((0, 255)), (x, y, x + random.randint(1, 60), y + random.randint(1, 20))
        )
    return page


def _mode(random: Random, page: Image.Image) -> Image.Image:
    return page.convert(
        random.choice(("1", "RGB", "RGBA", "P", "CMYK", "I", "F", "LA", "YCbCr", "HSV"))
    )


def _png_header(random: Random, content: bytes) -> bytes:
    """Another size, depth or colour in the header, with a checksum that fits."""
    header = bytearray(content[16:29])
    if random.random() < 0.5:
        header[0:4] = random.choice((0, 1, 20_000, 2**31 - 1, 2**32 - 1)).to_bytes(4, "big")
    else:
        header[random.randrange(4, 13)] = random.randrange(256)
    body = b"IHDR" + bytes(header)
    return content[:12] + body + zlib.crc32(body).to_bytes(4, "big") + content[33:]


def forged(random: Random, content: bytes, others: list[bytes]) -> bytes:
    """A sheet that was changed after it was made, or damaged on its way."""
    kind = random.random()
    if kind < 0.3:
        return mutate.of_bytes(random, content)
    if kind < 0.6:
        return _in_stream(random, content)
    try:
        return _with_pdfium(random, content, others)
    except pypdfium2.PdfiumError:
        return content


def _in_stream(random: Random, content: bytes) -> bytes:
    """Other signs, or the same in other places, within a compressed part of the file."""
    found = list(_STREAM.finditer(content))
    if not found:
        return content
    match = found[0] if random.random() < 0.7 else random.choice(found)
    length = int(match[1])
    try:
        text = zlib.decompress(content[match.end() : match.end() + length])
    except zlib.error:
        return content
    glyphs = list(re.finditer(rb"<([0-9a-f]{4,})>", text))
    if glyphs and random.random() < 0.85:
        one, other = random.choice(glyphs), random.choice(glyphs)
        at = 4 * random.randrange(len(one[1]) // 4)
        take = 4 * random.randrange(len(other[1]) // 4)
        place = one.start(1) + at
        text = text[:place] + other[1][take : take + 4] + text[place + 4 :]
    else:
        text = mutate.of_bytes(random, text)
    packed = zlib.compress(text, 9)
    if len(packed) > length:
        return content[: match.end()] + packed + content[match.end() + length :]
    return content[: match.end()] + packed.ljust(length, b"\0") + content[match.end() + length :]


def _with_pdfium(random: Random, content: bytes, others: list[bytes]) -> bytes:
    document = pypdfium2.PdfDocument(content)
    other = pypdfium2.PdfDocument(random.choice(others))
    try:
        page = document[0]
        match random.randrange(8):
            case 0:
                document.import_pages(other, index=random.choice((0, 1)))
            case 1:
                document.new_page(random.choice((1, 612, 14_400)), 792, index=0)
            case 2:
                page.set_rotation(random.choice((90, 180, 270)))
            case 3:
                page.set_mediabox(
                    0, 0, random.choice((1, 300, 200_000)), random.choice((1, 792, 200_000))
                )
            case 4:
                page.set_cropbox(0, 0, 612, random.choice((1, 200, 790)))
            case 5:
                objects = list(page.get_objects())
                page.remove_obj(random.choice(objects))
                page.gen_content()
            case _:
                _write_on(random, document, page)
        out = io.BytesIO()
        document.save(out)
        return _ID.sub(b"/ID[<00><00>]", out.getvalue())  # PDFium draws it by lot
    finally:
        document.close()
        other.close()


def _write_on(random: Random, document: Any, page: Any) -> None:
    """A word written on the page, where a dose may stand."""
    word = random.choice(("5,520 mg", "0", "IV push", "not", "x", "APPROVED", "552 mg", "10"))
    text = raw.FPDFPageObj_NewTextObj(document, b"Helvetica", random.choice((0.1, 4.0, 9.0, 40.0)))
    letters = (word + "\0").encode("utf-16-le")
    raw.FPDFText_SetText(text, ctypes.cast(letters, raw.FPDF_WIDESTRING))
    raw.FPDFPageObj_Transform(text, 1, 0, 0, 1, random.randint(0, 612), random.randint(0, 792))
    raw.FPDFPage_InsertObject(page, text)
    page.gen_content()
