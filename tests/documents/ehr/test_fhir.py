"""The FHIR definitions, read from their finished JSON: what each says, and what it must not say."""

import base64
import io
import json
import re
import tarfile
from datetime import date
from decimal import Decimal
from functools import cache

import pytest

from anedocs.core.problems import ContentError
from anedocs.documents.ehr.export import Export, default_base
from anedocs.documents.fhir import bundles, exact_json
from anedocs.documents.fhir.files import fhir_files
from anedocs.edition.load import load
from anedocs.edition.locate import Locator
from anedocs.sentences.order_lines import lines
from support import fhir_rules
from support.ane import REVISION

BASE = "https://example.org/fhir/ane"

#: Codes that public files give and that mean something else; source: codes reference, section 11.
WRONG_CODES = {
    "284635", "860975", "728111", "261315", "418136008", "127492001", "431855005", "241601008",
    "241615005", "24558-9", "59408-5", "48421-2", "600-7", "82180-2", "94500-0",
}  # fmt: skip
#: SNOMED CT codes outside the Global Patient Set that the order set knows.
NOT_GPS = {
    "386142008", "412261005", "444648007", "444649004", "383371000119108", "816077007",
    "306284005", "306290009", "306286007", "736919006",
}  # fmt: skip


@cache
def files(affiliate: bool = False) -> dict[str, bytes]:
    """The FHIR files of the order set as it stands."""
    locator = Locator()
    edition = load(locator, "ane", date(2026, 11, 21))
    export = Export(edition, default_base(edition), affiliate)
    return fhir_files(export, locator.folders("templates"))


def one(name: str):
    return fhir_rules.loads(files()[f"{name}.json"])


def activity(key: str):
    return one(f"ActivityDefinition-ane-{key}")


@cache
def plan():
    return one("PlanDefinition-ane-order-set")


def actions(node=None):
    for action in (node or plan())["action"]:
        yield action
        if "action" in action:
            yield from actions(action)


def action(key: str):
    (found,) = [one for one in actions() if one["id"] == f"ane-{key}"]
    return found


def resources():
    return [fhir_rules.loads(content) for name, content in files().items()
            if name.endswith(".json") and not name.startswith("bundle-")]  # fmt: skip


def test_there_is_one_activity_for_each_orderable_and_nothing_else():
    orderset = load(Locator(), "ane", date(2026, 11, 21)).orderset
    keys = {line.key for line in lines(orderset) if line.kind == "orderable"}
    made = {name[len("ActivityDefinition-ane-"):-len(".json")] for name in files()
            if name.startswith("ActivityDefinition")}  # fmt: skip
    assert made == keys
    assert {"methylprednisolone", "tocilizumab-lighter", "chest-x-ray", "ranbp2-test"} <= made
    assert made.isdisjoint({"antibiotics", "tb-test", "plasma-exchange", "quantiferon"})
    assert len(made) == 37


def test_methylprednisolone_stands_twice_as_numbers_and_in_words():
    (dosage,) = activity("methylprednisolone")["dosage"]
    (dose,) = dosage["doseAndRate"]
    assert dose["doseQuantity"] == {
        "value": 30, "unit": "mg/kg", "system": "http://unitsofmeasure.org", "code": "mg/kg",
    }  # fmt: skip
    assert dose["type"]["coding"][0]["code"] == "calculated"
    assert dosage["maxDosePerAdministration"]["value"] == Decimal(1000)
    assert dosage["maxDosePerAdministration"]["code"] == "mg"
    repeat = dosage["timing"]["repeat"]
    assert (repeat["frequency"], repeat["period"], repeat["periodUnit"]) == (1, 1, "d")
    assert (repeat["boundsDuration"]["value"], repeat["boundsDuration"]["code"]) == (5, "d")
    assert dosage["text"] == ("30 mg/kg; daily for 5 days; maximum 1,000 mg (1 g); route NOT SET")
    assert "route" not in dosage
    assert activity("methylprednisolone")["priority"] == "stat"


