"""The lint has teeth: each single error planted in a good package is found, under its own rule.

The 32 mutants are those of the EHR reference, section 6; L01 to L22 are the rules of section 5.2.
"""

import copy
import json
from datetime import date
from functools import cache

import pytest

from anedocs.documents.ehr.export import Export, default_base
from anedocs.documents.fhir.files import fhir_files
from anedocs.edition.load import load
from anedocs.edition.locate import Locator
from support import fhir_rules

PLAN = "PlanDefinition-ane-order-set.json"
DRUG = "ActivityDefinition-ane-methylprednisolone.json"
LAB = "ActivityDefinition-ane-cbc.json"
TRANSACTION, COLLECTION = "bundle-transaction.json", "bundle-collection.json"


@cache
def edition():
    return load(Locator(), "ane", date(2026, 11, 21))


@cache
def good() -> dict[str, bytes]:
    """The FHIR files of the order set as it stands."""
    export = Export(edition(), default_base(edition()))
    return fhir_files(export, Locator().folders("templates"))


def changed(name: str, change) -> dict[str, bytes]:
    """The package with one resource changed, and the Bundles made again from it."""
    files = dict(good())
    forms = {key: fhir_rules.loads(content) for key, content in files.items()
             if key.endswith(".json")}  # fmt: skip
    form = copy.deepcopy(forms[name])
    forms[name] = change(form) or form
    files[name] = dumped(forms[name])
    if not name.startswith("bundle-"):
        for bundle in (TRANSACTION, COLLECTION):
            spoiled = forms[bundle]
            for part in spoiled["entry"]:
                if part["resource"].get("url") == forms[name].get("url"):
                    part["resource"] = {**forms[name]}
                    if bundle == TRANSACTION:
                        part["resource"].pop("id", None)
            files[bundle] = dumped(spoiled)
    return files


def dumped(form) -> bytes:
    """As `exact_json.dumps`, but it writes whatever it is given."""
    return json.dumps(form, default=lambda number: int(number)).encode()


def broken(files: dict[str, bytes]) -> set[str]:
    return {fault.rule for fault in fhir_rules.faults(files, edition())}


def repeat(form):
    return form["dosage"][0]["timing"]["repeat"]


def dose(form):
    return form["dosage"][0]["doseAndRate"][0]["doseQuantity"]


def leaf(form, key: str):
    def search(node):
        for action in node.get("action", ()):
            if action["id"] == f"ane-{key}":
                return action
            if (found := search(action)) is not None:
                return found
        return None

    found = search(form)
    assert found is not None
    return found


def put(table, **values) -> None:
    table.update(values)


#: Number in the reference: (what is wrong, file, change, rule that finds it).
MUTANTS = {
    1: ("unknown element, root", PLAN, lambda f: put(f, colour="red"), "R4"),
    2: ("unknown element, nested", PLAN, lambda f: put(f["action"][0], colour="red"), "R4"),
    3: ("selectionBehavior one-only", PLAN,
        lambda f: put(f["action"][0], selectionBehavior="one-only"), "R4"),
    4: ("kind MedicationOrder", DRUG, lambda f: put(f, kind="MedicationOrder"), "L12"),
    5: ("missing status", PLAN, lambda f: f.pop("status") and None, "L12"),
    6: ("missing nested condition.kind", PLAN,
        lambda f: leaf(f, "methylprednisolone")["condition"][0].pop("kind") and None, "L10"),
    7: ("bad UCUM mg/kgs", DRUG, lambda f: put(dose(f), code="mg/kgs", unit="mg/kgs"), "L03"),
    8: ("broken FHIRPath", PLAN,
        lambda f: put(leaf(f, "methylprednisolone")["condition"][0]["expression"],
                      language="text/fhirpath", expression="%weight <"), "L10"),
    9: ("two dose[x]", DRUG,
        lambda f: put(f["dosage"][0]["doseAndRate"][0], doseRange={"low": dose(f)}), "L12"),
    10: ("version a number", PLAN, lambda f: put(f, version=2026), "R4"),
    11: ("bad date", PLAN, lambda f: put(f, date="2026-13-40"), "R4"),
    12: ("type as array", PLAN, lambda f: put(f, type=[f["type"]]), "R4"),
    13: ("action as object", PLAN, lambda f: put(f, action=f["action"][0]), "R4"),
    14: ("name with spaces", PLAN, lambda f: put(f, name="ANE order set"), "L07"),
    15: ("period without periodUnit", DRUG, lambda f: repeat(f).pop("periodUnit") and None, "L04"),
    16: ("code without system", DRUG, lambda f: dose(f).pop("system") and None, "L08"),
    17: ("expression without expression", PLAN,
         lambda f: leaf(f, "methylprednisolone")["condition"][0]["expression"].pop("expression")
         and None, "L10"),
    18: ("SimpleQuantity with comparator", DRUG, lambda f: put(dose(f), comparator="<"), "L12"),
    19: ("relatedArtifact.type cites", PLAN,
         lambda f: put(f["relatedArtifact"][0], type="cites"), "R4"),
    20: ("periodUnit day", DRUG, lambda f: put(repeat(f), periodUnit="day"), "R4"),
    21: ("bad id", LAB, lambda f: put(f, id="ane cbc!"), "R4"),
    22: ("unknown plan type", PLAN, lambda f: put(f["type"]["coding"][0], code="orderset"), "L20"),
    23: ("null", PLAN, lambda f: put(f, title=None), "R4"),
    24: ("extension with value and extension", PLAN,
         lambda f: put(f, extension=[{"url": "https://example.org/x", "valueString": "a",
                                      "extension": [{"url": "y", "valueString": "b"}]}]), "L12"),
    25: ("dangling canonical", PLAN,
         lambda f: put(leaf(f, "cbc"), definitionCanonical=
                       "https://example.org/fhir/ane/ActivityDefinition/ane-none|2026.1.0"), "L05"),
    26: ("R5 element on an R4 definition", DRUG,
         lambda f: put(f, asNeededBoolean=True), "R4"),
    27: ("decimal as string", DRUG, lambda f: put(dose(f), value="30"), "R4"),
    28: ("priority STAT", DRUG, lambda f: put(f, priority="STAT"), "L12"),
    29: ("transaction entry without request", TRANSACTION,
         lambda f: f["entry"][3].pop("request") and None, "L17"),
    30: ("duplicate fullUrl", TRANSACTION,
         lambda f: put(f["entry"][3], fullUrl=f["entry"][2]["fullUrl"]), "L06"),
    31: ("script in title", PLAN, lambda f: put(f, title="<script>alert(1)</script>"), "L21"),
    32: ("duplicate action ids", PLAN, lambda f: put(leaf(f, "cmp"), id="ane-cbc"), "L22"),
}  # fmt: skip

