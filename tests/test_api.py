"""The three functions for scripts, used as a script would."""

import subprocess
import sys
from datetime import date, datetime
from decimal import Decimal

import pytest

import anedocs
from anedocs.check.readers.pdf_file import pdf_pages
from anedocs.core.problems import ContentError, Refusal, Usage, Withdrawn
from support.homes import Home

DAY = date(2026, 3, 1)
PRINTED = datetime(2026, 3, 1, 10, 0)  # noqa: DTZ001 - as the clock on the wall


def test_from_a_weight_to_a_sheet() -> None:
    edition = anedocs.load("ane", DAY)
    filled = anedocs.fill(edition, "18.4", age="5y")
    dose = filled.of("methylprednisolone").dose
    assert dose is not None
    assert (dose.given, str(dose.basis.number)) == (Decimal("552.0"), "30")
    (page,) = pdf_pages(anedocs.order_sheet(filled, PRINTED, paper="a4"))
    assert "552 mg" in page.text
    assert "DRAFT, NOT FOR CLINICAL USE" in page.text
    assert "NOT ASKED" in page.text
    assert round(page.height) == 842


def test_what_the_command_refuses_is_refused() -> None:
    edition = anedocs.load("ane", DAY)
    with pytest.raises(Usage, match="kg"):
        anedocs.fill(edition, "40lb")
    with pytest.raises(Refusal):
        anedocs.fill(edition, "60", age="1y")
    with pytest.raises(Refusal, match="age"):
        anedocs.fill(edition, "60", age="30y")
    unusual = anedocs.fill(edition, "35.3", age="4y")
    with pytest.raises(Refusal):
        anedocs.order_sheet(unusual, PRINTED)
    (page,) = pdf_pages(anedocs.order_sheet(unusual, PRINTED, confirmed_by="AB"))
    assert "confirmed by AB" in " ".join(page.text.split())


def test_a_home_of_ones_own(home: Home) -> None:
    with pytest.raises(ContentError, match="there is no order set 'ane'"):
        anedocs.load("ane", DAY, home=home.path)
    home.complete()
    home.sign(withdrawn="withdrawn: {by: C. Doctor, date: 2026-02-15, reason: wrong dose}")
    filled = anedocs.fill(anedocs.load("valid", DAY, home=home.path), "18.4")
    with pytest.raises(Withdrawn, match="wrong dose"):
        anedocs.order_sheet(filled, PRINTED, home=home.path)


def test_importing_it_is_cheap() -> None:
    program = "import sys, anedocs; print(*[one for one in sys.modules if 'anedocs' in one])"
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert said.stdout.split() == ["anedocs"]