def test_tocilizumab_is_two_bands_of_which_one_may_be_ticked():
    lighter, heavier = activity("tocilizumab-lighter"), activity("tocilizumab-heavier")
    doses = [each["dosage"][0]["doseAndRate"][0]["doseQuantity"]["value"]
             for each in (lighter, heavier)]  # fmt: skip
    assert doses == [12, 8]
    for each in (lighter, heavier):
        (dosage,) = each["dosage"]
        assert "maxDosePerAdministration" not in dosage
        assert "maximum: not stated in guideline" in dosage["text"]
        assert dosage["timing"]["repeat"] == {"count": 1}
        told = [part["text"] for part in dosage["additionalInstruction"]]
        assert told[0] == "Approval of the consulting Rheumatology attending"
        assert any("before plasma exchange, but do not delay" in text for text in told)
        assert any("no dose above 800 mg (not a figure of the guideline)" in text for text in told)
        assert "priority" not in each
    group = action("tocilizumab-group")
    assert group["selectionBehavior"] == "at-most-one"
    conditions = [leaf["condition"][0]["expression"]["expression"] for leaf in group["action"]]
    assert conditions == ["TocilizumabLighterApplies", "TocilizumabHeavierApplies"]
    assert [leaf["precheckBehavior"] for leaf in group["action"]] == ["no", "no"]


@pytest.mark.parametrize("drug", ["oseltamivir", "peramivir"])
def test_no_dose_is_invented(drug):
    (dosage,) = activity(drug)["dosage"]
    assert "doseAndRate" not in dosage
    assert "maxDosePerAdministration" not in dosage
    assert dosage["text"].startswith("dose NOT SET: the guideline states none")
    assert "dynamicValue" not in activity(drug)
    assert activity(drug)["priority"] == "stat"


def test_the_antivirals_are_one_choice_with_the_preferred_first():
    group = action("choice-antiviral")
    assert (group["groupingBehavior"], group["selectionBehavior"]) == (
        "logical-group", "exactly-one",
    )  # fmt: skip
    assert [leaf["id"] for leaf in group["action"]] == ["ane-oseltamivir", "ane-peramivir"]
    assert [leaf["precheckBehavior"] for leaf in group["action"]] == ["yes", "no"]
    peramivir = activity("peramivir")["dosage"][0]
    assert peramivir["timing"] == {"repeat": {"count": 1}}
    assert peramivir["route"]["coding"][0]["code"] == "47625008"
    assert {"text": "contact ID for additional doses"} in peramivir["additionalInstruction"]


def test_each_definition_is_used_by_one_action_alone():
    """Source: cqframework/clinical-reasoning #779: $apply gives two such actions one request."""
    used = [one["definitionCanonical"] for one in actions() if "definitionCanonical" in one]
    assert len(used) == len(set(used)) > 20


def test_antibiotics_are_a_text_without_an_order():
    leaf = action("antibiotics")
    assert "definitionCanonical" not in leaf
    assert leaf["textEquivalent"].startswith("empiric broad-spectrum antibiotics; consider")
    assert (leaf["requiredBehavior"], leaf["precheckBehavior"]) == ("could", "no")


@pytest.mark.parametrize(
    "key", ["ct-head", "consult-neurology", "consult-infectious-diseases", "consult-rheumatology",
            "consult-picu"],
)  # fmt: skip
def test_stat_lines_without_a_condition_open_ticked(key):
    leaf = action(key)
    assert leaf["priority"] == activity(key)["priority"] == "stat"
    assert leaf["precheckBehavior"] == "yes"
    assert leaf["requiredBehavior"] == "must-unless-documented"


@pytest.mark.parametrize(
    "key", ["cbc", "csf-glucose", "chest-x-ray", "mobility-pt", "rapid-genome"]
)
def test_lines_of_which_no_urgency_is_stated_have_no_priority(key):
    assert "priority" not in action(key)
    assert "priority" not in activity(key)
    assert action(key)["precheckBehavior"] == "no"


