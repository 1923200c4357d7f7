"""What must agree between a leaflet and its translation: language, numbers, figures and units.

A text is compared with the English that it translates where its fingerprint says that this is the
English of today. A text that lags behind is marked on the page; where its numbers are others than
those of today, the page shows the English alone (see `says_other_numbers`). Numbers written as
words are for the people who review a translation.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import date

from anedocs.core import wording
from anedocs.core.problems import ContentError, Fault, Problem
from anedocs.core.wording import joined
from anedocs.edition.compile import with_places
from anedocs.edition.edition import Edition
from anedocs.edition.locate import Locator
from anedocs.edition.names import ORDERSETS
from anedocs.schema import reader
from anedocs.schema.family import Leaflet, Translation, fingerprint

_FIGURE = re.compile(r"\{[^{}]*\}")
#: A number; in English a comma stands between thousands, elsewhere a point or a space may as well.
_ENGLISH = re.compile(r"(?P<grouped>[1-9][0-9]{0,2}(?:,[0-9]{3})+(?![0-9]))|[0-9]+(?:[.,][0-9]+)*")
_OTHER = re.compile(
    r"(?P<grouped>[1-9][0-9]{0,2}(?:[., ][0-9]{3})+(?![0-9]))|[0-9]+(?:[.,][0-9]+)*"
)


def translations(locator: Locator, edition: Edition) -> dict[str, Translation]:
    """The translations of an edition's leaflet, by language.

    Raises ContentError with the problems of all of them.
    """
    begin, end = f"{edition.orderset.id}.leaflet.", ".yaml"
    folders = locator.folders(ORDERSETS)
    found: dict[str, Translation] = {}
    problems: list[Problem] = []
    for name in sorted(one.name for folder in folders for one in folder.glob(f"{begin}*{end}")):
        language = name.removeprefix(begin).removesuffix(end)
        try:
            held = with_places(Translation, locator.file(name), problems)
        except ContentError as error:
            problems += error.problems
            continue
        if held is not None:
            found[language], root = held
            faults = _faults(edition.orderset.leaflet, found[language], language, edition.day)
            problems += reader.placed(root, faults)
    if problems:
        raise ContentError(problems)
    return found


def _faults(
    leaflet: Leaflet | None, translation: Translation, language: str, today: date
) -> Iterator[Fault]:
    """Every fault of a translation that shows beside its English; `language` is of its file name.

    Without a leaflet there is nothing to compare with.
    """
    yield from _language(leaflet, translation, language)
    if translation.reviewed_on and translation.reviewed_on > today:
        yield Fault(
            ("reviewed_on",),
            f"the review is dated {translation.reviewed_on}, and today is {today}",
            "Write the day on which it was reviewed",
        )
    for where, words in (("marks", translation.marks), ("units", translation.units.items())):
        for name, text in words:
            if _numbers(text, _OTHER):
                what = f"'{name}' holds a number, which no English word in its place has"
                yield Fault((where, name), what, "Write it without")
    if leaflet is None:
        return
    yield from _units(leaflet, translation)
    english = leaflet.texts()
    seen: set[str] = set()
    for at, one in enumerate(translation.texts):
        if one.id in seen:
            yield Fault(("texts", at, "id"), "it is translated twice here", "Keep one of the two")
        seen.add(one.id)
        if one.id in english and one.english == fingerprint(english[one.id]):
            yield from _text(one.text, english[one.id], at)


def says_other_numbers(text: str, english: str) -> bool:
    """Whether a translated text has other numbers than the English, or fills in other figures."""
    return bool(any(_differences(text, english)))


def _language(leaflet: Leaflet | None, translation: Translation, language: str) -> Iterator[Fault]:
    if translation.language != language:
        yield Fault(
            ("language",),
            f"the language is '{translation.language}', and the file is named for '{language}'",
            "Give both the same language",
        )
    taken = {"en", *(leaflet.spelling if leaflet else ())}
    if language in taken:
        yield Fault(
            ("language",), f"'{language}' is a language of the order set itself",
            "English is changed in the order set; remove this file",
        )  # fmt: skip


def _units(leaflet: Leaflet, translation: Translation) -> Iterator[Fault]:
    """The units of the figures that the translated texts fill in."""
    texts = {one.id: one.text for one in translation.texts}
    for fact in leaflet.facts:
        named = [name for name, text in texts.items() if f"{{{fact.id}}}" in text]
        unit = wording.amount(fact.value).partition(" ")[2]
        if not (named and unit) or translation.units.get(unit, "").strip():
            continue
        yield Fault(
            ("units",),
            f"the unit '{unit}' is missing, which the figure '{fact.id}' needs in {joined(named)}",
            f"Add '{unit}:' with the word of this language",
        )


def _text(text: str, english: str, at: int) -> Iterator[Fault]:
    extra, lacking, figures = _differences(text, english)
    where = ("texts", at, "text")
    mend = "Write the numbers of the English sentence; where they are wrong, mend them there first"
    if extra:
        what = f"it says {joined(extra)}, the English sentence has no such number"
        yield Fault(where, what, mend)
    if lacking:
        what = f"it does not say {joined(lacking)}, which the English sentence has"
        yield Fault(where, what, mend)
    if figures:
        what = f"it does not fill in the same figures as the English: {joined(figures)}"
        yield Fault(where, what, "Write each figure as in the English, in braces, as often")


def _differences(text: str, english: str) -> tuple[list[str], list[str], list[str]]:
    """The numbers that only the translation has, those that only the English has, the figures."""
    said, meant = _numbers(text, _OTHER), _numbers(english, _ENGLISH)
    filled, wanted = Counter(_FIGURE.findall(text)), Counter(_FIGURE.findall(english))
    figures = sorted({*(filled - wanted), *(wanted - filled)})
    return sorted(said - meant), sorted(meant - said), figures


def _numbers(text: str, form: re.Pattern[str]) -> Counter[str]:
    """The numbers in a text, in plain digits, however it writes digits and thousands."""
    text = _FIGURE.sub(" ", text)
    plain = "".join(map(_plain, unicodedata.normalize("NFKD", text)))
    return Counter(
        re.sub("[., ]", "" if found["grouped"] else ".", found[0]) for found in form.finditer(plain)
    ) + Counter(sign for sign in text if unicodedata.category(sign) == "Nl")


def _plain(sign: str) -> str:
    return str(unicodedata.digit(sign, sign))
