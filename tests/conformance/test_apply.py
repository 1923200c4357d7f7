"""PlanDefinition/$apply on the clinical-reasoning engine: the dose of a child, as an EHR gets it.

Each weight is given to the engine as an Observation in an otherwise new store, and what comes out
is held against what `anedocs dose` says for the same weight.
"""

from __future__ import annotations

import base64
import copy
import csv
import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from decimal import ROUND_FLOOR, Decimal
from pathlib import Path

import pytest
from applied import (
    LAST_PLACE,
    Applied,
    Package,
    canonical,
    edition,
    faults,
    key,
    numbers,
    patient,
    weighed,
)
from engine import Engines, Resource

from anedocs.core import wording
from anedocs.dosing.fill import fill
from anedocs.edition.edition import Edition
from support import libreoffice

#: One worker for the whole file, so that there is one JVM.
pytestmark = [pytest.mark.long, pytest.mark.xdist_group("apply")]


def _numbers(text: str) -> list[Decimal]:
    return [Decimal(one) for one in text.split()]


TENTHS = [Decimal(number) / 10 for number in range(290, 351)]
EDGES = _numbers("2 2.01 3.27 12.345 29.99 29.999 30.01 33.33 33.34 99.9 99.99 100.01 100.1")
WEIGHTS = sorted({*map(Decimal, range(2, 151)), *TENTHS, *EDGES})
GRAMS = _numbers("2000 3270 12500 29999 29999.9 30000 30001 33333 33334 99999")
#: 66.1386786 lb is a hair under 30 kg, 66.1386787 lb a hair over.
POUNDS = [
    *map(Decimal, range(5, 331, 5)),
    *_numbers("22.1 44.1 48.5 66.1386786 66.1386787 73.5 220.4 220.5"),
]
KG_PER_POUND = Decimal("0.45359237")
EARLIER, LATER = "2026-02-28T10:00:00Z", "2026-03-02T10:00:00Z"


def _without(form: Resource, *names: str) -> Resource:
    return {name: part for name, part in form.items() if name not in names}


def _quantity(**change: object) -> Resource:
    form = weighed("18.4")
    changed = {**form["valueQuantity"], **change}
    form["valueQuantity"] = {name: part for name, part in changed.items() if part is not None}
    return form


#: Nothing here is a weight to give a dose by.
UNUSABLE: dict[str, Sequence[Resource]] = {
    "none": [],
    "zero": [weighed("0")],
    "negative": [weighed("-18.4")],
    "no value": [weighed(None)],
    "no value, with the reason": [
        weighed(None, dataAbsentReason={"coding": [{"code": "not-performed"}]})
    ],
    "a text": [_without(weighed(None, valueString="18.4 kg"), "valueQuantity")],
    "mL": [weighed("20", "mL")],
    "mg": [weighed("18400000", "mg")],
    "ounces": [weighed("640", "[oz_av]")],
    "lb that is no code": [weighed("40", "lb")],
    "KG in capitals": [weighed("18.4", "KG")],
    "no code": [_quantity(code=None)],
    "no system": [_quantity(system=None)],
    "another system": [_quantity(system="http://example.org/units")],
    "less than": [_quantity(comparator="<")],
    "lighter than anyone": [weighed("0.01")],
    "heavier than anyone": [weighed("1000")],
    "grams said to be kilograms": [weighed("18400")],
    "no time": [_without(weighed("18.4"), "effectiveDateTime")],
    "another patient": [weighed("18.4", subject={"reference": "Patient/p2"})],
    "a height": [
        weighed("18.4", code={"coding": [{"system": "http://loinc.org", "code": "8302-2"}]})
    ],
    "the code in another system": [
        weighed("18.4", code={"coding": [{"system": "http://example.org", "code": "29463-7"}]})
    ],
    "two at the same time": [weighed("18.4"), weighed("18.5", id="w2")],
    "two at the same time, in two zones": [
        weighed("18.4"), weighed("18.5", id="w2", at="2026-03-01T11:00:00+01:00"),
    ],
    "a day, and a time on that day": [
        weighed("18.4"), weighed("18.5", id="w2", at="2026-03-01"),
    ],
    "the newest has another unit": [weighed("18.4", at=EARLIER), weighed("20", "mL", id="w2")],
    "the newest is zero": [weighed("18.4", at=EARLIER), weighed("0", id="w2")],
    "the newest has no value": [weighed("18.4", at=EARLIER), weighed(None, id="w2")],
    **{
        f"only {status}": [weighed("18.4", status=status)]
        for status in ("registered", "preliminary", "cancelled", "entered-in-error", "unknown")
    },
}  # fmt: skip

