"""What a part of an order set may hold; and the ANE order set as it is shipped, fact by fact."""

import json
import re
from dataclasses import FrozenInstanceError
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import jsonschema
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor

from anedocs.cli import author
from anedocs.core.problems import Fault, Place, Problem, did_you_mean
from anedocs.core.quantity import PATTERN, UNITS, Quantity, QuantityError
from anedocs.core.ranges import Range, seams
from anedocs.edition.load import load
from anedocs.edition.locate import Locator
from anedocs.schema import source
from anedocs.schema.model import OrderSet
from anedocs.schema.orders import Band, PlainOrder, WeightBands
from anedocs.schema.origin import Origin
from anedocs.schema.records import Site, WeightForAge
from anedocs.schema.validate import build, json_schema
from support.homes import CASES

ORDERSETS = Path(__file__).parents[2] / "ordersets"

# --- Amounts ---------------------------------------------------------------------------------


@given(st.from_regex(PATTERN, fullmatch=True))
@example("30 mg/kg")
@example("5%")
@example("0.5 kg")
@example("1 day")
def test_what_the_schema_takes_is_an_amount_and_exact(text):
    quantity = Quantity.parse(text)
    number, unit = re.fullmatch(r"([0-9.]+) ?(\D+)", text).groups()
    assert (quantity.number, quantity.unit) == (Decimal(number), unit.removesuffix("s"))
    assert quantity.unit in UNITS


@given(st.text(st.sampled_from("0123456789.,-+e mgkcdaysdl/%µ٣\n"), max_size=9))
@example("30mg/kg")
@example("1 mgs")
@example("1,000 mg")
@example("01 g")
@example("1e3 mg")
@example("-1 mg")
@example("30\n")
def test_what_the_schema_refuses_is_no_amount(text):
    if re.fullmatch(PATTERN, text.strip()):
        assert Quantity.parse(text).unit in UNITS
    else:
        with pytest.raises(QuantityError, match=r"."):
            Quantity.parse(text)


@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [("1 g", "mg", "1000"), ("500 mcg", "mg", "0.5"), ("30 mg", "mg", "30"), ("2 kg", "g", "2000"),
     ("1 year", "day", "365.25"), ("2 weeks", "day", "14"), ("14 days", "week", "2")],
)  # fmt: skip
def test_an_amount_in_another_unit(text, unit, number):
    assert Quantity.parse(text).to(unit) == Quantity(Decimal(number), unit)


@pytest.mark.parametrize(("text", "unit"), [("1 g", "day"), ("30 mg/kg", "mg"), ("5%", "kg")])
def test_an_amount_of_another_kind_cannot_be_turned_into_it(text, unit):
    with pytest.raises(QuantityError, match="cannot be written in"):
        Quantity.parse(text).to(unit)


# --- Bands -----------------------------------------------------------------------------------

BOUND = st.none() | st.integers(0, 6).map(Decimal)
RANGE = st.builds(Range, BOUND, st.booleans(), BOUND, st.booleans())


@given(st.lists(RANGE, min_size=1, max_size=4))
@example([Range(high=Decimal(3)), Range(Decimal(3), True, Decimal(2)), Range(Decimal(2))])
@example([Range(high=Decimal(3)), Range(Decimal(3), True, Decimal(3), True), Range(Decimal(3))])
def test_bands_without_a_seam_hold_every_positive_value_exactly_once(ranges):
    probes = [Decimal(half) / 2 for half in range(1, 15)]
    if not list(seams(ranges)):
        assert all(sum(one.holds(value) for one in ranges) == 1 for value in probes)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=4, unique=True), st.data())
def test_bands_that_meet_have_no_seam(cuts, data):
    """Whichever of the two bands an edge belongs to."""
    edges = [None, *map(Decimal, sorted(cuts)), None]
    below = [data.draw(st.booleans()) for _ in edges]
    ranges = [
        Range(low, not below[place], high, below[place + 1])
        for place, (low, high) in enumerate(pairwise(edges))
    ]
    assert list(seams(ranges)) == []


def test_no_band_has_no_seam():
    assert list(seams([])) == []


def test_a_band_says_on_which_side_its_edges_are():
    bands = build(
        WeightBands,
        {
            "kind": "weight_bands",
            "bands": [
                {"up_to": "15 kg", "amount": "30 mg"},
                {"above": "15 kg", "below": "23 kg", "amount": "45 mg"},
                {"at_least": "23 kg", "amount": "60 mg"},
            ],
        },
    )
    assert isinstance(bands, WeightBands)
    assert [band.range for band in bands.bands] == [
        Range(None, True, Decimal(15), True),
        Range(Decimal(15), False, Decimal(23), False),
        Range(Decimal(23), True, None, False),
    ]


