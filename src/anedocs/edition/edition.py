"""What an edition is: an order set with all that stands beside it, and what is said of it today."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from anedocs.edition import approval
from anedocs.schema.model import OrderSet
from anedocs.schema.records import ApprovalRecord, Site, WeightForAge


class Edition(NamedTuple):
    """An order set as it stands on a day, with its fingerprint, status and what is beside it."""

    orderset: OrderSet
    fingerprint: str
    parts: dict[str, str]
    """The fingerprint of each part that is signed."""
    status: approval.Status
    weights: WeightForAge
    site: Site
    day: date

    @property
    def short_fingerprint(self) -> str:
        """The first twelve digits: what is printed, typed and scanned."""
        return self.fingerprint[:12]


class Compiled(NamedTuple):
    """A valid order set with what stands beside it: all of an edition that no date changes."""

    orderset: OrderSet
    fingerprint: str
    parts: dict[str, str]
    weights: WeightForAge
    site: Site
    record: ApprovalRecord
    record_lines: tuple[int, ...]
    """The lines of the record with a date: of each signature, then of the withdrawal."""

    def on(self, day: date) -> Edition:
        """The edition on a day: its status holds for that day alone."""
        status = approval.status(self.orderset, self.parts, self.record, day, self.record_lines)
        return Edition(
            self.orderset, self.fingerprint, self.parts, status, self.weights, self.site, day
        )
