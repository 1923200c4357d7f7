"""What is still missing before an order set can be used: the committee's list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from anedocs.orderset.library import Edition
from anedocs.orderset.orders import NotSet

_FIELDS = ("maximum", "route", "salt", "infusion_time", "frequency", "duration", "rounding")
KINDS = ("overdue", "unapproved", "not set", "proposed", "unanswered")


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that somebody still owes."""

    kind: str
    about: str
    says: str


def gaps(edition: Edition) -> list[Gap]:
    """Every gap, by kind: overdue, unapproved, not set, proposed, unanswered."""
    found = [*_state(edition), *_not_set(edition), *_proposed(edition), *_unanswered(edition)]
    return sorted(found, key=lambda gap: KINDS.index(gap.kind))


def _state(edition: Edition) -> Iterator[Gap]:
    kind = "overdue" if edition.status.state == "overdue" else "unapproved"
    for reason in edition.status.reasons:
        if not reason.startswith("metadata:") and "open questions" not in reason:
            yield Gap(kind, edition.orderset.id, reason)


def _not_set(edition: Edition) -> Iterator[Gap]:
    orderset = edition.orderset
    for name, value in orderset.metadata:
        if value is None:
            yield Gap("not set", "document", name.replace("_", " "))
    if orderset.flow.treatment_gate == "unconfirmed":
        yield Gap("not set", "flow", orderset.flow.gate_says)
    for drug in orderset.medications:
        if isinstance(drug.dose, NotSet):
            yield Gap("not set", drug.id, f"dose{_asked(drug.dose.questions)}")
        for field in _FIELDS:
            stated = getattr(drug, field)
            if orderset.settled(stated) is None:
                yield Gap("not set", drug.id, f"{field.replace('_', ' ')}{_asked(stated.not_set)}")
    for order in orderset.orders:
        if order.placed_by is None:
            yield Gap("not set", order.id, "who places it (guideline silent)")


def _asked(questions: tuple[str, ...] | None) -> str:
    if questions is None:
        return " (proposed only)"
    return " (guideline silent)" if questions == ("silent",) else f" ({', '.join(questions)})"


def _proposed(edition: Edition) -> Iterator[Gap]:
    for one in edition.orderset.supplements:
        if one.state == "proposed":
            conflict = f" References disagree: {one.conflict}." if one.conflict else ""
            yield Gap("proposed", one.concerns, f"{one.id}: {one.says}.{conflict}")
    if edition.weights.status == "proposed":
        yield Gap("proposed", "weight-for-age", edition.weights.derivation)


def _unanswered(edition: Edition) -> Iterator[Gap]:
    for about, question in edition.orderset.open_questions:
        if question.open:
            yield Gap("unanswered", about, f"{question.id}: {question.asks}")