# --- Words for faults ------------------------------------------------------------------------


def test_a_problem_says_what_there_is_to_say():
    place = Place("f.yaml", 3, 5)
    assert str(Problem(place, "this is wrong")) == "f.yaml:3:5: this is wrong."
    assert str(Problem(place, "Is it?", mend="Ask")) == "f.yaml:3:5: Is it? Ask."
    assert str(Problem(place, "no", "the sheet", "Ask!")) == (
        "f.yaml:3:5: no. Affects: the sheet. Ask!"
    )


def test_the_nearest_word_or_the_known_ones():
    assert did_you_mean("dse", ["dose", "name"]) == "Did you mean 'dose'?"
    assert did_you_mean("x", ["name", "dose"]) == "Known here: dose, name."
    assert did_you_mean("x", []) == ""
    many = [f"name-{number}" for number in range(25)]
    assert did_you_mean("xyz", many[1:]).startswith("Known here: ")
    nearest = did_you_mean("xyz", many)
    assert nearest.startswith("Nearest of the 25 known here: ")
    assert len(nearest) < 100


@pytest.mark.parametrize("content", [None, "text", [], {"amount": "1 mg/kg", "x": {"y": []}}])
def test_any_content_gives_faults_and_no_traceback(content):
    found = build(Band, content)
    assert isinstance(found, list)
    assert all(isinstance(one, Fault) and one.what and one.mend for one in found)


@given(
    st.recursive(
        st.none() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["id", "sections", "orders", "kind", "dose", "bands", "codes", "value", "from"]
                ),
                inner,
                max_size=5,
            )
        ),
        max_leaves=15,
    )
)
def test_any_order_set_gives_faults_and_no_traceback(content):
    found = build(OrderSet, content)
    assert isinstance(found, list)
    assert all(one.what and one.mend for one in found)


# --- What is in force ------------------------------------------------------------------------


def test_a_proposed_supplement_fills_nothing_and_an_accepted_one_does(home):
    maximum = "maximum: {value: 1 g, from: guideline TX-1}"
    home.edit(maximum, "maximum: {value: 800 mg, from: supplement first-maximum}")
    proposed = home.load().orderset
    drug = next(proposed.medications)
    assert proposed.settled(drug.maximum) is None
    assert not proposed.in_force(Origin("supplement", ("first-maximum",)))
    assert proposed.settled(drug.route) is None
    home.edit(
        "state: proposed\n    says: A label",
        "state: accepted\n    accepted_by: C. Doctor\n    accepted_on: 2026-02-01\n"
        "    says: A label",
    )
    accepted = home.load().orderset
    assert accepted.settled(next(accepted.medications).maximum) == Quantity(Decimal(800), "mg")
    assert accepted.in_force(Origin("local", ("rounding",)))


def test_orders_come_in_the_order_of_the_file_components_behind_theirs(home):
    orderset = home.load().orderset
    assert [order.id for order in orderset.orders] == [
        "blood-count", "puncture", "pressure", "firstdrug", "seconddrug",
    ]  # fmt: skip
    assert [(name, one.id) for name, one in orderset.open_questions] == [
        ("flow", "A4"), ("puncture", "A2"), ("firstdrug", "A1"), ("seconddrug", "A3"),
    ]  # fmt: skip
    assert str(orderset.entry.required[0].from_) == "guideline ENT-1"


def test_a_part_cannot_be_changed(home):
    with pytest.raises(FrozenInstanceError):
        home.load().orderset.title = "Another title"


def test_a_question_is_open_until_it_is_answered_or_settled(home):
    home.edit('asks: "Who punctures?"', 'answer: We, answered_by: C. Doctor, asks: "Who?"')
    home.edit('asks: "Which dose?", until_answered: NOT SET, committee: to confirm',
              'asks: "Which dose?", until_answered: NOT SET, committee: settled')  # fmt: skip
    assert [one.id for _, one in home.load().orderset.open_questions if one.open] == ["A4", "A1"]


# --- The ANE order set as shipped ------------------------------------------------------------