#: A mistake for each rule of the lint, by the rule that must find it.
MISTAKES = {
    "L01": (DRUG, lambda f: f["dosage"][0].pop("doseAndRate") and None),
    "L02": (DRUG, lambda f: f["dosage"][0].pop("maxDosePerAdministration") and None),
    "L03": (DRUG, lambda f: put(dose(f), unit="mcg", code="mcg")),
    "L04": (DRUG, lambda f: repeat(f).pop("period") and None),
    "L05": (PLAN, lambda f: put(leaf(f, "cbc"), definitionCanonical="ActivityDefinition/ane-cbc")),
    "L06": (LAB, lambda f: put(f, name="ANECmp")),
    "L07": (LAB, lambda f: put(f, name="ane_cbc")),
    "L08": (LAB, lambda f: f["code"]["coding"][0].pop("system") and None),
    "L09": (PLAN, lambda f: put(f["action"][1], precheckBehavior="yes")),
    "L10": (PLAN, lambda f: leaf(f, "methylprednisolone")["condition"][0].pop("expression")
            and None),
    "L11": (PLAN, lambda f: leaf(f, "ct-head").pop("priority") and None),
    "L12": (PLAN, lambda f: put(leaf(f, "cbc"), input=[{"type": "Observation"}])),
    "L13": (PLAN, lambda f: put(f, approvalDate="2026-11-21")),
    "L14": (DRUG, lambda f: put(f["dosage"][0], text="30.0 mg/kg; maximum 1,000 mg")),
    "L15": (PLAN, lambda f: leaf(f, "cbc").pop("documentation") and None),
    "L16": (PLAN, lambda f: put(f, meta={"profile": [
        "http://hl7.org/fhir/uv/cpg/StructureDefinition/cpg-ordersetdefinition"]})),
    "L17": (COLLECTION, lambda f: put(f["entry"][0], request={"method": "PUT", "url": "X?url=y"})),
    "L19": (PLAN, lambda f: put(leaf(f, "methylprednisolone")["condition"][0]["expression"],
                                expression="NoSuchDefine")),
    "L20": (DRUG, lambda f: put(f["dosage"][0]["doseAndRate"][0]["type"]["coding"][0],
                                code="guessed")),
    "L21": (PLAN, lambda f: put(leaf(f, "cbc"), description="see <b>here</b>")),
    "L22": (PLAN, lambda f: put(f["action"][0], id=f["action"][1]["id"])),
}  # fmt: skip


def test_the_good_package_has_no_fault():
    assert fhir_rules.faults(good(), edition()) == []


@pytest.mark.parametrize("number", MUTANTS)
def test_each_of_the_32_mutants_is_rejected(number):
    says, name, change, rule = MUTANTS[number]
    assert rule in broken(changed(name, change)), says


