"""An order as it stands on a page: filled for a weight, or with blanks for handwriting."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from anedocs.core import wording
from anedocs.core.quantity import Quantity
from anedocs.dosing.fill import Filled, FilledSet, rule_of
from anedocs.dosing.rules import MG, Band, Dose
from anedocs.schema.model import OrderSet
from anedocs.schema.orders import (
    Medication,
    NotSet,
    Order,
    PlainOrder,
    Section,
    Stated,
)
from anedocs.sentences import phrases
from anedocs.sentences.phrases import NOT_SET

#: Fields of a drug that are written in by hand where the guideline leaves them open.
_OPEN_FIELDS = {
    "maximum": "Maximum",
    "route": "Route",
    "salt": "Salt",
    "infusion_time": "Infusion time",
    "frequency": "Frequency",
    "duration": "Duration",
}


class DoseLine(NamedTuple):
    """One row of a drug: its dose, with everything that must stand on the same line."""

    dose: str
    working: str
    maximum: str
    route: str
    frequency: str


class OrderView(NamedTuple):
    """An order as it stands on the sheet."""

    name: str
    tags: tuple[str, ...] = ()
    """STAT, preferred, who places it."""
    details: tuple[str, ...] = ()
    blanks: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    lines: tuple[DoseLine, ...] = ()
    """The dose rows of a drug with a dose rule; empty for any other order."""
    stated: tuple[str, ...] = ()
    """What is stated of a drug without a dose rule: its route, its frequency."""
    dose_open: str = NOT_SET
    """What stands beside the blank for a dose."""
    dose_unit: str = ""
    """The unit beside the blank for a dose that is not set, where it is known."""
    first_dose: str | None = None
    read_back: str | None = None
    stopped: str | None = None
    """Why no dose is printed, and who must enter it."""
    reference: tuple[str, ...] = ()
    """Published doses: reference only."""


class SectionView(NamedTuple):
    """A block of orders."""

    title: str
    banner: str | None
    drugs: tuple[OrderView, ...]
    orders: tuple[OrderView, ...]
    notes: tuple[str, ...]
    short_orders: tuple[str, ...]
    """Orders that need nothing but a box and a name; they share a line."""


def section_view(orderset: OrderSet, section: Section, filled: FilledSet | None) -> SectionView:
    """A section with every order in it; without a weight, with blanks in place of doses."""
    plain = [order for order in section.orders if isinstance(order, PlainOrder)]
    short = [order for order in plain if _is_short(order)]
    return SectionView(
        title=section.title,
        banner=_said(orderset, section.banner),
        drugs=tuple(
            _drug(orderset, order, filled.of(order.id) if filled else None)
            for order in section.orders
            if isinstance(order, Medication)
        ),
        orders=tuple(_plain(orderset, order) for order in plain if order not in short),
        notes=tuple(note.short or note.text for note in section.notes),
        short_orders=tuple(order.short or order.name for order in short),
    )


def _is_short(order: PlainOrder) -> bool:
    return not any(
        (order.urgency, order.placed_by, order.timing, order.condition, order.notes,
         order.components, order.blanks, order.optional, order.purpose)
    )  # fmt: skip


def _said(orderset: OrderSet, stated: Stated[Any] | None) -> str | None:
    return orderset.settled(stated) if stated else None


def _tags(orderset: OrderSet, order: Order) -> tuple[str, ...]:
    role = order.role if isinstance(order, Medication) else None
    placed_by = _said(orderset, order.placed_by)
    optional = order.optional.text if order.optional else None
    tags = (_said(orderset, order.urgency), role, optional, placed_by and f"{placed_by} places")
    return tuple(tag for tag in tags if tag)


def _details(orderset: OrderSet, order: Order) -> tuple[str, ...]:
    found = [_said(orderset, order.timing)]
    found += [part.text for part in (order.condition, order.purpose) if part]
    found += map(phrases.note, order.notes)
    return tuple(text for text in found if text)


def _plain(orderset: OrderSet, order: PlainOrder) -> OrderView:
    return OrderView(
        name=order.short or order.name,
        tags=_tags(orderset, order),
        details=_details(orderset, order),
        blanks=tuple(blank.label for blank in order.blanks),
        components=tuple(part.short or part.name for part in order.components),
    )


def _drug(orderset: OrderSet, order: Medication, filled: Filled | None) -> OrderView:
    given = filled.dose.given if filled and filled.dose else None
    lines = tuple(_dose_lines(orderset, order, filled))
    return OrderView(
        name=order.name,
        tags=_tags(orderset, order),
        details=(
            *_details(orderset, order),
            *phrases.settled(orderset, order),
            *_band(filled),
            *_published_in(filled),
            *(phrases.accepted_rows(orderset, order) if filled is None else ()),
        ),
        blanks=(*_open_fields(orderset, order, filled), *(blank.label for blank in order.blanks)),
        lines=lines,
        stated=tuple(phrases.stated(orderset, order)) if not lines else (),
        dose_open=NOT_SET if not phrases.accepted_rows(orderset, order) else "by age, as accepted",
        dose_unit=MG if isinstance(order.dose, NotSet) and order.dose.supplement else "",
        first_dose=_said(orderset, order.first_dose),
        read_back=wording.spoken(Quantity(given, MG)) if given is not None else None,
        stopped=phrases.given(filled) if filled and filled.status == "stopped" else None,
        reference=tuple(_reference(filled)) if filled else (),
    )


def _band(filled: Filled | None) -> Iterator[str]:
    if filled and filled.dose and filled.dose.band:
        yield f"weight band used: {wording.weights(filled.dose.band)}"


def _published_in(filled: Filled | None) -> Iterator[str]:
    """Where the dose of an accepted supplement was read: it is not from the guideline."""
    if filled and filled.status == "supplement" and filled.supplement:
        yield f"dose of {phrases.cited(filled.supplement.cites)}"


def _open_fields(orderset: OrderSet, order: Medication, filled: Filled | None) -> Iterator[str]:
    for name, label in _OPEN_FIELDS.items():
        stated = getattr(order, name)
        if name == "frequency" and filled and filled.frequency:
            continue  # an accepted supplement states it beside its dose
        if name == "maximum" and (rule_of(orderset, order) or (filled and filled.rule)):
            continue  # it stands on the dose row
        if orderset.settled(stated) is None and stated.not_set != ("silent",):
            yield f"{label} {NOT_SET}"


def _dose_lines(orderset: OrderSet, order: Medication, filled: Filled | None) -> Iterator[DoseLine]:
    rule = rule_of(orderset, order)
    if filled is not None and filled.dose is not None:
        dose = phrases.STOPPED if filled.dose.given is None else phrases.given(filled)
        rows = [(dose, _working(filled.dose))]
    elif filled is None and rule is not None:
        rows = [("______ mg", _blank_working(band, len(rule.bands) > 1)) for band in rule.bands]
    else:
        rows = []
    limit = rule if filled is None else filled.rule
    capped = bool(filled and filled.dose and filled.dose.capped)
    for dose, line in rows:
        yield DoseLine(
            dose=dose,
            working=line,
            maximum=phrases.maximum(limit.maximum if limit else None, applied=capped),
            route=phrases.route(orderset, order),
            frequency=phrases.how_often(orderset, order, filled.frequency if filled else None),
        )


def _working(dose: Dose) -> str:
    return phrases.working(dose).partition(";")[0]


def _blank_working(band: Band, banded: bool) -> str:
    basis = wording.amount(band.amount)
    line = f"{basis} × ______ kg" if band.amount.unit == "mg/kg" else basis
    return f"{line}, {wording.weights(band.weights)}" if banded else line


def _reference(filled: Filled) -> Iterator[str]:
    """Published doses at this weight, with what disagrees with them and where they were read."""
    for one in filled.published:
        text = f"{one.row.label} {phrases.mg(one.dose.exact)} {one.row.frequency}"
        yield text + (f" (another source {phrases.mg(one.rival.exact)})" if one.rival else "")
    if filled.published:
        cites = filled.supplement.cites if filled.supplement else ()
        yield f"[{phrases.cited(cites)}]"
