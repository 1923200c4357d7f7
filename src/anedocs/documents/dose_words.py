"""The basis of a dose in words, where no weight is at hand: on the card and on the blank sheet."""

from __future__ import annotations

from collections.abc import Iterator

from anedocs.core import wording
from anedocs.orderset.model import AgeRow, OrderSet
from anedocs.orderset.orders import ByWeight, Fixed, Medication, NotSet, WeightBands


def basis_of(shape: ByWeight | WeightBands | Fixed | NotSet) -> Iterator[str]:
    """The basis of a dose in words, one for each weight band."""
    match shape:
        case ByWeight() | Fixed():
            yield wording.amount(shape.amount)
        case WeightBands():
            for band in shape.bands:
                yield f"{wording.weights(band.range)}: {wording.amount(band.amount)}"


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