#: Every statement of the guideline with its lines; ids are never reused or renumbered.
STATEMENTS = {
    "ENT-1": "9", "ENT-2": "10", "ENT-3": "11", "DEF-1": "13", "DEF-2": "13",
    "EVAL-CT": "28", "EVAL-LAB": "30-32", "EVAL-LP": "34", "EVAL-LP-OP": "34",
    "EVAL-CSF-1": "34", "EVAL-CSF-2": "34", "EVAL-CSF-3": "34", "EVAL-CSF-4": "34",
    "EVAL-CSF-5": "34", "EVAL-CSF-6": "34",
    "CON-NEU": "38-40", "CON-ID": "38-40", "CON-RHE": "38-40", "CON-PICU": "40", "CON-NEPH": "42",
    "TX-HDR": "44", "TX-AV-1": "46", "TX-AV-2": "46", "TX-AV-3": "47", "TX-AV-4": "48",
    "TX-MP-1": "49", "TX-MP-2": "50", "TX-ABX": "51", "TX-TOCI-1": "52", "TX-TOCI-2": "53, 103",
    "TX-TOCI-3": "54", "TX-TOCI-4": "55", "TX-TOCI-5": "56", "TX-VASC": "57",
    "FLOW-1": "59-64", "FLOW-2": "66-68", "FLOW-3": "70-75", "FLOW-4": "77-79",
    "IMG-CT": "85", "IMG-MRI-1": "89", "IMG-MRI-2": "90", "IMG-MRI-3": "91",
    "ADD-MOB": "17", "ADD-GEN-1": "19", "ADD-GEN-2": "21", "ADD-GEN-3": "22-23", "ADD-MRI": "24",
    "PRE-1": "103", "PRE-2": "104", "PRE-3": "105", "PRE-4": "106",
    "REF-I1": "95", "REF-I2": "97", "REF-I3": "99", "REF-1": "110", "REF-2": "111",
    "REF-3": "112", "REF-4": "113", "REF-5": "114", "REF-6": "115", "REF-7": "116",
}  # fmt: skip

#: Where each open question stands: beside what it concerns.
BESIDE = {
    "document": "A28 A31 A37 A39 A41 E2 E3",
    "antiviral": "E1",
    "entry": "A1 A40 A42",
    "flow": "A2 A4 A43 A44",
    "cbc": "A27",
    "csf-mep": "A25",
    "csf-cytokines": "A26",
    "lumbar-puncture": "A23 A24",
    "mri-brain": "A3 A34",
    "consultations": "A30",
    "consult-nephrology": "A18 A19",
    "methylprednisolone": "A9 A10 A11 A45",
    "oseltamivir": "A5 A7 A8",
    "peramivir": "A6",
    "tocilizumab": "A12 A13 A14 A15 A16 A17 A38",
    "antibiotics": "A29",
    "mobility": "A35",
    "consult-genetics": "A36",
    "ct-findings": "A33",
    "mri-findings": "A32",
    "before-tocilizumab": "A20 A21 A22",
}
SETTLED = {
    "A7", "A10", "A14", "A20", "A29", "A30", "A31", "A36", "A37", "A38", "A39", "A41", "A42",
}  # fmt: skip
#: Whose wording is itself the question: the words that are quoted.
QUOTED = {
    "A1": "AND/OR", "A2": "DO NOT DELAY", "A16": "day 0", "A19": "pending confirmation",
    "A23": "i.e.", "A25": "MEP", "A33": "swelling +/- hemorrhage", "A34": "FLIP",
}  # fmt: skip


@pytest.fixture(scope="module")
def ane():
    return load(Locator(), "ane", date(2026, 11, 21)).orderset


@pytest.fixture(scope="module")
def texts():
    """Every text of the file with its path, before the model has read it."""
    path = ORDERSETS / "ane.yaml"
    root, _ = source.read(path, "ane.yaml")
    return [
        (path, node.text)
        for path, node in source.walk(root)
        if isinstance(node, source.Scalar) and node.text is not None
    ]


def named(texts, key: str, kind: str) -> set[str]:
    found = (text for path, text in texts if path[-1] == key and text.startswith(kind))
    return {name for text in found for name in text.removeprefix(kind).split(", ")}


def test_every_statement_of_the_guideline_is_there_with_its_lines(ane):
    assert {one.id: one.lines for one in ane.statements} == STATEMENTS


def test_every_statement_is_carried_by_something_that_is_printed(ane, texts):
    carried = named(texts, "from", "guideline ") | named(texts, "dose_from", "guideline ")
    references = {one.id for one in ane.references}
    assert references == {name for name in STATEMENTS if name.startswith("REF-")}
    assert carried == set(STATEMENTS) - references


