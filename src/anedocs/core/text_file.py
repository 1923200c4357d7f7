"""The text of a file that a spreadsheet or an EHR wrote, whatever its encoding.

Why not UTF-8 alone: Excel writes UTF-8, UTF-16 ("Unicode text") or Windows-1252, as the user
chooses in its menu. What is certain is read, a guess is told, and the rest is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NoReturn

from anedocs.core.problems import ContentError, Place, Problem

Encoding = Literal["any", "utf-8", "windows-1252", "utf-16"]
#: In bytes; the table of one order set has a few hundred rows.
LARGEST = 20_000_000
_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"), (b"\x00\x00\xfe\xff", "utf-32"), (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"),
)  # fmt: skip
#: What people give in place of a CSV file, and how it begins.
_OTHERS = (
    (r"PK\x03\x04(?=.*?(?:xl/|\[Content_Types\]))", "an Excel workbook (XLSX)"),
    (r"PK\x03\x04(?=.*?opendocument\.spreadsheet)", "a LibreOffice workbook (ODS)"),
    (r"PK\x03\x04", "a ZIP file"),
    (r"\xd0\xcf\x11\xe0", "an old Excel workbook (XLS)"),
    (r"%PDF", "a PDF"),
    (r"\x1f\x8b", "a compressed file (gzip)"),
    (r"\s*<(?:!doctype|html|head|meta|table|\?xml)", "a web page or XML"),
    (r"\s*\{\s*\"", "JSON"),
)
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
#: So much of a text is shown on either side of a sign.
_NEAR = 15


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a file, and what its reader must know of how it was decoded."""

    text: str
    note: str = ""


def decode(raw: bytes, name: str, touches: str, encoding: Encoding = "any") -> Decoded:
    """The text of a file; a mark at its beginning says more than `encoding`.

    Raises ContentError for a file that is too large, is no text, or has another encoding.
    """
    _only_text(raw, name, touches)
    codec = next((codec for mark, codec in _MARKS if raw.startswith(mark)), None)
    if codec is None and encoding == "any":
        codec = _utf_16(raw)
    if codec is None and encoding in ("any", "windows-1252"):
        decoded = _utf_8_or_windows(raw, name, touches, guessed=encoding == "any")
    else:
        decoded = Decoded(_strict(raw, codec or encoding, name, touches))
    text = decoded.text.removeprefix("\ufeff")
    if "\x00" in text:
        _stop(Place(name, _line(text, text.index("\x00"))), "a NUL byte stands in this line: the "
              "file is damaged, is no text, or has another encoding", touches,
              "Export it anew as 'CSV UTF-8'")  # fmt: skip
    return Decoded(text, decoded.note)


def _only_text(raw: bytes, name: str, touches: str) -> None:
    if len(raw) > LARGEST:
        _stop(Place(name), f"the file has more than {LARGEST:,} bytes", touches,
              "Export this order set alone")  # fmt: skip
    begin = raw[:4000].decode("latin-1")
    for form, kind in _OTHERS:
        if re.match(form, begin, re.IGNORECASE | re.DOTALL):
            _stop(Place(name), f"this is {kind}, not a CSV file", touches,
                  "Open it in a spreadsheet program and save the sheet with the orders as "
                  "'CSV UTF-8'")  # fmt: skip


def _utf_16(raw: bytes) -> str | None:
    """UTF-16 without its mark: every second byte of plain text is NUL then."""
    begin = raw[:4000]
    for codec, high, low in (("utf-16-le", begin[1::2], begin[::2]),
                             ("utf-16-be", begin[::2], begin[1::2])):  # fmt: skip
        if 10 * high.count(0) > 7 * len(high) and not low.count(0):
            return codec
    return None


def _utf_8_or_windows(raw: bytes, name: str, touches: str, *, guessed: bool) -> Decoded:
    """UTF-8 wherever it can be. Why: nothing else looks like it; read otherwise it is garbled."""
    try:
        return Decoded(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        if guessed and _partly_utf_8(raw):
            _not_in(error, "UTF-8, as the rest of the file is", name, touches)
    try:
        text = raw.decode("windows-1252")
    except UnicodeDecodeError as error:
        _not_in(error, "UTF-8, and not Windows-1252", name, touches)
    odd = _BEYOND_ASCII.search(text)
    if not guessed or odd is None:
        return Decoded(text)
    line, near = _line(text, odd.start()), text[max(odd.start() - _NEAR, 0) : odd.end() + _NEAR]
    seen = " ".join(near.split())
    return Decoded(text, "The file is not UTF-8 and was read as Windows-1252: look whether line "
                   f"{line} says '{seen}'")  # fmt: skip


def _partly_utf_8(raw: bytes) -> bool:
    """Whether at least half of the signs beyond ASCII are written as in UTF-8."""
    text = raw.decode("utf-8", "replace")
    return len(_BEYOND_ASCII.findall(text)) >= 2 * text.count("\ufffd")


def _strict(raw: bytes, codec: str, name: str, touches: str) -> str:
    try:
        return raw.decode(codec)
    except UnicodeDecodeError as error:
        _not_in(error, codec.upper(), name, touches)


def _not_in(error: UnicodeDecodeError, form: str, name: str, touches: str) -> NoReturn:
    line = error.object.count(b"\n", 0, error.start) + 1
    _stop(Place(name, line), f"byte 0x{error.object[error.start]:02x} in this line is not {form}",
          touches, "Save it as 'CSV UTF-8', or say in the map which encoding it has")  # fmt: skip


def _line(text: str, at: int) -> int:
    """The line in which a place of the text stands, whichever line ends it has."""
    return len(re.findall(r"\r\n|\r|\n", text[:at])) + 1


def _stop(place: Place, what: str, touches: str, mend: str) -> NoReturn:
    raise ContentError([Problem(place, what, touches, mend)])
