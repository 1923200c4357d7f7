"""The wording rules: one table of bad and good samples a rule, then lines, pages and options."""

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anedocs.schema import ismp_rules
from anedocs.schema.ismp import (
    Finding,
    breaks_a_rule,
    lint,
    lint_dose_line,
    lint_options,
    lint_page,
)
from anedocs.schema.ismp_rules import RULES, Rule

# rule, text, the words found. Near misses stand below, in GOOD, under the same rule.
BAD = [
    ("L01", "Give 1.0 mg now", "1.0"),
    ("L01", "Give 2.50 mL now", "2.50"),
    ("L01", "up to 1,000.0 mg", "1,000.0"),
    ("L01", "weight (18.40 kg)", "18.40"),
    ("L01", "2.5,1.0 mg", "1.0"),
    ("L01", "about 0.0 in all", "0.0"),
    ("L01", "ends in 5.00.", "5.00"),
    ("L02", "Give .5 mg now", ".5"),
    ("L02", "a factor of -.25 at most", ".25"),
    ("L03", "Give 10mg now", "10mg"),
    ("L03", "Give 0.5mL now", "0.5mL"),
    ("L03", "Start 30mg/kg", "30mg"),
    ("L03", "over 60min", "60min"),
    ("L03", "within 24h", "24h"),
    ("L03", "a total of 1,000MG", "1,000MG"),
    ("L03", "Abcd-12,5ml", "12,5ml"),
    ("L03", "as XX300mg", "300mg"),
    ("L03", "up to10g", "10g"),
    ("L04", "Give 1000 mg now", "1000"),
    ("L04", "Give 1000.5 mg now", "1000.5"),
    ("L04", "Give 500-1000 mg now", "1000"),
    ("L04", "Give 1200 to 1,500 mg now", "1200"),
    ("L04", "up to 5000 units", "5000"),
    ("L05", "Give 5 mg. then wait", "mg."),
    ("L05", "Draw 3 mL. (the rest is for later)", "mL."),
    ("L05", "Give 5 mg. 2 doses", "mg."),
    ("L05", "Give 5 mg., then wait", "mg."),
    ("L05", "Give 1 g. daily", "g."),
    ("L05", "wait 2 h. and repeat", "h."),
    ("L05", "wrapped after 5 mg.\ndaily", "mg."),
    ("L06", "weight <30 kg", "<"),
    ("L06", "weight >= 30 kg", ">="),
    ("L06", "weight \u226530 kg", "\u2265"),
    ("L06", "weight \u2264 30 kg", "\u2264"),
    ("L06", "weight \u2a7e 30 kg", "\u2a7e"),
    ("L06", "CT -> MRI", ">"),
    ("L07", "Give 10 U now", "0 U"),
    ("L07", "Give 5u now", "5u"),
    ("L07", "Give 400 IU now", "IU"),
    ("L07", "Give 400 I.U. now", "I.U."),
    ("L07", "Give 400 IU.", "IU"),
    ("L07", "Give 5 u.then stop", "5 u"),
    ("L07", "so many U/kg", "U"),
    ("L08", "5 mg QD", "QD"),
    ("L08", "5 mg q.d. by mouth", "q.d."),
    ("L08", "5 mg qod", "qod"),
    ("L08", "5 mg q.o.d. by mouth", "q.o.d."),
    ("L08", "5 mg q1d", "q1d"),
    ("L08", "5 mg o.d. by mouth", "o.d."),
    ("L09", "MS for pain", "MS"),
    ("L09", "MSO4 for pain", "MSO4"),
    ("L09", "MgSO4 as needed", "MgSO4"),
    ("L09", "MgSO\u2084 as needed", "MgSO\u2084"),
    ("L10", "Give 5 \u00b5g now", "\u00b5g"),
    ("L10", "Give 5 \u03bcg now", "\u03bcg"),
    ("L10", "Give 50ug now", "ug"),
    ("L10", "Give 5 ug now", "ug"),
    ("L10", "Give 5 \u338d now", "\u338d"),
    ("L11", "Draw 5 cc now", "cc"),
    ("L11", "Draw 5cc now", "cc"),
    ("L11", "CC the ward", "CC"),
    ("L12", "daily x5d", "x5d"),
    ("L12", "daily X 5 days", "X 5 days"),
    ("L12", "daily \u00d7 5 days", "\u00d7 5 days"),
    ("L12", "daily x 3-5 days", "x 3-5 days"),
    ("L13", "type & cross", "&"),
    ("L13", "an H&P today", "H&P"),
    ("L13", "call @ 8 in the morning", "@"),
    ("L13", "call @8 in the morning", "@"),
    ("L13", "steroid + antiviral", "+"),
    ("L13", "swelling +/- bleeding", "+/-"),
    ("L13", "swelling \u00b1 bleeding", "\u00b1"),
    ("L14", "seizures AND/OR fever", "AND/OR"),
    ("L14", "seizures and / or fever", "and / or"),
    ("L15", "Give 25 units/10 units", "25 units/10 units"),
    ("L15", "Give 1,000 mg / 2.5 mg", "1,000 mg / 2.5 mg"),
    ("L15", "Give 5 mL/10 mL", "5 mL/10 mL"),
    ("L16", "give per os", "per os"),
    ("L16", "D/C the line", "D/C"),
    ("L16", "give at HS", "HS"),
    ("L16", "give SC", "SC"),
    ("L16", "give SQ", "SQ"),
    ("L16", "give IVP", "IVP"),
    ("L16", "give TIW", "TIW"),
    ("L16", "give at BT", "BT"),
    ("L16", "as IJ", "IJ"),
    ("L17", "MTX daily", "MTX"),
    ("L17", "after AZT", "AZT"),
    ("L18", "give methylprednisolone", "methylprednisolone"),
    ("L18", "Methylprednisolone daily", "Methylprednisolone"),
    ("L18", "METHYLPREDNISOLONE DAILY", "METHYLPREDNISOLONE"),
    ("L18", "methylPrednisolone daily", "methylPrednisolone"),
    ("L18", "methyl-prednisolone daily", "methyl-prednisolone"),
    ("L18", "methyl\u00adPREDNISolone daily", "methyl\u00adPREDNISolone"),
    ("L18", "methylpred daily", "methylpred"),
    ("L18", "methylPREDNISolon daily", "methylPREDNISolon"),
    ("L19", "repeat q6\u00b0", "q6\u00b0"),
    ("L19", "repeat every 6 \u00b0", "every 6 \u00b0"),
    ("L19", "repeat q 4\u00ba", "q 4\u00ba"),
    ("L19", "allergies: \u2205", "\u2205"),
    ("L19", "allergies: \u00d8", "\u00d8"),
    ("L20", "5 mg/kg/d", "mg/kg/d"),
    ("L20", "5 mg/kg/24 h", "mg/kg/24"),
    ("L20", "5 mcg/kg/d", "mcg/kg/d"),
    ("L20", "5 mg / kg / d", "mg / kg / d"),
    ("L21", "tocilizumab358 mg", "tocilizumab358 mg"),
    ("L21", "methylPREDNISolone1,000 mg", "methylPREDNISolone1,000 mg"),
    ("L21", "PERAMIVIR220.8 mg", "PERAMIVIR220.8 mg"),
    ("L21", "peramivir221mgdaily", "peramivir221mg"),
    ("L22", "weighs 40 lb today", "lb"),
    ("L22", "weighs 40lbs today", "lbs"),
    ("L22", "weight in Pounds", "Pounds"),
    ("W01", "start at once**", "**"),
    ("W02", "a relative, i.e. a parent", "i.e."),
    ("W02", "I.E. a parent", "I.E."),
    ("W03", "30 mg/kg (max 1 g)", "max 1 g"),
    ("W03", "maximum dose: 1 g daily", "maximum dose: 1 g"),
]

