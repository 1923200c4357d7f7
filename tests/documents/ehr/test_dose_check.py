"""The dose check: every weight that matters, doses by hand, and a second engine that agrees."""

import csv
import io
import re
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache

import pytest

from anedocs.documents.dose_check import dose_check
from anedocs.documents.ehr.check_weights import WHOLE_KG
from anedocs.edition.load import load
from anedocs.edition.locate import Locator
from anedocs.schema import ismp
from support import libreoffice

MARK = "DRAFT, NOT FOR CLINICAL USE"
STEROID, BLOCKER = "methylprednisolone", "tocilizumab"
#: Source: EHR reference, section 10, computed by hand there; None is no dose.
BY_HAND = [
    ("4", "120", "48", "lighter"),
    ("10", "300", "120", "lighter"),
    ("29.9", "897", "358.8", "lighter"),
    ("30", "900", "240", "heavier"),
    ("33.3", "999", "266.4", "heavier"),
    ("33.4", "1000", "267.2", "heavier"),
    ("100", "1000", "800", "heavier"),
    ("100.01", "1000", "", "heavier"),
]
#: The weights at which a rule changes, with what lies a hundredth and a tenth beside them.
EDGES = {
    "30": ["29.9", "29.99", "30", "30.01", "30.1"],
    "33.33": ["33.23", "33.3", "33.32", "33.33", "33.34", "33.4", "33.43"],
    "100": ["99.9", "99.99", "100", "100.01", "100.1"],
}
#: What a scale that is not set to kg shows for a child of so many kg, worked out by hand.
SLIPS = {"4": "8.8", "7": "15.4", "10": "22", "14": "30.9", "18": "39.7", "24": "52.9",
         "32": "70.5", "45": "99.2", "13.5": "29.8", "13.7": "30.2"}  # fmt: skip
FIRST = 8  # the first row of doses in the sheet


@cache
def edition():
    return load(Locator(), "ane", date(2026, 11, 21))


@cache
def made():
    return dose_check.rows(edition())


def as_table(rows=None) -> list[dict[str, str]]:
    return read(dose_check.as_csv(edition(), rows)) if rows else own_table()


@cache
def own_table() -> list[dict[str, str]]:
    return read(dose_check.as_csv(edition(), made()))


