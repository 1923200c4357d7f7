"""The order set as an EHR builds it: one line for each orderable, choice, note or placeholder.

Worksheet and FHIR are made from these lines, so that a row and a resource always mean the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from anedocs.core import wording
from anedocs.core.quantity import Quantity
from anedocs.core.ranges import Range
from anedocs.dosing.fill import rule_of, rules_by_age
from anedocs.dosing.rules import DoseRule
from anedocs.schema.model import OrderSet
from anedocs.schema.orders import Gate, Medication, NotSet, Order, Section, WeightBands
from anedocs.schema.origin import Origin
from anedocs.sentences import phrases
from anedocs.sentences.phrases import NOT_SET

EVERY_WEIGHT = Range()
Kind = Literal["orderable", "choice_header", "note", "placeholder"]


class Variant(NamedTuple):
    """One dose of a drug: of one weight band, of one age group, or the only one."""

    amount: Quantity
    """Per kg, or fixed."""
    rule: DoseRule
    """The whole rule that the dose belongs to: bands, maximum, stop."""
    weights: Range = EVERY_WEIGHT
    """The weights of the band, in kg."""
    age: str | None = None
    frequency: str | None = None
    origin: Origin | None = None


class Line(NamedTuple):
    """One line of the order set; `key` is stable over revisions and never a number in a list."""

    key: str
    kind: Kind
    block: str
    """Id of the section or gate."""
    heading: str
    place: tuple[int, int]
    """The number of the block, and of the line in it."""
    name: str
    origins: tuple[Origin, ...] = ()
    order: Order | None = None
    variant: Variant | None = None
    group: str | None = None
    """Key of the choice_header that the line stands under."""
    select: str | None = None
    """How many may be ticked under this header: any, exactly-one or at-most-one."""
    code: int | None = None
    """Which of the order's codes is meant, where its line names several tests."""
    says: str | None = None
    """The text of a note; of an orderable, what must hold before it is placed."""
    approval: str | None = None
    """Whose approval it needs."""

    @property
    def drug(self) -> Medication | None:
        """The order, where it is a drug."""
        return self.order if isinstance(self.order, Medication) else None


def lines(orderset: OrderSet) -> list[Line]:
    """Every line of an order set, block by block, numbered."""
    blocks = [list(_entry(orderset))]
    blocks += [list(_section(orderset, section)) for section in orderset.sections]
    blocks += [list(_gate(gate)) for gate in orderset.gates]
    return [
        line._replace(place=(block, number))
        for block, members in enumerate(blocks, start=1)
        for number, line in enumerate(members, start=1)
    ]


def dose_text(orderset: OrderSet, line: Line) -> str:
    """The whole dose as one sentence, with NOT SET for what the guideline leaves open."""
    drug, variant = line.drug, line.variant
    if drug is None:
        raise ValueError(f"{line.key} is no drug")
    often = variant.frequency if variant else None
    parts = [_amount_text(line), phrases.how_often(orderset, drug, often)]
    if variant is not None:
        parts.append(phrases.maximum(variant.rule.maximum))
    elif most := orderset.settled(drug.maximum):
        parts.append(phrases.maximum(most))
    return "; ".join([*parts, phrases.route(orderset, drug)])


def unconditional(orderset: OrderSet, line: Line) -> bool:
    """Whether the guideline orders the line STAT, without a condition, choice or approval.

    Why: only such lines open ticked. What waits under the reading of the treatment gate for which
    the committee has decided is not among them.
    """
    order, gate = line.order, orderset.treatment_gate
    waits = gate.decided.waits if gate and gate.decided else ()
    if line.kind != "orderable" or order is None or order.urgency is None:
        return False
    if line.block in waits or order.id in waits:
        return False
    alternative = isinstance(order, Medication) and order.role == "alternative"
    return (
        orderset.settled(order.urgency) == "STAT"
        and not alternative
        and not (order.condition or order.optional or line.approval or line.says)
    )


def _amount_text(line: Line) -> str:
    variant = line.variant
    if variant is None:
        return f"dose {NOT_SET}: the guideline states none"
    whom = [variant.age] if variant.age else []
    whom += [wording.weights(variant.weights)] if variant.weights != EVERY_WEIGHT else []
    return wording.amount(variant.amount) + (f" for {', '.join(whom)}" if whom else "")


def _entry(orderset: OrderSet) -> Iterator[Line]:
    """Who it is for, and what is not confirmed: notes that stand before the first order."""

    def note(key: str, name: str, says: str, *origins: Origin) -> Line:
        return Line(key, "note", "entry", "Entry", (0, 0), name, origins, says=says)

    for one in orderset.entry.required:
        yield note(f"entry-{one.id}", "Required", phrases.criterion(one), one.from_)
    for one in orderset.entry.at_least_one:
        yield note(f"entry-{one.id}", "One at least", phrases.criterion(one), one.from_)
    if gate := orderset.treatment_gate:
        origins = (gate.decided.from_,) if gate.decided else ()
        name = "Treatment gate" if gate.decided else "Not confirmed"
        yield note("entry-gate", name, gate.says, *origins)