GOOD = [
    ("L01", "order set ane, revision 2026.1.0, 2.10.1 and 1.0.2"),
    ("L01", "1 mg, 10 mg, 0.05 mg, 1.05 mg, 1,000.5 mg, on 20.10.2026"),
    ("L02", "0.5 mg. So it is."),
    ("L02", "to be answered ... 5 of them"),
    ("L03", "10 mg every 4 h or q12h or Q4h"),
    ("L03", "10\u00a0mg and 5\u202fmL, H1N1, B12, 2nd, code K7Q2-94L9"),
    ("L04", "1,000 mg, 999 mg, in 2026 the dose, MRN 12345678, 0.1234 mg"),
    ("L04", "1,000.5 mg, 1,000 to 1,500 mg"),
    ("L05", "Give 5 mg. Then wait. The bag is 50 mL.\n2. Next step. A kg is a kg."),
    ("L06", "weight less than 30 kg \u2192 12 mg/kg = the basis"),
    ("L07", "10 units, 10 International Units, 2018 U.S. figures, code 4U9, PICU, 5 up"),
    ("L08", "once daily, QID, every other day, FAQ, a quid, odd, period."),
    ("L09", "MSc, MSSA, morphine sulfate, ms"),
    ("L10", "5 mcg, a drug, a bug, \u03bc alone"),
    ("L11", "5 mL, access, account, code cc41f0"),
    ("L12", "for 5 days, max 5 doses, 30 mg/kg \u00d7 18.4 kg = 552 mg"),
    ("L13", "phone +44 1653, mail@encephalitis.info, type and screen, A+ grade"),
    ("L14", "and, or; sand/ore; and/original"),
    ("L15", "30 mg/kg, 500 mg/4 mL, 10 mg/mL, 5 mL/kg, 2 mg/2 h"),
    ("L16", "QHS, qhs, by mouth, BTW, HSV, SCr, IV push, NOT IN GUIDELINE, IN NAS UD"),
    ("L17", "HCTZ, statement TX-MTX-1 and TX-AZT-DAY-2, mtx"),
    ("L18", "methylPREDNISolone, methylPREDNISolone sodium succinate, prednisoLONE"),
    ("L19", "every 6 hours, 38.5 \u00b0C, head up 30\u00b0, S\u00f8ren, \u00d8rsted"),
    ("L20", "30 mg/kg per dose, 30 mg/kg/day, 30 mg/kg/dose, 30 mg/kg daily"),
    ("L21", "tocilizumab 358 mg, day 0, CD4 5 mg, sheet2"),
    ("L22", "kg, album, bulbs, elbs, compound, lbw"),
    ("W01", "start at once"),
    ("W02", "that is, a parent; pie.e; e.g. a parent"),
    ("W03", "maximum 1,000 mg, maximum 1 g (1,000 mg), max 1 g/day = 1,000 mg, maximum 1 gram"),
]


