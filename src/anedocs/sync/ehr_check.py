"""The finished EHR package against the order set: its fields, its doses, its resources, its sums.

Everything is worked out anew from the YAML, in fractions; neither writers nor dose function help.
"""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from anedocs.ehr.fhir import lint
from anedocs.orderset.library import Edition
from anedocs.sync import tables
from anedocs.sync.ehr_reading import CHECK, DOSES, ORDERS, fold
from anedocs.sync.finding import REBUILD, Finding
from anedocs.sync.tables import Row

FOLDER = "ehr"
_ANEW = f"{REBUILD} --force"
_UNITS = {"day": "d", "days": "d", "hour": "h", "hours": "h", "minute": "min", "minutes": "min"}
_PRIORITY = {"STAT": "stat", "urgent": "urgent", "non-urgent": "routine"}
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_BOUNDS = {"at_least": "AtLeastKg", "above": "AboveKg", "below": "BelowKg", "up_to": "UpToKg"}
Order = Mapping[str, Any]


def findings(folder: Path, content: Mapping[str, Any], edition: Edition) -> Iterator[Finding]:
    """Everything in the finished package (the folder `ehr`) that the order set does not say."""
    for check in (_worksheet, _doses, _fhir, _archive, _sums):
        try:
            yield from check(folder, content, edition)
        except (ValueError, KeyError, TypeError, StopIteration, OSError) as error:
            name = f"{FOLDER}/{check.__name__.removeprefix('_')}"
            yield Finding(name, "file", "a file that can be read", f"{error!r}", _ANEW)


def _worksheet(folder: Path, content: Mapping[str, Any], _edition: Edition) -> Iterator[Finding]:
    """Each drug's fields in the worksheet; and the workbook says what the worksheet says."""
    name = "order-set-build.csv"
    rows = tables.csv_rows((folder / name).read_bytes())
    found = {row["row_key"]: row for row in rows}
    for key, order, band in _dosed(content):
        yield from _differences(f"{FOLDER}/{name}", key, _wanted(content, order, band), found[key])
    for order in _drugs(content):
        if order["dose"]["kind"] == "not_set" and order["id"] in found:
            row = found[order["id"]]
            for field in ("dose_value", "max_single_dose_value"):
                if row[field] and not _accepted(content, order["dose"].get("supplement")):
                    yield _finding(f"{FOLDER}/{name}", f"{order['id']}, {field}", "none: NOT SET",
                                   row[field])  # fmt: skip
    book = tables.sheets((folder / "order-set-build.xlsx").read_bytes())
    twins = tables.table(book[ORDERS], "row_key")
    place = f"{FOLDER}/order-set-build.xlsx"
    yield from _twins(place, rows, twins)


def _twins(place: str, rows: list[Row], twins: list[Row]) -> Iterator[Finding]:
    if len(rows) != len(twins):
        yield _finding(place, ORDERS, f"{len(rows)} rows", str(len(twins)))
    for row, twin in zip(rows, twins, strict=False):
        for field, text in row.items():
            if twin.get(field, "") != text:
                yield _finding(place, f"{row['row_key']}, {field}", f"'{text}'",
                               f"'{twin.get(field, '')}'")  # fmt: skip


def _doses(folder: Path, content: Mapping[str, Any], _edition: Edition) -> Iterator[Finding]:
    """Every dose of the dose check, computed again; the workbooks hold the same."""
    name = f"{FOLDER}/dose-check.csv"
    rows = tables.csv_rows((folder / "dose-check.csv").read_bytes())
    rules = {key: (order, band) for key, order, band in _dosed(content)}
    for row in rows:
        weight, place = Fraction(row["weight_kg"]), f"{row['row_key']} at {row['weight_kg']} kg"
        order, band = rules[row["row_key"]]
        if not _holds(band, weight):
            yield _finding(name, place, "a weight of its band", row["weight_kg"])
        raw, capped, given = _computed(content, order, band, weight)
        for field, value in (("raw_mg", raw), ("capped_mg", capped)):
            said = Fraction(row[field]) if row[field] else None
            if said != value:
                yield _finding(name, f"{place}, {field}", _plain(value), row[field] or "nothing")
        starts = f"{_plain(given)} mg" if given is not None else "no dose"
        if not row["text"].replace(",", "").startswith(starts):
            yield _finding(name, f"{place}, text", starts, row["text"])
        told = _numbers_of(content, order, band, weight)
        for field in ("formula", "text", "band"):
            for number in sorted(set(_NUMBER.findall(row[field].replace(",", ""))) - told):
                yield _finding(name, f"{place}, {field}", "numbers of this dose only", number)
    sheet = tables.sheets((folder / "dose-check.xlsx").read_bytes())[CHECK]
    yield from _same_doses(f"{FOLDER}/dose-check.xlsx", rows, sheet, content)
    sheet = tables.sheets((folder / "order-set-build.xlsx").read_bytes())[DOSES]
    place, columns = f"{FOLDER}/order-set-build.xlsx", (
        "row_key", "weight_kg", "purpose", "formula", "raw_mg", "capped_mg", "band", "text",
    )  # fmt: skip
    for row, cells in zip(rows, _under(sheet), strict=False):
        wanted = [row[name] for name in columns]
        if [fold(cell) for cell in cells[: len(columns)]] != wanted:
            yield _finding(place, f"{row['row_key']} at {row['weight_kg']} kg", str(wanted),
                           str(cells))  # fmt: skip
    if len(rows) != len(_under(sheet)):
        yield _finding(place, DOSES, f"{len(rows)} rows", str(len(_under(sheet))))


