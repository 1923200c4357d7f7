"""A document that was made with a hospital's own templates is read back before anybody gets it.

Why: a template can leave out or hide the mark of a draft, a dose or the allergies, and the page
looks like any other. With the templates that came with anedocs nothing is read, and nothing waits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from anedocs.build import inputs
from anedocs.check import check
from anedocs.check.finding import Finding
from anedocs.check.read_back import one_file
from anedocs.check.read_back.facts import facts
from anedocs.check.read_back.one_file import Reading
from anedocs.check.readers import pdf_file
from anedocs.core import wording
from anedocs.core.problems import ContentError, Place, Problem
from anedocs.documents.kind import DocumentKind
from anedocs.documents.order_sheet.kinds import SHEET
from anedocs.documents.order_sheet.page import SheetRequest, order_sheet, view
from anedocs.edition.edition import Edition
from anedocs.edition.locate import Locator
from anedocs.edition.names import templates_in
from anedocs.sentences.order_views import OrderView, section_view

#: How dark paper is where a word stands that can be seen; 0 is white, 1 black.
_FAINTEST, _DARKEST = 0.03, 0.95
#: A word of so many signs never fills its box with ink.
_SIGNS = 3


def read_back(
    locator: Locator, edition: Edition, kind: DocumentKind, name: str, content: bytes
) -> None:
    """Hold a patient-free document against the order set, as a build does.

    Raises ContentError, with the hospital's template, where it does not say the same.
    """
    own = _own(locator, kind)
    if own:
        _refuse(own, _of_file(locator, edition, one_file.read(name, content, kind), content))


def read_back_sheet(locator: Locator, request: SheetRequest, content: bytes, paper: str) -> None:
    """Hold a sheet against the order set and against what it was asked for.

    Raises ContentError, with the hospital's template, where something is not there.
    """
    own = _own(locator, SHEET)
    if not own:
        return
    edition = request.edition
    # What stands on every sheet of the template: its own words and numbers.
    blank = order_sheet(SheetRequest(edition, None), locator.folders("templates"), paper)
    name = f"{edition.orderset.id}-sheet.pdf"
    read = one_file.read(name, content, SHEET)
    of_blank = _of_file(locator, edition, one_file.read(name, blank, SHEET), blank)
    _refuse(own, [*of_blank, *_of_sheet(locator, request, read, content)])


def _own(locator: Locator, kind: DocumentKind) -> list[Path]:
    """The home's templates that a kind of document can be made from."""
    *homes, shipped = locator.folders("templates")
    bundled = {path.name for path in templates_in(shipped)}
    return [
        path
        for folder in homes
        for path in templates_in(folder)
        if path.name not in bundled or path.name in kind.templates
    ]


def _refuse(own: list[Path], found: Iterable[Finding]) -> None:
    first, *others = own
    also = f" (or {', '.join(path.name for path in others)})" if others else ""
    problems = [
        Problem(
            Place(str(first)),
            f"what is made with this template{also} is wrong: {one.place}: expected "
            f"{one.expected}; found {one.found}",
            "the document; it was not given out",
            "Compare the template with the one that came with anedocs, or remove it",
        )
        for one in found
    ]
    if problems:
        raise ContentError(problems)


def _of_file(
    locator: Locator, edition: Edition, reading: Reading, content: bytes
) -> Iterator[Finding]:
    source = inputs.content(locator, edition.orderset.id)
    yield from check.of_reading(reading, source, facts(source), edition)
    if reading.name.endswith(".pdf"):
        yield from _unseen(reading.name, content)


def _of_sheet(
    locator: Locator, request: SheetRequest, reading: Reading, content: bytes
) -> Iterator[Finding]:
    """What a sheet with a weight must show: edition, orders, every line of dose, what was given."""
    source = inputs.content(locator, request.edition.orderset.id)
    names = one_file.order_names(source)
    stated = [one for one in facts(source) if "dose" not in one.path or request.filled is None]
    yield from one_file.shows(reading, stated, names)
    yield from _doses(reading.text, names, request)
    yield from one_file.marked(reading, request.edition)
    yield from _unseen(reading.name, content)
    signs = _plain(reading.text)
    for what, text in _given(request).items():
        if _plain(text) not in signs:
            yield Finding(reading.name, what, "what was given", "it is not there", "")


def _unseen(name: str, content: bytes) -> Iterator[Finding]:
    """Words that are in the file and that nobody can see on its page."""
    for page, word, ink in pdf_file.pdf_ink(content):
        covered = ink > _DARKEST and len(word) >= _SIGNS
        if ink < _FAINTEST or covered:
            how = "covered" if covered else "as good as white"
            yield Finding(name, page, "words that can be seen", f"one that is {how}", "")
            return


def _doses(text: str, names: list[str], request: SheetRequest) -> Iterator[Finding]:
    """Words of a dose that do not stand beside its drug, as often as the sheet says them.

    Why as often: a dose or a weight that a template drops still stands in the arithmetic.
    """
    orderset = request.edition.orderset
    sections = [section_view(orderset, one, request.filled) for one in orderset.sections]
    drugs = [drug for section in sections for drug in section.drugs]
    boxes = one_file.blocks(text, [*{*names, *(drug.name for drug in drugs)}])
    for drug in drugs:
        whole, box = _words(drug), boxes.get(drug.name, "")
        for words in dict.fromkeys(whole):
            if box.count(words) < sum(one.count(words) for one in whole):
                place = f"the order of {drug.name}"
                yield Finding("", place, f"'{words}', wherever it belongs", "too few of it", "")
    weight = f"{wording.number(request.filled.weight)} kg" if request.filled else ""
    worked = sum(one.count(weight) for drug in drugs for one in _words(drug))
    if weight and text.count(weight) <= worked:
        yield Finding("", "weight", "what was given", "it is not there", "")


def _words(drug: OrderView) -> list[str]:
    """All that the sheet says of a dose, text by text."""
    lines = [part for line in drug.lines for part in line]
    said = [drug.read_back, drug.stopped, *lines, *drug.stated, *drug.details, *drug.reference]
    return [one_file.flat(one) for one in said if one]


def _given(request: SheetRequest) -> dict[str, str]:
    """What was typed for this child, by the words in which a message names it."""
    shown, patient = view(request), request.patient
    remarks, edges = shown["weight_remarks"], shown["edges"]
    assert isinstance(remarks, list)
    assert isinstance(edges, list)
    given = {
        "allergies": request.allergies, "name": patient.name, "MRN": patient.mrn,
        "date of birth": patient.date_of_birth,
        "age": shown["age"], "sex": request.sex, "source of the weight": request.weight_source,
        "time of weighing": request.weighed_at, "initials": request.confirmed_by,
        **{f"remark {place} beside the weight": text for place, text in enumerate(remarks, 1)},
        **{f"step {place} in the dose": text for place, text in enumerate(edges, 1)},
    }  # fmt: skip
    return {what: str(text) for what, text in given.items() if text}


def _plain(text: str) -> str:
    """Letters and figures alone. Why: a page breaks words, and writes accents in its own way."""
    return re.sub(r"[^A-Za-z0-9]", "", text)
