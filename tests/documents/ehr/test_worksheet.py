"""The build worksheet: its rows by hand, its CSV to the byte, its workbook read back."""

import csv
import hashlib
import io
import os
import re
import subprocess
import sys
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from openpyxl.utils import get_column_letter

from anedocs.core.problems import ContentError
from anedocs.documents.dose_check import dose_check
from anedocs.documents.ehr import codes
from anedocs.documents.worksheet import worksheet
from anedocs.documents.worksheet.changes import changes
from anedocs.documents.worksheet.columns import BLOCKS, COLUMNS, LOCAL, NAMES
from anedocs.documents.worksheet.orders_sheet import HEADER_ROWS
from anedocs.edition.load import load
from anedocs.edition.locate import Locator
from anedocs.schema import ismp
from anedocs.sentences import order_lines
from support import libreoffice
from support.ane import REVISION

SRC = Path(worksheet.__file__).parents[3]
BASE = "https://example.org/fhir/ane"
MARK = "DRAFT, NOT FOR CLINICAL USE"
#: Source: EHR reference, section 9.1, copied by hand.
EXPECTED_COLUMNS = """
order_set_id, order_set_version, row_key, section_seq, section_title, item_seq, row_type, order_type, display_name, generic_name, synonyms,
dose_basis, dose_value, dose_unit_ucum, max_single_dose_value, max_single_dose_unit, min_weight_kg_inclusive, max_weight_kg_exclusive,
route, frequency_text, freq_n, freq_period, freq_period_unit, duration_value, duration_unit, dose_count, concentration, infusion_time, prn,
priority, default_selected, required_level, selection_group, selection_rule, condition_text, approval_required, performed_by, order_comments,
code_system, code, code_display, code_status, evidence_section, evidence_quote, evidence_refs, fhir_canonical, build_status,
local_record_id, local_build_notes, tested_by, tested_on
"""  # noqa: E501
EXPECTED_KEYS = """
edition
entry-viral-infection entry-encephalopathy entry-gcs entry-gate
ct-head cbc cmp coagulation-group coagulation-5902-2 coagulation-14979-9 coagulation-6301-6
type-and-screen crp procalcitonin lumbar-puncture-group lumbar-puncture opening-pressure csf-culture
csf-cell-count csf-protein csf-glucose csf-mep csf-cytokines
mri-brain
consult-neurology consult-infectious-diseases consult-rheumatology consult-picu consult-nephrology
treatment-banner methylprednisolone choice-antiviral oseltamivir peramivir tocilizumab-group
tocilizumab-lighter tocilizumab-heavier antibiotics vascular-access
mobility-group mobility mobility-pt mobility-ot mobility-slp consult-genetics-group consult-genetics
ranbp2-test rapid-genome
before-tocilizumab-approval before-tocilizumab-low-tb-risk before-tocilizumab-tb-test
before-tocilizumab-high-tb-risk chest-x-ray
"""
NUMBERS = (
    "section_seq", "item_seq", "dose_value", "max_single_dose_value", "min_weight_kg_inclusive",
    "max_weight_kg_exclusive", "freq_n", "freq_period", "duration_value", "dose_count",
)  # fmt: skip
SHEETS = ["ReadMe", "Orders", "DoseCheck", "Evidence", "OpenQuestions", "Changes"]
LP = (
    'only if no contraindication ("i.e." signs of acute obstructive hydrocephalus, or mass effect '
    "in the posterior fossa)"
)
APPROVAL = "Approval of the consulting Rheumatology attending"
GENERATED = ("evidence_quote",)