def _under(sheet: list[list[str]]) -> list[list[str]]:
    """The rows under the header of a sheet."""
    head = next(number for number, row in enumerate(sheet) if "row_key" in row)
    return [row for row in sheet[head + 1 :] if any(row)]


def _numbers_of(
    content: Mapping[str, Any], order: Order, band: Order, weight: Fraction
) -> set[str]:
    """Every number that may stand beside a dose: what it is made of, and what comes out."""
    worked = _computed(content, order, band, weight)
    most, step = (_settled(content, order[name]) for name in ("maximum", "rounding"))
    stop = (order.get("stop_above") or {}).get("value")
    masses = [mass for mass in (band["amount"], most, step, stop) if mass]
    bands = order["dose"].get("bands") or [band]
    edges = {_bound(one, name) for one in bands for name in _BOUNDS}
    product = _mg(band["amount"]) * weight
    made = {_plain(one) for one in (weight, product, *worked) if one is not None}
    written = {part for mass in masses for part in (mass.partition(" ")[0], _plain(_mg(mass)))}
    return {*made, *edges, *written}


def _same_doses(
    place: str, rows: list[Row], sheet: list[list[str]], content: Mapping[str, Any]
) -> Iterator[Finding]:
    """The value that the workbook hides is the one of the CSV, and its own formula agrees."""
    head = next(row for row in sheet if "row_key" in row)
    weight, key = head.index("Weight (kg)"), head.index("row_key")
    ours = len(head) - 1 - head[::-1].index("anedocs (mg)")
    formula = head.index("Workbook formula (mg)")
    words, rules = head.index("Formula"), {key: two for key, *two in _dosed(content)}
    held = {(row[key], row[weight]): row for row in sheet if row[key] and row[key] != "row_key"}
    if len(held) != len(rows):
        yield _finding(place, CHECK, f"{len(rows)} rows", str(len(held)))
    for row in rows:
        twin = held.get((row["row_key"], row["weight_kg"]))
        spot = f"{row['row_key']} at {row['weight_kg']} kg"
        if twin is None:
            yield _finding(place, spot, "a row", "none")
            continue
        for what, column in (("hidden dose", ours), ("formula", formula)):
            wanted = row["capped_mg"] or "STOP"
            if twin[column] != wanted:
                yield _finding(place, f"{spot}, {what}", wanted, twin[column])
        order, band = rules[row["row_key"]]
        told = _numbers_of(content, order, band, Fraction(row["weight_kg"]))
        for number in sorted(set(_NUMBER.findall(twin[words].replace(",", ""))) - told):
            yield _finding(place, f"{spot}, Formula", "numbers of this dose only", number)


def _fhir(folder: Path, content: Mapping[str, Any], edition: Edition) -> Iterator[Finding]:
    """The rules of the lint; each drug's structured dose; every number of the CQL."""
    files = {path.name: path.read_bytes() for path in (folder / "fhir").iterdir()}
    files["../README-IMPORT.md"] = (folder / "README-IMPORT.md").read_bytes()
    for fault in lint.faults(files, edition):
        yield _finding(f"{FOLDER}/fhir/{fault.file}", fault.place, f"rule {fault.rule}", fault.says)
    for key, order, band in _dosed(content):
        name = f"ActivityDefinition-{content['id']}-{key}.json"
        said = _of_activity(tables.json_form(files[name]))
        wanted = _wanted(content, order, band)
        known = {field: text for field, text in wanted.items() if field in said}
        yield from _differences(f"{FOLDER}/fhir/{name}", key, known, said)
    for name, text in files.items():
        if name.endswith(".cql"):
            yield from _cql(f"{FOLDER}/fhir/{name}", text.decode(), content, edition)


