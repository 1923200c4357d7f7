"""Finished tables and JSON read back: CSV, workbooks and FHIR; the only openpyxl.

Shares no code with the writers. Why: a check that asks the writer what it wrote proves nothing.
"""

from __future__ import annotations

import csv
import io
import json
import warnings
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from anedocs.check.readers import packed

Row = dict[str, str]


def csv_rows(content: bytes) -> list[Row]:
    """The rows of a CSV file. Raises ValueError where it cannot be read."""
    text = content.decode("utf-8-sig")
    try:
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
    except csv.Error as error:
        raise ValueError(str(error)) from None
    if any(None in row or None in row.values() for row in rows):
        raise ValueError("a row has more or fewer cells than the header")
    return rows


def sheets(content: bytes) -> dict[str, list[list[str]]]:
    """Every sheet of a workbook as rows of texts, with the values as last computed.

    A number is written as its shortest decimal. Raises ValueError where it cannot be read, or holds
    more than a workbook of ours can.
    """
    import openpyxl

    for name, part in packed.parts(content).items():
        far = packed.far_away(part) if name.startswith("xl/worksheets/") else None
        if far:
            raise ValueError(f"this is not a workbook that can be read: it reaches to cell {far}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of extensions that the reader does not know
            book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    except Exception as error:  # a damaged workbook breaks the library in ways without number
        raise ValueError(f"this is not a workbook that can be read: {error}") from error
    return {
        sheet.title: [[_cell(value) for value in row] for row in sheet.iter_rows(values_only=True)]
        for sheet in book.worksheets
    }


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        text = f"{Decimal(repr(value)):f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value)


def table(rows: list[list[str]], key: str) -> list[Row]:
    """The rows under the header that holds `key`, each by its column names.

    Raises ValueError where no row is such a header.
    """
    for number, row in enumerate(rows):
        if key in row:
            return [
                {name: text for name, text in zip(row, cells, strict=False) if name}
                for cells in rows[number + 1 :]
                if any(cells)
            ]
    raise ValueError(f"no row of the sheet has a column '{key}'")


def json_form(content: bytes) -> Any:
    """A JSON file with exact decimals. Raises ValueError where it cannot be read."""
    return json.loads(content, parse_float=Decimal, parse_int=Decimal)


def json_texts(node: Any, name: str = "") -> Iterator[str]:
    """Every value of a form as 'name value', in its order."""
    if isinstance(node, Mapping):
        for key, member in node.items():
            yield from json_texts(member, key)
    elif isinstance(node, list):
        for member in node:
            yield from json_texts(member, name)
    elif node is not None:
        yield f"{name} {node:f}" if isinstance(node, Decimal) else f"{name} {node}"
