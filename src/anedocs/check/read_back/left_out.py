"""Values that are no sentences wherever a document shows them: known by the field they stand in."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from anedocs.edition.edition import Edition

#: Parts of an order set that only name what others have published.
_QUOTED_PARTS = frozenset({"references", "sources"})
#: Names of people and places, days, addresses, what others have written. Names of codes as
#: published stand in coded columns only: by their value they would hide a drug name misspelt.
_FIELDS = frozenset(
    {"institution", "owner", "answered_by", "accepted_by", "effective_date", "review_date",
     "review_by", "date", "accepted_on", "decided_on", "uri", "url", "notice", "credit", "quote",
     "source", "reference"}
)  # fmt: skip
#: A figure or letter alone is no name: left out by its value, it would be so all over a document.
_COUNTS = frozenset({"number", "year", "lines", "letter"})
#: Of the site: all but its ids, which stand in a coded column only.
_SITE = ("hospital_name", "form_number", "pharmacy_phone", "ehr_base_url")


def left_out(content: Mapping[str, Any], edition: Edition, quotes: Collection[str]) -> list[str]:
    """What of the order set and the site is no sentence in a document, longest first."""
    site = [*(getattr(edition.site, name) for name in _SITE), *(edition.site.phones or {}).values()]
    contacts = (content.get("leaflet") or {}).get("contacts", ())
    lines = (line for contact in contacts for line in contact["lines"])
    found = {*_in_fields(content), *lines, *filter(None, site)}
    found |= {edition.short_fingerprint, edition.orderset.revision, edition.orderset.id}
    if "ids" in quotes:  # things are called by their ids amid sentences
        found |= set(_ids(content))
    plain = {" ".join(one.split()) for one in found}
    return sorted(plain - {""}, key=lambda one: (-len(one), one))


def _in_fields(node: object, quoted: bool = False) -> Iterator[str]:
    if isinstance(node, Mapping):
        for name, member in node.items():
            if isinstance(member, str):
                if name in _FIELDS or (quoted and name not in _COUNTS):
                    yield member
            else:
                yield from _in_fields(member, quoted or name in _QUOTED_PARTS)
    elif isinstance(node, list):
        for member in node:
            if quoted and isinstance(member, str):
                yield member
            yield from _in_fields(member, quoted)


def _ids(node: object) -> Iterator[str]:
    if isinstance(node, Mapping):
        if isinstance(node.get("id"), str):
            yield node["id"]
        for member in node.values():
            yield from _ids(member)
    elif isinstance(node, list):
        for member in node:
            yield from _ids(member)