#: Rows written by hand from the guideline: every cell that is not empty, but for those that are
#: the same in each row and the words of the statements.
BY_HAND = {
    "methylprednisolone": {
        "section_seq": "5", "section_title": "Acute treatment", "item_seq": "2",
        "row_type": "orderable", "order_type": "medication",
        "display_name": "methylPREDNISolone", "generic_name": "methylPREDNISolone",
        "dose_basis": "per_kg", "dose_value": "30", "dose_unit_ucum": "mg/kg",
        "max_single_dose_value": "1000", "max_single_dose_unit": "mg",
        "route": "NOT STATED", "frequency_text": "daily", "freq_n": "1", "freq_period": "1",
        "freq_period_unit": "d", "duration_value": "5", "duration_unit": "d",
        "concentration": "NOT STATED", "infusion_time": "NOT STATED", "prn": "N",
        "priority": "stat", "default_selected": "Y",
        "order_comments":
            "30 mg/kg; daily for 5 days; maximum 1,000 mg (1 g); route NOT SET; salt NOT SET; "
            "infusion time NOT SET; first dose without delay, in ED or PICU",
        "code_system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "6902",
        "code_display": "methylprednisolone", "code_status": "verified",
        "evidence_section": "Acute treatment",
        "evidence_refs": "TX-MP-1 (line 49); TX-MP-2 (line 50)",
        "fhir_canonical": f"{BASE}/ActivityDefinition/ane-methylprednisolone|{REVISION}",
        "build_status": "READY",
    },
    "tocilizumab-lighter": {
        "section_seq": "5", "section_title": "Acute treatment", "item_seq": "7",
        "row_type": "orderable", "order_type": "medication",
        "display_name": "tocilizumab, less than 30 kg", "generic_name": "tocilizumab",
        "dose_basis": "per_kg", "dose_value": "12", "dose_unit_ucum": "mg/kg",
        "max_weight_kg_exclusive": "30",
        "route": "NOT STATED", "frequency_text": "one dose", "dose_count": "1",
        "concentration": "NOT STATED", "infusion_time": "NOT STATED", "prn": "N",
        "default_selected": "N", "selection_group": "tocilizumab-group",
        "selection_rule": "at-most-one", "condition_text": "weight less than 30 kg",
        "approval_required": APPROVAL,
        "order_comments":
            "12 mg/kg for less than 30 kg; one dose; maximum: not stated in guideline; "
            "route NOT SET; infusion time NOT SET; no dose above 800 mg (not a figure of the "
            'guideline): the prescriber and a pharmacist must enter the dose; "day 0"; before '
            "plasma exchange, but do not delay plasma exchange; Rheumatology decides on further "
            "doses after plasma exchange; to fill in: Day 0 is (date and time)",
        "code_system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "612865",
        "code_display": "tocilizumab", "code_status": "verified",
        "evidence_section": "Acute treatment",
        "evidence_refs":
            "TX-TOCI-1 (line 52); TX-TOCI-2 (lines 53, 103); TX-TOCI-3 (line 54); supplement "
            "tocilizumab-label-maximum (proposed); TX-TOCI-4 (line 55); TX-TOCI-5 (line 56); "
            "PRE-1 (line 103)",
        "fhir_canonical": f"{BASE}/ActivityDefinition/ane-tocilizumab-lighter|{REVISION}",
        "build_status": "READY",
    },
    "oseltamivir": {
        "section_seq": "5", "section_title": "Acute treatment", "item_seq": "4",
        "row_type": "orderable", "order_type": "medication", "display_name": "oseltamivir",
        "generic_name": "oseltamivir", "dose_basis": "not_stated",
        "route": "NOT STATED", "frequency_text": "NOT STATED", "concentration": "NOT STATED",
        "infusion_time": "NOT STATED", "prn": "N", "priority": "stat", "default_selected": "Y",
        "selection_group": "choice-antiviral", "selection_rule": "exactly-one",
        "order_comments":
            "dose NOT SET: the guideline states none; frequency NOT SET; route NOT SET; "
            "salt NOT SET; first dose without delay, in ED or PICU",
        "code_system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "260101",
        "code_display": "Oseltamivir", "code_status": "verified",
        "evidence_section": "Acute treatment",
        "evidence_refs": "TX-AV-1 (line 46); TX-AV-4 (line 48)",
        "fhir_canonical": f"{BASE}/ActivityDefinition/ane-oseltamivir|{REVISION}",
        "build_status": "NEEDS_LOCAL_DOSE",
    },
    "peramivir": {
        "section_seq": "5", "section_title": "Acute treatment", "item_seq": "5",
        "row_type": "orderable", "order_type": "medication", "display_name": "peramivir",
        "generic_name": "peramivir", "dose_basis": "not_stated", "route": "IV",
        "frequency_text": "one time", "dose_count": "1", "concentration": "NOT STATED",
        "infusion_time": "NOT STATED", "prn": "N", "priority": "stat", "default_selected": "N",
        "selection_group": "choice-antiviral", "selection_rule": "exactly-one",
        "condition_text": "only if there is an absolute contraindication to enteral medication",
        "order_comments":
            "dose NOT SET: the guideline states none; one time; route IV; infusion time NOT SET; "
            "first dose without delay, in ED or PICU; contact ID for additional doses",
        "code_system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "619693",
        "code_display": "peramivir", "code_status": "verified",
        "evidence_section": "Acute treatment",
        "evidence_refs":
            "TX-AV-2 (line 46); TX-AV-4 (line 48); TX-AV-1 (line 46); TX-AV-3 (line 47)",
        "fhir_canonical": f"{BASE}/ActivityDefinition/ane-peramivir|{REVISION}",
        "build_status": "NEEDS_LOCAL_DOSE",
    },
    "antibiotics": {
        "section_seq": "5", "section_title": "Acute treatment", "item_seq": "9",
        "row_type": "placeholder", "order_type": "medication",
        "display_name": "empiric broad-spectrum antibiotics", "dose_basis": "not_stated",
        "route": "NOT STATED", "frequency_text": "NOT STATED", "concentration": "NOT STATED",
        "infusion_time": "NOT STATED", "prn": "N", "default_selected": "N",
        "required_level": "could",
        "order_comments":
            "dose NOT SET: the guideline states none; frequency NOT SET; route NOT SET; consider; "
            'for alternative diagnoses ("i.e." bacterial meningitis)',
        "evidence_section": "Acute treatment", "evidence_refs": "TX-ABX (line 51)",
        "build_status": "NEEDS_LOCAL_DOSE",
    },
    "ct-head": {
        "section_seq": "2", "section_title": "Initial evaluation", "item_seq": "1",
        "row_type": "orderable", "order_type": "imaging", "display_name": "CT head",
        "dose_basis": "n/a", "priority": "stat", "default_selected": "Y",
        "required_level": "must-unless-documented", "code_system": "http://loinc.org",
        "code": "24725-4", "code_display": "CT Head", "code_status": "verified",
        "evidence_section": "Initial evaluation", "evidence_refs": "EVAL-CT (line 28)",
        "fhir_canonical": f"{BASE}/ActivityDefinition/ane-ct-head|{REVISION}",
        "build_status": "READY",
    },
    "cbc": {
        "section_seq": "2", "section_title": "Initial evaluation", "item_seq": "2",
        "row_type": "orderable", "order_type": "lab", "display_name": "Complete blood count",
        "synonyms": "CBC", "dose_basis": "n/a", "default_selected": "N",
        "code_system": "http://loinc.org", "code": "58410-2",
        "code_display": "CBC panel - Blood by Automated count", "code_status": "verified",
        "evidence_section": "Initial evaluation", "evidence_refs": "EVAL-LAB (lines 30-32)",
        "fhir_canonical": f"{BASE}/ActivityDefinition/ane-cbc|{REVISION}",
        "build_status": "READY",
    },
    "csf-mep": {
        "section_seq": "2", "section_title": "Initial evaluation", "item_seq": "18",
        "row_type": "orderable", "order_type": "lab", "display_name": 'CSF "MEP"',
        "dose_basis": "n/a", "default_selected": "N", "selection_group": "lumbar-puncture-group",
        "selection_rule": "any", "condition_text": LP, "code_status": "candidate",
        "evidence_section": "Initial evaluation",
        "evidence_refs": "EVAL-CSF-5 (line 34); EVAL-LP (line 34)",
        "fhir_canonical": f"{BASE}/ActivityDefinition/ane-csf-mep|{REVISION}",
        "build_status": "NEEDS_LOCAL_ORDERABLE",
    },
    "consult-neurology": {
        "section_seq": "4", "section_title": "Consultations", "item_seq": "1",
        "row_type": "orderable", "order_type": "consult", "display_name": "Neurology",
        "dose_basis": "n/a", "priority": "stat", "default_selected": "Y",
        "required_level": "must-unless-documented", "performed_by": "ED",
        "code_system": "http://snomed.info/sct", "code": "183521007",
        "code_display": "Referral to neurology service (procedure)", "code_status": "verified",
        "evidence_section": "Consultations", "evidence_refs": "CON-NEU (lines 38-40)",
        "fhir_canonical": f"{BASE}/ActivityDefinition/ane-consult-neurology|{REVISION}",
        "build_status": "READY",
    },
    "choice-antiviral": {
        "section_seq": "5", "section_title": "Acute treatment", "item_seq": "3",
        "row_type": "choice_header", "display_name": "Antiviral: oseltamivir preferred",
        "dose_basis": "n/a", "default_selected": "N", "selection_group": "choice-antiviral",
        "selection_rule": "exactly-one", "evidence_section": "Acute treatment",
        "evidence_refs": "TX-AV-1 (line 46); TX-AV-2 (line 46)", "build_status": "TEXT_ONLY",
    },
    "treatment-banner": {
        "section_seq": "5", "section_title": "Acute treatment", "item_seq": "1",
        "row_type": "note", "display_name": "Acute treatment", "dose_basis": "n/a",
        "default_selected": "N", "order_comments": "Do not delay",
        "evidence_section": "Acute treatment", "evidence_refs": "TX-HDR (line 44)",
        "build_status": "TEXT_ONLY",
    },
}  # fmt: skip


