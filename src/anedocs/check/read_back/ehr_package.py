"""The finished EHR package against the order set: its fields, its doses, its resources, its sums.

What is expected is worked out anew in `ehr_anew`; neither writers nor dose function help.
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

from anedocs.check.finding import REBUILD, Finding
from anedocs.check.made_anew import seen_office
from anedocs.check.read_back import second_arithmetic
from anedocs.check.read_back.ehr_files import CHECK, DOSES, ORDERS, fold
from anedocs.check.readers import tables
from anedocs.check.readers.tables import Row
from anedocs.edition.edition import Edition

FOLDER = "ehr"
_ANEW = f"{REBUILD} --force"
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")


def findings(folder: Path, content: Mapping[str, Any], edition: Edition) -> Iterator[Finding]:
    """Everything in the finished package (the folder `ehr`) that the order set does not say."""
    for check in (_worksheet, _doses, _formulas, _fhir, _archive, _sums):
        try:
            yield from check(folder, content, edition)
        except (ValueError, KeyError, TypeError, StopIteration, OSError) as error:
            name = f"{FOLDER}/{check.__name__.removeprefix('_')}"
            told = f"it is not built as our files are ({error})"
            yield Finding(name, "file", "a file that can be read", told, _ANEW)


def _worksheet(folder: Path, content: Mapping[str, Any], _edition: Edition) -> Iterator[Finding]:
    """Each drug's fields in the worksheet; and the workbook says what the worksheet says."""
    name = "order-set-build.csv"
    rows = tables.csv_rows((folder / name).read_bytes())
    found = {row["row_key"]: row for row in rows}
    for key, order, band in second_arithmetic.dosed(content):
        wanted = second_arithmetic.wanted(content, order, band)
        yield from _differences(f"{FOLDER}/{name}", key, wanted, found[key])
    for order in second_arithmetic.drugs(content):
        if order["dose"]["kind"] == "not_set" and order["id"] in found:
            row = found[order["id"]]
            for field in ("dose_value", "max_single_dose_value"):
                if row[field] and not second_arithmetic.accepted(
                    content, order["dose"].get("supplement")
                ):
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
    rules = {key: (order, band) for key, order, band in second_arithmetic.dosed(content)}
    for row in rows:
        weight, place = Fraction(row["weight_kg"]), f"{row['row_key']} at {row['weight_kg']} kg"
        order, band = rules[row["row_key"]]
        if not second_arithmetic.holds(band, weight):
            yield _finding(name, place, "a weight of its band", row["weight_kg"])
        raw, capped, given = second_arithmetic.computed(content, order, band, weight)
        for field, value in (("raw_mg", raw), ("capped_mg", capped)):
            said = Fraction(row[field]) if row[field] else None
            if said != value:
                expected = second_arithmetic.plain(value)
                yield _finding(name, f"{place}, {field}", expected, row[field] or "nothing")
        starts = f"{second_arithmetic.plain(given)} mg" if given is not None else "no dose"
        if not row["text"].replace(",", "").startswith(starts):
            yield _finding(name, f"{place}, text", starts, row["text"])
        told = second_arithmetic.numbers_of(content, order, band, weight)
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


def _formulas(folder: Path, _content: Mapping[str, Any], _edition: Edition) -> Iterator[Finding]:
    """The formulas of the dose check: one for each column, and no number of their own.

    Why: all doses come from the sheet of rules; a formula that multiplies by ten reads well too.
    """
    name = "dose-check.xlsx"
    forms: dict[str, set[str]] = {}
    for place, formula in seen_office.workbook((folder / name).read_bytes()).at_place.items():
        cell = re.fullmatch(rf"sheet {CHECK}, cell ([A-Z]+)([0-9]+), formula", place)
        if cell is None:
            continue
        plain = re.sub(r'"[^"]*"', '""', formula)
        numbers = set(re.findall(r"(?<![A-Za-z0-9.$])[0-9.]+", plain)) - _PLACES
        if numbers:
            yield _finding(f"{FOLDER}/{name}", place, "no number of its own",
                           ", ".join(sorted(numbers)))  # fmt: skip
        if int(cell[2]) > _ABOVE:
            own = re.sub(rf"(?<=[A-Z]){cell[2]}(?![0-9])", "#", formula)
            forms.setdefault(cell[1], set()).add(own)
    for column, different in forms.items():
        if len(different) != 1:
            yield _finding(f"{FOLDER}/{name}", f"sheet {CHECK}, column {column}",
                           "one formula for all rows", f"{len(different)} formulas")  # fmt: skip


#: What rounding is done to, and comparing with nothing.
_PLACES = {"0", "6"}
#: The rows of the title, the counts and the header of the dose check.
_ABOVE = 7


def _under(sheet: list[list[str]]) -> list[list[str]]:
    """The rows under the header of a sheet."""
    head = next(number for number, row in enumerate(sheet) if "row_key" in row)
    return [row for row in sheet[head + 1 :] if any(row)]