def test_every_open_question_stands_once_beside_what_it_concerns(ane):
    found = [(name, question.id) for name, question in ane.open_questions]
    asked = [*(f"A{number}" for number in range(1, 46)), "E1", "E2", "E3"]
    assert sorted(id_ for _, id_ in found) == sorted(asked)
    expected = {(name, id_) for name, ids in BESIDE.items() for id_ in ids.split()}
    assert set(found) == expected


def test_what_the_committee_owes_is_marked_so(ane):
    marks = {one.id: one.committee for _, one in ane.open_questions}
    assert {id_ for id_, mark in marks.items() if mark == "settled"} == SETTLED
    assert [id_ for id_, mark in marks.items() if mark == "gap list"] == ["A28"]
    assert {one.id: one.quote for _, one in ane.open_questions if one.quote} == QUOTED
    assert all(one.answer is None for _, one in ane.open_questions)


def test_each_question_is_asked_for_by_the_blanks_it_leaves(ane):
    """A NOT SET names questions that stand beside the same order."""
    for drug in ane.medications:
        beside = {question.id for question in drug.open_questions} | {"silent"}
        fields = (value for _, value in drug)
        for field in fields:
            assert set(getattr(field, "not_set", None) or ()) <= beside, drug.id


def test_the_treatment_gate_is_not_confirmed(ane):
    assert ane.treatment_gate.state == "unconfirmed"
    assert ane.unconfirmed == ane.treatment_gate.says
    assert [one.id for one in ane.treatment_gate.readings] == ["imaging", "suspicion"]
    assert {edge.confidence for edge in ane.flow.edges} == {"reconstructed"}


def test_every_supplement_is_only_proposed_and_cited(ane):
    assert len(ane.supplements) > 40
    for one in ane.supplements:
        assert (one.state, one.accepted_by, one.accepted_on) == ("proposed", None, None), one.id
        assert one.cites, one.id
        assert all(row.cites for row in one.rows), one.id
    assert ane.local_decisions == ()


def test_the_doses_of_the_guideline(ane):
    """What the guideline gives, as it stands in the file; what it does not give is not there."""
    root, _ = source.read(ORDERSETS / "ane.yaml", "ane.yaml")
    treatment = next(one for one in source.plain(root)["sections"] if one["id"] == "treatment")
    drugs = {drug["id"]: drug for drug in treatment["orders"] if drug["kind"] == "medication"}
    assert list(drugs) == [drug.id for drug in ane.medications]
    assert {name: drug["dose"] for name, drug in drugs.items()} == {
        "methylprednisolone": {"kind": "by_weight", "amount": "30 mg/kg"},
        "oseltamivir": {"kind": "not_set", "questions": "A5", "supplement": "oseltamivir-dose"},
        "peramivir": {"kind": "not_set", "questions": "A6", "supplement": "peramivir-dose"},
        "tocilizumab": {
            "kind": "weight_bands",
            "bands": [
                {"id": "lighter", "below": "30 kg", "amount": "12 mg/kg"},
                {"id": "heavier", "at_least": "30 kg", "amount": "8 mg/kg"},
            ],
        },
        "antibiotics": {"kind": "not_set", "questions": "A29"},
    }
    soon = {"urgency": "STAT", "first_dose": "without delay, in ED or PICU"}
    given = {
        name: {
            key: field["value"]
            for key, field in drug.items()
            if isinstance(field, dict) and "value" in field
        }
        for name, drug in drugs.items()
    }
    assert given == {
        "methylprednisolone": {
            **soon, "maximum": "1 g", "frequency": "daily", "duration": "5 days",
        },
        "oseltamivir": soon,
        "peramivir": {**soon, "frequency": "one time", "route": "IV"},
        "tocilizumab": {"timing": "“day 0”", "frequency": "one dose", "stop_above": "800 mg"},
        "antibiotics": {},
    }  # fmt: skip
    assert ane.entry.at_least_one[1].below == Quantity(Decimal(14), "point")


def test_plasma_exchange_is_no_order(ane):
    """Only the access for it, and the consult that it waits for."""
    assert not [order for order in ane.orders if "plasma" in order.id]
    named_so = [order.id for order in ane.orders if "plasma" in order.name.lower()]
    assert named_so == ["vascular-access"]


