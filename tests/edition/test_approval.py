"""Approval is bound to content: what was signed is what is printed without a mark."""

import copy
import re
from datetime import date

import pytest
from click.testing import CliRunner

from anedocs.cli.app import cli
from anedocs.core.problems import ContentError
from anedocs.edition.approval import ROLES
from anedocs.edition.locate import Locator
from anedocs.schema import source
from anedocs.schema.fingerprint import fingerprint, parts

ALL_PARTS = [
    "entry", "flow", "evaluation", "treatment", "criteria", "gates", "supplements",
    "document", "weight-for-age",
]  # fmt: skip
#: A change, and the part that somebody has to sign again.
CHANGES = [
    ("title: A made-up fever\n", "title: Another fever\n", "document"),
    ("population: Nobody", "population: Somebody", "document"),
    ("credit: Made up for the tests", "credit: Made up", "document"),
    ("says: Second draft", "says: Third draft", "document"),
    ("institution: Made-up hospital", "institution: Another hospital", "document"),
    ("text: known fever", "text: suspected fever", "entry"),
    ("below: 14 points", "below: 13 points", "entry"),
    ("state: at-once", "state: score-first", "flow"),
    ("says: Treatment begins at once.", "says: It begins at once.", "flow"),
    ("text: Suspected fever", "text: Known fever", "flow"),
    ("name: Blood count", "name: White blood count", "evaluation"),
    ("label: Reason", "label: The reason", "evaluation"),
    ("amount: 12 mg/kg", "amount: 13 mg/kg", "treatment"),
    ("maximum: {value: 1 g", "maximum: {value: 2 g", "treatment"),
    ("value: 5 days", "value: 3 days", "treatment"),
    ("value: 10 mg, from: local rounding", "value: 20 mg, from: local rounding", "treatment"),
    ("text: swelling", "text: bleeding", "criteria"),
    ("text: The risk is low", "text: The risk is known", "gates"),
    ("amount: 3 mg/kg", "amount: 4 mg/kg", "supplements"),
    ("value: 5%", "value: 6%", "document"),
    ("says: Our scales", "says: The scales", "document"),
    ("says: The second drug", "says: Another drug", "document"),
    ("title: A made-up reference", "title: Another reference", "document"),
    ("notice: LOINC is free of charge", "notice: LOINC is free", "document"),
    ('code: "58410-2"', 'code: "57021-8"', "document"),
]


@pytest.fixture
def approved(home):
    home.complete()
    home.sign()
    return home


def reasons(home, day: str = "2026-03-01") -> tuple[str, ...]:
    return home.load(day).status.reasons


def test_what_is_complete_answered_and_signed_by_three_is_approved(approved):
    status = approved.load().status
    assert (status.state, status.reasons, status.mark) == ("approved", (), None)


def test_the_parts_that_are_signed(home):
    assert list(home.load().parts) == ALL_PARTS


def test_a_fresh_order_set_says_all_that_is_missing(home):
    status = home.load().status
    assert status.mark == "DRAFT, NOT FOR CLINICAL USE"
    assert status.reasons == (
        *(f"metadata: {name} is not set"
          for name in ("institution", "owner", "effective_date", "review_date", "age_range",
                       "exclusions")),
        "open questions wait for the committee (4): A4, A2, A1, A3",
        *(f"part '{part}' is not approved by medical staff, nursing, pharmacy"
          for part in ALL_PARTS),
    )  # fmt: skip


@pytest.mark.parametrize("name", ["institution", "owner", "effective_date", "review_date",
                                  "age_range", "exclusions"])  # fmt: skip
def test_each_of_the_metadata_must_be_there(name, home):
    home.complete()
    line = next(line for line in home.text().splitlines() if line.startswith(f"  {name}:"))
    home.edit(line, f"  {name}: null")
    home.sign()
    assert reasons(home) == (f"metadata: {name} is not set",)


