"""One export of an edition for an EHR: where its addresses begin, and how its ids are made."""

from __future__ import annotations

import re
from typing import NamedTuple

from anedocs.core.problems import ContentError, Place, Problem
from anedocs.documents.ehr.address import base_address
from anedocs.edition.edition import Edition
from anedocs.schema.model import OrderSet

#: What its files show of an order set beside the facts: where each line is from, and its codes.
QUOTES = ("codes", "code_systems", "references", "statements")
#: Reserved for examples: nothing on the network answers under it.
EXAMPLE_BASE = "https://example.org/fhir/"


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
