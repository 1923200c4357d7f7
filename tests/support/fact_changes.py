"""One fact of the order set changed to another valid value, and where its words stand in a finished
file.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from anedocs.build import inputs
from anedocs.check.read_back import one_file
from anedocs.check.read_back.facts import Fact, facts
from anedocs.check.read_back.one_file import Reading
from anedocs.core.quantity import UNITS, Quantity, QuantityError
from anedocs.core.wording import amount
from anedocs.edition.locate import Locator
from support.homes import with_bundled

DAY = date(2026, 11, 21)

#: Values that are chosen from a list, each with another of that list.
_CHOSEN = {"STAT": "urgent", "urgent": "non-urgent", "non-urgent": "urgent",
           "preferred": "alternative", "alternative": "preferred",
           "exactly-one": "at-most-one", "at-most-one": "exactly-one"}  # fmt: skip
#: Where a sentence takes a figure from elsewhere.
FIGURE = re.compile(r"\{([a-z-]+)\}")
#: The C writer of PyYAML is three times as fast; a build of PyYAML may lack it.
_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def content() -> dict[str, Any]:
    """The order set as it stands, as text."""
    return inputs.content(Locator(), "ane")


def shown_facts(source: dict[str, Any]) -> list[tuple[int, Fact]]:
    """The facts that some document shows, each with its number."""
    return [(number, fact) for number, fact in enumerate(facts(source)) if fact.documents]


def at(node: Any, path: tuple[str | int, ...]) -> Any:
    """The part of a tree at a path."""
    for step in path:
        node = node[step]
    return node


def quantity(value: str) -> Quantity | None:
    """The value as a number with its unit; None for words."""
    try:
        return Quantity.parse(value)
    except QuantityError:
        return None


def changed(fact: Fact, number: int, value: str) -> str:
    """Another value of the same kind, found nowhere else."""
    if fact.path[-1] in ("role", "select") or "urgency" in fact.path:
        return _CHOSEN[value]
    exact = quantity(value)
    if exact is not None:
        return _written(Quantity(exact.number + 3 + number % 5, exact.unit))
    figures = "".join(f" {{{name}}}" for name in FIGURE.findall(value))
    new = f"Another wording {_letters(number)}" if len(value) > 12 else _letters(number)
    return f"{new}{figures}" + "?" * value.endswith("?")


def in_other_units(value: str) -> Iterator[str]:
    """The same number in every other unit."""
    exact = quantity(value)
    assert exact is not None
    yield from (_written(Quantity(exact.number, unit)) for unit in UNITS if unit != exact.unit)


def mutate(source: dict[str, Any], values: Mapping[Fact, str]) -> dict[str, Any]:
    """A copy with these facts changed; the two sides of a band edge move together."""
    other = copy.deepcopy(source)
    for fact, value in values.items():
        holder, key = at(other, fact.path[:-1]), fact.path[-1]
        holder[key] = value
        if "stop_above" in fact.path and key == "value":
            name = holder["from"].removeprefix("supplement ")
            (published,) = (one for one in other["supplements"] if one["id"] == name)
            published["says"] = published["says"].replace(published["value"], value)
            published["value"] = value
        if "bands" in fact.path and key in ("at_least", "below"):
            place, bands = int(fact.path[-2]), at(other, fact.path[:-2])
            if key == "below":
                bands[place + 1]["at_least"] = value
            else:
                bands[place - 1]["below"] = value
    return other


def home_with(order_set: dict[str, Any], folder: Path) -> Path:
    """A home that holds this order set in place of the one that came with anedocs."""
    with_bundled(folder)
    text = yaml.dump(order_set, Dumper=_DUMPER, allow_unicode=True, sort_keys=False, width=10_000)
    (folder / "ordersets" / "ane.yaml").write_text(text, "utf-8")
    return folder


def missing(reading: Reading, known: list[Fact], source: dict[str, Any]) -> set[str]:
    """The names of the facts that a finished file is told to lack."""
    found = one_file.shows(reading, known, one_file.order_names(source))
    return {named(one.place) for one in found}


def named(place: str) -> str:
    """The fact that a finding names, without the order beside which it was sought."""
    return place.partition(", beside")[0]


def _letters(number: int) -> str:
    """A word of its own for each number, without digits."""
    return "".join(chr(ord("a") + int(digit)) for digit in f"{number:03d}")


def _written(exact: Quantity) -> str:
    return amount(exact).replace(",", "")
