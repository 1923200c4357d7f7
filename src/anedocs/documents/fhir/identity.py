"""What every resource shares: its ids and names, version, status, dates and narrative.

Source: EHR reference, sections 2.3 and 2.4. Nothing that the order set does not know is made up:
an absent approval date is left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from anedocs.documents.ehr import codes
from anedocs.documents.ehr.export import Export, computer_name, is_example
from anedocs.edition.edition import Edition
from anedocs.schema.model import Code, OrderSet

Resource = dict[str, Any]

FHIR_VERSION = "4.0.1"
#: The most characters that an id of FHIR has; the id of the order set begins each.
ID_LENGTH = 64
_STATUS = {"draft": "draft", "approved": "active", "overdue": "active", "withdrawn": "retired"}


def head(export: Export, kind: str, key: str, title: str, says: str,
         used: Iterable[Code] = ()) -> Resource:  # fmt: skip
    """The beginning of every definition: identity, status, dates, rights and description."""
    orderset, edition = export.orderset, export.edition
    mark = edition.status.mark
    described = ". ".join(part.rstrip(".") for part in (mark, says) if part) + "."
    form: Resource = {
        "resourceType": kind,
        "id": export.id(key),
        "text": narrative(title, described, export),
        "url": export.url(kind, key),
        "identifier": [{"system": f"{export.base}/orderable-key", "value": key}],
        "version": export.version,
        "name": computer_name(f"{orderset.id.upper()} {key}"),
        "title": title,
        "status": _STATUS[edition.status.state],
        "experimental": is_example(export.base),
        "date": orderset.revisions[0].date.isoformat(),
    }
    if orderset.metadata.institution:
        form["publisher"] = orderset.metadata.institution
    form["description"] = described
    form |= _period(edition)
    notices = codes.notices(orderset, used)
    if notices:
        form["copyright"] = notices
    return form


def narrative(title: str, says: str, export: Export) -> Resource:
    """The text that a viewer shows which understands nothing else."""
    edition = f"{export.orderset.id} {export.version}, {export.edition.short_fingerprint}"
    lines = "".join(f"<p>{escape(part)}</p>" for part in (title, says, f"Edition {edition}"))
    return {
        "status": "generated",
        "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{lines}</div>',
    }


def coded(orderset: OrderSet, chosen: Iterable[Code], text: str) -> Resource:
    """A CodeableConcept: the codes, and always the words of the order set."""
    codings = [
        {"system": codes.system(orderset, one).uri, "code": one.code, "display": one.display}
        for one in chosen
    ]
    return {**({"coding": codings} if codings else {}), "text": text}


def _period(edition: Edition) -> Resource:
    """Dates of approval and force, only where the order set holds them."""
    metadata = edition.orderset.metadata
    form: Resource = {}
    if edition.status.approved_on is not None:
        form["approvalDate"] = edition.status.approved_on.isoformat()
    ends = {"start": metadata.effective_date, "end": metadata.review_date}
    known = {name: day.isoformat() for name, day in ends.items() if day is not None}
    return {**form, **({"effectivePeriod": known} if known else {})}
