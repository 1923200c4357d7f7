"""Each fact alone is changed in the YAML, its documents made for real, and the old ones betrayed.

Takes minutes. What of this is quick stands in test_facts.py.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from anedocs.build import manifest
from anedocs.check import check
from anedocs.check.read_back import ehr_files as ehr_reading
from anedocs.check.read_back import one_file
from anedocs.check.read_back.facts import Fact, facts
from anedocs.check.read_back.one_file import Reading
from anedocs.core.problems import ContentError
from anedocs.documents import registry
from anedocs.documents.kind import Document
from anedocs.documents.order_sheet.kinds import SHEET
from anedocs.edition.edition import Edition
from anedocs.edition.load import load
from anedocs.edition.locate import Locator
from support.fact_changes import (
    DAY,
    FIGURE,
    at,
    changed,
    content,
    home_with,
    in_other_units,
    mutate,
    named,
    quantity,
    shown_facts,
)
from support.kinds import kind_of

pytestmark = pytest.mark.long

SOURCE = content()
FACTS = facts(SOURCE)
SHOWN = shown_facts(SOURCE)
#: Numbers whose unit may be wrong as well.
WITH_UNIT = [fact for _, fact in SHOWN if quantity(str(at(SOURCE, fact.path)))]


def _twins() -> list[list[Fact]]:
    """Facts with the same words, which a document shows but once for all of them."""
    together: dict[tuple[str, tuple[str, ...]], list[Fact]] = {}
    for _, fact in SHOWN:
        together.setdefault((fact.words, fact.documents), []).append(fact)
    return [same for same in together.values() if len(same) > 1]


TWINS = _twins()


@cache
def edition() -> Edition:
    return load(Locator(), "ane", DAY)


@cache
def old_reading(path: Path) -> Reading:
    """A document of the order set as it stands; each worker reads it once."""
    return one_file.read_file(path, kind_of(path.name))


def showing(fact: Fact, products: Mapping[str, Document]) -> set[str]:
    """The documents whose map shows a fact."""
    return {name for name, one in products.items() if one.kind.name in fact.documents}


@pytest.mark.parametrize(("number", "fact"), SHOWN, ids=[fact.name for _, fact in SHOWN])
def test_a_changed_fact_reaches_its_documents_and_betrays_the_old(
    number: int, fact: Fact, finished: Path, tmp_path: Path
) -> None:
    values = {fact: changed(fact, number, str(at(SOURCE, fact.path)))}
    follow(values, loaded(values, tmp_path), finished)


@pytest.mark.parametrize("fact", WITH_UNIT, ids=[fact.name for fact in WITH_UNIT])
def test_a_changed_unit_reaches_its_documents_or_is_refused(
    fact: Fact, finished: Path, tmp_path: Path
) -> None:
    """The same number in the first unit that the model takes; it refuses those before it."""
    for value in in_other_units(str(at(SOURCE, fact.path))):
        try:
            made_from = loaded({fact: value}, tmp_path)
        except ContentError as error:
            if f"'{value}' has a unit that does not fit here" not in str(error):
                raise
        else:
            follow({fact: value}, made_from, finished)
            return


@pytest.mark.parametrize("same", TWINS, ids=[same[0].words for same in TWINS])
def test_facts_with_the_same_words_leave_no_trace_when_all_change(
    same: list[Fact], finished: Path, tmp_path: Path
) -> None:
    """Why: alone, each finds its old words on the page still, said by the others."""
    values = {fact: changed(fact, len(FACTS), str(at(SOURCE, fact.path))) for fact in same}
    follow(values, loaded(values, tmp_path), finished)


def loaded(values: Mapping[Fact, str], folder: Path) -> tuple[dict[str, Any], Locator, Edition]:
    """The order set with these facts changed, from a home of its own."""
    other = mutate(SOURCE, values)
    locator = Locator(home_with(other, folder / "home"))
    return other, locator, load(locator, "ane", DAY)


def follow(
    values: Mapping[Fact, str], made_from: tuple[dict[str, Any], Locator, Edition], finished: Path
) -> None:
    """Each document that shows one of these facts is made anew and says it; the old is told."""
    other, locator, new = made_from
    known, faults = facts(other), []
    products = {one.name: one for one in registry.documents(locator, new)}
    for name in sorted({name for fact in values for name in showing(fact, products)}):
        assert locator.home is not None
        path = locator.home / "made" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(products[name].make())
        reading = one_file.read_file(path, products[name].kind)
        found = check.of_reading(reading, other, known, new)
        faults += [f"check of the new {one}" for one in found]
        if not (finished / name).exists():
            continue  # Why: its name says the fact, so that no old file takes its place.
        old = old_reading(finished / name)
        if without_edition(reading, new) == without_edition(old, edition()):
            faults.append(f"{name}: has not changed")
        for fact in values:
            if name in showing(fact, products):
                faults += [f"{name}: {one}" for one in wrong(fact, reading, old, other, known)]
                # Asked only until it is found: all that is wrong there takes long to tell.
                found = check.of_reading(old, other, known, new)
                if not any(named(one.place) == fact.name for one in found):
                    faults.append(f"{name}: check of the old file does not name {fact.name}")
    if faults:
        pytest.fail("\n".join(faults), pytrace=False)


def wrong(
    fact: Fact, reading: Reading, old: Reading, other: dict[str, Any], known: list[Fact]
) -> Iterator[str]:
    """New words that have not come to where the map says they stand; old words that still stand."""
    now = next(one for one in known if one.path == fact.path)
    was, new = said(fact, reading), said(now, reading)
    here, before = place(reading, now, known, other), place(old, fact, FACTS, SOURCE)
    saying = [one for one in known if spans(was, said(one, reading))]
    saying = [one for one in saying if at(SOURCE, one.path) == at(other, one.path)]
    # Why: beside its order, 'STAT' is not excused by the 'STAT' of another order.
    beside = [one for one in saying if not anchored(reading, fact) or near(one, fact, reading)]
    if len(spans(new, here)) <= len(spans(new, before)):
        yield f"'{new}' has not come"
    twin = any(said(one, reading) == was for one in beside)
    if not twin and len(spans(was, here)) >= len(spans(was, before)):
        yield f"'{was}' has not gone"
    # Beyond the map: nothing else in the document may say the old words either. A table or a FHIR
    # file quotes statements of the guideline beside its rows, which are no facts of it.
    credits = [one["credit"] for one in other["sources"]]
    everywhere = [(reading.text, saying)] if reading.blocks is None else []
    for where, others in ((here, beside), *everywhere):
        told = [said(one, reading) for one in others]
        yield from traces(was, where, [*told, *credits])


def said(fact: Fact, reading: Reading) -> str:
    """The words of a fact as a kind of document writes them."""
    words = fact.words_in(reading.kind.read_as)
    return words if reading.blocks is None else ehr_reading.fold(words)


def near(one: Fact, fact: Fact, reading: Reading) -> bool:
    """Whether a fact may stand beside the order of another."""
    if reading.blocks is not None:
        of_one_gate = one.path[0] == fact.path[0] == "gates"  # a check stands beside its order
        return of_one_gate or one.order in (None, fact.order)
    return one.anchor in (None, fact.anchor)


def without_edition(reading: Reading, one: Edition) -> str:
    """The text of a document without what any change of the order set changes."""
    whole = " ".join((reading.text, *(reading.blocks or {}).values()))
    text = one_file.CHECK_CODE.sub("", whole)
    return text.replace(one.fingerprint, "").replace(one.short_fingerprint, "")


def anchored(reading: Reading, fact: Fact) -> bool:
    """Whether the map says not only in which document a fact stands, but beside which order."""
    if reading.blocks is not None:
        return fact.order is not None
    return reading.kind is SHEET and fact.anchor is not None


def place(reading: Reading, fact: Fact, known: list[Fact], source: dict[str, Any]) -> str:
    """The text where the map says that a fact appears."""
    orders = sorted({one.order for one in known if one.order})
    names = one_file.order_names(source) if reading.kind is SHEET else []
    return reading.beside(fact, orders, one_file.blocks(reading.text, names))


def spans(words: str, where: str) -> list[tuple[int, int]]:
    """Where words stand whole; of a sentence that takes figures from elsewhere, its main part."""
    piece = max((one_file.flat(piece) for piece in FIGURE.split(words)[::2]), key=len)
    return [found.span() for found in one_file._whole(piece.casefold()).finditer(where.casefold())]


def traces(old: str, where: str, others: list[str]) -> Iterator[str]:
    """The old words with what is around them, where nothing says them that is still true."""
    covered = [span for words in others if spans(old, words) for span in spans(words, where)]
    for start, end in spans(old, where):
        if not any(first <= start and end <= last for first, last in covered):
            yield f"'…{where[max(0, start - 30) : end + 30]}…' still says '{old}'"


def test_every_fact_is_covered_or_has_a_reason(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Tells how much the tests above prove."""
    written = manifest.read(finished)
    assert written is not None
    products = {one.name: one for one in registry.documents(Locator(), edition())}
    assert set(written.files) == set(products)
    made = Counter(name for _, fact in SHOWN for name in showing(fact, products))
    assert all(showing(fact, products) for _, fact in SHOWN)
    reasons: dict[str, list[str]] = {}
    for fact in FACTS:
        if not fact.documents:
            reasons.setdefault(fact.reason, []).append(fact.name)
    assert all(reasons)
    lines = [
        f"{len(SHOWN)} facts changed one by one, and the unit of {len(WITH_UNIT)} of them",
        f"{made.total()} documents made anew for them and compared with the old:",
        *(f"  {name}: {made[name]} facts" for name in sorted(written.files)),
        f"{len(FACTS) - len(SHOWN)} facts that no document shows:",
        *(f"  {reason}: {', '.join(names)}" for reason, names in reasons.items()),
    ]
    # To the real standard error, which a worker of xdist shares with the terminal.
    with capsys.disabled():
        print("\n" + "\n".join(lines), file=sys.stderr)
