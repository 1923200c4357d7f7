"""Doses: the signed cases, exactness against fractions, rounding, and the edges near a weight."""

import json
import re
import subprocess
import sys
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, Inexact
from fractions import Fraction
from functools import cache
from math import floor
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import example, given, settings
from hypothesis import strategies as st

import anedocs
from anedocs.cli.app import cli
from anedocs.core import wording
from anedocs.core.quantity import Quantity
from anedocs.core.ranges import Range
from anedocs.documents.dose_table.table import as_json, as_text
from anedocs.documents.order_sheet.page import SheetRequest
from anedocs.documents.order_sheet.page import view as view_of_sheet
from anedocs.dosing import check_code, patient
from anedocs.dosing.fill import fill
from anedocs.dosing.rules import Band, DoseRule, dose, near_edges
from anedocs.edition.load import load
from anedocs.edition.locate import Locator
from anedocs.sentences import phrases
from anedocs.sentences.order_views import section_view
from support.edited import edited

CASES = yaml.load(
    (Path(__file__).parents[1] / "cases" / "dosing.yaml").read_text("utf-8"), yaml.BaseLoader
)
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
#: Digits, a point, and no zero too many: no exponent, no comma, no sign.
PLAIN = re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]*[1-9])?")


@pytest.fixture(scope="module")
def edition():
    return load(Locator(), "ane", date(2026, 1, 1))


@cache
def answer(weight, age=None):
    """What `anedocs dose --json` says, with every number left as it was written."""
    command = ["dose", "--weight", weight, "--json", *(["--age", age] if age else [])]
    result = CliRunner().invoke(cli, command, env={"ANEDOCS_HOME": None})
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout, parse_float=no_number, parse_int=no_number)


def no_number(text):
    raise AssertionError(f"{text} is a number; readers would make a float of it")


def drug(said, name):
    return next(one for one in said["doses"] if one["id"] == name)


def mg(text):
    """The exact value of '1,000.2 mg'."""
    number, unit = text.split(" ")
    assert unit == "mg"
    return Fraction(number.replace(",", ""))


# --- The cases that a pharmacist signs ---


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["case"][:60])
def test_signed_case(case):
    age = case.get("age")
    one = drug(answer(case["weight"].removesuffix(" kg"), age), case["drug"])
    facts = {
        "dose": one["text"] if one["status"] != "stopped" else "STOPPED",
        "unit": one["unit"] or CASES["unit"],
        "working": one["working"] or "",
        "exact": one["exact"],
        "band": one["band"] or "",
        "reference": "none",
    }
    reference = one.get("reference", {"rows": []})
    assert len(reference["rows"]) <= 1, "the age decides on one row"
    for row in reference["rows"]:
        other = row["disagrees"]
        facts |= {
            "reference": f"{row['exact']} {row['unit']}",
            "other_reference": other.rpartition(" = ")[2] if other else "",
            "applies_to": row["applies_to"],
            "capped": "yes" if row["capped"] else "no",
        }
    for key in case.keys() - {"case", "weight", "age", "drug", "exact"}:
        assert facts[key] == case[key], key
    assert facts["unit"] == CASES["unit"]
    if case["dose"] not in ("NOT SET", "STOPPED"):
        assert Fraction(one["given"]) == Fraction(one["exact"]) == mg(case["dose"])
        assert one["status"] == "guideline"
        assert one["capped"] == ("maximum" in case["working"])
    else:
        assert one["given"] is None
        assert one["status"] == ("not_set" if case["dose"] == "NOT SET" else "stopped")
    if "exact" in case:
        assert Fraction(one["exact"]) == mg(case["exact"])


def test_the_sentences_of_the_cases_say_what_is_checked():
    """Why: the pharmacist signs the sentence, the program is held to the facts beside it."""
    for case in CASES["cases"]:
        sentence = case["case"]
        assert sentence.startswith(f"At {case['weight']}"), sentence
        assert sentence.endswith("."), sentence
        assert case["drug"].lower() in sentence.lower(), sentence
        amounts = {
            case[key]
            for key in ("dose", "exact", "reference", "other_reference")
            if case.get(key, "none") != "none"
        }
        for amount in amounts:
            assert amount in sentence, sentence
        said = {f"{hit} mg" for hit in re.findall(r"([0-9.,]+) mg(?! for each kg)", sentence)}
        known = (
            amounts | {"800 mg"} | set(re.findall(r"[0-9.,]+ mg\b(?!/)", case.get("working", "")))
        )
        assert said <= known, sentence