def test_one_open_question_keeps_it_a_draft(home):
    home.complete()
    home.edit("            answer: By us\n", "")
    home.sign()
    assert reasons(home) == ("open questions wait for the committee (1): A1",)


@pytest.mark.parametrize("absent", ROLES)
def test_each_role_must_sign_each_part(absent, home):
    home.complete()
    home.sign(tuple(role for role in ROLES if role != absent))
    assert reasons(home) == tuple(
        f"part '{part}' is not approved by {absent}" for part in ALL_PARTS
    )


def test_three_signatures_of_one_role_are_one(home):
    home.complete()
    home.sign(("pharmacy",) * 3)
    assert reasons(home)[0] == "part 'entry' is not approved by medical staff, nursing"


@pytest.mark.parametrize(("old", "new", "part"), CHANGES, ids=[one[1] for one in CHANGES])
def test_a_change_takes_the_approval_from_that_part_alone(old, new, part, approved):
    approved.edit(old, new)
    waits = f"part '{part}' is not approved by medical staff, nursing, pharmacy"
    status = approved.load().status
    assert (status.state, status.reasons) == ("draft", (waits,))
    approved.edit(new, old)
    assert approved.load().status.state == "approved"


def test_a_dose_in_a_band_is_part_of_its_section(approved):
    approved.edit("{below: 30 kg, amount", "{below: 31 kg, amount")
    approved.edit("{at_least: 30 kg, amount", "{at_least: 31 kg, amount")
    (reason,) = reasons(approved)
    assert reason.startswith("part 'treatment' is not approved by")


def test_a_signature_for_other_content_or_another_part_counts_for_nothing(approved):
    text = approved.text("valid.approval.yaml")
    fingerprint = approved.load().parts["treatment"]
    approved.write("valid.approval.yaml", text.replace(fingerprint, fingerprint[:-1] + "x"))
    assert len(reasons(approved)) == 1
    approved.write("valid.approval.yaml", text.replace("part: treatment", "part: treatments"))
    assert len(reasons(approved)) == 1


