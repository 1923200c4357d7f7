"""JSON in which every decimal keeps its digits: 0.1 is written 0.1 and never passes a float."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

from anedocs.core import wording

#: Private characters that no text of an order set may hold; between them stands a number.
_OPEN, _CLOSE = "\ue000", "\ue001"
_NUMBER = re.compile(f'"{_OPEN}([0-9.]+){_CLOSE}"')
_HELD = re.compile(f'"{_OPEN}held ([0-9]+){_CLOSE}"')


class Written:
    """A form that has been written already, to be held as it is inside another."""

    def __init__(self, content: bytes) -> None:
        self.text = content.decode().rstrip("\n")


def dumps(form: Any) -> bytes:
    """The JSON of a form, indented, in the order of its keys, ending in a line end.

    Raises TypeError for a binary number: it is not exact.
    """
    held: list[str] = []
    text = _NUMBER.sub(r"\1", json.dumps(_marked(form, held), indent=2, ensure_ascii=False))

    def inside(found: re.Match[str]) -> str:
        line = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
        margin = line[: len(line) - len(line.lstrip(" "))]
        return held[int(found[1])].replace("\n", f"\n{margin}")

    return (_HELD.sub(inside, text) + "\n").encode()


def loads(content: bytes) -> Any:
    """A form from JSON, with every number as an exact decimal."""
    return json.loads(content, parse_float=Decimal, parse_int=Decimal)


def _marked(form: Any, held: list[str]) -> Any:
    """The form with a marked text in place of each decimal and of each form already written."""
    if isinstance(form, dict):
        return {name: _marked(member, held) for name, member in form.items()}
    if isinstance(form, list):
        return [_marked(member, held) for member in form]
    if isinstance(form, Written):
        held.append(form.text)
        return f"{_OPEN}held {len(held) - 1}{_CLOSE}"
    if isinstance(form, Decimal):
        return f"{_OPEN}{wording.plain(form)}{_CLOSE}"
    if form is None or isinstance(form, str | int):
        return form
    raise TypeError(f"{form!r}, a {type(form).__name__}, has no place in this JSON")