def test_the_cases_cover_every_vector():
    """Every weight of the table of test vectors, for every drug."""
    weights = (
        *("5", "7.2", "12.3", "15", "15.1", "23", "23.1", "29.9", "29.99", "30", "33.3", "33.34"),
        *("40", "40.1", "50", "50.1", "100", "100.1"),
    )
    have = {(case["drug"], case["weight"]) for case in CASES["cases"]}
    for name in ("methylprednisolone", "tocilizumab", "oseltamivir", "peramivir"):
        missing = [kg for kg in weights if (name, f"{kg} kg") not in have]
        assert not missing, name


@pytest.mark.parametrize("case", CASES["weight_checks"], ids=lambda case: case["case"])
def test_signed_weight_check(case):
    words = ["sheet", "--weight", case["weight"], "--age", case["age"], "--format", "json"]
    plain, confirmed = (
        CliRunner().invoke(cli, [*words, *more], env={"ANEDOCS_HOME": None}).exit_code
        for more in ((), ("--confirm-weight", "AB"))
    )
    codes = {"printed": (0, 0), "confirm": (4, 0), "refused": (4, 4)}
    assert (plain, confirmed) == codes[case["sheet"]]
    ends = {"printed": "gets a sheet.", "confirm": "is weighed again.", "refused": "is refused."}
    assert case["case"].startswith(f"At {case['weight']} a")
    assert case["case"].endswith(ends[case["sheet"]])
    said = patient.written(patient.age(case["age"])).replace("0 days", "the day of birth")
    assert said in case["case"]


def test_nobody_has_signed_what_nobody_has_read():
    assert set(CASES["signed_by"].values()) == {""}


# --- The shape of the answer ---


def test_json_has_the_form_of_the_contract():
    said = answer("18.4")
    assert list(said) == [
        "orderset", "revision", "fingerprint", "status", "weight_kg", "doses",
        "mark", "age", "age_check", "treatment_gate",
    ]  # fmt: skip
    assert (said["mark"], said["age"]) == ("DRAFT, NOT FOR CLINICAL USE", None)
    assert said["age_check"] == {"verdict": "not_checked", "text": "Weight not checked for age."}
    assert said["treatment_gate"] == {
        "state": "unconfirmed",
        "text": "Not confirmed by the committee: whether treatment waits for imaging.",
    }
    assert (said["orderset"], said["status"], said["weight_kg"]) == ("ane", "draft", "18.4")
    assert re.fullmatch("[0-9a-f]{12}", said["fingerprint"])
    names = [one["id"] for one in said["doses"]]
    fixed = {"methylprednisolone", "oseltamivir", "peramivir", "tocilizumab"}
    assert fixed <= set(names)
    assert len(names) == len(set(names))
    assert {
        key: value for key, value in drug(said, "methylprednisolone").items() if key != "name"
    } == {
        "id": "methylprednisolone",
        "status": "guideline",
        "exact": "552",
        "given": "552",
        "unit": "mg",
        "capped": False,
        "band": None,
        "text": "552 mg",
        "working": "30 mg/kg × 18.4 kg = 552 mg",
        "frequency": "daily",
        "duration": "5 days",
        "route": None,
        "edges": [],
        "gates": [],
    }


def test_json_carries_edges_gates_and_route():
    said = answer("29.9")
    (edge,) = drug(said, "tocilizumab")["edges"]
    assert edge == {
        "kind": "band",
        "limit": "30 kg",
        "below": {"weight_kg": "29.9", "given": "358.8", "unit": "mg"},
        "above": {"weight_kg": "30", "given": "240", "unit": "mg"},
        "text": "WEIGH AGAIN, SECOND PERSON: tocilizumab: the dose rule changes at 30 kg; 29.9 kg "
        "gives 358.8 mg, 30 kg gives 240 mg",
    }
    (gate,) = drug(said, "tocilizumab")["gates"]
    assert (gate["id"], gate["approved_by"]) == ("before-tocilizumab", "Rheumatology attending")
    assert gate["approval"] == "Approval of the consulting Rheumatology attending"
    assert len(gate["checks"]) == 3
    assert drug(said, "peramivir")["route"] == "IV"
    assert drug(answer("100.1"), "tocilizumab")["edges"][0]["above"]["given"] is None


