"""The check as sheets: each dose is worked out a second time, by formulas, from the rules alone.

The formulas read the sheet Rules and the weight, never our doses. Our dose shows only once the
pharmacist has entered the dose of the build. Source: idea of the check workbook (B10).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from anedocs.core import wording
from anedocs.documents.ehr.dose_rows import DoseRow, rules
from anedocs.documents.ehr.sheet_parts import HEAD_HEIGHTS, Rows, head, mark_area
from anedocs.dosing.rules import MG, DoseRule
from anedocs.edition.edition import Edition
from anedocs.render.workbook import Cell, ConditionalFormat, Formula, Range, Sheet, Validation
from anedocs.sentences import phrases
from anedocs.sentences.order_lines import Line

STOP, AGREES, DIFFERS, SAME = "STOP", "agrees", "DIFFERS", "equal"
NO_RULE = "no rule"
_HEADER = (
    "Drug", "Weight (kg)", "Why this weight", "Weight band", "Formula", "Dose of your build (mg)",
    "anedocs (mg)", "Your build", "Workbook formula", "Remark",
    "row_key", "anedocs (mg)", "Line of Rules", "After the maximum", "Workbook formula (mg)",
)  # fmt: skip
_FIRST_HIDDEN = 10
_RULE_HEADER = (
    "Line", "row_key", "Drug", "From (kg)", "From belongs to it", "To (kg)", "To belongs to it",
    "Amount", "Unit", "Maximum (mg)", "No dose above (mg)", "Rounded to (mg)", "In words",
    "Compared with the guideline by",
)  # fmt: skip
#: The columns of Rules that the formulas name.
_NAMES = {
    "rule_line": 0, "rule_key": 1, "rule_drug": 2, "rule_from": 3, "rule_from_in": 4,
    "rule_to": 5, "rule_to_in": 6, "rule_amount": 7, "rule_unit": 8, "rule_maximum": 9,
    "rule_stop": 10, "rule_step": 11,
}  # fmt: skip
_GUIDE = (
    "Open the built order for a test child of each weight and type its dose into the yellow cell "
    f"({STOP} where it gives none). Only then the dose of anedocs appears. "
    "Short check: filter 'Why this weight' for all but 'whole kg'."
)
_RULES_GUIDE = (
    "The formulas of Check work out each dose from these lines alone. Compare each line with "
    "the guideline and sign for it at the right."
)


def check_sheet(edition: Edition, rows: Sequence[DoseRow]) -> Sheet:
    """The table of doses with the live formulas, the counts and the row for the signature."""
    top = len(HEAD_HEIGHTS) + 3
    last = top + max(len(rows), 1)
    cells: Rows = [*head(edition, "Dose check"), [Cell(_GUIDE, "guide")]]
    cells += [_counts(top + 1, last, len(rows)), _signature()]
    cells.append([Cell(text, "header") for text in _HEADER])
    lines = {line.key: number for number, (_, line) in enumerate(rules(rows), start=1)}
    banded = -1
    for number, row in enumerate(rows, start=top + 1):
        banded += number == top + 1 or row.drug != rows[number - top - 2].drug
        cells.append(list(_row(row, number + 1, lines[row.row_key], banded % 2 == 1)))
    sign = top - 1
    return Sheet(
        "Check",
        cells,
        heights=(*HEAD_HEIGHTS, "guide", "count", "sign", "header"),
        frozen=(top + 1, 2),
        filtered=Range(top, 0, last, _FIRST_HIDDEN - 1),
        validations=(
            Validation(Range(top + 1, 5, last, 5), f'=OR(ISNUMBER(F{top + 2}),F{top + 2}="{STOP}")',
                 "Dose of your build", f"The dose in mg as a number, or {STOP} for no dose"),
            Validation(Range(sign, 8, sign, 9), ("accepted", "not accepted"), "Result",
                 "accepted, or not accepted"),
        ),
        conditional_formats=(
            ConditionalFormat(Range(top + 1, 7, last, 8), f'=H{top + 2}="{DIFFERS}"', "wrong"),
            ConditionalFormat(Range(4, 5, 4, 5), "=F5>0", "wrong"),
            ConditionalFormat(Range(4, 9, 4, 9), "=J5>0", "wrong"),
        ),
        merged=(mark_area(), Range(sign, 1, sign, 2), Range(sign, 8, sign, 9)),
        hidden=frozenset(range(_FIRST_HIDDEN, len(_HEADER))),
        protected=True,
    )  # fmt: skip


def rules_sheet(edition: Edition, rows: Sequence[DoseRow]) -> Sheet:
    """The dose rules as cells, one line for each weight band."""
    cells: Rows = [*head(edition, "Dose rules"), [Cell(_RULES_GUIDE, "guide")]]
    cells.append([Cell(text, "header") for text in _RULE_HEADER])
    top = len(cells)
    for number, (drug, line) in enumerate(rules(rows), start=1):
        cells.append(list(_rule_row(number, drug, line)))
    return Sheet(
        "Rules", cells, heights=(*HEAD_HEIGHTS, "guide", "header"), frozen=(top, 3),
        merged=(mark_area(),), protected=True,
    )  # fmt: skip


def rule_names(rows: Sequence[DoseRow]) -> dict[str, str]:
    """The ranges of Rules by the names that the formulas use."""
    first = len(HEAD_HEIGHTS) + 2
    last = first + max(len(rules(rows)), 1) - 1
    return {
        name: f"Rules!{Range(first, column, last, column).absolute}"
        for name, column in _NAMES.items()
    }


def _counts(first: int, last: int, total: int) -> list[Cell | None]:
    """How many rows agree, differ, are open; and in how many the formula is not our dose."""
    yours, ours = f"H{first + 1}:H{last + 1}", f"I{first + 1}:I{last + 1}"
    counted = (
        ("Rows", Formula(f"=COUNT(B{first + 1}:B{last + 1})", total)),
        ("Your build agrees", Formula(f'=COUNTIF({yours},"{AGREES}")', 0)),
        ("Your build DIFFERS", Formula(f'=COUNTIF({yours},"{DIFFERS}")', 0)),
        ("Open", Formula("=B5-D5-F5", total)),
        ("Formula DIFFERS", Formula(f'=COUNTIF({ours},"{DIFFERS}")', 0)),
    )
    return [
        cell
        for label, value in counted
        for cell in (Cell(label, "right strong"), Cell(value, "number strong large begin"))
    ]


def _signature() -> list[Cell | None]:
    """Who has checked it: the cells to fill in lie between their labels."""
    place = Cell(None, "line")
    return [
        Cell("Checked by", "right strong"), place, place, Cell("Credential", "right strong"),
        place, Cell("Date", "right strong"), place, Cell("Result", "right strong"), place, place,
    ]  # fmt: skip


def _row(row: DoseRow, at: int, line: int, shaded: bool) -> Iterator[Cell]:
    """One drug at one weight; `at` is the number of the row as formulas name it."""
    plain = "cell shaded" if shaded else "cell"
    edge = " strong" if row.purpose != "whole kg" else ""
    ours = STOP if row.given is None else row.given
    yield Cell(row.drug, plain)
    yield Cell(row.weight, f"{plain} number{edge}")
    yield Cell(row.purpose, plain + edge)
    yield Cell(row.band, plain)
    yield Cell(_formula(row), plain)
    yield Cell(None, "cell input number")
    yield Cell(Formula(f'=IF(F{at}="","",L{at})', ""), f"{plain} number")
    told = f'=IF(F{at}="","",IF(F{at}=L{at},"{AGREES}","{DIFFERS}"))'
    yield Cell(Formula(told, ""), f"{plain} center")
    same = f"IFERROR(AND(O{at}=L{at},INDEX(rule_key,M{at})=K{at}),FALSE)"
    yield Cell(Formula(f'=IF({same},"{SAME}","{DIFFERS}")', SAME), f"{plain} center")
    yield Cell(None, "cell input")
    yield Cell(row.row_key, "cell hidden text")
    yield Cell(ours, "cell hidden number")
    yield Cell(Formula(_line(at), line), "cell hidden number")
    yield Cell(Formula(_capped(at), row.dose.exact), "cell hidden number")
    yield Cell(Formula(_given(at), ours), "cell hidden number")


def _formula(row: DoseRow) -> str:
    """The formula in words, with the weight and without its result."""
    amount, weight = wording.amount(row.dose.basis), wording.number(row.weight)
    variant, drug = row.line.variant, row.line.drug
    assert variant is not None
    assert drug is not None
    line = f"{amount} × {weight} kg" if row.dose.basis.unit == "mg/kg" else amount
    parts = [line, phrases.maximum(variant.rule.maximum)] if variant.rule.maximum else [line]
    if drug.stop_above is not None and variant.rule.stop_above is not None:
        parts.append(phrases.stop_alone(drug.stop_above))
    return "; ".join(parts)


def _line(at: int) -> str:
    """The one line of Rules for this drug whose band holds this weight; 0 for none."""
    drug, weight = f"A{at}", f"B{at}"
    low = f'((rule_from<{weight})+(rule_from={weight})*(rule_from_in="Y")>0)'
    high = f'((rule_to="")+(rule_to>{weight})+(rule_to={weight})*(rule_to_in="Y")>0)'
    return f"=SUMPRODUCT((rule_drug={drug})*{low}*{high}*rule_line)"


def _capped(at: int) -> str:
    """Amount times weight, or the fixed amount, and no more than the maximum.

    Rounded to six decimals: so many can the product of an amount and a weight have, and a
    spreadsheet counts in binary.
    """
    amount, most = f"INDEX(rule_amount,M{at})", f"INDEX(rule_maximum,M{at})"
    product = f'IF(INDEX(rule_unit,M{at})="{MG}",{amount},ROUND({amount}*B{at},6))'
    capped = f'IF({most}="",{product},MIN({product},{most}))'
    return f'=IF(M{at}=0,"{NO_RULE}",IFERROR({capped},"{NO_RULE}"))'


def _given(at: int) -> str:
    """STOP above the stop; else rounded to the step, ties up, never above a limit, never to 0."""
    stop, step, most = (f"INDEX(rule_{name},M{at})" for name in ("stop", "step", "maximum"))
    rounded = f"ROUND(ROUND(ROUND(N{at}/{step},6),0)*{step},6)"
    high = f'OR({rounded}=0,AND({most}<>"",{rounded}>{most}),AND({stop}<>"",{rounded}>{stop}))'
    given = f'IF({step}="",N{at},IF({high},N{at},{rounded}))'
    return f'=IF(ISNUMBER(N{at}),IF(AND({stop}<>"",N{at}>{stop}),"{STOP}",{given}),"{NO_RULE}")'


def _rule_row(number: int, drug: str, line: Line) -> Iterator[Cell]:
    assert line.variant is not None
    rule, band, amount = line.variant.rule, line.variant.weights, line.variant.amount
    size = amount if amount.unit == "mg/kg" else amount.to(MG)
    low = Decimal(0) if band.low is None else band.low
    yield Cell(number, "cell number")
    yield Cell(line.key, "cell text")
    yield Cell(drug, "cell text strong")
    yield Cell(low, "cell number")
    yield Cell("Y" if band.low is not None and band.low_included else "N", "cell center")
    yield Cell(band.high, "cell number")
    yield Cell("Y" if band.high_included else "N" if band.high is not None else None, "cell center")
    yield Cell(size.number, "cell number strong")
    yield Cell(size.unit, "cell text")
    for limit in (rule.maximum, rule.stop_above, rule.rounding_step):
        yield Cell(limit.to(MG).number if limit else None, "cell number")
    yield Cell(_in_words(line, rule), "cell")
    yield Cell(None, "cell input")


def _in_words(line: Line, rule: DoseRule) -> str:
    assert line.variant is not None
    parts = [wording.amount(line.variant.amount), wording.weights(line.variant.weights)]
    parts.append(phrases.maximum(rule.maximum))
    stop = phrases.stop(line.drug) if line.drug and rule.stop_above else None
    if rule.rounding_step:
        parts.append(phrases.rounded(rule.rounding_step))
    return "; ".join([*parts, stop] if stop else parts)
