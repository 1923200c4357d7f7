"""What the committee still owes: nothing is forgotten, and nothing is listed that is settled."""

import json
from datetime import date

import pytest
from click.testing import CliRunner

from anedocs.cli.app import cli
from anedocs.edition.gaps import KINDS, Gap, gaps
from anedocs.edition.load import load
from anedocs.edition.locate import Locator
from anedocs.edition.translated import translations

ANE_NOT_SET = {
    "methylprednisolone": {
        "route (A9)", "salt (A9)", "infusion time (A9)", "rounding (guideline silent)",
    },
    "oseltamivir": {
        "dose (A5)", "maximum (A5)", "route (A5)", "salt (A5)", "frequency (A5)", "duration (A5)",
        "infusion time (guideline silent)", "rounding (guideline silent)",
    },
    "peramivir": {
        "dose (A6)", "maximum (A6)", "duration (A6)", "infusion time (A6)",
        "salt (guideline silent)", "rounding (guideline silent)",
    },
    "tocilizumab": {
        "maximum (A12)", "route (A13)", "infusion time (A13)", "salt (guideline silent)",
        "duration (guideline silent)", "rounding (guideline silent)",
    },
    "antibiotics": {
        "dose (A29)", "maximum (A29)", "route (A29)", "frequency (A29)", "duration (A29)",
        "salt (guideline silent)", "infusion time (guideline silent)",
        "rounding (guideline silent)",
    },
}  # fmt: skip
WHO = "who places it (guideline silent)"


@pytest.fixture(scope="module")
def ane():
    edition = load(Locator(), "ane", date(2026, 11, 21))
    return gaps(edition, translations(Locator(), edition))


def of(found: list[Gap], kind: str, about: str | None = None) -> list[str]:
    return [one.says for one in found if one.kind == kind and about in (None, one.about)]


def owed(home, day: str = "2026-03-01") -> list[Gap]:
    edition = home.load(day)
    return gaps(edition, translations(home.locator, edition))


def run(*words: str):
    return CliRunner().invoke(cli, list(words))


# --- The ANE order set -----------------------------------------------------------------------


def test_what_the_guideline_does_not_give_is_not_set(ane):
    for drug, expected in ANE_NOT_SET.items():
        assert set(of(ane, "not set", drug)) == expected | {WHO}, drug


def test_the_metadata_and_the_treatment_gate_are_not_set(ane):
    assert of(ane, "not set", "document") == [
        "institution", "owner", "effective date", "review date", "age range", "exclusions",
    ]  # fmt: skip
    (gate,) = of(ane, "not set", "flow")
    assert gate.startswith("Not confirmed by the committee: whether treatment waits for imaging")


def test_who_places_an_order_is_asked_where_the_guideline_is_silent(ane):
    asked = {one.about for one in ane if one.says == WHO}
    assert {"ct-head", "lumbar-puncture", "csf-culture", "tocilizumab"} <= asked
    assert asked.isdisjoint(
        {"consult-neurology", "consult-picu", "consult-nephrology", "vascular-access", "mobility"}
    )


def test_every_open_question_that_is_owed_is_listed(ane):
    listed = [says.partition(":")[0] for says in of(ane, "unanswered")]
    assert len(listed) == len(set(listed)) == 45 + 3 - 13
    assert {"A2", "A12", "A28", "E1", "E2", "E3"} <= set(listed)
    assert set(listed).isdisjoint({"A7", "A14", "A39"})


def test_every_supplement_is_listed_as_proposed(ane):
    orderset = load(Locator(), "ane", date(2026, 11, 21)).orderset
    listed = [says.partition(":")[0] for says in of(ane, "proposed")]
    assert listed[:-1] == [one.id for one in orderset.supplements]
    assert of(ane, "proposed", "weight-for-age")[0].startswith("Computed from")
    (conflict,) = (says for says in of(ane, "proposed") if says.startswith("oseltamivir-dose:"))
    assert "references disagree: for the 9 to 11 months group" in conflict.lower()


def test_nobody_has_approved_any_part(ane):
    assert len(of(ane, "unapproved", "ane")) == 12
    assert all("medical staff, nursing, pharmacy" in says for says in of(ane, "unapproved", "ane"))
    assert of(ane, "overdue") == []


def test_gaps_stand_by_kind(ane):
    kinds = [one.kind for one in ane]
    assert kinds == sorted(kinds, key=KINDS.index)
    assert set(kinds) == set(KINDS) - {"overdue"}


def test_a_translation_that_nobody_has_reviewed_is_a_gap(ane):
    assert of(ane, "unapproved", "leaflet es") == ["reviewed by no qualified translator"]


