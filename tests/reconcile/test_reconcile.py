"""`anedocs reconcile`: each planted difference is found, a faithful copy has none.

Two exports are tried, each with its bundled map: a copy of our own build worksheet, and a made-up
export of order sentences such as analysts draw for an audit (tests/cases/analyst-export.csv).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from anedocs.cli import pharmacy
from anedocs.cli.app import cli
from anedocs.core.problems import ContentError, Usage
from anedocs.core.quantity import Quantity
from anedocs.documents.worksheet import worksheet
from anedocs.documents.worksheet.columns import NAMES
from anedocs.edition.load import load
from anedocs.edition.locate import Locator
from anedocs.reconcile import map as reconcile_map
from anedocs.reconcile.amounts import Marks, Unreadable, same
from anedocs.reconcile.compare import Outcome, of_file
from anedocs.reconcile.map import Fields, Loaded, UnknownMap
from anedocs.reconcile.report import as_json, as_text
from anedocs.schema import parts
from support.ane import REVISION
from support.edited import accepted, edited

CASES = Path(__file__).parents[1] / "cases"
TODAY = date(2026, 12, 1)
EDITION = load(Locator(), "ane", TODAY)
WHOLE = worksheet.rows(EDITION, "https://example.org/fhir/ane", False)
#: Without the row that says which edition it is.
LINES = WHOLE[1:]
WORKSHEET = reconcile_map.load(Locator(), "worksheet")
ANALYST = reconcile_map.load(Locator(), "analyst-export")

Table = list[dict[str, str]]
Found = set[tuple[str, str | None, str | None]]

ANALYST_COLUMNS = (
    "powerplan_description", "phase", "sequence", "clinical_category", "clinical_subcategory",
    "component", "required_ind", "include_ind", "linking_rule", "linking_flag", "linking_quantity",
    "order_sentence_seq", "order_comment", "strength_dose", "strength_dose_unit", "volume_dose",
    "volume_dose_unit", "freetext_dose", "route", "frequency", "scheduled_prn",
    "special_instructions", "duration", "duration_unit",
)  # fmt: skip
_CATEGORIES = {
    "medication": "Medications", "lab": "Laboratory", "imaging": "Diagnostic Imaging",
    "consult": "Consults", "procedure": "Procedures",
}  # fmt: skip
_LINKS = {"exactly-one": ("Exactly", "1"), "at-most-one": ("At Most", "1")}


def analyst_rows() -> dict[str, dict[str, str]]:
    """What an analyst who builds the worksheet faithfully would export, by row_key."""
    return {
        line["row_key"]: _sentence(line, place)
        for place, line in enumerate(LINES, start=1)
        if line["row_type"] in ("orderable", "placeholder")
    }


def _sentence(line: dict[str, str], place: int) -> dict[str, str]:
    drug = line["order_type"] == "medication"
    flag, quantity = _LINKS.get(line["selection_rule"], ("", ""))
    most, low, high = (
        line[name]
        for name in ("max_single_dose_value", "min_weight_kg_inclusive", "max_weight_kg_exclusive")
    )
    told = [f"priority {line['priority'].upper()}"] if line["priority"] else []
    told += [f"maximum {int(most):,} {line['max_single_dose_unit']}"] if most else []
    told += [f"for {low} kg or more"] if low else []
    told += [f"for less than {high} kg"] if high else []
    comment = [line[name] for name in ("condition_text", "approval_required", "order_comments")]
    row = dict.fromkeys(ANALYST_COLUMNS, "")
    row |= {
        "powerplan_description": "Suspected ANE",
        "phase": "Emergency Department",
        "sequence": str(place),
        "clinical_category": _CATEGORIES[line["order_type"]],
        "clinical_subcategory": line["section_title"],
        "component": line["generic_name"] or line["display_name"],
        "required_ind": "1" if line["required_level"] == "must-unless-documented" else "0",
        "include_ind": "1" if line["default_selected"] == "Y" else "0",
        "linking_flag": flag,
        "linking_quantity": quantity,
        "order_sentence_seq": "2" if line["row_key"].endswith("-heavier") else "1",
        "order_comment": "; ".join(filter(None, comment)),
        "special_instructions": "; ".join(told),
    }
    if drug:
        unit = {"mg/kg": "milligram/kg", "mg": "milligram"}.get(line["dose_unit_ucum"], "")
        often = {"daily": "Q24H", "one dose": "ONCE", "one time": "ONCE", "NOT STATED": ""}
        row |= {
            "strength_dose": line["dose_value"],
            "strength_dose_unit": unit,
            "route": "" if line["route"] == "NOT STATED" else line["route"],
            "frequency": often[line["frequency_text"]],
            "scheduled_prn": "Scheduled",
            "duration": line["duration_value"],
            "duration_unit": "day(s)" if line["duration_unit"] == "d" else "",
        }
    return row


def worksheet_rows() -> dict[str, dict[str, str]]:
    """A copy of the worksheet, by row_key."""
    return {line["row_key"]: dict(line) for line in LINES}


def as_bytes(rows: Table, columns: tuple[str, ...], sign: str = ",") -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, delimiter=sign)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def compared(rows: Table, loaded: Loaded) -> Outcome:
    return of_file(EDITION, LINES, as_bytes(rows, tuple(rows[0])), "export.csv", loaded)


def found(outcome: Outcome) -> Found:
    return {(one.kind, one.row_key, one.field) for one in outcome.differences}


def local(outcome: Outcome) -> Found:
    return {(one.kind, one.row_key, one.field) for one in outcome.notes}


# --- What is planted ---------------------------------------------------------------------------

Rows = dict[str, dict[str, str]]
Plant = tuple[str, Callable[[Rows], None], Found]


def put(key: str, **cells: str) -> Callable[[Rows], None]:
    """The cells of a row with other texts."""

    def change(rows: Rows) -> None:
        assert cells.keys() <= rows[key].keys()
        assert any(rows[key][name] != text for name, text in cells.items()), "nothing is planted"
        rows[key] |= cells

    return change


def edit(key: str, column: str, old: str, new: str) -> Callable[[Rows], None]:
    """A part of a cell with another text."""

    def change(rows: Rows) -> None:
        assert old in rows[key][column]
        rows[key][column] = rows[key][column].replace(old, new)

    return change


def drop(key: str) -> Callable[[Rows], None]:
    return lambda rows: rows.pop(key) and None


def again(key: str, **cells: str) -> Callable[[Rows], None]:
    """A row once more, perhaps with other cells."""
    return lambda rows: rows.update({f"{key}, again": rows[key] | cells})


def one(kind: str, key: str | None, field: str | None) -> Found:
    return {(kind, key, field)}


MP, LIGHT, HEAVY = "methylprednisolone", "tocilizumab-lighter", "tocilizumab-heavier"

PLANTED: list[Plant] = [
    ("an orderable is missing", drop("crp"), one("missing", "crp", None)),
    ("a choice header is missing", drop("coagulation-group"),
     one("missing", "coagulation-group", None)),
    ("a note is missing", drop("before-tocilizumab-tb-test"),
     one("missing", "before-tocilizumab-tb-test", None)),
    ("the placeholder is missing", drop("antibiotics"), one("missing", "antibiotics", None)),
    ("an order too many", again("cbc", row_key="ferritin", display_name="Ferritin"),
     one("extra", None, None)),
    ("the same order twice", again("ct-head"), one("duplicate", "ct-head", None)),
    ("another dose", put(MP, dose_value="20"), one("drifted", MP, "dose")),
    ("a dose ten times too high", put(LIGHT, dose_value="120"), one("drifted", LIGHT, "dose")),
    ("another unit", put(MP, dose_unit_ucum="mg"), one("drifted", MP, "dose_unit")),
    ("grams for milligrams", put(LIGHT, dose_unit_ucum="g/kg"), one("drifted", LIGHT, "dose_unit")),
    ("micrograms for milligrams", put(HEAVY, dose_unit_ucum="ug/kg"),
     one("drifted", HEAVY, "dose_unit")),
    ("no dose", put(HEAVY, dose_value=""), one("blank", HEAVY, "dose")),
    ("a letter in a dose", put(MP, dose_value="3O"), one("unreadable", MP, "dose")),
    ("another maximum", put(MP, max_single_dose_value="2000"), one("drifted", MP, "maximum")),
    ("a maximum in the wrong unit", put(MP, max_single_dose_unit="g"),
     one("drifted", MP, "maximum_unit")),
    ("no maximum", put(MP, max_single_dose_value="", max_single_dose_unit=""),
     one("blank", MP, "maximum")),
    ("a band that begins elsewhere", put(HEAVY, min_weight_kg_inclusive="31"),
     one("drifted", HEAVY, "weight_from")),
    ("a band that ends elsewhere", put(LIGHT, max_weight_kg_exclusive="29.9"),
     one("drifted", LIGHT, "weight_below")),
    ("a band without end", put(LIGHT, max_weight_kg_exclusive=""),
     one("blank", LIGHT, "weight_below")),
    ("a band where there is none", put(MP, min_weight_kg_inclusive="10"),
     one("drifted", MP, "weight_from")),
    ("another basis", put(MP, dose_basis="fixed"), one("drifted", MP, "dose_basis")),
    ("another route", put("peramivir", route="IM"), one("drifted", "peramivir", "route")),
    ("no route", put("peramivir", route=""), one("blank", "peramivir", "route")),
    ("another frequency", put(MP, frequency_text="twice daily"), one("drifted", MP, "frequency")),
    ("more doses a day", put(MP, freq_n="2"), one("drifted", MP, "frequency_count")),
    ("hours for days", put(MP, freq_period_unit="h"), one("drifted", MP, "frequency_period_unit")),
    ("more than one dose", put(LIGHT, dose_count="2"), one("drifted", LIGHT, "dose_count")),
    ("another priority", put("consult-picu", priority="routine"),
     one("drifted", "consult-picu", "priority")),
    ("no priority", put("ct-head", priority=""), one("blank", "ct-head", "priority")),
    ("another duration", put(MP, duration_value="3"), one("drifted", MP, "duration")),
    ("hours for days of treatment", put(MP, duration_unit="h"),
     one("drifted", MP, "duration_unit")),
    ("ticked", put(LIGHT, default_selected="Y"), one("drifted", LIGHT, "selected")),
    ("not ticked", put(MP, default_selected="N"), one("drifted", MP, "selected")),
    ("another selection rule", put("choice-antiviral", selection_rule="at-most-one"),
     one("drifted", "choice-antiviral", "selection_rule")),
    ("no selection rule", put(HEAVY, selection_rule=""), one("blank", HEAVY, "selection_rule")),
    ("a rule where there is none", put("cbc", selection_rule="exactly-one"),
     one("drifted", "cbc", "selection_rule")),
    ("out of its group", put(HEAVY, selection_group=""), one("blank", HEAVY, "group")),
    ("no approval", put(LIGHT, approval_required=""), one("blank", LIGHT, "approval")),
    ("another approval", edit(LIGHT, "approval_required", "attending", "fellow"),
     one("drifted", LIGHT, "approval")),
    ("not required", put("ct-head", required_level=""), one("blank", "ct-head", "required")),
    ("as needed", put(MP, prn="Y"), one("drifted", MP, "prn")),
    ("another condition", edit("chest-x-ray", "condition_text", "High", "Low"),
     one("drifted", "chest-x-ray", "condition")),
    ("placed by others", put("vascular-access", performed_by="ED"),
     one("drifted", "vascular-access", "performed_by")),
    ("another comment", edit(LIGHT, "order_comments", "do not delay", "delay"),
     one("drifted", LIGHT, "comments")),
    ("a longer comment", edit("peramivir", "order_comments", "one time", "one time; repeat"),
     one("drifted", "peramivir", "comments")),
    ("another code", put("cbc", code="57021-8"), one("drifted", "cbc", "code")),
    ("another drug under the key", put(MP, display_name="dexamethasone"),
     one("drifted", MP, "name")),
    ("another generic drug", put(MP, generic_name="prednisolone"),
     one("drifted", MP, "generic_name")),
    ("a kind of order", put("crp", order_type="imaging"), one("drifted", "crp", "order_type")),
    ("a note in place of an order", put("cmp", row_type="note"), one("drifted", "cmp", "row_type")),
    ("a dose that nobody has set", put("oseltamivir", dose_value="75", dose_unit_ucum="mg"),
     one("dose_not_set", "oseltamivir", "dose")),
    ("a basis for a dose that nobody has set", put("peramivir", dose_basis="per_kg"),
     one("dose_not_set", "peramivir", "dose_basis")),
    ("a dose for the placeholder", put("antibiotics", dose_value="50", dose_unit_ucum="mg/kg"),
     one("dose_not_set", "antibiotics", "dose")),
    ("a dose in a comment", edit("oseltamivir", "order_comments",
                                 "dose NOT SET: the guideline states none", "75 mg"),
     one("dose_not_set", "oseltamivir", "comments")),
    ("a dose for a test", put("cbc", dose_value="5", dose_unit_ucum="mg"),
     one("drifted", "cbc", "dose")),
]  # fmt: skip

ANALYST_PLANTED: list[Plant] = [
    ("an order is missing", drop("crp"), one("missing", "crp", None)),
    ("an order sentence is missing", drop(HEAVY), one("missing", HEAVY, None)),
    ("the placeholder is missing", drop("antibiotics"), one("missing", "antibiotics", None)),
    ("an order too many", again("cbc", component="Ferritin"), one("extra", None, None)),
    ("the same order twice", again("ct-head"), one("duplicate", "ct-head", None)),
    ("a second order sentence", again(MP, order_sentence_seq="2"), one("duplicate", MP, None)),
    ("a sentence that fits two lines", again(LIGHT, order_sentence_seq=""),
     one("ambiguous", f"{LIGHT} or {HEAVY}", None)),
    ("a third order sentence", again(HEAVY, order_sentence_seq="3"),
     one("ambiguous", f"{LIGHT} or {HEAVY}", None)),
    ("another dose", put(MP, strength_dose="20"), one("drifted", MP, "dose")),
    ("another unit", put(MP, strength_dose_unit="milligram"), one("drifted", MP, "dose_unit")),
    ("a unit that nobody has explained", put(MP, strength_dose_unit="mg/kg/day"),
     one("drifted", MP, "dose_unit")),
    ("no unit", put(MP, strength_dose_unit=""), one("drifted", MP, "dose_unit")),
    ("no dose", put(LIGHT, strength_dose=""), one("blank", LIGHT, "dose")),
    ("a letter in a dose", put(HEAVY, strength_dose="B"), one("unreadable", HEAVY, "dose")),
    ("a dose in words", put(MP, freetext_dose="30 per kg"), one("drifted", MP, "dose_as_text")),
    ("a dose in words that nobody has set", put("peramivir", freetext_dose="10 per kg"),
     one("dose_not_set", "peramivir", "dose_as_text")),
    ("another maximum", edit(MP, "special_instructions", "1,000 mg", "2,000 mg"),
     one("drifted", MP, "maximum")),
    ("a maximum with a lost zero", edit(MP, "special_instructions", "1,000 mg", "100 mg"),
     one("drifted", MP, "maximum")),
    ("a maximum in grams", edit(MP, "special_instructions", "1,000 mg", "1,000 g"),
     one("drifted", MP, "maximum_unit")),
    ("no maximum", edit(MP, "special_instructions", "maximum 1,000 mg", "see reference"),
     one("blank", MP, "maximum")),
    ("two maximums", edit(MP, "special_instructions", "1,000 mg", "1,000 mg; max 2 g"),
     one("unreadable", MP, "maximum")),
    ("a band that begins elsewhere", edit(HEAVY, "special_instructions", "30 kg", "40 kg"),
     one("drifted", HEAVY, "weight_from")),
    ("no band", put(LIGHT, special_instructions=""), one("blank", LIGHT, "weight_below")),
    ("a band where there is none", edit(MP, "special_instructions", "mg", "mg; for 10 kg or more"),
     one("drifted", MP, "weight_from")),
    ("another route", put("peramivir", route="IM"), one("drifted", "peramivir", "route")),
    ("no route", put("peramivir", route=""), one("blank", "peramivir", "route")),
    ("another frequency", put(MP, frequency="Q12H"), one("drifted", MP, "frequency")),
    ("daily for once", put(LIGHT, frequency="Q24H"), one("drifted", LIGHT, "frequency")),
    ("another priority", put("consult-picu", special_instructions="priority routine"),
     one("drifted", "consult-picu", "priority")),
    ("no priority", put("ct-head", special_instructions=""), one("blank", "ct-head", "priority")),
    ("another duration", put(MP, duration="3"), one("drifted", MP, "duration")),
    ("hours for days", put(MP, duration_unit="hours"), one("drifted", MP, "duration_unit")),
    ("ticked", put(LIGHT, include_ind="1"), one("drifted", LIGHT, "selected")),
    ("not ticked", put(MP, include_ind="0"), one("drifted", MP, "selected")),
    ("another selection rule", put("oseltamivir", linking_flag="At Most"),
     one("drifted", "oseltamivir", "selection_rule")),
    ("no selection rule", put(HEAVY, linking_flag="", linking_quantity=""),
     one("blank", HEAVY, "selection_rule")),
    ("a rule where there is none", put("cbc", linking_flag="Exactly", linking_quantity="1"),
     one("drifted", "cbc", "selection_rule")),
    ("not required", put("ct-head", required_ind="0"), one("blank", "ct-head", "required")),
    ("required", put("cbc", required_ind="1"), one("drifted", "cbc", "required")),
    ("as needed", put(MP, scheduled_prn="PRN"), one("drifted", MP, "prn")),
    ("no approval",
     edit(LIGHT, "order_comment", "Approval of the consulting Rheumatology attending; ", ""),
     one("blank", LIGHT, "approval")),
    ("another approval", edit(HEAVY, "order_comment", "attending", "fellow"),
     one("drifted", HEAVY, "approval")),
    ("a digit too many in a comment", edit(HEAVY, "order_comment", "8 mg/kg for", "18 mg/kg for"),
     one("drifted", HEAVY, "comments")),
    ("a comment left out", edit(MP, "order_comment", "; first dose without delay", "; ask"),
     one("blank", MP, "comments")),
    ("another condition", edit("chest-x-ray", "order_comment", "High", "Low"),
     one("drifted", "chest-x-ray", "condition")),
    ("another comment", edit(LIGHT, "order_comment", "do not delay", "delay"),
     one("drifted", LIGHT, "comments")),
    ("another kind of order", put("crp", clinical_category="Consults"),
     one("drifted", "crp", "order_type")),
    ("a dose that nobody has set",
     put("oseltamivir", strength_dose="75", strength_dose_unit="milligram"),
     one("dose_not_set", "oseltamivir", "dose")),
    ("a dose for the placeholder",
     put("antibiotics", strength_dose="50", strength_dose_unit="milligram/kg"),
     one("dose_not_set", "antibiotics", "dose")),
]  # fmt: skip


def names(planted: list[Plant]) -> list[str]:
    assert len(planted) >= 20
    return [name for name, _, _ in planted]


def test_a_faithful_worksheet_has_no_difference():
    raw = worksheet.as_csv(LINES)
    outcome = of_file(EDITION, LINES, raw, "order-set-build.csv", WORKSHEET)
    assert (outcome.differences, outcome.notes) == ((), ())
    assert (outcome.lines, len(outcome.export.rows)) == (len(LINES), len(LINES))


def test_a_faithful_analyst_export_has_no_difference(pytestconfig):
    raw = b"\xef\xbb\xbf" + as_bytes(list(analyst_rows().values()), ANALYST_COLUMNS)
    example = CASES / "analyst-export.csv"
    if pytestconfig.getoption("--update-expected"):
        example.write_bytes(raw)
    assert example.read_bytes() == raw, "written anew by pytest --update-expected"
    outcome = of_file(EDITION, LINES, raw, example.name, ANALYST)
    assert (outcome.differences, outcome.notes) == ((), ())


@pytest.mark.parametrize("plant", PLANTED, ids=names(PLANTED))
def test_each_planted_difference_is_found_in_the_worksheet(plant):
    _, change, expected = plant
    rows = worksheet_rows()
    change(rows)
    assert found(compared(list(rows.values()), WORKSHEET)) == expected


@pytest.mark.parametrize("plant", ANALYST_PLANTED, ids=names(ANALYST_PLANTED))
def test_each_planted_difference_is_found_in_the_analyst_export(plant):
    _, change, expected = plant
    rows = analyst_rows()
    change(rows)
    assert found(compared(list(rows.values()), ANALYST)) == expected


def together(planted: list[Plant], rows: Rows) -> Found:
    """Plant them all in one export, but one at most in each field; returns what is to be found."""
    expected: Found = set()
    lines: set[str] = set()
    taken: set[tuple[str, str]] = set()
    for _, change, finds in sorted(planted, key=lambda plant: {None} == {f for *_, f in plant[2]}):
        ((_, told, field),) = finds
        keys = set((told or "").split(" or "))
        stem = (field or "").removesuffix("_unit")
        if (
            keys & lines
            or (told, stem) in taken
            or (field is None and keys & {k for k, _ in taken})
        ):
            continue
        change(rows)
        expected |= finds
        if field is None:
            lines |= keys
        else:
            taken.add((told or "", stem))
    return expected


@pytest.mark.parametrize(
    ("planted", "rows", "loaded"),
    [(PLANTED, worksheet_rows(), WORKSHEET), (ANALYST_PLANTED, analyst_rows(), ANALYST)],
    ids=["worksheet", "analyst-export"],
)
def test_all_at_once(planted, rows, loaded):
    expected = together(planted, rows)
    assert len(expected) >= 20
    outcome = compared(list(rows.values()), loaded)
    assert found(outcome) == expected
    print(f"{len(expected)} differences planted at once, {len(outcome.differences)} found")


# --- Each check can fail -----------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(WORKSHEET.plan.fields.given()))
def test_a_change_in_any_row_of_any_compared_column_is_told(name):
    """No row and no compared column is passed over."""
    place = WORKSHEET.plan.fields.given()[name]
    for column in place.read():
        rows = worksheet_rows()
        number = column in NUMBERS
        for row in rows.values():
            row[column] = "77" if number else "something else"
            if column.endswith(("_unit", "_unit_ucum")):
                # A unit without its number says nothing.
                row[place.column] = row[place.column] or "77"
        outcome = compared(list(rows.values()), WORKSHEET)
        told = [*outcome.differences, *outcome.notes]
        keys = {one.row_key for one in told if (one.field or "").removesuffix("_unit") == name}
        assert keys == set(rows), column


NUMBERS = {
    "dose_value", "max_single_dose_value", "min_weight_kg_inclusive", "max_weight_kg_exclusive",
    "freq_n", "freq_period", "duration_value", "dose_count",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(set(NAMES)))
def test_a_worksheet_column_is_compared_or_ignored_on_purpose(name):
    read = {column for column, _ in WORKSHEET.plan.columns()}
    assert (name in read) != (name in WORKSHEET.plan.ignored)


@pytest.mark.parametrize("loaded", [WORKSHEET, ANALYST], ids=["worksheet", "analyst-export"])
def test_a_bundled_map_says_something_of_every_field(loaded):
    """Either where it stands or why it does not; and no figure and no drug of ours stands in it."""
    extra = {"dose_as_text", "dose_as_volume"}
    said = loaded.plan.fields.given().keys() | (loaded.plan.not_in_export or {}).keys()
    assert said | extra == set(parts.names(Fields))
    assert loaded.plan.names is None


# --- What the site has decided -----------------------------------------------------------------


def test_what_the_guideline_leaves_open_is_a_note_and_no_difference():
    rows = worksheet_rows()
    put(MP, route="IV", infusion_time="60 minutes")(rows)
    put(LIGHT, max_single_dose_value="800", max_single_dose_unit="mg")(rows)
    edit(MP, "order_comments", "route NOT SET", "route IV")(rows)
    put("cbc", priority="stat")(rows)
    outcome = compared(list(rows.values()), WORKSHEET)
    assert outcome.differences == ()
    assert local(outcome) == {
        ("local", MP, "route"), ("local", MP, "infusion_time"), ("local", MP, "comments"),
        ("local", LIGHT, "maximum"), ("local", "cbc", "priority"),
    }  # fmt: skip
    text = as_text(outcome)
    assert "Local values, NOT SET in the guideline" in text
    assert "800 mg" in text
    assert text.count("5 local values.") == 1


def test_a_volume_is_a_local_value_but_does_not_stand_in_for_the_dose():
    rows = analyst_rows()
    put(MP, volume_dose="10", volume_dose_unit="milliliter")(rows)
    outcome = compared(list(rows.values()), ANALYST)
    assert (found(outcome), local(outcome)) == (set(), one("local", MP, "dose_as_volume"))
    put(MP, strength_dose="", strength_dose_unit="")(rows)
    assert found(compared(list(rows.values()), ANALYST)) == one("blank", MP, "dose")


def test_a_dose_where_none_is_set_is_told_first_and_loud():
    rows = worksheet_rows()
    put("oseltamivir", dose_value="75", dose_unit_ucum="mg", dose_basis="fixed")(rows)
    put(MP, dose_value="20")(rows)
    outcome = compared(list(rows.values()), WORKSHEET)
    assert found(outcome) == {
        ("dose_not_set", "oseltamivir", "dose"), ("drifted", MP, "dose"),
    }  # fmt: skip
    blocks = as_text(outcome).split("\n\n")
    assert blocks[1].startswith("DOSE BUILT WHERE THE ORDER SET SAYS NOT SET")
    assert "oseltamivir" in blocks[1]
    assert "75 mg" in blocks[1]
    assert MP not in blocks[1]


def all_accepted():
    """The edition after the committee has accepted every published dose."""
    supplements = tuple(accepted(one) for one in EDITION.orderset.supplements)
    return EDITION._replace(orderset=edited(EDITION.orderset, supplements=supplements))


def test_a_published_dose_is_no_difference_once_it_is_accepted():
    edition = all_accepted()
    lines = worksheet.rows(edition, "https://example.org/fhir/ane", False)[1:]
    keys = {line["row_key"] for line in lines} - worksheet_rows().keys()
    assert len(keys) > 4, "age groups of their own"
    raw = as_bytes(lines, NAMES)
    outcome = of_file(edition, lines, raw, "export.csv", WORKSHEET)
    assert (outcome.differences, outcome.notes) == ((), ())
    before = of_file(EDITION, LINES, raw, "export.csv", WORKSHEET)
    assert sum(one.kind == "extra" for one in before.differences) == len(keys)


def test_the_row_that_says_which_edition_it_is_is_no_line():
    rows = [dict(row) for row in WHOLE]
    rows[0]["order_comments"] = "ane, revision 2025.1.0, approved"
    raw = as_bytes(rows, NAMES)
    outcome = of_file(EDITION, WHOLE, raw, "export.csv", WORKSHEET)
    assert (outcome.differences, outcome.lines) == ((), len(LINES))
    raw = as_bytes(rows[1:], NAMES)
    assert of_file(EDITION, WHOLE, raw, "export.csv", WORKSHEET).differences == ()


# --- How a row finds its line ------------------------------------------------------------------


def adapted(base: str, *edits: tuple[str, str]) -> str:
    """The text of a bundled map with some edits."""
    path, _ = Locator().find("templates", f"maps/{base}.yaml") or (Path(), "")
    text = path.read_text("utf-8")
    for old, new in edits:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        text = text.replace(old, new)
    return text


@pytest.fixture
def made(tmp_path):
    """Loads a map with edits."""

    def load(base: str, *edits: tuple[str, str]) -> Loaded:
        path = tmp_path / "m.yaml"
        path.write_text(adapted(base, *edits), "utf-8")
        return reconcile_map.load(Locator(), str(path))

    return load


def test_declared_names_tell_bands_apart(made):
    loaded = made("analyst-export", (
        "reads:", f"names: {{{LIGHT}: [toci small], {HEAVY}: [toci big, toci large]}}\nreads:"
    ))  # fmt: skip
    rows = analyst_rows()
    put(LIGHT, component="Toci  Small", order_sentence_seq="")(rows)
    put(HEAVY, component="TOCI LARGE", order_sentence_seq="", strength_dose="9")(rows)
    assert found(compared(list(rows.values()), loaded)) == one("drifted", HEAVY, "dose")


def test_swapped_bands_are_two_wrong_doses():
    rows = analyst_rows()
    put(LIGHT, order_sentence_seq="2")(rows)
    put(HEAVY, order_sentence_seq="1")(rows)
    assert {("drifted", LIGHT, "dose"), ("drifted", HEAVY, "dose")} <= found(
        compared(list(rows.values()), ANALYST)
    )


def test_a_row_is_matched_by_the_record_id_of_the_site(made):
    loaded = made(
        "analyst-export", ("match: {name: component", "match: {record_id: phase, name: component")
    )
    lines = [
        {**line, "local_record_id": {MP: "4711", HEAVY: "4712"}.get(line["row_key"], "")}
        for line in LINES
    ]
    rows = analyst_rows()
    put(MP, phase="4711", component="Solu-Medrol")(rows)
    put(HEAVY, phase="4999")(rows)  # unknown here: by name then, and told
    raw = as_bytes(list(rows.values()), ANALYST_COLUMNS)
    outcome = of_file(EDITION, lines, raw, "export.csv", loaded)
    assert found(outcome) == {("drifted", MP, "name"), ("drifted", HEAVY, "record_id")}


def test_many_orders_may_stand_for_the_placeholder(made):
    loaded = made("analyst-export", ("reads:", "names: {antibiotics: [drug a, drug b]}\nreads:"))
    rows = analyst_rows()
    put("antibiotics", component="Drug A")(rows)
    again("antibiotics", component="Drug B", order_sentence_seq="2")(rows)
    assert found(compared(list(rows.values()), loaded)) == set()


def test_rows_of_other_plans_are_left_out_and_counted(made):
    loaded = made(
        "analyst-export", ("reads:", "only: {powerplan_description: [suspected ane]}\nreads:")
    )
    rows = analyst_rows()
    again("cbc", powerplan_description="Sepsis", component="Ferritin")(rows)
    outcome = compared(list(rows.values()), loaded)
    assert (found(outcome), [one.kind for one in outcome.notes]) == (set(), ["left_out"])
    assert "Left out: 1 row of other plans" in as_text(outcome)


def test_an_export_of_another_revision_says_so():
    rows = worksheet_rows()
    put(MP, order_set_version="2025.9.9")(rows)
    outcome = compared(list(rows.values()), WORKSHEET)
    assert (found(outcome), local(outcome)) == (set(), one("other_edition", None, "revision"))
    assert f"the export says 2025.9.9 (row 32), the order set is {REVISION}" in as_text(outcome)


# --- Numbers and words -------------------------------------------------------------------------

_numbers = st.decimals(0, 9999, places=3, allow_nan=False)


@given(_numbers, st.integers(0, 3), st.sampled_from(["", " ", "\u00a0"]), st.booleans())
def test_a_number_is_read_however_it_is_spelled(number, zeros, space, padded):
    text = f"{number:f}{'0' * zeros}"
    text = f"0{text}" if padded else text
    assert Marks().number(f"{space}{text}{space}") == number


NO_NUMBERS = ["3O", "l2", "1e3", "-30", "+30", "=30", "30-40", "30 mg", "1,000", "30,000", "", "5.",
              "1.2.3", "9" * 13, "\u0663\u0660", "\uff13\uff10", "\u00bd"]  # fmt: skip


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(Unreadable):
        Marks().number(text)


def test_what_a_comma_means_is_said_by_the_map():
    assert Marks("comma", "point").number("1.000,5") == Decimal("1000.5")
    assert Marks("point", "comma").number("1,000.5") == Decimal("1000.5")
    assert Marks("point", "space").number("1\u00a0000") == Decimal(1000)
    for text in ("1,00", "1000,000,0", ",5"):
        with pytest.raises(Unreadable, match="no number"):
            Marks("point", "comma").number(text)
    with pytest.raises(Unreadable, match="decimal_mark"):
        Marks().number("1,500")


@pytest.mark.parametrize(
    ("text", "number"),
    [("0,5", "0.5"), ("29,95", "29.95"), ("12,0", "12"), ("0,125", "0.125"),
     ("12,0625", "12.0625")],
)  # fmt: skip
def test_a_comma_that_cannot_part_thousands_is_a_decimal_mark(text, number):
    assert Marks().number(text) == Decimal(number)
    assert Marks().amount(f"{text} mg") == Quantity(Decimal(number), "mg")
    if len(text.partition(",")[2]) != 3:  # '0,125' is no number there: a comma stands for thousands
        with pytest.raises(Unreadable):
            Marks(thousands="comma").number(text)


@pytest.mark.parametrize("text", ["1,000", "30,000", "1,5,5", "1.000,5", ",5", "5,"])
def test_what_a_comma_may_mean_in_two_ways_is_asked(text):
    with pytest.raises(Unreadable, match="decimal_mark"):
        Marks().number(text)


def test_where_semicolons_part_the_cells_a_point_may_stand_between_thousands():
    european = Marks(semicolons=True)
    for text in ("1.000", "30.000"):
        with pytest.raises(Unreadable, match="thousands_mark"):
            european.number(text)
    for text, number in (("30", 30), ("30.0", 30), ("0.500", "0.5"), ("29,9", "29.9")):
        assert european.number(text) == Decimal(number)
    assert Marks("comma", "point", semicolons=True).number("1.000") == Decimal(1000)
    rows = worksheet_rows()
    put(MP, max_single_dose_value="1.000")(rows)
    raw = as_bytes(list(rows.values()), NAMES, ";")
    outcome = of_file(EDITION, LINES, raw, "export.csv", WORKSHEET)
    assert found(outcome) == one("unreadable", MP, "maximum")


MICRO = ["ug", "mcg", "\u00b5g", "\u03bcg"]


@pytest.mark.parametrize("unit", MICRO)
def test_micrograms_are_micrograms_however_they_are_written(unit):
    rows = worksheet_rows()
    put(MP, dose_value="30000", dose_unit_ucum=f"{unit}/kg")(rows)
    assert compared(list(rows.values()), WORKSHEET).differences == ()
    put(MP, dose_value="30001")(rows)
    assert found(compared(list(rows.values()), WORKSHEET)) == one("drifted", MP, "dose")
    assert same(Marks().amount(f"5 {unit}"), Quantity(Decimal(5), "ug"))
    assert Marks().unit("\u338d/kg") == "ug/kg", "the sign that squeezes both letters into one"


@pytest.mark.parametrize("unit", MICRO[2:])
@pytest.mark.parametrize("other", MICRO[2:])
def test_a_map_may_write_either_micro_sign(made, unit, other):
    loaded = made("worksheet", ("reads:", f"units: {{{unit}/kg/dose: ug/kg}}\nreads:"))
    rows = worksheet_rows()
    put(MP, dose_value="30000", dose_unit_ucum=f"{other}/kg/dose")(rows)
    assert compared(list(rows.values()), loaded).differences == ()


@given(_numbers, st.sampled_from([("g", 1000), ("ug", None), ("kg", 1000**2)]),
       st.sampled_from(["", "/kg", "/kg/d"]))  # fmt: skip
def test_units_are_converted_exactly(number, other, per):
    unit, factor = other
    milligrams = Quantity(number * factor if factor else number / 1000, f"mg{per}")
    assert same(milligrams, Quantity(number, unit + per))
    assert same(Quantity(number, unit + per), milligrams)
    more = Quantity(number + Decimal("0.001"), unit + per)
    assert not same(milligrams, more)


@pytest.mark.parametrize(
    ("one", "other"), [("mg", "mg/kg"), ("mg/kg", "mg/kg/d"), ("d", "mg"), ("mg", "MG"), ("", "mg")]
)
def test_other_units_are_never_the_same(one, other):
    assert not same(Quantity(Decimal(30), one), Quantity(Decimal(30), other))


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [("30 mg/kg", "30", "mg/kg"), ("30mg/kg", "30", "mg/kg"), ("0.5 g", "0.5", "g"),
     ("2", "2", ""), (" 30  MG/KG/DOSE ", "30", "mg/kg"), ("4 puffs", "4", "puffs")],
)  # fmt: skip
def test_an_amount_in_one_cell(text, number, unit):
    marks = Marks(units={"mg/kg/dose": "mg/kg"})
    assert marks.amount(text) == Quantity(Decimal(number), unit)


@pytest.mark.parametrize("text", ["3O", "3O mg/kg", "mg", "30 - 40 mg", "thirty mg", "1,000 mg"])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(Unreadable, match="no amount"):
        Marks().amount(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [("maximum 1,000 mg", "1000 mg"), ("STAT; Maximum  1000mg.", "1000 mg"), ("max 1 g", "1 g"),
     ("maximum 1,000 mg (1 g), max 1 g", "1000 mg"), ("the maximum is not known", None),
     ("maximum 1,0O0 mg", None), ("submaximum 5 mg", None), ("maximum 1,00 mg", None)],
)  # fmt: skip
def test_an_amount_in_a_free_text(text, told):
    found = Marks().within(text, ["maximum {}", "max {}"])
    assert (found and f"{found.number} {found.unit}") == told


def test_a_free_text_that_says_two_things_is_unreadable():
    with pytest.raises(Unreadable, match="two amounts stand there: 1 g and 800 mg"):
        Marks().within("max 1 g or max 800 mg", ["max {}"])
    rows = analyst_rows()
    put("ct-head", special_instructions="priority STAT, then priority routine")(rows)
    outcome = compared(list(rows.values()), ANALYST)
    assert found(outcome) == one("unreadable", "ct-head", "priority")
    assert outcome.differences[0].found == (
        "column special_instructions: two stand there: STAT and routine"
    )


def test_the_same_dose_in_other_units_is_no_difference():
    rows = analyst_rows()
    put(MP, strength_dose="0.03", strength_dose_unit="gram/kg", duration="120.0",
        duration_unit="hours")(rows)  # fmt: skip
    edit(MP, "special_instructions", "1,000 mg", "1 g")(rows)
    put(LIGHT, strength_dose=" 12.0 ")(rows)
    put(HEAVY, strength_dose="8,000", strength_dose_unit="microgram/kg")(rows)
    outcome = compared(list(rows.values()), ANALYST)
    assert (outcome.differences, outcome.notes) == ((), ())


def test_words_are_compared_without_case_and_spaces_and_once_is_once():
    rows = worksheet_rows()
    put("peramivir", route=" iv ", frequency_text="Once")(rows)
    put("consult-picu", priority="STAT", default_selected="1")(rows)
    put("csf-mep", display_name="CSF MEP")(rows)
    outcome = compared(list(rows.values()), WORKSHEET)
    assert (outcome.differences, outcome.notes) == ((), ())


def test_what_says_no_more_than_an_empty_cell_is_no_difference():
    """A band from zero has no lower end; a blank box is not ticked; 'any' is no rule."""
    rows = worksheet_rows()
    put(LIGHT, min_weight_kg_inclusive="0.0")(rows)
    put(MP, prn="")(rows)
    put("csf-mep", selection_rule="")(rows)
    outcome = compared(list(rows.values()), WORKSHEET)
    assert (outcome.differences, outcome.notes) == ((), ())
    rows = analyst_rows()
    put("cbc", include_ind="", required_ind="")(rows)
    put(MP, include_ind="")(rows)
    assert found(compared(list(rows.values()), ANALYST)) == one("drifted", MP, "selected")


# --- The file ----------------------------------------------------------------------------------

FAITHFUL = as_bytes(list(worksheet_rows().values()), NAMES).decode()


@settings(max_examples=50)
@given(
    st.sampled_from([",", ";", "\t"]), st.sampled_from(["\r\n", "\n", "\r"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]), st.booleans(), st.randoms(),
)  # fmt: skip
def test_however_a_spreadsheet_saves_it(sign, end, encoding, quoted, random):
    """Separators, line ends, marks at the beginning, empty rows, empty ends, any order of rows."""
    rows = list(worksheet_rows().values())
    random.shuffle(rows)
    text = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    writer = csv.writer(text, delimiter=sign, lineterminator=end, quoting=quoting)
    writer.writerow([*(f" {name.upper()}" for name in NAMES), "", ""])
    for row in rows:
        cells = [row[name] for name in NAMES]
        while not cells[-1] and random.random() < 0.7:
            cells.pop()
        writer.writerow(cells)
        if random.random() < 0.1:
            writer.writerow(random.choice([[], [""] * 60]))
    outcome = of_file(EDITION, LINES, text.getvalue().encode(encoding), "e.csv", WORKSHEET)
    assert (outcome.differences, outcome.notes) == ((), ())


@settings(max_examples=50)
@given(st.sets(st.sampled_from([line["row_key"] for line in LINES]), max_size=len(LINES) - 1))
def test_whatever_is_missing_is_missing(keys):
    rows = [row for key, row in worksheet_rows().items() if key not in keys]
    assert found(compared(rows, WORKSHEET)) == {("missing", key, None) for key in keys}


@settings(max_examples=50)
@given(
    st.sampled_from([line["row_key"] for line in LINES]),
    st.sampled_from(NAMES),
    st.text(max_size=9),
)
def test_whatever_stands_in_a_cell_nothing_breaks(key, column, text):
    """It is a difference, a note, or the same; never a crash, and fit for any terminal."""
    rows = worksheet_rows()
    rows[key][column] = text.replace("\x00", "").encode("utf-8", "ignore").decode()
    outcome = compared(list(rows.values()), WORKSHEET)
    told = as_text(outcome)
    assert not any(ord(sign) < 32 and sign != "\n" for sign in told)
    json.dumps(as_json(outcome))


@given(st.binary(max_size=200))
def test_whatever_the_file_is_it_is_a_fault_with_a_place(raw):
    for content in (raw, FAITHFUL.encode()[:400] + raw):
        with pytest.raises(ContentError) as caught:
            of_file(EDITION, LINES, content, "e.csv", WORKSHEET)
        assert all(one.place.file == "e.csv" and one.mend for one in caught.value.problems)


def faults(raw: bytes, loaded: Loaded = WORKSHEET) -> list[str]:
    with pytest.raises(ContentError) as caught:
        of_file(EDITION, LINES, raw, "e.csv", loaded)
    return [f"{one.place} {one.what}" for one in caught.value.problems]


def test_faults_of_the_file_have_a_place():
    raw = FAITHFUL.encode()
    assert faults(b"") == ["e.csv:1:1 the file is empty"]
    assert faults(b"\r\n ,\r\n") == ["e.csv:1:1 the file is empty"]
    assert faults(raw.split(b"\r\n")[0]) == ["e.csv:1:1 there is no row under the header"]
    assert faults(raw.split(b"\r\n", 1)[1]) == [
        "e.csv:1:1 this row has 0 of the 37 columns that the map reads"
    ]
    assert faults(b"x" * 20_000_001) == ["e.csv:1:1 the file has more than 20,000,000 bytes"]
    assert faults(raw + b'ane,"2026') == [
        "e.csv:55:1 a quotation mark is not closed, here or above"
    ]
    assert faults(raw.replace(b"\r\nane,", b'\r\n"an"e,', 1)) == [
        "e.csv:2:1 a quotation mark stands within a cell, or the cell is far too long"
    ]
    assert faults(raw + b"x," * 60 + b"y") == ["e.csv:55:52 row 55 has 61 cells, the header 51"]


def saved(line_end: str = "\r\n", sign: str = ";", **cells: str) -> str:
    """The faithful worksheet as a European spreadsheet saves it; some cells of a row changed."""
    rows = worksheet_rows()
    if cells:
        put(MP, **cells)(rows)
    text = as_bytes(list(rows.values()), NAMES, sign).decode()
    return text.replace("\r\n", line_end)


FIRST = FAITHFUL.split("\r\n")[0]
#: What a spreadsheet or an EHR may put around the same table.
DRESSED = {
    "sep=;": b"sep=;\r\n" + saved().encode(),
    "SEP=; in quotation marks, with empty cells": b'"SEP=;";;;\r\n' + saved().encode(),
    "a sep= line with a sign of its own": b"sep=|\r\n" + saved(sign="|").encode(),
    "a sep= line and a byte order mark": b"\xef\xbb\xbfsep=;\n" + saved().encode(),
    "a sep= line that is not true": b"sep=;\r\n" + FAITHFUL.encode(),
    "CR alone": saved("\r").encode(),
    "sep= and CR alone": b"sep=;\r" + saved("\r").encode(),
    "titles": b"Order set,ANE\r\nPrinted,2026-11-01\r\n\r\n" + FAITHFUL.encode(),
    "one title of one cell": b"ED order sets\r\n" + saved().encode(),
    "sep= and titles": b'sep=;\r\n"Report ""ANE""";;\r\n;;\r\n' + saved().encode(),
    "Excel's Unicode text": b"\xff\xfe" + saved(sign="\t").encode("utf-16-le"),
    "UTF-16, the other way round": b"\xfe\xff" + saved(sign="\t").encode("utf-16-be"),
    "UTF-16 without its mark": saved(sign="\t").encode("utf-16-le"),
    "UTF-32": b"\xff\xfe\x00\x00" + FAITHFUL.encode("utf-32-le"),
    "empty rows and columns at the end":
        FAITHFUL.replace("\r\n", ",,,\r\n").encode() + b"," * 60 + b"\r\n\r\n,,\r\n",
    "names of columns in words": FAITHFUL.replace(
        FIRST, FIRST.replace("_", " ").replace("row key", "\u00a0Row  Key ").title()).encode(),
    "no-break and unseen signs": FAITHFUL.replace(
        "Complete blood count", "Complete\u00a0blood\u200b count\u00a0").encode(),
    "curved quotation marks": FAITHFUL.replace('"CSF ""MEP"""', "CSF “MEP”").encode(),
    "dashes for hyphens": FAITHFUL.replace("24725-4", "24725\u20134").encode(),
}  # fmt: skip


