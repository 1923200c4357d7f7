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


def dumps(form: Any) -> bytes:
    """The JSON of a form, indented, in the order of its keys, ending in a line end.

    Raises TypeError for a binary number: it is not exact.
    """
    text = json.dumps(_marked(form), indent=2, ensure_ascii=False)
    return (_NUMBER.sub(r"\1", text) + "\n").encode()


def loads(content: bytes) -> Any:
    """A form from JSON, with every number as an exact decimal."""
    return json.loads(content, parse_float=Decimal, parse_int=Decimal)


def _marked(form: Any) -> Any:
    """The form with each decimal as a marked text, which `dumps` turns into a bare number."""
    if isinstance(form, dict):
        return {name: _marked(member) for name, member in form.items()}
    if isinstance(form, list):
        return [_marked(member) for member in form]
    if isinstance(form, Decimal):
        return f"{_OPEN}{wording.plain(form)}{_CLOSE}"
    if form is None or isinstance(form, str | int):
        return form
    raise TypeError(f"{form!r}, a {type(form).__name__}, has no place in this JSON")
