r"""The wording rules L01 to L22 and three warnings, as one table: id, pattern, message.

Source: ISMP error-prone abbreviations and the Joint Commission do-not-use list, by way of
reference/safety.md, section 3.7. Patterns are as given there, with ``[0-9]`` for ``\d`` (which
also matches digits of other scripts); a comment says where one was mended, and why.
Names of drugs are data, in drug_names.toml.
Words of table 3.1 for which 3.7 lists no rule (IN, NAS, UD, SSI, ss, OD, nanog) are not hit:
in running text, and above all in capitals, they mean too much else.
"""

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from string import digits
from typing import Final, NamedTuple


class Rule(NamedTuple):
    """One row: what is looked for, and the plain sentence that goes with a hit.

    Every hit holds one of `signs`, where there are any: a text without them need not be searched.
    Source: reference/safety.md, section 3.7.
    """

    id: str
    pattern: str
    message: str
    signs: str = ""
    warning: bool = False


NUMBER: Final = r"[0-9]{1,20}(?:[.,][0-9]{1,20}){0,5}"  # bounded, so that no text takes long
UNIT: Final = r"(?:mg|mcg|g|kg|mL|L|units?|mmol|mEq)"
_GLUED: Final = r"(?i:mg|mcg|kg|ml|units?|mmol|meq)"  # 10ML and 10MG run together just as well

_DRUGS: Final = tomllib.loads(Path(__file__).with_name("drug_names.toml").read_text("utf-8"))
#: What may part a word that is written in two parts.
_JOINED: Final = r"[\s\u00ad-]{0,2}"


def whole_words(forms: Iterable[str]) -> str:
    """The pattern of these words; one in small letters stands for every way of writing it."""
    each = (f"(?i:{one})" if one.islower() else one for one in forms)
    return rf"\b(?:{'|'.join(each)})\b"


@cache
def shortened(forms: tuple[str, ...]) -> Rule:
    """The rule that refuses these short forms of drug names; the ids of statements do not count."""
    in_an_id = r"(?!(?<=[A-Z][A-Z]-)[A-Za-z]+-(?:[A-Z]+-)*[0-9])"
    pattern = in_an_id + whole_words(forms)
    return Rule("L17", pattern, "A drug name is shortened; write the full name.")