@pytest.mark.parametrize("dress", DRESSED)
def test_however_the_table_is_dressed_it_is_the_same(dress):
    assert DRESSED[dress] != FAITHFUL.encode()
    outcome = of_file(EDITION, LINES, DRESSED[dress], "e.csv", WORKSHEET)
    assert outcome.differences == ()
    assert {one.kind for one in outcome.notes} <= {"how_read"}
    assert bool(outcome.notes) == ("title" in dress)


@pytest.mark.parametrize("dress", DRESSED)
def test_and_a_difference_under_it_is_found(dress):
    """The dress hides nothing: another dose is told in each of them, in the row of the sheet."""
    codec = {
        "Excel's Unicode text": "utf-16", "UTF-16, the other way round": "utf-16-be",
        "UTF-16 without its mark": "utf-16-le", "UTF-32": "utf-32",
    }.get(dress, "utf-8")  # fmt: skip
    text = DRESSED[dress].decode(codec)
    sign = next(sign for sign in ",;\t|" if f"{sign}30{sign}mg/kg" in text)
    changed = text.replace(f"{sign}30{sign}mg/kg", f"{sign}31{sign}mg/kg", 1).encode(codec)
    outcome = of_file(EDITION, LINES, changed, "e.csv", WORKSHEET)
    assert found(outcome) == one("drifted", MP, "dose")
    titles = {"titles": 3, "one title of one cell": 1, "sep= and titles": 2}.get(dress, 0)
    assert outcome.differences[0].row == list(worksheet_rows()).index(MP) + 2 + titles


