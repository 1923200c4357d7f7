"""What is still missing before an order set can be used: the committee's list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from anedocs.edition.edition import Edition
from anedocs.schema.family import Translation, missing, stale
from anedocs.schema.model import OrderSet
from anedocs.schema.orders import Medication, NotSet

_FIELDS = ("maximum", "route", "salt", "infusion_time", "frequency", "duration", "rounding")
_TITLES = {
    "overdue": "Overdue",
    "unapproved": "Not approved",
    "not set": "NOT SET",
    "proposed": "Proposed, waiting for the committee",
    "unanswered": "Open questions",
}
KINDS = tuple(_TITLES)


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that somebody still owes."""

    kind: str
    about: str
    says: str


def gaps(edition: Edition, translations: Mapping[str, Translation]) -> list[Gap]:
    """Every gap, by kind: overdue, unapproved, not set, proposed, unanswered."""
    found = [*_state(edition), *_not_set(edition), *_proposed(edition), *_unanswered(edition)]
    found += _translated(edition, translations)
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
    if orderset.unconfirmed:
        yield Gap("not set", "flow", orderset.unconfirmed)
    for name, stated in orderset.safeguards:
        if stated.value is None:
            yield Gap("not set", "safeguards", f"{name.replace('_', ' ')}{_asked(stated.not_set)}")
    for drug in orderset.medications:
        if not _has_dose(orderset, drug):
            questions = drug.dose.questions if isinstance(drug.dose, NotSet) else None
            yield Gap("not set", drug.id, f"dose{_asked(questions)}")
        for field in _FIELDS:
            stated = getattr(drug, field)
            if orderset.settled(stated) is None:
                yield Gap("not set", drug.id, f"{field.replace('_', ' ')}{_asked(stated.not_set)}")
    for order in orderset.orders:
        if order.placed_by is None:
            yield Gap("not set", order.id, "who places it (guideline silent)")


def _has_dose(orderset: OrderSet, drug: Medication) -> bool:
    if isinstance(drug.dose, NotSet):
        name = drug.dose.supplement
        return name is not None and orderset.supplement(name).state == "accepted"
    return drug.dose_from is not None and orderset.in_force(drug.dose_from)


def _asked(questions: tuple[str, ...] | None) -> str:
    if questions is None:
        return " (proposed only)"
    return " (guideline silent)" if questions == ("silent",) else f" ({', '.join(questions)})"


def _proposed(edition: Edition) -> Iterator[Gap]:
    for one in edition.orderset.supplements:
        if one.state == "proposed":
            conflict = f"; references disagree: {one.conflict}" if one.conflict else ""
            yield Gap("proposed", one.concerns, f"{one.id}: {one.says}{conflict}")
    if edition.weights.status == "proposed":
        yield Gap("proposed", "weight-for-age", edition.weights.derivation)


def _unanswered(edition: Edition) -> Iterator[Gap]:
    for about, question in edition.orderset.open_questions:
        if question.open:
            yield Gap("unanswered", about, f"{question.id}: {question.asks}")


def _translated(edition: Edition, translations: Mapping[str, Translation]) -> Iterator[Gap]:
    leaflet = edition.orderset.leaflet
    if leaflet is None:
        return
    for language, translation in translations.items():
        about = f"leaflet {language}"
        if not translation.reviewed:
            yield Gap("unapproved", about, "reviewed by no qualified translator")
        for name in stale(leaflet, translation):
            yield Gap("overdue", about, f"{name}: the English text has changed since")
        for name in missing(leaflet, translation):
            yield Gap("not set", about, f"{name}: not translated")


def as_text(found: Sequence[Gap]) -> str:
    """The gaps as a list for people, under a heading for each kind."""
    blocks = []
    for kind, title in _TITLES.items():
        lines = [f"  {one.about}: {one.says}" for one in found if one.kind == kind]
        if lines:
            blocks.append("\n".join([f"{title} ({len(lines)})", *lines]))
    return "\n\n".join(blocks)