@cache
def edition():
    return load(Locator(), "ane", date(2026, 11, 21))


@cache
def doses():
    return dose_check.rows(edition())


@cache
def book_bytes() -> bytes:
    return worksheet.workbook(edition(), made(), doses(), None)


@cache
def own(affiliate: bool) -> tuple[dict[str, str], ...]:
    return tuple(worksheet.rows(edition(), BASE, affiliate))


def made(affiliate: bool = False) -> list[dict[str, str]]:
    """The rows; a test may spoil its copy."""
    return [dict(one) for one in own(affiliate)]


def row(key: str, rows=None) -> dict[str, str]:
    return next(one for one in rows or made() if one["row_key"] == key)


def of_home(home) -> list[dict[str, str]]:
    return worksheet.rows(home.load(), BASE, False)


# --- The rows --------------------------------------------------------------------------------


def test_the_columns_are_those_of_the_reference_in_their_order():
    assert list(NAMES) == EXPECTED_COLUMNS.replace("\n", " ").strip().split(", ")
    assert all(list(one) == list(NAMES) for one in made())
    assert [one.name for one in COLUMNS if one.number] == list(NUMBERS)


def test_a_row_for_each_line_with_the_keys_that_sites_know():
    """A key that changes cuts a site off from its own records: never mend this list lightly."""
    keys = [one["row_key"] for one in made()]
    assert keys == EXPECTED_KEYS.split()
    assert len(set(keys)) == len(keys)
    assert keys == ["edition", *(line.key for line in order_lines.lines(edition().orderset))]


