"""Every decision that an order set still leaves to a committee, found by walking its model.

A decision changes the content of the order set as a committee would change the file; each has its
owner, a decision made up for these tests.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

from anedocs.core.quantity import Quantity
from anedocs.schema.model import OrderSet
from anedocs.schema.orders import NotSet, Stated
from anedocs.schema.parts import Part, names
from anedocs.schema.shape import Units

Content = dict[str, Any]
OWNER = {"id": "made-up", "says": "Made up for a test", "owner": "C. Owner, pharmacy",
         "decided_on": "2026-10-01"}  # fmt: skip
BY = {"accepted_by": "P. Pharmacist, pharmacy", "accepted_on": "2026-10-01"}
#: What is written for a field in words; an amount follows from the units that its field takes.
WORDS = {"route": "IV", "frequency": "every 12 hours", "salt": "sodium succinate"}
AMOUNTS = {"mg": "20 mg", "minute": "30 minutes", "day": "5 days", "%": "5%", "kg": "0.1 kg"}
METADATA = {"institution": "Made-up hospital", "owner": "A. Owner", "effective_date": "2026-10-02",
            "review_date": "2027-10-01", "age_range": "2 months to 17 years",
            "exclusions": "none"}  # fmt: skip


class Decision(NamedTuple):
    """One decision: its name, what it changes, and what no document may say afterwards."""

    name: str
    change: Callable[[Content], None]
    gone: tuple[str, ...] = ()
    """Texts of the list of gaps."""
    order: str | None = None
    """The order that it concerns."""


def decisions(orderset: OrderSet) -> list[Decision]:
    """Every decision that is still open, each alone possible."""
    return [
        *_metadata(orderset), *_fields(orderset), *_doses(orderset), *_supplements(orderset),
        *_gate(orderset), *_questions(orderset), *_orders(orderset),
    ]  # fmt: skip


def decided(content: Content, *chosen: Decision) -> Content:
    """The content after these decisions, with their owner."""
    changed = copy.deepcopy(content)
    changed["local_decisions"] = [*changed.get("local_decisions", []), OWNER]
    for one in chosen:
        one.change(changed)
    return changed


def _metadata(orderset: OrderSet) -> Iterator[Decision]:
    for name, value in METADATA.items():
        if getattr(orderset.metadata, name) is None:
            yield Decision(
                f"metadata {name}",
                lambda content, name=name, value=value: content["metadata"].update({name: value}),
                (f"document: {name.replace('_', ' ')}",),
            )


def _at(content: Content, path: tuple[str | int, ...]) -> Any:
    for step in path:
        content = content[step]
    return content


def _fields(orderset: OrderSet) -> Iterator[Decision]:
    """Each field that is NOT SET, of every order and beside."""
    for path, owner, field, hint in _open(orderset, ()):
        value = _value(field, hint)
        order = owner if path[0] == "sections" else None
        told = field.removesuffix("_").replace("_", " ")

        def change(content: Content, path: Any = path, value: str = value) -> None:
            place = _at(content, path)
            place.clear()
            place.update({"value": value, "from": f"local {OWNER['id']}"})

        yield Decision(f"{owner or path[0]} {told}", change, (f"{owner}: {told} (",), order)


def _open(
    part: Any, path: tuple[str | int, ...], owner: str = ""
) -> Iterator[tuple[tuple[str | int, ...], str, str, Any]]:
    if isinstance(part, tuple):
        for place, one in enumerate(part):
            yield from _open(one, (*path, place), owner)
    if not isinstance(part, Part):
        return
    owner = getattr(part, "id", None) or owner
    hints = get_type_hints(type(part), include_extras=True)
    for name in names(type(part)):
        value, step = getattr(part, name), name.removesuffix("_")
        if isinstance(value, Stated):
            if value.not_set is not None:
                yield (*path, step), owner, step, hints[name]
        else:
            yield from _open(value, (*path, step), owner)


def _value(field: str, hint: Any) -> str:
    """A value of the field's own kind: an amount in the first unit that it takes, or words."""
    while get_origin(hint) is not Stated:  # `| None`
        hint = next(one for one in get_args(hint) if one is not type(None))
    (inner,) = get_args(hint)
    if Quantity in get_args(inner):
        (units,) = (one for one in inner.__metadata__ if isinstance(one, Units))
        unit = "minute" if field == "infusion_time" else units.units[0]
        return AMOUNTS[unit]
    return WORDS.get(field, "as decided")


