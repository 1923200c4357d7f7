"""Who has approved what, bound to the content by fingerprints.

Source: 42 CFR 482.24(c)(3): medical staff, nursing and pharmacy each approve an order set.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Literal, NamedTuple

from anedocs.orderset.model import OrderSet
from anedocs.orderset.records import ApprovalRecord, Withdrawal

ROLES = ("medical staff", "nursing", "pharmacy")
_REQUIRED = (
    "institution", "owner", "effective_date", "review_date", "age_range", "exclusions",
)  # fmt: skip

State = Literal["draft", "approved", "overdue", "withdrawn"]


class Status(NamedTuple):
    """What may be said of an edition on a given day, and why."""

    state: State
    reasons: tuple[str, ...]
    withdrawal: Withdrawal | None = None
    approved_on: date | None = None
    """The day of the last signature; None for a draft."""

    @property
    def mark(self) -> str | None:
        """What stands on every page of every output; None only for a wholly approved edition."""
        match self.state:
            case "draft":
                return "DRAFT, NOT FOR CLINICAL USE"
            case "overdue":
                return "PAST ITS REVIEW DATE, NOT FOR CLINICAL USE"
            case "withdrawn":
                return "WITHDRAWN, DO NOT USE"
            case "approved":
                return None


def status(
    orderset: OrderSet, signed: Mapping[str, str], record: ApprovalRecord, today: date
) -> Status:
    """The state of an edition on a day; `signed` are the fingerprints of its parts."""
    if record.withdrawn is not None:
        gone = record.withdrawn
        return Status("withdrawn", (f"withdrawn on {gone.date} by {gone.by}: {gone.reason}",), gone)
    reasons = (*_not_yet(orderset, today), *_missing(orderset, signed, record))
    if reasons:
        return Status("draft", reasons)
    review = orderset.metadata.review_date
    counted = (one.date for one in record.approvals if signed.get(one.part) == one.fingerprint)
    approved_on = max(counted, default=None)
    if review is not None and today > review:
        reason = f"the review date {review} has passed"
        return Status("overdue", (reason,), approved_on=approved_on)
    return Status("approved", (), approved_on=approved_on)


def _not_yet(orderset: OrderSet, today: date) -> Iterator[str]:
    begins = orderset.metadata.effective_date
    if begins is not None and today < begins:
        yield f"it is in force only from {begins}"


def _missing(
    orderset: OrderSet, signed: Mapping[str, str], record: ApprovalRecord
) -> Iterator[str]:
    for name in _REQUIRED:
        if getattr(orderset.metadata, name) is None:
            yield f"metadata: {name} is not set"
    waiting = [question.id for _, question in orderset.open_questions if question.open]
    if waiting:
        yield f"open questions wait for the committee ({len(waiting)}): {', '.join(waiting)}"
    for part, current in signed.items():
        held = {
            approval.role: approval.name.casefold()
            for approval in record.approvals
            if approval.part == part and approval.fingerprint == current
        }
        absent = [role for role in ROLES if role not in held]
        if absent:
            yield f"part '{part}' is not approved by {', '.join(absent)}"
        elif len(set(held.values())) < len(ROLES):
            yield f"part '{part}' is approved by one person in two roles"
