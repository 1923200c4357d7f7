"""What may stand in a text: nothing that a spreadsheet runs, no letter that is taken for another,
no stray number, ISMP wording.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import filterfalse, islice

from anedocs.core import characters
from anedocs.core.problems import Fault
from anedocs.core.quantity import Quantity, QuantityError
from anedocs.schema import ismp
from anedocs.schema.source import Steps

Texts = Sequence[tuple[Steps, str]]

#: A number however it is written, once its digits are 0 to 9 (see `_folded`), and what it counts.
#: Letters that look like digits are read as such behind one.
_FIGURE = r"(?<![0-9][0-9.,\u2044/])[0-9][0-9OIl.,\u2044/]*"
_WORD = (
    r"(?:half|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|"
    r"fifty|sixty|seventy|eighty|ninety|hundred|thousand)"
)
_IN_WORDS = rf"(?<![\w-]){_WORD}(?:-{_WORD})?(?: a)?(?![\w])"
_OF_A_DOSE = (
    r"[kmnu]?\s?gs?|gms?|mcgs?|\u03bcgs?|m?\s?ls?|cc|dl|i?u|units?|mmol|meq|tab(?:let)?s?|"
    r"cap(?:sule)?s?|drops?|puffs?|vials?|amp(?:o?ule)?s?|spoon(?:ful)?s?|(?:tea|table)spoons?|"
    r"(?:(?:milli|micro|kilo)[\s-]?)?grams?|(?:milli[\s-]?)?lit(?:er|re)s?"
)
_TIMES = r"hours?|days?|weeks?|months?|years?|minutes?"
#: A dose by another: it is a number too, and whoever reads it has to reckon.
_DOSE = r"(?:dos(?:e|age)s?|amounts?|rates?|maximum)(?![\w-])"
_WHICH = (
    r"(?:[\s-](?:of|the|that|this|its|a|an|usual|normal|standard|full|first|initial|last|next|"
    r"previous|prescribed|ordered|maximum|loading))"
)
_BY_ANOTHER = (
    rf"(?:{_FIGURE}|(?<![\w-]){_WORD})[\s-]?fold(?!\w)",
    rf"(?:{_FIGURE}|(?<![\w-]){_WORD})\stimes{_WHICH}*[\s-]{_DOSE}",
    r"(?<![\w-])(?:twice|thrice|half|third|quarter|doubl(?:e|ed|ing)|tripl(?:e|ed|ing)|"
    rf"quadrupl(?:e|ed|ing)|halv(?:e|ed|ing)){_WHICH}*[\s-]{_DOSE}",
    r"(?<![\w-])dos(?:e|age)s?(?:\s(?:is|are|was|be|may|can|must|should|has|been|then))*\s"
    r"(?:doubled|tripled|quadrupled|halved)(?!\w)",
)
_NUMBER_WITH_UNIT = re.compile(
    rf"{_FIGURE}(?:\s*|-)(?:(?:{_OF_A_DOSE}|{_TIMES})(?![^\W_])|%)"
    rf"|{_IN_WORDS}[\s-](?:{_OF_A_DOSE})(?![^\W_])|{'|'.join(_BY_ANOTHER)}",
    re.IGNORECASE,
)
#: Texts that people will read on an order sheet, a card or in a worksheet.
_DISPLAY = frozenset(
    {"text", "short", "name", "says", "asks", "label", "title", "until_answered",
     "unconfirmed_says", "value", "approved_by", "entered_by", "frequency", "blank", "population",
     "conflict", "heading", "remark"}
)  # fmt: skip
_MAY_HOLD_NUMBERS = frozenset({"supplements", "references", "sources", "revisions", "codes",
                               "local_decisions", "derivation"})  # fmt: skip
_QUOTED = re.compile(r"“[^”]*”")
_DIGIT = re.compile(r"[0-9]")
#: So many faults of wording are told in one run; a file with more is no order set yet.
_MOST_OF_WORDING = 500


def faults(texts: Texts) -> Iterator[Fault]:
    """Every fault in the texts of a file, each given with its path."""
    yield from beside(texts)
    yield from _names(texts)
    yield from _numbers_in_prose(texts)
    yield from islice(_wording(texts), _MOST_OF_WORDING)


def beside(texts: Texts) -> Iterator[Fault]:
    """The faults that a text of any file can have."""
    yield from look_alikes(texts)
    yield from _formulas(texts)


def look_alikes(texts: Texts) -> Iterator[Fault]:
    """Words with a letter of another script that looks like one of theirs."""
    for path, text in texts:
        for one in islice(characters.look_alikes(text), 1):
            yield Fault(path, one.what, one.mend)


def _names(texts: Texts) -> Iterator[Fault]:
    """Why: a drug is found by its name, on the shelf and in the EHR."""
    for path, text in texts:
        if path[-1] in ("name", "short") and "orders" in path:
            if any(characters.look_alikes(text)):
                continue  # it has been told
            for one in islice(characters.other_letters(text), 1):
                yield Fault(path, one.what, one.mend)


def _formulas(texts: Texts) -> Iterator[Fault]:
    """Texts that a spreadsheet would run.

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


