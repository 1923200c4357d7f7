"""Which weights a dose is checked at, and why each: derived from the dose rules, never listed.

Source: EHR reference, sections 10 and 11; idea of the check workbook (B10).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import ROUND_FLOOR, Decimal

from anedocs.core.quantity import EXACT
from anedocs.core.wording import number
from anedocs.dosing.plausible import KG_PER_LB
from anedocs.dosing.rules import MG, DoseRule
from anedocs.schema.records import WeightForAge

#: The whole kg at which every rule is checked; EHR reference, section 11.
_WHOLE = range(3, 101)
#: Children whose weight is entered as a scale shows it that is not set to kg.
_CHILDREN = (4, 7, 10, 14, 18, 24, 32, 45)
#: The finest weight that can be typed, and the step of most scales.
_FINEST, _TENTH = Decimal(1).scaleb(-2), Decimal(1).scaleb(-1)
_AROUND = (
    (-_TENTH, "a step below"), (-_FINEST, "just below"), (_FINEST, "just above"),
    (_TENTH, "a step above"),
)  # fmt: skip
WHOLE_KG = "whole kg"


def check_weights(
    rules: Sequence[tuple[str, DoseRule]], table: WeightForAge
) -> list[tuple[Decimal, str]]:
    """Every weight with the reasons for it, from light to heavy; one list for all drugs.

    A rule comes with the name of its drug. Why one list: a test child in the EHR has one weight,
    and every drug is read from it.
    """
    limits = table.without_age
    reasons: dict[Decimal, dict[str, None]] = {}
    for weight, why in (
        *_edges(rules),
        (limits.hard_low.number, "smallest weight that is taken"),
        (limits.hard_high.number, "largest weight that is taken"),
        *_slips(rules),
        *((Decimal(whole), WHOLE_KG) for whole in _WHOLE),
    ):
        if limits.hard_low.number <= weight <= limits.hard_high.number:
            reasons.setdefault(weight, {})[why] = None
    return [(weight, "; ".join(_said(reasons[weight]))) for weight in sorted(reasons)]


def _said(reasons: Iterable[str]) -> list[str]:
    """That a weight is a whole number is worth saying only where nothing else is."""
    return [why for why in reasons if why != WHOLE_KG] or [WHOLE_KG]


def _edges(rules: Sequence[tuple[str, DoseRule]]) -> Iterator[tuple[Decimal, str]]:
    for drug, rule in rules:
        for edge in _band_edges(rule):
            yield from _neighbours(edge, f"{drug}, band edge")
        for what, limit in (("maximum", rule.maximum), ("stop", rule.stop_above)):
            for weight, exact in _reached(rule, limit.to(MG).number) if limit else ():
                yield from _neighbours(weight, f"{drug}, {what} begins", exact)


def _band_edges(rule: DoseRule) -> list[Decimal]:
    return [
        band.weights.low.quantize(_FINEST, rounding=ROUND_FLOOR)
        for band in rule.bands
        if band.weights.low is not None
    ]


def _reached(rule: DoseRule, mass: Decimal) -> Iterator[tuple[Decimal, bool]]:
    """The last weight of a band at which the product is not above a mass, and if it equals it."""
    for band in rule.bands:
        if band.amount.unit == "mg/kg":
            steps, left = EXACT.divmod(mass, EXACT.multiply(band.amount.number, _FINEST))
            weight = EXACT.multiply(steps, _FINEST)
            if band.weights.holds(weight):
                yield weight, not left


def _neighbours(edge: Decimal, what: str, exact: bool = True) -> Iterator[tuple[Decimal, str]]:
    """An edge with its neighbours; one between two marks of a scale, with both marks as well."""
    yield edge, f"{what}: at it" if exact else f"{what}: just below"
    for step, where in _AROUND:
        yield edge + step, f"{what}: {where}"
    mark = edge.quantize(_TENTH, rounding=ROUND_FLOOR)
    if mark != edge:
        yield mark, f"{what}: last mark of a scale below"
        yield mark + _TENTH, f"{what}: first mark of a scale above"


def _slips(rules: Sequence[tuple[str, DoseRule]]) -> Iterator[tuple[Decimal, str]]:
    """Weights that were not in kg: of children of many weights, and of those beside a band edge.

    Why: the band may hide part of the slip (idea B2), so the dose alone does not show it.
    """
    children = [Decimal(child) for child in _CHILDREN]
    for _, rule in rules:
        for edge in _band_edges(rule):
            beside = (edge * KG_PER_LB).quantize(_TENTH, rounding=ROUND_FLOOR)
            children += [beside - _TENTH, beside + _TENTH]
    for child in children:
        shown = (child / KG_PER_LB).quantize(_TENTH)
        yield shown, f"wrong unit: a child of {number(child)} kg, scale not set to kg"
