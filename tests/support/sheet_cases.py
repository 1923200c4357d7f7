"""Sheets that are asked for once for many tests, and what must stand on them: read from the YAML
without the program, computed with fractions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from anedocs.documents.order_sheet.page import SheetRequest, order_sheet
from anedocs.dosing import patient as weigh
from anedocs.dosing.fill import fill
from anedocs.edition.edition import Edition
from anedocs.edition.load import load
from anedocs.edition.locate import Locator
from anedocs.schema import ismp
from anedocs.schema.records import Patient
from support.homes import with_bundled
from support.pdf_pages import Sheet, squash

TOP = Path(__file__).parents[2]
PRINTED = datetime.fromisoformat("2026-11-21T14:05")
PAPERS = {"letter": (612.0, 792.0), "a4": (595.276, 841.89)}

# --- what is asked for -----------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """One sheet that is asked for, in the words of the command line."""

    name: str
    weight: str | None = None
    paper: str = "letter"
    age: str | None = None
    sex: str | None = None
    source: str | None = None
    weighed_at: str | None = None
    allergies: str | None = None
    confirmed_by: str | None = None
    person: str | None = None
    mrn: str | None = None
    born: str | None = None
    home: Path | None = None

    @property
    def kg(self) -> Fraction | None:
        return Fraction(self.weight) if self.weight else None

    @property
    def given(self) -> list[str]:
        """Every text that came from the person who typed."""
        texts = (self.age and in_words(self.age), self.sex, self.source, self.weighed_at,
                 self.allergies, self.confirmed_by, self.person, self.mrn, self.born)  # fmt: skip
        return [text for text in texts if text]


WEIGHTS = ("3.27", "18.4", "29.9", "29.99", "30", "31.6", "33.3", "33.34", "95", "100", "100.1",
           "199.99")  # fmt: skip
SPACED_NAME = "Maria Aurelia Wilhelmina Konstantina de la Cruz y Montenegro van den Oever Smith"
HYPHENED_NAME = "Anna-Lena-Marie Wolfram-Eschenbach-Hohenstaufen-Oberpfalz-Schwarzenberg-Lauenegg"
ONE_WORD_NAME = "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaftschaferswesse"
LONG_ALLERGIES = (
    "penicillin: hives within an hour; cefazolin: swelling of the lips; vancomycin: flushing; "
    "peanut: anaphylaxis, carries an injector; latex: contact rash; iodine contrast: vomiting; "
    "ibuprofen: wheeze; sulfamethoxazole-trimethoprim: blisters; adhesive tape: itching; "
    "bee venom: swelling; eggs: none"
)
EVERY = Case(
    "every", "18.4", age="5y", sex="female", source="measured", weighed_at="2026-11-21 13:50",
    allergies="penicillin: hives", person="Zebulon Quillfeather", mrn="MX-778899",
    born="2021-03-07",
)  # fmt: skip
FULLEST = replace(
    EVERY, name="fullest", weight="100.1", age="17y", source="estimated", confirmed_by="QZ",
    born="2009-01-30", person=HYPHENED_NAME, allergies=LONG_ALLERGIES,
)  # fmt: skip
BLANK = Case("blank")
PLAIN = Case("18.4 kg", "18.4")


def both(case: Case) -> tuple[Case, Case]:
    """The case on Letter and on A4."""
    return case, replace(case, name=f"{case.name}, A4", paper="a4")


#: The source of the weight of some cases; the others leave it open.
_SOURCES = {"3.27": "length", "29.99": "stated", "31.6": "estimated", "33.3": "measured"}
CASES = (
    *(one for kg in WEIGHTS for one in both(Case(f"{kg} kg", kg, source=_SOURCES.get(kg)))),
    *both(BLANK),
    *both(EVERY),
    *both(FULLEST),
    *both(replace(EVERY, name="spaced name", person=SPACED_NAME)),
    *both(replace(EVERY, name="hyphened name", person=HYPHENED_NAME)),
    *both(replace(EVERY, name="name of one word", person=ONE_WORD_NAME)),
    *both(replace(EVERY, name="long allergies", allergies=LONG_ALLERGIES)),
    *both(replace(BLANK, name="blank, long allergies", allergies=LONG_ALLERGIES)),
    Case("6 weeks", "4.1", age="6wk"),
    Case("10 months", "8.55", age="10mo"),
    Case("18 months", "10.5", age="18mo"),
    Case("13 years", "45", age="13y"),
)
FILLED = tuple(case for case in CASES if case.weight)


# --- making it -------------------------------------------------------------------------------


def locator(home: Path | None = None) -> Locator:
    """The library of a home, or the one that came with the program."""
    return Locator(home)


def edition(home: Path | None = None, day: date | None = None) -> Edition:
    """The edition as it stands on a day, read once."""
    return _edition(home, day or PRINTED.date())


@cache
def _edition(home: Path | None, day: date) -> Edition:
    return load(locator(home), "ane", day)


def request(case: Case, printed: datetime = PRINTED) -> SheetRequest:
    """The case as the program takes it."""
    current = edition(case.home, printed.date())
    age = weigh.age(case.age) if case.age else None
    born = date.fromisoformat(case.born) if case.born else None
    return SheetRequest(
        edition=current,
        printed=printed,
        filled=fill(current, Decimal(case.weight), age) if case.weight else None,
        age=age,
        sex=case.sex,
        weight_source=case.source,
        weighed_at=case.weighed_at,
        allergies=case.allergies,
        confirmed_by=case.confirmed_by,
        patient=Patient(name=case.person, mrn=case.mrn, date_of_birth=born and born.isoformat()),
    )


def made(case: Case, printed: datetime = PRINTED) -> Sheet:
    """A sheet laid out afresh."""
    folders = locator(case.home).folders("templates")
    return Sheet(order_sheet(request(case, printed), folders, case.paper))


@cache
def sheet(case: Case) -> Sheet:
    """The sheet of a case, laid out once for all tests."""
    return made(case)


Change = Callable[[dict[str, Any]], None]


def home(
    folder: Path,
    change: Change | None = None,
    templates: dict[str, str] | None = None,
    approved_from: str | None = None,
) -> Path:
    """A hospital's own home: the order set after a change, templates, all approvals on request."""
    with_bundled(folder)
    (folder / "templates").mkdir()
    content = guideline()
    if change is not None:
        change(content)
        text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
        (folder / "ordersets/ane.yaml").write_text(text, "utf-8")
    for name, template in (templates or {}).items():
        (folder / "templates" / name).write_text(template, "utf-8")
    if approved_from is not None:
        signed = [
            {"part": part, "fingerprint": mark, "role": role, "name": f"A. Person of {role}",
             "date": approved_from}
            for part, mark in load(Locator(folder), "ane", PRINTED.date()).parts.items()
            for role in ("medical staff", "nursing", "pharmacy")
        ]  # fmt: skip
        record = yaml.safe_dump({"approvals": signed})
        (folder / "ordersets/ane.approval.yaml").write_text(record, "utf-8")
    return folder