def test_urgencies_are_said_as_fhir_says_them():
    said = {key: activity(key)["priority"]
            for key in ("mri-brain", "vascular-access", "consult-genetics")}  # fmt: skip
    assert said == {"mri-brain": "stat", "vascular-access": "urgent", "consult-genetics": "routine"}


def test_prose_is_never_a_condition():
    named = re.compile("[A-Z][A-Za-z0-9]+")
    found = [one for each in actions() for one in each.get("condition", ())]
    assert len(found) == 4
    for condition in found:
        assert named.fullmatch(condition["expression"]["expression"])
    leaf = action("chest-x-ray")
    assert "condition" not in leaf
    assert leaf["description"].startswith("High risk of exposure, or known exposure")
    assert "only if no contraindication" in action("lumbar-puncture")["description"]


def test_without_a_weight_a_line_says_so_in_place_of_the_doses():
    leaf = action("weight-needed-treatment")
    assert leaf["condition"][0]["expression"]["expression"] == "WeightNeeded"
    assert "weigh the patient" in leaf["textEquivalent"]
    block = action("block-treatment")
    assert block["description"] == leaf["textEquivalent"]


def test_every_action_says_where_it_is_from_in_our_own_words():
    orderset = load(Locator(), "ane", date(2026, 11, 21)).orderset
    said = {one.id: one.says for one in orderset.statements}
    for each in actions():
        assert each["documentation"], each["id"]
        for part in each["documentation"]:
            if part["type"] == "derived-from":
                assert part["citation"] == said[part["label"]]
                assert re.search(r"\(lines? [0-9]", part["display"])


def test_the_gate_is_unconfirmed_in_the_plan():
    assert (
        "Not confirmed by the committee: whether treatment waits for imaging"
        in (plan()["description"])
    )
    assert "DRAFT, NOT FOR CLINICAL USE" in plan()["description"]
    assert action("entry-gate")["textEquivalent"].startswith("Not confirmed")
    assert plan()["usage"] == (
        "known or suspected viral infection; together with clinical encephalopathy or Glasgow Coma "
        "Scale (GCS) score less than 14, or both"
    )


def test_the_references_and_imaging_criteria_are_documentation():
    kinds = [part["type"] for part in plan()["relatedArtifact"]]
    assert kinds.count("documentation") == 2
    assert kinds.count("citation") == len(kinds) - 2 > 5
    texts = " ".join(part.get("citation", "") for part in plan()["relatedArtifact"])
    assert "trilaminar" in texts


def test_every_resource_shares_version_status_and_base():
    for one in resources():
        assert one["version"] == REVISION
        assert (one["status"], one["experimental"]) == ("draft", True)
        assert one["url"].startswith(f"{BASE}/{one['resourceType']}/")
        assert one["url"].rpartition("/")[2] == one["id"]
        assert re.fullmatch(r"[A-Za-z0-9\-.]{1,64}", one["id"])
        assert "approvalDate" not in one
        assert "publisher" not in one
        assert "6584" not in one["name"]


def coded():
    def walk(node):
        if isinstance(node, dict):
            if "code" in node and "display" in node and "system" in node:
                yield node["system"], node["code"], node["display"]
            for member in node.values():
                yield from walk(member)
        elif isinstance(node, list):
            for member in node:
                yield from walk(member)

    for one in resources():
        for found in walk(one):
            yield one, found


def test_only_codes_that_may_be_shipped_are_shipped():
    orderset = load(Locator(), "ane", date(2026, 11, 21)).orderset
    known = {(code.code, code.display): code for rows in orderset.codes.values() for code in rows}
    systems = {one.id: one.uri for one in orderset.code_systems}
    shipped = 0
    for _, (system, code, display) in coded():
        assert code not in WRONG_CODES | NOT_GPS
        assert system != "http://www.ama-assn.org/go/cpt"
        if system in systems.values():
            row = known[code, display]
            assert (systems[row.system], row.status) == (system, "verified")
            assert row.use == "preferred"
            assert row.licence != "restricted"
            shipped += 1
    assert shipped >= 30


def test_orderables_without_a_code_are_text():
    for key in ("csf-mep", "csf-cytokines", "opening-pressure", "mobility"):
        assert list(activity(key)["code"]) == ["text"]