@pytest.mark.parametrize(
    ("weight", "age", "verdict", "says"),
    [
        ("18.4", "5y", "usual", None),
        ("35.3", "4y", "soft", "35.3 kg is outside the usual range for an age of 4 years"),
        ("18.4", None, "not_checked", "Weight not checked for age."),
        ("150", None, "not_checked", "Weight not checked for age. 150 kg is outside the usual"),
    ],
)
def test_json_and_table_say_whether_the_weight_fits_the_age(weight, age, verdict, says):
    check = answer(weight, age)["age_check"]
    assert check["verdict"] == verdict
    assert check["text"] is None if says is None else check["text"].startswith(says)
    head = table(weight, age).partition("\n\n")[0]
    assert (check["text"] or "") in head
    assert "pound" not in head, "pounds are for the screen only"


def table(weight, age=None):
    """What `anedocs dose` writes on stdout, and nothing of stderr."""
    command = ["dose", "--weight", weight, *(["--age", age] if age else [])]
    result = CliRunner().invoke(cli, command, env={"ANEDOCS_HOME": None})
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize("weight", ["3.5", "18.4", "29.9", "33.3", "100.1", "150"])
def test_a_table_that_is_copied_bears_all_that_a_sheet_bears(weight, edition):
    """Word for word what the sheet says: mark, gates, steps, how often, what was not checked."""
    said = table(weight)
    filled = fill(edition, Decimal(weight), None)
    request = SheetRequest(edition, None, filled)
    sheet = view_of_sheet(request)
    head = said.partition("\n\n")[0].splitlines()
    assert {sheet["mark"], sheet["gate"]} <= {*head}
    assert sheet["weight_remarks"] == ["Weight not checked for age"]
    assert "Weight not checked for age" in said
    assert f"{sheet['weigh_again']}: {sheet['near_step']}." in said or not sheet["edges"]
    assert all(f"{edge}." in said for edge in sheet["edges"])
    assert (sheet["weigh_again"] in said) == bool(sheet["edges"])
    for gate in edition.orderset.gates:
        assert gate.approval.text in said
        assert all(check.text in said for check in gate.checks)
    for section in sheet["treatment"]:
        for drug_view in section.drugs:
            (row,) = [line for line in said.splitlines()
                      if line.startswith(f"{drug_view.name}  ")]  # fmt: skip
            for line in drug_view.lines:
                assert row.endswith(line.frequency), row
                assert line.dose in row


def test_a_decided_gate_is_not_called_unconfirmed(edition):
    gate = edited(edition.orderset.treatment_gate, state="imaging")
    filled = fill(with_gate(edition, gate), Decimal("18.4"), None)
    says = "Treatment waits until CT or MRI is consistent with ANE."
    assert as_json(filled)["treatment_gate"] == {"state": "imaging", "text": says}
    assert says in as_text(filled)
    assert "Not confirmed" not in as_text(filled)


def test_without_a_gate_the_answer_keeps_its_form(edition):
    filled = fill(with_gate(edition, None), Decimal("18.4"), None)
    assert as_json(filled)["treatment_gate"] == {"state": None, "text": None}


def with_gate(edition, gate):
    """The edition with another treatment gate."""
    flow = edited(edition.orderset.flow, treatment_gate=gate)
    return edition._replace(orderset=edited(edition.orderset, flow=flow))


def test_a_weight_typed_with_a_zero_behind_is_the_same_weight():
    assert answer("18.40") == answer("18.4")
    assert answer("30.00") == answer("30")


def test_a_stopped_line_says_who_must_enter_it_and_whose_figure_it_is():
    text = drug(answer("100.1"), "tocilizumab")["text"]
    assert "not from the guideline" in text
    assert "the prescriber and a pharmacist must enter the dose" in text