RULES: Final[tuple[Rule, ...]] = (
    # Mended: 1,000.0 is found whole; 2.10.1 and 1.0.2 are versions or dates, not numbers.
    Rule(
        "L01",
        r"(?<![0-9.])[0-9][0-9,]{0,20}\.(?:0+|[0-9]*[1-9]0+)(?![0-9]|\.[0-9])",
        "A trailing zero can be read ten times too high; write 1 mg, not 1 mg with a point and 0.",
        signs=digits,
    ),
    # Mended: finds the whole number, not its first digit only.
    Rule(
        "L02",
        r"(?<![0-9])\.[0-9]+",
        "A decimal point without a digit before it is overlooked; write 0.5, with the zero.",
        signs=digits,
    ),
    # Mended: q12h is spared as q4h is, and a letter before the number no longer hides MP300mg.
    Rule(
        "L03",
        rf"(?<![A-Za-z0-9])[0-9][0-9.,]{{0,20}}(?:{_GLUED}|g|L|min|h)\b"
        rf"|(?<=[A-Za-z])[0-9][0-9.,]{{0,20}}{_GLUED}\b"
        rf"|(?<=[A-PR-Za-pr-z])[0-9][0-9.,]{{1,20}}(?:g|L|min|h)\b",
        "The number and its unit run together; write a space between them, as in 10 mg.",
        signs=digits,
    ),
    # Mended: 1000.5 mg, 500-1000 mg and 1000 to 1500 mg have a large number before a unit too.
    Rule(
        "L04",
        rf"(?<![0-9,.])[0-9]{{4,}}(?:\.[0-9]+)?"
        rf"(?=(?:\s?(?:-|\u2013|to)\s?{NUMBER})?\s?{UNIT}\b)",
        "A large number has no comma; write 1,000 with a comma.",
        signs=digits,
    ),
    # Mended: 10mg. and 5 g. count, so do mg., and mg./kg; a digit on the next line numbers a list.
    Rule(
        "L05",
        r"(?:(?<![A-Za-z])(?:mg|mcg|mL|kg)|(?<=[0-9]\s)(?:g|L|h|min)|(?<=[0-9])(?:g|L|h|min))\."
        r"(?=[,;:/]|\s+[a-z]|[^\S\n]+[(0-9])",
        "A full stop after a unit can be read as a 1; write the unit without it.",
        signs=".",
    ),
    # Mended: the other shapes of the four signs; the found text takes in the = of >=.
    Rule(
        "L06",
        r"[<>]=?|[\u2264-\u2267\u2a7d\u2a7e\uff1c\uff1e]",
        "The signs for less and greater are mistaken for each other; write less than, greater"
        " than, at most or at least.",
        signs="<>\u2264\u2265\u2266\u2267\u2a7d\u2a7e\uff1c\uff1e",
    ),
    # Mended: I.U. and a bare U/kg count; 2018 U.S. and the code 4U9 do not.
    Rule(
        "L07",
        r"(?<![A-Za-z])(?:IU(?![A-Za-z])|I\.U\.|[0-9]\s?[Uu](?![A-Za-z0-9]|\.[SK]\b)"
        r"|[Uu](?=/(?:kg|mL|h)\b))",
        "U and IU are read as a number or as IV; write units or International Units.",
    ),
    Rule(
        "L08",
        r"(?i)(?<![a-z])(?:q\.?\s?o\.?\s?d\.?|q\.?\s?d\.?|q1d|o\.d\.)(?![a-z])",
        "This short form of daily is mistaken for another; write daily or every other day.",
    ),
    # Mended: the subscript 4.
    *(
        Rule(
            "L09",
            whole_words(one["forms"]),
            f"{one['forms'][0]} can mean two drugs; write {one['write']}.",
        )
        for one in _DRUGS["ambiguous"]
    ),
    # Mended: 50ug has no word boundary before the u; the one-character sign counts.
    Rule(
        "L10",
        r"[\u00b5\u03bc]g|\u338d|(?<![A-Za-z])ug\b",
        "The micro sign is read as an m, a thousand times too high; write mcg.",
    ),
    # Mended: not at the head of a hexadecimal code such as cc41.
    Rule(
        "L11",
        r"(?i)(?<![a-z])cc(?![a-z0-9])",
        "The short form cc is read as units; write mL.",
    ),
    # Mended: the multiplication sign, a range, and a hyphen before day.
    Rule(
        "L12",
        r"(?i)(?:\bx|\u00d7)\s?[0-9]+(?:\s?[-\u2013]\s?[0-9]+)?[\s-]?(?:d|days?)\b",
        "An x before a number of days is read as a number of doses; write for 5 days.",
        signs=digits,
    ),
    # Mended: & counts wherever it stands, and so do the one-character sign for +/- and @8.
    Rule(
        "L13",
        r"[A-Za-z0-9]{0,20}&[A-Za-z0-9]{0,20}|(?<!\S)[@+](?!\S)|(?<!\S)@(?=[0-9])|\+/[-\u2013\u2212]|\u00b1",
        "This sign is read as a digit; write and, at, plus, or with or without.",
        signs="&@+\u00b1",
    ),
    Rule(
        "L14",
        r"(?i)\band\s?/\s?or\b",
        "And with a slash and or leaves the logic open; write which of the two is meant.",
        signs="/",
    ),
    # Mended: decimals, commas, mcg and g, and two amounts of one unit; 500 mg/4 mL stays.
    Rule(
        "L15",
        rf"{NUMBER}\s?(mg|mcg|g|mL|units?)\s?/\s?{NUMBER}\s?(?:\1|mg|mcg|units?)\b",
        "A slash between two doses is read as a 1; write and, or per.",
        signs=digits,
    ),
    Rule(
        "L16",
        r"(?i:\bper\s+os\b|\bD/C\b)|\b(?:HS|SC|SQ|IVP|TIW|BT|IJ)\b",
        "This abbreviation has been mistaken for another; write it out: by mouth, discharge or"
        " discontinue, at bedtime, subcut, IV push, three times weekly, injection.",
    ),
    shortened(tuple(form for one in _DRUGS["short"] for form in one["forms"])),
    # No pattern is given: every word that begins like the name, but the one right form.
    *(
        Rule(
            "L18",
            rf"(?!{one['name']}\b)\b(?i:{_JOINED.join(one['begins'])}[a-z]*)",
            f"The drug name needs tall man letters; write {one['name']}.",
        )
        for one in _DRUGS["tall_man"]
    ),
    # Mended: every 6 with the sign, look-alikes of the sign, and the slashed O standing alone.
    Rule(
        "L19",
        r"(?i:(?:q|every)\s?[0-9]+\s?[\u00b0\u00ba\u02da])|[\u2205\u03a6]"
        r"|(?<!\w)\u00d8(?!\w)",
        "A degree sign for hours or a null sign is read as a digit; write hours, zero or none.",
        signs="\u00b0\u00ba\u02da\u2205\u03a6\u00d8",
    ),
    # Mended: mcg/kg/d and units/kg/d are as ambiguous; spaces around the slash.
    Rule(
        "L20",
        r"\b(?:mg|mcg|g|mL|units?)\s?/\s?kg\s?/\s?(?:d\b|24)"
        r"|(?<=[0-9])(?:mg|mcg|g|mL|units?)/kg/(?:d\b|24)",
        "The d can mean day or dose; write mg/kg per dose or mg/kg per day.",
        signs="/",
    ),
    # Mended: capitals, commas and decimals in the dose, and units other than mg.
    Rule(
        "L21",
        rf"(?<![A-Za-z])[A-Za-z]{{4,}}{NUMBER}\s?(?:mg|mcg|mL|unit|g\b)",
        "The word and the dose run together; write a space between drug and dose.",
        signs=digits,
    ),
    # Mended: 40lb has no word boundary before the l.
    Rule(
        "L22",
        r"(?i)(?<![a-z])(?:lbs?|pounds?)\b",
        "A weight in pounds has been taken for kilograms; write kg only.",
    ),
    Rule(
        "W01",
        r"\*+",
        "An asterisk is left over from the source; take it out.",
        signs="*",
        warning=True,
    ),
    Rule(
        "W02",
        r"(?i)(?<![a-z])i\.\s?e\.?(?![a-z])",
        "The abbreviation of that is leaves open whether other cases count; write it out.",
        signs=".",
        warning=True,
    ),
    Rule(
        "W03",
        rf"(?i:\bmax(?:imum)?\b)[\s.:(]*(?:dose\b[\s:]*|of\s+)?{NUMBER}\s?g\b"
        rf"(?!(?:\s?/\s?|\s)?(?:per\s)?(?:day|daily|dose)?\s*[(=]\s*{NUMBER}\s?mg\b)",
        "A maximum stands in grams while the dose is in mg; write 1,000 mg, or both.",
        signs=digits,
        warning=True,
    ),
)

