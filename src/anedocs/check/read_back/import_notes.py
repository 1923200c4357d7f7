"""README-IMPORT.md read back, line by line, against the template that anedocs brings along.

A line of that template is the program's own, with what is filled in known by the name of its
place; a line of sums is a line of sums; every other line is prose, whoever wrote it.
"""

from __future__ import annotations

import re
from functools import cache

from anedocs.check.read_back.spans import Kind, Page, Span
from anedocs.edition.locate import Locator

_TEMPLATE = "ehr_readme.md"
#: What is filled in and is no sentence; the rest of it (title, mark, gate) is the order set's.
_CODED_PLACES = frozenset({"edition", "base", "package", "plan", "tgz", "version", "library"})
_PIECE = re.compile(r"(`)|\$(?:(\$)|(\w+)|\{(\w+)\})")
_SUM = re.compile(r" {4}[0-9a-f]{64}  \S+")
#: The number of a step: Markdown's own sign for a list.
_STEP = re.compile(r"\s{0,3}[0-9]{1,3}\.(?=\s)")


def spans(text: str) -> Page:
    """The notes in pieces of a kind each; a line end is a piece's end as well."""
    return tuple(span for line in text.splitlines() for span in _line(line))


def _line(line: str) -> Page:
    if _SUM.fullmatch(line):
        return (Span(line, Kind.CODED),)
    for pattern, kinds in _known_lines():
        if (found := pattern.fullmatch(line)) is not None:
            return tuple(Span(*pair) for pair in zip(found.groups(), kinds, strict=True))
    step = _STEP.match(line)
    if step is None:
        return (Span(line),)
    return (Span(step[0], Kind.CODED), Span(line[step.end() :]))


@cache
def _known_lines() -> tuple[tuple[re.Pattern[str], tuple[Kind, ...]], ...]:
    """Each line of the template of anedocs as a pattern, with the kind of each of its groups."""
    found = Locator().find("templates", _TEMPLATE)
    assert found is not None, "anedocs brings it along"
    lines = found[0].read_text("utf-8").splitlines()
    return tuple(_pattern(line) for line in lines if _PIECE.sub("", line).strip())


def _pattern(line: str) -> tuple[re.Pattern[str], tuple[Kind, ...]]:
    """A line of a block of code, and what stands between backticks, is no sentence."""
    block = code = line.startswith("    ")
    parts: list[tuple[str, Kind]] = []
    end = 0
    for piece in _PIECE.finditer(line):
        own = Kind.CODED if code else Kind.OWN
        parts.append((re.escape(line[end : piece.start()]), own))
        end, place = piece.end(), piece[3] or piece[4]
        if place:
            filled = Kind.CODED if code or place in _CODED_PLACES else Kind.PROSE
            parts.append((".*?", filled))
        else:
            parts.append((re.escape(piece[0][-1]), own))
        code = block or code != bool(piece[1])
    parts.append((re.escape(line[end:]), Kind.CODED if code else Kind.OWN))
    return re.compile("".join(f"({text})" for text, _ in parts)), tuple(kind for _, kind in parts)