def template(name: str) -> str:
    """A bundled template, to be planted with a fault."""
    return (TOP / "templates" / name).read_text("utf-8")


def planted(html: str = "", css: str = "", swap: dict[str, str] | None = None) -> dict[str, str]:
    """The bundled templates with a fault: at the end of the page, of the style, or by a swap."""
    page = template("order_sheet.html")
    for old, new in (swap or {}).items():
        assert old in page, f"the template no longer has {old}; plant the fault elsewhere"
        page = page.replace(old, new)
    head, end, tail = page.rpartition("</body>")
    page = f"{head}{html}{end}{tail}"
    return {"order_sheet.html": page, "order_sheet.css": template("order_sheet.css") + css}


# --- what must stand there: read from the YAML without the program, computed with fractions -----

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def _null(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _null(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_null(value) for value in node]
    return None if node == "null" else node


@cache
def _source() -> str:
    return (TOP / "ordersets/ane.yaml").read_text("utf-8")


def guideline() -> dict[str, Any]:
    """The order set as plain texts, anew at each call."""
    content = _null(yaml.load(_source(), _LOADER))
    assert isinstance(content, dict)
    return content


@cache
def guide() -> dict[str, Any]:
    """The order set as plain texts; not to be changed."""
    return guideline()


def orders() -> Iterator[dict[str, Any]]:
    """Every order that has a line of its own, in the order of the file."""
    for section in guide()["sections"]:
        yield from section["orders"]


def drugs() -> list[dict[str, Any]]:
    """Every drug."""
    return [order for order in orders() if order["kind"] == "medication"]


def dosed() -> list[dict[str, Any]]:
    """Every drug with a dose rule."""
    return [drug for drug in drugs() if drug["dose"]["kind"] != "not_set"]


def supplement(name: str) -> dict[str, Any]:
    """A supplement by its id."""
    return next(one for one in guide()["supplements"] if one["id"] == name)


def amount(text: str) -> tuple[Fraction, str]:
    """An amount in the text of the order set."""
    number, unit = re.fullmatch(r"([0-9.]+) ?(.+)", text).groups()  # type: ignore[union-attr]
    return Fraction(number), unit


def in_mg(text: str) -> Fraction:
    """A mass in mg."""
    number, unit = amount(text)
    return number * {"mg": 1, "g": 1000, "mcg": Fraction(1, 1000)}[unit]


def people(value: Fraction) -> str:
    """A number as people read it: commas, a leading zero, no trailing one."""
    for places in range(9):
        scaled = value * 10**places
        if scaled.denominator == 1:
            digits = f"{scaled.numerator:0{places + 1}d}"
            whole, rest = digits[: len(digits) - places], digits[len(digits) - places :]
            return f"{int(whole):,}" + (f".{rest}" if rest else "")
    raise ValueError(f"{value} has no end")


def spoken(mg: Fraction) -> str:
    """A dose digit by digit."""
    names = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    parts = people(mg).replace(",", "").split(".")
    return " point ".join("-".join(names[int(one)] for one in part) for part in parts)


_DAYS = {"y": Fraction(1461, 4), "mo": Fraction(487, 16), "wk": Fraction(7), "d": Fraction(1)}
_UNIT = {"y": "year", "mo": "month", "wk": "week", "d": "day"}


def in_days(text: str) -> Fraction:
    """An age, as typed (18mo) or as in the order set (18 months)."""
    number, unit = re.fullmatch(r"([0-9.]+) ?([a-z]+)", text).groups()  # type: ignore[union-attr]
    short = next((key for key, name in _UNIT.items() if unit.rstrip("s") == name), unit)
    return Fraction(number) * _DAYS[short]


def in_words(age: str) -> str:
    """An age as typed, in words."""
    number, unit = re.fullmatch(r"([0-9]+)([a-z]+)", age).groups()  # type: ignore[union-attr]
    return f"{number} {_UNIT[unit]}{'' if number == '1' else 's'}"


@dataclass(frozen=True)
class Expected:
    """A dose computed without the program."""

    basis: Fraction
    per_kg: bool
    product: Fraction
    """In mg, before the maximum."""
    dose: Fraction
    """In mg, after it."""
    capped: bool
    stopped: bool
    band: dict[str, str]

    @property
    def given(self) -> Fraction | None:
        return None if self.stopped else self.dose


def holds(band: dict[str, str], kg: Fraction) -> bool:
    """Whether a weight lies in a band."""
    tests = {"at_least": kg.__ge__, "above": kg.__gt__, "below": kg.__lt__, "up_to": kg.__le__}
    return all(test(amount(band[key])[0]) for key, test in tests.items() if key in band)


def expected(
    dose: dict[str, Any], kg: Fraction, maximum: str | None = None, stop: str | None = None
) -> Expected:
    """The dose that a rule of the order set gives at a weight."""
    bands = dose.get("bands") or [dose]
    band = next(one for one in bands if holds(one, kg))
    basis, unit = amount(band["amount"])
    product = basis * kg if unit == "mg/kg" else in_mg(band["amount"])
    capped = maximum is not None and product > in_mg(maximum)
    final = in_mg(maximum) if capped and maximum else product
    stopped = stop is not None and final > in_mg(stop)
    return Expected(basis, unit == "mg/kg", product, final, capped, stopped, band)


def expected_of(drug: dict[str, Any], kg: Fraction) -> Expected:
    """The dose of a drug of the guideline at a weight."""
    stop = drug.get("stop_above", {}).get("value")
    return expected(drug["dose"], kg, drug["maximum"].get("value"), stop)


@dataclass(frozen=True)
class Step:
    """A step of a dose near a weight: what is printed on either side of it."""

    drug: str
    kind: str
    low: Fraction
    high: Fraction


def steps(kg: Fraction) -> list[Step]:
    """The steps of all doses within the margin of a weight."""
    margin = amount(guide()["safeguards"]["boundary_margin"]["value"])[0] / 100
    tick = amount(guide()["safeguards"]["scale_step"]["value"])[0]
    found = []
    for drug in dosed():
        basis = expected_of(drug, kg).basis
        for band in drug["dose"].get("bands", [])[1:]:
            edge = amount(band.get("at_least") or band["above"])[0]
            if abs(kg - edge) <= edge * margin:
                low, high = (edge - tick, edge) if "at_least" in band else (edge, edge + tick)
                found.append(Step(drug["name"], "band", low, high))
        limits = (drug["maximum"].get("value"), drug.get("stop_above", {}).get("value"))
        for kind, limit in zip(("maximum", "stop"), limits, strict=True):
            if limit and abs(basis * kg - in_mg(limit)) <= in_mg(limit) * margin:
                low = (in_mg(limit) / basis) // tick * tick
                found.append(Step(drug["name"], kind, low, low + tick))
    return found


# --- where the figures of a page come from -----------------------------------------------------


def numbers_in(node: Any, skip: Iterable[str] = ()) -> Iterator[str]:
    """Every text of the order set, but for what stands under the keys to skip."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key not in skip:
                yield from numbers_in(value, skip)
    elif isinstance(node, list):
        for value in node:
            yield from numbers_in(value, skip)
    elif isinstance(node, str):
        yield node


#: Keys under which nothing stands that a sheet may print as a figure.
NEVER_PRINTED = (
    "lines", "sha256", "open_questions", "statements", "references", "codes", "code_systems",
    "revisions", "from", "dose_from", "not_set", "questions", "id", "file", "checked", "says",
    "conflict", "leaflet", "pocket_card",
)  # fmt: skip
_AMOUNT = re.compile(
    r"(?<![A-Za-z0-9.,])([0-9][0-9,]*(?:\.[0-9]+)?)\s?"
    r"(mg/kg|mg/mL|mcg|mg|mL|kg|g|%|(?:day|week|month|year|hour|minute|point)s?)(?![A-Za-z])"
)
_NUMBER = re.compile(r"[A-Za-z]*[0-9][A-Za-z0-9]*(?:[.,][0-9]+)*")


def _figures(text: str) -> set[str]:
    """Every amount with its unit, and every number or word with digits."""
    amounts = {f"{hit[1]} {hit[2].rstrip('s')}" for hit in _AMOUNT.finditer(text)}
    return amounts | {hit[0] for hit in _NUMBER.finditer(text)}


@cache
def printed_figures() -> frozenset[str]:
    """The figures of the order set that a sheet may print."""
    return frozenset(set().union(*map(_figures, numbers_in(guide(), NEVER_PRINTED))))


def orphans(text: str, known: Iterable[str], whole: Iterable[str]) -> list[str]:
    """The figures of a text that are neither in the order set nor in `known`.

    An amount counts with its unit: 30 kg does not excuse 30 mg. Texts of `whole` are passed over.
    """
    for words in sorted(whole, key=len, reverse=True):
        pattern = r"\s*".join(re.escape(one) for one in squash(words))
        text = re.sub(rf"(?<![A-Za-z0-9]){pattern}(?![A-Za-z0-9])", " ~ ", text)
    allowed = printed_figures() | {one for words in known for one in _figures(words)}
    found = []
    for hit in _AMOUNT.finditer(text):
        if f"{hit[1]} {hit[2].rstrip('s')}" not in allowed:
            found.append(hit[0])
    rest = _AMOUNT.sub(" ~ ", text)
    return found + [hit[0] for hit in _NUMBER.finditer(rest) if hit[0] not in allowed]


def computed(case: Case) -> list[str]:
    """The figures that the arithmetic gives for a case, in words."""
    kg = case.kg
    found = [f"{people(in_mg(drug['maximum']['value']))} mg"
             for drug in dosed() if "value" in drug["maximum"]]  # fmt: skip
    if kg is None:
        return found
    found += [f"{people(kg)} kg", people(kg)]
    for drug in dosed():
        one = expected_of(drug, kg)
        found += [f"{people(one.product)} mg", f"{people(one.dose)} mg"]
    for step in steps(kg):
        drug = next(one for one in dosed() if one["name"] == step.drug)
        for weight in (step.low, step.high):
            found += [f"{people(weight)} kg", f"{people(expected_of(drug, weight).dose)} mg"]
    return found + [f"{people(mg)} mg" for _, row in published(case) for mg in row]


def published(case: Case) -> Iterator[tuple[dict[str, Any], list[Fraction]]]:
    """The published rows that may stand on a sheet, each with its dose and that of its rival."""
    assert case.kg is not None
    for drug in drugs():
        if "supplement" not in drug["dose"]:
            continue
        for row in supplement(drug["dose"]["supplement"])["rows"]:
            if case.age and not _of_age(row, in_days(case.age)):
                continue
            rules = [row["dose"], *([row["rival"]["dose"]] if row.get("rival") else [])]
            doses = [expected(rule, case.kg, row.get("maximum")).dose for rule in rules]
            yield row, doses


def _of_age(row: dict[str, Any], days: Fraction) -> bool:
    low, high = row.get("age_at_least"), row.get("age_below")
    return (low is None or in_days(low) <= days) and (high is None or days < in_days(high))


# --- judging the words of a page ------------------------------------------------------------------


def code_of(page: Sheet) -> str:
    """The check code as printed."""
    match = re.search(r"(?i)check code:?\s*((?:[0-9A-Z$%*+.:-]+\s*/\s*)+[0-9A-F]{8})\s", page.text)
    assert match, "no check code is printed"
    return squash(match[1])


def rows_of(page: Sheet, drug: dict[str, Any]) -> list[str]:
    """The lines on which a drug stands with its basis."""
    basis = re.compile(r"[0-9] ?mg/kg")
    return [line for line in page.lines if drug["name"] in line and basis.search(line)]


def faults_of_row(row: str, drug: dict[str, Any], kg: Fraction) -> list[str]:
    """What a line of a drug lacks, and the doses on it that are not its own."""
    dose = expected_of(drug, kg)
    basis = f"{people(dose.basis)} mg/kg"
    wanted = [f"{basis} × {people(kg)} kg = {people(dose.product)} mg"]
    maximum = drug["maximum"].get("value")
    if maximum is None:
        wanted.append("maximum: not stated in guideline")
    else:
        wanted.append(f"maximum {people(in_mg(maximum))} mg")
        if not maximum.endswith(" mg"):
            wanted.append(f"({maximum})")
    wanted.append(f"route {drug['route'].get('value', 'NOT SET')}")
    wanted.append(drug["frequency"].get("value", "frequency NOT SET"))
    if "value" in drug["duration"]:
        wanted.append(f"{drug['frequency']['value']} for {drug['duration']['value']}")
    found = [f"no {words!r}" for words in wanted if words.lower() not in row.lower()]
    # What is left once basis, working and maximum are gone is the dose to give, and it alone.
    rest = row
    for words in wanted[:2]:
        rest = rest.replace(words, "")
    rest = re.sub(r"\([0-9.,]+ ?g\)|for [0-9]+ days?", "", rest)
    left = re.findall(r"[0-9][0-9,.]*\s?(?:mg|g)\b", rest)
    own = [] if dose.given is None else [f"{people(dose.given)} mg"]
    if left != own:
        found.append(f"the dose to give reads {left}, not {own}")
    if dose.stopped and "STOP" not in row.upper() and "no dose" not in row.lower():
        found.append("it does not say that the dose is stopped")
    if dose.capped != ("APPLIED" in row):
        found.append("whether the maximum was applied is told wrongly")
    return found


def exempt_on(page: Sheet) -> list[str]:
    """What the wording rules pass over: quotations, citations, check code, edition."""
    cites = {cite["source"] for one in guide()["supplements"] for cite in one["cites"]}
    fingerprint = edition().short_fingerprint
    return [*re.findall("“[^”]*”", page.text), *cites, code_of(page), guide()["revision"],
            fingerprint]  # fmt: skip


#: What may be smaller than 9 points, and nothing else. No order, dose, basis, working, maximum,
#: route, frequency, blank of an order, gate, entry criterion or word about the patient is in it.
SMALL = {
    "tag": 8.0,  # STAT, preferred, who places it: bold, in a box, beside its order
    "reference": 7.5,  # published doses, which are not approved
    "caption": 7.0,  # the heading of a box, without figures
    "footer": 7.0,  # edition, check code, page
}


def small_runs(page: Sheet) -> Iterator[tuple[str, float, float]]:
    """Text smaller than 9 points, as runs that nothing larger breaks: text, size, upper edge."""
    run: list[Any] = []
    for char in [*page.chars, None]:
        if char is not None and char.text.isspace():
            continue
        if run and (char is None or char.size >= 8.99 or char.font != run[-1].font):
            yield (
                "".join(one.text for one in run),
                min(one.size for one in run),
                max(one.top for one in run),
            )
            run = []
        if char is not None and char.size < 8.99:
            run.append(char)


def kind_of_small(text: str, top: float) -> str | None:
    if top < 90:
        return "footer"
    tags = sorted(map(squash, _tags()), key=len, reverse=True)
    if not re.sub("|".join(map(re.escape, tags)), "", text):
        return "tag"
    names = [squash(drug["name"]) for drug in drugs()]
    cites = [squash(cite["source"]) for one in guide()["supplements"] for cite in one["cites"]]
    labels = [squash(row["label"]) for one in guide()["supplements"] for row in one.get("rows", [])]
    if text.startswith("Referenceonly") or any(one in text for one in (*cites, *labels)):
        return "reference"
    plain = len(text) <= 50 and not re.search(r"[0-9]|NOTSET|(?i:route|maximum|dose)", text)
    return "caption" if plain and not any(name in text for name in names) else None


def _tags() -> Iterator[str]:
    """The tags of all orders, by the order set."""
    for order in orders():
        if order.get("urgency"):
            yield order["urgency"]["value"]
        if order.get("role"):
            yield order["role"]
        if order.get("optional"):
            yield order["optional"]["text"]
        if order.get("placed_by"):
            yield f"{order['placed_by']['value']} places"


def worded_wrong(page: Sheet, text: str | None = None) -> list[str]:
    """What the wording rules L01 to L22 find on a page."""
    text = page.text if text is None else text
    return [f"{one.rule} {one.found}" for one in ismp.lint(text, exempt=exempt_on(page))]
