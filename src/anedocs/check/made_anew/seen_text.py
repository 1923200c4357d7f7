"""Texts, tables, JSON and archives as a comparison sees them."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tarfile
import zlib
from collections.abc import Iterator
from typing import Any

from anedocs.check.made_anew.seen import Seen

#: A file of the package is at most so large when it is unpacked.
_MOST = 20_000_000


def lines(content: bytes) -> Seen:
    """A text, line by line. Raises ValueError where it is not UTF-8."""
    found = Seen()
    for number, line in enumerate(_text(content).split("\n"), start=1):
        found.in_order.append((f"line {number}", line))
    return found


def table(content: bytes) -> Seen:
    """A CSV, cell by cell, each under its row, as a spreadsheet counts, and its column."""
    found = Seen()
    text = _text(content)
    found.put("first sign", repr(text[:1]) if text[:1] == "\ufeff" else "no byte order mark")
    found.put("line ends", f"{text.count(chr(13) + chr(10))} of {text.count(chr(10))} with CR")
    try:
        rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), strict=True))
    except csv.Error as error:
        raise ValueError(f"this is no table: {error}") from error
    head = rows[0] if rows else []
    found.put("columns", ", ".join(head))
    for number, row in enumerate(rows[1:], start=2):
        for column, cell in enumerate(row):
            name = head[column] if column < len(head) else f"column {column + 1}"
            found.put(f"row {number}, {name}", cell)
    return found


def form(content: bytes) -> Seen:
    """A JSON file, each value under its path; a name that stands twice is seen twice."""
    found = Seen()
    try:
        read = json.loads(
            _text(content), object_pairs_hook=_Members, parse_float=_Number, parse_int=_Number
        )
        for place, value in _leaves(read, ""):
            found.put(place or "the whole", value)
    except RecursionError:
        raise ValueError("its parts are nested without end") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"this is no JSON: {error}") from error
    return found


def archive(content: bytes) -> Seen:
    """An archive of FHIR files: its members, and in each one every value under its path."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
            plain = packed.read(_MOST + 1)
        if len(plain) > _MOST:
            raise ValueError("it unpacks to more than such a file can hold")
        found = Seen()
        with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as opened:
            for member in opened:
                _member(found, opened, member)
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise ValueError(f"this is no archive: {error}") from error
    return found


def _member(found: Seen, opened: tarfile.TarFile, member: tarfile.TarInfo) -> None:
    kind = "a file" if member.isreg() else f"a member of kind {member.type!r}"
    found.put(member.name, f"{kind}, mode {member.mode:o}{member.linkname and ' to '}"
                           f"{member.linkname}")  # fmt: skip
    file = opened.extractfile(member) if member.isreg() else None
    if file is None:
        return
    content = file.read()
    inner = form(content) if member.name.endswith(".json") else lines(content)
    for place, value in (*inner.at_place.items(), *inner.in_order):
        found.put(f"{member.name}, {place}", value)


class _Members(list[tuple[str, Any]]):
    """The members of an object, in their order."""


class _Number(str):
    """A number as it is written."""


def _leaves(node: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, _Members):
        if not node:
            yield path, "{}"
        for name, member in node:
            yield from _leaves(member, f"{path}.{name}" if path else name)
    elif isinstance(node, list):
        if not node:
            yield path, "[]"
        for number, member in enumerate(node):
            yield from _leaves(member, f"{path}[{number}]")
    elif isinstance(node, _Number):
        yield path, f"{node} as a number"
    elif isinstance(node, str):
        yield path, node
    else:
        yield path, {None: "null", True: "true", False: "false"}[node]  # type: ignore[index]


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start + 1} is not UTF-8") from None