def test_every_single_value_is_signed():
    """Any one text of the file changes one part, and the fingerprint of the whole."""
    path = Locator().find("ordersets", "ane.yaml")
    assert path is not None
    root, _ = source.read(*path)
    content = source.plain(root)
    scalars = [steps for steps, node in source.walk(root) if isinstance(node, source.Scalar)]
    before, whole = parts(content), fingerprint(content)
    ids = {("sections", number, "id") for number in range(len(content["sections"]))}
    for steps in scalars[:: len(scalars) // 60]:  # a sample, in every part of the file
        if steps in ids:
            continue  # a section of another name is another part
        changed = copy.deepcopy(content)
        inner = changed
        for step in steps[:-1]:
            inner = inner[step]
        inner[steps[-1]] = f"{inner[steps[-1]]}."
        now = parts(changed)
        assert len([name for name in before if before[name] != now[name]]) == 1, steps
        assert fingerprint(changed) != whole


def test_a_value_that_moves_to_another_key_is_another_content():
    assert fingerprint({"a": None, "b": "x"}) != fingerprint({"a": "x", "b": None})
    assert fingerprint({"a": "x", "b": "y"}) == fingerprint({"b": "y", "a": "x"})
    assert fingerprint(["x", "y"]) != fingerprint(["y", "x"])
    assert fingerprint({"a": None}) != fingerprint({"a": "null"})


def test_the_review_date_is_the_last_good_day(approved):
    assert approved.load("2027-01-31").status.state == "approved"
    status = approved.load("2027-02-01").status
    assert status.state == "overdue"
    assert status.mark == "PAST ITS REVIEW DATE, NOT FOR CLINICAL USE"
    assert status.reasons == ("the review date 2027-01-31 has passed",)


def test_a_draft_past_its_review_date_is_a_draft(approved):
    approved.edit("amount: 12 mg/kg", "amount: 13 mg/kg")
    assert approved.load("2027-02-01").status.state == "draft"


def test_withdrawn_is_withdrawn_whatever_was_signed(approved):
    approved.sign(withdrawn="withdrawn: {by: C. Doctor, date: 2026-02-15, reason: wrong dose}")
    status = approved.load().status
    assert (status.state, status.mark) == ("withdrawn", "WITHDRAWN, DO NOT USE")
    assert status.reasons == ("withdrawn on 2026-02-15 by C. Doctor: wrong dose",)
    assert status.withdrawal is not None
    assert status.withdrawal.date == date(2026, 2, 15)
    words = ["--home", str(approved.path), "--orderset", "valid", "sheet", "--weight", "18.4"]
    result = CliRunner().invoke(cli, [*words, "-o", str(approved.path / "sheet.pdf")])
    assert (result.exit_code, result.stdout) == (3, "")
    assert "wrong dose" in result.stderr
    assert not (approved.path / "sheet.pdf").exists()


def test_a_withdrawn_edition_still_shows_its_gaps(approved):
    approved.sign(withdrawn="withdrawn: {by: C. Doctor, date: 2026-02-15, reason: wrong dose}")
    result = CliRunner().invoke(
        cli, ["--home", str(approved.path), "--orderset", "valid", "gaps", "--at", "2026-03-01"]
    )
    assert result.exit_code == 0
    assert "valid: withdrawn on 2026-02-15 by C. Doctor: wrong dose" in result.stdout


# --- A record that cannot be right is told, never ignored ---------------------------------------


def signed_with(home, old: str, new: str) -> None:
    """The record of an approved edition, with one thing changed in the signatures of a part."""
    text = home.text("valid.approval.yaml")
    lines = [
        line.replace(old, new) if "part: treatment," in line else line for line in text.split("\n")
    ]
    assert lines != text.split("\n")
    home.write("valid.approval.yaml", "\n".join(lines))


def refused(home) -> str:
    with pytest.raises(ContentError) as error:
        home.load()
    return str(error.value)


@pytest.mark.parametrize(
    "name",
    ["D. Doctor, MD", "D. DOCTOR, MD", "D.  Doctor, MD", "D. Doctor , MD", "D. Doctor", "d.doctor",
     "Dr. D. Doctor", "D. Doctor MD", "D. Doctor, MD, FAAP", "D. Doctor, chief of surgery",
     "Doctor, D.", "Doctor D", "D Dóctor", "D. Doctor, M.D.", "D. Doctor PharmD, BCPS"],
)  # fmt: skip
def test_one_person_cannot_sign_for_two_roles(name, approved):
    signed_with(approved, "E. Nurse, RN", name)
    told = refused(approved)
    assert re.search(r"valid\.approval\.yaml:[0-9]+:[0-9]+: part 'treatment' is signed by one "
                     r"person in two roles, medical staff and nursing\.", told)  # fmt: skip
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize(
    "name",
    ["E. Doctor, MD", "D. Doktor, MD", "D. E. Doctor", "Doctor, E.", "D. Doctor-Nurse, RN",
     "Anh Do", "Anh Ma", "Д. Доктор", "D. O'Doctor", "杜 德"],
)  # fmt: skip
def test_two_people_of_alike_names_may_sign(name, approved):
    signed_with(approved, "E. Nurse, RN", name)
    assert approved.load().status.state == "approved"


@pytest.mark.parametrize(
    ("name", "what"),
    [(".", "nobody"), ("-.-", "nobody"), ("12", "nobody"), ("D", "nobody"), ("TBD", "nobody"),
     ("Nobody", "nobody"), ("N/A", "nobody"), ("D. D\u043ector, MD", "U\\+043E"),
     ("\u0415. Nurse", "U\\+0415"), ("D. Doctor\u00a0, MD", "U\\+00A0"),
     ("D. Doctor\u200b, MD", "U\\+200B")],
)  # fmt: skip
def test_a_name_that_is_no_name_is_told_with_its_place(name, what, approved):
    signed_with(approved, "E. Nurse, RN", name)
    assert re.search(rf"valid\.approval\.yaml:[0-9]+:[0-9]+: .*{what}", refused(approved))


@pytest.mark.parametrize("day", ["2025-12-31", "1999-12-31", "1900-01-01"])
def test_nobody_can_sign_before_the_order_set_was_written(day, approved):
    signed_with(approved, "2026-02-01", day)
    told = refused(approved)
    assert f"part 'treatment' cannot have been signed by medical staff on {day}" in told
    assert "first written, or in force, on 2026-01-01" in told
    assert len(told.splitlines()) == len(ROLES)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-01-01", "2026-02-30"])
def test_a_signature_has_a_date_that_can_be(day, approved):
    signed_with(approved, "2026-02-01", day)
    assert "valid.approval.yaml:" in refused(approved)


def test_a_signature_of_the_first_day_and_of_an_earlier_revision_counts(approved):
    approved.sign(day="2026-01-01")
    assert approved.load().status.state == "approved"
    approved.edit("date: 2026-02-01, says: Second", "date: 2026-02-20, says: Second")
    waits = "part 'document' is not approved by medical staff, nursing, pharmacy"
    assert reasons(approved) == (waits,)


def test_an_early_signature_of_other_content_stops_nothing(approved):
    fingerprint = approved.load().parts["treatment"]
    signed_with(approved, "date: 2026-02-01", "date: 2025-02-01")
    signed_with(approved, fingerprint, "0" * 64)
    assert reasons(approved) == (
        "part 'treatment' is not approved by medical staff, nursing, pharmacy",
    )


@pytest.mark.parametrize("day", ["2026-03-02", "2027-01-01", "2099-01-01"])
def test_a_signature_of_a_day_to_come_does_not_count_and_is_told(day, approved):
    line = next(
        line for line in approved.text("valid.approval.yaml").split("\n") if "part: flow" in line
    )
    approved.edit(line, line.replace("2026-02-01", day), "valid.approval.yaml")
    missing, told = reasons(approved)
    assert missing == "part 'flow' is not approved by medical staff"
    assert told.startswith(
        f"part 'flow': the signature of medical staff does not count, for it is dated {day} and "
        "today is 2026-03-01 ("
    )
    assert re.search(r"\(valid\.approval\.yaml, line [0-9]+\)$", told)
    assert len(reasons(approved, day)) == (day > "2027-01-31")  # overdue by then, and no draft
    command = ["--home", str(approved.path), "--orderset", "valid", "gaps", "--at", "2026-03-01"]
    assert told in CliRunner().invoke(cli, command).stdout


def test_a_second_signature_of_a_day_to_come_is_told_too(approved):
    text = approved.text("valid.approval.yaml")
    line = next(line for line in text.split("\n") if "part: flow" in line)
    later = line.replace("2026-02-01", "2099-01-01")
    approved.write("valid.approval.yaml", text.replace(line, f"{line}\n{later}"))
    status = approved.load().status
    assert status.state == "draft"
    assert len(status.reasons) == 1


def test_a_withdrawal_of_a_day_to_come_counts_and_is_told(approved):
    approved.sign(withdrawn="withdrawn: {by: C. Doctor, date: 2099-01-01, reason: wrong dose}")
    status = approved.load().status
    assert status.state == "withdrawn"
    assert "the withdrawal is dated 2099-01-01 and today is 2026-03-01" in status.reasons[1]
    approved.sign(withdrawn='withdrawn: {by: ".", date: 2026-02-15, reason: wrong dose}')
    assert "nobody" in refused(approved)


def test_an_edition_is_in_force_only_from_its_effective_date(home):
    home.complete()
    home.sign(day="2026-01-20")
    assert home.load("2026-01-31").status.state == "draft"
    assert home.load("2026-01-31").status.reasons == ("it is in force only from 2026-02-01",)
    assert home.load("2026-02-01").status.state == "approved"
