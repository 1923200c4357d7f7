"""Characters that a reader does not see, or takes for others; each named with its code point.

Why: what a page shows must be what the file says. `30 mg` with a no-break space is not found, an
override of the reading direction prints 500 for 005, a Cyrillic letter makes another key.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

#: Invisible, though Unicode does not count them among spaces, controls or formats.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_JOINERS = "\u200c\u200d"
#: Scripts that cannot be written without joiners, as the names of their characters begin.
_JOINED_SCRIPTS = frozenset(
    {"ARABIC", "SYRIAC", "MONGOLIAN", "DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI", "ORIYA",
     "TAMIL", "TELUGU", "KANNADA", "MALAYALAM", "SINHALA", "KHMER", "MYANMAR", "TIBETAN", "NKO"}
)  # fmt: skip
_EAST = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "IDEOGRAPHIC", "BOPOMOFO"})
#: Scripts with letters that look like Latin ones.
_LOOK_ALIKE = frozenset(
    {"CYRILLIC", "GREEK", "COPTIC", "ARMENIAN", "CHEROKEE", "LISU", "FULLWIDTH", "MATHEMATICAL"}
)
#: The Greek letters that do; others, such as gamma, stand in words with Latin ones.
_GREEK = frozenset(
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
    "\u03b9\u03ba\u03bd\u03bf\u03c1\u03c5\u03c7"
)
_WORD = re.compile(r"[^\W\d_]+")
_CONTROLS = {"\t": "TAB", "\r": "CARRIAGE RETURN", "\0": "NULL", "\x7f": "DELETE"}
_UNNAMED = {
    "Cc": "CONTROL CHARACTER", "Co": "PRIVATE CHARACTER", "Cs": "HALF OF A CHARACTER",
    "Cn": "UNKNOWN CHARACTER",
}  # fmt: skip


class Odd(NamedTuple):
    """A character that may not stand where it stands."""

    place: int
    sign: str
    what: str

    @property
    def mend(self) -> str:
        """What to do about it."""
        if self.sign.isspace() and self.sign not in "\u2028\u2029":
            return "Type an ordinary space in its place"
        return "Remove it, or type the character that is meant"


def named(sign: str) -> str:
    """A character for a message, such as 'U+00A0 NO-BREAK SPACE'."""
    name = (
        _CONTROLS.get(sign)
        or unicodedata.name(sign, "")
        or _UNNAMED.get(unicodedata.category(sign), "CHARACTER")
    )
    return f"U+{ord(sign):04X} {name}"


def shown(text: str) -> str:
    """A text for a message: in the place of each character that nobody sees, its code point.

    Spaces of any width and line ends stay. Why: a message must neither steer a terminal nor read
    otherwise than what it repeats.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(f"<U+{ord(sign):04X}>" if is_hidden(sign) else sign for sign in text)


def is_hidden(sign: str) -> bool:
    """Whether a character leaves no mark and no room on a page, or steers what stands around it."""
    return sign not in "\n\t" and unicodedata.category(sign) != "Zs" and _is_unseen(sign)


def unseen(text: str) -> Iterator[Odd]:
    """The characters of a text that no reader sees, or that turn its reading direction.

    Joiners and selectors of a form are let pass where a script, or an emoji, is written with them.
    """
    if text.isascii() and text.isprintable():
        return
    for index, sign in enumerate(text):
        if sign != "\n" and _is_unseen(sign) and not _belongs(text, index):
            yield Odd(index, sign, f"{named(sign)} stands here, which no reader sees")


def look_alikes(text: str) -> Iterator[Odd]:
    """The letters that make a word of two scripts which look alike, such as Latin and Cyrillic."""
    if text.isascii():
        return
    for word in _WORD.finditer(text):
        yield from _of_another_script(word[0], word.start())


def other_letters(text: str) -> Iterator[Odd]:
    """As `look_alikes`, of a name: none of its words may be of another script that looks alike."""
    yield from _of_another_script(text, 0)


def _of_another_script(text: str, start: int) -> Iterator[Odd]:
    if text.isascii() or not any(one.isalpha() and _script(one) == "LATIN" for one in text):
        return
    for index, sign in enumerate(text):
        script = _script(sign) if sign.isalpha() else ""
        if script in _LOOK_ALIKE and (script != "GREEK" or sign in _GREEK):
            what = f"{named(sign)} stands here among Latin letters and looks like one of them"
            yield Odd(start + index, sign, what)


def _is_unseen(sign: str) -> bool:
    category = unicodedata.category(sign)
    return (
        category in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
        or (category == "Zs" and sign != " ")
        or sign in _BLANK
        or _selects(sign)
    )


def _belongs(text: str, index: int) -> bool:
    """Whether the text around an unseen character is written with it."""
    sign, before, after = text[index], text[index - 1 : index], text[index + 1 : index + 2]
    if sign in _JOINERS:
        joined = before and after and _script(before) in _JOINED_SCRIPTS
        return bool(joined or (_is_picture(before) and _is_picture(after)))
    if sign == "\u3000":
        return bool(before and after) and {_script(before), _script(after)} <= _EAST
    if _selects(sign):
        return bool(before) and (_script(before) in _EAST | _JOINED_SCRIPTS or _is_picture(before))
    return False


def _selects(sign: str) -> bool:
    """Whether it chooses a form of the character before it, and is nothing by itself."""
    return "\ufe00" <= sign <= "\ufe0f" or "\U000e0100" <= sign <= "\U000e01ef" or (
        "\u180b" <= sign <= "\u180f"
    )  # fmt: skip


def _is_picture(sign: str) -> bool:
    """An emoji, or what follows one: its colour of skin, its form."""
    return bool(sign) and (unicodedata.category(sign) in ("So", "Sk") or sign == "\ufe0f")


def _script(sign: str) -> str:
    return unicodedata.name(sign, "").partition(" ")[0].partition("-")[0]