@pytest.mark.parametrize(("rule", "text", "found"), BAD)
def test_bad_sample_is_found(rule: str, text: str, found: str) -> None:
    hits = [one for one in lint(text) if one.rule == rule]
    assert [one.found for one in hits] == [found]
    assert hits[0].warning == rule.startswith("W")
    assert text.splitlines()[0][hits[0].column - 1 :].startswith(found)


@pytest.mark.parametrize(("rule", "text"), GOOD)
def test_near_miss_is_not_found(rule: str, text: str) -> None:
    assert rule in {one.id for one in RULES}
    assert lint(text) == []


def test_every_rule_has_a_bad_and_a_good_sample() -> None:
    ids = [rule.id for rule in RULES]
    assert ids == [f"L{n:02}" for n in range(1, 23)] + ["W01", "W02", "W03"]
    assert {rule for rule, _, _ in BAD} == {rule for rule, _ in GOOD} == set(ids)


@pytest.mark.parametrize("rule", [one for one in RULES if one.signs], ids=lambda one: one.id)
@given(st.data())
def test_every_hit_of_a_rule_holds_one_of_its_signs(rule: Rule, data: st.DataObject) -> None:
    """A text without them is not searched by this rule."""
    text = data.draw(st.from_regex(rule.pattern))
    hits = [hit[0] for hit in re.finditer(rule.pattern, text)]
    assert hits
    assert all(set(hit) & set(rule.signs) for hit in hits)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("MP daily", ["MP"]), ("after TOCI", ["TOCI"]), ("after Toci and toci", ["Toci", "toci"]),
        ("IV-MP daily, TX-MP daily, MP-5", ["MP", "MP", "MP"]),
        ("MPH, mp, statement TX-MP-1 and TX-TOCI-1, tocilizumab", []),
    ],
)  # fmt: skip
def test_short_forms_of_an_order_set_are_found(text: str, found: list[str]) -> None:
    """One in capitals in capitals alone, one in small letters in any; never in a statement's id."""
    hits = lint(text, short_forms=["MP", "toci"])
    assert [(one.rule, one.found) for one in hits] == [("L17", one) for one in found]
    assert lint(text) == []
    assert breaks_a_rule(text, short_forms=["MP", "toci"]) == bool(found)


