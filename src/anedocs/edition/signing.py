"""Who has signed which part of an order set, and who has yet to; a new signature, checked.

Source: 42 CFR 482.24(c)(3): medical staff, nursing and pharmacy each approve an order set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple, TypeVar

from anedocs.core.problems import Refusal, did_you_mean
from anedocs.edition import approval
from anedocs.edition.approval import ROLES
from anedocs.edition.edition import Compiled
from anedocs.schema.parts import Part
from anedocs.schema.records import Approval, ApprovalRecord

PartT = TypeVar("PartT", bound=Part)


class Standing(NamedTuple):
    """One part of an order set, and its signatures."""

    part: str
    fingerprint: str
    signed: Mapping[str, Approval]
    """By role, of the content as it stands."""
    stale: Mapping[str, Approval]
    """By role, of a content that has changed since."""

    @property
    def missing(self) -> list[str]:
        """The roles that have yet to sign."""
        return [role for role in ROLES if role not in self.signed]


def made(kind: type[PartT], **values: str) -> PartT:
    """An entry of the record. Raises Refusal where a value cannot stand in one."""
    from anedocs.schema.validate import build

    entry = build(kind, values)
    if isinstance(entry, list):
        fault = entry[0]
        raise Refusal(
            f"{fault.path[-1] if fault.path else 'the entry'}: {fault.what}. {fault.mend}"
        )
    return entry


def standing(compiled: Compiled) -> list[Standing]:
    """Every part that is signed, in the order of the order set."""
    found = []
    for part, fingerprint in compiled.parts.items():
        of_part = [one for one in compiled.record.approvals if one.part == part]
        signed: dict[str, Approval] = {
            one.role: one for one in of_part if one.fingerprint == fingerprint
        }
        stale: dict[str, Approval] = {one.role: one for one in of_part if one.role not in signed}
        found.append(Standing(part, fingerprint, signed, stale))
    return found


def signatures(
    compiled: Compiled, parts: Sequence[str], role: str, name: str, day: date, today: date
) -> list[Approval]:
    """The signatures of one person in one role, for parts that this role has not signed yet.

    Raises Refusal for a part that is not known, a day that cannot be, or a person who has signed
    the same content in another role.
    """
    known = {one.part: one for one in standing(compiled)}
    for part in parts:
        if part not in known:
            near = did_you_mean(part, known)
            raise Refusal(f"there is no part '{part}' in this order set. {near}")
    if day > today:
        raise Refusal(f"a signature of {day} cannot be given today, {today}")
    new = [
        made(Approval, part=part, fingerprint=known[part].fingerprint, role=role, name=name,
             date=day.isoformat(), revision=compiled.orderset.revision)
        for part in parts
        if role in known[part].missing
    ]  # fmt: skip
    record = ApprovalRecord(approvals=(*compiled.record.approvals, *new))
    wrong = next(approval.faults(compiled.orderset, compiled.parts, record), None)
    if wrong:
        raise Refusal(f"{wrong.what}. {wrong.mend}")
    return new
