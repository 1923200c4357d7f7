"""Pictures of sheets: opened whatever their form, searched for check codes, held side by side.

The only module that names zxing-cpp and Pillow.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

#: A check code as it is printed, blanks taken out.
TYPED = re.compile(
    r"[A-Z][A-Z0-9-]*/[0-9]{4}\.[0-9]+\.[0-9]+/[0-9A-F]{12}/[A-Z0-9:./-]+?/[0-9A-F]{8}"
)
#: The forms of pictures that are read. Why a list: Pillow would start other programs for some.
FORMS = ("AVIF", "BMP", "GIF", "JPEG", "JPEG2000", "PNG", "PPM", "TIFF", "WEBP")
#: How much one picture may hold when unpacked: an A4 page at 1,200 dpi in grey.
MOST_BYTES = 150_000_000
#: Larger pictures are made smaller before they are searched.
MOST_DOTS = 25_000_000
#: Of the ink of a word, the share that may differ where two pictures show the same word; and where
#: one of them was made smaller or larger.
ALIKE, ALIKE_SCALED = 0.15, 0.4


class ScanError(ValueError):
    """A picture cannot be read; the message says why, and what to do."""


def whole_code(text: str) -> bool:
    """Whether a text has the form of a check code and its checksum fits."""
    body, _, checksum = text.rpartition("/")
    return bool(TYPED.fullmatch(text)) and f"{zlib.crc32(body.encode()):08X}" == checksum


def printed_codes(text: str) -> list[str]:
    """The whole check codes in a text, however its lines break, once each."""
    joined = "".join(text.split())
    return list(dict.fromkeys(found for found in TYPED.findall(joined) if whole_code(found)))


def frames(content: bytes, most: int) -> Iterator[Any]:
    """The pages or frames of a picture, in grey, `most` at the most. Raises ScanError."""
    from PIL import Image, ImageFile, UnidentifiedImageError

    Image.init()
    Image.MAX_IMAGE_PIXELS = None  # _grey sets the bound, and says it in a sentence
    ImageFile.LOAD_TRUNCATED_IMAGES = True  # the code may stand in the part that is there
    try:
        known = [form for form in FORMS if form in Image.OPEN]
        with Image.open(io.BytesIO(content), formats=known) as image:
            for number in range(most):
                try:
                    image.seek(number)
                except EOFError:
                    return
                yield _grey(image)
    except ScanError:
        raise
    except UnidentifiedImageError as error:
        raise ScanError(_unknown(content)) from error
    except MemoryError as error:
        raise ScanError(_TOO_LARGE) from error
    except Exception as error:  # Why all: each form of picture has faults of its own
        raise ScanError("this picture is damaged or cut short; scan or save it again") from error


_TOO_LARGE = (
    "this picture is too large to be read; save it smaller (300 dpi, in grey, are more than enough)"
)


def _grey(image: Any) -> Any:
    """A picture in shades of grey, on white, and no larger than it must be."""
    from PIL import Image, ImageOps

    if image.format in ("JPEG", "MPO") and image.width * image.height > MOST_DOTS:
        share = (MOST_DOTS / (image.width * image.height)) ** 0.5
        image.draft("L", (int(image.width * share), int(image.height * share)))
    if image.width * image.height * len(image.getbands()) > MOST_BYTES:
        raise ScanError(_TOO_LARGE)
    image.load()
    if image.mode.startswith(("I", "F")):
        low, high = image.convert("F").getextrema()
        spread = max(high - low, 1)
        grey = image.convert("F").point(lambda shade: shade * (255 / spread) - low * 255 / spread)
        grey = grey.convert("L")
    elif image.mode in ("LAB", "YCbCr", "HSV"):
        grey = image.getchannel(2 if image.mode == "HSV" else 0)
    elif image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        over = image.convert("RGBA")
        grey = Image.alpha_composite(Image.new("RGBA", over.size, "white"), over).convert("L")
    else:
        grey = image.convert("L")
    while grey.width * grey.height > MOST_DOTS:
        grey = grey.reduce(2)
    return ImageOps.exif_transpose(grey)


def _unknown(content: bytes) -> str:
    start = content[:4096]
    brand = start[8:12]
    if start[4:8] == b"ftyp" and brand in (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim"):
        return "this is a HEIC picture, as some telephones take them; save it as JPEG or PNG"
    if b"<svg" in start:
        return "this is an SVG drawing; save it as PNG or PDF"
    if start.startswith(b"PK\x03\x04"):
        return "this is an Office document or an archive; save the page as PDF"
    if start.startswith((b"%!PS", b"\xc5\xd0\xd3\xc6")):
        return "this is a PostScript file; save it as PDF"
    if not content:
        return "this file is empty"
    return "this is neither a PDF nor a picture that can be read"


def codes(image: Any, *, thorough: bool) -> list[str]:
    """The whole check codes among the QR codes of a grey picture, once each.

    Where none is seen at once and `thorough`, the picture is also tried sharper, in more contrast
    and stretched, as a coarse fax needs it.
    """
    for tried in _attempts(image, thorough=thorough):
        found = [text for text in _read(tried) if whole_code(text)]
        if found:
            return list(dict.fromkeys(found))
    return []


def empty(image: Any) -> bool:
    """Whether a grey picture is of one shade all over."""
    darkest, lightest = image.getextrema()
    return bool(darkest == lightest)


def _attempts(image: Any, *, thorough: bool) -> Iterator[Any]:
    from PIL import ImageFilter, ImageOps

    if min(image.size) < 20 or empty(image):
        return
    yield image
    if not thorough:
        return
    yield ImageOps.autocontrast(image, cutoff=2)
    wide, high = image.size
    if wide * high * 4 > MOST_DOTS:
        yield image.reduce(2)
        return
    # A coarse fax has half as many lines as columns; a phone may see a code from aside.
    for stretch in ((wide, high * 2), (wide * 2, high * 2), (wide * 2, high)):
        yield image.resize(stretch)
    yield image.resize((wide * 2, high * 2)).filter(ImageFilter.GaussianBlur(2))
    yield image.filter(ImageFilter.GaussianBlur(1))


def _read(image: Any) -> list[str]:
    import zxingcpp

    found = []
    for way in (zxingcpp.Binarizer.LocalAverage, zxingcpp.Binarizer.GlobalHistogram):
        found += zxingcpp.read_barcodes(
            image, zxingcpp.barcode_formats_from_str("QRCode"), binarizer=way
        )
        if found:
            break
    return [one.text for one in found]


def packed(image: Any) -> bytes:
    """A grey picture as PNG."""
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()


def unpacked(content: bytes) -> Any:
    """What `packed` has made."""
    from PIL import Image

    return Image.open(io.BytesIO(content), formats=("PNG",)).convert("L")


Box = Sequence[float]


def unlike(one: Any, other: Any, boxes: Sequence[tuple[Box, Box]], *, scaled: bool) -> list[int]:
    """Which boxes do not show the same in two pictures; boxes are (left, top, right, bottom).

    Why with a dot of play, in half the size: other programs draw the same letter a bit aside.
    """
    mine, yours = _ink(one.reduce(2)), _ink(other.reduce(2))
    most = ALIKE_SCALED if scaled else ALIKE
    return [
        number
        for number, places in enumerate(boxes)
        if _difference(mine, yours, *([edge / 2 for edge in box] for box in places)) > most
    ]


def _ink(image: Any) -> tuple[Any, Any]:
    """Where a picture has ink for certain, and where some is within a dot."""
    from PIL import ImageFilter

    certain = image.point(lambda shade: 255 if shade < _DARK else 0)
    around = image.filter(ImageFilter.MinFilter(3)).point(lambda shade: 255 if shade < _PALE else 0)
    return certain, around


#: Shades: darker than the one is ink for certain, darker than the other may be its edge.
_DARK, _PALE = 110, 215


def _difference(mine: tuple[Any, Any], yours: tuple[Any, Any], box: Box, place: Box) -> float:
    """The ink that one box has and the other has not, as a share of the ink that should be."""
    from PIL import ImageChops, ImageStat

    left, top, right, bottom = (round(edge) for edge in box)
    size = (max(right - left, 1), max(bottom - top, 1))
    wanted, near_wanted = (image.crop((left, top, left + size[0], top + size[1])) for image in mine)
    found, near_found = (image.resize(size, 2, _within(place, image.size)) for image in yours)
    lost = ImageStat.Stat(ImageChops.subtract(wanted, near_found)).sum[0]
    added = ImageStat.Stat(ImageChops.subtract(found, near_wanted)).sum[0]
    return float((lost + added) / max(ImageStat.Stat(wanted).sum[0], 255))


def extra(made: Any, found: Any, scale: float, right: float, down: float) -> Any:
    """The ink of one picture where another has none near, in the dots of the other.

    `scale`, `right` and `down` lead from a place of `made` to that of `found`.
    """
    from PIL import Image, ImageChops, ImageFilter

    play = 5
    if found.size != made.size or (round(scale, 3), round(right), round(down)) != (1, 0, 0):
        play = 5 if round(scale, 3) == 1 else 7  # letters become thinner or thicker by it
        steps = (scale, 0, right, 0, scale, down)
        found = found.transform(
            made.size, Image.Transform.AFFINE, steps, Image.Resampling.BILINEAR, fillcolor=255
        )
    near = made.filter(ImageFilter.MinFilter(play)).point(lambda shade: 255 if shade < _PALE else 0)
    return ImageChops.subtract(found.point(lambda shade: 255 if shade < _LINE else 0), near)


#: Darker than this is a line, be it as thin as a dot.
_LINE = 160


def crossed(left: Any, boxes: Sequence[Box]) -> list[int]:
    """Which boxes something is drawn across, over at least half of their width or height."""
    found = []
    for number, box in enumerate(boxes):
        place = tuple(map(round, box))
        over = left.crop(place).getbbox()
        if over is not None and (
            over[2] - over[0] > (place[2] - place[0]) / 2
            or over[3] - over[1] > (place[3] - place[1]) / 2
        ):
            found.append(number)
    return found


def spotted(made: Any, found: Any, boxes: Sequence[Box]) -> list[int]:
    """Which boxes have a dark dot where the other picture is white, be it as small as a point.

    None where the pictures are not otherwise the same dot for dot: another program drew it then.
    """
    from PIL import ImageChops

    if made.size != found.size:
        return []
    dark = found.point(lambda shade: 255 if shade < _DARK else 0)
    spots = ImageChops.multiply(dark, made.point(lambda shade: 255 if shade > _PALE else 0))
    apart = ImageChops.difference(made, found)
    places: list[Any] = [tuple(map(round, box)) for box in boxes]
    same = sum(1 for place in places if not apart.crop(place).getbbox())
    if same < _MOSTLY * len(places):
        return []
    return [n for n, place in enumerate(places) if spots.crop(place).getbbox() is not None]


#: Of the words: other programs draw one in six a bit otherwise.
_MOSTLY = 0.98


def inked(left: Any) -> bool:
    """Whether there is more on a picture than a few dots."""
    return bool(left.histogram()[255] > _FEW)


_FEW = 20


def _within(box: Box, size: tuple[int, int]) -> tuple[float, float, float, float]:
    """A box that lies on the picture."""
    left, right = (min(max(edge, 0), size[0]) for edge in (box[0], box[2]))
    top, bottom = (min(max(edge, 0), size[1]) for edge in (box[1], box[3]))
    if right - left < 1 or bottom - top < 1:
        return 0, 0, 1, 1
    return left, top, right, bottom