@pytest.mark.parametrize(
    ("weight", "oseltamivir", "peramivir"),
    [
        ("1.5", [], []),
        ("3.27", ["Term infants, birth to 8 months"], []),
        ("8.5", ["Term infants, birth to 8 months", "9 to 11 months", "1 year and older"],
         ["6 months to 12 years"]),
        ("13.2", ["9 to 11 months", "1 year and older"], ["6 months to 12 years"]),
        ("13.3", ["1 year and older"], ["6 months to 12 years"]),
        ("18.4", ["1 year and older"], ["6 months to 12 years"]),
        ("60", ["1 year and older"], ["6 months to 12 years", "13 years and older"]),
        ("85", ["1 year and older"], ["6 months to 12 years", "13 years and older"]),
        ("95", ["1 year and older"], ["13 years and older"]),
        ("150", ["1 year and older"], ["13 years and older"]),
        ("200", ["1 year and older"], ["13 years and older"]),
    ],
)  # fmt: skip
def test_without_age_only_references_that_are_usual_at_the_weight(weight, oseltamivir, peramivir):
    said = answer(weight)
    for name, groups in (("oseltamivir", oseltamivir), ("peramivir", peramivir)):
        rows = drug(said, name)["reference"]["rows"]
        assert [row["applies_to"] for row in rows] == groups, name


# --- Exactness, against fractions written here from the numbers of the guideline ---


def by_hand(kg):
    """methylPREDNISolone (30 mg/kg up to 1 g) and tocilizumab (12 mg/kg, from 30 kg on 8 mg/kg)."""
    per_kg = Fraction(12) if kg < 30 else Fraction(8)
    return min(30 * kg, Fraction(1000)), per_kg * kg


def matches(said, kg):
    steroid, toci = drug(said, "methylprednisolone"), drug(said, "tocilizumab")
    first, second = by_hand(kg)
    assert Fraction(steroid["exact"]) == Fraction(steroid["given"]) == first
    assert steroid["capped"] is (30 * kg > 1000)
    assert Fraction(toci["exact"]) == second
    assert toci["band"] == ("less than 30 kg" if kg < 30 else "30 kg or more")
    if second > 800:
        assert (toci["given"], toci["status"]) == (None, "stopped")
    else:
        assert (Fraction(toci["given"]), toci["status"]) == (second, "guideline")


def test_every_tenth_of_a_kilogram_from_half_to_150(edition):
    for tenths in range(5, 1501):
        kg = Fraction(tenths, 10)
        text = f"{tenths // 10}.{tenths % 10}"
        said = as_json(fill(edition, patient.weight(text), None))
        assert Fraction(said["weight_kg"]) == kg
        matches(said, kg)


@pytest.mark.parametrize("weight", ["0.5", "29.9", "30", "33.3", "100.1", "150"])
def test_the_installed_command_says_the_same(weight, tmp_path, edition):
    command = [sys.executable, "-m", "anedocs", "dose", "--weight", weight, "--json"]
    source = str(Path(anedocs.__file__).parents[1])
    done = subprocess.run(
        command, capture_output=True, check=True, cwd=tmp_path, env={"PYTHONPATH": source}
    )
    said = json.loads(done.stdout, parse_float=no_number, parse_int=no_number)
    matches(said, Fraction(weight))
    assert said == as_json(fill(edition, Decimal(weight), None))
    assert list(tmp_path.iterdir()) == []


def test_every_hundredth_through_the_one_dose_function(edition):
    steroid, toci = (edition_rule(edition, name) for name in ("methylprednisolone", "tocilizumab"))
    for hundredths in range(50, 20001):
        kg, weight = Fraction(hundredths, 100), Decimal(hundredths).scaleb(-2)
        first, second = dose(steroid, weight), dose(toci, weight)
        assert (Fraction(first.exact), Fraction(second.exact)) == by_hand(kg)
        assert (second.given is None) == (second.exact > 800)


def edition_rule(edition, name):
    return fill(edition, Decimal(10), None).of(name).rule


HUNDREDTHS = st.integers(50, 20000)


