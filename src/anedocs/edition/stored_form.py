"""A compiled edition as plain JSON and back, exactly: each value with the name of its class.

Texts and None stand for themselves; anything else is a list of its class and its content, and
`["anedocs.schema.orders.Stop", [...]]` holds the fields in their order.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from anedocs.core.quantity import Quantity
from anedocs.edition.edition import Compiled
from anedocs.schema.origin import Origin
from anedocs.schema.parts import Part, names

_TUPLE, _DICT, _DAY, _LINE = "tuple", "dict", "date", "int"


def encoded(value: Any) -> Any:
    """A value of an edition as JSON has it; raises TypeError for a class that is not known here."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Part):
        return [_name(type(value)), [encoded(one) for _, one in value]]
    if isinstance(value, (Compiled, Origin)):
        return [type(value).__name__, [encoded(one) for one in value]]
    if isinstance(value, Quantity):
        return [Quantity.__name__, [str(value.number), value.unit]]
    if isinstance(value, tuple):
        return [_TUPLE, [encoded(one) for one in value]]
    if isinstance(value, dict):
        return [_DICT, [[name, encoded(one)] for name, one in value.items()]]
    if isinstance(value, date):
        return [_DAY, value.isoformat()]
    if type(value) is int:
        return [_LINE, value]
    raise TypeError(f"{type(value).__name__} cannot be stored")


def decoded(given: Any) -> Any:
    """The value again; nothing is validated, for it was when it was compiled."""
    if given is None or isinstance(given, str):
        return given
    kind, content = given
    return _readers()[kind](content)


@cache
def _readers() -> dict[str, Callable[[Any], Any]]:
    readers: dict[str, Callable[[Any], Any]] = {
        _TUPLE: lambda content: tuple(map(decoded, content)),
        _DICT: lambda content: {name: decoded(one) for name, one in content},
        _DAY: date.fromisoformat,
        _LINE: int,
        Quantity.__name__: lambda content: Quantity(Decimal(content[0]), content[1]),
        Origin.__name__: lambda content: Origin(*map(decoded, content)),
        Compiled.__name__: lambda content: Compiled(*map(decoded, content)),
    }
    return readers | {_name(kind): _of(kind) for kind in _below(Part)}


def _of(kind: type[Part]) -> Callable[[Any], Part]:
    fields = names(kind)

    def read(content: Any) -> Part:
        part = object.__new__(kind)
        vars(part).update(zip(fields, map(decoded, content), strict=True))
        return part

    return read


def _below(kind: type[Part]) -> list[type[Part]]:
    """All parts that are built on one."""
    return [one for sub in kind.__subclasses__() for one in (sub, *_below(sub))]


def _name(kind: type[Part]) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
