"""Edits that change no order, and made-up order sets, from a seed."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import yaml

from anedocs.build import inputs
from anedocs.check import check
from anedocs.documents import registry
from anedocs.edition.load import load
from anedocs.edition.locate import Locator

DAY = date(2026, 11, 21)
#: What is laid out takes seconds; a few whole builds do that in test_harmless_long.py.
_LAID_OUT = ("-sheet-", "-card-", "-leaflet-")


def faults(home: Path, name: str) -> list[str]:
    """What the check says of all documents that need no layout, made in the home."""
    locator = Locator(home)
    edition, content = load(locator, name, DAY), inputs.content(locator, name)
    documents = registry.documents(locator, edition)
    for one in documents:
        if not any(part in one.name for part in _LAID_OUT):
            path = home / "made" / one.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(one.make())
    return [str(one) for one in check.findings(home / "made", documents, content, edition)]


# --- edits -----------------------------------------------------------------------------------

PLACES = (
    "St. 3rd Hospital",
    "Unit 4B",
    "Hospital & Clinic No. 12",
    "Ward 12-34, 1.0",
    "The CC House",
    "Klinik Süd 2.0",
    "SC and MS Center",
    "Children's 24h Clinic",
    "Q.D. Hospital",
)
PEOPLE = ("M.S. Owner", "U. U. Ito", "Dr. 2.0", "A. Pharmacist, unit 7", "C. C. Kumar")
PHONES = (
    "555-0100",
    "ext. 1.0",
    "(555) 010-0200",
    "555.010.0300",
    "4000",
    "0800 30 30 30",
    "tel. 7.50 or 12, 5 to 9",
)
BASES = (
    "https://x.example.org/r4/4.0",
    "https://x.example.org/2.10/ane",
    "http://10.0.0.10:8080/fhir",
    "https://fhir.example.org/v1.0/",
    "HTTPS://Fhir.Example.ORG/V2.50",
    "http://[2001:db8::1]/a",
    "https://klinik-münchen.example/fhir/10.0",
    "https://x.example.org/mg/5cc/.5",
)
NOTES = (
    "A spelling mended",
    "Line 12 of the scan read again",
    "After the meeting of 2026-05-03, item 4",
    "Third reading, 27 remarks",
    "Step 2 of 9 done",
)
TITLES = (
    "Trial of 40 children, 1.0 mg against 2.0 mg",
    "5 cc syringes & needles",
    "MS and IU: a study",
    "Use of q.d. in 1000 mg orders",
    "ANE in 73 patients <18 years",
)
DAYS = ("2026-01-10", "2025-12-31", "2026-11-20", "2024-02-29")
LATER = ("2027-01-10", "2029-10-30", "2028-02-29")
POPULATIONS = ("Children in the emergency department", "Pediatric patients with suspected ANE")


def _line(key: str, values: tuple[str, ...]) -> Callable[[random.Random, str], str]:
    """An edit that gives one of the lines with this key another value."""

    def edit(chance: random.Random, text: str) -> str:
        found = chance.choice(list(re.finditer(rf"^( *(?:- )?){key}: .*", text, re.MULTILINE)))
        before, prefix = text[: found.start()], found[1]
        after = text[found.end() + 1 :].splitlines(keepends=True)
        while after and after[0].startswith(" " * (len(prefix) + 1)):
            del after[0]  # a value on several lines goes as a whole
        return f"{before}{prefix}{key}: {chance.choice(values)!r}\n{''.join(after)}"

    return edit


def _reference(key: str, values: tuple[str, ...]) -> Callable[[random.Random, str], str]:
    """The same of one of the references."""

    def edit(chance: random.Random, text: str) -> str:
        before, mark, after = text.partition("\nreferences:")
        inside, end, rest = after.partition("\ncode_systems:")
        assert mark
        assert end
        return f"{before}{mark}{_line(key, values)(chance, inside)}{end}{rest}"

    return edit


def _note(chance: random.Random, text: str) -> str:
    old = "says: First transcription of the scanned guideline; draft, approved by nobody"
    return text.replace(old, f"says: {chance.choice(NOTES)!r}", 1)


def _comment(chance: random.Random, text: str) -> str:
    return f"{text}# {chance.choice(TITLES)} {chance.random()}\n"


#: Each edit: the file, and what is done to its text.
EDITS: tuple[tuple[str, Callable[[random.Random, str], str]], ...] = (
    ("ane.yaml", _note),
    ("ane.yaml", _comment),
    ("ane.yaml", _line("institution", PLACES)),
    ("ane.yaml", _line("owner", PEOPLE)),
    ("ane.yaml", _line("effective_date", DAYS)),
    ("ane.yaml", _line("review_date", LATER)),
    ("ane.yaml", _line("population", POPULATIONS)),
    ("ane.yaml", _line("credit", PLACES)),
    ("ane.yaml", _reference("title", TITLES)),
    ("ane.yaml", _reference("authors", PEOPLE)),
    ("ane.yaml", _reference("journal", PLACES)),
    ("ane.yaml", _reference("doi", ("10.1000/xyz1.0", "10.1542/peds.2024-068507"))),
    ("ane.yaml", _reference("url", BASES[:4])),
    ("site.yaml", _line("hospital_name", PLACES)),
    ("site.yaml", _line("form_number", ("F 12.0", "MS-4", "7.10/IU"))),
    ("site.yaml", _line("pharmacy_phone", PHONES)),
    ("site.yaml", _line("Rheumatology", PHONES)),
    ("site.yaml", _line("PICU", PHONES)),
    ("site.yaml", _line("ehr_base_url", BASES)),
)


def edited_home(home: Path, seed: int, count: int) -> list[str]:
    """A home of the order set that comes along with so many edits made to it; says which."""
    chance = random.Random(seed)
    (home / "ordersets").mkdir(parents=True)
    texts = {}
    for name in ("ane.yaml", "ane.leaflet.es.yaml", "site.yaml", "weight-for-age.yaml"):
        found = Locator().find("ordersets", name)
        assert found is not None
        texts[name] = found[0].read_text("utf-8")
    told = []
    for name, edit in chance.sample(EDITS, count):
        before = texts[name].splitlines()
        texts[name] = edit(chance, texts[name])
        told += [line.strip() for line in texts[name].splitlines() if line not in before]
    for name, text in texts.items():
        (home / "ordersets" / name).write_text(text, "utf-8")
    return told


# --- order sets ------------------------------------------------------------------------------

DRUGS = (
    "dexamethasone",
    "epinephrine nebulized",
    "ceftriaxone",
    "levetiracetam",
    "diazepam",
    "acyclovir",
    "dextrose",
    "normal saline bolus of the hospital formulary",
)
TESTS = (
    "Blood count",
    "Blood culture",
    "Chest X-ray",
    "Glucose",
    "Lactate",
    "CT head",
    "ICU consult",
)
KINDS = ("laboratory", "imaging", "consult", "procedure", "note")
FREQUENCIES = (
    "daily",
    "every 6 hours",
    "twice daily",
    "once",
    "one dose",
    "every 24 hours as long as needed",
    "at the start and at the end of each infusion",
)
ROUTES = ("by mouth", "IV", "IM", "nebulized", "through the nasogastric tube or by mouth")
DURATIONS = ("1 day", "6 days", "2 weeks", "48 hours", "10 days")
BASES_PER_KG = ("0.6 mg/kg", "15 mg/kg", "100 mg/kg", "0.05 mg/kg", "2.5 mg/kg", "12.75 mg/kg")
MASSES = ("4 mg", "750 mg", "1 g", "2.5 g", "0.3 mg", "12 mg")

Table = dict[str, object]


def made_up(seed: int) -> tuple[str, str]:
    """The id and the text of an order set that nobody has written: other drugs, sections, dates."""
    chance = random.Random(seed)
    name = chance.choice(("croup", "status-epilepticus", "sepsis", "x", "a-" + "long-" * 7 + "id"))
    sections = [_section(chance, number) for number in range(chance.randint(1, 5))]
    text: Table = {
        "id": name,
        "title": f"Made-up {name.replace('-', ' ')[:20]}",
        "short_title": "Made-up",
        "population": "Nobody; this order set is made up",
        "revision": f"2026.{seed}.0",
        "sources": [
            {
                "id": "guideline",
                "title": "A text",
                "file": "text.txt",
                "sha256": "none",
                "lines": "1-99",
                "credit": chance.choice(PLACES),
            }
        ],
        "revisions": [
            {"revision": f"2026.{seed}.0", "date": "2026-02-01", "says": chance.choice(NOTES)}
        ],
        "metadata": {
            "institution": chance.choice((None, *PLACES)),
            "owner": chance.choice((None, *PEOPLE)),
            "effective_date": chance.choice((None, *DAYS)),
            "review_date": chance.choice((None, *LATER)),
            "age_range": chance.choice((None, "1 month to 17 years")),
            "exclusions": None,
        },
        "entry": {
            "required": [{"id": "first", "text": "made-up fever", "from": "guideline ENT-1"}],
            "at_least_one": [
                {
                    "id": "score",
                    "text": "Made-up score",
                    "below": "9 points",
                    "from": "guideline ENT-1",
                }
            ]
            * chance.randint(0, 1),
        },
        "flow": {
            "nodes": [
                {"id": "start", "kind": "start", "text": "Fever", "from": "guideline ENT-1"},
                {"id": "end", "kind": "end", "text": "Home", "from": "guideline ENT-1"},
            ],
            "edges": [{"start": "start", "end": "end", "confidence": "stated"}],
        },
        "sections": sections,
        "criteria": [
            {
                "id": "ct",
                "heading": "Scans",
                "title": "CT fits",
                "any_of": [{"id": "swelling", "text": "swelling", "from": "guideline ENT-1"}],
            }
        ]
        * chance.randint(0, 1),
        "gates": [],
        "safeguards": {
            "boundary_margin": {"not_set": "silent"},
            "scale_step": {"not_set": "silent"},
        },
        "local_decisions": [
            {
                "id": "step",
                "says": "Doses go in steps",
                "owner": chance.choice(PEOPLE),
                "decided_on": "2026-01-15",
            }
        ],
        "supplements": [],
        "statements": [
            {"id": "ENT-1", "lines": "1", "says": "Fever"},
            {"id": "TX-1", "lines": "5-6, 80", "says": "Treatment"},
        ],
        "references": [
            {
                "id": f"REF-{n}",
                "list": "numbered",
                "number": str(n),
                "title": chance.choice(TITLES),
                "authors": chance.choice((None, *PEOPLE)),
                "year": chance.choice((None, "2019")),
                "url": chance.choice((None, *BASES[:3])),
            }
            for n in range(1, chance.choice((1, 2, 41)))
        ],
        "code_systems": [
            {
                "id": "loinc",
                "uri": "http://loinc.org",
                "licence": "attribution",
                "notice": "LOINC 2.80 is free of charge",
            }
        ],
        "codes": {
            "body-weight": [
                {
                    "system": "loinc",
                    "code": "29463-7",
                    "display": "Body weight",
                    "grade": "A",
                    "licence": "attribution",
                    "status": "verified",
                    "use": "preferred",
                    "seen_in": ["a table"],
                }
            ]
        },
    }
    return name, yaml.safe_dump(text, sort_keys=False, allow_unicode=True)


def _section(chance: random.Random, number: int) -> Table:
    orders = [_order(chance, f"{number}-{place}") for place in range(chance.randint(1, 7))]
    # Each statement is carried by something, and each question asked of something.
    return {
        "id": f"part-{number}",
        "title": f"Part {'ABCDE'[number]}",
        "orders": [*orders, _drug(chance, f"last-{number}", number)],
    }


def _order(chance: random.Random, key: str) -> Table:
    order: Table = {
        "id": f"order-{key}",
        "kind": chance.choice(KINDS),
        "name": chance.choice(TESTS),
        "from": "guideline TX-1",
    }
    if chance.random() < 0.5:
        order["urgency"] = {
            "value": chance.choice(("STAT", "urgent", "non-urgent")),
            "from": "guideline TX-1",
        }
    if chance.random() < 0.3:
        order["condition"] = {"text": "only if the fever stays", "from": "guideline TX-1"}
    if chance.random() < 0.3:
        order["notes"] = [{"text": "tell the family", "from": "guideline TX-1"}]
    return order


def _drug(chance: random.Random, key: str, number: int) -> Table:
    question = f"A{number + 1}"

    def stated(values: tuple[str, ...], origin: str = "guideline TX-1") -> Table:
        if chance.random() < 0.4:
            return {"not_set": chance.choice((question, "silent"))}
        return {"value": chance.choice(values), "from": origin}

    drug: Table = {
        "id": f"drug-{key}",
        "kind": "medication",
        "name": chance.choice(DRUGS),
        "from": "guideline TX-1",
        "dose": _dose(chance, question),
        "dose_from": "guideline TX-1",
        "maximum": stated(MASSES),
        "route": stated(ROUTES),
        "salt": {"not_set": "silent"},
        "frequency": stated(FREQUENCIES),
        "duration": stated(DURATIONS),
        "infusion_time": stated(("30 minutes", "1 hour")),
        "rounding": stated(("0.1 mg", "5 mg"), "local step"),
        "open_questions": [
            {
                "id": question,
                "asks": "What is not stated?",
                "lines": "whole",
                "until_answered": "NOT SET",
                "committee": "to confirm",
            }
        ],
    }
    if drug["dose"]["kind"] == "not_set":  # type: ignore[index]
        del drug["dose_from"]
    return drug


def _dose(chance: random.Random, question: str) -> Table:
    match chance.choice(("by_weight", "by_weight", "weight_bands", "fixed", "not_set")):
        case "by_weight":
            return {"kind": "by_weight", "amount": chance.choice(BASES_PER_KG)}
        case "fixed":
            return {"kind": "fixed", "amount": chance.choice(MASSES)}
        case "weight_bands":
            edge = chance.choice(("10 kg", "12.5 kg", "40 kg"))
            sides = chance.choice((("below", "at_least"), ("up_to", "above")))
            return {
                "kind": "weight_bands",
                "bands": [
                    {sides[0]: edge, "amount": chance.choice(BASES_PER_KG)},
                    {sides[1]: edge, "amount": chance.choice(MASSES)},
                ],
            }
        case _:
            return {"kind": "not_set", "questions": question}


def made_up_home(home: Path, seed: int) -> str:
    """A home with a made-up order set, and beside it what stands beside any; returns its id."""
    name, text = made_up(seed)
    (home / "ordersets").mkdir(parents=True)
    for beside in ("site.yaml", "weight-for-age.yaml"):
        found = Locator().find("ordersets", beside)
        assert found is not None
        (home / "ordersets" / beside).write_bytes(found[0].read_bytes())
    (home / "ordersets" / f"{name}.yaml").write_text(text, "utf-8")
    return name