#: Several weights, of which one counts: 18.4 kg.
CHOSEN: dict[str, Sequence[Resource]] = {
    "the newest": [weighed("29", at=EARLIER), weighed("18.4", id="w2")],
    "the newest, given first": [weighed("18.4"), weighed("29", id="w2", at=EARLIER)],
    "the newest of five": [
        *(weighed(f"{n}", id=f"w{n}", at=f"2026-02-{n}T00:00:00Z") for n in range(11, 15)),
        weighed("18.4", at="2026-02-14T00:00:01Z"),
    ],
    "the newest by zone": [
        weighed("29", at="2026-03-01T11:30:00+02:00"), weighed("18.4", id="w2"),
    ],
    "two that agree": [weighed("18.4"), weighed("18400", "g", id="w2")],
    "amended": [weighed("29", at=EARLIER), weighed("18.4", id="w2", status="amended")],
    "corrected": [weighed("18.4", status="corrected")],
    "a day only": [weighed("18.4", at="2026-03-01")],
    **{
        f"a newer one that is {status}": [
            weighed("18.4"), weighed("29", id="w2", at=LATER, status=status),
        ]
        for status in ("registered", "preliminary", "cancelled", "entered-in-error", "unknown")
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def made(collection: Resource) -> Package:
    return Package(collection)


@pytest.fixture(scope="module")
def shipped() -> Edition:
    return edition()


class Trial:
    """A package loaded into the engine, and children given to it."""

    def __init__(self, engines: Engines, made: Package, shipped: Edition, name: str) -> None:
        self.engines, self.made, self.shipped, self.name = engines, made, shipped, name
        engines.load(name, made.bundle)

    def apply(self, weights: Sequence[Resource], *, r4: bool = False) -> Applied:
        plan = canonical(self.made.plan)
        given = [patient(), {**patient(), "id": "p2"}, *weights]
        return Applied(self.engines.apply(self.name, plan, given, r4=r4))

    def doses(self, weights: Sequence[Resource]) -> dict[str, str]:
        """The doses by weight in mg, by key of the orderable; '' for an order without a number."""
        return {
            key(activity): " + ".join(str(dose["value"]) for dose in numbers(order))
            for order in self.apply(weights).orders
            if "dynamicValue" in (activity := self.made.source_of(order))
        }

    def faults(
        self, weights: Sequence[Resource], kg: Decimal | None, *, r4: bool = False
    ) -> list[str]:
        return faults(self.made, self.apply(weights, r4=r4), self.shipped, kg)


@pytest.fixture(scope="module")
def trial(engines: Engines, made: Package, shipped: Edition) -> Trial:
    return Trial(engines, made, shipped, "as shipped")


def test_every_weight(trial: Trial) -> None:
    assert len(WEIGHTS) >= 200
    told = {f"{kg} kg": found for kg in WEIGHTS if (found := trial.faults([weighed(kg)], kg))}
    stops = [kg for kg in WEIGHTS if kg > 100]
    print(f"applied at {len(WEIGHTS)} weights from {WEIGHTS[0]} to {WEIGHTS[-1]} kg, ", end="")
    print(f"{len(TENTHS)} of them by 0.1 kg from 29 to 35; {len(stops)} above the stop")
    assert told == {}


#: Worked out from the guideline apart from our code (EHR reference, section 10): amount, unit,
#: mg of methylPREDNISolone, band and mg of tocilizumab.
BY_HAND = """
    4       kg       120          lighter  48
    10      kg       300          lighter  120
    12500   g        375          lighter  150
    44      [lb_av]  598.7419284  lighter  239.49677136
    29.9    kg       897          lighter  358.8
    30      kg       900          heavier  240
    33.3    kg       999          heavier  266.4
    33.4    kg       1000         heavier  267.2
    100     kg       1000         heavier  800
    101     kg       1000         heavier
"""


def test_by_hand(trial: Trial) -> None:
    for line in BY_HAND.strip().splitlines():
        amount, unit, steroid, band, *mg = line.split()
        found = trial.doses([weighed(amount, unit)])
        wanted = {"methylprednisolone": steroid, f"tocilizumab-{band}": "".join(mg)}
        assert found == wanted, line
    assert trial.doses([]) == {}


def test_the_dose_check_table(trial: Trial, package: Path) -> None:
    # What the pharmacist holds against their own EHR, held against an EHR's engine here.
    with (package / "dose-check.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    wanted: dict[str, dict[str, str]] = {}
    for row in rows:
        wanted.setdefault(row["weight_kg"], {})[row["row_key"]] = row["capped_mg"]
    found = {kg: trial.doses([weighed(kg)]) for kg in wanted}
    print(f"dose-check.csv: {len(rows)} rows at {len(wanted)} weights agree with $apply")
    assert len(wanted) >= 60
    assert found == wanted


def test_three_sources_of_a_dose_agree(
    trial: Trial, package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The engine of anedocs, CQL in $apply, and the formulas of the workbook in LibreOffice."""
    book = libreoffice.recalculated((package / "dose-check.xlsx").read_bytes(), tmp_path)
    rows = [list(row) for row in book["Check"].iter_rows(values_only=True)]
    head = next(row for row in rows if "row_key" in row)
    places = [head.index(name) for name in ("row_key", "Weight (kg)", "Workbook formula (mg)")]
    agreed = 0
    by_cql: dict[str, dict[str, str]] = {}
    for row in rows[rows.index(head) + 1 :]:
        name, kg, formula = (row[place] for place in places)
        if name is None:
            continue
        weight = str(kg)
        if weight not in by_cql:
            by_cql[weight] = trial.doses([weighed(weight)])
        filled = fill(trial.shipped, Decimal(weight), None)
        (drug,) = (one for one in filled.medications if f"{name}-".startswith(f"{one.order.id}-"))
        assert drug.dose is not None
        ours = "" if drug.dose.given is None else wording.plain(drug.dose.given)
        theirs = "" if formula == "STOP" else wording.plain(Decimal(str(formula)))
        assert (ours, by_cql[weight][name]) == (theirs, theirs), f"{name} at {weight} kg"
        agreed += 1
    with (package / "dose-check.csv").open(encoding="utf-8-sig", newline="") as file:
        assert agreed == len(list(csv.DictReader(file)))
    told = f"{agreed} doses at {len(by_cql)} weights: YAML engine, CQL and XLSX formula agree"
    # To the real standard error, which a worker of xdist shares with the terminal.
    with capsys.disabled():
        print(f"\n{told}", file=sys.stderr)


def test_limits_of_a_weight(trial: Trial) -> None:
    limits = trial.shipped.weights.without_age
    low, high = limits.hard_low.number, limits.hard_high.number
    step = LAST_PLACE
    assert trial.faults([weighed(low)], low) == trial.faults([weighed(high)], high) == []
    assert trial.faults([weighed(low - step)], None) == []
    assert trial.faults([weighed(high + step)], None) == []


def test_as_a_care_plan(trial: Trial) -> None:
    # The R4 form of $apply: the same answer, all contained in one CarePlan.
    weights = _numbers("4 29.9 30 33.4 100 100.01")
    assert {kg: trial.faults([weighed(kg)], kg, r4=True) for kg in weights} == {
        kg: [] for kg in weights
    }
    assert trial.faults([], None, r4=True) == []


def test_grams_and_pounds_are_exact(trial: Trial) -> None:
    given = [(amount, "g", amount / 1000) for amount in GRAMS]
    given += [(amount, "[lb_av]", amount * KG_PER_POUND) for amount in POUNDS]
    told, library = {}, canonical(trial.made.library)
    for amount, unit, kg in given:
        weight = weighed(amount, unit)
        found = trial.faults([weight], kg)
        said = trial.engines.evaluate(trial.name, library, ["WeightKg"], [patient(), weight])
        if said["WeightKg"] != kg.quantize(LAST_PLACE, ROUND_FLOOR):
            found.append(f"{said['WeightKg']} kg instead of {kg} kg")
        if found:
            told[f"{amount} {unit}"] = found
    whole = [kg for amount, _, kg in given if kg == kg.quantize(LAST_PLACE)]
    print(f"{len(GRAMS)} weights in g, {len(POUNDS)} in lb: {len(whole)} end within the 8 decimals")
    print(f"of kg that CQL has, {len(given) - len(whole)} are cut there")
    assert told == {}


def test_no_usable_weight_no_dose(trial: Trial) -> None:
    told = {name: found for name, w in UNUSABLE.items() if (found := trial.faults(w, None))}
    print(f"{len(UNUSABLE)} ways to have no usable weight: no dose")
    assert told == {}


def test_one_weight_counts(trial: Trial) -> None:
    kg = Decimal("18.4")
    told = {name: found for name, w in CHOSEN.items() if (found := trial.faults(w, kg))}
    print(f"{len(CHOSEN)} children with several weights: the right one counts")
    assert told == {}


def test_stat_is_stat(made: Package, shipped: Edition) -> None:
    # What `faults` compares with are the definitions; here they are held against the order set.
    urgent = {
        order.id
        for section in shipped.orderset.sections
        for order in section.orders
        if order.urgency is not None and shipped.orderset.settled(order.urgency) == "STAT"
    }
    stat = {one["identifier"][0]["value"] for one in made.activities.values()
            if one.get("priority") == "stat"}  # fmt: skip
    for order in urgent:
        assert any(f"{name}-".startswith(f"{order}-") for name in stat), order
    for name in stat:
        assert any(f"{name}-".startswith(f"{order}-") for order in urgent), name


Change = Callable[[Resource], None]


def _cql(pattern: str, new: str) -> Change:
    """A change of the CQL in the Library."""

    def change(bundle: Resource) -> None:
        for member in bundle["entry"]:
            if member["resource"]["resourceType"] == "Library":
                (content,) = member["resource"]["content"]
                old = base64.b64decode(content["data"]).decode()
                text, count = re.subn(pattern, new, old)
                assert count == 1, f"{pattern!r} stands {count} times in the CQL"
                content["data"] = base64.b64encode(text.encode()).decode()

    return change


def _action(name: str, change: Callable[[Resource], object]) -> Change:
    """A change of one action of the plan."""

    def applied(bundle: Resource) -> None:
        changed = Package(bundle).actions
        change(next(one for key, one in changed.items() if key.endswith(name)))

    return applied


def _activity(name: str, change: Callable[[Resource], object]) -> Change:
    """A change of one ActivityDefinition."""

    def applied(bundle: Resource) -> None:
        found = Package(bundle).activities.values()
        change(next(one for one in found if one["id"].endswith(name)))

    return applied


DOES_NOT_COMPILE = _cql(r"(define MethylprednisoloneBasisMgPerKg:) 30\b", r"\1 thirty")
ANOTHER_NUMBER = _cql(r"(define MethylprednisoloneBasisMgPerKg:) 30\b", r"\1 29")


def _broken(engines: Engines, made: Package, shipped: Edition, change: Change) -> Trial:
    bundle = copy.deepcopy(made.bundle)
    change(bundle)
    return Trial(engines, Package(bundle), shipped, "broken")


def test_a_library_that_does_not_compile_fails(
    engines: Engines, made: Package, shipped: Edition
) -> None:
    trial = _broken(engines, made, shipped, DOES_NOT_COMPILE)
    weights = _numbers("4 29.9 30 33.4 100.1")  # each costs as much as 20 good ones
    for kg in weights:
        told = trial.faults([weighed(kg)], kg)
        assert any(one.startswith("OperationOutcome") and "thirty" in one for one in told)
        assert any("methylprednisolone: 0 orders" in one for one in told)
        assert any("tocilizumab: 0 orders" in one for one in told)
    print(f"a Library that does not compile: told at {len(weights)} of {len(weights)} weights")


def test_a_library_with_another_number_fails(
    engines: Engines, made: Package, shipped: Edition
) -> None:
    trial = _broken(engines, made, shipped, ANOTHER_NUMBER)
    told = Counter[bool]()
    for kg in TENTHS:
        # From 1000/29 kg on, both numbers lead to the maximum, and the dose is right.
        wrong = kg * 29 < 1000
        found = trial.faults([weighed(kg)], kg)
        named = f"instead of {min(kg * 30, Decimal(1000)).normalize():f} mg" in " ".join(found)
        assert named == wrong, (kg, found)
        told[wrong] += 1
    print(f"29 for 30 mg/kg: told at {told[True]} weights, of no effect at {told[False]}")


KG = Decimal("18.4")
#: One fault each: the change, the child, and what has to be told.
PLANTED: dict[str, tuple[Change, Sequence[Resource], Decimal | None, str]] = {
    "no maximum": (
        _cql(r"(define MethylprednisoloneMaximumMg:) 1000\b", r"\1 9999"),
        [weighed("40")], Decimal(40), "1200 mg",
    ),
    "stop is not kept": (
        _cql(r"(define TocilizumabHeavierStopAboveMg:) 800\b", r"\1 9999"),
        [weighed("101")], Decimal(101), "must enter it",
    ),
    "stop one too early": (
        _cql(r"(define TocilizumabHeavierStopAboveMg:) 800\b", r"\1 799"),
        [weighed("100")], Decimal(100), "instead of 800 mg",
    ),
    "edge belongs to the other band": (
        _cql(r"WeightKg >= TocilizumabHeavierAtLeastKg", "WeightKg > TocilizumabHeavierAtLeastKg"),
        [weighed("30")], Decimal(30), "tocilizumab: 0 orders",
    ),
    "band without condition": (
        _action("tocilizumab-lighter", lambda one: one.pop("condition")),
        [weighed("40")], Decimal(40), "tocilizumab: 2 orders",
    ),
    "bands overlap": (
        _cql(r"(define TocilizumabLighterBelowKg:) 30\b", r"\1 31"),
        [weighed("30.5")], Decimal("30.5"), "tocilizumab: 2 orders",
    ),
    "amount of the other band": (
        _cql(r"(define TocilizumabLighterBasisMgPerKg:) 12\b", r"\1 8"),
        [weighed(KG)], KG, "instead of 220.8 mg",
    ),
    "the approval is lost": (
        _activity("tocilizumab-lighter", lambda one: one["dosage"][0].update(
            additionalInstruction=[{"text": "Approval of somebody else"}])),
        [weighed(KG)], KG, "additionalInstruction",
    ),
    "a trailing zero": (
        _cql(r"ToDecimal\(Plain\(number\)\)", "number"), [weighed(KG)], KG, "a trailing zero",
    ),
    "pound by the thumb": (
        _cql(r"then 0\.45359237", "then 0.4536"),
        [weighed("40", "[lb_av]")], 40 * KG_PER_POUND, "instead of",
    ),
    "any status counts": (
        _cql(r"where observation\.status\.value in \{[^}]*\}", ""),
        UNUSABLE["only entered-in-error"], None, "without a usable weight",
    ),
    "any unit counts": (
        _cql(r"quantity\.code\.value = 'kg'", "quantity.code.value = 'mL'"),
        UNUSABLE["mL"], None, "without a usable weight",
    ),
    "the oldest counts": (
        _cql(r"other\.takenAt after", "other.takenAt before"), CHOSEN["the newest"], KG, "instead",
    ),
    "any weight counts": (
        _cql(r"(define WeightLowestKg:) [0-9.]+", r"\1 0"),
        UNUSABLE["lighter than anyone"], None, "without a usable weight",
    ),
    "STAT is not on the action": (
        _action("ane-methylprednisolone", lambda one: one.pop("priority")),
        [weighed(KG)], KG, "priority None instead of stat",
    ),
    "an order is lost": (
        _action("ane-oseltamivir", lambda one: one.update(
            definitionCanonical="https://example.org/ActivityDefinition/lost|1")),
        [weighed(KG)], KG, "ane-oseltamivir has no request",
    ),
    "the template is not replaced": (
        _activity("ane-methylprednisolone", lambda one: one.pop("dynamicValue")),
        [weighed(KG)], KG, "['30 mg/kg'] instead of 552 mg",
    ),
    "the dose is asked of nothing": (
        _activity("ane-methylprednisolone", lambda one: one["dynamicValue"][0]["expression"].update(
            expression="NotThere")),
        [weighed(KG)], KG, "OperationOutcome",
    ),
    "a dose that the guideline does not state": (
        _activity("ane-oseltamivir", lambda one: one["dosage"][0].update(
            doseAndRate=[{"doseQuantity": {"value": Decimal(3), "code": "mg/kg"}}])),
        [weighed(KG)], KG, "the guideline states none",
    ),
    "nothing tells that a weight is needed": (
        _action("weight-needed-treatment", lambda one: one.pop("condition")),
        [], None, "nothing tells that a weight is needed",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_told(
    engines: Engines, made: Package, shipped: Edition, name: str
) -> None:
    change, weights, kg, words = PLANTED[name]
    trial = _broken(engines, made, shipped, change)
    told = trial.faults(weights, kg)
    assert any(words in one for one in told), told