def test_names_of_drugs_are_data_with_a_source_each() -> None:
    names = tomllib.loads((Path(ismp_rules.__file__).parent / "drug_names.toml").read_text("utf-8"))
    assert set(names) == {"ambiguous", "short", "tall_man"}
    assert all(one["source"].strip() for each in names.values() for one in each)


def test_each_message_is_a_sentence_that_keeps_the_rules_itself() -> None:
    for rule in RULES:
        assert rule.message[0].isupper()
        assert rule.message.endswith(".")
        assert {one.rule for one in lint(rule.message)} <= {rule.id}


# Our own words in the manner of a treatment block that keeps none of the rules.
BLOCK = """At once**: Methylprednisolone 25mg/kg (max 1 g) each morning x 4 days
Under <20 kg TOCI 10mg/kg & \u226520 kg 6mg/kg, swelling +/- blood
Antibiotics and/or antivirals, i.e. whatever the ward holds"""


def test_a_careless_treatment_block_hits_as_expected() -> None:
    found = lint(BLOCK, short_forms=["toci"])
    assert [(one.rule, one.line, one.column) for one in found] == [
        ("W01", 1, 8),
        ("L18", 1, 12),
        ("L03", 1, 31),
        ("W03", 1, 40),
        ("L12", 1, 62),
        ("L06", 2, 7),
        ("L17", 2, 14),
        ("L03", 2, 19),
        ("L13", 2, 27),
        ("L06", 2, 29),
        ("L03", 2, 36),
        ("L13", 2, 53),
        ("L14", 3, 13),
        ("W02", 3, 32),
    ]


def test_a_finding_says_all_and_cannot_be_changed() -> None:
    message = next(rule.message for rule in RULES if rule.id == "L03")
    assert lint("first line\nthen 10mg") == [Finding("L03", message, "10mg", 2, 6, False)]
    with pytest.raises(AttributeError):
        lint("10mg")[0].line = 7  # type: ignore[misc]


class Counted(str):
    """A text that counts how many of its characters are looked at one after another."""

    looked_at = 0

    def count(self, part: str, *where: int) -> int:
        Counted.looked_at += len(self[slice(*where)] if where else self)
        return super().count(part, *where)

    def rfind(self, part: str, *where: int) -> int:
        Counted.looked_at += len(self[slice(*where)] if where else self)
        return super().rfind(part, *where)