@pytest.mark.parametrize("key", BY_HAND)
def test_a_row_says_what_the_guideline_says(key):
    expected = {
        "order_set_id": "ane", "order_set_version": REVISION, "row_key": key, **BY_HAND[key]
    }  # fmt: skip
    found = {name: text for name, text in row(key).items() if text and name not in GENERATED}
    assert found == expected


def test_the_two_bands_meet_at_30_kg_and_the_edge_belongs_to_the_heavier():
    lighter, heavier = row("tocilizumab-lighter"), row("tocilizumab-heavier")
    bounds = ("min_weight_kg_inclusive", "max_weight_kg_exclusive")
    assert [lighter[name] for name in bounds] == ["", "30"]
    assert [heavier[name] for name in bounds] == ["30", ""]
    assert heavier["dose_value"] == "8"
    assert heavier["condition_text"] == "weight 30 kg or more"
    assert not lighter["max_single_dose_value"], "the guideline names no maximum: add none"


def test_evidence_is_our_own_words_for_each_statement():
    told = row("methylprednisolone")["evidence_quote"]
    statements = {one.id: one.says for one in edition().orderset.statements}
    assert told == f"{statements['TX-MP-1']}. {statements['TX-MP-2']}."
    resting = [one["row_key"] for one in made() if not one["evidence_refs"]]
    assert resting == ["edition", "entry-gate"], "only what is not confirmed rests on nothing"


def test_only_unconditional_stat_lines_open_ticked():
    ticked = {one["row_key"] for one in made() if one["default_selected"] == "Y"}
    assert ticked == {
        "ct-head", "consult-neurology", "consult-infectious-diseases", "consult-rheumatology",
        "consult-picu", "methylprednisolone", "oseltamivir",
    }  # fmt: skip
    must = {one["row_key"] for one in made() if one["required_level"] == "must-unless-documented"}
    assert must == ticked - {"methylprednisolone", "oseltamivir"}


def test_priorities_stand_only_where_the_guideline_states_one():
    found = {one["row_key"]: one["priority"] for one in made() if one["priority"]}
    assert {key for key, word in found.items() if word == "urgent"} == {"vascular-access"}
    assert {key for key, word in found.items() if word == "routine"} == {"consult-genetics"}
    assert found.keys().isdisjoint({"cbc", "lumbar-puncture", "tocilizumab-lighter"})
    assert set(found.values()) == {"stat", "urgent", "routine"}


def test_a_short_name_of_a_component_is_no_synonym():
    """'PT' would find both a clotting test and physical therapy; 'protein' any protein."""
    found = {one["row_key"]: one["synonyms"] for one in made() if one["synonyms"]}
    assert found == {
        "cbc": "CBC", "cmp": "CMP", "crp": "CRP", "consult-infectious-diseases": "ID",
        "mobility": "Early mobility consult for evaluation",
        "consult-genetics": "Genetics consult, RANBP2 and other mutations",
    }  # fmt: skip


def test_only_what_can_be_ordered_has_a_code_a_canonical_and_work_to_do():
    for one in made():
        built = one["row_type"] == "orderable"
        assert bool(one["fhir_canonical"]) == built, one["row_key"]
        assert bool(one["code_status"]) == built, one["row_key"]
        waits = built or one["row_type"] == "placeholder"
        assert (one["build_status"] == "TEXT_ONLY") != waits, one["row_key"]
        assert bool(one["code"]) == (one["code_status"] == "verified"), one["row_key"]
    waiting = {one["row_key"] for one in made() if one["build_status"] == "NEEDS_LOCAL_ORDERABLE"}
    assert waiting == {"opening-pressure", "csf-mep", "csf-cytokines", "mobility"}


def test_a_code_that_nobody_has_verified_stands_nowhere():
    orderset = edition().orderset
    shipped = worksheet.as_csv(made()).decode("utf-8-sig")
    withheld = {
        code.code
        for line in order_lines.lines(orderset)
        for code in codes.withheld(orderset, line, False)
    }
    assert len(withheld) >= 4
    assert {code for code in withheld if code in shipped} == set()


def test_a_code_under_a_license_of_the_site_stands_only_where_it_has_one(home):
    """Preferred codes come first, so in the order set as it stands nothing changes."""
    assert made(affiliate=True) == made()
    home.edit(
        "notice: LOINC is free of charge}\n",
        "notice: LOINC is free of charge}\n"
        "  - {id: snomed-ct, uri: http://snomed.info/sct, licence: attribution, notice: GPS}\n",
    )
    home.edit(
        "codes:\n",
        "codes:\n  puncture:\n    - {system: snomed-ct, code: '277762005', display: Puncture,\n"
        "       grade: A, licence: restricted, status: verified, use: alternative,\n"
        "       seen_in: [a table]}\n",
    )
    bound = worksheet.rows(home.load(), BASE, True)
    told = [(row("puncture", rows)["code"], row("puncture", rows)["build_status"])
            for rows in (of_home(home), bound)]  # fmt: skip
    assert told == [("", "NEEDS_LOCAL_ORDERABLE"), ("277762005", "READY")]