def _numbers_in_prose(texts: Texts) -> Iterator[Fault]:
    """Why: a number that stands twice drifts; it belongs in one typed value."""
    for path, text in texts:
        typed = path[-1] in ("amount", "at_least", "above", "below", "up_to")
        if path[-1] not in _DISPLAY or _MAY_HOLD_NUMBERS & set(path) or typed:
            continue
        found = _NUMBER_WITH_UNIT.search(_folded(_QUOTED.sub("", text)))
        if found and path[-1] != "value":
            yield Fault(
                path,
                f"'{found[0]}' is a clinical number in a sentence",
                "Put it in a typed value of its own and leave it out of the sentence",
            )


def _folded(text: str) -> str:
    """The text with plain digits. Why: full-width, Arabic or raised ones are read as a dose too."""
    if text.isascii():
        return text
    # Of a Roman number that is one sign, the value: folded it would be a letter.
    text = "".join(
        str(int(unicodedata.numeric(one))) if unicodedata.category(one) == "Nl" else one
        for one in text
    )
    signs = filterfalse(unicodedata.combining, unicodedata.normalize("NFKD", text))
    return "".join(str(unicodedata.digit(one, one)) for one in signs)


def _wording(texts: Texts) -> Iterator[Fault]:
    shown = [
        (path, text)
        for path, text in texts
        if path[-1] in _DISPLAY and not {"references", "sources"} & set(path) and not _typed(text)
    ]
    short = tuple(text for path, text in texts if path[-2:-1] == ("short_forms",)
                  and re.fullmatch("[A-Za-z0-9]+", text))  # fmt: skip
    if _all_well([text for _, text in shown], short):
        return
    for path, text in shown:
        for finding in ismp.lint(text, exempt=_QUOTED.findall(text), short_forms=short):
            if not finding.warning:
                yield Fault(
                    path, f"ISMP {finding.rule}: '{finding.found}' is error-prone", finding.message
                )


def _typed(text: str) -> bool:
    """Whether a text is an amount. Why: it is written in one form here, and printed in another."""
    if not text[:1].isdigit():
        return False
    try:
        Quantity.parse(text)
    except QuantityError:
        return False
    return True


def _all_well(texts: Sequence[str], short_forms: Sequence[str]) -> bool:
    """Whether no text breaks a rule; all at once, and nearly every file has no fault.

    Those with digits apart: a third of the rules need not look at the many without.
    """
    texts = [_QUOTED.sub("“”", text) for text in texts]
    for group in (list(filter(_DIGIT.search, texts)), list(filterfalse(_DIGIT.search, texts))):
        # Nothing runs together across the empty quotation between two texts.
        if ismp.breaks_a_rule("\n“”\n".join(group), short_forms=short_forms):
            return False
    return True
