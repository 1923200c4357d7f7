"""The dose rules as a CQL Library: every number in it is written here from the order set.

Source: EHR reference, sections 10 and 13. The fixed part, which finds the weight, is the template
`dosing.cql`. Names are one word each: only so do both the FHIR validator and the engines take them.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from anedocs.core import wording
from anedocs.core.problems import ContentError, Place, Problem
from anedocs.core.ranges import Range
from anedocs.documents.ehr import codes
from anedocs.documents.ehr.export import Export, computer_name
from anedocs.documents.fhir import identity
from anedocs.documents.fhir.dosage import dosage
from anedocs.documents.fhir.identity import Resource
from anedocs.dosing.rules import MG, DoseRule
from anedocs.render import template_files
from anedocs.schema.model import Code, OrderSet
from anedocs.sentences import phrases
from anedocs.sentences.order_lines import EVERY_WEIGHT, Line, Variant, dose_text, lines

TEMPLATE = "dosing.cql"
WEIGHT_NEEDED = "WeightNeeded"
_LIBRARY_TYPE = {
    "system": "http://terminology.hl7.org/CodeSystem/library-type", "code": "logic-library",
    "display": "Logic Library",
}  # fmt: skip


def by_weight(line: Line) -> bool:
    """Whether the dose of a line, or that it applies at all, hangs on the weight."""
    variant = line.variant
    if line.kind != "orderable" or variant is None:
        return False
    return variant.amount.unit == "mg/kg" or variant.weights != EVERY_WEIGHT


def stem(line: Line) -> str:
    """What the names of a line begin with, such as FirstDrugLighter."""
    return computer_name(line.key)


def dosage_name(line: Line) -> str:
    """The define that gives the dosage for the weight of a patient."""
    return f"{stem(line)}Dosage"


def condition_name(line: Line) -> str:
    """The define that says whether the line applies to the weight of a patient."""
    return f"{stem(line)}Applies"


def library(export: Export, text: str) -> Resource:
    """The Library resource that holds the CQL text."""
    orderset, name = export.orderset, export.library_name
    weight = _weight_code(orderset)
    form = identity.head(
        export, "Library", "dosing", f"{orderset.title}: doses by weight",
        "The newest final body weight, the weight bands, and the dose of each order by weight",
        [weight],
    )  # fmt: skip
    concept = identity.coded(orderset, [weight], weight.display)
    return form | {
        "id": name,
        "url": f"{export.base}/Library/{name}",
        "name": name,
        "type": {"coding": [_LIBRARY_TYPE]},
        "dataRequirement": [
            {"type": "Observation",
             "codeFilter": [{"path": "code", "code": concept["coding"]}]}
        ],
        "content": [
            {"contentType": "text/cql", "data": base64.b64encode(text.encode()).decode(),
             "title": f"{name}.cql"}
        ],
    }  # fmt: skip


def source(export: Export, folders: Sequence[Path]) -> str:
    """The CQL text of an order set; empty where no dose hangs on the weight.

    Raises ContentError where the order set has no code by which a weight could be found.
    """
    orderset, edition = export.orderset, export.edition
    limits = edition.weights.without_age
    dosed = [line for line in lines(orderset) if by_weight(line)]
    if not dosed:
        return ""
    weight = _weight_code(orderset)
    return template_files.filled(
        folders,
        TEMPLATE,
        name=export.library_name,
        version=export.version,
        title=orderset.title,
        mark=edition.status.mark or "Approved edition.",
        edition=f"{orderset.id} {export.version}, fingerprint {edition.short_fingerprint}",
        weight_system=codes.system(orderset, weight).uri,
        weight_code=weight.code,
        weight_display=_quoted(weight.display)[1:-1],
        lowest=wording.plain(limits.hard_low.number),
        highest=wording.plain(limits.hard_high.number),
        values="\n\n".join(one for line in dosed for one in _values(export, line)),
        doses="\n\n".join(one for line in dosed for one in _doses(line)),
        dosages="\n\n".join(_dosage(export, line) for line in dosed),
    )


def _weight_code(orderset: OrderSet) -> Code:
    found = codes.preferred(orderset, "body-weight")
    if found is None:
        raise ContentError(
            [Problem(Place(f"ordersets/{orderset.id}.yaml"),
                     "no code that may be shipped stands under 'codes: body-weight:'",
                     "EHR package: without it no weight is found and no dose computed",
                     "Add it, such as LOINC's code of body weight, with status 'verified'")]
        )  # fmt: skip
    return found


def _values(export: Export, line: Line) -> Iterator[str]:
    """The numbers and sentences of one line, each under a name."""
    variant, name = _variant(line), stem(line)
    unit = "MgPerKg" if variant.amount.unit == "mg/kg" else "Mg"
    amount = variant.amount if unit == "MgPerKg" else variant.amount.to(MG)
    yield _define(f"{name}Basis{unit}", wording.plain(amount.number))
    for bound, number in _bounds(variant.weights):
        yield _define(f"{name}{bound}Kg", wording.plain(number))
    for limit, mass in _limits(variant.rule):
        yield _define(f"{name}{limit}Mg", wording.plain(mass))
    yield _define(f"{name}Text", _quoted(f"; {dose_text(export.orderset, line)}"))
    if line.drug is not None and (stop := phrases.stop(line.drug)):
        yield _define(f"{name}StopText", _quoted(f"NO DOSE: {stop}"))


def _variant(line: Line) -> Variant:
    assert line.variant is not None, "only lines by weight come here"
    return line.variant


def _bounds(weights: Range) -> Iterator[tuple[str, Decimal]]:
    if weights.low is not None:
        yield ("AtLeast" if weights.low_included else "Above"), weights.low
    if weights.high is not None:
        yield ("UpTo" if weights.high_included else "Below"), weights.high


def _limits(rule: DoseRule) -> Iterator[tuple[str, Decimal]]:
    known = {"Maximum": rule.maximum, "StopAbove": rule.stop_above, "Step": rule.rounding_step}
    return ((name, mass.to(MG).number) for name, mass in known.items() if mass is not None)


_SIGNS = {"AtLeast": ">=", "Above": ">", "UpTo": "<=", "Below": "<"}


def _doses(line: Line) -> Iterator[str]:
    """Whether the line applies, and its dose in mg; null where no dose may be given."""
    variant, name = _variant(line), stem(line)
    tests = [f"WeightKg {_SIGNS[one]} {name}{one}Kg" for one, _ in _bounds(variant.weights)]
    yield _define(condition_name(line), " and ".join(["WeightUsable", *tests]))
    limits = {limit for limit, _ in _limits(variant.rule)}
    maximum = f"{name}MaximumMg" if "Maximum" in limits else "null"
    stop = f"{name}StopAboveMg" if "StopAbove" in limits else "null"
    per_weight = variant.amount.unit == "mg/kg"
    product = f"Product({name}BasisMgPerKg)" if per_weight else f"{name}BasisMg"
    applied = f"if {condition_name(line)} then Capped({product}, {maximum}) else null"
    yield _define(f"{name}ExactMg", applied)
    stopped = f"{name}ExactMg > {stop}" if "StopAbove" in limits else "false"
    yield _define(f"{name}Stopped", f"Coalesce({stopped}, false)")
    given = f"{name}ExactMg"
    if "Step" in limits:
        given = f"Stepped({given}, {name}StepMg, {maximum}, {stop})"
    yield _define(f"{name}DoseMg", f"if {name}Stopped then null else {given}")


def _dosage(export: Export, line: Line) -> str:
    """The dosage that `$apply` hands out, with everything that the definition's dosage says."""
    variant, name = _variant(line), stem(line)
    form = dosage(export, line)
    maximum = f"{name}MaximumMg" if variant.rule.maximum is not None else "null"
    told = _literal(form.get("additionalInstruction", []), "CodeableConcept")
    timing = _literal(form.get("timing"), "Timing")
    route = _literal(form.get("route"), "CodeableConcept")
    parts = (f"{name}DoseMg", maximum, timing, route, told, f"{name}Text")
    stop = (
        f"\n    when {name}Stopped then Stopped({name}StopText, {told}, {timing}, {route})"
        if variant.rule.stop_above is not None
        else ""
    )
    return _define(
        dosage_name(line),
        f"\n  case\n    when WeightNeeded then NotGiven(NoWeightText, {told})"
        f"\n    when not {condition_name(line)} then NotGiven(OtherBandText, {told}){stop}"
        f"\n    else Given({', '.join(parts)})\n  end",
    )


