"""Does a finished package keep the rules? The shape of R4 first, then L01 to L22.

Source: EHR reference, section 5.2. Works on the finished files alone, as a receiver would.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, NamedTuple

from anedocs.documents.fhir import exact_json, r4_shape
from anedocs.documents.fhir.lint_rules import BUNDLES, RULES, Package, Parts, Resource
from anedocs.edition.edition import Edition


class Fault(NamedTuple):
    """One broken rule: the file, the place in it, the rule, and what is wrong."""

    file: str
    place: str
    rule: str
    says: str

    def __str__(self) -> str:
        return f"{self.file}: {self.place}: {self.rule}: {self.says}"


def faults(files: Mapping[str, bytes], edition: Edition) -> list[Fault]:
    """Every broken rule in the FHIR files of a package; `files` by their names in `fhir/`."""
    read: dict[str, Resource] = {}
    found = []
    for name, content in sorted(files.items()):
        if name.endswith(".json"):
            try:
                read[name] = exact_json.loads(content)
            except ValueError as error:
                found.append(Fault(name, "file", "R4", f"this is no JSON: {error}"))
    bundles = {name: read.pop(name) for name in BUNDLES if name in read}
    for name, one in read.items():
        found += [Fault(name, *fault) for fault in r4_shape.faults(one, str(_kind(one)))]
    for name, one in bundles.items():
        found += [Fault(name, *fault) for fault in r4_shape.envelope_faults(one)]
    if found:
        return sorted(set(found))  # the rules read only what has the shape of R4
    parts = Parts([], [])
    for name, one in read.items():
        parts.take(name, one)
    package = Package(files, read, bundles, edition, _cql(read), parts)
    for rule, check in RULES.items():
        found += [Fault(name, at, rule, says) for name, at, says in check(package)]
    return sorted(set(found))


def _kind(one: Any) -> object:
    return one.get("resourceType") if isinstance(one, dict) else None


def _cql(resources: Mapping[str, Resource]) -> str:
    for one in resources.values():
        for part in one.get("content", ()):
            if part["contentType"] == "text/cql":
                return base64.b64decode(part["data"]).decode()
    return ""