@pytest.mark.parametrize("lines", [1, 40, 400])
def test_the_places_of_many_findings_are_found_in_one_look(lines: int) -> None:
    """Why counted and not timed: a file full of faults once took the square of its length."""
    line = "give 10U QD and .5 mg ug cc QOD"
    text = Counted("\n".join([line] * lines))
    Counted.looked_at = 0
    found = lint(text)
    assert Counted.looked_at <= 2 * len(text)
    once = [(one.rule, one.found, one.column) for one in lint(line)]
    assert len(once) > 5
    assert [(one.rule, one.found, one.column) for one in found] == once * lines
    assert [one.line for one in found] == [at + 1 for at in range(lines) for _ in once]


@pytest.mark.parametrize("end", ["\n", "\n\n", " x\n"])
def test_a_finding_at_the_beginning_and_the_end_of_a_line(end: str) -> None:
    found = lint(f"QD{end}QD")
    assert [(one.line, one.column) for one in found] == [(1, 1), (end.count("\n") + 1, 1)]


def test_digits_of_other_scripts_are_not_numbers() -> None:
    assert lint("\u0661.\u0660 \u0661\u0660mg") == []


# --- exempt ----------------------------------------------------------------------------------


def rules_of(text: str, *exempt: str) -> list[str]:
    return [one.rule for one in lint(text, exempt=exempt)]


def test_exempt_is_passed_over_and_columns_stay() -> None:
    text = 'It says "AND/OR" there, and 10mg here'
    assert rules_of(text) == ["L14", "L03"]
    (one,) = lint(text, exempt=['"AND/OR"'])
    assert (one.rule, one.line, one.column) == ("L03", 1, text.index("10mg") + 1)


def test_exempt_may_be_wrapped_onto_the_next_line() -> None:
    text = 'He wrote "fever\n  &  chills" and then\n10mg'
    (one,) = lint(text, exempt=['"fever & chills"'])
    assert (one.rule, one.line, one.column) == ("L03", 3, 1)


def test_exempt_that_is_absent_or_empty_is_ignored() -> None:
    assert rules_of("Give 10mg", "not there", "", "  ") == ["L03"]


def test_exempt_is_taken_literally_and_everywhere() -> None:
    assert rules_of("(A&B)? (A&B)?", "(A&B)?") == []


@pytest.mark.parametrize("text", ["Give 1.0 mg", "Give 1.0\u00a0mg", "Give 11.0 more", "Give 1.00"])
def test_an_edition_hides_no_dose_of_the_same_figure(text: str) -> None:
    assert rules_of(f"Edition 1.0; {text}", "1.0") == ["L01"]


def test_exempt_words_run_into_nothing() -> None:
    assert rules_of("10(quoted)mg and 5 (quoted) U", "(quoted)") == []
    assert rules_of("code x<y, weight <y", "x<y") == ["L06"]


def test_overlapping_exemptions_both_count() -> None:
    assert rules_of("A & B & C", "A & B", "B & C") == []


@pytest.mark.parametrize(
    "text",
    [
        "see https://example.org/a?b=1&c=10mg",
        "see www.example.org/x+/-y",
        "doi: 10.1000/abc.10mg",
        "at 10.1001/jama.2025.50",
    ],
)
def test_web_addresses_and_dois_are_exempt_by_themselves(text: str) -> None:
    assert lint(text) == []
    assert rules_of(text + " 10mg") == ["L03"]


# --- how the house writes numbers ------------------------------------------------------------


@st.composite
def house_numbers(draw: st.DrawFn) -> str:
    whole = f"{draw(st.integers(0, 9_999_999)):,}"
    fraction = draw(st.from_regex(r"\A(?:|[0-9]{0,4}[1-9])\Z"))
    return f"{whole}.{fraction}" if fraction else whole


SENTENCES = [
    "{n} {u}",
    "{n} {u}/kg \u00d7 {m} kg = {n} {u}",
    "Give {n} {u}, maximum {m} mg (1 g), daily for {m} days.",
    "{n} to {m} {u} per dose. Then {m} mL every {m} hours",
    "less than {n} kg, {m} kg or more",
    "(about {n} {u}): {m}%",
]