def _of_activity(form: Mapping[str, Any]) -> Row:
    """The fields of an ActivityDefinition under the names of the worksheet's columns."""
    (dosage,) = form["dosage"]
    (rate,) = dosage["doseAndRate"]
    dose, most = rate["doseQuantity"], dosage.get("maxDosePerAdministration", {})
    duration = dosage.get("timing", {}).get("repeat", {}).get("boundsDuration", {})
    return {
        "dose_value": f"{dose['value']:f}", "dose_unit_ucum": dose["code"],
        "max_single_dose_value": f"{most['value']:f}" if most else "",
        "max_single_dose_unit": most.get("code", ""),
        "duration_value": f"{duration['value']:f}" if duration else "",
        "duration_unit": duration.get("code", ""), "priority": form.get("priority", ""),
    }  # fmt: skip


def _cql(place: str, text: str, content: Mapping[str, Any], edition: Edition) -> Iterator[Finding]:
    said = dict(re.findall(r"^define ([A-Za-z0-9]+): ([0-9.]+)$", text, re.MULTILINE))
    limits = edition.weights.without_age
    wanted = {"WeightLowestKg": f"{limits.hard_low.number:f}",
              "WeightHighestKg": f"{limits.hard_high.number:f}"}  # fmt: skip
    for key, order, band in _dosed(content):
        if not (_per_weight(band) or any(band.get(bound) for bound in _BOUNDS)):
            continue
        stem = "".join(word[:1].upper() + word[1:] for word in key.split("-"))
        basis = "BasisMgPerKg" if _per_weight(band) else "BasisMg"
        wanted[f"{stem}{basis}"] = _plain(_mg(band["amount"]))
        for bound, name in _BOUNDS.items():
            if band.get(bound):
                wanted[f"{stem}{name}"] = band[bound].removesuffix(" kg")
        limits_mg = {"MaximumMg": _settled(content, order["maximum"]),
                     "StopAboveMg": (order.get("stop_above") or {}).get("value"),
                     "StepMg": _settled(content, order["rounding"])}  # fmt: skip
        wanted |= {f"{stem}{name}": _plain(_mg(mass)) for name, mass in limits_mg.items() if mass}
    yield from _differences(place, "values", wanted, said)
    for name in sorted(set(said) - set(wanted)):
        yield _finding(place, name, "numbers of the order set only", said[name])


def _archive(folder: Path, _content: Mapping[str, Any], _edition: Edition) -> Iterator[Finding]:
    """The FHIR package holds the very files that lie beside it."""
    for path in (folder / "fhir").glob("*.tgz"):
        try:
            with tarfile.open(fileobj=io.BytesIO(path.read_bytes())) as archive:
                held = {one.name: _member(archive, one) for one in archive.getmembers()}
        except (tarfile.TarError, OSError, EOFError) as error:
            raise ValueError(f"{path.name} is no archive: {error}") from error
        for beside in (folder / "fhir").glob("*.json"):
            bundle = beside.name.startswith("bundle-")
            if not bundle and held.get(f"package/{beside.name}") != beside.read_bytes():
                yield _finding(f"{FOLDER}/fhir/{path.name}", beside.name, "the file beside it",
                               "another, or none")  # fmt: skip


def _member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    return file.read() if file else b""


def _sums(folder: Path, _content: Mapping[str, Any], edition: Edition) -> Iterator[Finding]:
    """The manifest of the package and its README name each file with its SHA-256."""
    form = tables.json_form((folder / "manifest.json").read_bytes())
    if form["fingerprint"] != edition.fingerprint:
        yield _finding(f"{FOLDER}/manifest.json", "fingerprint", edition.fingerprint,
                       form["fingerprint"])  # fmt: skip
    readme = (folder / "README-IMPORT.md").read_text("utf-8")
    for name, sha256 in form["files"].items():
        path = folder / name
        now = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "no file"
        if now != sha256:
            yield _finding(f"{FOLDER}/{name}", "SHA-256 in manifest.json", sha256, now)
        if name != "README-IMPORT.md" and f"{now}  {name}" not in readme:
            yield _finding(f"{FOLDER}/README-IMPORT.md", name, f"its SHA-256 {now}", "another")