# --- L23: what the parts of a weight-based line look like; every space is a single one -------

MASS: Final = r"(?:mg|mcg|g|units?|mmol|mEq)"
AMOUNT: Final = (  # 1,000 mg (1 g) is one amount; 30 mg/kg and 20 mg/mL are none
    rf"{NUMBER} ?{MASS}\b(?! ?(?:/|per ) ?(?:kg|mL|L|h)\b)"
    rf"(?: ?\( ?=? ?{NUMBER} ?(?:g|mg|mL) ?\))?"
)
MAXIMUM: Final = re.compile(
    rf"(?i:\b(?:daily )?maximum\b)[^0-9=;]{{0,40}}?(?:{AMOUNT}|(?i:not stated\b))"
)
BASIS: Final = re.compile(rf"{NUMBER} ?{MASS} ?(?:/|per ) ?kg\b|{AMOUNT} at {NUMBER} ?kg\b")
BAND: Final = re.compile(  # the limit of a weight band is not the weight used
    r"(?i)\b(?:(?:less|more|greater|lower|higher) than(?: or equal to)?"
    rf"|at least|at most|under|below|above|up to) {NUMBER} ?kg\b"
    rf"|{NUMBER}(?: ?kg)?(?: to |[-\u2013]){NUMBER} ?kg\b"
    rf"|{NUMBER} ?kg (?:or|and) (?:more|over|above|heavier|less|under|below|lighter)\b"
)
WEIGHT: Final = re.compile(rf"{NUMBER} ?kg\b")
RESULT: Final = re.compile(
    rf"(?:= ?|(?i:\b(?:calculated|working)\b)[^0-9=]{{0,20}}){AMOUNT}|{AMOUNT} at {NUMBER} ?kg\b"
)
NO_DOSE: Final = re.compile(r"(?i:\bdose\b)[ :]*NOT SET\b|(?i:\bno dose printed\b)|\bSTOPPED\b")
ROUTE: Final = re.compile(
    r"\b(?:IV|PO|IM)\b|(?i:\b(?:intravenous|intramuscular|oral|enteral|rectal)(?:ly)?\b"
    r"|\b(?:by mouth|nasogastric|intranasal|subcut|subcutaneous|feeding tube)\b)"
    r"|(?i:\broute\b(?:[ ,/]|\b(?:and|or|of|administration|salt|infusion|time|rate)\b)*)"
    r"[:( ]*NOT SET\b"
)
NOT_SET: Final = re.compile(  # with the label of another part before it, it is not the route's
    r"(?i:\b(dose|frequency|duration|salt|time|rate|rounding|maximum|weight|volume|indication)\b)?"
    r"\W{0,3}\bNOT SET\b"
)
# The words that count as a frequency. "Per day" does not: in "mg/kg per day" it is the basis.
FREQUENCY: Final = re.compile(
    r"(?i:\b(?:daily|weekly|at bedtime|one[ -]time)\b|(?<!\bat )\bonce\b"
    r"|\b(?:twice|times) (?:a|per) day\b|\b(?:one|single|1)[ -]dose\b|\bq[0-9]+ ?h\b"
    r"|\bevery (?:other )?(?:[0-9]+(?: ?(?:to|-|\u2013) ?[0-9]+)? ?"
    r"|(?:two|three|four|six|eight|twelve) )?(?:h|hours?|days?|weeks?|min|minutes?)\b)"
    r"|\b(?:BID|TID|QID)\b|(?i:\bfrequency\b)[ :]*NOT SET\b"
)