@settings(max_examples=200, deadline=None)
@given(HUNDREDTHS, st.sampled_from([None, "5d", "7mo", "10mo", "2y", "14y"]))
@example(2999, None)
@example(3000, None)
@example(3333, None)
@example(3334, None)
@example(10000, None)
@example(10001, None)
@example(1840, "2y")
def test_any_weight(edition, hundredths, age):
    kg = Fraction(hundredths, 100)
    weight = patient.weight(f"{hundredths // 100}.{hundredths % 100:02d}")
    filled = fill(edition, weight, patient.age(age) if age else None)
    said = json.loads(json.dumps(as_json(filled)), parse_float=no_number, parse_int=no_number)
    matches(said, kg)
    assert PLAIN.fullmatch(said["weight_kg"])
    assert Fraction(said["weight_kg"]) == kg
    for one in said["doses"]:
        for row in (one, *one.get("reference", {"rows": []})["rows"]):
            well_written(row, kg)
    for section in edition.orderset.sections:
        for view in section_view(edition.orderset, section, filled).drugs:
            given_mg = next(one["given"] for one in said["doses"] if one["name"] == view.name)
            assert view.read_back == (spelled(given_mg) if given_mg else None)


def well_written(row, kg):
    """Numbers without exponent or needless zero; a working that a person can multiply again."""
    for key in ("exact", "given"):
        if row.get(key) is not None:
            assert PLAIN.fullmatch(row[key]), row[key]
    if row["working"] is None:
        assert row["exact"] is None
        return
    match = re.fullmatch(
        r"([0-9.]+) mg/kg × ([0-9.]+) kg = ([0-9.,]+ mg)(?:; maximum ([0-9.,]+ mg))?",
        row["working"],
    )
    if match is None:  # a fixed dose: nothing to multiply
        assert (
            row["working"]
            == f"{row['exact']} mg at {wording.number(Decimal(kg.numerator) / kg.denominator)} kg"
        )
        return
    assert Fraction(match[2]) == kg
    assert Fraction(match[1]) * kg == mg(match[3])
    assert (match[4] is not None) == row["capped"]
    if match[4]:
        assert mg(match[3]) > mg(match[4]) == Fraction(row["exact"])
    else:
        assert mg(match[3]) == Fraction(row["exact"])
    for amount in re.findall(r"[0-9.,]+", row["working"]):
        number = amount.rstrip(",").replace(",", "")
        assert PLAIN.fullmatch(number), row["working"]
        assert f"{int(number.split('.')[0]):,}" == amount.split(".")[0], row["working"]


def spelled(number):
    whole, _, fraction = number.partition(".")
    words = "-".join(DIGITS[int(digit)] for digit in whole)
    if fraction:
        words += " point " + "-".join(DIGITS[int(digit)] for digit in fraction)
    return f"{words} milligrams"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("552", "five-five-two milligrams"),
        ("358.8", "three-five-eight point eight milligrams"),
        ("1000", "one-zero-zero-zero milligrams"),
        ("0.5", "zero point five milligrams"),
    ],
)
def test_the_words_that_are_read_back(number, words):
    assert spelled(number) == words


# --- The rule itself: rounding, maximum, stop, faults (rules that no order set has) ---


def rule_of(basis="30", *, maximum=None, stop=None, step=None, unit="mg"):
    def mass(number):
        return Quantity(Decimal(number), unit) if number else None

    return DoseRule(
        (Band(Range(), Quantity(Decimal(basis), "mg/kg")),), mass(maximum), mass(stop), mass(step)
    )


@pytest.mark.parametrize(
    ("weight", "step", "maximum", "stop", "rounded"),
    [
        ("18.4", "5", None, None, "550"),  # 552: nearest is below
        ("18.45", "5", None, None, "555"),  # 553.5: nearest is above
        ("18.5", "10", None, None, "560"),  # 555: a tie goes up
        ("18.5", "5", None, None, "555"),  # on a step already
        ("18.4", None, None, None, "552"),
        ("18.41", "0.5", None, None, "552.5"),  # 552.3
        ("33.3", "10", "1000", None, "1000"),  # 999, up to the maximum and not beyond
        ("33.3", "40", "999", None, "999"),  # 1,000 would be above the maximum: stays exact
        ("40", "300", "1000", None, "900"),  # the maximum itself is rounded, downwards only
        ("26.5", "30", None, "800", "795"),  # 810 would be above the stop: stays exact
        ("26.6", "10", None, "800", "800"),  # 798, up to the stop and not beyond
        ("0.5", "50", None, None, "15"),  # nothing is no dose: stays exact
    ],
)
def test_rounding(weight, step, maximum, stop, rounded):
    result = dose(rule_of(step=step, maximum=maximum, stop=stop), Decimal(weight))
    assert result.given == Decimal(rounded)
    assert result.rounded is (result.given != result.exact)
    text = phrases.working(result)
    assert (f"; given {rounded} mg" in text.replace(",", "")) is result.rounded


