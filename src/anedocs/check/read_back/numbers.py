"""Every number of a finished file, traced to a value, to arithmetic, or to a listed exception."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from anedocs.check.finding import REBUILD, Finding
from anedocs.check.read_back import second_arithmetic, spans
from anedocs.check.read_back.one_file import Reading, flat
from anedocs.schema import ismp

#: A number with the unit behind it, if it has one; and by what that is divided, each time.
_AMOUNT = re.compile(
    r"(?<![A-Za-z0-9.,])([0-9][0-9,]*(?:\.[0-9]+)?)"
    r"(?:\s?((?:mcg|mg|mL|kg|g|%|hour|day|week|month|year|minute)"
    r"(?:/(?:[A-Za-z]+|[0-9.]+ ?[A-Za-z]+))*)(?![A-Za-rt-z/]))?"
)
#: Counts that a document makes of itself: its pages and sides, and the headings of the gaps.
_COUNT = re.compile(
    r"(?:page|side|página) [0-9]+ (?:of|de) [0-9]+"
    r"|(?:Overdue|Not approved|NOT SET|Proposed, waiting for the committee|Open questions) "
    r"\([0-9]+\)",
    re.IGNORECASE,
)
#: Parts of the order set from which only a document that quotes them takes a number.
_NO_SOURCE = ("codes", "code_systems", "references", "statements", "revisions", "supplements")
#: Keys whose numbers nobody reads as clinical: line numbers, dates, fingerprints, ranks.
_NOT_READ = frozenset(
    {
        "lines",
        "sha256",
        "date",
        "accepted_on",
        "review_by",
        "priority",
        "file",
        "effective_date",
        "review_date",
        "decided_on",
    }
)


def known(
    content: Mapping[str, object], quotes: Collection[str], beside: Iterable[str] = ()
) -> frozenset[str]:
    """All numbers that a document may show: '30 mg/kg' with unit, '14' without.

    `quotes` are the parts of the order set that it shows although they hold no fact, `beside` texts
    from outside the order set.
    """
    skipped = {*_NO_SOURCE} - {*quotes}
    used = {key: part for key, part in content.items() if key not in skipped}
    used["accepted"] = _accepted(content)
    texts = (*_texts(used), *beside)
    amounts = {amount for text in texts for amount in _amounts(text)} | set(_derived(used, content))
    return frozenset({*amounts, *(amount.partition(" ")[0] for amount in amounts)})


def _accepted(content: Mapping[str, Any]) -> list[object]:
    """The supplements that the committee has accepted: from then on they are printed as doses."""
    return [one for one in content.get("supplements", ()) if one["state"] == "accepted"]


def orphans(reading: Reading, allowed: frozenset[str], exempt: Sequence[str]) -> Iterator[Finding]:
    """Numbers in the sentences of a file that come from no value, no arithmetic, no exception.

    A number that stands with a unit must stand so in the order set, or come so out of arithmetic.
    What anedocs itself says is known to count steps and name versions; an amount it never names.
    """
    for number, page in enumerate(reading.sentences(), start=1):
        ours = [found for found in _found(spans.own(page), exempt) if found[2]]
        for found in (*_found(spans.sentences(page, own=False), exempt), *ours):
            if _written(found) not in allowed:
                text = found.string
                around = text[max(0, found.start() - 25) : found.end() + 15]
                yield Finding(
                    reading.name, f"page {number}: '…{around.replace(spans.GAP, ' ').strip()}…'",
                    "numbers of the order set only",
                    f"{found[0]}, which is in no value of it", REBUILD,
                )  # fmt: skip


def _found(text: str, exempt: Sequence[str]) -> Iterator[re.Match[str]]:
    """The numbers of a text, but for counts of a document and for what is exempt."""
    return _AMOUNT.finditer(_COUNT.sub(" ", ismp.blanked(flat(text), exempt)))


def _amounts(text: str) -> Iterator[str]:
    return (_written(found) for found in _AMOUNT.finditer(text))


def _written(found: re.Match[str]) -> str:
    plain = found[1].rstrip(",").replace(",", "")
    return f"{plain} {found[2]}" if found[2] else plain


def _derived(used: Mapping[str, object], content: Mapping[str, Any]) -> Iterator[str]:
    """What arithmetic makes of the values: masses in mg, and each worked weight of the card.

    Computed here with fractions, and not by the dose function.
    """
    for mass in re.findall(r"\b[0-9.]+ (?:g|mcg)\b", "\n".join(_texts(used))):
        yield f"{second_arithmetic.plain(second_arithmetic.mg(mass))} mg"
    weights = {weight for card in _tables(used) for weight in card.get("weights", ())}
    for _, order, band in second_arithmetic.dosed(content):
        for weight in (Fraction(weight.removesuffix(" kg")) for weight in weights):
            if second_arithmetic.holds(band, weight):
                worked = second_arithmetic.computed(content, order, band, weight)
                yield from (f"{second_arithmetic.plain(one)} mg" for one in worked if one)


def _tables(node: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, Mapping):
        yield node
        for member in node.values():
            yield from _tables(member)
    elif isinstance(node, list):
        for member in node:
            yield from _tables(member)


def _texts(node: object) -> Iterator[str]:
    """Every text that people may read; not the line numbers, dates and fingerprints of a file."""
    if isinstance(node, Mapping):
        for name, member in node.items():
            if name not in _NOT_READ:
                yield from _texts(member)
    elif isinstance(node, list):
        for member in node:
            yield from _texts(member)
    elif isinstance(node, str):
        yield node
