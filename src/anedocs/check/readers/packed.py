"""Packed office files opened: their parts within bounds, and the XML of a part."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

#: The parts of a file of ours, unpacked, are fewer and smaller than this.
_MOST_PARTS, _MOST_BYTES = 200, 20_000_000


def parts(content: bytes) -> dict[str, bytes]:
    """Every part of a packed file by its name, in the order of the names.

    Raises ValueError where it is damaged, or unpacks to more than a finished document can hold.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            members = packed.infolist()
            if len(members) > _MOST_PARTS or sum(one.file_size for one in members) > _MOST_BYTES:
                raise ValueError("it unpacks to more than such a file can hold")
            names = [one.filename for one in members]
            if len(set(names)) != len(names):
                raise ValueError("two of its parts bear one name")
            return {one.filename: packed.read(one) for one in sorted(members, key=_name)}
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, KeyError) as error:
        raise ValueError(f"this is no workbook and no Word file that can be read: {error}") from (
            error
        )


def _name(member: zipfile.ZipInfo) -> str:
    return member.filename


def xml(content: bytes) -> Element:
    """The root of an XML part. Raises ValueError for a broken one, or one that declares entities.

    Why: a few lines of entities unfold to gigabytes, and no office file declares any.
    """
    if b"<!" in re.sub(rb"(?s)<!--.*?-->|<!\[CDATA\[", b"", content) or b"\0" in content:
        raise ValueError("one of its parts declares what no office file declares")
    try:
        return ElementTree.fromstring(content)
    except (ElementTree.ParseError, LookupError, RecursionError) as error:
        raise ValueError(f"one of its parts is no XML: {error}") from error


def far_away(part: bytes) -> str | None:
    """The first cell of a sheet that lies where no sheet of ours reaches; None where none does.

    Why: a reader that lays a sheet out as rows would fill the memory with empty cells.
    """
    for found in re.finditer(rb'[":]([A-Z]+)([0-9]+)(?=[": ])', part):
        if len(found[1]) > _LETTERS or int(found[2]) > _ROWS:
            return f"{found[1].decode()}{found[2].decode()}"
    return None


#: No sheet of ours has so many rows, or columns with so long a name.
_ROWS, _LETTERS = 20_000, 2
