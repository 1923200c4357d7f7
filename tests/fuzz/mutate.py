"""What all changes to inputs are made of: a dictionary of bad values, bytes, encodings.

Each operator takes a `random.Random`, so that a case is known by its target, seed and number.
Of the fuzzing helpers that were looked at, none fits: atheris has no wheel for every Python that
anedocs runs on, hypofuzz is under the AGPL. Hypothesis, which the other tests use, draws from
grammars; real files with one thing wrong are nearer to what people send.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

_WORDS = json.loads((Path(__file__).parent / "dictionary.json").read_text("utf-8"))
INVISIBLE = "".join(_WORDS["invisible"])
#: Values as they stand in YAML, each of which has been trouble somewhere.
VALUES: tuple[str, ...] = (
    *_WORDS["values"],
    *(what * times for what, times in _WORDS["repeated"]),
    "[" * 30 + "]" * 30,
    "{a: " * 40 + "x" + "}" * 40,
)
#: Amounts: right ones that differ, and wrong ones that look right.
AMOUNTS: tuple[str, ...] = tuple(_WORDS["amounts"])
#: Characters that are seen, and are not what they seem; and what stands before a node in YAML.
ODD: tuple[str, ...] = tuple(_WORDS["odd"])
TAGS: tuple[str, ...] = tuple(_WORDS["tags"])
_LETTERS = "\t \"'09A\x7f\u0300\u0600\u2028\ue000\U0001f600\U0010fffd"
#: What somebody may write into a text, as it stands between double quotes.
ADDED: tuple[str, ...] = (*_WORDS["added"], " x" * 300, "x" * 90)


def value(random: Random) -> str:
    """One value as it stands in YAML."""
    kind = random.random()
    if kind < 0.3:
        return random.choice(AMOUNTS)
    if kind < 0.35:
        return "".join(random.choice(_LETTERS) for _ in range(8))
    return random.choice(VALUES)


def change_lines(random: Random, text: str) -> str:
    lines = text.split("\n")
    at = random.randrange(len(lines))
    match random.randrange(7):
        case 0:
            del lines[at : at + random.randint(1, 4)]
        case 1:
            lines.insert(at, lines[at])
        case 2:
            other = random.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        case 3:
            lines[at] = " " * random.randint(1, 5) + lines[at]
        case 4:
            lines[at] = lines[at].lstrip() if random.random() < 0.5 else lines[at][2:]
        case 5:
            lines.insert(at, random.choice(VALUES))
        case _:
            lines[at] = "\t" + lines[at]
    return random.choice(("\n", "\n", "\n", "\r\n", "\r")).join(lines)


def splice(random: Random, text: str) -> str:
    at = random.randint(0, len(text))
    return text[:at] + value(random) + text[at + random.choice((0, 0, 1, 5, 40)) :]


def cut(random: Random, text: str) -> str:
    at = random.randint(0, len(text))
    return text[:at] if random.random() < 0.6 else text[at:]


def encoded(random: Random, text: str) -> bytes:
    """The bytes of a text; seldom those of another encoding, or with bits turned."""
    odd = random.random()
    if odd < 0.02:
        return text.encode(
            random.choice(("utf-16", "utf-32", "utf-16-le", "utf-7", "utf-8-sig")), "replace"
        )
    if odd < 0.03:
        return text.encode(random.choice(("latin-1", "cp1252", "cp437", "shift_jis")), "replace")
    content = text.encode("utf-8", "surrogatepass")
    return of_bytes(random, content) if odd < 0.08 else content


def of_bytes(random: Random, content: bytes) -> bytes:
    """Bits turned, pieces cut out, doubled or overwritten."""
    data = bytearray(content)
    for _ in range(random.choice((1, 1, 2, 8))):
        at = random.randint(0, max(len(data) - 1, 0))
        size = random.choice((1, 1, 2, 4, 64, 4096))
        match random.randrange(6):
            case 0 | 1 if data:
                data[at] ^= 1 << random.randrange(8)
            case 2:
                del data[at : at + size]
            case 3:
                data[at:at] = data[at : at + size]
            case 4:
                data[at : at + size] = random.randbytes(min(size, 64))
            case _:
                del data[random.randint(0, len(data)) :]
    return bytes(data)
