"""What each drug comes to at many weights. Every dose is from `anedocs.dosing`; none is made here.

Source: EHR reference, sections 10 and 11.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from anedocs.core import wording
from anedocs.core.quantity import Quantity
from anedocs.documents.ehr.check_weights import check_weights
from anedocs.dosing.rules import MG, Dose, DoseRule, dose
from anedocs.edition.edition import Edition
from anedocs.sentences import phrases
from anedocs.sentences.order_lines import Line, lines


class DoseRow(NamedTuple):
    """One drug at one weight."""

    line: Line
    """The line of the order set that this weight belongs to: of its band, or the only one."""
    drug: str
    """The drug, and its age group where it has some; one row of it for each weight."""
    purpose: str
    """Why this weight is checked."""
    dose: Dose

    @property
    def row_key(self) -> str:
        """The key of the line, as in the worksheet."""
        return self.line.key

    @property
    def weight(self) -> Decimal:
        """The weight in kg."""
        return self.dose.weight

    @property
    def given(self) -> Decimal | None:
        """The dose to give in mg, after maximum and rounding; None above the stop."""
        return self.dose.given

    @property
    def capped(self) -> Decimal | None:
        """The dose after the maximum, before rounding; None above the stop."""
        return None if self.dose.given is None else self.dose.exact

    @property
    def band(self) -> str:
        """The weight band in words."""
        return wording.weights(self.dose.band) if self.dose.band else "every weight"

    @property
    def text(self) -> str:
        """What the order must say: the dose, or who must enter one."""
        if self.dose.given is None:
            return (self.line.drug and phrases.stop(self.line.drug)) or "no dose"
        given = wording.amount(Quantity(self.dose.given, MG))
        return f"{given} (the maximum)" if self.dose.capped else given


def rows(edition: Edition) -> list[DoseRow]:
    """Each drug with a dose rule in force at each weight: drug by drug, from light to heavy."""
    drugs = _drugs(lines(edition.orderset))
    weights = check_weights([(name, rule) for name, rule, _ in drugs], edition.weights)
    return [
        DoseRow(_held(members, weight), name, purpose, dose(rule, weight))
        for name, rule, members in drugs
        for weight, purpose in weights
    ]


def rules(rows: Iterable[DoseRow]) -> list[tuple[str, Line]]:
    """The drugs of a dose check with their lines: one for each band, in the order of the rule."""
    found: dict[str, tuple[str, Line]] = {}
    for row in rows:
        found.setdefault(row.row_key, (row.drug, row.line))
    return list(found.values())


def _drugs(every: Iterable[Line]) -> list[tuple[str, DoseRule, list[Line]]]:
    """The drugs that have a dose rule in force, each with the lines of its bands."""
    found: dict[str, tuple[str, DoseRule, list[Line]]] = {}
    for line in every:
        if line.drug is None or line.variant is None:
            continue
        age = line.variant.age
        name = f"{line.drug.name}, {age}" if age else line.drug.name
        found.setdefault(name, (name, line.variant.rule, []))[2].append(line)
    return list(found.values())


def _held(members: Sequence[Line], weight: Decimal) -> Line:
    """The line whose band holds the weight."""
    return next(line for line in members if line.variant and line.variant.weights.holds(weight))