#: What nobody sees in a cell, or what turns its reading direction.
HIDDEN = (
    "\u202e", "\u202d", "\u202a", "\u2066", "\u2069", "\u200b", "\u200c", "\u200d", "\u200e",
    "\u200f", "\u061c", "\u2060", "\u00ad", "\ufeff", "\u034f", "\u0600", "\u3164", "\uffa0",
    "\u2800", "\ue000", "\U0010fffd", "\U000e0041", "\x07", "\x1f", "\x7f", "\u2028", "\u2029",
)  # fmt: skip


@pytest.mark.parametrize("sign", HIDDEN, ids=ascii)
@pytest.mark.parametrize("at", ["before", "inside", "after"])
def test_an_amount_with_what_nobody_sees_is_no_amount(sign, at):
    """Never the number without it: it may turn the digits round, or hide one of them."""
    key = "tocilizumab-heavier"

    def dressed(text):
        place = {"before": 0, "inside": len(text) // 2, "after": len(text)}[at]
        return text[:place] + sign + text[place:]

    for column in ("dose_value", "dose_unit_ucum", "min_weight_kg_inclusive"):
        rows = worksheet_rows()
        assert rows[key][column]
        put(key, **{column: dressed(rows[key][column])})(rows)
        outcome = compared(list(rows.values()), WORKSHEET)
        (one_found,) = outcome.differences
        assert (one_found.kind, one_found.row_key) == ("unreadable", key)
        assert f"holds U+{ord(sign):04X} " in one_found.found
        told = as_text(outcome)
        assert f"<U+{ord(sign):04X}>" in told
        assert sign not in told


@pytest.mark.parametrize("space", ["\u00a0", "\u202f", "\u2009", "\u3000", "\t", "  "], ids=ascii)
def test_spaces_around_an_amount_are_no_part_of_it(space):
    rows = [
        {name: f"{space}{text}{space}" if text else "" for name, text in row.items()}
        for row in worksheet_rows().values()
    ]
    assert compared(rows, WORKSHEET).differences == ()


@pytest.mark.parametrize("sign", HIDDEN, ids=ascii)
def test_the_report_names_what_nobody_sees(sign):
    """In a column that nobody reads, whose name is repeated, and in words that differ."""
    rows = worksheet_rows()
    put(MP, route=f"b{sign}y mouth")(rows)
    odd = f"a{sign}b"
    told = as_text(
        of_file(
            EDITION, LINES,
            as_bytes([{**row, odd: "x"} for row in rows.values()], (*NAMES, odd)), "e.csv",
            WORKSHEET,
        )
    )  # fmt: skip
    assert sign not in told
    assert f"not read: a<U+{ord(sign):04X}>b." in told
    assert "y mouth" in told


@pytest.mark.parametrize("sign", ["\u202e", "\u202d", "\u2067"], ids=ascii)
def test_words_turned_round_are_other_words(sign):
    rows = worksheet_rows()
    key = next(key for key, row in rows.items() if row["frequency_text"] == "daily")
    put(key, frequency_text=f"{sign}daily")(rows)
    assert compared(list(rows.values()), WORKSHEET).differences


def test_json_escapes_what_nobody_sees(tmp_path):
    rows = worksheet_rows()
    put(MP, dose_value="\u202e8\U000e0041")(rows)
    export = tmp_path / "built.csv"
    export.write_bytes(as_bytes(list(rows.values()), NAMES))
    done = CliRunner().invoke(cli, ["reconcile", str(export), "--map", "worksheet", "--json"])
    assert done.exit_code == 1
    assert "\u202e" not in done.stdout
    assert "\U000e0041" not in done.stdout
    assert "\u202e8\U000e0041" in json.loads(done.stdout)["differences"][0]["found"]


WRAPS = {
    '="…"': lambda text: f'="{text}"' if text and '"' not in text else text,
    "quotation marks in it doubled": lambda text: '="{}"'.format(text.replace('"', '""')),
    "an apostrophe": lambda text: f"'{text}" if text and "'" not in text else text,
    "spaces": lambda text: f" \u00a0{text} \u00a0",
}


@pytest.mark.parametrize("wrap", WRAPS)
def test_what_keeps_a_cell_a_text_is_no_part_of_it(wrap):
    rows = [
        {name: WRAPS[wrap](text) for name, text in row.items()} for row in worksheet_rows().values()
    ]
    raw = as_bytes(rows, NAMES)
    assert of_file(EDITION, LINES, raw, "e.csv", WORKSHEET).differences == ()
    bare = "\r\n".join(
        [FIRST, *(",".join(f'="{row[name]}"' if name == "code" and row[name] else "" if
                           any(sign in row[name] for sign in ',"') else row[name]
                           for name in NAMES) for row in LINES)]).encode()  # fmt: skip
    codes = {one.field for one in of_file(EDITION, LINES, bare, "e.csv", WORKSHEET).differences}
    assert "code" not in codes, "also where the whole cell is not quoted"


#: What Excel and others make of 5902-2, 6301-6 and 1988-5, by country and format of the cell.
DATES = {
    "5902-2": ["Feb-02", "Feb 02", "02.Feb", "2-Feb", "Feb. 02", "5902/02/01", "5902-02-01",
               "01.02.5902", "2/1/5902", "févr-02", "feb-02", "02/5902", "1461733", "#####"],
    "1988-5": ["May-88", "Mai 88", "mai-88", "mag-88", "May 1988", "1988-05-01", "01/05/1988",
               "5/1/1988 0:00", "32264", "32264,00"],
}  # fmt: skip


@pytest.mark.parametrize(("code", "cell"), [(a, b) for a, cells in DATES.items() for b in cells])
def test_a_code_that_a_spreadsheet_made_a_date_of_is_told_as_that(code, cell):
    rows = worksheet_rows()
    (key,) = [key for key, row in rows.items() if row["code"] == code]
    put(key, code=cell)(rows)
    outcome = compared(list(rows.values()), WORKSHEET)
    assert found(outcome) == one("unreadable", key, "code")
    assert f"'{cell}': a spreadsheet " in as_text(outcome)
    assert outcome.differences[0].expected == f"http://loinc.org {code}"


@pytest.mark.parametrize("cell", ["5902-3", "59022", "5902", "Feb", "2", "1461778", "6301-6", "x"])
def test_another_code_is_another_code_and_no_date(cell):
    rows = worksheet_rows()
    put("coagulation-5902-2", code=cell)(rows)
    assert found(compared(list(rows.values()), WORKSHEET)) == one(
        "drifted", "coagulation-5902-2", "code"
    )


@pytest.mark.parametrize(
    ("cell", "told"),
    [("Jan-30", "a date"), ("30. Jan", "a date"), ("12. Mai", "a date"), ("3E+01", "rewritten"),
     ("3,0E+01", "rewritten"), ("$30.00", "money"), ("30,00 €", "money"), ("3000%", "percentage"),
     ("#####", "narrow"), ("#NAME?", "error"), ("TRUE", "no number")],
)  # fmt: skip
def test_a_dose_that_a_spreadsheet_changed_is_never_read(cell, told):
    rows = worksheet_rows()
    put(MP, dose_value=cell)(rows)
    outcome = compared(list(rows.values()), WORKSHEET)
    assert found(outcome) == one("unreadable", MP, "dose")
    assert told in (outcome.differences[0].found or "")


@pytest.mark.parametrize(
    ("ours", "cell", "told"),
    [("0047110", "47110", "dropped zeros"), ("123456789012345678", "1.23457E+17", "rewritten"),
     ("123456789012345678", "123456789012345000", "cut it after 15"),
     ("1-2", "02. Jan", "a date"), ("1-2", "Jan-02", "a date"), ("4711", "4,711", "a number"),
     ("4711", "4711.00", "a number"), ("4711", "4712", None), ("0047110", "0047111", None)],
)  # fmt: skip
def test_a_record_id_that_a_spreadsheet_changed_is_told_as_that(ours, cell, told):
    lines = [{**line, "local_record_id": ours if line["row_key"] == MP else ""} for line in LINES]
    rows = worksheet_rows()
    put(MP, local_record_id=cell)(rows)
    outcome = of_file(EDITION, lines, as_bytes(list(rows.values()), NAMES), "e.csv", WORKSHEET)
    assert found(outcome) == one("unreadable" if told else "drifted", MP, "record_id")
    assert told is None or told in (outcome.differences[0].found or "")


def test_words_that_look_like_a_date_are_no_work_of_a_spreadsheet():
    rows = worksheet_rows()
    put("cbc", display_name="Set 2")(rows)
    assert found(compared(list(rows.values()), WORKSHEET)) == one("drifted", "cbc", "name")


def test_windows_1252_is_read_and_told():
    raw = FAITHFUL.replace("attending", "m\u00e9decin", 1).encode("cp1252")
    outcome = of_file(EDITION, LINES, raw, "e.csv", WORKSHEET)
    assert [one.kind for one in outcome.differences] == ["drifted"]
    (note,) = outcome.notes
    assert note.kind == "how_read"
    assert "was read as Windows-1252: look whether line 36 says" in as_text(outcome)
    assert "m\u00e9decin" in as_text(outcome)
    rows = worksheet_rows()
    put(MP, dose_value="30000", dose_unit_ucum="\u00b5g/kg")(rows)
    raw = as_bytes(list(rows.values()), NAMES).decode().encode("cp1252")
    assert of_file(EDITION, LINES, raw, "e.csv", WORKSHEET).differences == ()


@pytest.mark.parametrize(
    ("raw", "told"),
    [(b"m\xc3\xa9decin m\xe9decin", "byte 0xe9 in this line is not UTF-8, as the rest"),
     (b"\x81", "byte 0x81 in this line is not UTF-8, and not Windows-1252"),
     (b"atten\0ding", "a NUL byte stands in this line")],
)  # fmt: skip
def test_an_encoding_that_is_not_certain_is_refused(raw, told):
    (fault,) = faults(FAITHFUL.encode().replace(b"attending", raw, 1))
    assert fault.startswith("e.csv:36:1 ")
    assert told in fault


def test_an_encoding_that_the_map_names_is_kept_to(made):
    loaded = made("worksheet", ("reads:", "encoding: utf-8\nreads:"))
    raw = FAITHFUL.replace("attending", "m\u00e9decin", 1).encode("cp1252")
    assert faults(raw, loaded) == ["e.csv:36:1 byte 0xe9 in this line is not UTF-8"]


HOSTILE = {
    b"": "is empty", b"\n" * 2_000_000: "more than 1,048,576 rows",
    FIRST.encode() + b"\r\n": "there is no row under the header",
    b"x" * 10_000_000: "a line|this line has more than 1,000,000 characters",
    b"ab," * 5_000_000: "this line has more than",
    b"ab,cd\n" * 2_000_000: "more than 100,000 rows or 2,000,000 cells",
    b'"a\nb",' * 2_000_000: "cells",
    FAITHFUL.encode() * 300: "bytes|more than 2,000 rows are of this order set",
    FAITHFUL.encode() + b"x" * 40_000: "more than 32,767 characters",
    FAITHFUL.encode() + b'"' + b"x\n" * 100_000: "quotation mark",
    b"x," * 1_001 + b"x\n": "more than 1,000 cells",
    bytes(range(256)) * 1000: "byte 0x81",
    b"PK\x03\x04\x14\0\6\0\x08\0\0\0!\0[Content_Types].xml": "this is an Excel workbook (XLSX)",
    b"PK\x03\x04\x14\0\0\x08mimetypeapplication/vnd.oasis.opendocument.spreadsheet": "(ODS)",
    b"PK\x03\x04...": "this is a ZIP file", b"\xd0\xcf\x11\xe0\xa1\xb1": "(XLS)",
    b"%PDF-1.7\n": "this is a PDF", b"\x1f\x8b\x08": "gzip", b'{"a": 1}': "this is JSON",
    b"\r\n<HTML><table>": "this is a web page or XML", b"<?xml version='1.0'?>": "XML",
}  # fmt: skip


@pytest.mark.parametrize("raw", HOSTILE, ids=lambda raw: f"{raw[:20]!r} {len(raw)}")
def test_what_is_no_export_ends_in_a_sentence(raw):
    (fault,) = faults(raw)
    assert any(told in fault for told in HOSTILE[raw].split("|")), fault


def test_all_faults_are_told_in_one_run(made):
    loaded = made("worksheet", ("reads:", "names: {cbd: [x]}\nreads:"))
    header = FAITHFUL.replace("dose_unit_ucum", "dose_value").replace(",route,", ",rute,")
    raw = f"{header}{'x,' * 60}y".encode()
    with pytest.raises(ContentError) as caught:
        of_file(EDITION, LINES, raw, "e.csv", loaded)
    told = [f"{one.what}. {one.mend}" for one in caught.value.problems]
    assert len(told) == 5
    for piece in (
        "no column 'dose_unit_ucum'", "Did you mean 'rute'?", "row 55 has 61 cells",
        "2 columns have the name 'dose_value'", "the order set has no line 'cbd'",
    ):  # fmt: skip
        assert sum(piece in one for one in told) == 1


def test_another_encoding_is_said_by_the_map(made):
    loaded = made("worksheet", ("reads:", "encoding: windows-1252\nreads:"))
    changed = FAITHFUL.replace("methylPREDNISolone,methyl", "méthyl,methyl")
    for encoding in ("windows-1252", "utf-8", "utf-16"):
        outcome = of_file(EDITION, LINES, changed.encode(encoding), "e.csv", loaded)
        assert [one.found for one in outcome.differences] == ["méthyl"]


def test_columns_that_the_map_does_not_know_are_named():
    rows = [row | {"Builder": "Bob"} for row in worksheet_rows().values()]
    raw = as_bytes(rows, (*NAMES, "Builder"))
    outcome = of_file(EDITION, LINES, raw, "e.csv", WORKSHEET)
    assert (outcome.differences, local(outcome)) == ((), one("unread_column", None, "Builder"))
    assert "that the map does not know, not read: Builder." in as_text(outcome)


def test_a_column_without_a_name_is_told_only_where_something_stands_in_it():
    lines = FAITHFUL.splitlines()
    for cell, told in (("", ()), ("x", ("column 52, without a name",))):
        raw = "\r\n".join([f"{lines[0]},", f"{lines[1]},{cell}", *lines[2:]]).encode()
        outcome = of_file(EDITION, LINES, raw, "e.csv", WORKSHEET)
        assert (outcome.differences, outcome.export.unread) == ((), told)


def test_a_cell_that_begins_like_a_formula_is_only_read():
    rows = worksheet_rows()
    put("cbc", display_name="=1+1", order_comments="@SUM(A1)")(rows)
    outcome = compared(list(rows.values()), WORKSHEET)
    assert {(one.field, one.found) for one in [*outcome.differences, *outcome.notes]} == {
        ("name", "=1+1"), ("comments", "@SUM(A1)"),
    }  # fmt: skip


# --- The map -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edits", "told"),
    [
        ([("blanks:", "blancs:")], ["'blancs' is not known here", "Did you mean 'blanks'?"]),
        ([("  route: {", "  rute: {")], ["'rute' is not known here", "Did you mean 'route'?"]),
        ([("{column: dose_count}", "{column: x, unit: mg, unit_column: y}")],
         ["the unit is given in two ways"]),
        ([("{column: route}", "{columns: []}")], ["say in which column this stands"]),
        ([("{column: route}", "{column: x, columns: [y]}")], ["say in which column this stands"]),
        ([("{column: route}", "{column: x, words: {IV: a, iv: b}}")], ["'iv' stands here twice"]),
        ([("{column: route}", '{column: x, within: "yes", blank_means: y}')],
         ["'within' looks for the whole text"]),
        ([("{column: route}", '{column: x, written: ["maximum"]}')],
         ["'maximum' does not say where the value stands"]),
        ([("{column: dose_count}", '{column: x, written: ["{}"]}')],
         ["'{}' does not say where the value stands"]),
        ([("match: {key: row_key, record_id: local_record_id, name: display_name}", "match: {}")],
         ["no column says which line a row is"]),
        ([("match: {key: row_key, record_id: local_record_id, name: display_name}",
           "match: {key: a, same_name: b}")], ["'same_name' needs 'name'"]),
        ([("blanks:", "decimal_mark: comma\nthousands_mark: comma\nblanks:")],
         ["one mark cannot be both"]),
        ([("lines: [orderable, choice_header, note, placeholder]", "lines: []")],
         ["this map compares nothing"]),
        ([("blanks:", "not_in_export: {route: no}\nblanks:")],
         ["'route' stands in 'fields' and in 'not_in_export'"]),
        ([("blanks:", "not_in_export: {rute: no}\nblanks:")],
         ["there is no field 'rute'", "Did you mean 'route'?"]),
        ([("  route: {", "  route: {column: a}\n  route: {")], ["'route'"]),
        ([("blanks:", "blancs:"), ("  prn:", "  pnr:")], ["'blancs'", "'pnr'"]),
    ],
)  # fmt: skip
def test_faults_of_a_map_have_a_place_and_a_mend(made, edits, told):
    with pytest.raises(ContentError) as caught:
        made("worksheet", *edits)
    problems = caught.value.problems
    of_the_file = [one for one in problems if one.place.line == 1]
    assert all("compares nothing" in one.what or "is missing" in one.what for one in of_the_file)
    assert all("nothing was compared" in one.touches and one.mend for one in problems)
    for piece in told:
        assert any(piece in str(one) for one in problems)


