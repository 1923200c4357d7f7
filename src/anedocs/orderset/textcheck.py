"""What may stand in a text: nothing that a spreadsheet runs, no stray number, ISMP wording."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import filterfalse

from anedocs.core import ismp
from anedocs.core.problems import Fault
from anedocs.orderset.source import Steps

Texts = Sequence[tuple[Steps, str]]

_NUMBER_WITH_UNIT = re.compile(
    r"[0-9][0-9.,]*\s?(?:(?:mg|mcg|g|kg|mL|hours?|days?|weeks?|months?|years?|minutes?)\b|%)"
)
#: Texts that people will read on an order sheet, a card or in a worksheet.
_DISPLAY = frozenset(
    {"text", "short", "name", "says", "asks", "label", "title", "until_answered", "gate_says",
     "value", "approved_by", "entered_by", "frequency", "blank", "population", "conflict"}
)  # fmt: skip
_MAY_HOLD_NUMBERS = frozenset({"supplements", "references", "sources", "revisions", "codes",
                               "local_decisions", "derivation"})  # fmt: skip
#: Unicode's category Cc, without the line end.
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_QUOTED = re.compile(r"“[^”]*”")
_DIGIT = re.compile(r"[0-9]")


def faults(texts: Texts) -> Iterator[Fault]:
    """Every fault in the texts of a file, each given with its path."""
    yield from formulas(texts)
    yield from _numbers_in_prose(texts)
    yield from _wording(texts)


def formulas(texts: Texts) -> Iterator[Fault]:
    """Texts that a spreadsheet would run, and control characters.

    Source: CSV injection; a spreadsheet runs a cell that begins like this.
    """
    for path, text in texts:
        first = text.lstrip()[:1]
        if first and unicodedata.normalize("NFKC", first) in "=+-@":  # the wide signs run as well
            yield Fault(
                path,
                f"this text begins with '{first}', which a spreadsheet would run",
                "Begin it with a letter or a digit",
            )
        bad = _CONTROL.search(text)
        if bad:
            yield Fault(
                path, f"this text holds the control character U+{ord(bad[0]):04X}", "Remove it"
            )


def _numbers_in_prose(texts: Texts) -> Iterator[Fault]:
    """Why: a number that stands twice drifts; it belongs in one typed value."""
    for path, text in texts:
        typed = path[-1] in ("amount", "at_least", "above", "below", "up_to")
        if path[-1] not in _DISPLAY or _MAY_HOLD_NUMBERS & set(path) or typed:
            continue
        found = _NUMBER_WITH_UNIT.search(_QUOTED.sub("", text))
        if found and path[-1] != "value":
            yield Fault(
                path,
                f"'{found[0]}' is a clinical number in a sentence",
                "Put it in a typed value of its own and leave it out of the sentence",
            )


def _wording(texts: Texts) -> Iterator[Fault]:
    shown = [
        (path, text)
        for path, text in texts
        if path[-1] in _DISPLAY and not {"references", "sources"} & set(path)
    ]
    if _all_well([text for _, text in shown]):
        return
    for path, text in shown:
        for finding in ismp.lint(text, exempt=_QUOTED.findall(text)):
            if not finding.warning:
                yield Fault(
                    path, f"ISMP {finding.rule}: '{finding.found}' is error-prone", finding.message
                )


def _all_well(texts: Sequence[str]) -> bool:
    """Whether no text breaks a rule; all at once, and nearly every file has no fault.

    Those with digits apart: a third of the rules need not look at the many without.
    """
    texts = [_QUOTED.sub("“”", text) for text in texts]
    for group in (list(filter(_DIGIT.search, texts)), list(filterfalse(_DIGIT.search, texts))):
        # Nothing runs together across the empty quotation between two texts.
        if not all(finding.warning for finding in ismp.lint("\n“”\n".join(group))):
            return False
    return True
