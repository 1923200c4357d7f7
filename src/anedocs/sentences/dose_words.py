"""The words of a dose where no weight is at hand, and what is settled beside it."""

from __future__ import annotations

from collections.abc import Iterator

from anedocs.core import wording
from anedocs.schema.model import AgeRow, OrderSet
from anedocs.schema.orders import ByWeight, Fixed, Medication, NotSet, WeightBands

NOT_SET = "NOT SET"


def basis_of(shape: ByWeight | WeightBands | Fixed | NotSet) -> Iterator[str]:
    """The basis of a dose in words, one for each weight band."""
    match shape:
        case ByWeight() | Fixed():
            yield wording.amount(shape.amount)
        case WeightBands():
            for band in shape.bands:
                yield f"{wording.weights(band.range)}: {wording.amount(band.amount)}"


def often_for(orderset: OrderSet, drug: Medication, often: str | None) -> str:
    """How often and for how long, such as 'daily for 5 days'; NOT SET where only one is known."""
    duration = orderset.settled(drug.duration)
    if duration is None:
        return often or f"frequency {NOT_SET}"
    lasts = f"for {wording.amount(duration)}"
    return f"{often} {lasts}" if often else f"frequency {NOT_SET}; {lasts}"


def settled_texts(orderset: OrderSet, drug: Medication) -> Iterator[str]:
    """What is settled of a drug beside dose, route and frequency: salt, infusion time, rounding."""
    if salt := orderset.settled(drug.salt):
        yield f"salt {salt}"
    if lasts := orderset.settled(drug.infusion_time):
        yield f"infusion time {wording.amount(lasts)}"
    if step := orderset.settled(drug.rounding):
        yield f"rounded to {wording.amount(step)}"


def accepted_rows(orderset: OrderSet, drug: Medication) -> list[str]:
    """The rows of an accepted supplement, each with where it was read."""
    name = drug.dose.supplement if isinstance(drug.dose, NotSet) else None
    supplement = orderset.supplement(name) if name else None
    if supplement is None or supplement.state != "accepted":
        return []
    cites = "; ".join(cite.source for cite in supplement.cites)
    return [*map(_row, supplement.rows), f"dose of {cites}, accepted by {supplement.accepted_by}"]


def _row(row: AgeRow) -> str:
    maximum = f", maximum {wording.both_units(row.maximum)}" if row.maximum else ""
    return f"{row.label}: {', '.join(basis_of(row.dose))}{maximum}, {row.frequency}"
