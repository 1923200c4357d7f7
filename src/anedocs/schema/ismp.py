"""Lint the words on a finished document by the ISMP and Joint Commission rules L01 to L25.

Source: reference/safety.md, section 3.7. Feed extracted text, never markup (L06 would hit every
tag). Addresses on the web and DOIs are out of scope there and known by their shape, so they are
exempt without being named. Quotations, references, coded fields, laboratory values, versions and
verification codes are out of scope too, but look like order text: the caller names them.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from anedocs.schema import ismp_rules as rules


class Finding(NamedTuple):
    """One breach of a rule, with the words found and their place (1-based; lines end at \\n).

    Source: reference/safety.md, section 3.7.
    """

    rule: str
    message: str
    found: str
    line: int
    column: int
    warning: bool


_PATTERNS: Final = tuple((rule, re.compile(rule.pattern)) for rule in rules.RULES)

# --- L01 to L22: words -----------------------------------------------------------------------

_FILLER: Final = "\ue000"  # neither a word character nor a space: nothing runs together across it
_ADDRESS: Final = re.compile(r"(?i)\b(?:https?://|www\.|doi:\s?|10\.[0-9]{4,9}/)[^\s<>]+")


def lint(
    text: str, *, exempt: Sequence[str] = (), short_forms: Sequence[str] = ()
) -> list[Finding]:
    """Check running text by the rules L01 to L22 and the warnings W01 to W03, in reading order.

    Each string of `exempt` is passed over wherever it stands whole: any white space may stand for
    its spaces (lines wrap), a longer word or number around it is not touched, and a number is not
    passed over right before a unit, so that an edition 1.0 cannot hide a dose of that figure.
    Name a quotation with its quotation marks, or its words are passed over on order lines too.
    `short_forms` are those of the order set's own drugs (L17).
    Source: reference/safety.md, section 3.7.
    """
    starts = _line_starts(text)
    hits = _hits(text, exempt, short_forms)
    found = [_finding(rule, starts, hit.start(), hit[0]) for rule, hit in hits]
    return sorted(found, key=lambda one: (one.line, one.column, one.rule))


def breaks_a_rule(text: str, *, short_forms: Sequence[str] = ()) -> bool:
    """Whether `lint` would find a breach that is more than a warning; the first one is enough."""
    return any(not rule.warning for rule, _ in _hits(text, (), short_forms))


def _hits(
    text: str, exempt: Sequence[str], short_forms: Sequence[str]
) -> Iterator[tuple[rules.Rule, re.Match[str]]]:
    visible = blanked(text, exempt)
    letters = set(visible)
    for rule, pattern in _PATTERNS:
        if not rule.signs or not letters.isdisjoint(rule.signs):
            yield from ((rule, hit) for hit in pattern.finditer(visible))
    if short_forms:
        own = rules.shortened(tuple(short_forms))
        yield from ((own, hit) for hit in re.finditer(own.pattern, visible))


def blanked(text: str, exempt: Sequence[str]) -> str:
    """Put filler of equal length in the place of addresses and all that is exempt, as `lint` does.

    Line ends stay.
    """
    # Most ids of an order set stand on no page: one look for a word is cheaper than a pattern.
    there = [words for one in exempt if (words := one.split()) and words[0] in text]
    patterns = [_ADDRESS, *map(_whole, there)]
    visible = list(text)
    for pattern in patterns:
        for hit in pattern.finditer(text):
            visible[hit.start() : hit.end()] = re.sub(r"[^\n]", _FILLER, hit.group())
    return "".join(visible)


def _whole(words: Sequence[str]) -> re.Pattern[str]:
    """Match these words in this order, as a whole and not as the number of a dose."""
    before = "(?<![A-Za-z0-9])(?<![0-9][.,])" if words[0][0].isalnum() else ""
    after = "(?![A-Za-z0-9]|[.,][0-9])" if words[-1][-1].isalnum() else ""
    no_unit = rf"(?!\s?{rules.UNIT}\b)" if words[-1][-1].isdecimal() else ""
    return re.compile(before + r"\s+".join(map(re.escape, words)) + after + no_unit)


def _line_starts(text: str) -> list[int]:
    """Where the lines of a text begin. Why once for all: a text may hold thousands of findings."""
    return [0, *(end.end() for end in re.finditer("\n", text))]


def _finding(rule: rules.Rule, starts: Sequence[int], start: int, found: str) -> Finding:
    """Say where in the text a finding stands."""
    line = bisect_right(starts, start)
    return Finding(rule.id, rule.message, found, line, start - starts[line - 1] + 1, rule.warning)


# --- L23: one line of a weight-based order ---------------------------------------------------


def lint_dose_line(line: str) -> list[Finding]:
    """Check that one line of a weight-based order shows its seven parts, one finding a lack.

    NOT SET may stand for the route, the frequency or the final dose. A band limit is not taken
    for the weight used, nor the maximum for a dose; amounts are counted, so that a line with one
    amount lacks either the calculated or the final dose.
    Source: reference/safety.md, section 3.7, L23 (ISMP order sets; Sentinel Event Alert 39).
    """
    flat = _flat(line)
    rest = rules.MAXIMUM.sub(" ", flat)
    amounts = len(re.findall(rules.AMOUNT, rest))
    no_dose, is_result = _found(rules.NO_DOSE, rest), _found(rules.RESULT, rest)
    shown = {
        "the weight used, as in 18.4 kg": _found(rules.WEIGHT, rules.BAND.sub(" ", rest)),
        "the basis, as in 30 mg/kg": _found(rules.BASIS, rest),
        "the calculated dose, as in = 552 mg": is_result or amounts > (0 if no_dose else 1),
        "the maximum, or the words maximum: not stated in guideline": rest != flat,
        "the final dose, as in 552 mg": no_dose or amounts > (1 if is_result else 0),
        "the route, or the words NOT SET for it": _found(rules.ROUTE, rest)
        or any(hit[1] is None for hit in rules.NOT_SET.finditer(rest)),
        "the frequency, as in daily or one dose": _found(rules.FREQUENCY, rest),
    }
    return [_lack("L23", "line", part, line) for part, there in shown.items() if not there]


def _flat(text: str) -> str:
    """Turn every run of white space and of blank-line underscores into one space."""
    return re.sub(r"[\s_]+", " ", text).strip()


def _found(pattern: re.Pattern[str], text: str) -> bool:
    return pattern.search(text) is not None


def _lack(rule: str, place: str, part: str, text: str = "") -> Finding:
    """Name what a line or a page does not show."""
    return Finding(rule, f"The {place} does not show {part}; add it.", text.strip(), 1, 1, False)


# --- L24: a page of an order sheet -----------------------------------------------------------

_BEFORE, _AFTER = 80, 240  # how many characters around it count as beside


def lint_page(text: str) -> list[Finding]:
    """Check that one page of an order sheet shows all that each page must, one finding a lack.

    Labels are looked for, filled in or blank; what belongs together must stand close together.
    Source: reference/safety.md, section 3.7, L24 (Joint Commission, CMS, ISMP), and 6.2.
    """
    flat = _flat(text)
    return [
        _lack("L24", "page", what)
        for what, where, beside in rules.PAGE
        if not _shows(flat, where, beside)
    ]


def _shows(flat: str, where: str, beside: Sequence[str]) -> bool:
    """Is there a place with all of this beside it?"""
    around = (
        flat[max(0, hit.start() - _BEFORE) : hit.end() + _AFTER]
        for hit in re.finditer(where, flat, re.IGNORECASE)
    )
    return any(all(re.search(one, near, re.IGNORECASE) for one in beside) for near in around)


# --- L25: options ----------------------------------------------------------------------------


def lint_options(text: str) -> list[Finding]:
    """Check that no box is ticked and that each line of a reference dose says not approved.

    A line is one of a reference dose if it has the word reference and a dose or an amount; the
    words not approved must stand on that same line. Provenance itself is not in the text.
    Source: reference/safety.md, section 3.7, L25, and DESIGN.md, rule of truth 2.
    """
    starts = _line_starts(text)
    ticked = re.finditer(rules.TICKED.pattern, text)
    found = [_finding(rules.TICKED, starts, hit.start(), hit[0]) for hit in ticked]
    for line in re.finditer(r"[^\n]+", text):
        word = re.search(rules.REFERENCE.pattern, line[0])
        if word and _found(rules.DOSE, line[0]) and not _found(rules.NOT_APPROVED, line[0]):
            found.append(_finding(rules.REFERENCE, starts, line.start() + word.start(), word[0]))
    return sorted(found, key=lambda one: (one.line, one.column))
