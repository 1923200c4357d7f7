"""The dose rules of the package in JavaScript: ELM of the official translator, in cql-execution.

A second engine, by other people and in another language: a dose that only one engine gives rests on
that engine, not on the CQL.
"""

from __future__ import annotations

import csv
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import maven
import pytest
from applied import patient, weighed
from engine import Engines
from js.node import execute, helpers, install
from missing import without

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("js")]

#: JavaScript counts in binary: 12 x 29.9 comes out as 358.79999999999995. Such an error lies ten
#: orders below the last digit of any dose; a wrong rule or a wrong number lies far above this.
TOLERANCE_MG = Decimal("0.000001")
DRUGS = ("Methylprednisolone", "Tocilizumab")


@pytest.fixture(scope="module")
def cql(package: Path) -> str:
    [path] = (package / "fhir").glob("*.cql")
    return path.read_text("utf-8")


class Javascript:
    """The engine with one translated library."""

    def __init__(self, engines: Engines, cql: str, folder: Path) -> None:
        self.library, self.helpers = folder / "library.json", folder / "helpers.json"
        assert engines.translate(cql, self.library) == []
        engines.translate(helpers(), self.helpers)
        self.doses = re.findall(r"^define (\w+DoseMg):", cql, re.MULTILINE)
        assert all(any(name.startswith(drug) for name in self.doses) for drug in DRUGS)

    def __call__(self, *observations: list[Any]) -> list[dict[str, Any]]:
        """For each list of observations of one patient: the weight, and the doses by drug."""
        bundles = [
            {
                "resourceType": "Bundle",
                "type": "collection",
                "entry": [{"resource": one} for one in (patient(), *those)],
            }
            for those in observations
        ]
        asked = ["WeightKg", "WeightUsable", "WeightNeeded", *self.doses]
        return [
            self._read(values) for values in execute(self.library, self.helpers, asked, bundles)
        ]

    def _read(self, values: dict[str, Any]) -> dict[str, Any]:
        read = {"usable": values["WeightUsable"], "kg": values["WeightKg"]}
        assert values["WeightNeeded"] is not values["WeightUsable"]
        for drug in DRUGS:
            given = {
                name: Decimal(str(values[name]))
                for name in self.doses
                if name.startswith(drug) and values[name] is not None
            }
            # Two bands at once: a sum is no dose of either, so it is never what is expected.
            read[drug] = sum(given.values()) if given else None
        return read


@pytest.fixture(scope="module", autouse=True)
def node() -> None:
    try:
        install()
    except maven.MissingToolError as reason:
        without(str(reason))


@pytest.fixture(scope="module")
def javascript(engines: Engines, cql: str, tmp_path_factory: pytest.TempPathFactory) -> Javascript:
    return Javascript(engines, cql, tmp_path_factory.mktemp("elm"))


def by_hand(kg: Decimal) -> dict[str, Decimal | None]:
    """The doses worked out here, not by our code (EHR reference, section 10)."""
    tocilizumab = (12 if kg < 30 else 8) * kg
    return {
        "Methylprednisolone": min(30 * kg, Decimal(1000)),
        # Above 800 mg the prescriber and a pharmacist enter it; that figure is not the guideline's.
        "Tocilizumab": tocilizumab if tocilizumab <= 800 else None,
    }


def differences(found: dict[str, Any], expected: dict[str, Decimal | None]) -> dict[str, Any]:
    return {
        drug: (found[drug], dose)
        for drug, dose in expected.items()
        if (found[drug] is None) is not (dose is None)
        or (dose is not None and abs(found[drug] - dose) > TOLERANCE_MG)
    }


def dose_check(package: Path) -> dict[Decimal, dict[str, Decimal | None]]:
    """The doses of dose-check.csv by weight and drug."""
    with (package / "dose-check.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    table: dict[Decimal, dict[str, Decimal | None]] = {}
    for row in rows:
        drug = next(drug for drug in DRUGS if row["row_key"].startswith(drug.lower()))
        doses = table.setdefault(Decimal(row["weight_kg"]), dict.fromkeys(DRUGS))
        if row["capped_mg"]:
            assert doses[drug] is None, f"two doses of {drug} at {row['weight_kg']} kg"
            doses[drug] = Decimal(row["capped_mg"])
    return table


def test_every_weight_of_the_dose_check(javascript: Javascript, package: Path) -> None:
    table = dose_check(package)
    assert len(table) >= 60
    found = javascript(*([weighed(kg)] for kg in table))
    told: dict[str, Any] = {}
    for (kg, listed), one in zip(table.items(), found, strict=True):
        assert one["usable"] is True, kg
        for expected in (listed, by_hand(kg)):
            told |= {f"{kg} kg {drug}": two for drug, two in differences(one, expected).items()}
    print(f"JavaScript, dose-check.csv and the hand rule: the same doses at {len(table)} weights")
    assert told == {}


@pytest.mark.parametrize(
    ("amount", "unit", "kg"),
    [
        ("12500", "g", "12.5"),
        ("29999.9", "g", "29.9999"),
        ("30000", "g", "30"),
        ("33333", "g", "33.333"),
        ("44", "[lb_av]", "19.95806428"),
        ("66.1", "[lb_av]", "29.982455657"),
        ("66.2", "[lb_av]", "30.027814894"),
    ],
)
def test_grams_and_pounds(javascript: Javascript, amount: str, unit: str, kg: str) -> None:
    [found] = javascript([weighed(amount, unit)])
    assert differences(found, by_hand(Decimal(kg))) == {}


@pytest.mark.parametrize(
    "observations",
    [
        [],
        [weighed(None)],
        [weighed("0")],
        [weighed("-20")],
        [weighed("20", "mL")],
        [weighed("20", "lb")],
        [weighed("20", status="entered-in-error")],
        [weighed("20", status="preliminary")],
        [weighed("20", valueQuantity={"value": 20, "unit": "kg"})],
    ],
    ids=[
        "none", "no value", "zero", "negative", "millilitres", "not a UCUM unit",
        "entered in error", "preliminary", "a unit in words only",
    ],
)  # fmt: skip
def test_no_usable_weight_no_dose(javascript: Javascript, observations: list[Any]) -> None:
    [found] = javascript(observations)
    assert found == {"usable": False, "kg": None, **dict.fromkeys(DRUGS)}


def test_an_error_does_not_hide_the_weight_before_it(javascript: Javascript) -> None:
    wrong = weighed("99", id="w2", at="2026-03-02T10:00:00Z", status="entered-in-error")
    [found] = javascript([weighed("20"), wrong])
    assert differences(found, by_hand(Decimal(20))) == {}


@pytest.mark.parametrize(
    ("old", "new", "kg"),
    [
        ("MethylprednisoloneBasisMgPerKg: 30\n", "MethylprednisoloneBasisMgPerKg: 31\n", "20"),
        ("MethylprednisoloneMaximumMg: 1000\n", "MethylprednisoloneMaximumMg: 1001\n", "40"),
        ("WeightKg < ", "WeightKg <= ", "30"),
        ("quantity.code.value = 'kg' then 1.0", "quantity.code.value = 'kg' then 1.000001", "20"),
    ],
    ids=["basis", "maximum", "band edge", "unit"],
)
def test_a_wrong_number_is_noticed(
    engines: Engines, cql: str, tmp_path: Path, old: str, new: str, kg: str
) -> None:
    assert cql.count(old) == 1
    [found] = Javascript(engines, cql.replace(old, new), tmp_path)([weighed(kg)])
    assert differences(found, by_hand(Decimal(kg))) != {}