def test_the_local_columns_are_the_sites_own(home):
    assert all(not one[name] for one in made() for name in LOCAL)
    home.edit("ehr_record_ids: null", 'ehr_record_ids: {blood-count: "0042"}', "site.yaml")
    found = {one["row_key"]: one["local_record_id"] for one in of_home(home)}
    assert {key: text for key, text in found.items() if text} == {"blood-count": "0042"}


def test_a_proposed_supplement_gives_no_dose_and_an_accepted_one_gives_rows(home):
    (before,) = [one for one in of_home(home) if one["row_key"].startswith("seconddrug")]
    assert before["build_status"] == "NEEDS_LOCAL_DOSE"
    assert not any(before[name] for name in NUMBERS if not name.endswith("_seq"))
    assert not re.search(r"[0-9]", before["order_comments"])
    accepted(home)
    rows = [one for one in of_home(home) if one["row_key"].startswith("seconddrug")]
    assert [one["row_key"] for one in rows] == ["seconddrug"]
    assert (rows[0]["dose_value"], rows[0]["freq_n"]) == ("3", "2")
    assert rows[0]["condition_text"] == "age: Infants"


def accepted(home) -> None:
    """The committee accepts the published dose of the second drug; nothing is left to decide."""
    text = home.text()
    text = re.sub(r"        rival:\n(?:          .*\n)+", "", text)
    text = text.replace("    conflict: Two labels disagree\n", "")
    first, second = text.split("  - id: second-dose\n")
    second = second.replace(
        "    state: proposed\n",
        "    state: accepted\n    accepted_by: A. Pharmacist, pharmacy\n"
        "    accepted_on: 2026-02-01\n", 1,
    )  # fmt: skip
    home.write("valid.yaml", f"{first}  - id: second-dose\n{second}")


def test_units_zeros_and_masses_are_written_for_software(home):
    home.edit("{below: 30 kg, amount: 12 mg/kg}", "{below: 30.5 kg, amount: 0.5 mg/kg}")
    home.edit("{at_least: 30 kg, amount: 8 mg/kg}", "{at_least: 30.50 kg, amount: 1.5 g}")
    home.edit("duration: {value: 5 days", "duration: {value: 2 weeks")
    light, heavy = (one for one in of_home(home) if one["generic_name"] == "firstdrug")
    assert (light["dose_basis"], light["dose_value"]) == ("per_kg", "0.5")
    assert light["max_weight_kg_exclusive"] == heavy["min_weight_kg_inclusive"] == "30.5"
    assert (heavy["dose_basis"], heavy["dose_value"], heavy["dose_unit_ucum"]) == (
        "fixed", "1500", "mg",
    )  # fmt: skip
    assert (light["duration_value"], light["duration_unit"]) == ("14", "d")
    assert (light["max_single_dose_value"], light["max_single_dose_unit"]) == ("1000", "mg")


def test_a_bound_that_is_not_as_its_column_says_is_spelled_out(home):
    home.edit("{below: 30 kg, amount: 12 mg/kg}", "{up_to: 30 kg, amount: 12 mg/kg}")
    home.edit("{at_least: 30 kg, amount: 8 mg/kg}", "{above: 30 kg, amount: 8 mg/kg}")
    light, heavy = (one for one in of_home(home) if one["generic_name"] == "firstdrug")
    assert light["condition_text"] == "weight up to 30 kg; 30 kg itself is in this band"
    assert heavy["condition_text"] == "weight more than 30 kg; 30 kg itself is not in this band"


# --- CSV -------------------------------------------------------------------------------------


def test_the_csv_is_what_excel_and_import_programs_read():
    raw = worksheet.as_csv(made())
    assert raw.startswith(b'\xef\xbb\xbf"order_set_id",')
    text = raw.decode("utf-8-sig")
    assert text.isascii()
    assert text.count("\r\n") == len(made()) + 1
    assert text.replace("\r\n", "").isprintable()
    for line in text.removesuffix("\r\n").split("\r\n"):
        assert re.fullmatch(r'"(?:[^"]|"")*"(?:,"(?:[^"]|"")*")*', line)
    assert list(csv.DictReader(io.StringIO(text, newline=""))) == made()