def test_a_line_that_names_three_tests_is_three_orderables():
    keys = [leaf["id"] for leaf in action("coagulation-group")["action"]]
    assert keys == ["ane-coagulation-5902-2", "ane-coagulation-14979-9", "ane-coagulation-6301-6"]
    for key in keys:
        (coding,) = activity(key.removeprefix("ane-"))["code"]["coding"]
        assert key.endswith(coding["code"])


def test_an_affiliate_site_gets_more_codes_and_only_when_asked():
    name = "ActivityDefinition-ane-consult-rheumatology.json"
    plain = json.loads(files()[name])["code"]["coding"]
    more = json.loads(files(affiliate=True)[name])["code"]["coding"]
    assert [one["code"] for one in plain] == ["11429006"]
    assert [one["code"] for one in more] == ["11429006", "306290009"]


def test_every_resource_with_a_loinc_code_carries_the_notice():
    with_loinc = [one for one, (system, _, _) in coded() if system == "http://loinc.org"]
    assert len(with_loinc) >= 15
    for one in with_loinc:
        assert "LOINC® is a registered United States trademark" in one["copyright"]


def test_the_transaction_is_conditional_and_leaves_ids_to_the_server():
    bundle = one("bundle-transaction")
    assert bundle["type"] == "transaction"
    wheres = [part["request"]["url"] for part in bundle["entry"]]
    assert len(set(wheres)) == len(wheres) == len(resources())
    assert (
        "PlanDefinition?url=https%3A%2F%2Fexample.org%2Ffhir%2Fane%2FPlanDefinition%2F"
        f"ane-order-set&version={REVISION}"
    ) in wheres
    for part in bundle["entry"]:
        assert part["fullUrl"].startswith("urn:uuid:")
        assert "id" not in part["resource"]
        assert part["request"]["method"] == "PUT"


def test_the_collection_holds_the_same_and_no_request():
    bundle = one("bundle-collection")
    assert bundle["type"] == "collection"
    held = {part["fullUrl"]: part["resource"] for part in bundle["entry"]}
    assert held == {one["url"]: one for one in resources()}
    assert all("request" not in part for part in bundle["entry"])


def test_the_package_is_a_fhir_npm_package_and_the_same_bytes_each_time():
    content = files()[f"ane-orderset-{REVISION}.tgz"]
    time, system = content[4:8], content[9]
    assert (time, system) == (bytes(4), 255)  # 255: not said; some versions of Python say it
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        members = archive.getmembers()
        names = [member.name for member in members]
        about = json.loads(archive.extractfile("package/package.json").read())
        index = json.loads(archive.extractfile("package/.index.json").read())
        for row in index["files"]:
            inside = archive.extractfile(f"package/{row['filename']}").read()
            assert inside == files()[row["filename"]]
    assert names == sorted(names)
    assert {(member.mtime, member.uid, member.gid) for member in members} == {(0, 0, 0)}
    assert about["name"] == "org.example.ane.order-set"
    assert (about["version"], about["fhirVersions"]) == (REVISION, ["4.0.1"])
    assert len(index["files"]) == len(resources())
    locator = Locator()
    edition = load(locator, "ane", date(2026, 11, 21))
    again = fhir_files(Export(edition, BASE), locator.folders("templates"))
    assert again == files()


def test_the_library_holds_the_cql_under_one_name():
    library = one("Library-ANEDosing")
    (content,) = library["content"]
    text = base64.b64decode(content["data"])
    assert text == files()["ANEDosing.cql"]
    assert text.startswith(f"library ANEDosing version '{REVISION}'".encode())
    assert library["name"] == library["id"] == library["url"].rpartition("/")[2] == "ANEDosing"
    for key in ("methylprednisolone", "tocilizumab-lighter"):
        assert activity(key)["library"] == [f"{BASE}/Library/ANEDosing|{REVISION}"]


