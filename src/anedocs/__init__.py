"""anedocs: one clinical guideline as YAML, every document a hospital hands out made from it.

For scripts there are three functions; all else may change from one release to the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path

    from anedocs.dosing.fill import FilledSet
    from anedocs.edition.edition import Edition

__version__ = "0.2.0"
__all__ = ["fill", "load", "order_sheet"]


def load(orderset: str, day: date, *, home: Path | None = None) -> Edition:
    """The edition of an order set as it stands on a day.

    `home` is a hospital's own folder; without one, what comes with anedocs is read.
    Raises core.problems.ContentError with every problem of every file.
    """
    from anedocs.edition import load as loading
    from anedocs.edition.locate import Locator

    return loading.load(Locator(home), orderset, day)


def fill(edition: Edition, weight: str, *, age: str | None = None) -> FilledSet:
    """Every drug of an edition at a weight in kg, with its dose in exact decimals.

    Weight and age are written as on the command line: '18.4'; '5y', '18mo', '6wk', '12d', '5y3m'.
    Raises core.problems.Usage for another form, and Refusal for a weight that nobody of that age
    can have, or an age that the order set is not for. An unusual weight is filled: see
    `order_sheet`.
    """
    from anedocs.core.problems import Refusal
    from anedocs.dosing import fill as filling
    from anedocs.dosing import patient
    from anedocs.dosing.plausible import plausible, too_old

    kg, years = patient.weight(weight), patient.age(age) if age is not None else None
    if years is not None and too_old(years, edition.weights):
        raise Refusal("the order set is not for patients of this age")
    found = plausible(kg, years, edition.weights)
    if found.verdict in ("hard", "no_limits"):
        raise Refusal(found.message)
    return filling.fill(edition, kg, years)


def order_sheet(
    filled: FilledSet, printed: datetime, *, paper: str = "letter",
    confirmed_by: str | None = None, home: Path | None = None,
) -> bytes:  # fmt: skip
    """The order sheet as PDF, one page of 'letter' or 'a4'; identity and allergies are left open.

    `confirmed_by` are the initials of who weighed again, where the weight is unusual; `home` is the
    folder with a hospital's own templates.
    Raises core.problems.Withdrawn for an edition that was withdrawn, and Refusal for an unusual
    weight that nobody has confirmed, or for a text that does not fit on the page.
    """
    from anedocs.core.problems import Refusal, Withdrawn
    from anedocs.documents.order_sheet.page import SheetRequest
    from anedocs.documents.order_sheet.page import order_sheet as page
    from anedocs.dosing.plausible import plausible
    from anedocs.edition.locate import Locator

    edition = filled.edition
    if edition.status.withdrawal is not None:
        raise Withdrawn(edition.status.reasons[0])
    found = plausible(filled.weight, filled.age, edition.weights)
    if found.verdict != "usual" and confirmed_by is None:
        raise Refusal(found.message)
    request = SheetRequest(edition, printed, filled, filled.age, confirmed_by=confirmed_by)
    return page(request, Locator(home).folders("templates"), paper)