def test_a_translation_that_is_behind_the_english_is_a_gap(home):
    for name in ("ane.yaml", "ane.leaflet.es.yaml"):
        found = Locator().find("ordersets", name)
        assert found is not None
        home.write(name, found[0].read_text("utf-8"))
    home.edit(
        '  - id: title\n    english: "', '  - id: title\n    english: "0', "ane.leaflet.es.yaml"
    )
    home.edit("  - id: subtitle\n", "  - id: sub-title\n", "ane.leaflet.es.yaml")
    edition = load(home.locator, "ane", date(2026, 11, 21))
    found = gaps(edition, translations(home.locator, edition))
    assert of(found, "overdue", "leaflet es") == ["title: the English text has changed since"]
    assert of(found, "not set", "leaflet es") == ["subtitle: not translated"]


def test_a_translation_without_a_leaflet_is_none(home):
    edition = home.load()
    ane = load(Locator(), "ane", edition.day)
    assert gaps(edition, translations(Locator(), ane)) == gaps(edition, {})


# --- What makes a gap go away, and what does not ---------------------------------------------


def test_a_complete_and_signed_order_set_has_no_gap_of_approval(home):
    home.complete()
    home.sign()
    found = owed(home)
    assert {one.kind for one in found} == {"not set", "proposed"}
    assert of(found, "not set", "document") == []


def test_a_gate_that_is_decided_is_no_gap(home):
    home.complete()
    assert of(owed(home), "not set", "flow") == []


def test_an_accepted_dose_is_set_and_no_longer_proposed(home):
    before = owed(home)
    assert "dose (A3)" in of(before, "not set", "seconddrug")
    text = home.text()
    start, end = text.index("        rival:\n"), text.index("        frequency: twice daily")
    home.write("valid.yaml", text[:start] + text[end:])
    home.edit("    conflict: Two labels disagree\n", "")
    home.edit(
        "state: proposed\n    says: By age group",
        "state: accepted\n    accepted_by: C. Doctor\n    accepted_on: 2026-02-01\n"
        "    says: By age group",
    )
    after = owed(home)
    assert "dose (A3)" not in of(after, "not set", "seconddrug")
    assert "route (A3)" in of(after, "not set", "seconddrug")
    assert of(after, "proposed", "seconddrug") == []


def test_a_value_or_a_dose_from_a_proposed_supplement_is_a_gap(home):
    home.edit("route: {not_set: A1}", "route: {value: IV, from: supplement first-maximum}")
    home.edit("dose_from: guideline TX-1", "dose_from: supplement first-maximum")
    assert {"route (proposed only)", "dose (proposed only)"} <= set(
        of(owed(home), "not set", "firstdrug")
    )


def test_a_drug_that_no_supplement_can_fill_is_a_gap(home):
    home.edit(", supplement: second-dose}", "}")
    assert "dose (A3)" in of(owed(home), "not set", "seconddrug")


def test_a_safety_figure_that_is_not_set_is_a_gap(home):
    home.edit("boundary_margin: {value: 5%, from: supplement margin}",
              "boundary_margin: {not_set: silent}")  # fmt: skip
    assert of(owed(home), "not set", "safeguards") == ["boundary margin (guideline silent)"]


def test_accepted_weights_for_age_are_no_longer_proposed(home):
    home.edit("status: proposed", "status: accepted", "weight-for-age.yaml")
    home.edit("accepted_by: null", "accepted_by: C. Doctor", "weight-for-age.yaml")
    assert of(owed(home), "proposed", "weight-for-age") == []


def test_past_the_review_date_is_overdue_and_first(home):
    home.complete()
    home.sign()
    found = owed(home, "2027-02-01")
    assert found[0] == Gap("overdue", "valid", "the review date 2027-01-31 has passed")
    assert of(found, "unapproved") == []


# --- The command -----------------------------------------------------------------------------


def test_the_command_lists_every_gap_under_its_title(ane):
    result = run("gaps", "--at", "2026-11-21")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert [line.strip() for line in lines if line.startswith("  ")] == [
        f"{one.about}: {one.says}" for one in ane
    ]
    titles = [line for line in lines if line and not line.startswith(" ")]
    assert [title.partition(" (")[0] for title in titles] == [
        "Not approved", "NOT SET", "Proposed, waiting for the committee", "Open questions",
    ]  # fmt: skip
    assert sum(int(title.split("(")[1].strip(")")) for title in titles) == len(ane)


def test_the_command_gives_json(ane):
    result = run("gaps", "--json", "--at", "2026-11-21")
    assert json.loads(result.stdout) == {
        "orderset": "ane",
        "gaps": [{"kind": one.kind, "about": one.about, "says": one.says} for one in ane],
    }


@pytest.mark.parametrize("time", ["yesterday", "2026-02-30", ""])
def test_a_time_that_is_none_is_refused(time):
    result = run("gaps", "--at", time)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "2026-01-31T14:05" in result.stderr