# --- L24: what a page shows: its words in the message, where it stands, and what beside it ----

_SECOND_ID: Final = r"\b(?:MRN|medical record|date of birth|birth date|DOB)\b"
_WEIGHT_KG: Final = r"\bweight\b(?: (?:in|used|for dosing|measured|estimated))*[\W0-9]{0,40}\bkg\b"
_DATE: Final = (
    r"\bweighed at\b|(?<!birth )\bdate\b(?! of birth)|[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"|\b[0-9]{1,2} [a-z]{3,9} [0-9]{4}\b"
)
_TIME: Final = r"\bweighed at\b|(?<!infusion )\btime\b|\b[0-9]{1,2}:[0-9]{2}\b"
PAGE: Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
    (
        "two identifiers together: the name, and the MRN or the date of birth",
        rf"\bname\b.{{0,120}}?{_SECOND_ID}|{_SECOND_ID}.{{0,120}}?\bname\b",
        (),
    ),
    ("allergies", r"\ballerg(?:y|ies)\b", ()),
    ("the weight in kg", _WEIGHT_KG, ()),
    ("the date and time of the weight", _WEIGHT_KG, (_DATE, _TIME)),
    (
        "the source of the weight: measured or estimated",
        _WEIGHT_KG,
        (r"\b(?:measured|estimated|length|source)\b|(?<!not )\bstated\b",),
    ),
    ("the page number, as in page 1 of 2", r"\bpage [0-9]+ of [0-9]+\b", ()),
    (
        "the edition or revision",
        r"\b(?:edition|revision|version|rev)\b[ .:#]*(?:(?!page\b)[^ 0-9]+ ){0,2}[^ 0-9]*[0-9]",
        (),
    ),
    (
        "the effective date, or the words NOT SET for it",
        r"\beffective\b(?: (?:date|from|on|and review(?: dates?)?))*[ :]*"
        r"(?:not set\b|(?:(?!page\b|review\b)[a-z]{3,9} )?[0-9])",
        (),
    ),
    (
        "the prescriber's signature with date and time",
        r"\bprescriber\b",
        (r"\b(?:signature|signed)\b", _DATE, _TIME),
    ),
    ("the second check", r"\bsecond(?:[ -]\w+)?[ -]check|\bdouble[ -]check", ()),
    ("the pharmacist", r"\bpharmacist\b", ()),
)

# --- L25: options ----------------------------------------------------------------------------

TICKED: Final = Rule(
    "L25",
    r"\[\s?[xX\u2713\u2714]\s?\]|[\u2611\u2612\u2713\u2714\u2705\U0001f5f9]",
    "A box is ticked beforehand; print it empty, so that the prescriber ticks it.",
)
REFERENCE: Final = Rule(
    "L25",
    r"(?i)\breference\b",
    "A reference dose stands without its label; write reference only, not approved.",
)
DOSE: Final = re.compile(rf"(?i:\bdose\b)|{NUMBER}\s?{MASS}\b")
NOT_APPROVED: Final = re.compile(r"(?i)\bnot\s+approved\b")
