"""The PlanDefinition: the order set as nested groups of orders, each with where it is from.

Source: EHR reference, sections 2.3, 3 and 5.2. Prose is a description and never a condition.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from anedocs.documents.ehr import codes, evidence
from anedocs.documents.ehr.export import Export
from anedocs.documents.fhir import activities, cql, identity
from anedocs.documents.fhir.dosage import details, priority
from anedocs.documents.fhir.identity import Resource
from anedocs.schema.model import Reference
from anedocs.sentences import phrases
from anedocs.sentences.order_lines import Line, lines, unconditional
from anedocs.sentences.vocabulary import PRIORITIES

KEY = "order-set"
_TYPE = "http://terminology.hl7.org/CodeSystem/plan-definition-type"
_WEIGHT_NEEDED = (
    "Doses by weight need a final body weight in kg. Without one they are left out: weigh the "
    "patient, enter the weight, and apply the order set again"
)
_CONTEXT = "http://terminology.hl7.org/CodeSystem/usage-context-type"


def plan(export: Export) -> Resource:
    """The PlanDefinition of an order set."""
    orderset = export.orderset
    focus = codes.preferred(orderset, f"finding-{orderset.id}")
    says = ". ".join(filter(None, (orderset.population, phrases.treatment_gate(orderset))))
    used = [focus] if focus else []
    form = identity.head(export, "PlanDefinition", KEY, orderset.title, says, used)
    form["type"] = {"coding": [{"system": _TYPE, "code": "order-set", "display": "Order Set"}]}
    form["useContext"] = [
        {
            "code": {"system": _CONTEXT, "code": "focus", "display": "Clinical Focus"},
            "valueCodeableConcept": identity.coded(orderset, used, orderset.short_title),
        }
    ]
    form["usage"] = phrases.entry(orderset.entry)
    related = [*_criteria(export), *map(_citation, orderset.references)]
    if related:  # FHIR has no empty list
        form["relatedArtifact"] = related
    if any(map(cql.by_weight, lines(orderset))):
        form["library"] = [export.library]
    form["action"] = list(_blocks(export))
    return form


def documentation(
    export: Export, members: Iterable[Line], headers: Mapping[str, Line]
) -> list[Resource]:
    """What lines rest on: statements of the guideline, supplements, local decisions."""
    orderset = export.orderset
    origins = [
        origin
        for line in members
        for origin in evidence.origins(orderset, line, headers.get(line.group or ""))
    ]
    return [
        {
            "type": "derived-from" if kind == "guideline" else "justification",
            "label": name,
            "display": evidence.reference(orderset, kind, name),
            "citation": evidence.says(orderset, kind, name),
        }
        for kind, name in evidence.ids(origins)
    ]


def _blocks(export: Export) -> Iterator[Resource]:
    every = lines(export.orderset)
    headers = {line.key: line for line in every if line.kind == "choice_header"}
    for block in dict.fromkeys(line.block for line in every):
        members = [line for line in every if line.block == block]
        weighed = any(cql.by_weight(line) for line in members)
        first = [_weight_needed(export, block, members)] if weighed else []
        yield {
            "id": export.id(f"block-{block}"),
            "prefix": str(members[0].place[0]),
            "title": members[0].heading,
            **({"description": _WEIGHT_NEEDED} if weighed else {}),
            "documentation": documentation(export, members, headers),
            "groupingBehavior": "visual-group",
            "selectionBehavior": "any",
            "action": [*first, *_members(export, members, None, headers)],
        }


def _weight_needed(export: Export, block: str, members: list[Line]) -> Resource:
    """What stands in place of the doses by weight, so that a STAT drug is not missed unseen.

    It is as urgent as the most urgent of them.
    """
    urgencies = {priority(export, line) for line in members if cql.by_weight(line)}
    urgent = next((one for one in PRIORITIES.values() if one in urgencies), None)
    return {
        "id": export.id(f"weight-needed-{block}"),
        "title": "No usable body weight: no dose by weight",
        "textEquivalent": _WEIGHT_NEEDED,
        **({"priority": urgent} if urgent else {}),
        "documentation": _own(export),
        "condition": [_applicable(export, cql.WEIGHT_NEEDED, "there is no usable weight")],
        "precheckBehavior": "no",
    }


def _applicable(export: Export, name: str, says: str) -> Resource:
    return {"kind": "applicability", "expression": activities.expression(export, name, says)}


def _members(
    export: Export, members: list[Line], group: str | None, headers: Mapping[str, Line]
) -> Iterator[Resource]:
    """The actions that stand under one group, or right under the block."""
    for line in members:
        if line.group != group:
            continue
        if line.kind == "choice_header":
            inner = list(_members(export, members, line.key, headers))
            yield _group(export, line, inner, documentation(export, [line], headers))
        else:
            yield _leaf(export, line, documentation(export, [line], headers))


def _group(export: Export, line: Line, inner: list[Resource], rests_on: list[Resource]) -> Resource:
    said = "; ".join(details(export, line))
    return {
        "id": export.id(line.key),
        "title": line.name,
        **({"description": said} if said else {}),
        "documentation": rests_on,
        "groupingBehavior": "visual-group" if line.select == "any" else "logical-group",
        "selectionBehavior": line.select,
        "action": inner,
    }


def _leaf(export: Export, line: Line, rests_on: list[Resource]) -> Resource:
    form: Resource = {"id": export.id(line.key), "title": activities.title(export, line)}
    told = list(details(export, line))
    if line.kind == "placeholder" and line.drug:
        told += phrases.stated(export.orderset, line.drug)
        told += phrases.settled(export.orderset, line.drug)
    said = "; ".join(told)
    if said:
        form["description"] = said
    if line.kind != "orderable":
        form["textEquivalent"] = "; ".join(dict.fromkeys(filter(None, (line.name, said))))
    if (found := priority(export, line)) is not None:
        form["priority"] = found
    form["documentation"] = rests_on or _own(export)
    if cql.by_weight(line):
        says = "the weight of this patient is usable, and of this band"
        form["condition"] = [_applicable(export, cql.condition_name(line), says)]
    ticked = unconditional(export.orderset, line)
    if line.kind != "note":
        form |= _behaviour(line, ticked)
    if line.kind == "orderable":
        form["definitionCanonical"] = export.canonical("ActivityDefinition", line.key)
    return form


def _behaviour(line: Line, ticked: bool) -> Resource:
    form = {}
    if ticked and line.drug is None:
        form["requiredBehavior"] = "must-unless-documented"
    elif line.order is not None and line.order.optional is not None:
        form["requiredBehavior"] = "could"
    return {**form, "precheckBehavior": "yes" if ticked else "no"}


def _own(export: Export) -> list[Resource]:
    """Evidence of what stands in the order set itself: an open question of the committee."""
    return [{"type": "documentation", "label": export.orderset.id,
             "display": "open question of the order set"}]  # fmt: skip


def _criteria(export: Export) -> Iterator[Resource]:
    """Lists of criteria: to be read, not ordered."""
    for one in export.orderset.criteria:
        texts = [*map(phrases.criterion, one.any_of), *(note.text for note in one.notes)]
        yield {"type": "documentation", "label": one.id, "display": one.title,
               "citation": "; ".join(texts)}  # fmt: skip


def _citation(reference: Reference) -> Resource:
    parts = (reference.authors, reference.title, reference.journal, reference.year)
    ids = {"PMID": reference.pmid, "PMCID": reference.pmcid, "DOI": reference.doi}
    known = [f"{name} {value}" for name, value in ids.items() if value]
    form = {"type": "citation", "label": reference.number or reference.id,
            "citation": ". ".join([*filter(None, parts), *known])}  # fmt: skip
    return {**form, **({"url": reference.url} if reference.url else {})}
