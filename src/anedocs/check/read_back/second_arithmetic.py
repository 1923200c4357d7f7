"""The second arithmetic: each dose worked out anew from the YAML, in fractions.

Why not the dose function: a second arithmetic finds a fault of the first one. It shares nothing
with it, and stands here once for every document that is read back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from anedocs.check.readers.tables import Row

_UNITS = {"day": "d", "days": "d", "hour": "h", "hours": "h", "minute": "min", "minutes": "min"}
_PRIORITY = {"STAT": "stat", "urgent": "urgent", "non-urgent": "routine"}
#: The bounds of a band, and how the CQL names them.
BOUNDS = {"at_least": "AtLeastKg", "above": "AboveKg", "below": "BelowKg", "up_to": "UpToKg"}
Order = Mapping[str, Any]


def drugs(content: Mapping[str, Any]) -> Iterator[Order]:
    """Every drug, in the order of the file."""
    for section in content["sections"]:
        yield from (order for order in section["orders"] if order["kind"] == "medication")


def dosed(content: Mapping[str, Any]) -> Iterator[tuple[str, Order, Order]]:
    """Every dose that is in force: row key, order, band; one dose at every weight is one band."""
    for order in drugs(content):
        dose = order["dose"]
        if dose["kind"] == "not_set":
            yield from _accepted_doses(content, order)
            continue
        if not _in_force(content, order.get("dose_from")):
            continue
        bands = dose.get("bands") or [dose]
        for number, band in enumerate(bands, start=1):
            suffix = f"-{band.get('id') or f'band-{number}'}" if len(bands) > 1 else ""
            yield f"{order['id']}{suffix}", order, band


def _accepted_doses(content: Mapping[str, Any], order: Order) -> Iterator[tuple[str, Order, Order]]:
    """The doses of an accepted supplement, one for each age group and band of it."""
    name = order["dose"].get("supplement")
    if not accepted(content, name):
        return
    rows = next(one for one in content.get("supplements", ()) if one["id"] == name).get("rows", ())
    doses = [(row, row["dose"].get("bands") or [row["dose"]]) for row in rows]
    single = sum(len(bands) for _, bands in doses) == 1
    for number, (row, bands) in enumerate(doses, start=1):
        most = {"value": row["maximum"], "from": f"supplement {name}"} if "maximum" in row else {}
        of_row = {**order, "dose": row["dose"], "maximum": most, "stop_above": None,
                  "age": row["label"]}  # fmt: skip
        for place, band in enumerate(bands, start=1):
            suffix = f"-age-{number}" + (f"-{place}" if len(bands) > 1 else "")
            yield f"{order['id']}{'' if single else suffix}", of_row, band


def wanted(content: Mapping[str, Any], order: Order, band: Order) -> Row:
    """What the columns of a drug's row must hold."""
    most = settled(content, order["maximum"])
    duration = _duration(settled(content, order["duration"]))
    urgency = settled(content, order.get("urgency") or {})
    return {
        "dose_value": plain(mg(band["amount"])),
        "dose_unit_ucum": "mg/kg" if per_weight(band) else "mg",
        "max_single_dose_value": plain(mg(most)) if most else "",
        "max_single_dose_unit": "mg" if most else "",
        "min_weight_kg_inclusive": _bound(band, "at_least", "above"),
        "max_weight_kg_exclusive": _bound(band, "below", "up_to"),
        "duration_value": duration[0],
        "duration_unit": duration[1],
        "priority": _PRIORITY[urgency] if urgency else "",
    }


def _duration(text: str | None) -> tuple[str, str]:
    """A duration with its UCUM unit; weeks are counted in days."""
    if text is None:
        return "", ""
    number, unit = text.split(" ")
    if unit in ("week", "weeks"):
        return plain(Fraction(number) * 7), "d"
    return number, _UNITS[unit]


def _bound(band: Order, *names: str) -> str:
    return next((band[name].removesuffix(" kg") for name in names if band.get(name)), "")


def settled(content: Mapping[str, Any], stated: Mapping[str, Any]) -> str | None:
    """The value, where it is set and in force."""
    value: str | None = stated.get("value")
    return value if value and _in_force(content, stated.get("from")) else None


def _in_force(content: Mapping[str, Any], origin: str | None) -> bool:
    kind, _, name = (origin or "").partition(" ")
    return kind != "supplement" or accepted(content, name)


def accepted(content: Mapping[str, Any], name: str | None) -> bool:
    """Whether a supplement of that name is accepted."""
    return any(
        one["id"] == name and one["state"] == "accepted" for one in content.get("supplements", ())
    )


def per_weight(band: Order) -> bool:
    """Whether the amount is one for each kg."""
    return bool(band["amount"].endswith(" mg/kg"))


def mg(text: str) -> Fraction:
    """A mass in mg, or the mg of a dose for each kg."""
    number, _, unit = text.partition(" ")
    scale = {"g": Fraction(1000), "mg": Fraction(1), "mcg": Fraction(1, 1000)}
    return Fraction(number) * scale[unit.removesuffix("/kg")]


def computed(
    content: Mapping[str, Any], order: Order, band: Order, weight: Fraction
) -> tuple[Fraction | None, Fraction | None, Fraction | None]:
    """The product, what is left of it after the maximum, and what is given of that after rounding.

    All None where people must enter the dose.
    """
    raw = mg(band["amount"]) * (weight if per_weight(band) else 1)
    most, step = (settled(content, order[name]) for name in ("maximum", "rounding"))
    stop = (order.get("stop_above") or {}).get("value")
    capped = given = min(raw, mg(most)) if most else raw
    if stop and capped > mg(stop):
        return None, None, None
    if step:
        size = mg(step)
        rounded = (given / size + Fraction(1, 2)) // 1 * size
        too_high = any(rounded > mg(limit) for limit in (most, stop) if limit)
        given = capped if too_high or not rounded else rounded
    return raw, capped, given


def holds(band: Order, weight: Fraction) -> bool:
    """Whether a weight in kg lies in the band."""

    def bound(key: str) -> Fraction | None:
        return Fraction(band[key].removesuffix(" kg")) if band.get(key) else None

    at_least, above, below, up_to = map(bound, BOUNDS)
    return (
        (at_least is None or weight >= at_least)
        and (above is None or weight > above)
        and (below is None or weight < below)
        and (up_to is None or weight <= up_to)
    )


def plain(number: Fraction | None) -> str:
    """A number as an exact decimal, without a comma; nothing for None."""
    if number is None:
        return ""
    whole, rest = divmod(number, 1)
    digits = ""
    while rest:
        digit, rest = divmod(rest * 10, 1)
        digits += str(digit)
    return f"{whole}.{digits}" if digits else str(whole)


def numbers_of(content: Mapping[str, Any], order: Order, band: Order, weight: Fraction) -> set[str]:
    """Every number that may stand beside a dose: what it is made of, and what comes out."""
    worked = computed(content, order, band, weight)
    most, step = (settled(content, order[name]) for name in ("maximum", "rounding"))
    stop = (order.get("stop_above") or {}).get("value")
    masses = [mass for mass in (band["amount"], most, step, stop) if mass]
    bands = order["dose"].get("bands") or [band]
    edges = {_bound(one, name) for one in bands for name in BOUNDS}
    product = mg(band["amount"]) * weight
    made = {plain(one) for one in (weight, product, *worked) if one is not None}
    written = {part for mass in masses for part in (mass.partition(" ")[0], plain(mg(mass)))}
    return {*made, *edges, *written}