def _doses(orderset: OrderSet) -> Iterator[Decision]:
    """A dose of the hospital's own where the guideline gives none and no supplement is carried."""
    for number, section in enumerate(orderset.sections):
        for place, order in enumerate(section.orders):
            dose = getattr(order, "dose", None)
            if isinstance(dose, NotSet) and dose.supplement is None and not order.optional:
                path = ("sections", number, "orders", place)

                def change(content: Content, path: Any = path) -> None:
                    _at(content, path).update(
                        dose={"kind": "by_weight", "amount": "10 mg/kg"},
                        dose_from=f"local {OWNER['id']}",
                    )

                yield Decision(f"{order.id} dose", change, (f"{order.id}: dose (",), order.id)


def _supplements(orderset: OrderSet) -> Iterator[Decision]:
    for number, one in enumerate(orderset.supplements):
        if one.state != "proposed":
            continue

        def change(content: Content, number: int = number) -> None:
            supplement = content["supplements"][number]
            supplement.update(state="accepted", conflict=None, **BY)
            for row in supplement.get("rows", ()):
                row.pop("rival", None)

        yield Decision(f"accept {one.id}", change, (f": {one.id}: ",), one.concerns)


def _gate(orderset: OrderSet) -> Iterator[Decision]:
    gate = orderset.treatment_gate
    for reading in gate.readings if gate else ():

        def change(content: Content, state: str = reading.id) -> None:
            content["flow"]["treatment_gate"]["state"] = state
            for question in _asked(content):
                if question["id"] in gate.questions:
                    _answer(question)

        yield Decision(f"gate {reading.id}", change, ("Not confirmed",))


def _questions(orderset: OrderSet) -> Iterator[Decision]:
    gate = orderset.treatment_gate
    for _, one in orderset.open_questions:
        if one.open and not (gate and one.id in gate.questions):

            def change(content: Content, name: str = one.id) -> None:
                for question in _asked(content):
                    if question["id"] == name:
                        _answer(question)

            yield Decision(f"answer {one.id}", change, (f"{one.id}: ",))


def _answer(question: Content) -> None:
    question.update(answer="As the committee has decided", answered_by="C. Doctor, chair")


def _asked(node: Any) -> Iterator[Content]:
    if isinstance(node, dict):
        for key, member in node.items():
            if key == "open_questions":
                yield from member
            else:
                yield from _asked(member)
    elif isinstance(node, list):
        for member in node:
            yield from _asked(member)


def _orders(orderset: OrderSet) -> Iterator[Decision]:
    """An order added, one renamed, and each removed that is no drug and that nothing needs."""
    added = {"id": "blood-culture", "kind": "laboratory", "name": "Blood culture",
             "from": f"local {OWNER['id']}"}  # fmt: skip
    yield Decision("add blood-culture",
                   lambda content: content["sections"][0]["orders"].append(added))  # fmt: skip
    for number, section in enumerate(orderset.sections):
        for order in section.orders:
            if hasattr(order, "dose") or getattr(order, "components", ()):
                continue

            def remove(content: Content, number: int = number, name: str = order.id) -> None:
                orders = content["sections"][number]["orders"]
                orders[:] = [one for one in orders if one["id"] != name]
                content.get("codes", {}).pop(name, None)
                _forget(content, name)
                content["pocket_card"] = [
                    fact for fact in content["pocket_card"] if fact.get("shows") != []
                ]

            if len(section.orders) > 1:
                yield Decision(f"remove {order.id}", remove, (), order.id)

            def rename(content: Content, number: int = number, name: str = order.id) -> None:
                for one in content["sections"][number]["orders"]:
                    if one["id"] == name:
                        one.update(name=f"{one['name']} as renamed", short=None)

        if section.orders:
            yield Decision(f"rename {section.orders[-1].id}", rename)


def _forget(node: Any, name: str) -> None:
    """Take an id out of every list in which other parts point to it."""
    if isinstance(node, dict):
        for member in node.values():
            _forget(member, name)
    elif isinstance(node, list):
        if name in node:
            node.remove(name)
        for member in node:
            _forget(member, name)
