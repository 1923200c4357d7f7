"""What may never come out, reckoned from the inputs alone: nothing here comes from anedocs.

An own reading of YAML (the events of PyYAML, with tags and duplicate keys noticed), and an own
arithmetic in fractions.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

import yaml

#: The fast one where it is; the other takes seconds for the order set.
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_NULL = ("", "~", "null", "Null", "NULL")
#: Seen by nobody, or steering what is seen: a text with one of them reads otherwise than it is.
_UNSEEN = ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp")
_ODD_LETTERS = "\u115f\u1160\u3164\uffa0\u034f\u2800"
_AMOUNT = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(mg/kg|mcg|mg|g|kg|%|[a-z]+)")
_MG = {"mg": Fraction(1), "g": Fraction(1000), "mcg": Fraction(1, 1000)}


class Reading(NamedTuple):
    """A YAML file as this reads it, and what may not be in a file that was accepted."""

    tree: Any
    faults: tuple[str, ...]


#: A character beyond U+FFFF as JSON writes it, which a YAML reader alone would not take.
_PAIR = re.compile(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB]..)\\u([dD][c-fC-F]..)")


def _as_one(pair: re.Match[str]) -> str:
    high, low = int(pair[2], 16), int(pair[3], 16)
    return f"{pair[1]}\\U{0x10000 + (high - 0xD800) * 0x400 + low - 0xDC00:08X}"


def read(content: bytes) -> Reading:
    """The tree of a file; a file that is no YAML is a fault too."""
    faults: list[str] = []
    try:
        text = _PAIR.sub(_as_one, content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return Reading(None, ("it is not UTF-8",))
    try:
        root = yaml.compose(text, Loader=_LOADER)
        tags = {
            str(event.tag)
            for event in yaml.parse(text, Loader=_LOADER)
            if getattr(event, "tag", None) is not None
        }
    except yaml.YAMLError as error:
        return Reading(None, (f"it is no YAML ({type(error).__name__})",))
    except RecursionError:
        return Reading(None, ("it is nested without end",))
    faults += [f"a tag was lost: {tag}" for tag in sorted(tags)]
    return Reading(_plain(root, faults) if root is not None else None, tuple(faults))


def _plain(node: yaml.Node, faults: list[str], around: tuple[int, ...] = ()) -> Any:
    if isinstance(node, yaml.ScalarNode):
        if not node.style and node.value in _NULL:
            return None
        bad = unseen(node.value)
        if bad:
            faults.append(f"unseen characters in a text: {bad}")
        return node.value
    if id(node) in around or len(around) > 200:
        faults.append("a value holds itself")
        return None
    around = (*around, id(node))
    if isinstance(node, yaml.SequenceNode):
        return [_plain(one, faults, around) for one in node.value]
    found: dict[Any, Any] = {}
    for key, one in node.value:
        name = _plain(key, faults, around)
        if not isinstance(name, str):
            faults.append("a key is no text")
            continue
        if name in found:
            faults.append("a key stands twice")
        found[name] = _plain(one, faults, around)
    return found


def unseen(text: str) -> str:
    """The code points of a text that nobody sees; neither a line end nor a tab is."""
    bad = {
        one
        for one in text
        if (unicodedata.category(one) in _UNSEEN and one not in "\n\t") or one in _ODD_LETTERS
    }
    return " ".join(sorted(f"U+{ord(one):04X}" for one in bad))


def texts(tree: Any) -> Iterator[str]:
    """Every text of a tree, keys as well."""
    if isinstance(tree, dict):
        for key, one in tree.items():
            yield str(key)
            yield from texts(one)
    elif isinstance(tree, list):
        for one in tree:
            yield from texts(one)
    elif tree is not None:
        yield tree


#: Read by people on a sheet or a card.
_SHOWN = {
    "text",
    "short",
    "name",
    "title",
    "label",
    "unconfirmed_says",
    "population",
    "until_answered",
}
_HIDDEN = re.compile(
    r"(?:\d|[\u00bc-\u00be\u2150-\u215e])[\d.,]*\s?(?:mg|mcg|ug|g|kg|ml|units?|u|iu|tablets?)\b",
    re.IGNORECASE,
)


def hidden(tree: Any) -> Iterator[str]:
    """Amounts written into sentences, and names in letters of two scripts."""
    for key, text in _shown(tree):
        clear = unicodedata.normalize("NFKC", re.sub("“[^”]*”", "", text)).replace("\u2044", "/")
        found = _HIDDEN.search(clear) or _HIDDEN.search(re.sub("“[^”]*”", "", text))
        if found:
            yield f"an amount in a sentence: '{found[0]}' in {key}"
        if key not in ("name", "short"):
            continue
        for word in re.findall(r"[^\W\d_]+", text):
            scripts = {unicodedata.name(one, "?").split()[0] for one in word}
            if "LATIN" in scripts and scripts & {"CYRILLIC", "GREEK"}:
                yield f"letters of two scripts in one word: {word!r} in {key}"


def _shown(tree: Any) -> Iterator[tuple[str, str]]:
    for key, one in tree.items() if isinstance(tree, dict) else enumerate(tree):
        if isinstance(one, str) and key in _SHOWN:
            yield key, one
        elif isinstance(one, (dict, list)) and key not in ("supplements", "references", "sources"):
            yield from _shown(one)


def amount(text: Any) -> tuple[Fraction, str] | None:
    """An amount in the one plain form: ASCII digits, a space, a unit; None for anything else."""
    match = _AMOUNT.fullmatch(text.strip(" \n").replace(",", "") if isinstance(text, str) else "")
    return (Fraction(match[1]), match[2]) if match else None


def doses(tree: Any, weight: str) -> dict[str, Fraction | None]:
    """The dose in mg of each drug whose dose is set and in force; None where it is stopped.

    Raises ValueError where the tree gives no meaning to a dose: then it must not be accepted.
    """
    found: dict[str, Fraction | None] = {}
    accepted = {
        one["id"] for one in tree.get("supplements") or () if one.get("state") == "accepted"
    }
    for order in _orders(tree):
        if order.get("kind") != "medication" or order["dose"]["kind"] == "not_set":
            continue
        if _in_force(order.get("dose_from"), accepted):
            found[order["id"]] = _dose(order, Fraction(weight), accepted)
    return found


def _orders(tree: Any) -> Iterator[Any]:
    for section in tree["sections"]:
        for order in section["orders"]:
            yield order
            yield from order.get("components") or ()


def _in_force(origin: Any, accepted: set[str]) -> bool:
    kind, _, ids = str(origin).partition(" ")
    return kind != "supplement" or all(one in accepted for one in ids.split(", "))


def _dose(order: Any, weight: Fraction, accepted: set[str]) -> Fraction | None:
    number, unit = _basis(order["dose"], weight)
    mass = number * weight if unit == "mg/kg" else number * _MG[unit]
    maximum = _mass(order.get("maximum"), accepted)
    stop = _mass(order.get("stop_above"), None)
    given = mass if maximum is None else min(mass, maximum)
    if stop is not None and given > stop:
        return None
    step = _mass(order.get("rounding"), accepted)
    if step is None:
        return given
    rounded = (given / step + Fraction(1, 2)) // 1 * step
    fits = rounded and all(top is None or rounded <= top for top in (maximum, stop))
    return rounded if fits else given


def _basis(dose: Any, weight: Fraction) -> tuple[Fraction, str]:
    if dose["kind"] != "weight_bands":
        return _amount_of(dose["amount"])
    holding = [
        band
        for band in dose["bands"]
        if _bound(band, "at_least", weight, 0) and _bound(band, "above", weight, 1)
        and _bound(band, "below", weight, 2) and _bound(band, "up_to", weight, 3)
    ]  # fmt: skip
    if len(holding) != 1:
        raise ValueError(f"{len(holding)} bands hold this weight")
    return _amount_of(holding[0]["amount"])


def _bound(band: Any, name: str, weight: Fraction, how: int) -> bool:
    if band.get(name) is None:
        return True
    limit, unit = _amount_of(band[name])
    if unit != "kg":
        raise ValueError(f"a band ends at {unit}")
    return (weight >= limit, weight > limit, weight < limit, weight <= limit)[how]


def _mass(stated: Any, accepted: set[str] | None) -> Fraction | None:
    if not stated or stated.get("value") is None:
        return None
    if accepted is not None and not _in_force(stated.get("from"), accepted):
        return None
    number, unit = _amount_of(stated["value"])
    if not number:
        raise ValueError("an amount of zero")
    return number * _MG[unit]


def _amount_of(text: Any) -> tuple[Fraction, str]:
    found = amount(text)
    if found is None or not found[0]:
        raise ValueError(f"no plain amount: {text!r:.60}")
    return found
