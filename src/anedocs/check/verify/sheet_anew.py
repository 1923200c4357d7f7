"""The order sheet that belongs to a check code, made anew and held against the page at hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from anedocs.check.readers import pdf_file, pictures
from anedocs.check.verify import page_diff, page_drawn, sheet_given
from anedocs.check.verify.handed_in import COMPARED, Page
from anedocs.check.verify.page_drawn import Side
from anedocs.check.verify.sheet_code import Scanned
from anedocs.core.problems import Failure, Refusal
from anedocs.documents.order_sheet.page import SheetRequest, order_sheet
from anedocs.dosing.fill import fill
from anedocs.edition.approval import Status
from anedocs.edition.edition import Edition
from anedocs.edition.load import load
from anedocs.edition.locate import Locator

#: A picture that covers more of the page than this is a scan, whatever text lies behind it.
SCANNED = 0.5
#: A page with less of the words of its sheet than this is another document.
SHEET = 0.2
#: The height of each paper, by its width.
_PAPERS = {"letter": 11 / 8.5, "a4": 297 / 210}


class NotCompared(Exception):
    """Why a page cannot be held against its sheet."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What the comparison found: differences are faults of the page, notes are not."""

    differences: tuple[str, ...]
    notes: tuple[str, ...] = ()
    fits: bool = False
    """Whether the sheet is laid out for the paper of the page, neither moved nor enlarged."""


def compared(page: Page, scanned: Scanned, edition: Edition, locator: Locator) -> Compared:
    """Make the sheet of a check code anew, and name everything that the page says otherwise.

    Raises NotCompared where the page has no text of its own, as in a scan.
    """
    has_own_text(page)
    folders = locator.folders("templates")
    asked = sheet_given.given_on(page.words, _asked(scanned, edition), folders)
    asked = _aged(asked, scanned)
    asked, told = _of_its_day(asked, page.words, locator)
    found = _apart(page, asked, folders)
    notes = [*told, *_site(asked, edition), *_laid_over(page), *found.notes]
    return Compared(found.differences, tuple(notes))


def has_own_text(page: Page) -> None:
    """Raise NotCompared for a picture of a page, and for a scan with a text behind it."""
    if page.placed is None:
        raise NotCompared("it is a picture")
    if page.placed.covered > SCANNED:
        raise NotCompared("it is a scan, and the text behind a scan is only a guess")


def _asked(scanned: Scanned, edition: Edition) -> SheetRequest:
    filled = None if scanned.weight is None else fill(edition, scanned.weight, scanned.age)
    return SheetRequest(edition, None, filled)


def _aged(asked: SheetRequest, scanned: Scanned) -> SheetRequest:
    """The doses at the age that stands on the page, or at that of the code where it has one."""
    age = scanned.age or asked.age
    if asked.filled is None:
        return asked
    return replace(asked, age=age, filled=fill(asked.edition, asked.filled.weight, age))


def _of_its_day(asked: SheetRequest, text: str, locator: Locator) -> tuple[SheetRequest, list[str]]:
    """The request with the mark that the edition bore when the page was printed.

    A page may bear the mark of that day or a stricter one: it may have been approved since.
    """
    now, metadata = asked.edition, asked.edition.orderset.metadata
    days = [asked.printed.date()] if asked.printed else [metadata.effective_date,
                                                         metadata.review_date]  # fmt: skip
    then = [_on(locator, now, day) for day in days if day is not None]
    may_bear = [*then, now.status, Status("draft", ())]
    held = [one for one in may_bear if one.mark and one.mark in text]
    unmarked = [one for one in may_bear if one.mark is None]
    if not held and not asked.printed:
        held = unmarked
    if not held and asked.printed:
        held = [one for one in then if one.mark is None]
    bears = held[0] if held else may_bear[0]
    told = []
    if bears.mark != now.status.mark:
        told.append(f"since it was printed, the edition has become: {now.status.state}")
    edition = now._replace(status=bears)
    filled = asked.filled._replace(edition=edition) if asked.filled else None
    return replace(asked, edition=edition, filled=filled), told


def _on(locator: Locator, edition: Edition, day: date) -> Status:
    return load(locator, edition.orderset.id, day).status


def _apart(page: Page, asked: SheetRequest, folders: Sequence[Path]) -> Compared:
    """The differences from the sheet on the paper that fits better.

    Why both: a sheet for one paper may have been saved on the other.
    """
    assert page.placed is not None
    shape = page.placed.height / page.placed.width
    papers = sorted(_PAPERS, key=lambda one: abs(_PAPERS[one] - shape))
    best: Compared | None = None
    for paper in papers:
        found = _held_against(page, _made(asked, paper, folders), asked.edition.status.mark or "")
        if best is None or len(found.differences) < len(best.differences):
            best = found
        if not best.differences or found.fits:
            break
    assert best is not None
    return best


def _made(asked: SheetRequest, paper: str, folders: Sequence[Path]) -> bytes:
    try:
        return order_sheet(asked, folders, paper)
    except (Refusal, Failure):
        pass
    try:  # what was read as a name or an allergy cannot be one: it will be told as a difference
        bare = SheetRequest(asked.edition, asked.printed, asked.filled, asked.age)
        return order_sheet(bare, folders, paper)
    except (Refusal, Failure):
        raise NotCompared("its sheet cannot be made anew here") from None


def _held_against(page: Page, made: bytes, mark: str) -> Compared:
    """The page held against one sheet: first its words, then whether paper would show them."""
    assert page.placed is not None
    document = pdf_file.opened(made)
    anew = document[0]
    sheet = pdf_file.placed(anew)
    mine, yours = page_diff.words(sheet), page_diff.words(page.placed)
    known = {word.text for word in yours}
    if sum(1 for word in mine if word.text in known) < SHEET * len(mine):
        if not page.printed:
            raise NotCompared("its text cannot be read")
        return Compared(("the page bears the check code of an order sheet, and is none",))
    fitted = page_diff.fit(mine, yours)
    left = page_diff.rest(sheet, page.placed, fitted)
    one = Side(sheet, pdf_file.drawn(anew, COMPARED))
    other = Side(page.placed, pictures.unpacked(page.drawn))
    found = [*page_diff.differences(left, fitted), *page_drawn.hidden(one, other, left, fitted)]
    if found:
        # With those, lines on the page would say nothing more.
        return Compared(tuple(found), fits=page_diff.in_place(fitted))
    struck, lines = page_drawn.lines(one, other, left, fitted, mark)
    laid_over = page.placed.annotations or page.placed.covered  # which is told by itself
    return Compared(tuple(struck), () if laid_over else tuple(lines))


def _site(asked: SheetRequest, edition: Edition) -> Iterator[str]:
    """Who printed it, where that is not who asks now; no fault of the page."""
    for name, mine in (("hospital_name", "the hospital"), ("form_number", "the form number")):
        if getattr(asked.edition.site, name) != getattr(edition.site, name):
            yield f"{mine} on the page is not the one of this copy"


def _laid_over(page: Page) -> Iterator[str]:
    assert page.placed is not None
    if page.placed.annotations:
        yield "notes or drawings were added to this file; like handwriting they were not compared"
    elif page.placed.covered:
        yield "a picture lies on the page; like handwriting it was not compared"
