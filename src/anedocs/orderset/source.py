"""YAML as text with places: every value is a string that knows its line and column.

The only module that knows PyYAML. Nothing is interpreted: `NO` stays `NO`, `12:30` stays `12:30`;
only a plain `null` (`Null`, `NULL`), `~` or an empty value means "not given".
Why not yaml.load: it keeps the second of two equal keys, guesses types, follows aliases blindly.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple, NoReturn

import yaml

from anedocs.core.problems import ContentError, Place, Problem

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

MAX_BYTES = 1_000_000
MAX_DEPTH = 24
MAX_NODES = 60_000

#: Characters that no reader sees: controls, other line ends, marks that turn the reading direction,
#: private characters that no font has.
#: Why: a page would read otherwise than the file, or its line numbers would not be the editor's.
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ue000-\uf8ff\ufeff\ufffe\uffff]"
)
#: What an escape such as "\ud83d" leaves behind; no file can hold it.
_HALF = re.compile(r"[\ud800-\udfff]")
#: What the YAML library says, in plain words; the rest of its sentences stay as they are.
_PLAIN_WORDS = (
    ("tab character", "a tab stands where spaces are needed"),
    ("cannot start any token", "a value may not begin with '{}'"),
    ("mapping values are not allowed", "a colon stands where none may"),
    ("expected ',' or", "a quotation mark, a bracket or a brace is not closed"),
    ("end of stream", "a quotation mark, a bracket or a brace is not closed"),
    ("alphabetic or numeric", "a text that begins with '&' or '*' needs quotes"),
    ("expected key", "a key is missing, or this line is not indented as those above it"),
    ("expected '-' indicator", "a key is missing, or this line is not indented as those above it"),
    ("expected <block end>", "a key is missing, or this line is not indented as those above it"),
    ("expected ':'", "a colon is missing"),
)


class Scalar(NamedTuple):
    """One text, or None where the author wrote null."""

    place: Place
    text: str | None


class Listing:
    """A YAML list."""

    __slots__ = ("members", "place")

    def __init__(self, place: Place) -> None:
        self.place = place
        self.members: list[Node] = []


class Table:
    """A YAML mapping; `keys` holds the place of each key."""

    __slots__ = ("keys", "members", "place")

    def __init__(self, place: Place) -> None:
        self.place = place
        self.members: dict[str, Node] = {}
        self.keys: dict[str, Place] = {}


Node = Scalar | Listing | Table
Steps = tuple[str | int, ...]


def read(path: Path, name: str) -> tuple[Node, list[Problem]]:
    """Read a YAML file; returns its tree and the problems (duplicate keys) that leave it readable.

    `name` stands in messages instead of the path. Raises ContentError where no tree can be had:
    the file is missing, too big, not UTF-8, not YAML, too deep, or unfolds without bound.
    """
    return parse_bytes(contents(path, name), name)


def parse_bytes(raw: bytes, name: str) -> tuple[Node, list[Problem]]:
    """As `read`, of the bytes of a file."""
    return parse(_text(raw, name), name)


def contents(path: Path, name: str) -> bytes:
    """The bytes of a file; raises ContentError where it cannot be read or is too big."""
    start = Place(name)
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            _stop(
                start,
                f"the file has {size:,} bytes, more than {MAX_BYTES:,}",
                "An order set is text written by people; take out what does not belong in it",
            )
        raw = path.read_bytes()
    except OSError as error:
        _stop(
            start,
            f"the file cannot be read ({error.strerror})",
            "Check that it exists and that you may read it",
        )
    return raw


def parse(text: str, name: str) -> tuple[Node, list[Problem]]:
    """Read YAML text; as `read`."""
    _only_seen(text, name)
    composer = _Composer(name)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            composer.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = Place(name, mark.line + 1, mark.column + 1) if mark else Place(name)
        here = text.split("\n")[place.line - 1 : place.line]
        begins = here[0][place.column - 1 : place.column] if here else ""
        _stop(
            place,
            f"this is not YAML: {_in_plain_words(str(error.problem), begins)}",
            "Check indentation (spaces only), quotes and colons here and in the lines above; a "
            "text with ': ' in it, or one that begins with a sign, needs quotes",
        )
    if composer.root is None:
        _stop(Place(name), "the file is empty", "Put its content back, or remove the file")
    return composer.root, composer.problems


def plain(node: Node) -> object:
    """The tree as dicts, lists, texts and None, without places."""
    match node:
        case Table():
            return {key: plain(member) for key, member in node.members.items()}
        case Listing():
            return [plain(member) for member in node.members]
        case Scalar():
            return node.text


def place_of(node: Node, path: Steps, *, key: bool = False) -> Place:
    """The place of what a path names.

    With `key`, the place of the last key itself rather than of its value.
    """
    place = node.place
    for part, inner in _way(node, path):
        place = node.keys[str(part)] if key and isinstance(node, Table) else inner.place
        node = inner
    return place


def ids_on(node: Node, path: Steps) -> list[str]:
    """The ids of what a path leads through below the file itself, from the outside in."""
    tables = (inner for _, inner in _way(node, path) if isinstance(inner, Table))
    found = (table.members.get("id") for table in tables)
    return [one.text for one in found if isinstance(one, Scalar) and one.text]


def _way(node: Node, path: Steps) -> Iterator[tuple[str | int, Node]]:
    for part in path:
        assert not isinstance(node, Scalar), f"there is nothing in {node.place} for {part!r}"
        node = node.members[str(part)] if isinstance(node, Table) else node.members[int(part)]
        yield part, node


def walk(root: Node) -> list[tuple[Steps, Node]]:
    """Every node of the tree with its path, in the order of the file."""
    found: list[tuple[Steps, Node]] = []
    waiting: list[tuple[Steps, Node]] = [((), root)]
    while waiting:
        path, node = waiting.pop()
        found.append((path, node))
        if isinstance(node, Table):
            waiting += [((*path, key), one) for key, one in reversed(node.members.items())]
        elif isinstance(node, Listing):
            numbered = list(enumerate(node.members))
            waiting += [((*path, index), one) for index, one in reversed(numbered)]
    return found


def texts(nodes: Iterable[tuple[Steps, Node]]) -> tuple[tuple[Steps, str], ...]:
    """The texts among some nodes, each with its path; keys and empty values are none."""
    return tuple(
        (path, node.text) for path, node in nodes if isinstance(node, Scalar) and node.text
    )


def _text(raw: bytes, name: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # error.object, for the codec counts from after a byte order mark
        before = error.object[: error.start].decode("utf-8")
        _stop(
            _place_after(before, name),
            f"byte 0x{error.object[error.start]:02x} is not UTF-8",
            "Save the file as UTF-8",
        )


def _in_plain_words(reason: str, begins: str) -> str:
    if begins == "\t":
        reason = "tab character"
    words = next((words for sign, words in _PLAIN_WORDS if sign in reason), reason)
    return words.replace("{}", begins)


def _only_seen(text: str, name: str) -> None:
    """Refuse characters that no reader sees; raises ContentError with the first places."""
    found = [
        Problem(
            _place_after(text[: hit.start()], name),
            f"the control character U+{ord(hit[0]):04X} stands here, which no reader sees",
            "the whole file; nothing is made from it",
            "Remove it",
        )
        for hit in islice(_UNSEEN.finditer(text), 20)
    ]
    if found:
        raise ContentError(found)


def _place_after(before: str, name: str) -> Place:
    return Place(name, before.count("\n") + 1, len(before) - before.rfind("\n"))


def _stop(place: Place, what: str, mend: str) -> NoReturn:
    raise ContentError([Problem(place, what, "the whole file; nothing is made from it", mend)])


class _Composer:
    """Builds the tree from YAML events; with a stack, so that deep nesting cannot crash it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self._open: list[_Frame] = []
        self._anchors: dict[str, _Done] = {}
        self._count = 0

    def take(self, event: yaml.Event) -> None:
        mark = event.start_mark
        assert mark is not None
        place = Place(self.name, mark.line + 1, mark.column + 1)
        if isinstance(event, yaml.ScalarEvent):
            self._grow(1, place)
            scalar = Scalar(place, _meaning(event))
            if not event.value.isascii() and _HALF.search(event.value):
                _stop(place, "this text holds half a character", "Write the character itself")
            if event.anchor is not None:
                self._anchors[event.anchor] = _Done(scalar, 1, 0)
            self._put(scalar, place)
        elif isinstance(event, yaml.SequenceStartEvent):
            self._begin(Listing(place), event.anchor)
        elif isinstance(event, yaml.MappingStartEvent):
            self._begin(Table(place), event.anchor)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._close(self._open.pop())
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event.anchor, place)
        elif isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            _stop(place, "a second YAML document begins here", "Keep one document in a file")

    def _grow(self, by: int, place: Place) -> None:
        self._count += by
        if self._count > MAX_NODES:
            _stop(
                place,
                f"the file unfolds to more than {MAX_NODES:,} values",
                "Write values out instead of repeating them through aliases",
            )

    def _begin(self, node: Listing | Table, anchor: str | None) -> None:
        before = self._count
        self._grow(1, node.place)
        self._deepen(1, node.place)
        self._open.append(_Frame(node, anchor, before))

    def _deepen(self, by: int, place: Place) -> None:
        if len(self._open) + by > MAX_DEPTH:
            _stop(
                place,
                f"values are nested more than {MAX_DEPTH} deep",
                "Check the brackets and the indentation here",
            )

    def _alias(self, anchor: str | None, place: Place) -> None:
        if anchor not in self._anchors:
            _stop(
                place,
                f"the alias '*{anchor}' repeats itself, or nothing that stands above it",
                "Write the value out",
            )
        done = self._anchors[anchor]
        self._grow(done.size, place)
        self._deepen(done.height, place)
        self._put(done.node, place, done.height)

    def _close(self, frame: _Frame) -> None:
        if frame.anchor is not None:
            size = self._count - frame.count_before
            self._anchors[frame.anchor] = _Done(frame.node, size, frame.height)
        self._put(frame.node, frame.node.place, frame.height)

    def _put(self, node: Node, place: Place, height: int = 0) -> None:
        """Put a finished node, so many values high, where it belongs: root, list, key or value."""
        if not self._open:
            self.root = node
            return
        frame = self._open[-1]
        if height >= frame.height:
            frame.height = height + 1
        if isinstance(frame.node, Listing):
            frame.node.members.append(node)
        elif frame.key is None:
            frame.key = self._key(frame.node, node, place)
        else:
            frame.node.members.setdefault(frame.key, node)
            frame.key = None

    def _key(self, table: Table, node: Node, place: Place) -> str:
        if not isinstance(node, Scalar) or node.text is None:
            _stop(place, "a key must be one plain word", "Put a word before the colon")
        first = table.keys.setdefault(node.text, place)
        if first is not place:
            self.problems.append(
                Problem(
                    place,
                    f"the key '{node.text}' stands twice here; the first is at line {first.line}",
                    "the value that readers would silently lose",
                    "Keep one of the two",
                )
            )
        return node.text


class _Done(NamedTuple):
    """A finished node, with the number of values in it and how deep they are nested."""

    node: Node
    size: int
    height: int


class _Frame:
    """A list or mapping whose end has not come yet."""

    __slots__ = ("anchor", "count_before", "height", "key", "node")

    def __init__(self, node: Listing | Table, anchor: str | None, count_before: int) -> None:
        self.node = node
        self.anchor = anchor
        self.count_before = count_before
        self.key: str | None = None
        self.height = 1


def _meaning(event: yaml.ScalarEvent) -> str | None:
    """None for a plain null; any quoted text stays text."""
    if event.style in (None, "") and event.value in ("", "~", "null", "Null", "NULL"):
        return None
    return str(event.value)