def test_numbers_have_no_trailing_zero_and_no_comma():
    for one in made():
        for name in NUMBERS:
            assert re.fullmatch(r"|0|[1-9][0-9]*|(?:0|[1-9][0-9]*)\.[0-9]*[1-9]", one[name])


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd", "-2+3", "@x", " =1+1", "\t=1", "\uff1d1+1", "a\0b", "a\nb", "Ω"]
)
@pytest.mark.parametrize("column", ["display_name", "order_comments", "local_record_id"])
def test_a_cell_that_a_spreadsheet_would_run_is_refused(text, column):
    """No apostrophe is put before it: on import that would be part of the order."""
    rows = made()
    rows[3][column] = text
    with pytest.raises(ContentError, match=rf"(?s)row 5.*{column}"):
        worksheet.as_csv(rows)


@pytest.mark.parametrize("text", ["=1+1", "\uff1d1+1", "\ufe62x"])
def test_a_published_name_must_not_run_either(text):
    """The wide signs are folded to = and + by some programs."""
    rows = made()
    rows[4]["code_display"] = text
    with pytest.raises(ContentError, match=r"(?s)row 6.*code_display"):
        worksheet.as_csv(rows)


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2+3", "@x"])
def test_such_a_text_is_refused_in_the_order_set_with_its_place(home, text):
    home.edit("name: Blood count", f'name: "{text}"')
    with pytest.raises(ContentError, match=r"valid\.yaml:[0-9]+:[0-9]+: .*spreadsheet would run"):
        home.load()


def test_signs_take_their_ascii_form_and_published_names_stay():
    assert row("csf-mep")["display_name"] == 'CSF "MEP"'
    rows = made()
    rows[5]["code_display"] = "β-hemolytic"
    raw = worksheet.as_csv(rows).decode("utf-8-sig")
    assert '"β-hemolytic"' in raw.split("\r\n")[6]


# --- Words -----------------------------------------------------------------------------------


def test_what_people_read_follows_the_wording_rules():
    told = [
        one[name]
        for one in made()
        for name in ("display_name", "condition_text", "order_comments", "approval_required")
    ]
    told += [one.holds for one in COLUMNS] + [one.title for one in COLUMNS]
    told += [cell for name in SHEETS[:1] + SHEETS[3:] for cell in texts(name)]
    quotes = re.findall(r'"[^"]*"|“[^”]*”', "\n".join(told))
    names = {one["code_display"] for one in made()} | {one.title for one in references()}
    names |= {one.notice for one in edition().orderset.code_systems}
    found = [
        (text, finding.rule, finding.found)
        for text in told
        for finding in ismp.lint(text, exempt=[*quotes, *filter(None, names)])
        if not finding.warning
    ]
    assert found == []


def references():
    return edition().orderset.references


# --- The workbook ----------------------------------------------------------------------------


@cache
def book():
    return libreoffice.opened(book_bytes())


def texts(name: str) -> list[str]:
    return [
        cell
        for line in book()[name].iter_rows(values_only=True)
        for cell in line
        if isinstance(cell, str)
    ]


def cells_of(sheet) -> list[dict[str, object]]:
    """The rows of a sheet under the one that holds the names of the columns."""
    lines_of = list(sheet.iter_rows())
    top = next(n for n, line in enumerate(lines_of) if any(c.value == "row_key" for c in line))
    names = [cell.value for cell in lines_of[top]]
    return [dict(zip(names, line, strict=True)) for line in lines_of[top + 1 :]]


def test_what_is_printed_on_each_page_of_the_orders_fits_its_column():
    """Only the column of the key is on every page; what is longer would be cut off there."""
    sheet = book()["Orders"]
    key = next(cell.column for cell in sheet[HEADER_ROWS] if cell.value == "row_key")
    width = sheet.column_dimensions[get_column_letter(key)].width
    for row in (1, 3):
        assert 0 < len(sheet.cell(row, key).value) <= width


def test_the_workbook_has_its_sheets_and_each_says_which_edition_it_is():
    assert book().sheetnames == SHEETS
    for sheet in book().worksheets:
        top = [text for line in sheet.iter_rows(max_row=3, values_only=True) for text in line]
        assert MARK in top, sheet.title
        told = ", ".join(text for text in top if text)
        assert f"ane, revision {REVISION}, fingerprint {edition().short_fingerprint}" in told
        assert MARK in sheet.oddHeader.center.text
        assert edition().short_fingerprint in sheet.oddFooter.left.text
        assert sheet.oddFooter.right.text == "page &P of &N"


def test_the_rows_of_the_workbook_are_those_of_the_csv():
    found = cells_of(book()["Orders"])
    assert len(found) == len(made())
    for cells, one in zip(found, made(), strict=True):
        assert list(cells) == list(NAMES)
        for name, cell in cells.items():
            if name in NUMBERS and one[name]:
                assert cell.data_type == "n", (one["row_key"], name)
                assert f"{cell.value:g}" == one[name]
            elif one[name]:
                assert (cell.data_type, cell.value) == ("s", one[name])
                assert cell.number_format == "@"
                assert cell.hyperlink is None, "an address is a text to copy, no link to follow"
            else:
                assert cell.value is None