def _define(name: str, expression: str) -> str:
    return f"define {name}:{'' if expression.startswith(chr(10)) else ' '}{expression}"


def _quoted(text: str) -> str:
    """A CQL string."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


#: The FHIR types of the elements that a dosage is made of.
_TYPES = {
    "CodeableConcept": {"coding": "Coding", "text": "string"},
    "Coding": {"system": "uri", "code": "code", "display": "string"},
    "Timing": {"repeat": '"Timing.Repeat"'},
    '"Timing.Repeat"': {
        "boundsDuration": "Duration", "count": "positiveInt", "frequency": "positiveInt",
        "period": "decimal", "periodUnit": "UnitsOfTime",
    },
    "Duration": {"value": "decimal", "unit": "string", "system": "uri", "code": "code"},
}  # fmt: skip


def _literal(form: Any, kind: str) -> str:
    """A FHIR value as CQL writes it; null where there is none."""
    if form is None:
        return "null"
    if isinstance(form, list):
        return f"{{ {', '.join(_literal(member, kind) for member in form)} }}" if form else "null"
    if isinstance(form, dict):
        types = _TYPES[kind]
        parts = [
            # bounds[x] is called bounds in CQL, whatever its type.
            f"{name.removesuffix('Duration')}: {_literal(member, types[name])}"
            for name, member in form.items()
        ]
        return f"FHIR.{kind} {{ {', '.join(parts)} }}"
    value = _quoted(form) if isinstance(form, str) else wording.plain(Decimal(form))
    return f"FHIR.{kind} {{ value: {value} }}"
