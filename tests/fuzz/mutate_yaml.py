"""Changes to YAML by its structure: a value, a key, a node at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

import yaml
from mutate import ADDED, AMOUNTS, INVISIBLE, ODD, TAGS, change_lines, cut, encoded, splice, value

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
TextChange = Callable[[Random, str], str]


def scalars(text: str, *, keys: bool = True) -> list[yaml.ScalarNode]:
    """The single values of a YAML text, with the keys or without; none where it is no YAML."""
    return [one for one in _nodes(text, keys=keys) if isinstance(one, yaml.ScalarNode)]


def _nodes(text: str, *, keys: bool = True) -> list[yaml.Node]:
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except (yaml.YAMLError, RecursionError, UnicodeEncodeError):
        return []
    found, waiting, seen = [], [root] if root is not None else [], set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        found.append(node)
        if isinstance(node, yaml.MappingNode):
            waiting += [one for pair in node.value for one in (pair if keys else pair[1:])]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value
    return found


def _span(text: str, node: yaml.Node) -> tuple[int, int]:
    """Where a node stands; the C library counts characters as Python does."""
    return node.start_mark.index, node.end_mark.index


def replace_value(random: Random, text: str) -> str:
    found = scalars(text)
    if not found:
        return splice(random, text)
    start, end = _span(text, random.choice(found))
    return text[:start] + value(random) + text[end:]


def replace_amount(random: Random, text: str) -> str:
    """An amount by another: what is then accepted must be computed with."""
    found = [one for one in scalars(text) if one.value[:1].isdigit() and " " in one.value]
    if not found:
        return replace_value(random, text)
    chosen = random.choice(found)
    start, end = _span(text, chosen)
    new = random.choice(AMOUNTS)
    if random.random() < 0.4:  # only the number: the unit stays right
        new = f"{random.choice(AMOUNTS).split(' ')[0]} {chosen.value.split(' ', 1)[1]}"
    return text[:start] + new + text[end:]


def disturb_value(random: Random, text: str) -> str:
    """A character that nobody sees, or another of the same look, within a value."""
    found = [one for one in scalars(text) if one.value]
    if not found:
        return splice(random, text)
    start, end = _span(text, random.choice(found))
    at = random.randint(start, end)
    extra = random.choice((*INVISIBLE, *ODD))
    return text[:at] + extra + text[at + random.randint(0, 1) :]


def reword(random: Random, text: str) -> str:
    """A value by another of its kind, or with something added that a person may overlook."""
    found = [one for one in scalars(text, keys=False) if one.value and one.style != "|"]
    phrases = [one for one in found if " " in one.value and not one.value.startswith("guideline ")]
    found = phrases if phrases and random.random() < 0.8 else found
    if not found:
        return splice(random, text)
    chosen = random.choice(found)
    start, end = _span(text, chosen)
    old = chosen.value
    amount = re.fullmatch(r"([0-9.]+) (\S+)", old)
    if amount and random.random() < 0.8:
        new = f"{_number(random)} {amount[2]}"
    elif re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", old):
        new = f"{random.randint(1990, 2035)}-{random.randint(1, 12):02}-{random.randint(1, 28):02}"
    else:
        at = random.choice((0, len(old), random.randint(0, len(old))))
        new = f'"{_quoted(old[:at])}{random.choice(ADDED)}{_quoted(old[at:])}"'
    return text[:start] + new + text[end:]


def _number(random: Random) -> str:
    whole = random.choice(
        (0, 1, 2, 7, 9, 12, 29, 30, 31, 100, 800, 1000, 4500, random.randrange(10_000_000))
    )
    part = random.choice(("", "", "", ".5", ".25", ".0", ".05", ".001", ".9999"))
    return f"{whole}{part}"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")


def swap_nodes(random: Random, text: str) -> str:
    found = _nodes(text)
    if len(found) < 3:
        return splice(random, text)
    (a, b), (c, d) = sorted(_span(text, node) for node in random.sample(found, 2))
    if b > c:
        return text[:a] + text[c:d] + text[b:]
    return text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:]


def mark_node(random: Random, text: str) -> str:
    """A tag, an anchor or an alias before a value."""
    found = _nodes(text)
    if not found:
        return splice(random, text)
    start, end = _span(text, random.choice(found))
    sign = random.choice(TAGS)
    return text[:start] + sign + text[start:end] + text[end:]


YAML_CHANGES: tuple[TextChange, ...] = (
    replace_value, replace_value, replace_amount, replace_amount, disturb_value, disturb_value,
    swap_nodes, mark_node, change_lines, change_lines, splice, cut, *(reword,) * 12,
)  # fmt: skip


def of_yaml(random: Random, text: str, others: Sequence[str] = ()) -> bytes:
    """A YAML file with one to three things changed; sometimes in another encoding, or torn."""
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        if others and random.random() < 0.08:
            text = _graft(random, text, random.choice(others))
        else:
            text = random.choice(YAML_CHANGES)(random, text)
    return encoded(random, text)


def _graft(random: Random, text: str, other: str) -> str:
    """A part of another file in place of a part of this one."""
    ours, theirs = _nodes(text), _nodes(other)
    if not ours or not theirs:
        return text + other
    a, b = _span(text, random.choice(ours))
    c, d = _span(other, random.choice(theirs))
    return text[:a] + other[c:d] + text[b:]
