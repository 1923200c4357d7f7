"""Who has approved what, bound to the content by fingerprints.

A record that can never be right is refused (`faults`); a signature of a day to come does not count,
and the status says so.
Source: 42 CFR 482.24(c)(3): medical staff, nursing and pharmacy each approve an order set.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Literal, NamedTuple

from anedocs.core.problems import Fault
from anedocs.edition.names import approval_file
from anedocs.schema.model import OrderSet
from anedocs.schema.person import compared
from anedocs.schema.records import ApprovalRecord, Withdrawal

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
    changed_under: tuple[str, ...] = ()
    """Each part that was signed under this very revision and has changed since."""

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
    orderset: OrderSet, signed: Mapping[str, str], record: ApprovalRecord, today: date,
    lines: tuple[int, ...] = (),
) -> Status:  # fmt: skip
    """The state of an edition on a day; `signed` are the fingerprints of its parts.

    `lines` are those of the `dated` entries of the record. A withdrawal counts whatever its date.
    Why: what may have been withdrawn is not printed.
    """
    found = _state(orderset, signed, record, today, lines)
    return found._replace(changed_under=_changed_under(orderset, signed, record))


def _state(
    orderset: OrderSet, signed: Mapping[str, str], record: ApprovalRecord, today: date,
    lines: tuple[int, ...],
) -> Status:  # fmt: skip
    file = approval_file(orderset.id)
    wrong = [f"{what} ({file}, line {lines[at]})" for at, what in _in_the_future(record, today)]
    if record.withdrawn is not None:
        gone = record.withdrawn
        why = f"withdrawn on {gone.date} by {gone.by}: {gone.reason}"
        return Status("withdrawn", (why, *wrong), gone)
    counted = [one for one in record.approvals if one.date <= today]
    held = ApprovalRecord(approvals=tuple(counted))
    reasons = (*_not_yet(orderset, today), *_missing(orderset, signed, held), *wrong)
    if reasons:
        return Status("draft", reasons)
    review = orderset.metadata.review_date
    days = (one.date for one in counted if signed.get(one.part) == one.fingerprint)
    approved_on = max(days, default=None)
    if review is not None and today > review:
        reason = f"the review date {review} has passed"
        return Status("overdue", (reason,), approved_on=approved_on)
    return Status("approved", (), approved_on=approved_on)


def _changed_under(
    orderset: OrderSet, signed: Mapping[str, str], record: ApprovalRecord
) -> tuple[str, ...]:
    of_today = [one for one in record.approvals if one.revision == orderset.revision]
    changed = (one.part for one in of_today if signed.get(one.part) != one.fingerprint)
    return tuple(dict.fromkeys(changed))


def faults(
    orderset: OrderSet, signed: Mapping[str, str], record: ApprovalRecord
) -> Iterator[Fault]:
    """The signatures that can never be right: too early, or one person in two roles.

    The bound is the first day that the order set itself names: of its oldest revision, or from
    which it is in force. Why not the day of the newest revision: a part that it left unchanged
    keeps its signatures.
    """
    days = [entry.date for entry in orderset.revisions]
    begins = orderset.metadata.effective_date
    first = min([*days, *([begins] if begins else [])], default=None)
    for at, one in enumerate(record.approvals):
        current = signed.get(one.part) == one.fingerprint
        if current and first is not None and one.date < first:
            yield Fault(
                ("approvals", at, "date"),
                f"part '{one.part}' cannot have been signed by {one.role} on {one.date}: the order "
                f"set was first written, or in force, on {first}",
                "Write the day of the signature, or sign anew",
            )
    yield from _in_two_roles(record)


def _in_two_roles(record: ApprovalRecord) -> Iterator[Fault]:
    held: dict[tuple[str, str, str], str] = {}
    for at, one in enumerate(record.approvals):
        role = held.setdefault((one.part, one.fingerprint, compared(one.name)), one.role)
        if role != one.role:
            yield Fault(
                ("approvals", at, "name"),
                f"part '{one.part}' is signed by one person in two roles, {role} and {one.role}",
                "Another person signs for one of them; where these are two people, write both "
                "names in full",
            )


def dated(record: ApprovalRecord) -> list[tuple[str | int, ...]]:
    """The paths of the dates in a record: of each signature, then of the withdrawal."""
    signatures = [("approvals", at, "date") for at in range(len(record.approvals))]
    return [*signatures, *([("withdrawn", "date")] if record.withdrawn else [])]


def _in_the_future(record: ApprovalRecord, today: date) -> Iterator[tuple[int, str]]:
    """What bears a date that has not come, with its number among the `dated` entries."""
    for at, one in enumerate(record.approvals):
        if one.date > today:
            what = f"the signature of {one.role} does not count, for it is dated {one.date}"
            yield at, f"part '{one.part}': {what} and today is {today}"
    gone = record.withdrawn
    if gone is not None and gone.date > today:
        what = "it counts all the same, and its date must be corrected"
        yield (
            len(record.approvals),
            (f"the withdrawal is dated {gone.date} and today is {today}; {what}"),
        )


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
            approval.role
            for approval in record.approvals
            if approval.part == part and approval.fingerprint == current
        }
        absent = [role for role in ROLES if role not in held]
        if absent:
            yield f"part '{part}' is not approved by {', '.join(absent)}"
