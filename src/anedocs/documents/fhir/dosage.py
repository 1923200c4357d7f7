"""The dosage of a drug as FHIR says it, and what a prescriber must read beside a line.

Source: EHR reference, sections 2.3 and 3. A dose stands twice, as numbers and in words; what the
guideline does not state is in neither.
"""

from __future__ import annotations

from collections.abc import Iterator

from anedocs.core.quantity import Quantity
from anedocs.documents.ehr import codes
from anedocs.documents.ehr.export import Export
from anedocs.documents.fhir import identity
from anedocs.documents.fhir.identity import Resource
from anedocs.dosing.rules import MG
from anedocs.schema.model import Code, OrderSet
from anedocs.schema.orders import Medication
from anedocs.sentences import phrases, vocabulary
from anedocs.sentences.order_lines import Line, dose_text

_CALCULATED = {
    "system": "http://terminology.hl7.org/CodeSystem/dose-rate-type", "code": "calculated",
    "display": "Calculated",
}  # fmt: skip


def priority(export: Export, line: Line) -> str | None:
    """How soon, as FHIR says it; None where the guideline states nothing."""
    urgency = line.order.urgency if line.order else None
    stated = export.orderset.settled(urgency) if urgency else None
    return vocabulary.PRIORITIES[stated] if stated else None


def quantity(amount: Quantity) -> Resource:
    """An exact amount with its UCUM code."""
    unit = vocabulary.UCUM_CODES[amount.unit]
    return {"value": amount.number, "unit": unit, "system": vocabulary.UCUM, "code": unit}


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
    told = [*details(export, line), *phrases.settled(orderset, drug)]
    if variant is not None and (stop := phrases.stop(drug)):
        told.append(stop)
    if told:
        form["additionalInstruction"] = [{"text": one} for one in told]
    if repeat := _repeat(orderset, line, drug):
        form["timing"] = {"repeat": repeat}
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


def _repeat(orderset: OrderSet, line: Line, drug: Medication) -> Resource:
    """How often and how long, as numbers; empty where the vocabulary has none for the words.

    Why no duration alone: without a frequency it would be read as a rule.
    """
    words = (line.variant and line.variant.frequency) or orderset.settled(drug.frequency)
    often = vocabulary.FREQUENCIES.get(words or "")
    if often is None:
        return {}
    form: Resource = {}
    if duration := orderset.settled(drug.duration):
        lasts = duration.to("day") if duration.unit == "week" else duration
        form["boundsDuration"] = quantity(lasts)
    if often.count is not None:
        return {**form, "count": often.count}
    return {**form, "frequency": often.times, "period": often.period, "periodUnit": often.unit}


def route_code(export: Export, line: Line) -> list[Code]:
    """The code of a stated route; none where the guideline states no route."""
    drug = line.drug
    route = export.orderset.settled(drug.route) if drug else None
    found = codes.preferred(export.orderset, vocabulary.ROUTES.get(route or "", ""))
    return [found] if found else []