AMOUNT = st.integers(1, 4000).map(lambda tenths: Decimal(tenths) / 10)


@settings(max_examples=500, deadline=None)
@given(
    HUNDREDTHS,
    AMOUNT,
    st.sampled_from(["0.1", "0.5", "1", "2.5", "5", "10", "25", "40", "100"]),
    st.none() | st.integers(1, 2000),
    st.none() | st.integers(1, 2000),
)
def test_rounding_of_any_rule(hundredths, basis, step, maximum, stop):
    weight, size = Decimal(hundredths) / 100, Fraction(step)
    rule = rule_of(basis, maximum=maximum, stop=stop, step=step)
    result = dose(rule, weight)
    product = Fraction(basis) * Fraction(weight)
    exact = product if maximum is None else min(product, Fraction(maximum))
    assert Fraction(result.product) == product
    assert Fraction(result.exact) == exact
    assert result.capped is (product > exact)
    if stop is not None and exact > stop:
        assert result.given is None
        assert not result.rounded
        return
    nearest = floor(exact / size + Fraction(1, 2)) * size
    ceiling = min([Fraction(one) for one in (maximum, stop) if one is not None], default=None)
    fits = nearest > 0 and (ceiling is None or nearest <= ceiling)
    assert Fraction(result.given) == (nearest if fits else exact)
    assert abs(Fraction(result.given) - exact) <= size / 2
    assert ceiling is None or Fraction(result.given) <= ceiling
    assert result.given > 0
    assert result.rounded is (result.given != result.exact)
    assert ("; given " in phrases.working(result)) is result.rounded
    if fits:
        other = (result.exact / Decimal(step)).quantize(Decimal(1), ROUND_HALF_UP) * Decimal(step)
        assert result.given == other


def test_masses_of_a_rule_may_be_in_grams():
    result = dose(rule_of(maximum="1", unit="g"), Decimal(40))
    assert (result.exact, result.capped) == (Decimal(1000), True)


def test_a_fixed_dose_is_the_same_at_every_weight():
    rule = DoseRule((Band(Range(), Quantity(Decimal("0.6"), "g")),))
    assert dose(rule, Decimal(5)).given == dose(rule, Decimal(150)).given == 600
    assert phrases.working(dose(rule, Decimal(5))) == "0.6 g at 5 kg"


@pytest.mark.parametrize("weight", ["0", "-1", "40"])
def test_a_weight_that_no_band_holds_is_an_error_and_not_a_dose(weight):
    band = Band(Range(None, True, Decimal(30)), Quantity(Decimal(12), "mg/kg"))
    with pytest.raises(ValueError, match="no band"):
        dose(DoseRule((band,)), Decimal(weight))


def test_a_digit_that_would_be_lost_is_an_error():
    with pytest.raises(Inexact):
        dose(rule_of("3.3333"), Decimal("1." + "3" * 27))


def test_the_band_is_chosen_on_the_weight_as_entered_before_any_rounding(edition):
    toci = edition_rule(edition, "tocilizumab")
    for weight, basis in (("29.99", 12), ("29.9999", 12), ("30", 8), ("30.0001", 8)):
        assert dose(toci, Decimal(weight)).basis.number == basis


# --- The box "weigh again": both doses at an edge within 5% ---

EDGES = {
    # drug, kind: what stands at the last step below (or at) the edge, and at the first beyond it
    ("tocilizumab", "band"): (("29.9", "358.8"), ("30", "240")),
    ("methylprednisolone", "maximum"): (("33.3", "999"), ("33.4", "1000")),
    ("tocilizumab", "stop"): (("100", "800"), ("100.1", None)),
}


