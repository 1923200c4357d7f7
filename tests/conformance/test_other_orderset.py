"""Another order set through the same engines: bounds, steps, maximum and stop that ANE has not.

Why: the CQL of ANE uses no rounding and no band that ends with its edge; another guideline will.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from applied import Applied, Package, canonical, faults, patient, weighed
from engine import Engines, exact

from anedocs.edition.load import load
from anedocs.edition.locate import Locator
from support.homes import with_bundled

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("other")]

CASES = Path(__file__).parents[1] / "cases"
_WEIGHT = (
    '  body-weight: [{system: loinc, code: "29463-7", display: Body weight, grade: A, '
    "licence: attribution, status: verified, use: preferred, seen_in: [a table]}]\n"
)
#: What is changed in tests/cases/valid.yaml, by a name for the case.
CASES_OF = {
    "a step, a maximum above the stop": [],
    "an upper edge that belongs to its band": [
        ("{below: 30 kg, amount: 12 mg/kg}", "{up_to: 30 kg, amount: 12 mg/kg}"),
        ("{at_least: 30 kg, amount: 8 mg/kg}", "{above: 30 kg, amount: 8 mg/kg}"),
    ],
    "a maximum below the stop, a step that does not divide it": [
        ("maximum: {value: 1 g,", "maximum: {value: 605 mg,"),
        ("value: 10 mg, from: local rounding", "value: 7.5 mg, from: local rounding"),
    ],
    "no step, three bands": [
        ("rounding: {value: 10 mg, from: local rounding}", "rounding: {not_set: silent}"),
        ("{at_least: 30 kg, amount: 8 mg/kg}",
         "{at_least: 30 kg, below: 40.5 kg, amount: 8.25 mg/kg}\n"
         "            - {at_least: 40.5 kg, amount: 7 mg/kg}"),
    ],
    "a fixed dose in each band": [
        ("{below: 30 kg, amount: 12 mg/kg}", "{below: 30 kg, amount: 45 mg}"),
        ("{at_least: 30 kg, amount: 8 mg/kg}", "{at_least: 30 kg, amount: 75 mg}"),
        ("rounding: {value: 10 mg, from: local rounding}", "rounding: {not_set: silent}"),
    ],
}  # fmt: skip
_KG = """
    2 3.3 4.17 12.5 12.51 25 29.99 30 30.01 40.49 40.5 50.4 75.62 75.63 99.99 100 100.01
    114.28 114.29 150
"""
WEIGHTS = [Decimal(kg) for kg in _KG.split()]


@pytest.mark.parametrize("case", CASES_OF)
def test_every_dose_of_another_order_set(engines: Engines, tmp_path: Path, case: str) -> None:
    home = with_bundled(tmp_path / "home")
    text = (CASES / "valid.yaml").read_text("utf-8").rstrip() + "\n" + _WEIGHT
    for old, new in CASES_OF[case]:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (home / "ordersets" / "valid.yaml").write_text(text, "utf-8")
    folder = tmp_path / "ehr"
    command = [sys.executable, "-m", "anedocs", "--home", str(home), "--orderset", "valid", "ehr",
               "-o", str(folder)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    shipped = load(Locator(home), "valid", date(2026, 3, 1))
    bundle = exact((folder / "fhir" / "bundle-collection.json").read_text("utf-8"))
    package, cql = Package(bundle), (folder / "fhir" / "VALIDDosing.cql").read_text("utf-8")
    assert engines.translate(cql, tmp_path / "x.elm.json") == []
    engines.load(case, bundle)

    def of(*weights):
        plan = canonical(package.plan)
        return Applied(engines.apply(case, plan, [patient(), *weights]))

    told = {str(kg): found for kg in WEIGHTS
            if (found := faults(package, of(weighed(kg)), shipped, kg))}  # fmt: skip
    assert told == {}
    assert faults(package, of(), shipped, None) == []
    print(f"{case}: {len(WEIGHTS)} weights agree with $apply")
