"""One ActivityDefinition for each orderable: what is ordered, how soon, and the dose as a rule.

Source: EHR reference, sections 2.3, 3 and 5.2. A dose stands twice, as numbers and in words; what
the guideline does not state is in neither.
"""

from __future__ import annotations

from anedocs.documents.ehr import codes
from anedocs.documents.ehr.export import Export
from anedocs.documents.fhir import cql, identity
from anedocs.documents.fhir.dosage import details, dosage, priority, route_code
from anedocs.documents.fhir.identity import Resource
from anedocs.sentences.order_lines import Line, dose_text


def activity(export: Export, line: Line) -> Resource:
    """The ActivityDefinition of an orderable line."""
    orderset = export.orderset
    used = codes.of_line(orderset, line, export.affiliate)
    route = route_code(export, line)
    form = identity.head(
        export, "ActivityDefinition", line.key, title(export, line), _says(export, line),
        [*used, *route],
    )  # fmt: skip
    drug = line.drug
    form |= {"kind": "MedicationRequest" if drug else "ServiceRequest", "intent": "proposal"}
    if (found := priority(export, line)) is not None:
        form["priority"] = found
    concept = identity.coded(orderset, used, line.name)
    if drug is None:
        form["code"] = concept
        return form
    form["productCodeableConcept"] = concept
    form["dosage"] = [dosage(export, line)]
    if cql.by_weight(line):
        told = "the dose for the weight of this patient"
        form["library"] = [export.library]
        form["dynamicValue"] = [
            {"path": "dosageInstruction",
             "expression": expression(export, cql.dosage_name(line), told)}
        ]  # fmt: skip
    return form


def expression(export: Export, name: str, says: str) -> Resource:
    """A reference to one define of the CQL library."""
    return {
        "description": says, "language": "text/cql", "expression": name,
        "reference": export.library,
    }  # fmt: skip


def title(export: Export, line: Line) -> str:
    """The name of a line; of one dose among several, with the weights or ages it is for."""
    if line.drug is None or line.variant is None or line.group is None:
        return line.name
    return f"{line.name}, {dose_text(export.orderset, line).partition(';')[0]}"


def _says(export: Export, line: Line) -> str:
    dose = [dose_text(export.orderset, line)] if line.drug else []
    return "; ".join([line.name, *dose, *details(export, line)])