def _differences(
    place: str, key: str, wanted: Mapping[str, str], said: Mapping[str, str]
) -> Iterator[Finding]:
    for field, text in wanted.items():
        if said.get(field, "") != text:
            yield _finding(place, f"{key}, {field}", f"'{text}'", f"'{said.get(field, '')}'")


def _finding(file: str, place: str, expected: str, found: str) -> Finding:
    return Finding(file, place, expected, found, _ANEW)


def _drugs(content: Mapping[str, Any]) -> Iterator[Order]:
    for section in content["sections"]:
        yield from (order for order in section["orders"] if order["kind"] == "medication")


def _dosed(content: Mapping[str, Any]) -> Iterator[tuple[str, Order, Order]]:
    """Every dose that is in force: row key, order, band; one dose at every weight is one band."""
    for order in _drugs(content):
        dose = order["dose"]
        if dose["kind"] == "not_set" or not _in_force(content, order.get("dose_from")):
            continue
        bands = dose.get("bands") or [dose]
        for number, band in enumerate(bands, start=1):
            suffix = f"-{band.get('id') or f'band-{number}'}" if len(bands) > 1 else ""
            yield f"{order['id']}{suffix}", order, band


def _wanted(content: Mapping[str, Any], order: Order, band: Order) -> Row:
    """What the columns of a drug's row must hold."""
    most = _settled(content, order["maximum"])
    duration = _duration(_settled(content, order["duration"]))
    urgency = _settled(content, order.get("urgency") or {})
    return {
        "dose_value": _plain(_mg(band["amount"])),
        "dose_unit_ucum": "mg/kg" if _per_weight(band) else "mg",
        "max_single_dose_value": _plain(_mg(most)) if most else "",
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
        return _plain(Fraction(number) * 7), "d"
    return number, _UNITS[unit]


def _bound(band: Order, *names: str) -> str:
    return next((band[name].removesuffix(" kg") for name in names if band.get(name)), "")


def _settled(content: Mapping[str, Any], stated: Mapping[str, Any]) -> str | None:
    value: str | None = stated.get("value")
    return value if value and _in_force(content, stated.get("from")) else None


def _in_force(content: Mapping[str, Any], origin: str | None) -> bool:
    kind, _, name = (origin or "").partition(" ")
    return kind != "supplement" or _accepted(content, name)


def _accepted(content: Mapping[str, Any], name: str | None) -> bool:
    return any(one["id"] == name and one["state"] == "accepted" for one in content["supplements"])


def _per_weight(band: Order) -> bool:
    return bool(band["amount"].endswith(" mg/kg"))


def _mg(text: str) -> Fraction:
    """A mass in mg, or the mg of a dose for each kg."""
    number, _, unit = text.partition(" ")
    scale = {"g": Fraction(1000), "mg": Fraction(1), "mcg": Fraction(1, 1000)}
    return Fraction(number) * scale[unit.removesuffix("/kg")]


def _computed(
    content: Mapping[str, Any], order: Order, band: Order, weight: Fraction
) -> tuple[Fraction | None, Fraction | None, Fraction | None]:
    """The product, what is left of it after the maximum, and what is given of that after rounding.

    All None where people must enter the dose.
    """
    raw = _mg(band["amount"]) * (weight if _per_weight(band) else 1)
    most, step = (_settled(content, order[name]) for name in ("maximum", "rounding"))
    stop = (order.get("stop_above") or {}).get("value")
    capped = given = min(raw, _mg(most)) if most else raw
    if stop and capped > _mg(stop):
        return None, None, None
    if step:
        size = _mg(step)
        rounded = (given / size + Fraction(1, 2)) // 1 * size
        too_high = any(rounded > _mg(limit) for limit in (most, stop) if limit)
        given = capped if too_high or not rounded else rounded
    return raw, capped, given


def _holds(band: Order, weight: Fraction) -> bool:
    def bound(key: str) -> Fraction | None:
        return Fraction(band[key].removesuffix(" kg")) if band.get(key) else None

    at_least, above, below, up_to = map(bound, _BOUNDS)
    return (
        (at_least is None or weight >= at_least)
        and (above is None or weight > above)
        and (below is None or weight < below)
        and (up_to is None or weight <= up_to)
    )


def _plain(number: Fraction | None) -> str:
    if number is None:
        return ""
    whole, rest = divmod(number, 1)
    digits = ""
    while rest:
        digit, rest = divmod(rest * 10, 1)
        digits += str(digit)
    return f"{whole}.{digits}" if digits else str(whole)
