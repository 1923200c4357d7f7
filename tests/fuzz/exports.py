"""The target of reconcile: an export in which a dose was changed never makes no difference."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cache
from pathlib import Path
from random import Random

import mutate_table
import program
from program import Find

import cases
from cases import Case, Target

_EXPORTS = {
    "worksheet": (cases.TESTS.parent / "output" / "ehr" / "order-set-build.csv", "row_key"),
    "analyst-export": (cases.TESTS / "cases" / "analyst-export.csv", "component"),
}
#: The cells that make a dose, with those of their units; the unit of a weight is its column.
_DOSES = {
    "worksheet": (
        ("dose_value", "dose_unit_ucum"), ("max_single_dose_value", "max_single_dose_unit"),
        ("min_weight_kg_inclusive", ""), ("max_weight_kg_exclusive", ""),
        ("duration_value", "duration_unit"), ("freq_n", ""),
    ),
    "analyst-export": (
        ("strength_dose", "strength_dose_unit"), ("volume_dose", "volume_dose_unit"),
        ("duration", "duration_unit"),
    ),
}  # fmt: skip
_BLANK = {"", "not stated", "not set", "not_stated", "n/a", "none", "-"}
_SAME_UNIT = {
    name: unit
    for unit, names in {
        "mg": "milligram milligrams", "g": "gram grams", "ug": "mcg microgram",
        "mg/kg": "milligram/kg", "g/kg": "gram/kg", "ug/kg": "mcg/kg microgram/kg",
        "d": "day days day(s)", "week": "wk weeks", "hour": "h hours hour(s)",
        "minute": "min minutes",
    }.items()
    for name in names.split()
}  # fmt: skip
_MASS = {"ug": Fraction(1, 1000), "mg": Fraction(1), "g": Fraction(1000), "kg": Fraction(1_000_000)}
_TIME = {"minute": 1, "hour": 60, "d": 1440, "week": 10080}


@cache
def _export(name: str) -> str:
    return _EXPORTS[name][0].read_text("utf-8-sig")


def _reconcile(random: Random) -> Case:
    name = random.choice(("worksheet", "worksheet", "analyst-export"))
    columns = [one for pair in _DOSES[name] for one in pair if one]
    columns += ["route", "frequency", "frequency_text", "special_instructions", _EXPORTS[name][1]]
    return Case(
        "reconcile",
        "",
        {"built.csv": mutate_table.of_table(random, _export(name), columns)},
        (name,),
    )


def _judge(case: Case, folder: Path) -> bool:
    (name,) = case.words
    answer = program.command(
        "reconcile", str(folder / "built.csv"), "--map", name, "--at", program.AT
    )
    program.check_message(answer.out)
    if answer.code == 2:
        raise Find("an export is called a slip of typing", answer.err[-300:])
    if answer.code != 0:
        return "difference" in answer.out
    changed = sorted(set(_changed(name, case.files["built.csv"])))
    if changed:
        raise Find("no difference, although a dose was changed", "; ".join(changed))
    return True


#: Where `_at` puts a row whose key was emptied.
_NO_KEY = " "


def _changed(name: str, content: bytes) -> Iterator[str]:
    """The cells of a dose that are not those of the order set, by an own reading of the file."""
    key = _EXPORTS[name][1]
    built, right = _rows(content, key), _rows(_export(name).encode(), key)
    assert right is not None
    if built is None:
        yield "the file cannot be read"
        return
    for at, row in right.items():
        if not any(row.get(column) for column, _ in _DOSES[name]):
            continue
        if at not in built:
            if _NO_KEY not in built:  # a row that lost its key is found by its name
                yield f"{at} is missing"
            continue
        for column, unit in _DOSES[name]:
            want, have = _said(row, column, unit), _said(built[at], column, unit)
            local = want == ("", "") and not column.endswith("dose") and column != "dose_value"
            if want != have and not local:
                # Where the order set leaves a maximum or a duration open, the site may fill it.
                yield f"{at}: {column} is {have}, and should be {want}"


def _rows(content: bytes, key: str) -> dict[str, dict[str, str]] | None:
    """The rows of an export by their key, however a spreadsheet wrote it."""
    for codec in ("utf-8-sig", "utf-32", "utf-16", "cp1252"):
        try:
            text = content.decode(codec)
        except UnicodeError:
            continue
        for sign in ",;\t|":
            try:
                rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=sign))
            except csv.Error:
                continue
            heads = [at for at, row in enumerate(rows) if key in map(_plain, row)]
            if heads:
                header = [_plain(cell) for cell in rows[heads[0]]]
                body = [dict(zip(header, row, strict=False)) for row in rows[heads[0] + 1 :]]
                return {_at(row, key): row for row in reversed(body)}
    return None


def _at(row: dict[str, str], key: str) -> str:
    """Which line a row is; lines of one name are numbered."""
    seen = "".join(sign for sign in row.get(key, "") if unicodedata.category(sign) != "Cf")
    return f"{_plain(seen)} {row.get('order_sentence_seq', '').strip()}"


def _plain(text: str) -> str:
    match = re.fullmatch(r'\s*="(.*)"\s*', text)
    words = (match[1] if match else text).replace("\ufeff", "").split()
    return " ".join(words).strip("\"'").casefold()


def _said(row: dict[str, str], column: str, unit: str) -> tuple[str, str]:
    """An amount as number and unit, so that equal amounts are equal."""
    number, name = _plain(row.get(column, "")), _plain(row.get(unit, "")) if unit else ""
    if number in _BLANK:
        return "", ""
    name = unicodedata.normalize("NFKC", name).replace("μ", "u")
    name = _SAME_UNIT.get(name, name)
    head, slash, rest = name.partition("/")
    try:
        value = Fraction(Decimal(number.replace(",", ""))) if number.isascii() else None
    except (InvalidOperation, ValueError, OverflowError):
        value = None
    if value is None:
        return f"unreadable {number!r}", name
    for kind, sizes in (("mass", _MASS), ("time", _TIME)):
        if head in sizes:
            return str(value * sizes[head]), f"{kind}{slash}{rest}"
    return str(value), name


TARGETS = {"reconcile": Target(_reconcile, _judge)}
