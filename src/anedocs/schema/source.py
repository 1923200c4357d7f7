"""YAML as text with places: every value is a string that knows its line and column.

The only module that knows PyYAML. Nothing is interpreted: `NO` stays `NO`, `12:30` stays `12:30`;
only a plain `null` (`Null`, `NULL`), `~` or an empty value means "not given".
Why not yaml.load: it keeps the second of two equal keys, guesses types, follows aliases blindly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple, NoReturn

import yaml

from anedocs.core import characters
from anedocs.core.characters import Odd
from anedocs.core.problems import ContentError, Place, Problem, short
from anedocs.core.source_file import MAX_BYTES, WHOLE_FILE, read_bytes, too_big

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

MAX_DEPTH = 24
MAX_NODES = 30_000
MAX_TEXT = 2_000

#: Characters that no reader sees: controls, other line ends, marks that turn the reading direction,
#: private characters that no font has.
#: Why: a page would read otherwise than the file, or its line numbers would not be the editor's.
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ue000-\uf8ff\ufeff\ufffe\uffff]"
)
#: A character beyond U+FFFF as JSON writes it: two escapes, which are one character.
_PAIR = re.compile(
    r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
)
_HALVES = re.compile(r"[\ud800-\udbff][\udc00-\udfff]")
#: So many odd characters are told in one run.
_TOLD = 20
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
    ("undefined tag handle", "a text that begins with '!' needs quotes; tags mean nothing here"),
    ("invalid Unicode character", "half a character is written here as an escape"),
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
    return parse_bytes(read_bytes(path, name), name)


def parse_bytes(raw: bytes, name: str) -> tuple[Node, list[Problem]]:
    """As `read`, of the bytes of a file."""
    return parse(_text(raw, name), name)


def parse(text: str, name: str) -> tuple[Node, list[Problem]]:
    """Read YAML text; as `read`."""
    if len(text) > MAX_BYTES:
        too_big(len(text), name)
    _only_seen(text, name)
    try:
        return _composed(text, name)
    except _HalfError:
        return _composed(_PAIR.sub(_as_one, text), name)


def _composed(text: str, name: str) -> tuple[Node, list[Problem]]:
    composer = _Composer(name, text)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            composer.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        if "invalid Unicode character" in str(error.problem) and _PAIR.search(text):
            raise _HalfError from None
        place = Place(name, mark.line + 1, mark.column + 1) if mark else Place(name)
        here = text.split("\n")[place.line - 1 : place.line]
        begins = here[0][place.column - 1 : place.column] if here else ""
        _no_odd_spaces(text.split("\n")[: place.line], name)
        _stop(
            place,
            f"this is not YAML: {_in_plain_words(str(error.problem), begins)}",
            "Check indentation (spaces only), quotes and colons here and in the lines above; a "
            "text with ': ' in it, or one that begins with a sign, needs quotes",
        )
    if composer.root is None:
        _stop(Place(name), "the file is empty", "Put its content back, or remove the file")
    if composer.odd:
        raise ContentError(composer.odd)
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
            f"{characters.named(hit[0])} stands here, which no reader sees",
            WHOLE_FILE,
            "Remove it",
        )
        for hit in islice(_UNSEEN.finditer(text), _TOLD)
    ]
    if found:
        raise ContentError(found)


def _no_odd_spaces(lines: Iterable[str], name: str) -> None:
    """What spoils the form of a file while no reader sees it, such as an indentation from Word."""
    found = [
        Problem(Place(name, number, one.place + 1), one.what, WHOLE_FILE, one.mend)
        for number, line in enumerate(lines, start=1)
        for one in islice(characters.unseen(line), _TOLD)
        if one.sign not in "\t\r"
    ]
    if found:
        raise ContentError(found[:_TOLD])


def _place_after(before: str, name: str) -> Place:
    return Place(name, before.count("\n") + 1, len(before) - before.rfind("\n"))


def _stop(place: Place, what: str, mend: str) -> NoReturn:
    raise ContentError([Problem(place, what, WHOLE_FILE, mend)])


def _as_one(pair: re.Match[str]) -> str:
    """One escape for the two by which JSON writes a character beyond U+FFFF."""
    both = chr(int(pair[2], 16)) + chr(int(pair[3], 16))
    return f"{pair[1]}\\U{ord(_whole(both)):08X}"


def _whole(halves: str) -> str:
    return halves.encode("utf-16", "surrogatepass").decode("utf-16")


class _HalfError(Exception):
    """A character stands in the text as two escapes, which the YAML library does not join."""


class _Composer:
    """Builds the tree from YAML events; with a stack, so that deep nesting cannot crash it."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self.odd: list[Problem] = []
        """What may not be in a file at all: characters that no reader sees, and tags."""
        self._lines = text.split("\n")
        self._open: list[_Frame] = []
        self._anchors: dict[str, _Done] = {}
        self._count = 0

    def take(self, event: yaml.Event) -> None:
        mark = event.start_mark
        assert mark is not None
        place = Place(self.name, mark.line + 1, mark.column + 1)
        tag = getattr(event, "tag", None)
        if tag is not None:
            self._tell(place, f"the tag '{_tag(tag)}' stands here, and tags mean nothing here",
                       "Take it out; where the sign belongs to the text, use quotes")  # fmt: skip
        if isinstance(event, yaml.ScalarEvent):
            self._grow(1, place)
            if len(event.value) > MAX_TEXT:
                _stop(place, f"a text has more than {MAX_TEXT:,} characters", "Shorten it")
            scalar = Scalar(place, _meaning(event))
            self._look_at(event, place, characters.unseen)
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

    def _look_at(
        self, event: yaml.ScalarEvent, place: Place, look: Callable[[str], Iterator[Odd]]
    ) -> None:
        """Tell of the odd characters of a text, each at its own place where it is written out."""
        value = _HALVES.sub(lambda pair: _whole(pair[0]), event.value)
        for one in islice(look(value), _TOLD):
            self._tell(self._place_of(one.sign, event, place), one.what, one.mend)

    def _place_of(self, sign: str, event: yaml.ScalarEvent, place: Place) -> Place:
        assert event.end_mark is not None
        begin = place.column - 1
        for number in range(place.line - 1, min(event.end_mark.line + 1, len(self._lines))):
            found = self._lines[number].find(sign, begin)
            if found >= 0:
                return Place(self.name, number + 1, found + 1)
            begin = 0
        return place  # it is written as an escape

    def _tell(self, place: Place, what: str, mend: str) -> None:
        if len(self.odd) < _TOLD:
            self.odd.append(Problem(place, what, WHOLE_FILE, mend))

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
        for one in characters.look_alikes(node.text):
            self._tell(place, f"in a key, {one.what}", one.mend)
        first = table.keys.setdefault(node.text, place)
        if first is not place:
            self.problems.append(
                Problem(
                    place,
                    f"the key '{short(node.text)}' stands twice here; "
                    f"the first is at line {first.line}",
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
    """None for a plain null; any quoted text stays text, and each text is one line.

    Why one line: a name or a title may be written over several, folded or not, and every document
    must say the same.
    """
    if event.style in (None, "") and event.value in ("", "~", "null", "Null", "NULL"):
        return None
    text = str(event.value)
    if "\n" in text:
        text = " ".join(line.strip() for line in text.split("\n") if line.strip())
    return text if text.isascii() else _HALVES.sub(lambda pair: _whole(pair[0]), text)


def _tag(tag: str) -> str:
    """A tag as it is written."""
    return short(tag.replace("tag:yaml.org,2002:", "!!"))