def _same_doses(
    place: str, rows: list[Row], sheet: list[list[str]], content: Mapping[str, Any]
) -> Iterator[Finding]:
    """The value that the workbook hides is the one of the CSV, and its own formula agrees."""
    head = next(row for row in sheet if "row_key" in row)
    weight, key = head.index("Weight (kg)"), head.index("row_key")
    ours = len(head) - 1 - head[::-1].index("anedocs (mg)")
    formula = head.index("Workbook formula (mg)")
    words, rules = (
        head.index("Formula"),
        {key: two for key, *two in second_arithmetic.dosed(content)},
    )
    held = {(row[key], row[weight]): row for row in sheet if row[key] and row[key] != "row_key"}
    if len(held) != len(rows):
        yield _finding(place, CHECK, f"{len(rows)} rows", str(len(held)))
    for row in rows:
        order, band = rules[row["row_key"]]
        _, _, given = second_arithmetic.computed(content, order, band, Fraction(row["weight_kg"]))
        twin = held.get((row["row_key"], row["weight_kg"]))
        spot = f"{row['row_key']} at {row['weight_kg']} kg"
        if twin is None:
            yield _finding(place, spot, "a row", "none")
            continue
        for what, column in (("hidden dose", ours), ("formula", formula)):
            wanted = second_arithmetic.plain(given) or "STOP"
            if twin[column] != wanted:
                yield _finding(place, f"{spot}, {what}", wanted, twin[column])
        told = second_arithmetic.numbers_of(content, order, band, Fraction(row["weight_kg"]))
        for number in sorted(set(_NUMBER.findall(twin[words].replace(",", ""))) - told):
            yield _finding(place, f"{spot}, Formula", "numbers of this dose only", number)


def _fhir(folder: Path, content: Mapping[str, Any], edition: Edition) -> Iterator[Finding]:
    """Each drug's structured dose; every number of the CQL."""
    files = {path.name: path.read_bytes() for path in (folder / "fhir").iterdir()}
    for key, order, band in second_arithmetic.dosed(content):
        name = f"ActivityDefinition-{content['id']}-{key}.json"
        said = _of_activity(tables.json_form(files[name]))
        wanted = second_arithmetic.wanted(content, order, band)
        known = {field: text for field, text in wanted.items() if field in said}
        yield from _differences(f"{FOLDER}/fhir/{name}", key, known, said)
    for name, text in files.items():
        if name.endswith(".cql"):
            yield from _cql(f"{FOLDER}/fhir/{name}", text.decode(), content, edition)


def _of_activity(form: Mapping[str, Any]) -> Row:
    """The fields of an ActivityDefinition under the names of the worksheet's columns.

    Without a timing a duration stands in words alone: no number of FHIR says how often.
    """
    (dosage,) = form["dosage"]
    (rate,) = dosage["doseAndRate"]
    dose, most = rate["doseQuantity"], dosage.get("maxDosePerAdministration", {})
    duration = dosage.get("timing", {}).get("repeat", {}).get("boundsDuration", {})
    lasts = {
        "duration_value": f"{duration['value']:f}" if duration else "",
        "duration_unit": duration.get("code", ""),
    } if "timing" in dosage else {}  # fmt: skip
    return {
        "dose_value": f"{dose['value']:f}", "dose_unit_ucum": dose["code"],
        "max_single_dose_value": f"{most['value']:f}" if most else "",
        "max_single_dose_unit": most.get("code", ""),
        "priority": form.get("priority", ""), **lasts,
    }  # fmt: skip


def _cql(place: str, text: str, content: Mapping[str, Any], edition: Edition) -> Iterator[Finding]:
    said = dict(re.findall(r"^define ([A-Za-z0-9]+): ([0-9.]+)$", text, re.MULTILINE))
    limits = edition.weights.without_age
    wanted = {"WeightLowestKg": f"{limits.hard_low.number:f}",
              "WeightHighestKg": f"{limits.hard_high.number:f}"}  # fmt: skip
    for key, order, band in second_arithmetic.dosed(content):
        if not (
            second_arithmetic.per_weight(band)
            or any(band.get(bound) for bound in second_arithmetic.BOUNDS)
        ):
            continue
        stem = "".join(word[:1].upper() + word[1:] for word in key.split("-"))
        basis = "BasisMgPerKg" if second_arithmetic.per_weight(band) else "BasisMg"
        wanted[f"{stem}{basis}"] = second_arithmetic.plain(second_arithmetic.mg(band["amount"]))
        for bound, name in second_arithmetic.BOUNDS.items():
            if band.get(bound):
                wanted[f"{stem}{name}"] = band[bound].removesuffix(" kg")
        masses = {"MaximumMg": second_arithmetic.settled(content, order["maximum"]),
                  "StopAboveMg": (order.get("stop_above") or {}).get("value"),
                  "StepMg": second_arithmetic.settled(content, order["rounding"])}  # fmt: skip
        wanted |= {
            f"{stem}{name}": second_arithmetic.plain(second_arithmetic.mg(mass))
            for name, mass in masses.items()
            if mass
        }
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
