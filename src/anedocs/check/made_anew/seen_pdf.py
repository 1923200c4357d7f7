"""A PDF as a comparison sees it: words, ink, pictures, annotations, and what can act by itself."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterator

from anedocs.check.made_anew.seen import Seen
from anedocs.check.readers import pdf_file

#: Names in a PDF by which it holds, opens or runs something beside its pages.
_ACTS = (
    "JavaScript", "JS", "OpenAction", "AA", "Launch", "SubmitForm", "ImportData", "GoToR", "GoToE",
    "URI", "EmbeddedFile", "EmbeddedFiles", "Filespec", "AF", "RichMedia", "Movie", "Sound", "3D",
    "AcroForm", "XFA", "OCG", "OCProperties", "Encrypt", "Annot", "Annots", "Metadata", "Prev",
)  # fmt: skip
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_NAME = re.compile(rb"/((?:[A-Za-z0-9]|#[0-9A-Fa-f]{2})+)")
#: No stream of a file of ours is larger when it is unpacked.
_MOST = 20_000_000


def seen(content: bytes) -> Seen:
    """All that a PDF shows and holds. Raises ValueError where it cannot be read."""
    found = Seen(of_pages=True)
    streams = list(_streams(content))  # before any library opens it: they are bounded
    for number, page in enumerate(pdf_file.pdf_pages(content), start=1):
        found.in_order.extend((f"page {number}", line) for line in page.lines)
    for place, value in pdf_file.pdf_properties(content):
        found.put(place, value)
        if place == "document, Producer":
            found.of_tools.add(place)
    found.ink.extend(pdf_file.pdf_ink(content))
    for name, count in _acting(_STREAM.sub(b"", content), streams).items():
        found.put(f"document, parts of the kind {name}", str(count))
    for stream in streams:
        if b"<x:xmpmeta" in stream:
            found.put("document, XMP", stream.decode("utf-8", "replace"))
            found.of_tools.add("document, XMP")
    return found


def _streams(content: bytes) -> Iterator[bytes]:
    """What the streams of a file hold. Raises ValueError where one unpacks without end."""
    for packed in _STREAM.findall(content):
        unpacking = zlib.decompressobj()
        try:
            plain = unpacking.decompress(packed, _MOST)
        except zlib.error:
            plain = packed
        if unpacking.unconsumed_tail:
            raise ValueError("it unpacks to more than such a file can hold")
        yield plain


def _acting(outside: bytes, streams: list[bytes]) -> dict[str, int]:
    """How often each name that can act stands in the objects of a file, however it is written."""
    objects = [outside, *(one for one in streams if re.match(rb"\s*[0-9]+ [0-9]+ ", one))]
    names = Counter(_written_out(name) for part in objects for name in _NAME.findall(part))
    return {name: names[name] for name in _ACTS}


def _written_out(name: bytes) -> str:
    plain = re.sub(rb"#([0-9A-Fa-f]{2})", lambda one: bytes([int(one[1], 16)]), name)
    return plain.decode("latin-1")