def test_what_a_map_leaves_out_is_said(made):
    loaded = made("worksheet", ("  route: {column: route}\n", ""))
    rows = worksheet_rows()
    put("peramivir", route="IM")(rows)
    outcome = compared(list(rows.values()), loaded)
    assert found(outcome) == set()
    assert dict(outcome.not_compared) == {
        "route": "not in this export: the map names no column for it"
    }
    assert [one.kind for one in outcome.notes] == ["unread_column"]
    text = as_text(outcome)
    assert "as far as they could be compared" in text
    assert "check these by eye:\n  route  not in this export" in text


def test_a_home_map_stands_before_the_bundled_one(tmp_path):
    (tmp_path / "templates" / "maps").mkdir(parents=True)
    own = tmp_path / "templates" / "maps" / "worksheet.yaml"
    own.write_text(adapted("worksheet", ("our build worksheet", "the hospital's own")), "utf-8")
    assert reconcile_map.load(Locator(tmp_path), "worksheet").plan.reads == "the hospital's own"
    assert reconcile_map.load(Locator(), "worksheet").plan.reads == "our build worksheet"


def test_a_stray_file_is_never_taken_for_a_map(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("mine").write_text(adapted("worksheet"), "utf-8")
    Path("worksheet").write_text("reads: something else", "utf-8")
    assert reconcile_map.load(Locator(), "worksheet").plan == WORKSHEET.plan
    assert reconcile_map.load(Locator(), "./mine").plan == WORKSHEET.plan
    with pytest.raises(UnknownMap, match=r"there is no map 'mine'\. .*path: \./mine"):
        reconcile_map.load(Locator(), "mine")
    with pytest.raises(UnknownMap, match="there is no map file"):
        reconcile_map.load(Locator(), "no/such.yaml")


# --- The command -------------------------------------------------------------------------------


def run(export: Path, name: str = "worksheet", as_json: bool = False) -> tuple[str, int]:
    return pharmacy.reconcile(Locator(), "ane", TODAY, export, name, as_json)


def test_the_command_tells_text_and_exit_code(tmp_path, capsys):
    export = tmp_path / "export.csv"
    export.write_bytes(worksheet.as_csv(LINES))
    text, code = run(export)
    assert code == 0
    assert text.splitlines()[0].endswith("DRAFT, NOT FOR CLINICAL USE")
    assert text.endswith(f"No difference in the {len(LINES)} lines of the order set.")
    assert capsys.readouterr().err == ""
    rows = worksheet_rows()
    put(MP, max_single_dose_value="2000", route="IV")(rows)
    drop("crp")(rows)
    export.write_bytes(as_bytes(list(rows.values()), NAMES))
    text, code = run(export)
    assert code == 1
    assert text.split("\n\n", 1)[1] == (
        "Differences:\n"
        "row  row_key             field    order set says      EHR has\n"
        "  -  crp                 -        C-reactive protein  NOT BUILT\n"
        " 31  methylprednisolone  maximum  1,000 mg            2,000 mg\n"
        "\n"
        "Local values, NOT SET in the guideline; somebody here must own them:\n"
        "row  row_key             field  order set says  EHR has\n"
        " 31  methylprednisolone  route  NOT SET         IV\n"
        "\n"
        "2 differences: 1 line not built, 1 drifted value. 1 local value."
    )


def test_the_command_tells_json(tmp_path, capsys):
    export = tmp_path / "export.csv"
    rows = analyst_rows()
    put(MP, strength_dose="20")(rows)
    put(MP, route="IV")(rows)
    export.write_bytes(as_bytes(list(rows.values()), ANALYST_COLUMNS))
    text, code = run(export, "analyst-export", as_json=True)
    told = json.loads(text)
    assert code == 1
    assert capsys.readouterr().err == f"Warning: ane {REVISION}: DRAFT, NOT FOR CLINICAL USE.\n"
    assert list(told) == [
        "orderset", "revision", "fingerprint", "status", "differences", "notes", "not_compared",
    ]  # fmt: skip
    assert (told["orderset"], told["revision"], told["fingerprint"], told["status"]) == (
        "ane", REVISION, EDITION.fingerprint, "draft",
    )  # fmt: skip
    (number,) = [at for at, row in enumerate(rows, start=2) if row == MP]
    assert told["differences"] == [
        {"kind": "drifted", "row_key": MP, "field": "dose", "expected": "30 mg/kg",
         "found": "20 mg/kg", "row": number}
    ]  # fmt: skip
    assert [one["kind"] for one in told["notes"]] == ["local"]
    assert {"field": "code", "why": "not in this export: look at the catalogue"} in told[
        "not_compared"
    ]


def test_a_file_that_is_not_there_is_a_fault_of_usage(tmp_path):
    for export, name in (("none.csv", "worksheet"), (".", "worksheet"), ("none.csv", "nope")):
        with pytest.raises(Usage):
            run(tmp_path / export, name)


def test_the_file_that_cannot_be_read_is_the_one_that_is_named(tmp_path):
    export = tmp_path / "export.csv"
    export.write_bytes(worksheet.as_csv(LINES))
    for name in ("m" * 300, f"./{'m' * 300}"):
        with pytest.raises(Usage, match=r"^the map (\./)?m|^there is no map"):
            run(export, name)
    with pytest.raises(Usage, match=r"^.*/x{300} cannot be read"):
        run(tmp_path / ("x" * 300))


def test_what_no_line_or_several_fit_is_told_in_words():
    rows = analyst_rows()
    again("cbc", component="Ferritin")(rows)
    again("ct-head")(rows)
    again(HEAVY, order_sentence_seq="")(rows)
    again("crp", component="")(rows)
    told = [" ".join(line.split()) for line in as_text(
        compared(list(rows.values()), ANALYST)
    ).splitlines()]  # fmt: skip
    assert "40 - - no such line Ferritin" in told
    assert "41 ct-head - one such line CT head, once more" in told
    assert (
        f"42 {LIGHT} or {HEAVY} - one of these lines tocilizumab: the row does not say which"
    ) in told
    assert "43 - - no such line a row without a name" in told
    assert "4 differences: 2 extra orderables, 1 duplicate, 1 row that fits several lines." in told


def test_long_texts_are_shown_from_where_they_differ():
    rows = worksheet_rows()
    edit("chest-x-ray", "condition_text", "discuss with ID", "never discuss with ID")(rows)
    put(MP, dose_value="3O")(rows)
    text = as_text(compared(list(rows.values()), WORKSHEET))
    assert "…X-ray, and discuss with ID and Rheumatology" in text
    assert "…X-ray, and never discuss with ID and Rheum" in text
    assert "column dose_value: '3O' is no number; a letter stands in place of a digit" in text