def test_who_places_the_consults(ane):
    placed = {
        order.id: order.placed_by.value
        for order in ane.orders
        if isinstance(order, PlainOrder) and order.placed_by
    }
    assert placed == {
        "consult-neurology": "ED", "consult-infectious-diseases": "ED",
        "consult-rheumatology": "ED", "consult-picu": "ED", "consult-nephrology": "PICU",
        "vascular-access": "PICU", "mobility": "PICU",
    }  # fmt: skip


def test_quotations_are_a_few_words(texts):
    """Only where the wording itself is the open question, and then a few words at most."""
    quoted = [words for _, text in texts for words in re.findall(r"“([^”]*)”", text)]
    assert len(quoted) > 10
    assert max(len(words.split()) for words in quoted) <= 6


def test_nothing_is_marked_as_approved():
    assert not (ORDERSETS / "ane.approval.yaml").exists()


# --- Codes -----------------------------------------------------------------------------------

#: Wrong codes that stand in public files, brand codes, and codes that mean something else.
WRONG_CODES = {
    "284635", "860975", "728111", "728115", "261315", "1115700", "1115699", "1743707",
    "418136008", "127492001", "431855005", "241601008", "241615005", "417985001", "24558-9",
    "59408-5", "48421-2", "600-7", "82180-2", "94500-0", "203189", "1743720", "314099", "82335-1",
}  # fmt: skip


def code_rows(ane) -> list[str]:
    return [
        "\t".join((orderable, code.system, code.code, code.display, code.grade, code.licence))
        for orderable, codes in ane.codes.items()
        for code in codes
    ]


def test_codes_and_their_names_are_pinned(ane, pytestconfig):
    """A check digit does not prove a meaning: code and name stand as pairs in codes.expected.tsv.

    Each pair was held against the table that names where it was seen.
    """
    path = CASES / "codes.expected.tsv"
    rows = code_rows(ane)
    if pytestconfig.getoption("--update-expected"):
        path.write_text("\n".join([*rows, ""]), "utf-8")
    assert rows == path.read_text("utf-8").splitlines()


def test_one_name_for_a_code(ane):
    names: dict[tuple[str, str], str] = {}
    for codes in ane.codes.values():
        for code in codes:
            assert names.setdefault((code.system, code.code), code.display) == code.display


def test_only_codes_that_somebody_has_seen(ane):
    grades = {code.grade for codes in ane.codes.values() for code in codes}
    assert grades <= {"A", "A-", "B+", "B"}
    used = {code.code for codes in ane.codes.values() for code in codes}
    assert used.isdisjoint(WRONG_CODES)


def test_no_code_of_a_licensed_or_billing_system(ane, texts):
    assert {system.id: system.uri for system in ane.code_systems} == {
        "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
        "loinc": "http://loinc.org",
        "snomed-ct": "http://snomed.info/sct",
        "icd-10-cm": "http://hl7.org/fhir/sid/icd-10-cm",
        "ucum": "http://unitsofmeasure.org",
        "hgnc": "http://www.genenames.org",
        "hpo": "http://human-phenotype-ontology.org",
        "mondo": "http://purl.obolibrary.org/obo/mondo.owl",
    }
    forbidden = re.compile(
        r"(?i)ama-assn|\bcpt\b|hcpcs|whocc|\bJ3262\b|\b[HJL]0[245]A[A-Z][0-9]{2}"
    )
    assert [text for _, text in texts if forbidden.search(text)] == []


def loinc_digit(number: str) -> int:
    """Mod 10 as LOINC computes it: every second digit from the right is doubled."""
    doubled = (
        int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(number), start=0)
    )
    return -sum(value - 9 if value > 9 else value for value in doubled) % 10


def verhoeff(number: str) -> int:
    """0 where the last digit is right; by the multiplication of the dihedral group of order 10."""

    def times(one: int, other: int) -> int:
        turned = (one + other) % 5 if one < 5 else (one - other) % 5
        return turned + 5 * ((one >= 5) != (other >= 5))

    places = [list(range(10)), [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]]
    while len(places) < 8:
        places.append([places[-1][places[1][digit]] for digit in range(10)])
    total = 0
    for place, digit in enumerate(reversed(number)):
        total = times(total, places[place % 8][int(digit)])
    return total


def test_the_check_digits_themselves():
    """Against codes that are known to be right, and the two that are known to fail."""
    assert loinc_digit("94500") == 6
    assert loinc_digit("82180") == 1
    assert verhoeff("73211009") == 0
    assert all(verhoeff(f"7321100{digit}") for digit in range(9))
    assert verhoeff("73210109") != 0


