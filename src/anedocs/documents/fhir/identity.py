"""What every resource shares: its ids and names, version, status, dates and narrative.

Source: EHR reference, sections 2.3 and 2.4. Nothing that the order set does not know is made up:
an absent approval date is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import Any, NamedTuple

from anedocs.core.problems import ContentError, Place, Problem
from anedocs.documents.ehr import codes
from anedocs.documents.ehr.address import base_address
from anedocs.edition.edition import Edition
from anedocs.schema.model import Code, OrderSet

Resource = dict[str, Any]

#: Reserved for examples: nothing on the network answers under it.
EXAMPLE_BASE = "https://example.org/fhir/"
FHIR_VERSION = "4.0.1"
#: The most characters that an id of FHIR has; the id of the order set begins each.
ID_LENGTH = 64
_STATUS = {"draft": "draft", "approved": "active", "overdue": "active", "withdrawn": "retired"}


class Export(NamedTuple):
    """One export of an edition: where its canonical addresses begin, which codes may leave."""

    edition: Edition
    base: str
    affiliate: bool = False

    @property
    def orderset(self) -> OrderSet:
        """The order set of the edition."""
        return self.edition.orderset

    @property
    def version(self) -> str:
        """The version that all resources share: the revision."""
        return self.orderset.revision

    @property
    def library_name(self) -> str:
        """The name of the CQL library. Why: engines find it only where name, id and url agree."""
        return computer_name(f"{self.orderset.id.upper()} dosing")

    @property
    def library(self) -> str:
        """The canonical address of the CQL library with its version."""
        return f"{self.base}/Library/{self.library_name}|{self.version}"

    def id(self, key: str) -> str:
        """The id of a resource, the same in each revision."""
        return f"{self.orderset.id}-{key}"

    def url(self, kind: str, key: str) -> str:
        """The canonical address of a resource, without version."""
        return f"{self.base}/{kind}/{self.id(key)}"

    def canonical(self, kind: str, key: str) -> str:
        """The canonical address with its version."""
        return f"{self.url(kind, key)}|{self.version}"


def default_base(edition: Edition) -> str:
    """The site's own base address, or the one that is reserved for examples.

    Raises ContentError where what the site gives is no address.
    """
    own = edition.site.ehr_base_url
    if own is None:
        return f"{EXAMPLE_BASE}{edition.orderset.id}"
    try:
        return base_address(own)
    except ValueError as error:
        raise ContentError(
            [Problem(Place("ordersets/site.yaml"), f"ehr_base_url: {error}", "EHR package")]
        ) from None


def is_example(base: str) -> bool:
    """Whether a base address is the reserved one."""
    return f"{base}/".startswith(EXAMPLE_BASE)


def computer_name(text: str) -> str:
    """A name that programs can use: words run together, each with a capital."""
    words = re.findall(r"[A-Za-z0-9]+", text)
    return "".join(word[:1].upper() + word[1:] for word in words)


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
