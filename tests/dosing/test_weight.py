"""Weight and age as typed: what is refused, in which words, with which way through."""

import json
import re
import shutil
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import example, given, settings
from hypothesis import strategies as st

from anedocs.cli.app import cli
from anedocs.dosing.patient import (
    AgeGiven,
    FormError,
    age,
    age_in,
    age_on,
    agree,
    weight,
    written,
)
from anedocs.dosing.patient import typed as as_typed
from anedocs.dosing.plausible import plausible
from anedocs.edition.load import load
from anedocs.edition.locate import Locator
from support.edited import unruled
from support.homes import with_bundled

AT = ("--at", "2026-01-31T14:05")
BLANK = "anedocs sheet --blank"
#: The weights that the project promises to refuse, each with its exit code.
PROMISED = {
    "0": 4, "-3": 2, "18,4": 2, "40lb": 2, "40 kgs": 2, "1e2": 2, "18.415": 2, "٣": 2, "NaN": 2,
    "350": 4, "": 2,
}  # fmt: skip
FURTHER = {
    "+5": "sign", "-0": "sign", "-.5": "sign", "-1e2": "sign", "--blank": "sign",
    "007": "zero too many", "00.5": "zero too many", "018.4": "zero too many",
    ".5": "both", "5.": "both",
    " 18": "space", "18.4\n": "space", "18 4": "space", "18.4\t": "space", "18\u00a04": "space",
    " ": "empty", "\t\n": "empty",
    "1_0": "not a weight", "0x12": "not a weight", "18.4.1": "not a weight", "18;4": "not a weight",
    "18'4": "not a weight", "18..4": "not a weight", ".": "not a weight", "½": "not a weight",
    "−5": "not a weight", "eighteen": "not a weight", "18.4\x00": "not a weight",
    "1,018.4": "not a weight", "\u202e4.81": "not a weight", "<b>18</b>": "not a weight",
    "\uff11\uff18": "0 to 9", "१८.४": "0 to 9", "18²": "0 to 9", "\uff11\uff18 kg": "0 to 9",
    "inf": "not a number", "-inf": "sign", "Infinity": "not a number", "nan": "not a number",
    "1E2": "exponent", "1e-2": "exponent", "1.5e1": "exponent",
    "18.400": "two decimals", "0.001": "two decimals",
    "40 lb": "pounds", "40.5LBS": "pounds", "40 pounds": "pounds", "40,5 lb": "pounds",
    "40#": "pounds",
    "18,4 KG": "comma", "18.4  kg": "space", "18.4kg ": "space", "18.4\tkg": "space",
    "18.4\u00a0kg": "space", "18.4\u212ag": "not a weight", "18.415kg": "two decimals",
    "007 kg": "zero too many", "-3kg": "sign", "kg": "not a weight", "18.4kgkg": "not a weight",
    "18.4 kilos": "another form", "18.4 kgs": "another form", "18.4k": "another form",
    "18400g": "grams", "3330 g": "grams", "350 grams": "grams", "18,4 g": "grams",
    "2 st": "other than kg", "40 oz": "other than kg", "18.4 mg": "other than kg",
    "18400": "grams", "12345.67": "grams", "1" * 5000: "grams", "1." + "1" * 5000: "two decimals",
    "x" * 5000: "not a weight",
}  # fmt: skip


pytestmark = pytest.mark.usefixtures("read_once")