@settings(deadline=None)
@given(
    house_numbers(),
    house_numbers(),
    st.sampled_from(["mg", "mcg", "g", "kg", "mL", "L", "unit", "units", "mmol", "min", "h"]),
    st.sampled_from([" ", "\u00a0", "\u202f"]),
    st.sampled_from(SENTENCES),
)
def test_numbers_as_the_house_writes_them_never_hit(
    n: str, m: str, unit: str, space: str, sentence: str
) -> None:
    assert lint(sentence.replace(" ", space).format(n=n, m=m, u=unit)) == []


@settings(deadline=None)
@given(st.text(alphabet="1.0,5mg <&x/kU\n", max_size=40), st.text(max_size=5))
def test_every_finding_stands_where_it_says(text: str, exempt: str) -> None:
    for one in lint(text, exempt=[exempt]):
        lines = text.split("\n")
        tail = "\n".join(lines[one.line - 1 :])
        assert tail[one.column - 1 :].startswith(one.found)
        assert one.found


# --- L23 -------------------------------------------------------------------------------------

PARTS = {
    "weight": "the weight used",
    "basis": "the basis",
    "calculated": "the calculated dose",
    "maximum": "the maximum",
    "final": "the final dose",
    "route": "the route",
    "frequency": "the frequency",
}
FULL = (
    "methylPREDNISolone 30 mg/kg \u00d7 18.4 kg = 552 mg; maximum 1,000 mg (1 g); dose 552 mg;"
    " route: NOT SET; daily for 5 days; first dose given at ____"
)

LINES = [
    (FULL, []),
    (FULL.replace("18.4 kg", "the weight"), ["weight"]),
    (FULL.replace("30 mg/kg", "thirty"), ["basis"]),
    (FULL.replace("= 552 mg", ""), ["calculated"]),
    (FULL.replace("maximum 1,000 mg (1 g);", ""), ["maximum"]),
    (FULL.replace("maximum 1,000 mg (1 g)", "maximum: NOT SET"), ["maximum"]),
    (FULL.replace("maximum 1,000 mg (1 g)", "maximum: not stated in guideline"), []),
    (FULL.replace("maximum 1,000 mg (1 g)", "daily maximum dose: 1,000 mg"), []),
    (FULL.replace("dose 552 mg;", ""), ["final"]),
    (FULL.replace("dose 552 mg;", "dose: NOT SET;"), []),
    (FULL.replace("dose 552 mg;", "no dose printed: Rheumatology must enter it;"), []),
    (FULL.replace("= 552 mg", "").replace("dose 552 mg", "dose: ____ NOT SET"), ["calculated"]),
    (FULL.replace("= 552 mg", "552 mg").replace("dose 552 mg", "dose: NOT SET"), []),
    (FULL.replace("= 552 mg; max", "max").replace("dose 552 mg;", ""), ["calculated", "final"]),
    (FULL.replace("route: NOT SET", ""), ["route"]),
    (FULL.replace("route: NOT SET", "route: ____"), ["route"]),
    (FULL.replace("route: NOT SET", "infusion time: NOT SET"), ["route"]),
    (FULL.replace("route: NOT SET", "route, salt and infusion time: NOT SET"), []),
    (FULL.replace("route: NOT SET", "IV, infusion time: NOT SET"), []),
    (FULL.replace("route: NOT SET", "NOT SET"), []),
    (FULL.replace("route: NOT SET", "by\u00a0mouth"), []),
    (FULL.replace("route: NOT SET", "intravenously"), []),
    (FULL.replace("daily for 5 days", "for 5 days"), ["frequency"]),
    (FULL.replace("daily for 5 days", "frequency: NOT SET"), []),
    (FULL.replace("daily for 5 days", "start at once"), ["frequency"]),
    # The maximum's own "daily" is no frequency, and "per day" in the basis is none.
    (
        FULL.replace("maximum", "maximum daily dose:").replace("daily for", "for"),
        ["frequency"],
    ),
    (FULL.replace("mg/kg", "mg/kg per day").replace("daily for", "for"), ["frequency"]),
    # A row as it comes out of a table, no labels but the maximum's.
    ("tocilizumab 12 mg/kg 18.4 kg 220.8 mg maximum: not stated in guideline 221 mg IV once", []),
    # The limit of the band is not the weight used; the volume is not a dose.
    (
        "tocilizumab (less than 30 kg: 12 mg/kg) = 220.8 mg, maximum not stated, 11.04 mL at"
        " 20 mg/mL, IV, one dose",
        ["weight", "final"],
    ),
    (
        "tocilizumab, 30 kg or more: 8 mg/kg \u00d7 40 kg = 320 mg, calculated 320 mg, maximum:"
        " not stated in guideline, dose 320 mg, IV, one dose",
        [],
    ),
    ("10 to 30 kg, 1 mg/kg, 10-30 kg, maximum 5 mg, 5 mg, IV, daily", ["weight", "calculated"]),
    ("calculated dose 552 mg", ["weight", "basis", "maximum", "final", "route", "frequency"]),
    # A band that gives a whole dose has no mg/kg; its basis is the dose at this weight.
    ("oseltamivir 45 mg at 18.4 kg, maximum 75 mg, dose 45 mg, PO, twice daily", []),
    ("", list(PARTS)),
]


