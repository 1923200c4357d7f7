"""What may stand in a text of an order set: amounts in prose, letters of other scripts."""

import pytest

from anedocs.core.problems import ContentError
from anedocs.schema import textcheck

PROSE = ("sections", 0, "orders", 0, "text")


def told(text: str, path=PROSE) -> list[str]:
    return [fault.what for fault in textcheck.faults([(path, text)])]


@pytest.mark.parametrize(
    "amount",
    ["500 mg", "500 MG", "500mg", "500 Mg", "\uff15\uff10\uff10 mg", "\u0665\u0660\u0660 mg",
     "\u096b\u0966\u0966 mg", "5\u2070\u2070 mg", "\u00bd tablet", "2\u00bd tablets", "1/2 tablet",
     "500 units", "10 U", "10 IU", "5 mL", "5 ml", "0.5 L", "20 mEq", "20 mmol", "2 puffs",
     "3 drops", "1 vial", "005 milligrams", "500 grams", "30 mcg", "30 \u00b5g", "30 \u03bcg",
     "30 ug", "5 cc", "1,000 mg", "1.5 g", "30 mg/kg", "5%", "5 %", "6 hours", "3 DAYS",
     "5\u0336 mg", "2 capsules", "half a tablet", "five milligrams", "hundred mg", "Two tablets",
     "\U0001d7d3 mg", "(5 mg)", ".5 mg", "500mgs", "500 mgs", "30 mcgs", "5 mLs", "500 milligrams",
     "500 milli grams", "500 milli-grams", "10 m g", "500  mg",
     "500-mg", "\u2169 mg", "\u217b mg", "5OO mg", "5oO mg", "1O mL", "1I mg", "fifty-five mg",
     "ten-mg", "10-fold", "10 fold", "tenfold", "ten-fold", "a twofold amount", "2.5-fold",
     "ten times the dose", "10 times the usual dose", "2 times its dose", "twice the dose",
     "half the dose", "half of the first dose", "half dose", "double the dose", "double-dose",
     "a double dose", "Halve the dose", "halving the rate", "triple the usual amount",
     "the dose doubled", "the dose must be halved", "a third of the dose", "twice the maximum"],
)  # fmt: skip
def test_an_amount_in_prose_is_found_however_it_is_written(amount):
    assert any("is a clinical number in a sentence" in one for one in told(f"Give {amount} now")), (
        told(f"Give {amount} now")
    )


@pytest.mark.parametrize(
    "text",
    ["Give it twice daily", "Two consults", "An early MRI may be normal", "Type 1 of 2", "IL-6",
     "5-HT antagonist", "COVID-19 gene", "one of the two", "Half of them", "Tablets, as ordered",
     "vitamin B12 level", "CD4 count", "twice daily", "dose twice daily", "Double-check the dose",
     "two nurses double check the dose", "three times a day", "two times a day, the dose set",
     "Half of them were late", "Which half wins", "Both halves",
     "a double lumen catheter", "One dose before plasma exchange", "single dose", "a third person",
     "1.5 times the upper limit of normal", "unfold the paper", "the fold of the skin", "Type I",
     "Grade 1 or 2 go home", "the second dose", "double vision, amounts of light",
     "a third of people", "Phase \u2162 trial", "\u201c500 mg\u201d is quoted", "Box 3: liters"],
)  # fmt: skip
def test_other_numbers_and_words_are_no_amounts(text):
    assert not any("clinical number" in one for one in told(text))


@pytest.mark.parametrize(
    ("name", "fits"),
    [("firstdrug", True), ("first\u0434rug", False), ("firstdrug \u0420\u041e", False),
     ("\uff46irstdrug", False), ("\u043f\u0440\u0435\u043f\u0430\u0440\u0430\u0442", True),
     ("\u8840\u5e38\u89c4", True), ("MRI \u68c0\u67e5", True), ("IFN\u03b3", True),
     ("m\u00e9thylprednisolone", True), ("firstdrug \u039d", False)],
)  # fmt: skip
def test_the_name_of_an_order_is_of_one_script(name, fits):
    path = ("sections", 0, "orders", 0, "name")
    assert (not any("looks like one of them" in one for one in told(name, path))) == fits


def test_large_amounts_are_read_in_one_form_and_the_other_names_it(home):
    """Without a comma; it was refused in both forms once, by one rule and by the other."""
    for old in ("stop_above: {value: 800 mg", "    value: 800 mg\n"):
        home.edit(old, old.replace("800", "4500"))
    home.edit("A label names 800 mg", "A label")
    assert home.load().orderset.supplement("first-maximum").value.number == 4500
    for old in ("stop_above: {value: 4500 mg", "    value: 4500 mg\n"):
        home.edit(old, old.replace("4500 mg", '"4,500 mg"'))
    with pytest.raises(ContentError) as caught:
        home.load()
    for problem in caught.value.problems:
        assert str(problem).count("write it without, such as '4500 mg'") == 1


def test_a_name_over_two_lines_is_the_same_edition(home):
    before = home.load()
    home.edit("        name: Puncture\n", "        name: >\n          Puncture\n")
    assert home.load().fingerprint == before.fingerprint


def test_a_file_full_of_faults_is_told_to_a_bound(monkeypatch):
    """Counted, not timed: after so many faults of wording no text is looked at by itself."""
    texts = [(("sections", 0, "orders", at, "text"), "give 10U QD, .5 mg " * 60)
             for at in range(400)]  # fmt: skip
    looked_at = []
    lint = textcheck.ismp.lint
    monkeypatch.setattr(
        textcheck.ismp, "lint", lambda text, **given: looked_at.append(text) or lint(text, **given)
    )
    found = [one for one in textcheck.faults(texts) if one.what.startswith("ISMP ")]
    assert len(found) == 500
    assert sum(map(len, looked_at)) < sum(len(text) for _, text in texts) / 20


def test_fewer_faults_than_the_bound_are_all_told():
    texts = [(("sections", 0, "orders", at, "text"), "give it QD") for at in range(400)]
    found = [one for one in textcheck.faults(texts) if one.what.startswith("ISMP ")]
    assert [one.path[3] for one in found] == list(range(400))
