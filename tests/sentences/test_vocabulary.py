"""Every word and unit that an order set may use reaches every document, as words and as numbers."""

import csv
import io
import re
from decimal import Decimal

import pytest

from anedocs.core import wording
from anedocs.core.problems import ContentError
from anedocs.core.quantity import UNITS, Quantity
from anedocs.documents.ehr_package.package import package
from anedocs.documents.fhir.activities import activity
from anedocs.documents.fhir.identity import Export
from anedocs.documents.worksheet import worksheet
from anedocs.dosing.fill import fill
from anedocs.reconcile import map as reconcile_map
from anedocs.reconcile.compare import of_file
from anedocs.sentences.order_lines import lines
from anedocs.sentences.order_views import section_view
from anedocs.sentences.vocabulary import FREQUENCIES, PRIORITIES, UCUM_CODES, Frequency
from support.homes import Home

BASE = "https://example.org/fhir/valid"
UNKNOWN = "with the first feed"
DRUG = """\
      - id: drug-{number}
        kind: medication
        name: drug{number}
        from: guideline TX-1
        dose: {{kind: fixed, amount: {amount}}}
        dose_from: guideline TX-1
        maximum: {{{maximum}}}
        salt: {{not_set: silent}}
        route: {{value: IV, from: guideline TX-1}}
        frequency: {{value: {frequency}, from: guideline TX-1}}
        duration: {{{duration}}}
        infusion_time: {{not_set: silent}}
        rounding: {{{rounding}}}
"""
SILENT = "not_set: silent"
WEIGHT_CODE = """\
codes:
  body-weight:
    - {system: loinc, code: "29463-7", display: Body weight, grade: A, licence: attribution,
       status: verified, use: preferred, seen_in: [a table]}
"""


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


def add_drugs(home, frequencies, amount="500 mg", **fields):
    """Drugs of a fixed dose after the others of the order set, one for each frequency."""
    known = {"maximum": SILENT, "duration": SILENT, "rounding": SILENT}
    known |= {name: f"value: {text}, from: guideline TX-1" for name, text in fields.items()}
    drugs = "".join(
        DRUG.format(number=number, frequency=words, amount=amount, **known)
        for number, words in enumerate(frequencies)
    )
    home.edit("codes:\n", WEIGHT_CODE)
    home.edit("\ncriteria:\n", f"{drugs}\ncriteria:\n")


def dosages(home):
    """The dosage of each drug in FHIR, by the key of its line."""
    export = Export(home.load(), BASE)
    return {
        line.key: activity(export, line)["dosage"][0]
        for line in lines(export.orderset)
        if line.drug and line.kind == "orderable"
    }


def rows(home):
    return {row["row_key"]: row for row in worksheet.rows(home.load(), BASE, False)}


def meant(words):
    """(times, period, unit, count) of a frequency, read from its words apart from the program."""
    if words in ("once", "one time", "one-time", "one dose", "single dose"):
        return None, None, None, 1
    if every := re.fullmatch(r"every (?:([0-9]+) )?(hour|day)s?", words):
        return 1, int(every[1] or 1), every[2][0], None
    times = re.fullmatch(r"(?:(once|twice|three times|four times) )?(?:daily|a day)", words)[1]
    return {"once": 1, "twice": 2, "three times": 3, "four times": 4}[times or "once"], 1, "d", None


def quantity(number, code):
    return {
        "value": Decimal(number),
        "unit": code,
        "system": "http://unitsofmeasure.org",
        "code": code,
    }


#: What the model takes as a duration, with its number and unit for software.
DURATIONS = {
    "5 days": ("5", "d"), "1 day": ("1", "d"), "2 weeks": ("14", "d"), "36 hours": ("36", "h"),
    "90 minutes": ("90", "min"), "2.5 days": ("2.5", "d"),
}  # fmt: skip


@pytest.mark.parametrize("unit", UNITS)
def test_the_durations_are_all_that_the_model_takes(home, unit):
    add_drugs(home, ["daily"], duration=wording.amount(Quantity(Decimal(3), unit)))
    if any(Quantity.parse(text).unit == unit for text in DURATIONS):
        home.load()
    else:
        with pytest.raises(ContentError):
            home.load()


@pytest.mark.parametrize("duration", DURATIONS)
def test_every_frequency_with_every_duration_reaches_every_document(home, duration):
    words = list(FREQUENCIES)
    add_drugs(home, words, duration=duration)
    forms, table, edition = dosages(home), rows(home), home.load()
    (treatment,) = (one for one in edition.orderset.sections if one.id == "treatment")
    shown = {
        drug.name: [row.frequency for row in drug.lines]
        for filled in (None, fill(edition, Decimal(20), None))
        for drug in section_view(edition.orderset, treatment, filled).drugs
    }
    number, unit = DURATIONS[duration]
    for place, often in enumerate(words):
        times, period, per, count = meant(often)
        form = forms[f"drug-{place}"]
        lasts = {"boundsDuration": quantity(number, unit)}
        rest = {"count": count} if count else {
            "frequency": times, "period": period, "periodUnit": per,
        }  # fmt: skip
        assert form["timing"] == {"repeat": {**lasts, **rest}}, often
        assert f"; {often} for {duration};" in form["text"]
        row = table[f"drug-{place}"]
        numbers = [
            row[name] for name in ("freq_n", "freq_period", "freq_period_unit", "dose_count")
        ]
        assert numbers == [str(one or "") for one in (times, period, per, count)], often
        assert (row["duration_value"], row["duration_unit"]) == (number, unit)
        assert row["frequency_text"] == often
        assert shown[f"drug{place}"] == [f"{often} for {duration}"]