@pytest.mark.parametrize(("line", "missing"), LINES)
def test_a_dose_line_names_what_it_lacks(line: str, missing: list[str]) -> None:
    found = lint_dose_line(line)
    assert len(found) == len(missing)
    for one, part in zip(found, missing, strict=True):
        assert f"does not show {PARTS[part]}" in one.message
        assert (one.rule, one.found, one.line, one.column) == ("L23", line.strip(), 1, 1)
        assert not one.warning


FREQUENCIES = (
    "daily|once daily|Once|one dose|one-time|one time dose|single dose|twice daily|twice a day"
    "|3 times per day|every 6 hours|every six hours|every 4-6 h|every 4 to 6 hours|every day"
    "|every other day|every week|weekly|at bedtime|q12h|BID|TID|frequency NOT SET"
)


@pytest.mark.parametrize("words", FREQUENCIES.split("|"))
def test_words_that_are_a_frequency(words: str) -> None:
    assert lint_dose_line(FULL.replace("daily for 5 days", words)) == []


@pytest.mark.parametrize("words", ["day 0", "at once", "STAT", "per day", "bid", "every time"])
def test_words_that_are_no_frequency(words: str) -> None:
    (one,) = lint_dose_line(FULL.replace("daily for 5 days", words))
    assert "frequency" in one.message


# --- L24 -------------------------------------------------------------------------------------

SHEET = """Acute necrotizing encephalopathy, paediatric order sheet
Patient label   Name ____________  MRN ________  Date of birth ________
Allergies: ALLERGIES NOT ASKED
Weight  18.4 kg   \u2610 measured \u2610 estimated   Weighed: date ______ time ______
methylPREDNISolone, maximum: not stated in guideline, weight less than 30 kg
Prescriber: name ________ signature ________ date ______ time ______
Nurse ________ Second check ________ date ______ time ______
Pharmacist ________ date ______ time ______
Edition ane 2026.1 4fa2c9   Effective date: NOT SET   Page 1 of 2
"""