def test_a_text_never_becomes_a_formula(home):
    """The worksheet refuses it already; the writer must not run it either."""
    rows = of_home(home)
    rows[0]["local_build_notes"] = "=1+1"
    content = worksheet.workbook(home.load(), rows, [], None)
    (cell,) = [one["local_build_notes"] for one in cells_of(libreoffice.opened(content)["Orders"])][
        :1
    ]
    assert (cell.data_type, cell.value) == ("s", "=1+1")


def test_the_sheet_is_made_to_work_from():
    sheet = book()["Orders"]
    titles = [cell.value for cell in sheet[6]]
    assert titles == list(NAMES)
    assert [cell.value for cell in sheet[5]] == [column.title for column in COLUMNS]
    blocks = [cell.value for cell in sheet[4] if cell.value]
    assert blocks == [block.title for block in BLOCKS]
    assert sheet.freeze_panes == "D7"
    assert sheet.auto_filter.ref == f"A6:AY{6 + len(made())}"
    assert (sheet.print_title_rows, sheet.print_title_cols) == ("$1:$6", "$C:$C")
    assert sheet.page_setup.orientation == "landscape"
    status = f"{sheet.cell(6, NAMES.index('build_status') + 1).column_letter}7"
    (listed,) = [one for one in sheet.data_validations.dataValidation if one.type == "list"]
    assert status in listed.sqref
    assert listed.formula1 == '"READY,NEEDS_LOCAL_DOSE,NEEDS_LOCAL_ORDERABLE,TEXT_ONLY"'
    folded = {NAMES[n] for n, _ in enumerate(NAMES) if hidden(sheet, n)}
    assert folded == {"order_set_id", "order_set_version", "code_system", "evidence_section",
                      "evidence_quote", "fhir_canonical"}  # fmt: skip
    assert not sheet.protection.sheet, "an analyst sorts, folds and colors"


def hidden(sheet, column: int) -> bool:
    wide = [one for one in sheet.column_dimensions.values() if one.min and one.max]
    return any(one.hidden for one in wide if one.min <= column + 1 <= one.max)


def test_other_sheets_keep_their_header_in_view_and_on_paper():
    for name in SHEETS[2:]:
        sheet = book()[name]
        assert sheet.freeze_panes is not None, name
        assert sheet.print_title_rows.startswith("$1:"), name
        assert sheet.page_setup.fitToWidth is None or int(sheet.page_setup.fitToWidth) == 1
        assert sheet.sheet_properties.pageSetUpPr.fitToPage, name


def test_every_statement_that_a_row_rests_on_stands_in_evidence():
    found = {line[1]: line for line in table("Evidence")}
    cited = {
        name
        for one in made()
        for name in re.findall(r"(?:^|; )(?:supplement )?([A-Za-z0-9-]+) \(", one["evidence_refs"])
    }
    assert cited <= found.keys()
    says = {one.id: one.says for one in edition().orderset.statements}
    for name in cited & says.keys():
        assert found[name][3] == says[name]
        carried = [one["row_key"] for one in made() if f"{name} (" in one["evidence_refs"]]
        assert found[name][4].split("; ") == carried
    assert {one.id for one in references()} <= found.keys()


def table(name: str) -> list[tuple]:
    return [
        line
        for line in book()[name].iter_rows(min_row=6, values_only=True)
        if any(cell is not None for cell in line)
    ]


def in_words(lines: str) -> str:
    if lines == "whole":
        return lines
    return f"{'lines' if set('-,') & set(lines) else 'line'} {lines}"


def test_every_open_question_is_listed_with_what_is_done_until_then():
    rows = {line[0]: line for line in table("OpenQuestions")}
    asked = {question.id: (about, question)
             for about, question in edition().orderset.open_questions}  # fmt: skip
    assert rows.keys() == asked.keys()
    for name, (about, question) in asked.items():
        assert rows[name][1:5] == (
            about, in_words(question.lines), question.asks, question.until_answered
        )  # fmt: skip
        assert rows[name][5] == ("OPEN" if question.open else "settled")


def test_an_answer_stands_beside_its_question(home):
    home.complete()
    content = worksheet.workbook(home.load(), of_home(home), [], None)
    lines_of = list(
        libreoffice.opened(content)["OpenQuestions"].iter_rows(min_row=6, values_only=True)
    )
    assert {line[5:] for line in lines_of} == {("answered", "By us", "C. Doctor")}


def test_the_read_me_explains_every_column_and_says_what_it_is_not():
    told = texts("ReadMe")
    assert {*NAMES, *(column.holds for column in COLUMNS)} <= set(told)
    whole = "\n".join(told)
    assert "No import file of any vendor" in whole
    assert "NOT STATED" in whole
    assert "LOINC" in whole
    assert "Owner of the order set" in told


def test_an_approved_edition_bears_no_mark(home):
    home.complete()
    home.sign()
    signed = home.load()
    assert signed.status.mark is None
    content = worksheet.workbook(signed, worksheet.rows(signed, BASE, False), [], None)
    for sheet in libreoffice.opened(content).worksheets:
        top = [text for line in sheet.iter_rows(max_row=3, values_only=True) for text in line]
        assert MARK not in top
        assert sheet.oddHeader.center.text in (None, "")


