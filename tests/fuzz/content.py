"""The targets of a home: the order set, and the site that may never change a dose."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import expect
import mutate_yaml
import pdfs
import program
from program import Find

import cases
from cases import Case, Target

WEIGHTS = ("3.27", "18.4", "29.99", "30", "33.34", "66.7", "100")
#: Commands that follow where an order set was accepted; each is asked for now and then.
_THEN = (
    ("dose", "--weight", "18.4"), ("dose", "--weight", "30", "--age", "9y", "--json"), ("gaps",),
    ("gaps", "--json"), ("sheet", "--weight", "18.4", "--format", "json"), ("ehr", "-o", "@/ehr"),
    ("sheet", "--weight", "18.4", "-o", "@/sheet.pdf"), ("sheet", "--blank", "-o", "@/sheet.pdf"),
    ("card", "-o", "@/card.pdf"), ("card", "--size", "a6", "-o", "@/card.pdf"),
)  # fmt: skip


# --- order set


def _orderset(random: Random) -> Case:
    if random.random() < 0.08:
        table = mutate_yaml.of_yaml(random, cases.shipped("weight-for-age.yaml"))
        return Case("orderset", "valid", {"home/ordersets/weight-for-age.yaml": table})
    name = "ane" if random.random() < 0.2 else "valid"
    file = f"home/ordersets/{name}.yaml"
    text = cases.shipped("ane.yaml") if name == "ane" else cases.small()
    others = (cases.small(), cases.shipped("site.yaml"), cases.shipped("weight-for-age.yaml"))
    changed = mutate_yaml.of_yaml(random, text, others)
    then = random.choice(_THEN) if random.random() < 0.12 else ()
    return Case("orderset", name, {file: changed}, then)


def _judge_orderset(case: Case, folder: Path) -> bool:
    home = folder / "home"
    edition = program.load(home, case.base)
    if not isinstance(edition, program.Edition):
        return False
    (content,) = case.files.values()
    reading = expect.read(content)
    if reading.faults:
        raise Find(f"accepted: {reading.faults[0].split(':')[0]}", "; ".join(reading.faults))
    if edition.status.state != "draft":
        raise Find("an edition that nobody approved is no draft", edition.status.state)
    if "home/ordersets/weight-for-age.yaml" in case.files:
        check_weights(reading.tree)
        check_doses(_shipped(case.base), edition)
        return True
    own = set(expect.hidden(_shipped(case.base)))
    for one in expect.hidden(reading.tree):
        if one not in own:
            raise Find(f"accepted: {one.split(':')[0]}", one)
    check_doses(reading.tree, edition)
    if case.words and follow(case.words, case.base, home, folder).code == 0:
        check_sheet(reading.tree, folder / "sheet.pdf", "18.4" if "18.4" in case.words else None)
    return True


def check_sheet(tree: Any, path: Path, weight: str | None) -> None:
    """A sheet that was printed says the doses, says that it is a draft, and hides nothing."""
    if not path.exists():
        return
    words = pdfs.words_of(path.read_bytes())
    bad = expect.unseen("".join(words))
    if bad:
        raise Find("unseen characters on the page", bad)
    if "DRAFT" not in " ".join(words):
        raise Find("a sheet of a draft that does not say so", " ".join(words[:40]))
    page = "".join(words)
    for name, dose in (expect.doses(tree, weight) if weight else {}).items():
        mass = Decimal(dose.numerator) / dose.denominator if dose is not None else None
        told = f"{mass.normalize():,f}" if mass is not None else ""
        if f"{told}mg" not in page and told not in page:
            raise Find("a sheet without a dose", f"{name}: {told} mg")


@cache
def _shipped(name: str) -> Any:
    """The order set of a base, as this reads it."""
    return expect.read(cases.base(name)[f"home/ordersets/{name}.yaml"]).tree


def check_weights(tree: Any) -> None:
    """A table of weights that was accepted checks something, and its limits stand in order."""
    ages = [expect.amount(row["age"]) for row in tree["rows"]]
    if len(ages) < 2:
        raise Find("accepted: a table of weights without rows", str(len(ages)))
    for row in (*tree["rows"], tree["without_age"]):
        names = ("hard_low", "soft_low", "median", "soft_high", "hard_high")
        given = [row[name] for name in names if name in row]
        limits = [expect.amount(one) for one in given if one is not None]  # no median at birth
        if any(one is None or one[1] != "kg" or not one[0] for one in limits):
            raise Find("accepted: a limit of weight that is no plain amount", f"{row!r:.200}")
        if limits != sorted(limits):
            raise Find("accepted: limits of weight in no order", f"{row!r:.200}")


def follow(words: tuple[str, ...], name: str, home: Path, folder: Path) -> program.Answer:
    """A further command on what was accepted; `@` stands for the folder of the case."""
    told = [one.replace("@", str(folder)) for one in words]
    return program.command("--orderset", name, *told, "--at", program.AT, home=home)


def check_doses(tree: Any, edition: program.Edition) -> None:
    """The doses at several weights are those of the file, and nothing else."""
    for weight in WEIGHTS:
        told = program.doses(edition, weight)
        try:
            expected = expect.doses(tree, weight)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Find("accepted: a dose without a meaning", f"{error!r}, {weight} kg") from error
        given = {name: dose for name, (status, dose) in told.items() if status != "not_set"}
        for name in sorted({*expected, *given}):
            want, have = expected.get(name), given.get(name)
            if name not in expected and have is None:
                continue  # of a published dose by age, where no age is given
            if (name in expected) != (name in given) or not _same(want, have):
                said = f"{name} at {weight} kg: the file {want}, the program {have}"
                raise Find("another dose than the file says", said)


def _same(want: Fraction | None, have: str | None) -> bool:
    if want is None or have is None:
        return want is have
    return re.fullmatch(r"[0-9]+(\.[0-9]+)?", have) is not None and Fraction(have) == want > 0


# --- site


def _site(random: Random) -> Case:
    name = random.choice(("valid", "valid", "ane"))
    text = cases.shipped("site.yaml")
    if random.random() < 0.6:
        text = text.replace("hospital_name: null", "hospital_name: General Hospital").replace(
            "pharmacy_phone: null", "pharmacy_phone: 555-0100").replace(
            "ehr_base_url: null", "ehr_base_url: https://ehr.example.org/fhir").replace(
            "ehr_record_ids: null", "ehr_record_ids: {firstdrug: EAP-1, cbc: EAP-2}")  # fmt: skip
    changed = mutate_yaml.of_yaml(random, text, (cases.small(),))
    then = random.choice(_THEN) if random.random() < 0.15 else ()
    return Case("site", name, {"home/ordersets/site.yaml": changed}, then)


def _judge_site(case: Case, folder: Path) -> bool:
    home = folder / "home"
    edition = program.load(home, case.base)
    if not isinstance(edition, program.Edition):
        return False
    (content,) = case.files.values()
    reading = expect.read(content)
    if reading.faults:
        raise Find(f"accepted: {reading.faults[0].split(':')[0]}", "; ".join(reading.faults))
    check_doses(_shipped(case.base), edition)
    if case.words:
        follow(case.words, case.base, home, folder)
    return True


TARGETS = {"orderset": Target(_orderset, _judge_orderset), "site": Target(_site, _judge_site)}
