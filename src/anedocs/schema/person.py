"""The names of people who sign: what is a name, and when two of them are one person."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Any

from anedocs.core import characters
from anedocs.schema.parts import TextForm, Wrong
from anedocs.schema.shape import Prose

_FEWEST_LETTERS = 2
#: What stands beside a name, in letters alone; written in capitals, or as here.
_CREDENTIALS = frozenset(
    {"MD", "DO", "MBBS", "RN", "NP", "CNP", "APN", "APRN", "ARNP", "CRNP", "DNP", "PNP", "BSN",
     "MSN", "CNS", "CNM", "LPN", "PA", "PAC", "PharmD", "RPh", "BCPS", "BCPPS", "BCCCP", "BPharm",
     "MPharm", "PhD", "MPH", "MBA", "MSc", "BSc", "MS", "MA", "MHA", "FAAP", "FACP", "FCCP", "FCCM",
     "FASHP", "CPHQ", "Dr", "Prof", "Mr", "Mrs", "Ms", "Sr", "Jr", "II", "III"}
)  # fmt: skip
_IN_CAPITALS = frozenset(one.upper() for one in _CREDENTIALS)
_NOBODY = frozenset({"nobody", "none", "na", "tbd", "tba", "unknown", "pending", "name"})


class _Person(TextForm):
    """A name as a text, with letters that are what they seem."""

    _text = Prose(longest=1500)

    def read(self, given: object) -> str:
        text = self._text.read(given)
        letters = "".join(sign for sign in text if sign.isalpha())
        if len(letters) < _FEWEST_LETTERS or letters.casefold() in _NOBODY:
            raise Wrong("this is the name of nobody", "Write the name of the person")
        for odd in characters.other_letters(text):
            raise Wrong(f"in a name, {odd.what}", odd.mend)
        return text

    def schema(self) -> dict[str, Any]:
        return self._text.schema()


Person = Annotated[str, _Person()]


def compared(name: str) -> str:
    """A name as two are compared: the same for one person, whatever case, spaces and titles are.

    It is its words in order of the alphabet, in small letters without accents.
    """
    parts = [_words(part) for part in name.split(",")]
    named = [part for part in parts if part]
    words = named[0] if named else _words(name, titles=True)
    if len(words) == 1 and len(named) > 1:  # the family name first: 'Doctor, Dana'
        words = [*words, *named[1]]
    return "".join(sorted(words))


def _words(part: str, *, titles: bool = False) -> list[str]:
    plain = unicodedata.normalize("NFKD", part)
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    plain = re.sub(r"(?<=\w)['\u2019](?=\w)", "", plain)
    words = [word.replace(".", "") for word in re.findall(r"[^\W\d_]+(?:\.[^\W\d_]+)*", plain)]
    kept = words if titles else [word for word in words if not _is_title(word)]
    return [word.casefold() for word in kept]


def _is_title(word: str) -> bool:
    return word in _CREDENTIALS or word in _IN_CAPITALS
