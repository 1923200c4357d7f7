"""Workbooks and Word files as a comparison sees them: every element of every part.

Read from the packed XML with the standard library: cells, formulas, formats, what is hidden,
validations, comments, footnotes, properties of a run of text, pictures. No writer helps.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from anedocs.check.made_anew.seen import Seen
from anedocs.check.readers.packed import parts, xml

#: The order in which the parts of a Word file are read.
_STORIES = ("word/header", "word/document.xml", "word/footnotes", "word/endnotes",
            "word/comments", "word/footer")  # fmt: skip
_TOOLS = "docProps/app.xml"


def document(content: bytes) -> Seen:
    """A Word file: its paragraphs in order, and every element of all of its parts."""
    found, packed = Seen(), parts(content)
    for story in _STORIES:
        for name in (name for name in packed if name.startswith(story) and name.endswith(".xml")):
            title = name.removeprefix("word/").removesuffix(".xml")
            paragraphs = (one for one in xml(packed[name]).iter() if _tag(one) == "p")
            for number, paragraph in enumerate(paragraphs, start=1):
                words = "".join(one.text or "" for one in paragraph.iter() if _tag(one) == "t")
                found.in_order.append((f"{title}, paragraph {number}", words))
    for name, part in packed.items():
        before = set(found.at_place)
        _part(found, name, part)
        if name.startswith(_STORIES):
            found.of_words |= set(found.at_place) - before
    return found


def workbook(content: bytes) -> Seen:
    """A workbook: each cell with value, formula and format, and every element of all its parts."""
    found, packed = Seen(), parts(content)
    texts = [_texts(one) for one in xml(packed.get(_STRINGS, b"<sst/>")) if _tag(one) == "si"]
    titles = _titles(packed)
    for name, part in packed.items():
        if name in titles:
            _sheet(found, f"sheet {titles[name]}", xml(part), texts)
        elif name != _STRINGS:
            _part(found, name, part)
    return found


_STRINGS = "xl/sharedStrings.xml"


def _titles(packed: dict[str, bytes]) -> dict[str, str]:
    """The title of each sheet by the name of its part."""
    links = xml(packed.get("xl/_rels/workbook.xml.rels", b"<none/>"))
    targets = {one.get("Id", ""): one.get("Target", "") for one in links}
    book = xml(packed.get("xl/workbook.xml", b"<none/>"))
    titles = {}
    for sheet in (one for one in book.iter() if _tag(one) == "sheet"):
        link = next((value for key, value in sheet.items() if _plain(key) == "id"), "")
        titles[f"xl/{targets.get(link, '')}"] = sheet.get("name", "")
    return titles


def _sheet(found: Seen, title: str, root: Element, texts: list[str]) -> None:
    for cell in (one for one in root.iter() if _tag(one) == "c"):
        place = f"{title}, cell {cell.get('r', 'without a name')}"
        value = next((one.text or "" for one in cell if _tag(one) == "v"), "")
        kind = cell.get("t", "number")
        if kind == "s":
            index = int(value) if value.isascii() and value.isdecimal() else len(texts)
            value = texts[index] if index < len(texts) else "a text that is not in the file"
        elif kind == "inlineStr":
            value = _texts(cell)
        found.put(place, value if kind in ("s", "inlineStr", "number") else f"{value} ({kind})")
        found.put(f"{place}, format", cell.get("s", "0"))
        for inner in (one for one in cell if _tag(one) not in ("v", "is")):
            found.put(f"{place}, {_FORMULA.get(_tag(inner), _tag(inner))}", _whole(inner))
    for place, value in _elements(root, title, skipped="c"):
        found.put(place, value)


_FORMULA = {"f": "formula"}


def _texts(node: Element) -> str:
    return "".join(one.text or "" for one in node.iter() if _tag(one) == "t")


def _whole(node: Element) -> str:
    return " ".join([node.text or "", *(f"{key}={value}" for key, value in node.items())]).strip()


def _part(found: Seen, name: str, content: bytes) -> None:
    """Every element of an XML part under its path; of another part, its SHA-256."""
    if not name.endswith((".xml", ".rels")):
        found.put(name, f"SHA-256 {hashlib.sha256(content).hexdigest()}")
        return
    for place, value in _elements(xml(content), name):
        found.put(place, value)
        if name == _TOOLS:
            found.of_tools.add(place)


def _elements(root: Element, place: str, skipped: str = "") -> Iterator[tuple[str, str]]:
    """Texts, attributes and empty elements, each under its path; without recursion."""
    waiting = [(root, f"{place}, {_tag(root)}")]
    while waiting:
        node, path = waiting.pop()
        told = (node.text or "").strip("\n\r\t")
        if told or (not len(node) and not node.keys()):
            yield path, told
        yield from ((f"{path}/@{_plain(key)}", value) for key, value in node.items())
        counts: dict[str, int] = {}
        for inner in node:
            tag = _tag(inner)
            if tag == skipped:
                continue
            counts[tag] = counts.get(tag, 0) + 1
            waiting.append((inner, f"{path}/{_WORDS.get(tag, tag)}[{counts[tag]}]"))


#: Elements that have a name among people.
_WORDS = {"p": "paragraph", "r": "run", "tbl": "table", "tr": "row", "tc": "cell"}


def _tag(node: Element) -> str:
    return _plain(node.tag) if isinstance(node.tag, str) else ""


def _plain(name: str) -> str:
    return name.rpartition("}")[2]