@pytest.mark.parametrize(
    ("weight", "near"),
    [
        ("28.49", set()),
        ("28.5", {("tocilizumab", "band")}),
        ("30", {("tocilizumab", "band")}),
        ("31.5", {("tocilizumab", "band")}),
        ("31.51", set()),
        ("31.66", set()),
        ("31.67", {("methylprednisolone", "maximum")}),
        ("33.34", {("methylprednisolone", "maximum")}),
        ("35", {("methylprednisolone", "maximum")}),
        ("35.01", set()),
        ("94.99", set()),
        ("95", {("tocilizumab", "stop")}),
        ("100.1", {("tocilizumab", "stop")}),
        ("105", {("tocilizumab", "stop")}),
        ("105.01", set()),
    ],
)
def test_edges_are_near_within_five_percent_and_not_beyond(edition, weight, near):
    filled = fill(edition, Decimal(weight), None)
    found = {(one.order.id, edge.kind): edge for one in filled.medications for edge in one.edges}
    assert set(found) == near
    for key, edge in found.items():
        for side, (kg, given_mg) in zip((edge.below, edge.above), EDGES[key], strict=True):
            assert side.weight == Decimal(kg)
            assert side.given == (Decimal(given_mg) if given_mg else None)


def test_edges_at_every_hundredth(edition):
    """By fractions: an edge is near when it is missed by at most a twentieth of itself."""
    rules = {name: edition_rule(edition, name) for name in ("methylprednisolone", "tocilizumab")}
    margin, step = Quantity(Decimal(5), "%"), Quantity(Decimal("0.1"), "kg")
    for hundredths in (*range(2700, 3700), *range(9000, 11000)):
        kg, weight = Fraction(hundredths, 100), Decimal(hundredths).scaleb(-2)
        missed = {
            ("methylprednisolone", "maximum"): abs(30 * kg - 1000) / 1000,
            ("tocilizumab", "band"): abs(kg - 30) / 30,
            ("tocilizumab", "stop"): abs((12 if kg < 30 else 8) * kg - 800) / 800,
        }
        found = {
            (name, edge.kind)
            for name, rule in rules.items()
            for edge in near_edges(rule, weight, margin, step)
        }
        assert found == {key for key, miss in missed.items() if miss <= Fraction(1, 20)}


def test_an_edge_in_words(edition):
    def sentences(weight):
        filled = fill(edition, Decimal(weight), None)
        return [
            phrases.edge(one.order.name, edge) for one in filled.medications for edge in one.edges
        ]

    assert sentences("29.9") == [
        "tocilizumab: the dose rule changes at 30 kg; 29.9 kg gives 358.8 mg, 30 kg gives 240 mg"
    ]
    assert sentences("34") == [
        "methylPREDNISolone: the maximum of 1,000 mg (1 g) begins here; 33.3 kg gives 999 mg, "
        "33.4 kg gives 1,000 mg"
    ]
    assert sentences("104") == [
        "tocilizumab: no dose is printed above 800 mg; 100 kg gives 800 mg, 100.1 kg gives no dose"
    ]


def test_an_edge_that_belongs_to_the_band_below_it():
    """Bands such as 'up to 15 kg': the dose at the edge is the lower band's."""
    low, high = Range(None, True, Decimal(15), True), Range(Decimal(15), False, None)
    bands = (Band(low, Quantity(Decimal(30), "mg")), Band(high, Quantity(Decimal(45), "mg")))
    rule = DoseRule(bands, maximum=Quantity(Decimal(50), "mg"))
    margin, step = Quantity(Decimal(5), "%"), Quantity(Decimal("0.1"), "kg")
    (edge,) = near_edges(rule, Decimal(15), margin, step)
    assert (edge.kind, edge.below.weight, edge.below.given) == ("band", 15, 30)
    assert (edge.above.weight, edge.above.given) == (Decimal("15.1"), 45)


# --- What the page carries for the machine ---


def test_check_data_hold_the_doses_and_no_identity(edition):
    start = f"ANE/{edition.orderset.revision}/{edition.short_fingerprint.upper()}"
    code = check_code.of_sheet(fill(edition, Decimal("18.4"), None))
    assert re.fullmatch(
        rf"{start}/18\.4/METHYLPREDNISOLONE:552/TOCILIZUMAB:220\.8/[0-9A-F]{{8}}", code
    )
    heavy = check_code.of_sheet(fill(edition, Decimal("100.1"), None))
    assert "/METHYLPREDNISOLONE:1000/TOCILIZUMAB:STOP/" in heavy
    assert re.fullmatch(rf"{start}/BLANK/[0-9A-F]{{8}}", check_code.of_blank(edition))