def read(raw: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


def at(drug: str, weight: str, rows=None) -> dict[str, str]:
    (found,) = [
        one
        for one in as_table(rows)
        if one["row_key"].startswith(drug) and one["weight_kg"] == weight
    ]
    return found


def weights() -> list[str]:
    return [one["weight_kg"] for one in own_table() if one["row_key"] == STEROID]


# --- Doses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("weight", "steroid", "blocker", "band"), BY_HAND)
def test_doses_by_hand(weight, steroid, blocker, band):
    assert at(STEROID, weight)["capped_mg"] == steroid
    found = at(BLOCKER, weight)
    assert (found["capped_mg"], found["row_key"]) == (blocker, f"tocilizumab-{band}")


def test_every_dose_against_fractions():
    """Worked out again without the dose function: 30 mg/kg to 1 g; 12 mg/kg, from 30 kg 8."""
    for one in as_table():
        weight = Fraction(one["weight_kg"])
        if one["row_key"] == STEROID:
            raw, most = 30 * weight, Fraction(1000)
            expected = [str(raw), str(min(raw, most))]
        else:
            assert (one["row_key"] == "tocilizumab-lighter") == (weight < 30)
            raw = (12 if weight < 30 else 8) * weight
            expected = [str(raw), str(raw)] if raw <= 800 else ["", ""]
        found = [str(Fraction(one[name])) if one[name] else "" for name in ("raw_mg", "capped_mg")]
        assert found == expected, one


def test_above_the_stop_there_is_no_dose_and_people_are_named():
    found = at(BLOCKER, "100.01")
    assert (found["raw_mg"], found["capped_mg"]) == ("", "")
    assert found["formula"] == "8 mg/kg x 100.01 kg = 800.08 mg"
    assert found["text"] == (
        "no dose above 800 mg (not a figure of the guideline): "
        "the prescriber and a pharmacist must enter the dose"
    )
    stopped = {one["weight_kg"] for one in as_table() if not one["capped_mg"]}
    assert stopped == {"100.01", "100.1", "200"}


def test_what_was_capped_says_so():
    found = at(STEROID, "33.34")
    assert found["formula"] == "30 mg/kg x 33.34 kg = 1,000.2 mg; maximum 1,000 mg"
    assert (found["raw_mg"], found["capped_mg"]) == ("1000.2", "1000")
    assert found["text"] == "1,000 mg (the maximum)"
    assert at(STEROID, "33.33")["text"] == "999.9 mg"
    assert at(STEROID, "33.33")["band"] == "every weight"
    assert at(BLOCKER, "29.99")["band"] == "less than 30 kg"


def test_rounding_stays_blank_until_it_is_decided(home):
    assert {one["local_rounding"] for one in as_table()} == {""}
    rows = dose_check.rows(home.load())
    found = at("firstdrug", "29.9", rows)  # made up: 12 mg/kg, in steps of 10 mg
    assert (found["capped_mg"], found["local_rounding"]) == ("358.8", "360")
    assert at("firstdrug", "30", rows)["local_rounding"] == "240"
    assert at("firstdrug", "100.01", rows)["local_rounding"] == ""


def test_a_drug_without_a_dose_in_force_has_no_row():
    assert {one.line.drug.id for one in made()} == {STEROID, BLOCKER}


# --- Weights ---------------------------------------------------------------------------------


def test_each_drug_has_one_row_at_each_weight():
    by_drug = {}
    for one in made():
        by_drug.setdefault(one.drug, []).append(one.weight)
    assert len(by_drug) == 2
    first, second = by_drug.values()
    assert first == second == sorted(set(first))
    assert len(first) >= 60
    assert all(re.fullmatch(r"[0-9]+(?:\.[0-9]{1,2})?", one) for one in weights())


def test_every_edge_stands_with_its_neighbors():
    assert {str(kg) for kg in range(3, 101)} <= set(weights())
    for around in EDGES.values():
        assert set(around) <= set(weights())
    assert (weights()[0], weights()[-1]) == ("0.5", "200"), "the limits of what is taken"


def test_each_weight_says_why_it_is_there():
    reasons = {
        "30": "tocilizumab, band edge: at it",
        "29.99": "tocilizumab, band edge: just below",
        "30.1": "tocilizumab, band edge: a step above",
        "33.33": "methylPREDNISolone, maximum begins: just below",
        "33.34": "methylPREDNISolone, maximum begins: just above",
        "33.3": "methylPREDNISolone, maximum begins: last mark of a scale below",
        "33.4": "methylPREDNISolone, maximum begins: first mark of a scale above",
        "100": "tocilizumab, stop begins: at it",
        "0.5": "smallest weight that is taken",
        "200": "largest weight that is taken",
        "47": WHOLE_KG,
    }
    assert {weight: at(STEROID, weight)["purpose"] for weight in reasons} == reasons


@pytest.mark.parametrize(("child", "shown"), SLIPS.items())
def test_a_weight_that_was_not_in_kg(child, shown):
    """A child of 13.5 kg and one of 13.7 kg land on two sides of the edge (idea B2)."""
    assert (
        at(BLOCKER, shown)["purpose"] == f"wrong unit: a child of {child} kg, scale not set to kg"
    )


def test_the_weights_follow_the_rules(home):
    home.edit("{below: 30 kg, amount: 12 mg/kg}", "{below: 21.5 kg, amount: 12 mg/kg}")
    home.edit("{at_least: 30 kg, amount: 8 mg/kg}", "{at_least: 21.5 kg, amount: 8 mg/kg}")
    rows = dose_check.rows(home.load())
    whys = {one["weight_kg"]: one["purpose"] for one in as_table(rows)}
    assert [whys[kg].split(";")[0] for kg in ("21.4", "21.49", "21.5", "21.51", "21.6")] == [
        f"firstdrug, band edge: {where}"
        for where in ("a step below", "just below", "at it", "just above", "a step above")
    ]
    assert "29.99" not in whys
    stop = {kg: why for kg, why in whys.items() if "stop begins: at it" in why}
    assert stop.keys() == {"100"}
    assert not any("maximum begins" in why and Decimal(kg) < 120 for kg, why in whys.items())


# --- CSV -------------------------------------------------------------------------------------


def test_the_csv_is_what_programs_read():
    raw = dose_check.as_csv(edition(), made())
    assert raw.startswith(
        b"\xef\xbb\xbf"
        b'"row_key","weight_kg","purpose","formula","raw_mg","capped_mg","band","text",'
        b'"local_rounding","edition"\r\n'
    )
    assert raw[3:].isascii()
    assert raw.count(b"\r\n") == len(made()) + 1
    for one in as_table():
        for name in ("weight_kg", "raw_mg", "capped_mg"):
            assert re.fullmatch(r"|(?:0|[1-9][0-9]*)(?:\.[0-9]*[1-9])?", one[name])


def test_what_people_read_follows_the_wording_rules():
    told = {one[name] for one in as_table() for name in ("purpose", "formula", "band", "text")}
    told |= {
        cell
        for sheet in book().worksheets
        for line in sheet.iter_rows(values_only=True)
        for cell in line
        if isinstance(cell, str)
    }
    keys = {one.row_key for one in made()}
    found = [
        (text, one.rule, one.found)
        for text in told - keys
        for one in ismp.lint(text)
        if not one.warning
    ]
    assert found == []


# --- The workbook as it is written -----------------------------------------------------------


@cache
def book_bytes() -> bytes:
    return dose_check.workbook(edition(), made())


@cache
def book(values: bool = True):
    return libreoffice.opened(book_bytes(), values=values)


def doses(found) -> list[dict[str, object]]:
    """The rows of the sheet by the letters of its columns."""
    sheet = found["Check"]
    return [
        dict(zip("ABCDEFGHIJKLMNO", line, strict=True))
        for line in sheet.iter_rows(min_row=FIRST, values_only=True)
    ]


def counts(found) -> list[object]:
    """Rows, agrees, DIFFERS, open, and formulas that differ."""
    return [found["Check"][f"{column}5"].value for column in "BDFHJ"]


def test_the_sheets_say_which_edition_they_are():
    assert book().sheetnames == ["Check", "Rules"]
    for sheet in book().worksheets:
        assert sheet["A2"].value == MARK
        assert edition().short_fingerprint in sheet["A3"].value


def test_a_viewer_that_does_not_calculate_sees_the_right_values():
    for row, one in zip(doses(book()), made(), strict=True):
        assert (row["A"], row["K"]) == (one.drug, one.row_key)
        assert Decimal(str(row["B"])) == one.weight
        ours = "STOP" if one.given is None else one.given
        for column in "LO":
            value = row[column]
            assert (Decimal(str(value)) if isinstance(value, int | float) else value) == ours
        assert Decimal(str(row["N"])) == one.dose.exact
        assert row["I"] == "equal"
    assert counts(book()) == [len(made()), 0, 0, len(made()), 0]


def test_our_dose_is_hidden_until_theirs_is_typed():
    sheet = book()["Check"]
    assert sheet.column_dimensions["K"].hidden
    assert {row[column] for row in doses(book()) for column in "FGH"} == {None}
    shown = [text for row in doses(book()) for text in row.values() if isinstance(text, str)]
    assert not any("= " in text for text in shown), "a working would give the dose away"
    assert doses(book(values=False))[0]["G"] == f'=IF(F{FIRST}="","",L{FIRST})'


def test_the_formulas_read_the_rules_and_the_weight_and_never_our_dose():
    names = book().defined_names
    for row, number in zip(
        doses(book(values=False)), range(FIRST, FIRST + len(made())), strict=True
    ):
        for column, allowed in (("M", {"A", "B"}), ("N", {"B", "M"}), ("O", {"M", "N"})):
            cells = re.findall(r"\b([A-Z]{1,2})[0-9]+\b", row[column])
            assert set(cells) <= allowed, row[column]
            assert set(re.findall(rf"\b[A-Z]{{1,2}}({number})\b", row[column])) == {str(number)}
            assert set(re.findall(r"rule_[a-z_]+", row[column])) <= set(names)
    for name, one in names.items():
        assert re.fullmatch(r"Rules!\$[A-L]\$6:\$[A-L]\$8", one.attr_text), name


def test_what_is_typed_is_unlocked_and_nothing_else():
    for name, columns in (("Check", "FJ"), ("Rules", "N")):
        sheet = book()[name]
        assert sheet.protection.sheet
        assert not sheet.protection.password
        first = FIRST if name == "Check" else 6
        for line in sheet.iter_rows(min_row=first):
            for cell in line:
                assert cell.protection.locked != (cell.column_letter in columns), cell.coordinate
    signing = [cell.coordinate for cell in book()["Check"][6] if not cell.protection.locked]
    assert {"B6", "E6", "G6", "I6"} <= set(signing)


def test_a_difference_is_told_by_words_and_marked():
    sheet = book()["Check"]
    found = {str(area.sqref): [rule.formula[0] for rule in area.rules]
             for area in sheet.conditional_formatting}  # fmt: skip
    last = FIRST + len(made()) - 1
    assert found[f"H{FIRST}:I{last}"] == [f'H{FIRST}="DIFFERS"']
    (style,) = {rule.dxf.font.b for area in sheet.conditional_formatting for rule in area.rules}
    assert style, "bold as well as red, for a printer without colors"
    custom = next(one for one in sheet.data_validations.dataValidation if one.type == "custom")
    assert str(custom.sqref) == f"F{FIRST}:F{last}"


def test_the_rules_are_those_of_the_order_set():
    rows = [list(line) for line in book()["Rules"].iter_rows(min_row=6, values_only=True)]
    assert [line[:12] for line in rows] == [
        [1, STEROID, "methylPREDNISolone", 0, "N", None, None, 30, "mg/kg", 1000, None, None],
        [2, "tocilizumab-lighter", BLOCKER, 0, "N", 30, "N", 12, "mg/kg", None, 800, None],
        [3, "tocilizumab-heavier", BLOCKER, 30, "Y", None, None, 8, "mg/kg", None, 800, None],
    ]


# --- The second engine -----------------------------------------------------------------------


def differing(found) -> set[tuple[str, str]]:
    return {(row["K"], f"{row['B']:g}") for row in doses(found) if row["I"] == "DIFFERS"}


@pytest.mark.long
def test_libreoffice_works_out_every_dose_to_the_last_digit(tmp_path):
    found = libreoffice.recalculated(book_bytes(), tmp_path)
    assert libreoffice.errors(found) == []
    for row, one in zip(doses(found), made(), strict=True):
        value = row["O"]
        second = Decimal(str(value)) if isinstance(value, int | float) else value
        assert second == ("STOP" if one.given is None else one.given), (one.row_key, one.weight)
        assert row["I"] == "equal"
    assert counts(found) == [len(made()), 0, 0, len(made()), 0]
    print(f"{len(made())} doses, worked out twice, are equal")


@pytest.mark.long
def test_a_planted_wrong_basis_turns_red(tmp_path):
    def plant(book):
        assert book["Rules"]["H6"].value == 30
        book["Rules"]["H6"] = 31

    found = libreoffice.recalculated(libreoffice.edited(book_bytes(), plant), tmp_path)
    wrong = {Decimal(kg) for key, kg in differing(found) if key == STEROID}
    below = {one.weight for one in made() if one.row_key == STEROID and one.weight * 30 < 1000}
    assert wrong == below, "where the maximum holds, the basis does not show"
    assert {key for key, _ in differing(found)} == {STEROID}
    assert counts(found)[4] == len(wrong) > 30


@pytest.mark.long
def test_a_planted_wrong_edge_turns_red_at_the_edge_alone(tmp_path):
    def plant(book):
        assert [book["Rules"][cell].value for cell in ("G7", "E8")] == ["N", "Y"]
        book["Rules"]["G7"], book["Rules"]["E8"] = "Y", "N"

    found = libreoffice.recalculated(libreoffice.edited(book_bytes(), plant), tmp_path)
    assert differing(found) == {("tocilizumab-heavier", "30")}


@pytest.mark.long
def test_the_right_dose_on_the_wrong_line_turns_red(tmp_path):
    def plant(book):
        book["Rules"]["B6"] = "another-line"

    found = libreoffice.recalculated(libreoffice.edited(book_bytes(), plant), tmp_path)
    assert {key for key, _ in differing(found)} == {STEROID}
    assert all(row["O"] == row["L"] for row in doses(found))


@pytest.mark.long
def test_a_planted_gap_and_missing_limits_turn_red(tmp_path):
    def plant(book):
        rules = book["Rules"]
        rules["F7"] = 29  # no band from 29 kg to under 30 kg
        rules["K8"] = None  # no stop
        rules["J6"] = None  # no maximum

    found = libreoffice.recalculated(libreoffice.edited(book_bytes(), plant), tmp_path)
    assert libreoffice.errors(found) == []
    by_key = {key: sorted(float(kg) for one, kg in differing(found) if one == key)
              for key, _ in differing(found)}  # fmt: skip
    assert by_key["tocilizumab-lighter"] == [29, 29.8, 29.9, 29.99]
    assert by_key["tocilizumab-heavier"] == [100.01, 100.1, 200]
    assert min(by_key[STEROID]) == 33.34
    gap = [row for row in doses(found) if row["B"] == 29.9 and row["A"] == BLOCKER]
    assert [row["O"] for row in gap] == ["no rule"]


@pytest.mark.long
def test_a_planted_wrong_dose_of_ours_turns_red(tmp_path):
    def plant(book):
        cell = book["Check"][f"L{FIRST + 9}"]
        cell.value = cell.value + 1

    found = libreoffice.recalculated(libreoffice.edited(book_bytes(), plant), tmp_path)
    assert len(differing(found)) == 1
    assert counts(found)[4] == 1


@pytest.mark.long
def test_what_the_pharmacist_types_is_judged(tmp_path):
    """Every row typed as our dose agrees; a slip of ten, a cap left out, a dose above the stop."""
    rows = made()
    wrong = {
        next(n for n, one in enumerate(rows) if (one.row_key, str(one.weight)) == which): typed
        for which, typed in (
            ((STEROID, "20"), 6000), ((STEROID, "40"), 1200),
            (("tocilizumab-heavier", "200"), 1600), (("tocilizumab-lighter", "29.99"), "STOP"),
        )
    }  # fmt: skip

    def fill(book):
        for number, one in enumerate(rows):
            value = "stop" if one.given is None else float(one.given)
            book["Check"][f"F{FIRST + number}"] = wrong.get(number, value)
        book["Check"][f"F{FIRST}"] = None

    found = libreoffice.recalculated(libreoffice.edited(book_bytes(), fill), tmp_path)
    told = [row["H"] or "" for row in doses(found)]
    assert told[0] == ""
    assert {number for number, text in enumerate(told) if text == "DIFFERS"} == set(wrong)
    assert told.count("agrees") == len(rows) - len(wrong) - 1
    shown = doses(found)[min(wrong)]["G"]
    assert shown == 600, "once theirs is typed, ours appears"
    assert counts(found) == [len(rows), len(rows) - len(wrong) - 1, len(wrong), 1, 0]


@pytest.mark.long
def test_rounding_and_other_bounds_are_worked_out_alike(home, tmp_path):
    """Made up: steps of 10 mg with a cap and a stop, bounds the other way round, a fixed dose."""
    home.edit("{below: 30 kg, amount: 12 mg/kg}", "{up_to: 30 kg, amount: 0.35 mg/kg}")
    home.edit(
        "{at_least: 30 kg, amount: 8 mg/kg}",
        "{above: 30 kg, up_to: 60.5 kg, amount: 8.125 mg/kg}\n"
        "            - {above: 60.5 kg, amount: 0.5 g}",
    )
    edition = home.load()
    rows = dose_check.rows(edition)
    assert {one.row_key for one in rows} == {
        "firstdrug-band-1", "firstdrug-band-2", "firstdrug-band-3"
    }  # fmt: skip
    assert at("firstdrug", "0.5", rows)["local_rounding"] == "0.175", "never rounded to nothing"
    found = libreoffice.recalculated(dose_check.workbook(edition, rows), tmp_path)
    assert libreoffice.errors(found) == []
    assert differing(found) == set()
    assert len({row["O"] for row in doses(found)}) > 40
