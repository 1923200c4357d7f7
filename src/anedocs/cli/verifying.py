"""The work behind `verify`: what was handed in, read; each code in it, answered by itself."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from anedocs.check.verify import handed_in, sheet_anew, sheet_code
from anedocs.check.verify.handed_in import Page, Reading
from anedocs.check.verify.sheet_code import Scanned, Verdict
from anedocs.core.characters import shown
from anedocs.documents.order_sheet.page import layout
from anedocs.edition.load import load
from anedocs.edition.locate import Locator

#: A code begins so, and hardly any file name does.
_CODE = re.compile(r"\s*[A-Za-z][A-Za-z0-9-]*/[0-9]{4}\.[0-9]+\.[0-9]+/")
#: An amount to give, and not one by weight.
_AMOUNT = re.compile(r"[0-9]\s?(?:mg|mcg|g|mL|units?)\b(?!/)")
#: The answers from best to worst: the exit code is that of the worst one.
_WORST = (0, 3, 2, 1)


def verify(locator: Locator, what: str, today: date) -> tuple[str, int]:
    """The answer for a document or a typed code, in lines, and its exit code."""
    try:
        path = _file(what)
        if path is None:
            told = _typed(locator, sheet_code.parse(what), today)
            return "\n".join(_lines(told)), told.code
        read = handed_in.read(path)
    except (handed_in.ReadingError, sheet_code.CodeError) as error:
        return f"{sheet_code.UNREADABLE}\n{error}", 2
    return _answers(locator, read, today)


def _typed(locator: Locator, scanned: Scanned, today: date) -> Verdict:
    if scanned.orderset not in locator.names():
        return _unknown(scanned)
    edition = load(locator, scanned.orderset, today)
    verdict = sheet_code.verify(scanned, edition)
    return sheet_code.of_code_alone(verdict, scanned, edition, "only its code was given")


def _unknown(scanned: Scanned) -> Verdict:
    told = f"there is no order set '{scanned.orderset}' here; verify it where it is, or name --home"
    return Verdict(sheet_code.UNKNOWN, (told,), 2)


def _file(what: str) -> Path | None:
    """The file that is meant, or None for a code. Raises ReadingError for what is neither."""
    try:
        kind = Path(what).stat().st_mode
    except (OSError, ValueError) as error:
        if isinstance(error, PermissionError):
            raise handed_in.ReadingError("this file, or its folder, may not be read") from None
        named = "/" in what or "." in what
        typed = "".join(what.split())  # a code may be typed with blanks
        if named and isinstance(error, FileNotFoundError) and not _CODE.match(typed):
            raise handed_in.ReadingError("there is no such file; is the name right?") from None
        return None
    if not what:
        return None
    if stat.S_ISDIR(kind):
        raise handed_in.ReadingError("this is a folder; name one file in it")
    if not stat.S_ISREG(kind):
        raise handed_in.ReadingError("this is not a file but a device or a pipe; save it first")
    if not os.access(what, os.R_OK):
        raise handed_in.ReadingError("this file may not be read; ask its owner")
    return Path(what)


@dataclass(frozen=True, slots=True)
class _Answer:
    """One answer, and what it is about."""

    about: str
    verdict: Verdict


def _answers(locator: Locator, read: Reading, today: date) -> tuple[str, int]:
    """One answer for each code of each page; the exit code is that of the worst."""
    bearing = [page for page in read.pages if page.scanned or page.printed]
    if not bearing:
        return f"{sheet_code.UNREADABLE}\n{_nothing(read)}", 2
    answers = [
        _Answer(
            f"page {page.number}, {_short(code)}",
            _verdict(locator, page, code, today, read.made_by),
        )
        for page in bearing
        for code in dict.fromkeys((*page.printed, *page.scanned))
    ]
    answers += _foreign(locator, read, today)
    lines = [
        line
        for one in answers
        for line in ([one.about] if len(answers) > 1 else []) + _lines(one.verdict)
    ]
    worst = max((one.verdict.code for one in answers), key=_WORST.index)
    return "\n".join([*lines, *_unread(read)]), worst


def _short(code: str) -> str:
    """A code as people tell two of them apart: its order set, revision and weight."""
    name, revision, _, weight, *_ = code.split("/")
    kg = "blank" if weight == "BLANK" else f"{weight} kg"
    return _short_line(f"{name.lower()} {revision}, {kg}")


def _nothing(read: Reading) -> str:
    pages = "it" if read.total == 1 else f"its {len(read.pages)} pages"
    more = "" if read.total == len(read.pages) else f" (only the first {len(read.pages)} are read)"
    return (
        f"no check code was found on {pages}{more}. Scan the whole sheet flat and sharp, at 200 "
        "dpi or more, or type the check code that is printed at its foot"
    )


def _unread(read: Reading) -> Iterator[str]:
    """What is to be said of pages that were not read, or bear no check code."""
    bare = [str(one.number) for one in read.pages
            if not one.scanned and not one.printed and not one.empty]  # fmt: skip
    if bare:
        told = f"page {bare[0]} bears" if len(bare) == 1 else f"pages {', '.join(bare)} bear"
        yield f"{told} no check code: nothing on it was checked"
    if read.total is None or read.total > len(read.pages):
        yield f"only the first {len(read.pages)} pages were read; split the file for the others"


def _foreign(locator: Locator, read: Reading, today: date) -> Iterator[_Answer]:
    """Pages without a code that speak of a drug of the order set with an amount.

    Why: beside a true sheet they would be taken for a part of it.
    """
    codes = {code for page in read.pages for code in (*page.printed, *page.scanned)}
    sets = {code.split("/")[0].lower() for code in codes} & set(locator.names())
    drugs = sorted(
        {drug.name for one in sets for drug in load(locator, one, today).orderset.medications}
    )
    for page in read.pages:
        if page.scanned or page.printed or not _AMOUNT.search(page.words):
            continue
        named = [drug for drug in drugs if drug.casefold() in page.words.casefold()]
        if named:
            told = (
                f"it names {named[0]} with an amount and bears no check code: it is no part of "
                "the sheet, and nothing on it is confirmed"
            )
            yield _Answer(f"page {page.number}", Verdict(sheet_code.BROKEN, (told,), 1))


def _verdict(locator: Locator, page: Page, code: str, today: date, made_by: str) -> Verdict:
    """The answer for one code, and for the page that bears it."""
    try:
        scanned = sheet_code.parse(code)
    except sheet_code.CodeError as error:
        return Verdict(sheet_code.UNREADABLE, (str(error),), 2)
    if set(page.scanned) - set(page.printed) and set(page.printed) - set(page.scanned):
        return Verdict(sheet_code.BROKEN, ("its QR code and its printed code disagree",), 1)
    if scanned.orderset not in locator.names():
        return _unknown(scanned)
    if page.placed is not None and len({*page.printed, *page.scanned}) > 1:
        # Why: which words belong to which code cannot be told, so neither page is confirmed.
        several = "this page bears several check codes; give each sheet a page of its own"
        return Verdict(sheet_code.UNREADABLE, (several,), 2)
    edition = load(locator, scanned.orderset, today)
    verdict = sheet_code.verify(scanned, edition)
    try:
        if sheet_code.in_force(scanned, edition) and verdict.code == 0:
            found = sheet_anew.compared(page, scanned, edition, locator)
            mine = layout(locator.folders("templates"))
            if found.differences and made_by.startswith("anedocs ") and made_by != mine:
                return sheet_code.of_another_layout(
                    verdict, found.differences, shown(made_by), mine
                )
            return sheet_code.of_page(verdict, found.differences, found.notes)
        sheet_anew.has_own_text(page)
        lacking = sheet_code.not_shown(scanned, page.words) if verdict.code != 1 else []
        if lacking:
            return Verdict(sheet_code.BROKEN, tuple(lacking), 1)
        why = "the words of that edition are not here"
    except sheet_anew.NotCompared as error:
        why = str(error)
    return sheet_code.of_code_alone(verdict, scanned, edition, why)


def _lines(verdict: Verdict) -> list[str]:
    return [verdict.answer, *map(_short_line, verdict.says)]


#: In characters. Why: a code may be forged to hold one drug of a name that fills a page.
LONGEST_LINE = 400


def _short_line(text: str) -> str:
    return text if len(text) <= LONGEST_LINE else f"{text[:LONGEST_LINE]}…"