def _section(orderset: OrderSet, section: Section) -> Iterator[Line]:
    first = Line("", "note", section.id, section.title, (0, 0), section.title)
    if section.banner is not None and (says := orderset.settled(section.banner)):
        origin = (section.banner.from_,) if section.banner.from_ else ()
        yield first._replace(key=f"{section.id}-banner", origins=origin, says=says)
    for one in section.notes:
        yield first._replace(key=f"{section.id}-note", origins=(one.from_,), says=one.text)
    begun: set[str] = set()
    for order in section.orders:
        choice = order.choice if isinstance(order, Medication) else None
        if choice is not None and choice not in begun:
            begun.add(choice)
            yield _header(orderset, first, choice)
        yield from _order(orderset, first._replace(group=choice, kind="orderable"), order)


def _header(orderset: OrderSet, first: Line, choice: str) -> Line:
    found = next(one for one in orderset.choices if one.id == choice)
    return first._replace(
        key=f"choice-{found.id}", kind="choice_header", name=found.title,
        select=found.select, origins=(found.from_,),
    )  # fmt: skip


def _order(orderset: OrderSet, first: Line, order: Order) -> Iterator[Line]:
    """The lines of one order: itself, or its doses, tests and components under a header."""
    group = f"choice-{first.group}" if first.group else None
    own = first._replace(
        key=order.id, name=order.name, origins=(order.from_,), order=order, group=group,
        says=order.condition.text if order.condition else None,
        approval=_approval(orderset, order),
    )  # fmt: skip
    if isinstance(order, Medication):
        yield from _drug(orderset, own, order)
        return
    tests = [
        place
        for place, code in enumerate(orderset.codes.get(order.id, ()))
        if code.use == "preferred" and code.system == "loinc"
    ]
    if order.components:
        header = own._replace(key=f"{order.id}-group", kind="choice_header", select="any")
        yield header
        own = own._replace(group=header.key)
    if len(tests) > 1:
        header = own._replace(key=f"{order.id}-group", kind="choice_header", select="any")
        yield header
        for place in tests:
            code = orderset.codes[order.id][place]
            yield own._replace(
                key=f"{order.id}-{code.code}", name=code.display, group=header.key, code=place
            )
        return
    yield own
    for part in order.components:
        yield own._replace(
            key=part.id, name=part.name, origins=(part.from_,), order=part,
            says=part.condition.text if part.condition else own.says,
        )  # fmt: skip


def _drug(orderset: OrderSet, own: Line, drug: Medication) -> Iterator[Line]:
    variants = list(_variants(orderset, drug))
    if not variants and drug.optional is not None:
        yield own._replace(kind="placeholder")
    elif len(variants) < 2:
        yield own._replace(variant=next((one for _, one in variants), None))
    else:
        choice = next((one for one in orderset.choices if one.id == drug.id), None)
        header = own._replace(
            key=f"{drug.id}-group", kind="choice_header",
            select=choice.select if choice else "at-most-one",
            name=choice.title if choice else drug.name,
        )  # fmt: skip
        yield header
        for key, variant in variants:
            yield own._replace(key=f"{drug.id}-{key}", variant=variant, group=header.key)


def _variants(orderset: OrderSet, drug: Medication) -> Iterator[tuple[str, Variant]]:
    rule = rule_of(orderset, drug)
    if rule is not None:
        for key, band in zip(_keys(drug), rule.bands, strict=True):
            yield key, Variant(band.amount, rule, band.weights, origin=drug.dose_from)
    name = drug.dose.supplement if isinstance(drug.dose, NotSet) else None
    accepted = Origin("supplement", (name,)) if name else None
    for number, (row, rule) in enumerate(rules_by_age(orderset, drug), start=1):
        for place, band in enumerate(rule.bands, start=1):
            key = f"age-{number}" if len(rule.bands) == 1 else f"age-{number}-{place}"
            yield key, Variant(
                band.amount, rule, band.weights, row.label, row.frequency, accepted
            )  # fmt: skip


def _keys(drug: Medication) -> Sequence[str]:
    if not isinstance(drug.dose, WeightBands):
        return ("only",)
    return [band.id or f"band-{place}" for place, band in enumerate(drug.dose.bands, start=1)]


def _approval(orderset: OrderSet, order: Order) -> str | None:
    gate = next((gate for gate in orderset.gates if gate.order == order.id), None)
    return gate.approval.text if gate else None


def _gate(gate: Gate) -> Iterator[Line]:
    """What must be judged before an order behind a gate; an order that a check calls for."""
    first = Line("", "note", gate.id, gate.title, (0, 0), gate.title)
    yield first._replace(
        key=f"{gate.id}-approval", origins=(gate.approval.from_,), says=gate.approval.text
    )
    for check in gate.checks:
        yield first._replace(key=f"{gate.id}-{check.id}", origins=(check.from_,), says=check.text)
        if check.calls_for is not None:
            order = check.calls_for
            yield first._replace(
                key=order.id, kind="orderable", name=order.name, order=order,
                origins=(order.from_,), says=check.text,
            )  # fmt: skip


def order_kind(order: Order) -> str:
    """The kind of an order as the worksheet names it."""
    return {"laboratory": "lab"}.get(order.kind, order.kind)
