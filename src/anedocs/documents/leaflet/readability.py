"""How hard a text is to read: the Flesch-Kincaid grade, measured offline; the only pyphen.

Grade = 0.39 × words per sentence + 11.8 × syllables per word − 15.59 (Kincaid and others, 1975).
Where two ways of counting differ, the stricter one is taken. Why: pyphen counts the places where
a word may be broken, and 'area' or 'many' may not be broken everywhere, so it alone flatters.

- A block (heading, paragraph, bullet, term) always ends a sentence, also without a full stop.
- Within a block a sentence ends at '.', '!' or '?' before a space or the end; colons end none.
- A word is a run of letters and digits; a hyphen or an apostrophe inside does not part it.
- Short forms in capitals are read letter by letter: ICU counts three syllables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

_SENTENCE_END = re.compile(r"[.!?]+[”’\"')\]]*(?=\s|$)")
_WORD = re.compile(r"[^\W_]+(?:[-’'.][^\W_]+)*")
_VOWELS = re.compile(r"[aeiouy]+")
#: 'care' and 'whole' but not 'little'; 'called' but not 'needed'; 'genes' but not 'changes'.
_SILENT = re.compile(r"(?<![^aeiouy]l)(?<![aeiouy])e$|[^aeiouydt]ed$|[^aeiouysxzcgh]es$")


@dataclass(frozen=True, slots=True)
class Reading:
    """What was counted in a text, and the grade that follows from it."""

    sentences: int
    words: int
    syllables: int
    longest_sentence: int
    """In words."""

    @property
    def grade(self) -> Decimal:
        """The Flesch-Kincaid grade to one decimal; zero for a text without words."""
        if not self.words:
            return Decimal(0)
        grade = (
            Decimal("0.39") * self.words / self.sentences
            + Decimal("11.8") * self.syllables / self.words
            - Decimal("15.59")
        )
        return grade.quantize(Decimal("0.1"), ROUND_HALF_UP)


def measure(blocks: Iterable[str]) -> Reading:
    """Count an English text, given block by block."""
    texts = [words_of(sentence) for block in blocks for sentence in sentences_of(block)]
    words = [word for text in texts for word in text]
    return Reading(
        len(texts),
        len(words),
        sum(map(syllables, words)),
        max(map(len, texts), default=0),
    )


def sentences_of(block: str) -> list[str]:
    """The sentences of one block; a rest without a full stop counts as one."""
    return [part for part in _SENTENCE_END.split(block) if _WORD.search(part)]


def words_of(sentence: str) -> list[str]:
    """The words of a sentence."""
    return _WORD.findall(sentence)


def syllables(word: str) -> int:
    """How many syllables a word has; never fewer than one."""
    return sum(_of_part(part) for part in re.split(r"[-.]", word) if part)


def _of_part(part: str) -> int:
    letters = re.sub(r"[’'].*", "", part) or part
    if len(letters) > 1 and letters.upper() == letters:
        return len(letters)
    low = letters.lower()
    return max(1, len(_hyphenator().positions(low)) + 1, _vowel_groups(low))


def _vowel_groups(low: str) -> int:
    """Runs of vowels, less one for an ending with an 'e' that is not spoken."""
    return len(_VOWELS.findall(low)) - (_SILENT.search(low) is not None)


@cache
def _hyphenator() -> Any:
    import pyphen

    return pyphen.Pyphen(lang="en_US")
