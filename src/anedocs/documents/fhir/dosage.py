"""The dosage of a drug as FHIR says it, and what a prescriber must read beside a line.

Source: EHR reference, sections 2.3 and 3. A dose stands twice, as numbers and in words; what the
guideline does not state is in neither.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from anedocs.core.quantity import Quantity
from anedocs.documents.ehr import codes
from anedocs.documents.fhir import identity
from anedocs.documents.fhir.identity import Export, Resource
from anedocs.dosing.rules import MG
from anedocs.schema.model import Code, OrderSet
from anedocs.schema.orders import Medication
from anedocs.sentences.dose_words import settled_texts
from anedocs.sentences.lines import Line, dose_text, stop_text

UCUM = "http://unitsofmeasure.org"
PRIORITY = {"STAT": "stat", "urgent": "urgent", "non-urgent": "routine"}
#: How often, in words of the guideline, as FHIR says it; any other words stay words.
TIMING: dict[str, dict[str, Any]] = {
    "daily": {"frequency": 1, "period": 1, "periodUnit": "d"},
    "one time": {"count": 1},
    "one dose": {"count": 1},
}
_UNITS = {"day": "d", "hour": "h", "minute": "min", "week": "wk", "mcg": "ug"}
_ROUTE_CODES = {"IV": "route-intravenous", "oral": "route-oral"}
_CALCULATED = {
    "system": "http://terminology.hl7.org/CodeSystem/dose-rate-type", "code": "calculated",
    "display": "Calculated",
}  # fmt: skip


def priority(export: Export, line: Line) -> str | None:
    """How soon, as FHIR says it; None where the guideline states nothing."""
    urgency = line.order.urgency if line.order else None
    stated = export.orderset.settled(urgency) if urgency else None
    return PRIORITY[stated] if stated else None


def quantity(amount: Quantity) -> Resource:
    """An exact amount with its UCUM code."""
    unit = _UNITS.get(amount.unit, amount.unit)
    return {"value": amount.number, "unit": unit, "system": UCUM, "code": unit}


def details(export: Export, line: Line) -> Iterator[str]:
    """What a prescriber must read beside a line: condition, approval, timing, notes."""
    orderset, order = export.orderset, line.order
    if line.says:
        yield line.says
    if order is None:
        return
    if line.approval:
        yield line.approval
    for stated in (order.timing, getattr(order, "first_dose", None)):
        if stated is not None and (text := orderset.settled(stated)):
            yield text
    for part in (order.optional, order.purpose, *order.notes):
        if part is not None:
            yield part.text
    if order.placed_by is not None and (who := orderset.settled(order.placed_by)):
        yield f"{who} places it"


def dosage(export: Export, line: Line) -> Resource:
    """The dosage of a drug as a rule: in words, and in numbers as far as they are stated."""
    orderset, variant, drug = export.orderset, line.variant, line.drug
    assert drug is not None, "only drugs have a dosage"
    form: Resource = {"text": dose_text(orderset, line)}
    told = [*details(export, line), *settled_texts(orderset, drug)]
    if variant is not None and (stop := stop_text(drug)):
        told.append(stop)
    if told:
        form["additionalInstruction"] = [{"text": one} for one in told]
    if timing := timing_of(export, line, drug):
        form["timing"] = {"repeat": timing}
    if route := orderset.settled(drug.route):
        form["route"] = identity.coded(orderset, route_code(export, line), route)
    if variant is not None:
        kind = {"coding": [_CALCULATED]}
        form["doseAndRate"] = [{"type": kind, "doseQuantity": quantity(in_mg(variant.amount))}]
    if (most := maximum_of(orderset, line)) is not None:
        form["maxDosePerAdministration"] = quantity(most.to(MG))
    return form


def in_mg(amount: Quantity) -> Quantity:
    """A mass in mg, as in the worksheet; a dose for each kg stays one."""
    return amount if "/" in amount.unit else amount.to(MG)


def maximum_of(orderset: OrderSet, line: Line) -> Quantity | None:
    """The maximum of a drug's line: of its dose rule, or as settled before there is a dose."""
    if line.variant is not None:
        return line.variant.rule.maximum
    return orderset.settled(line.drug.maximum) if line.drug else None


def timing_of(export: Export, line: Line, drug: Medication) -> Resource:
    """How often and how long, as far as it is stated in words that FHIR has numbers for."""
    orderset = export.orderset
    often = (line.variant.frequency if line.variant else None) or orderset.settled(drug.frequency)
    form: Resource = {}
    if duration := orderset.settled(drug.duration):
        lasts = duration.to("day") if duration.unit == "week" else duration
        form["boundsDuration"] = quantity(lasts)
    known = TIMING.get(often or "", {})
    if not known:
        return {}  # a duration without a frequency would be read as a rule
    return {**form, **known}


def route_code(export: Export, line: Line) -> list[Code]:
    """The code of a stated route; none where the guideline states no route."""
    drug = line.drug
    route = export.orderset.settled(drug.route) if drug else None
    found = codes.preferred(export.orderset, _ROUTE_CODES.get(route or "", ""))
    return [found] if found else []