# --- Changes ---------------------------------------------------------------------------------


def test_the_same_rows_have_no_changes_whatever_a_site_wrote_into_its_copy():
    copy = [{**one, **dict.fromkeys(LOCAL, "ours"), "order_set_version": "2025.1.0",
             "fhir_canonical": one["fhir_canonical"].replace(REVISION, "2025.1.0")}
            for one in made()]  # fmt: skip
    assert changes(copy, made()) == []


def test_what_was_added_removed_and_changed_is_named_by_key_and_column():
    before = [dict(one) for one in made() if one["row_key"] != "cbc"]
    row("methylprednisolone", before)["dose_value"] = "20"
    row("ct-head", before)["fhir_canonical"] = f"https://other.example/x|{REVISION}"
    before.append({**before[0], "row_key": "eeg", "display_name": "EEG", "order_comments": ""})
    found = changes(before, made())
    assert [one[:3] for one in found] == [
        ("ct-head", "changed", "fhir_canonical"), ("cbc", "added", ""),
        ("methylprednisolone", "changed", "dose_value"), ("eeg", "removed", ""),
    ]  # fmt: skip
    assert found[1].new == "Complete blood count"
    assert (found[2].old, found[2].new) == ("20", "30")
    content = worksheet.workbook(edition(), made(), doses(), before)
    sheet = libreoffice.opened(content)["Changes"]
    assert f"{REVISION} against {REVISION}: 1 added, 1 removed, 2 changed." in sheet["A4"].value
    rows = [tuple(cell or "" for cell in line)
            for line in sheet.iter_rows(min_row=6, values_only=True)]  # fmt: skip
    assert rows == [tuple(one) for one in found]


def test_without_an_earlier_worksheet_the_sheet_says_so():
    assert "compared with nothing" in book()["Changes"]["A4"].value
    assert table("Changes") == []


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([{"a": "b"}], "there is no row_key"),
        ([{"row_key": "x"}, {"row_key": "x"}], "'x' stands twice"),
    ],
)
def test_an_earlier_file_that_is_no_worksheet_is_refused(rows, why):
    with pytest.raises(ContentError, match=why):
        changes(rows, made())


# --- The same bytes, and nothing heavy -------------------------------------------------------

_AGAIN = """
import sys
from datetime import date
from hashlib import sha256
from anedocs.documents.dose_check import dose_check
from anedocs.documents.worksheet import worksheet
heavy = {"xlsxwriter", "openpyxl", "weasyprint", "jinja2"} & sys.modules.keys()
assert not heavy, heavy
from anedocs.edition.load import load
from anedocs.edition.locate import Locator
edition = load(Locator(), "ane", date(2026, 11, 21))
rows, doses = worksheet.rows(edition, sys.argv[1], False), dose_check.rows(edition)
assert not {"xlsxwriter", "weasyprint"} & sys.modules.keys()
for content in (worksheet.as_csv(rows), dose_check.as_csv(edition, doses),
                worksheet.workbook(edition, rows, doses, None),
                dose_check.workbook(edition, doses)):
    print(sha256(content).hexdigest())
"""


def test_another_process_at_another_time_makes_the_same_bytes():
    sums = []
    for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo")):
        done = subprocess.run(
            [sys.executable, "-c", _AGAIN, BASE], capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": str(SRC), "PYTHONHASHSEED": seed, "TZ": zone},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        sums.append(done.stdout.split())
    own = [worksheet.as_csv(made()), dose_check.as_csv(edition(), doses()), book_bytes(),
           dose_check.workbook(edition(), doses())]  # fmt: skip
    assert sums[0] == sums[1] == [hashlib.sha256(one).hexdigest() for one in own]


def test_the_properties_of_the_file_come_from_the_edition():
    about = book().properties
    assert about.title == f"Build workbook: {edition().orderset.title}"
    assert about.created.date() == edition().orderset.revisions[0].date
    assert about.creator == "anedocs"


# --- Another engine --------------------------------------------------------------------------


@pytest.mark.long
def test_libreoffice_opens_the_build_workbook_without_an_error(tmp_path):
    found = libreoffice.recalculated(book_bytes(), tmp_path)
    assert libreoffice.errors(found) == []
    assert found.sheetnames == SHEETS
    for cells, one in zip(cells_of(found["Orders"]), made(), strict=True):
        for name, cell in cells.items():
            said = "" if cell.value is None else cell.value
            assert (f"{said:g}" if isinstance(said, int | float) else said) == one[name]
    built = sum(one["row_type"] == "orderable" for one in made())
    (counted,) = [text for text in texts_of(found["Orders"]) if text.startswith("Lines to build")]
    assert counted == f"Lines to build: {built}; tested: 0"


def texts_of(sheet) -> list[str]:
    return [cell for line in sheet.iter_rows(values_only=True) for cell in line
            if isinstance(cell, str)]  # fmt: skip