def test_every_number_of_the_cql_is_from_the_order_set():
    text = files()["ANEDosing.cql"].decode()
    said = dict(re.findall(r"^define ([A-Za-z0-9]+): ([0-9.]+)$", text, re.MULTILINE))
    assert said == {
        "WeightLowestKg": "0.5", "WeightHighestKg": "200",
        "MethylprednisoloneBasisMgPerKg": "30", "MethylprednisoloneMaximumMg": "1000",
        "TocilizumabLighterBasisMgPerKg": "12", "TocilizumabLighterBelowKg": "30",
        "TocilizumabLighterStopAboveMg": "800",
        "TocilizumabHeavierBasisMgPerKg": "8", "TocilizumabHeavierAtLeastKg": "30",
        "TocilizumabHeavierStopAboveMg": "800",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("day", "state", "status"),
    [("2026-03-01", "approved", "active"), ("2027-02-01", "overdue", "active")],
)
def test_an_approved_edition_is_active_since_its_last_signature(weighed, day, state, status):
    home = weighed
    home.complete()
    home.sign()
    made = of_home(home, day)
    assert home.load(day).status.state == state
    one = made["PlanDefinition-valid-order-set.json"]
    assert (one["status"], one["approvalDate"]) == (status, "2026-02-01")
    assert one["effectivePeriod"] == {"start": "2026-02-01", "end": "2027-01-31"}
    assert one["publisher"] == "Made-up hospital"
    assert ("PAST ITS REVIEW DATE" in one["description"]) == (state == "overdue")


def test_a_withdrawn_edition_is_retired(weighed):
    home = weighed
    home.complete()
    home.sign(withdrawn="withdrawn: {by: E. Chair, date: 2026-02-20, reason: A made-up error}")
    for one in of_home(home).values():
        assert one["status"] == "retired"
        assert "WITHDRAWN, DO NOT USE" in one["description"]


def test_an_order_set_without_a_code_of_body_weight_is_refused(home):
    export = Export(home.load(), "https://example.org/fhir/valid")
    with pytest.raises(ContentError, match="body-weight"):
        fhir_files(export, home.locator.folders("templates"))


@pytest.fixture
def weighed(home):
    """The small order set with a code by which a weight is found."""
    code = (
        '[{system: loinc, code: "29463-7", display: Body weight, grade: A, licence: attribution, '
        "status: verified, use: preferred, seen_in: [a table]}]"
    )
    home.write("valid.yaml", f"{home.text().rstrip()}\n  body-weight: {code}\n")
    return home


def test_a_band_a_step_and_a_stop_of_another_order_set_reach_its_cql(weighed):
    home = weighed
    export = Export(home.load(), "https://example.org/fhir/valid")
    text = fhir_files(export, home.locator.folders("templates"))["VALIDDosing.cql"].decode()
    assert "FirstdrugBand1StepMg: 10" in text
    assert "Stepped(FirstdrugBand1ExactMg, FirstdrugBand1StepMg" in text


def of_home(home, day: str = "2026-03-01"):
    export = Export(home.load(day), "https://example.org/fhir/valid")
    made = fhir_files(export, home.locator.folders("templates"))
    assert fhir_rules.faults(made, export.edition) == []
    return {name: fhir_rules.loads(content) for name, content in made.items()
            if name.endswith(".json") and not name.startswith("bundle-")}  # fmt: skip


def test_decimals_keep_their_digits():
    form = {"value": Decimal("0.1"), "big": Decimal("1E+3"), "text": "0.10"}
    assert exact_json.dumps(form) == b'{\n  "value": 0.1,\n  "big": 1000,\n  "text": "0.10"\n}\n'
    assert fhir_rules.loads(b'{"value": 0.1}')["value"] == Decimal("0.1")
    with pytest.raises(TypeError, match="no exact place"):
        exact_json.dumps({"value": [0.1]})


def test_the_package_name_is_the_host_turned_round():
    edition = load(Locator(), "ane", date(2026, 11, 21))
    export = Export(edition, "https://fhir.hospital.example:8443/ane")
    assert bundles.package_name(export) == "example.hospital.fhir.ane.order-set"