def test_check_digits(ane):
    counted = {"loinc": 0, "snomed-ct": 0}
    for codes in ane.codes.values():
        for code in codes:
            if code.system == "loinc":
                number, digit = re.fullmatch(r"([0-9]{3,7})-([0-9])", code.code).groups()
                assert loinc_digit(number) == int(digit), code
                counted["loinc"] += 1
            if code.system == "snomed-ct":
                assert re.fullmatch(r"[0-9]{6,18}", code.code), code
                assert verhoeff(code.code) == 0, code
                counted["snomed-ct"] += 1
    assert min(counted.values()) > 25


def test_codes_of_the_other_systems_have_their_form(ane):
    forms = {
        "rxnorm": r"[0-9]{4,7}", "icd-10-cm": r"[A-Z][0-9]{2}\.[0-9X]{1,4}[0-9]?",
        "hgnc": r"HGNC:[0-9]+", "hpo": r"HP:[0-9]{7}", "mondo": r"MONDO:[0-9]{7}",
        "loinc": r"[0-9]+-[0-9]", "snomed-ct": r"[0-9]+",
    }  # fmt: skip
    for codes in ane.codes.values():
        for code in codes:
            assert re.fullmatch(forms[code.system], code.code), code


def test_codes_stand_at_orders_and_observations(ane):
    known = {order.id for order in ane.orders} | {
        "chest-x-ray", "body-weight", "gcs-total", "age", "route-intravenous", "route-oral",
        "diagnosis", "gene-ranbp2", "finding-ane",
    }  # fmt: skip
    assert set(ane.codes) <= known
    preferred = [
        (orderable, code.system, code.licence)
        for orderable, codes in ane.codes.items()
        for code in codes
        if code.use == "preferred" and code.licence == "restricted"
    ]
    assert preferred == [], "the default build would drop what is preferred"


# --- The JSON Schema -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def validator():
    schema = json.loads(author.schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_committed_schema_is_the_one_the_model_makes():
    """After a change of the model: anedocs schema > ordersets/orderset.schema.json."""
    assert (ORDERSETS / author.SCHEMA_FILE).read_text("utf-8") == author.schema()


@pytest.mark.parametrize("folder", [ORDERSETS, CASES], ids=["ane", "valid"])
def test_an_order_set_is_valid_by_the_schema(folder, validator):
    path = next(path for name in ("ane", "valid") if (path := folder / f"{name}.yaml").exists())
    root, _ = source.read(path, path.name)
    validator.validate(source.plain(root))


@pytest.mark.parametrize(
    ("old", "new"),
    [("amount: 12 mg/kg", "amount: 12"), ("title: A made-up fever", "titel: A made-up fever"),
     ("from: guideline EVAL-1}\n", "from: the guideline}\n"), ("kind: start", "kind: begin"),
     ("title: A made-up fever", "title: ' '"), ("id: firstdrug", "id: First drug")],
)  # fmt: skip
def test_an_editor_sees_a_mistake_by_the_schema(old, new, validator):
    text = (CASES / "valid.yaml").read_text("utf-8").replace(old, new, 1)
    root, _ = source.parse(text, "valid.yaml")
    assert not validator.is_valid(source.plain(root))


@pytest.mark.parametrize(
    ("file", "kind"),
    [("ane.yaml", OrderSet), ("site.yaml", Site), ("weight-for-age.yaml", WeightForAge)],
)
def test_an_editor_that_reads_yaml_1_2_finds_no_error(file, kind):
    """There '2026.1' and '0.4' are numbers, where anedocs reads texts."""
    reader = YAML(typ="safe")
    reader.version = (1, 2)
    SafeConstructor.add_constructor(  # a date is a text in YAML 1.2
        "tag:yaml.org,2002:timestamp", SafeConstructor.construct_yaml_str
    )
    content = reader.load((ORDERSETS / file).read_text("utf-8"))
    schema = json_schema(kind)
    jsonschema.Draft202012Validator(schema).validate(content)
    jsonschema.Draft202012Validator.check_schema(schema)
    content["id" if kind is OrderSet else "odd"] = ["no text"]
    assert not jsonschema.Draft202012Validator(schema).is_valid(content)


def test_the_schema_explains_the_keys(validator):
    schema = validator.schema
    assert schema["properties"]["population"]["description"].startswith("Whom it is for")
    medication = schema["$defs"]["Medication"]["properties"]
    assert "with an owner" in medication["rounding"]["description"]
    assert "same in every document" in medication["id"]["description"]
    assert schema["$defs"]["Criterion"]["properties"]["from"]["pattern"]
