"""The dose: one multiplication, one rounding, one cap. Nothing else in anedocs computes one.

Free of heavy imports on purpose, so that every reader of a dose can use this very function.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from anedocs.core.quantity import EXACT, Quantity
from anedocs.core.ranges import Range

MG = "mg"


class Band(NamedTuple):
    """The weights (kg) for which an amount holds; the amount is mg/kg, or a mass."""

    weights: Range
    amount: Quantity


class DoseRule(NamedTuple):
    """A dose rule with what bounds it; masses may be in g, doses come out in mg."""

    bands: tuple[Band, ...]
    maximum: Quantity | None = None
    stop_above: Quantity | None = None
    rounding_step: Quantity | None = None


class Dose(NamedTuple):
    """A dose in mg with all that led to it."""

    weight: Decimal
    basis: Quantity
    band: Range | None
    product: Decimal
    """What the multiplication gave, before maximum and rounding."""
    exact: Decimal
    """The dose after the maximum, before rounding."""
    given: Decimal | None
    """The dose to give; None where the rule stops and people must enter it."""
    capped: bool
    rounded: bool


def dose(rule: DoseRule, weight: Decimal) -> Dose:
    """The dose of a rule at a weight in kg, exact to the last digit.

    The band is chosen on the weight as entered. The maximum applies to the product; rounding goes
    to the nearest step, ties up, never above maximum or `stop_above`, never to nothing. Above
    `stop_above` nothing is given.
    Raises ValueError for a weight outside every band, decimal.Inexact where a digit would be lost.
    Source of the rules: the order set; of the rounding: safety rules 3.6.
    """
    band = next((band for band in rule.bands if band.weights.holds(weight)), None)
    if weight <= 0 or band is None:
        raise ValueError(f"no band of the rule holds {weight} kg")
    per_weight = band.amount.unit == "mg/kg"
    product = (
        EXACT.multiply(band.amount.number, weight) if per_weight else band.amount.to(MG).number
    )
    maximum = rule.maximum.to(MG).number if rule.maximum else None
    capped = maximum is not None and product > maximum
    exact = maximum if capped and maximum is not None else product
    stop = rule.stop_above.to(MG).number if rule.stop_above else None
    stopped = stop is not None and exact > stop
    given = None if stopped else _round(exact, rule.rounding_step, (maximum, stop))
    banded = len(rule.bands) > 1
    return Dose(
        weight, band.amount, band.weights if banded else None, product, exact, given, capped,
        given is not None and given != exact,
    )  # fmt: skip


def _round(exact: Decimal, step: Quantity | None, ceilings: Sequence[Decimal | None]) -> Decimal:
    if step is None:
        return exact
    size = step.to(MG).number
    whole, left = EXACT.divmod(exact, size)
    up = EXACT.multiply(left, Decimal(2)) >= size
    rounded = EXACT.multiply(EXACT.add(whole, Decimal(int(up))), size)
    too_high = any(ceiling is not None and rounded > ceiling for ceiling in ceilings)
    return exact if too_high or not rounded else rounded


class Edge(NamedTuple):
    """A weight at which the rule changes: a band edge, the start of the maximum, or a stop."""

    kind: str
    """'band', 'maximum' or 'stop'."""
    limit: Quantity
    """The weight of a band edge, or the mass of a maximum or stop."""
    below: Dose
    """The dose at the last step of the scale below (or at) the edge."""
    above: Dose
    """The dose at the first step beyond it."""


def near_edges(
    rule: DoseRule, weight: Decimal, margin: Quantity, scale_step: Quantity
) -> Sequence[Edge]:
    """The edges of a rule that lie within a margin (percent) of a weight in kg.

    A band edge is near when the weight differs from it by at most the margin; a maximum or a stop,
    when the product at this weight differs from it by at most the margin. No division is needed.
    Margin and step are data of the order set.
    """
    found: list[Edge] = []
    step = scale_step.number
    for band in rule.bands[1:]:
        edge = band.weights.low
        if edge is not None and _within(weight, edge, margin):
            low, high = (edge - step, edge) if band.weights.low_included else (edge, edge + step)
            limit = Quantity(edge, "kg")
            found.append(Edge("band", limit, dose(rule, low), dose(rule, high)))
    for kind, limit_mass in (("maximum", rule.maximum), ("stop", rule.stop_above)):
        basis = dose(rule, weight).basis
        if limit_mass is None or basis.unit != "mg/kg":
            continue
        mass = limit_mass.to(MG).number
        if _within(EXACT.multiply(basis.number, weight), mass, margin):
            steps, _ = EXACT.divmod(mass, EXACT.multiply(basis.number, step))
            low = EXACT.multiply(steps, step)
            found.append(Edge(kind, limit_mass, dose(rule, low), dose(rule, low + step)))
    return found


def _within(value: Decimal, edge: Decimal, margin: Quantity) -> bool:
    allowed = EXACT.multiply(edge, margin.number)
    return EXACT.multiply(abs(value - edge), Decimal(100)) <= allowed