PAGES = [
    (SHEET, []),
    (SHEET.replace("Name", ""), ["two identifiers"]),
    (SHEET.replace("MRN", "").replace("Date of birth", "Ward"), ["two identifiers"]),
    (SHEET.replace("MRN", "Ward"), []),
    (SHEET.replace("Date of birth", "Ward"), []),
    (SHEET.replace("Allergies", "Diet").replace("ALLERGIES", "DIET"), ["allergies"]),
    (SHEET.replace("18.4 kg", "18.4"), ["weight in kg", "date and time of", "source of"]),
    (SHEET.replace("18.4 kg", "____ kg"), []),
    (SHEET.replace("Weight  18.4 kg", "Dosing weight (kg): 18.4"), []),
    (SHEET.replace("\u2610 measured \u2610 estimated", ""), ["source of the weight"]),
    (SHEET.replace("\u2610 measured \u2610 estimated", "stated by a parent"), []),
    (SHEET.replace("Weighed: date ______ time ______", "on 2026-01-03, 14:05"), []),
    (SHEET.replace("Weighed: date ______ time ______", "weighed at NOT ASKED"), []),
    (SHEET.replace("Page 1 of 2", "Page 1"), ["page number"]),
    (SHEET.replace("Page 1 of 2", "page\u00a01 of\u00a02"), []),
    (SHEET.replace("Edition ane 2026.1 4fa2c9", "Edition "), ["edition"]),
    (SHEET.replace("Edition ane", "Revision"), []),
    (SHEET.replace("Effective date: NOT SET", ""), ["effective date"]),
    (SHEET.replace("Effective date: NOT SET", "Effective date: ____"), ["effective date"]),
    (SHEET.replace("Effective date: NOT SET", "Effective 2026-01-03"), []),
    (SHEET.replace("Effective date: NOT SET", "Effective from January 3, 2026"), []),
    (SHEET.replace("Effective date:", "Effective date and review date:"), []),
    (SHEET.replace("signature", ""), ["prescriber"]),
    (SHEET.replace("Prescriber", "Doctor"), ["prescriber"]),
    (SHEET.replace("Second check", "Third"), ["second check"]),
    (SHEET.replace("Second check", "Second nurse check"), []),
    (SHEET.replace("Second check", "Independent double-check"), []),
    (SHEET.replace("Pharmacist", "Ward"), ["pharmacist"]),
]


@pytest.mark.parametrize(("page", "missing"), PAGES)
def test_a_page_names_what_it_lacks(page: str, missing: list[str]) -> None:
    found = lint_page(page)
    assert len(found) == len(missing)
    for one, part in zip(found, missing, strict=True):
        assert part in one.message
        assert (one.rule, one.found, one.line, one.column, one.warning) == ("L24", "", 1, 1, False)


def test_what_belongs_to_the_weight_must_stand_beside_it() -> None:
    apart = SHEET.replace("Weighed: date ______ time ______", "")
    apart = apart.replace("methylPRED", "words " * 60 + "methylPRED")
    assert ["date and time of the weight" in one.message for one in lint_page(apart)] == [True]


def test_an_empty_page_lacks_everything() -> None:
    assert len(lint_page("")) == 11


# --- L25 -------------------------------------------------------------------------------------

OPTIONS = [
    ("\u2610 oseltamivir\n[ ] peramivir\n\u25a1 antibiotics", []),
    ("\u2610 one\n\u2611 two", [("\u2611", 2, 1)]),
    ("a \u2612 b \u2713 c \u2714", [("\u2612", 1, 3), ("\u2713", 1, 7), ("\u2714", 1, 11)]),
    ("[x] one [X] two [ x ] three", [("[x]", 1, 1), ("[X]", 1, 9), ("[ x ]", 1, 17)]),
    ("reference dose 45 mg: reference only, not approved", []),
    ("Reference: 45 mg, published, NOT  APPROVED", []),
    ("as before\nPublished reference dose: ask", [("reference", 2, 11)]),
    ("Reference 45 mg twice daily\nnot approved", [("Reference", 1, 1)]),
    ("References\nReference list, first paper of 2021; for reference only", []),
    ("reference 45 mg \u2611", [("reference", 1, 1), ("\u2611", 1, 17)]),
]


@pytest.mark.parametrize(("text", "expected"), OPTIONS)
def test_options_start_empty_and_reference_doses_are_labelled(
    text: str, expected: list[tuple[str, int, int]]
) -> None:
    found = lint_options(text)
    assert [(one.found, one.line, one.column) for one in found] == expected
    assert {one.rule for one in found} <= {"L25"}