def test_there_are_32_mutants():
    assert list(MUTANTS) == list(range(1, 33))
    print(f"{len(MUTANTS)} mutants, all rejected")


@pytest.mark.parametrize("rule", MISTAKES)
def test_each_rule_finds_its_mistake(rule):
    name, change = MISTAKES[rule]
    assert rule in broken(changed(name, change))


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda f: put(f["action"][0], groupingBehavior="x"), "R4"),
        (lambda f: put(leaf(f, "cbc"), selectionBehavior="any"), "L09"),
        (lambda f: put(leaf(f, "cbc"), priority="stat"), "L11"),
        (lambda f: f["action"][0].pop("selectionBehavior") and None, "L09"),
        (lambda f: put(f, library=["https://example.org/fhir/ane/Library/ANEDosing"]), "L05"),
        (lambda f: put(f, description=""), "R4"),
        (lambda f: put(f, action=[]), "R4"),
        (lambda f: put(f, resourceType="Basic"), "R4"),
    ],
)
def test_other_mistakes_in_the_plan_are_found(change, rule):
    assert rule in broken(changed(PLAN, change))


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda f: put(dose(f), value=31), "L02"),
        (lambda f: put(f["dosage"][0]["maxDosePerAdministration"], value=1001), "L02"),
        (lambda f: put(f["productCodeableConcept"], text="methylPREDNISolone 500 mg"), "L01"),
        (lambda f: put(f["productCodeableConcept"]["coding"][0],
                       system="http://www.ama-assn.org/go/cpt"), "L08"),
        (lambda f: put(f["dynamicValue"][0], path="dosage"), "L12"),
        (lambda f: put(f["dosage"][0], doseAndRate=[]), "R4"),
        (lambda f: put(f["text"], div="<div><script>x</script></div>"), "L12"),
    ],
)  # fmt: skip
def test_other_mistakes_in_a_drug_are_found(change, rule):
    assert rule in broken(changed(DRUG, change))


def test_a_dose_for_a_drug_of_which_none_is_stated_is_found():
    def invent(form):
        other = fhir_rules.loads(good()[DRUG])
        form["dosage"][0]["doseAndRate"] = other["dosage"][0]["doseAndRate"]

    assert "L02" in broken(changed("ActivityDefinition-ane-oseltamivir.json", invent))


@pytest.mark.parametrize("name", [TRANSACTION, COLLECTION])
@pytest.mark.parametrize(
    "change",
    [
        lambda f: put(f["entry"][5]["resource"], title="Another"),
        lambda f: f["entry"].pop() and None,
        lambda f: f["entry"].append(f["entry"][0]),
        lambda f: put(f, type="batch"),
        lambda f: put(f, entry=[]),
        lambda f: put(f["entry"][0], resource="none"),
        lambda f: put(f, resourceType="Bundel"),
    ],
)
def test_a_bundle_holds_just_the_resources_beside_it(name, change):
    assert broken(changed(name, change))


def test_a_bundle_under_the_wrong_name_is_found():
    files = {**good(), TRANSACTION: good()[COLLECTION]}
    assert "L17" in broken(files)


def test_a_trailing_zero_in_a_number_is_found():
    content = good()[DRUG].replace(b'"value": 30,', b'"value": 30.0,')
    assert content != good()[DRUG]
    assert "L14" in broken({**good(), DRUG: content})


def test_what_is_no_json_is_found():
    assert broken({**good(), LAB: b"{"}) == {"R4"}
    assert broken({**good(), LAB: b"[]"}) == {"R4"}


@pytest.mark.parametrize(
    "text",
    ["POST the file; an answer of 200 means that all is well",
     "read every entry\ncurl -X POST --data-binary @fhir/bundle-collection.json SERVER"],
)  # fmt: skip
def test_import_notes_that_take_200_for_success_are_found(text):
    assert "L18" in broken({**good(), "../README-IMPORT.md": text.encode()})


def test_a_fault_says_where_it_is():
    (fault,) = fhir_rules.faults(changed(LAB, lambda f: put(f, name="bad name")), edition())
    assert str(fault).startswith(f"{LAB}: name: L07: 'bad name' must be")


def test_a_trailing_zero_counts_in_a_sentence_and_in_no_address_version_or_reference():
    """By the datatype of the element: what R4 calls a uri, a canonical or an id is no sentence."""
    kept = based("https://x.example.org/r4/4.0")
    assert fhir_rules.faults(kept, edition()) == []
    for text in ("see 4.0: 1.0, then more", "1.0 mg"):
        files = changed(DRUG, lambda f, text=text: put(f, description=text))
        assert "L14" in broken(files)


def based(base):
    """The files of the package of another base."""
    export = Export(edition(), base)
    return fhir_files(export, Locator().folders("templates"))