def test_without_a_duration_there_is_a_timing_all_the_same(home):
    add_drugs(home, ["every 6 hours"])
    assert dosages(home)["drug-0"]["timing"] == {
        "repeat": {"frequency": 1, "period": 6, "periodUnit": "h"}
    }


def test_words_that_are_not_in_the_vocabulary_stay_words(home):
    add_drugs(home, [UNKNOWN, "every 0 hours", "twice daily or more"], duration="5 days")
    forms, table = dosages(home), rows(home)
    for place in range(3):
        assert "timing" not in forms[f"drug-{place}"]
        assert table[f"drug-{place}"]["freq_n"] == ""
    assert f"; {UNKNOWN} for 5 days; " in forms["drug-0"]["text"]
    assert table["drug-0"]["frequency_text"] == UNKNOWN


def test_a_new_word_needs_its_line_in_the_vocabulary_alone(home, monkeypatch):
    """A drug with it in the YAML, and one entry: then every document has words and numbers."""
    monkeypatch.setitem(FREQUENCIES, UNKNOWN, Frequency(1, 1, "d"))
    add_drugs(home, [UNKNOWN], duration="5 days")
    form, row = dosages(home)["drug-0"], rows(home)["drug-0"]
    assert form["timing"] == {
        "repeat": {
            "boundsDuration": quantity(5, "d"), "frequency": 1, "period": 1, "periodUnit": "d",
        }
    }  # fmt: skip
    assert [row[name] for name in ("freq_n", "freq_period", "freq_period_unit")] == ["1", "1", "d"]
    assert differences(home, {"frequency_text": "once daily"}) == []


def differences(home, changes):
    """What reconcile finds where the EHR has the first drug with these cells in its row."""
    ours = list(rows(home).values())
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(ours[0]))
    writer.writeheader()
    writer.writerows({**row, **(changes if row["row_key"] == "drug-0" else {})} for row in ours)
    plan = reconcile_map.load(home.locator, "worksheet")
    found = of_file(home.load(), ours, text.getvalue().encode(), "export.csv", plan)
    return [(one.kind, one.field, one.expected, one.found) for one in found.differences]


def test_two_words_have_the_same_numbers_only_if_they_mean_the_same():
    """By these numbers reconcile finds that an EHR says the same in other words."""
    for words, numbers in FREQUENCIES.items():
        assert (numbers.times, numbers.period, numbers.unit, numbers.count) == meant(words)


def test_reconcile_compares_the_frequency_by_its_numbers(home):
    add_drugs(home, ["daily"], duration="2 weeks")
    assert differences(home, {}) == []
    assert differences(home, {"frequency_text": "Once a day", "duration_value": "2",
                              "duration_unit": "wk"}) == []  # fmt: skip
    assert differences(home, {"frequency_text": "twice daily"}) == [
        ("drifted", "frequency", "daily", "twice daily")
    ]


@pytest.mark.parametrize("unit", UNITS)
def test_every_unit_of_a_mass_builds_the_package(home, unit):
    """A fixed dose, a maximum and a rounding step in each unit that the model takes for a dose."""
    dose, step = (wording.amount(Quantity(Decimal(number), unit)) for number in (20, 1))
    try:
        add_drugs(home, ["daily"], dose, maximum=dose, rounding=step)
        edition = home.load()
    except ContentError:
        assert unit not in ("g", "mg", "mcg")
        return
    in_mg = {"g": Decimal(20000), "mg": Decimal(20), "mcg": Decimal("0.02")}[unit]
    form, row = dosages(home)["drug-0"], rows(home)["drug-0"]
    assert form["doseAndRate"][0]["doseQuantity"] == quantity(in_mg, "mg")
    assert form["maxDosePerAdministration"] == quantity(in_mg, "mg")
    assert (row["dose_value"], row["dose_unit_ucum"]) == (wording.plain(in_mg), "mg")
    assert fill(edition, Decimal(20), None).of("drug-0").dose.given == in_mg
    assert package(Export(edition, BASE), home.locator.folders("templates"))


def test_every_unit_has_its_code():
    assert set(UCUM_CODES) == set(UNITS)
    assert {unit: UCUM_CODES[unit] for unit in ("mcg", "minute", "week", "year")} == {
        "mcg": "ug", "minute": "min", "week": "wk", "year": "a",
    }  # fmt: skip


def test_every_urgency_has_its_priority(home):
    """The model takes these words and no other."""
    for word in PRIORITIES:
        home.write("valid.yaml", home.text().replace("value: STAT,", f"value: {word},"))
        assert rows(home)["firstdrug-band-1"]["priority"] == PRIORITIES[word]
        home.write("valid.yaml", home.text().replace(f"value: {word},", "value: STAT,"))
    home.edit("value: STAT,", "value: soon,")
    with pytest.raises(ContentError):
        home.load()
