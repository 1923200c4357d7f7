"""What $apply made of the order set for one child, held against what anedocs itself says.

`faults` is the whole judgement; it is used on the package as it is and on packages with a planted
fault, so that the same sentences that pass the one are seen to catch the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from functools import cached_property
from typing import Any

from engine import Resource

from anedocs.core import wording
from anedocs.core.quantity import Quantity
from anedocs.dosing.fill import Filled, fill
from anedocs.dosing.rules import MG
from anedocs.edition.edition import Edition
from anedocs.edition.load import load
from anedocs.edition.locate import Locator

UCUM = "http://unitsofmeasure.org"
#: A CQL Decimal ends here; the engine cuts what is beyond.
LAST_PLACE = Decimal("0.00000001")


def patient() -> Resource:
    """The child."""
    return {"resourceType": "Patient", "id": "p1"}


def weighed(
    amount: Decimal | str | None, unit: str = "kg", *, id: str = "w1", status: str = "final",
    at: str = "2026-03-01T10:00:00Z", **more: Any,
) -> Resource:  # fmt: skip
    """A body weight of the child."""
    form: Resource = {
        "resourceType": "Observation",
        "id": id,
        "status": status,
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": at,
    }
    if amount is not None:
        form["valueQuantity"] = {
            "value": Decimal(amount), "unit": unit, "system": UCUM, "code": unit,
        }  # fmt: skip
    return {**form, **more}


def walk(form: Any) -> Iterator[dict[str, Any]]:
    """Every object inside a form, itself first."""
    if isinstance(form, dict):
        yield form
        for part in form.values():
            yield from walk(part)
    elif isinstance(form, list):
        for part in form:
            yield from walk(part)


class Package:
    """The definitions of the package, by what the tests ask of them."""

    def __init__(self, collection: Resource) -> None:
        self.bundle = collection
        found = [member["resource"] for member in collection["entry"]]
        (self.plan,) = (one for one in found if one["resourceType"] == "PlanDefinition")
        (self.library,) = (one for one in found if one["resourceType"] == "Library")
        self.activities = {
            canonical(one): one for one in found if one["resourceType"] == "ActivityDefinition"
        }

    @cached_property
    def actions(self) -> dict[str, Resource]:
        """Every action of the plan, groups and leaves, by id."""
        return {one["id"]: one for one in walk(self.plan["action"]) if _is_action(one)}

    def source_of(self, request: Resource) -> Resource:
        """The definition that a request was made from."""
        return self.activities[request["instantiatesCanonical"][0]]


def canonical(definition: Resource) -> str:
    """The address of a definition with its version."""
    return f"{definition['url']}|{definition['version']}"


def key(activity: Resource) -> str:
    """The key of an orderable, the same as in the worksheet."""
    return activity["identifier"][0]["value"]


@dataclass(frozen=True)
class Applied:
    """The result of $apply, as a CarePlan or as Parameters."""

    result: Resource

    @cached_property
    def resources(self) -> list[Resource]:
        """Every resource in it, wherever it stands."""
        return [one for one in walk(self.result) if "resourceType" in one]

    @cached_property
    def orders(self) -> list[Resource]:
        """The orders of drugs."""
        return [one for one in self.resources if one["resourceType"] == "MedicationRequest"]

    @cached_property
    def actions(self) -> dict[str, Resource]:
        """Every action of the RequestGroup by id."""
        (group,) = (one for one in self.resources if one["resourceType"] == "RequestGroup")
        return {one["id"]: one for one in walk(group.get("action", [])) if _is_action(one)}


def edition() -> Edition:
    """The order set as shipped."""
    return load(Locator(), "ane", date(2026, 3, 1))


def numbers(order: Resource) -> list[Resource]:
    """Every dose that an order states as a number."""
    return [
        line["doseQuantity"]
        for dosage in order["dosageInstruction"]
        for line in dosage.get("doseAndRate", [])
    ]


def faults(package: Package, applied: Applied, shipped: Edition, kg: Decimal | None) -> list[str]:
    """What is wrong with a result for a weight; None is a child without a usable weight."""
    told = [
        f"OperationOutcome: {one['issue'][0].get('diagnostics', '')[:200]}"
        for one in applied.resources
        if one["resourceType"] == "OperationOutcome"
    ]
    told += [
        "the engine left messages"
        for one in walk(applied.result)
        if one.get("url", "").endswith("cqf-messages")
    ]
    told += _kept(package, applied)
    told += _presence(package, applied, usable=kg is not None)
    # Any weight will do to ask which drugs have a rule.
    for filled in fill(shipped, kg if kg is not None else Decimal(20), None).medications:
        mine = [
            one
            for one in applied.orders
            if f"{key(package.source_of(one))}-".startswith(f"{filled.order.id}-")
        ]
        told += [f"{filled.order.id}: {one}" for one in _order(package, filled, mine, kg)]
    return told


def _order(
    package: Package, filled: Filled, orders: Sequence[Resource], kg: Decimal | None
) -> Iterator[str]:
    doses = [dose for order in orders for dose in numbers(order)]
    if filled.dose is None:
        if doses:
            yield f"dose {doses}, where the guideline states none"
        return
    if kg is None:
        if orders:
            yield f"{len(orders)} orders without a usable weight, {doses}"
        return
    if len(orders) != 1 or len(orders[0]["dosageInstruction"]) != 1:
        yield f"{len(orders)} orders instead of one with one dosage"
        return
    (dosage,) = orders[0]["dosageInstruction"]
    template = package.source_of(orders[0])["dosage"][0]
    basis = template["doseAndRate"][0]["doseQuantity"]
    if (basis["value"], basis["code"]) != (filled.dose.basis.number, filled.dose.basis.unit):
        yield f"made from {basis['value']} {basis['code']} instead of {filled.dose.basis}"
    yield from _dose(filled, dosage, doses)
    # All but the number is kept, also where people must enter it.
    for part in ("additionalInstruction", "timing", "route"):
        if dosage.get(part) != template.get(part):
            yield f"{part} {dosage.get(part)} instead of {template.get(part)}"


def _dose(filled: Filled, dosage: Resource, doses: list[Resource]) -> Iterator[str]:
    assert filled.dose is not None
    assert filled.rule is not None
    given, rule = filled.dose.given, filled.rule
    if given is None:
        words = filled.order.stop_above.entered_by if filled.order.stop_above else ""
        if doses or not words or words not in dosage["text"]:
            yield f"dose {doses} with '{dosage['text']}', where {words} must enter it"
        return
    # min: a dose that ends earlier keeps its digits.
    given = min(given, given.quantize(LAST_PLACE, ROUND_FLOOR))
    plain = wording.plain(given)
    wanted = {"value": given, "unit": MG, "system": UCUM, "code": MG}
    if doses != [wanted]:
        found = [f"{one['value']} {one.get('code')}" for one in doses]
        yield f"dose {found} instead of {plain} mg"
    elif str(doses[0]["value"]) != plain:
        yield f"{doses[0]['value']} instead of {plain}: a trailing zero"
    words = wording.amount(Quantity(given, MG))
    if not dosage["text"].startswith(f"{words} for "):
        yield f"'{dosage['text']}' does not begin with {words}"
    maximum = rule.maximum.to(MG).number if rule.maximum else None
    stated = dosage.get("maxDosePerAdministration", {"value": None})
    if stated["value"] != maximum or (maximum is not None and stated["code"] != MG):
        yield f"maximum {stated} instead of {maximum}"


#: What the engine hands on of an action; who reads the result needs it all.
_HANDED_ON = (
    "title", "description", "textEquivalent", "documentation", "priority", "selectionBehavior",
)  # fmt: skip


def _kept(package: Package, applied: Applied) -> Iterator[str]:
    """Each action says what the plan says, and is as urgent as the orderable behind it."""
    for name, action in applied.actions.items():
        planned = package.actions[name]
        for part in _HANDED_ON:
            if action.get(part) != planned.get(part):
                yield f"{name}: {part} {action.get(part)} instead of {planned.get(part)}"
        known = planned.get("definitionCanonical")
        wanted = package.activities.get(known, {}).get("priority")
        if known and action.get("priority") != wanted:
            yield f"{name}: priority {action.get('priority')} instead of {wanted}"


def _presence(package: Package, applied: Applied, *, usable: bool) -> Iterator[str]:
    """No action is lost but those that hang on the weight, and each has its own request."""
    requests = {
        one["id"].lstrip("#"): one["instantiatesCanonical"]
        for one in applied.resources
        if "id" in one and "instantiatesCanonical" in one
    }
    for name, action in package.actions.items():
        if name not in applied.actions:
            if "condition" not in action:
                yield f"{name} is missing"
        elif "definitionCanonical" in action:
            reference = applied.actions[name].get("resource", {}).get("reference", "")
            if requests.get(reference.lstrip("#")) != [action["definitionCanonical"]]:
                yield f"{name} has no request of its own"
    notes = [
        name
        for name, action in package.actions.items()
        if "condition" in action and "definitionCanonical" not in action
    ]
    shown = [name for name in notes if name in applied.actions]
    if shown != ([] if usable else notes):
        yield f"notes that a weight is needed: {shown} of {notes}"
    if not notes:
        yield "nothing tells that a weight is needed"


def _is_action(form: Resource) -> bool:
    return "id" in form and "title" in form and "resourceType" not in form
