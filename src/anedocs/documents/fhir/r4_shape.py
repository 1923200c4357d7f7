"""The elements of FHIR R4 that our resources are made of, and what does not fit them.

Narrow on purpose: an element that we never write is refused as if R4 did not know it.
Source: HL7 FHIR R4 4.0.1, the definitions of the named resources and datatypes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

_CODE = r"[^\s]+(\s[^\s]+)*"
_DATE = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
#: Datatypes that are one JSON value: the Python type that JSON gives, and the form of a text.
_PRIMITIVES: dict[str, tuple[type, str]] = {
    "boolean": (bool, ""),
    "decimal": (Decimal, ""),
    "positive": (Decimal, r"[1-9][0-9]*"),
    "string": (str, r"[\s\S]*\S[\s\S]*"),
    "markdown": (str, r"[\s\S]*\S[\s\S]*"),
    "uri": (str, r"\S+"),
    "canonical": (str, r"\S+"),
    "id": (str, r"[A-Za-z0-9\-.]{1,64}"),
    "date": (str, _DATE),
    "code": (str, _CODE),
    "base64": (str, r"[A-Za-z0-9+/]+={0,2}"),
    "xhtml": (str, r"<div xmlns=\"http://www.w3.org/1999/xhtml\">(<p>[^<>]*</p>)+</div>"),
}
_METADATA = """id:id!, text:Narrative!, url:uri!, identifier:Identifier+, version:string!,
name:string!, title:string!, status:code(draft|active|retired)!, experimental:boolean!, date:date!,
publisher:string?, description:markdown!, copyright:markdown?, approvalDate:date?,
effectivePeriod:Period?, useContext:UsageContext*, relatedArtifact:RelatedArtifact*"""
#: Each shape: its elements with datatype and number: ! one, ? one at most, * any, + at least one.
_SHAPES = {
    "PlanDefinition": f"""{_METADATA}, usage:string?, type:CodeableConcept!, library:canonical*,
        action:Action+""",
    "ActivityDefinition": f"""{_METADATA}, kind:code(MedicationRequest|ServiceRequest)!,
        intent:code(proposal)!, priority:code(routine|urgent|asap|stat)?, code:CodeableConcept?,
        productCodeableConcept:CodeableConcept?, dosage:Dosage*, library:canonical*,
        dynamicValue:DynamicValue*""",
    "Library": f"""{_METADATA}, type:CodeableConcept!, content:Attachment+,
        parameter:ParameterDefinition*, dataRequirement:DataRequirement*""",
    "Bundle": "id:id?, type:code(transaction|collection)!, entry:BundleEntry+",
    "BundleEntry": "fullUrl:uri!, resource:Any!, request:Request?",
    "Request": "method:code(PUT)!, url:uri!",
    "Narrative": "status:code(generated)!, div:xhtml!",
    "Identifier": "system:uri!, value:string!",
    "Period": "start:date?, end:date?",
    "UsageContext": "code:Coding!, valueCodeableConcept:CodeableConcept!",
    "Coding": "system:uri!, code:code!, display:string?",
    "CodeableConcept": "coding:Coding*, text:string?",
    "RelatedArtifact": """type:code(documentation|justification|citation|predecessor|successor|
        derived-from|depends-on|composed-of)!, label:string?, display:string?, citation:markdown?,
        url:uri?""",
    "Action": """id:id!, prefix:string?, title:string!, description:string?,
        textEquivalent:string?, priority:code(routine|urgent|asap|stat)?,
        documentation:RelatedArtifact*, condition:Condition*,
        groupingBehavior:code(visual-group|logical-group|sentence-group)?,
        selectionBehavior:code(any|all|all-or-none|exactly-one|at-most-one|one-or-more)?,
        requiredBehavior:code(must|could|must-unless-documented)?,
        precheckBehavior:code(yes|no)?, cardinalityBehavior:code(single|multiple)?,
        definitionCanonical:canonical?, action:Action*""",
    "Condition": "kind:code(applicability|start|stop)!, expression:Expression!",
    "Expression": """description:string?, language:code(text/cql)!,
        expression:string!, reference:uri!""",
    "DynamicValue": "path:code(dosageInstruction)!, expression:Expression!",
    "Dosage": """text:string!, additionalInstruction:CodeableConcept*, timing:Timing?,
        route:CodeableConcept?, doseAndRate:DoseAndRate*, maxDosePerAdministration:Quantity?""",
    "DoseAndRate": "type:CodeableConcept!, doseQuantity:Quantity!",
    "Quantity": "value:decimal!, unit:string!, system:uri!, code:code!",
    "Timing": "repeat:Repeat!",
    "Repeat": """boundsDuration:Quantity?, count:positive?, frequency:positive?, period:decimal?,
        periodUnit:code(s|min|h|d|wk|mo|a)?""",
    "Attachment": "contentType:code!, data:base64!, title:string?",
    "ParameterDefinition": """name:code!, use:code(in|out)!, min:decimal?, max:string?,
        documentation:string?, type:code!""",
    "DataRequirement": "type:code!, codeFilter:CodeFilter*",
    "CodeFilter": "path:string!, code:Coding+",
}  # fmt: skip
RESOURCES = ("PlanDefinition", "ActivityDefinition", "Library")
#: Datatypes that hold sentences, and their elements that do not: names, keys, versions, units,
#: labels, words as published. Addresses, codes, ids and dates have datatypes of their own.
_OF_WORDS = frozenset({"string", "markdown", "xhtml"})
_NO_SENTENCES = frozenset(
    {"version", "name", "publisher", "copyright", "value", "unit", "display", "label", "prefix",
     "expression", "path", "max"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Element:
    kind: str
    codes: frozenset[str]
    count: str

    @property
    def many(self) -> bool:
        return self.count in "*+"

    @property
    def needed(self) -> bool:
        return self.count in "!+"


@cache
def _shape(name: str) -> Mapping[str, _Element]:
    form = {}
    text = re.sub(r"\s+", "", _SHAPES[name])
    for part in text.split(","):
        found = re.fullmatch(r"(\w+):(\w+)(?:\(([^)]*)\))?([!?*+])", part)
        assert found is not None, part
        codes = frozenset(found[3].split("|")) if found[3] else frozenset()
        form[found[1]] = _Element(found[2], codes, found[4])
    return form


def sentences(table: Mapping[str, Any], kind: str, where: str = "") -> Iterator[tuple[str, str]]:
    """Every text for people in a resource that has the shape of R4: (place, text).

    A reference is quoted as it was published.
    """
    if kind == "RelatedArtifact" and table["type"] == "citation":
        return
    shape = _shape(kind)
    for name, value in table.items():
        if name not in shape:
            continue
        element, place = shape[name], f"{where}.{name}" if where else name
        members = value if element.many else [value]
        for number, member in enumerate(members):
            spot = f"{place}[{number}]" if element.many else place
            if element.kind in _OF_WORDS and name not in _NO_SENTENCES:
                yield spot, member
            elif element.kind not in _PRIMITIVES:
                yield from sentences(member, element.kind, spot)


Found = Iterator[tuple[str, str, str]]
#: The lint rule that an absent or a foreign element breaks; of any other, the shape of R4 itself.
_ABSENT = {"system": "L08", "code": "L08", "expression": "L10"}
_FOREIGN = {"meta": "L16", "profile": "L16"}


def faults(resource: Any, where: str) -> Found:
    """What does not fit R4 in a resource: (place, rule, sentence)."""
    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    if kind not in RESOURCES:
        yield where, "R4", f"'{kind}' is not one of our resources ({', '.join(RESOURCES)})"
        return
    yield from _table(_body(resource), str(kind), where)


def envelope_faults(bundle: Any) -> Found:
    """What does not fit R4 in a Bundle; its resources are compared with the single ones."""
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        yield "Bundle", "R4", "this is no Bundle"
        return
    yield from _table(_body(bundle), "Bundle", "Bundle")


def _body(resource: Mapping[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in resource.items() if name != "resourceType"}


def _table(table: Any, kind: str, where: str) -> Found:
    if not isinstance(table, dict) or not table:
        yield where, "R4", f"a {kind} is needed here, with something in it"
        return
    shape = _shape(kind)
    for name, element in shape.items():
        if name not in table and element.needed:
            yield where, _ABSENT.get(name, "R4"), f"'{name}' is missing"
    for name, value in table.items():
        place = f"{where}.{name}"
        known = shape.get(name)
        if known is None:
            says = f"R4's {kind}, as we write it, has no '{name}'"
            yield place, _FOREIGN.get(name, "L12"), says
        elif known.many != isinstance(value, list):
            says = "a list is needed here" if known.many else "no list may stand here"
            yield place, "R4", says
        else:
            members = value if isinstance(value, list) else [value]
            if not members:
                yield place, "R4", "an empty list may not stand here"
            for number, member in enumerate(members):
                spot = f"{place}[{number}]" if known.many else place
                yield from _value(member, known, spot)


def _value(value: Any, element: _Element, where: str) -> Found:
    if element.kind == "Any":
        if not isinstance(value, dict):
            yield where, "R4", "a resource is needed here"
        return
    form = _PRIMITIVES.get(element.kind)
    if form is None:
        yield from _table(value, element.kind, where)
        return
    kind, pattern = form
    if not isinstance(value, kind):
        yield where, "R4", f"a {element.kind} is needed here, not {value!r}"
    elif pattern and not re.fullmatch(pattern, str(value)):
        yield where, "R4", f"{str(value)[:60]!r} has not the form of a {element.kind}"
    elif element.codes and value not in element.codes:
        yield where, "R4", f"'{value}' is not one of {', '.join(sorted(element.codes))}"
