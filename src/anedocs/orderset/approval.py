"""Who has approved what, bound to the content by fingerprints.

Source: 42 CFR 482.24(c)(3): medical staff, nursing and pharmacy each approve an order set.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from anedocs.orderset.model import OrderSet
from anedocs.orderset.records import ApprovalRecord, Withdrawal

ROLES = ("medical staff", "nursing", "pharmacy")
_REQUIRED = (
    "institution", "owner", "effective_date", "review_date", "age_range", "exclusions",
)  # fmt: skip

#: The parts that are signed besides the sections, in the spelling of the approval record.
PARTS = frozenset({"entry", "flow", "imaging-findings", "gates", "supplements", "document"})

State = Literal["draft", "approved", "overdue", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Status:
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


def fingerprint(content: object) -> str:
    """The sha256 of content, the same for the same content however it was laid out in the file."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def parts(content: Mapping[str, object]) -> dict[str, str]:
    """The parts that are signed one by one, with their fingerprints; together the whole file."""
    signed: dict[str, object] = {}
    rest: dict[str, object] = {}
    for key, value in content.items():
        if key == "sections" and isinstance(value, list):
            signed.update({section["id"]: section for section in value})
        elif key.replace("_", "-") in PARTS:
            signed[key.replace("_", "-")] = value
        else:
            rest[key] = value
    return {name: fingerprint(part) for name, part in {**signed, "document": rest}.items()}


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
