"""The doses at one weight without a page: as a table for reading, and as JSON.

A table is copied and pasted; so all that a sheet says beside a dose stands in the table itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from anedocs.core import wording
from anedocs.dosing.fill import Filled, FilledSet, Published
from anedocs.dosing.patient import written
from anedocs.dosing.plausible import plausible
from anedocs.dosing.rules import MG, Dose, Edge
from anedocs.schema.model import OrderSet, Supplement
from anedocs.schema.orders import Gate
from anedocs.sentences import phrases


class AgeCheck(NamedTuple):
    """What came of holding the weight against the age."""

    verdict: str
    """As of `plausible`, or 'not_checked' where no age was given."""
    text: str | None
    """None where there is nothing to tell."""


def age_check(filled: FilledSet) -> AgeCheck:
    """Whether the weight fits the age; absolute limits are told of in any case."""
    found = plausible(filled.weight, filled.age, filled.edition.weights)
    told = found.sentence or None
    if filled.age is None:
        return AgeCheck("not_checked", " ".join(filter(None, (f"{phrases.NOT_CHECKED}.", told))))
    return AgeCheck(found.verdict, told)


def as_text(filled: FilledSet) -> str:
    """The table, between what holds for all of it and what is to be told of single drugs."""
    edition = filled.edition
    orderset = edition.orderset
    rows = [("drug", "dose", "working", "maximum", "how often")]
    rows += [_row(orderset, one) for one in filled.medications]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
    age = f", {written(filled.age)}" if filled.age else ""
    head = [
        f"{orderset.id} {orderset.revision}, {wording.number(filled.weight)} kg{age}",
        edition.status.mark, age_check(filled).text, phrases.treatment_gate(orderset),
    ]  # fmt: skip
    parts = (
        [line for line in head if line], [line.rstrip() for line in lines],
        [*_edges(filled)], [*map(_gate, orderset.gates)], [*_notes(filled)],
    )  # fmt: skip
    return "\n\n".join("\n".join(part) for part in parts if part)


def _row(orderset: OrderSet, one: Filled) -> tuple[str, str, str, str, str]:
    dose_text = phrases.STOPPED if one.status == "stopped" else phrases.given(one)
    maximum = one.rule.maximum if one.rule else orderset.settled(one.order.maximum)
    limit = (
        wording.both_units(maximum) if maximum else ("not stated" if one.rule else phrases.NOT_SET)
    )
    often = phrases.how_often(orderset, one.order, one.frequency)
    line = phrases.working(one.dose) if one.dose else ""
    return one.order.name, dose_text, line, limit, often


def _edges(filled: FilledSet) -> Iterator[str]:
    found = [phrases.edge(one.order.name, edge) for one in filled.medications for edge in one.edges]
    margin = filled.edition.orderset.safeguards.boundary_margin.value
    if found and margin:
        yield f"{phrases.WEIGH_AGAIN}: {phrases.near_step(margin)}."
        yield from (f"{sentence}." for sentence in found)


def _gate(gate: Gate) -> str:
    checks = "".join(f"; {one.text}" for one in gate.checks)
    return f"{gate.title}: {gate.approval.text}{checks}."


def _notes(filled: FilledSet) -> Iterator[str]:
    for one in filled.medications:
        if one.status == "stopped":
            yield f"{one.order.name}: {phrases.given(one)}."
        if one.status == "supplement" and one.supplement:
            yield f"{one.order.name}: dose of {phrases.cited(one.supplement.cites)}."
        for published in one.published:
            rival = (
                f" (another source: {phrases.working(published.rival)})" if published.rival else ""
            )
            yield (
                f"{one.order.name}, {_small(phrases.REFERENCE)}: {published.row.label} "
                f"{phrases.working(published.dose)}, {published.row.frequency}{rival} "
                f"[{phrases.cited(published.row.cites)}]."
            )


def _small(text: str) -> str:
    return text[0].lower() + text[1:]


def as_json(filled: FilledSet) -> dict[str, object]:
    """The doses as the contract of `dose --json` has them; every number is a string."""
    edition = filled.edition
    orderset = edition.orderset
    check, gate = age_check(filled), orderset.treatment_gate
    return {
        "orderset": orderset.id,
        "revision": orderset.revision,
        "fingerprint": edition.short_fingerprint,
        "status": edition.status.state,
        "weight_kg": wording.plain(filled.weight),
        "doses": [_dose_json(orderset, one) for one in filled.medications],
        "mark": edition.status.mark,
        "age": written(filled.age) if filled.age else None,
        "age_check": {"verdict": check.verdict, "text": check.text},
        "treatment_gate": {
            "state": gate.state if gate else None,
            "text": phrases.treatment_gate(orderset),
        },
    }


def _dose_json(orderset: OrderSet, one: Filled) -> dict[str, object]:
    result, order = one.dose, one.order
    duration, route = orderset.settled(order.duration), orderset.settled(order.route)
    form: dict[str, object] = {
        "id": order.id,
        "name": order.name,
        "status": one.status,
        "exact": wording.plain(result.exact) if result else None,
        "given": _given(result),
        "unit": MG if result else None,
        "capped": bool(result and result.capped),
        "band": wording.weights(result.band) if result and result.band else None,
        "text": phrases.given(one),
        "working": phrases.working(result) if result else None,
        "frequency": one.frequency,
        "duration": wording.amount(duration) if duration else None,
        "route": route,
        "edges": [_edge_json(order.name, edge) for edge in one.edges],
        "gates": [_gate_json(gate) for gate in orderset.gates if gate.order == order.id],
    }
    if one.supplement is not None and one.status == "not_set":
        form["reference"] = _reference_json(one.supplement, one.published)
    if one.supplement is not None and one.status == "supplement":
        form["supplement"] = one.supplement.id
        form["citation"] = phrases.cited(one.supplement.cites)
    return form


def _given(result: Dose | None) -> str | None:
    return wording.plain(result.given) if result and result.given is not None else None


def _edge_json(name: str, edge: Edge) -> dict[str, object]:
    sides = {
        side: {"weight_kg": wording.plain(dose.weight), "given": _given(dose), "unit": MG}
        for side, dose in (("below", edge.below), ("above", edge.above))
    }
    return {"kind": edge.kind, "limit": wording.amount(edge.limit), **sides,
            "text": f"{phrases.WEIGH_AGAIN}: {phrases.edge(name, edge)}"}  # fmt: skip


def _gate_json(gate: Gate) -> dict[str, object]:
    return {
        "id": gate.id,
        "title": gate.title,
        "approval": gate.approval.text,
        "approved_by": gate.approved_by,
        "checks": [one.text for one in gate.checks],
    }


def _reference_json(supplement: Supplement, published: tuple[Published, ...]) -> dict[str, object]:
    return {
        "supplement": supplement.id,
        "state": supplement.state,
        "text": _small(phrases.REFERENCE),
        "citation": phrases.cited(supplement.cites),
        "rows": [_row_json(one) for one in published],
    }


def _row_json(one: Published) -> dict[str, object]:
    exact = wording.plain(one.dose.exact)
    return {
        "applies_to": one.row.label,
        "exact": exact,
        "unit": MG,
        "capped": one.dose.capped,
        "band": wording.weights(one.dose.band) if one.dose.band else None,
        "text": f"{wording.number(one.dose.exact)} {MG} {one.row.frequency}",
        "working": phrases.working(one.dose),
        "disagrees": phrases.working(one.rival) if one.rival else None,
        "citation": phrases.cited(one.row.cites),
    }