@pytest.fixture(scope="module")
def table():
    return load(Locator(), "ane", date(2026, 1, 1)).weights


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A working folder with its own home and temporary folder, to see what is left in it."""
    for name in ("home", "temp", "work"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temp"))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.delenv("ANEDOCS_HOME", raising=False)
    return tmp_path


@contextmanager
def nothing_written(place):
    def tree():
        return sorted((path, path.stat().st_mtime_ns) for path in place.rglob("*"))

    before = tree()
    yield
    assert tree() == before


def run(*words, stdin=None):
    return CliRunner().invoke(cli, [*words], input=stdin)


def refused(result, code):
    """Refused in words: the exit code, nothing on stdout, no traceback; returns the message."""
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == code, result.stderr
    assert result.stdout == ""
    assert result.stderr.startswith("Refused: " if code == 4 else "Error: ")
    assert "Traceback" not in result.stderr
    return result.stderr


# --- The form of a weight ---


@pytest.mark.parametrize("command", ["sheet", "dose"])
@pytest.mark.parametrize("typed", PROMISED)
def test_promised_weights_are_refused_and_leave_no_file(command, typed, place):
    with nothing_written(place):
        refused(run(command, "--weight", typed), PROMISED[typed])


def test_each_promised_weight_is_refused_with_a_message_of_its_own(place):
    with nothing_written(place):
        said = {
            typed: refused(run("sheet", "--weight", typed), code)
            for typed, code in PROMISED.items()
        }
        said["25 at 17mo"] = refused(run("sheet", "--weight", "25", "--age", "17mo"), 4)
    # Of its own even where the weight itself is taken out of the sentence.
    bare = {
        message.replace(repr(typed), "").replace(f"{typed.split()[0] if typed else ''} kg is", "")
        for typed, message in said.items()
    }
    assert len(bare) == len(said)


@pytest.mark.parametrize("typed", FURTHER, ids=lambda typed: ascii(typed)[:24])
def test_further_forms_are_refused_by_their_fault(typed):
    with pytest.raises(FormError, match=FURTHER[typed]) as error:
        weight(typed)
    message = str(error.value)
    assert len(message) < 200, "the message shows the beginning of what was typed, and no more"
    assert any(way in message for way in ("18.4", "0.5", "0 to 9", "the scale", "in kg", "in full"))
    assert message.isprintable()


@pytest.mark.parametrize(
    "typed", ["+5", " 18", "18.4\n", "\uff11\uff18", "0x12", "inf", "1" * 5000]
)
def test_further_forms_through_the_command(typed, place):
    with nothing_written(place):
        refused(run("sheet", "--weight", typed), 2)


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=8)
    | st.text("0123456789.,-+eEkglb _", max_size=8)
    | st.builds("{}{}".format, st.text("0123456789.", max_size=5), st.sampled_from(
        ["kg", " kg", "KG", " Kg", "  kg", "kg ", "g", " lb"]))
)  # fmt: skip
@example("0.5")
@example("18.40")
@example("18.4kg")
@example("18.4 kg")
def test_a_weight_is_digits_with_at_most_two_decimals_and_perhaps_kg(typed):
    bare = typed[:-2].removesuffix(" ") if typed[-2:] in ("kg", "KG", "Kg", "kG") else typed
    form = re.fullmatch(r"(0|[1-9][0-9]{0,3})(\.[0-9][0-9]?)?", bare, re.ASCII)
    if form and not bare.endswith("\n"):
        assert weight(typed) == Decimal(bare)
    else:
        with pytest.raises(FormError):
            weight(typed)


@pytest.mark.parametrize(
    ("typed", "taken"), [("0.5", True), ("0.49", False), ("200", True), ("200.01", False)]
)
def test_the_absolute_limits_hold_for_the_calculator_too(typed, taken, place):
    result = run("dose", "--weight", typed, "--json")
    if taken:
        assert result.exit_code == 0
        assert "outside the usual range for any age (2 to 100 kg)" in result.stderr
    else:
        message = refused(result, 4)
        assert "outside the possible range for any patient (0.5 to 200 kg)" in message
        assert "No dose was computed. Weigh the child again" in message


# --- Plausible weights for age ---

#: age, median, soft low, soft high, hard low, hard high: the reference table, typed by hand.
#: The row at birth is this project's own: no published median, the upper limits of one month.
TABLE = """
0 days       -     2     6.4   0.5   9.7
1 month      4.3   2.6   6.4   1.6   9.7
3 months     6.1   3.9   8.8   2.6  13
6 months     7.6   4.9  10.8   3.4  15.6
1 year       9.3   6.1  13.2   4.2  19.2
2 years     12.4   8.8  17.4   6.6  25.2
3 years     14.2   9.9  20.5   7.2  31.5
4 years     15.9  10.9  24.3   7.7  38.7
5 years     18.3  12.2  29.4   8.4  48.3
6 years     20.6  13.5  34.5   9    58.1
8 years     25.8  16    46.9   9.5  82
10 years    32.3  18.7  62.6   9.3 112
12 years    41.3  23.1  81.5  10.9 148
14 years    50.4  29    96.3  14.1 174
16 years    57.3  34.8 106    20.7 190
17.9 years  61.5  37.4 116    24.9 198
"""
DAYS = {"day": 1, "month": Fraction("30.4375"), "year": Fraction("365.25")}
GROWN_UP = 21 * DAYS["year"]


def typed_table():
    for line in TABLE.strip().splitlines():
        number, unit, *limits = line.split()
        yield (
            Fraction(number) * DAYS[unit.rstrip("s")],
            [None if limit == "-" else Fraction(limit) for limit in limits],
        )


def test_the_table_is_the_reference_table(table):
    rows = [
        (
            Fraction(row.age.to("day").number),
            [limit and Fraction(limit.number) for limit in
             (row.median, row.soft_low, row.soft_high, row.hard_low, row.hard_high)],
        )
        for row in table.rows
    ]  # fmt: skip
    assert rows == list(typed_table())
    anyone = table.without_age
    limits = (anyone.hard_low, anyone.soft_low, anyone.soft_high, anyone.hard_high)
    assert [limit.number for limit in limits] == [Decimal("0.5"), 2, 100, 200]
    assert {limit.unit for limit in limits} == {"kg"}
    assert table.age_below.to("day").number == GROWN_UP
    own = [row.age.to("day").number for row in table.rows if row.own_bound]
    assert own == [row.age.to("day").number for row in table.rows if row.median is None] == [0]


def by_hand(kg, days):
    """The verdict, by straight lines between the rows of the table typed above."""
    soft_low, soft_high, hard_low, hard_high = map(Fraction, ("2", "100", "0.5", "200"))
    rows = list(typed_table())
    last = rows[-1]
    for (start, low), (end, high) in pairwise([*rows, (GROWN_UP, last[1])]):
        if days is not None and start <= days <= end:
            share = (days - start) / (end - start)
            soft_low, soft_high, hard_low, hard_high = (
                a + (b - a) * share for a, b in zip(low[1:], high[1:], strict=True)
            )
            break
    if not Fraction("0.5") <= kg <= 200 or (
        (days is None or days < GROWN_UP) and not hard_low <= kg <= hard_high
    ):
        return "hard"
    if days is not None and days >= GROWN_UP:
        return "no_limits"
    return "usual" if soft_low <= kg <= soft_high else "soft"


AGES = (
    st.integers(0, 120).map(lambda n: f"{n}d")
    | st.integers(1, 60).map(lambda n: f"{n}wk")
    | st.integers(1, 300).map(lambda n: f"{n}mo")
    | st.integers(1, 30).map(lambda n: f"{n}y")
    | st.builds("{}y{}m{}".format, st.integers(1, 21), st.integers(0, 11), st.sampled_from("o "))
).map(str.strip)
UNITS = {"d": 1, "wk": 7, "mo": DAYS["month"], "y": DAYS["year"]}


def days_of(text):
    years, months = re.fullmatch("([0-9]+)y([0-9]+)mo?|.*", text).groups()
    if years:
        return (12 * int(years) + int(months)) * DAYS["month"]
    number, unit = re.fullmatch("([0-9]+)([a-z]+)", text).groups()
    return int(number) * Fraction(UNITS[unit])


@settings(max_examples=600, deadline=None)
@given(st.integers(0, 25000), st.none() | AGES)
@example(2500, "17mo")
@example(3530, "4y")
@example(1400, "3wk")
@example(4000, "12d")
@example(300, "18y")
@example(970, "0d")
@example(971, "0d")
@example(50, "0d")
@example(6000, "17y11m")
@example(6000, "20y11mo")
@example(6000, "21y0m")
def test_any_weight_at_any_age(table, hundredths, text):
    kg = Decimal(hundredths) / 100
    found = plausible(kg, age(text) if text else None, table)
    assert found.verdict == by_hand(Fraction(kg), days_of(text) if text else None)
    assert bool(found.message) == (found.verdict != "usual")


@pytest.mark.parametrize(
    ("kg", "verdict"),
    [
        # 18 months lies exactly half way between 1 and 2 years: 5.4, 7.45, 15.3 and 22.2 kg.
        ("5.39", "hard"), ("5.4", "soft"), ("7.44", "soft"), ("7.45", "usual"),
        ("15.3", "usual"), ("15.31", "soft"), ("22.2", "soft"), ("22.21", "hard"),
    ],
)  # fmt: skip
def test_between_two_rows_the_limits_are_read_on_the_straight_line(table, kg, verdict):
    assert plausible(Decimal(kg), age("18mo"), table).verdict == verdict


def test_from_the_last_row_to_the_end_of_childhood_its_limits_hold(table):
    for text in ("18y", "20y", "17y11mo", "251mo"):
        for kg, verdict in (("24.89", "hard"), ("24.9", "soft"), ("60", "usual"), ("117", "soft")):
            assert plausible(Decimal(kg), age(text), table).verdict == verdict, (kg, text)


@pytest.mark.parametrize("command", ["sheet", "dose"])
@pytest.mark.parametrize("text", ["21y", "40y", "300mo", "125y", "21y0m", "9999d"])
def test_no_children_s_sheet_and_no_dose_for_the_grown_up(command, text, place):
    with nothing_written(place):
        message = refused(run(command, "--weight", "60", "--age", text, *AT), 4)
    for part in ("ages below 21 years", "Is the age right?", "ask the pharmacist", BLANK):
        assert part in message


def test_the_grown_up_by_the_date_of_birth_gets_the_blank_sheet_alone(place):
    words = ("--patient", "-", *AT)
    grown = label(date_of_birth="2005-01-31")
    assert "ages below 21 years" in refused(run("sheet", "--weight", "60", *words, stdin=grown), 4)
    youth = label(date_of_birth="2005-02-01")  # tomorrow 21
    said = run("sheet", "--weight", "60", "--format", "json", *words, stdin=youth)
    assert json.loads(said.stdout)["age"] == "20 years"
    blank = run("sheet", "--blank", *words, "-o", "b.pdf", stdin=grown)
    assert blank.exit_code == 0, blank.output


@pytest.mark.parametrize("born", ["1900-01-01", "1890-01-01", "0001-01-01", "9999-12-31"])
def test_nobody_is_older_than_people_become_or_born_later(born, place):
    for words in (("--weight", "60"), ("--blank",)):
        with nothing_written(place):
            result = run("sheet", *words, "--patient", "-", *AT, stdin=label(date_of_birth=born))
        assert (result.exit_code in (1, 4), result.stdout) == (True, "")
        assert born[:4] not in result.stderr
        if born == "1900-01-01":
            assert "nobody can still live" in refused(result, 4)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ("no rows", "5y"), ("no rows", "0d"), ("one row", "3y"), ("one row", "5y"),
        ("from a month on", "12d"), ("from a month on", "29d"),
    ],
)  # fmt: skip
def test_an_age_without_limits_is_refused_and_never_waved_through(table, change, text, place):
    rows = {"no rows": (), "one row": table.rows[8:9], "from a month on": table.rows[1:]}[change]
    cut = unruled(table, rows=rows)
    found = plausible(Decimal("18.4"), age(text), cut)
    if change == "one row" and text == "5y":
        assert found.verdict == "usual", "the last row holds on"
        assert cut.rows[0].age.to("day").number <= age(text).days
        return
    assert found.verdict == "no_limits"
    assert "cannot be checked" in found.message
    assert plausible(Decimal(350), age(text), cut).verdict == "hard"


def test_a_table_that_begins_late_stops_both_commands(place):
    text = (Path(__file__).parents[2] / "ordersets/weight-for-age.yaml").read_text("utf-8")
    begin, end = text.index("  - age: 0 days"), text.index("  - {age: 1 month")
    folder = place / "home" / "ordersets"
    folder.mkdir()
    (folder / "weight-for-age.yaml").write_text(text[:begin] + text[end:], "utf-8")
    for name in ("ane.yaml", "site.yaml"):
        shutil.copy(Path(__file__).parents[2] / "ordersets" / name, folder / name)
    for command in ("sheet", "dose"):
        words = ("--home", str(place / "home"), command, "--weight", "3.5", "--age", "12d", *AT)
        with nothing_written(place):
            result = run(*words)
        assert (result.exit_code, result.stdout) == (1, "")
        assert "weight-for-age.yaml:3:1: the table begins at 1 month" in result.stderr


@pytest.mark.parametrize(
    ("kg", "text", "code"),
    [
        # from the issue, and neighbours on both sides
        ("14", "3wk", 4), ("40", "12d", 4), ("3", "18y", 4), ("9.71", "0d", 4), ("0.49", "0d", 4),
        ("1.5", "30d", 4), ("6.5", "12d", 4), ("1.9", "0d", 4), ("2", "5y", 4), ("10", "5y", 4),
        ("3.5", "0d", 0), ("3.5", "12d", 0), ("4.1", "3wk", 0), ("60", "18y", 0),
    ],
)  # fmt: skip
def test_weights_of_the_newborn_and_of_the_nearly_grown(kg, text, code, place):
    result = run("sheet", "--weight", kg, "--age", text, "--format", "json", *AT)
    assert result.exit_code == code, result.output


def test_the_published_check_cases(table):
    """25 lb typed as kg at 17 months; 35.3 kg at 4 years."""
    assert plausible(Decimal(25), age("17mo"), table).verdict == "hard"
    assert plausible(Decimal("35.3"), age("4y"), table).verdict == "soft"


@pytest.mark.parametrize(
    ("kg", "text", "verdict", "says"),
    [
        ("25", "17mo", "hard", "If pounds were typed as kilograms, the child weighs about 11.3 kg"),
        ("40", "5y", "soft", "If pounds were typed as kilograms, the child weighs about 18.1 kg"),
        ("184", "5y", "hard", "point slipped to the right, the child weighs about 18.4 kg"),
        ("1.84", "5y", "hard", "point slipped to the left, the child weighs about 18.4 kg"),
        ("8.3", "5y", "hard", "converted as if they were pounds, the child weighs about 18.3 kg"),
        ("350", None, "hard", "point slipped to the right, the child weighs about 35 kg"),
        ("3270", "6wk", "hard", "If grams were typed, the child weighs about 3.3 kg"),
        ("110", None, "soft", "about 49.9 kg or if the decimal point slipped to the right, the"),
    ],
)
def test_the_message_names_the_slip_that_fits(table, kg, text, verdict, says):
    found = plausible(Decimal(kg), age(text) if text else None, table)
    assert found.verdict == verdict
    assert "Would another entry fit?" in found.message
    assert says in found.message


def test_no_slip_is_named_where_none_fits(table):
    assert "another" not in plausible(Decimal(0), None, table).message
    assert "another" not in plausible(Decimal("2.5"), age("4y"), table).message


def test_the_message_names_weight_age_and_range(table):
    found = plausible(Decimal(25), age("17mo"), table).message
    assert found.startswith(
        "25 kg is outside the possible range for an age of 17 months (5.2 to 21.7 kg)."
    )
    found = plausible(Decimal("35.3"), age("4y"), table).message
    assert found.startswith(
        "35.3 kg is outside the usual range for an age of 4 years (10.9 to 24.3 kg)."
    )


# --- What the commands make of it ---


def sheet(*words, stdin=None):
    return run("sheet", "--format", "json", *AT, *words, stdin=stdin)


def test_a_usual_weight_passes(place):
    assert json.loads(sheet("--weight", "15.9", "--age", "4y").stdout)["weight_kg"] == "15.9"


def test_an_unusual_weight_needs_initials_and_then_passes(place):
    words = ("--weight", "35.3", "--age", "4y")
    with nothing_written(place):
        message = refused(sheet(*words), 4)
    for part in ("Nothing was printed", "Weigh the child again", "--confirm-weight INITIALS",
                 "ask the pharmacist", BLANK):  # fmt: skip
        assert part in message
    passed = sheet(*words, "--confirm-weight", "AB")
    assert passed.exit_code == 0
    assert json.loads(passed.stdout)["weight_kg"] == "35.3"
    assert "pound" not in passed.output


@pytest.mark.parametrize("initials", ["", "A", "ABCDEF", "A B", "12", "A.B.", "ÄÖ"])
def test_initials_have_a_form(initials, place):
    with nothing_written(place):
        message = refused(sheet("--weight", "35.3", "--age", "4y", "--confirm-weight", initials), 2)
    assert "initials" in message


def test_an_impossible_weight_is_refused_even_when_confirmed(place):
    for extra in ((), ("--confirm-weight", "AB")):
        with nothing_written(place):
            message = refused(sheet("--weight", "25", "--age", "17mo", *extra), 4)
        assert "Nothing was printed. Weigh the child again and ask the pharmacist." in message
        assert BLANK in message
        assert "--confirm-weight" not in message


def test_the_message_names_the_phone_of_the_pharmacy_where_it_is_known(place):
    folder = with_bundled(place / "home") / "ordersets"
    (folder / "site.yaml").write_text("pharmacy_phone: extension 1234\n", "utf-8")
    result = run("--home", str(place / "home"), "sheet", "--weight", "25", "--age", "17mo")
    assert "ask the pharmacist (extension 1234)" in refused(result, 4)


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["table", "json"])
@pytest.mark.parametrize(
    ("kg", "text"),
    [("14", "3wk"), ("40", "12d"), ("1", "4wk"), ("9.71", "0d"), ("25", "17mo"), ("8.3", "5y"),
     ("3", "18y"), ("100", "2y"), ("0.6", "2y")],
)  # fmt: skip
def test_no_dose_for_a_weight_that_no_child_of_that_age_can_have(kg, text, form, place):
    """The same sentence as that of the sheet: only what was not done is another."""
    words = ("--weight", kg, "--age", text, *AT)
    told = refused(run("dose", *words, *form), 4)
    printed = refused(run("sheet", *words), 4)
    assert told.replace("No dose was computed", "Nothing was printed") == printed
    assert re.search(r"kg is outside the possible range for an age of .* \([0-9.]+ to", told)


def test_the_calculator_warns_of_an_unusual_weight(place):
    for form in ((), ("--json",)):
        result = run("dose", "--weight", "35.3", "--age", "4y", *form)
        assert result.exit_code == 0
        assert result.stderr.startswith("Warning: 35.3 kg is outside the usual range")
        assert "outside the usual range" in result.stdout
        assert "pound" not in result.stdout
    usual = run("dose", "--weight", "15.9", "--age", "4y", "--json")
    assert "outside" not in usual.stderr
    # Without an age there is nothing to refuse but what nobody can weigh.
    assert run("dose", "--weight", "14").exit_code == 0
    assert "any patient" in refused(run("dose", "--weight", "0.1"), 4)


# --- Ages, typed and from the date of birth ---


@pytest.mark.parametrize(
    ("text", "days", "words"),
    [
        ("0d", "0", "0 days"), ("1d", "1", "1 day"), ("12d", "12", "12 days"),
        ("6wk", "42", "6 weeks"), ("1mo", "30.4375", "1 month"), ("18mo", "547.875", "18 months"),
        ("4y", "1461", "4 years"), ("17y", "6209.25", "17 years"),
        ("5y3m", "1917.5625", "5 years 3 months"), ("5y3mo", "1917.5625", "5 years 3 months"),
        ("1y6m", "547.875", "18 months"), ("5y0m", "1826.25", "5 years"),
        ("2y1m", "760.9375", "2 years 1 month"), ("30mo", "913.125", "2 years 6 months"),
        ("24mo", "730.5", "2 years"), ("20y11mo", "7639.8125", "20 years 11 months"),
    ],
)  # fmt: skip
def test_ages(text, days, words):
    assert age(text).days == Decimal(days)
    assert written(age(text)) == words


@pytest.mark.parametrize(
    "text",
    ["", " ", "4", "y", "4 y", " 4y", "4y\n", "4Y", "4.5y", "-4y", "+4y", "04y", "٤y", "4yr",
     "4 years", "10000d", "1e1y", "4m", "0y", "0mo", "0wk", "5y12m", "5y-1m", "5y 3m", "5y3",
     "5y3d", "0y3m", "5y03m", "5mo3d", "y3m", "5y3mm", "5y3m ", "9999y", "126y", "125y1m", "1513mo",
     "2021-03-04", "03/04/2021", "20210304"],
)  # fmt: skip
def test_ages_in_another_form_are_refused(text, place):
    for command in ("sheet", "dose"):
        with nothing_written(place):
            message = refused(run(command, "--weight", "18.4", "--age", text), 2)
        assert "type" in message
        assert "d" in message.split("type", 1)[1], "an example is given"
        assert "03" not in message or "y" in text, "a date of birth is not shown"


@pytest.mark.parametrize(
    ("born", "day", "words"),
    [
        ("2026-01-31", "2026-01-31", "0 days"),
        ("2026-01-30", "2026-01-31", "1 day"),
        ("2025-12-06", "2026-01-31", "56 days"),
        ("2025-12-05", "2026-01-31", "1 month"),
        ("2025-11-30", "2026-01-31", "2 months"),
        ("2025-11-30", "2026-01-29", "1 month"),
        ("2024-02-01", "2026-01-31", "23 months"),
        ("2024-01-31", "2026-01-31", "2 years"),
        ("2021-02-01", "2026-01-31", "4 years"),
        ("2024-02-29", "2026-02-28", "23 months"),
        ("2024-02-29", "2026-03-01", "2 years"),
    ],
)
def test_the_age_by_the_date_of_birth(born, day, words):
    assert written(age_on(date.fromisoformat(born), date.fromisoformat(day))) == words


def test_a_birth_after_the_day_has_no_age():
    with pytest.raises(ValueError, match="after"):
        age_on(date(2026, 2, 1), date(2026, 1, 31))


@pytest.mark.parametrize(
    ("text", "born", "same"),
    [
        # on 31 January 2026; an age is said in whole units, and may be one of them off
        ("4y", "2022-01-31", True), ("4y", "2021-02-01", True), ("4y", "2020-02-02", True),
        ("4y", "2023-01-01", True), ("4y", "2019-01-31", False), ("4y", "2024-01-31", False),
        ("18mo", "2024-07-31", True), ("18mo", "2024-06-01", True), ("17mo", "2023-03-31", False),
        ("18mo", "2025-07-31", False), ("35mo", "2023-02-15", True), ("1y", "2024-12-31", True),
        ("6wk", "2025-12-20", True), ("6wk", "2025-11-01", False),
        ("5y3m", "2020-10-31", True), ("5y3m", "2020-11-30", True), ("5y3m", "2021-02-01", False),
        ("5y3m", "2020-08-15", False), ("12d", "2026-01-19", True),
        ("12d", "2026-01-18", True), ("12d", "2026-01-15", False),
    ],
)  # fmt: skip
def test_whether_an_age_can_be_that_of_the_date_of_birth(text, born, same):
    assert agree(age(text), date.fromisoformat(born), date(2026, 1, 31)) is same


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 21 * 365))
def test_an_age_as_written_in_a_code_is_the_same_age(days):
    born = date(2000, 2, 29) + timedelta(days=days)
    for given_age in (age_on(born, date(2026, 1, 31)), age_in("month", born, date(2026, 1, 31))):
        again = age(as_typed(given_age))
        assert (again.days, written(again)) == (given_age.days, written(given_age))


def test_an_age_given_is_days_in_any_unit():
    assert AgeGiven(age("2wk").quantity).days == age("14d").days


def label(**values):
    return yaml.safe_dump(values, default_style='"')


def test_the_date_of_birth_gives_the_age_for_the_weight_check(place):
    words = ("--weight", "25", "--patient", "-")
    message = refused(sheet(*words, stdin=label(date_of_birth="2024-08-31")), 4)
    assert "an age of 17 months" in message
    assert sheet(*words, stdin=label(date_of_birth="2018-08-31")).exit_code == 0
    assert sheet(*words, stdin=label(name="Zoe Example")).exit_code == 0


def test_an_age_that_disagrees_with_the_date_of_birth_is_refused(place):
    words = ("--weight", "18.4", "--age", "5y", "--patient", "-")
    with nothing_written(place):
        message = refused(sheet(*words, stdin=label(date_of_birth="2024-08-31")), 4)
    for part in (
        "5 years",
        "17 months",
        "disagree",
        "right patient?",
        "Nothing was printed",
        BLANK,
    ):
        assert part in message
    assert "2024" not in message, "no identity on the screen"
    assert sheet(*words, stdin=label(date_of_birth="2020-10-01")).exit_code == 0


def test_a_date_of_birth_in_the_future_is_refused(place):
    with nothing_written(place):
        message = refused(
            sheet("--weight", "18.4", "--patient", "-", stdin=label(date_of_birth="2026-02-01")), 4
        )
    assert "after the date of the document" in message
    assert "Is it the right one, and is the clock right?" in message
    assert BLANK in message
    assert "2026-02-01" not in message


def test_a_date_of_birth_is_read_to_the_day_and_not_as_the_last_birthday():
    """18.9 kg is unusual at two years, and usual a month before the third birthday."""
    table = load(Locator(), "ane", date(2026, 11, 21)).weights
    assert plausible(Decimal("18.9"), age("2y"), table).verdict == "soft"
    nearly_three = age_on(date(2023, 12, 20), date(2026, 11, 21))
    assert written(nearly_three) == "2 years"
    assert plausible(Decimal("18.9"), nearly_three, table).verdict == "usual"
