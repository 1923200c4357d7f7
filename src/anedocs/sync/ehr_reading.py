"""The files of the EHR package as they are read back: texts for people, and a block for each order.

A block holds 'field value' for each cell or element of an order's rows, so that a fact is looked
for beside its order and under its field.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from anedocs.sync import tables
from anedocs.sync.tables import Row

Blocks = dict[str, str]

#: What a file is, by its name in the package.
KINDS = {
    "order-set-build.csv": "ehr-csv", "order-set-build.xlsx": "ehr-xlsx",
    "dose-check.csv": "ehr-dose", "dose-check.xlsx": "ehr-dose",
    "bundle-collection.json": "ehr-fhir", "README-IMPORT.md": "ehr-readme",
}  # fmt: skip
ORDERS = "Orders"
#: Title, mark and edition stand above every sheet.
_EDITION_ROWS = 3
DOSES = "DoseCheck"
#: The sheet with formulas, in the workbook of the pharmacist.
CHECK = "Check"
#: Columns and elements that people read; the others are codes, addresses, numbers.
_PEOPLE = frozenset(
    {"section_title", "display_name", "synonyms", "frequency_text", "condition_text",
     "approval_required", "performed_by", "order_comments", "evidence_quote", "purpose", "formula",
     "band", "text", "title", "description", "textEquivalent", "usage", "citation"}
)  # fmt: skip
#: What a row rests on, and no statement of the row itself: a fact is not shown by standing there.
_EVIDENCE = frozenset({"evidence_quote", "evidence_refs", "evidence_section"})
_SIGNS = str.maketrans({"“": '"', "”": '"', "’": "'", "×": "x", "–": "-", "−": "-", "…": "..."})


def kind_of(name: str) -> str:
    """The kind of a file of the package, by the last part of its name."""
    return KINDS.get(name, "ehr-cql" if name.endswith(".cql") else "ehr-part")


def fold(text: str) -> str:
    """A text without signs that a table for software cannot hold."""
    spread = unicodedata.normalize("NFKD", text.translate(_SIGNS))
    return "".join(one for one in spread if not unicodedata.combining(one))


def read(name: str, content: bytes) -> tuple[tuple[str, ...], Blocks]:
    """Pages of text for people, and blocks by row key. Raises ValueError for a broken file."""
    kind = kind_of(name)
    if name.endswith(".csv"):
        rows = tables.csv_rows(content)
        if kind == "ehr-dose":  # doses are compared as arithmetic, not as texts
            return ("\n".join(dict.fromkeys(row["edition"] for row in rows)),), {}
        return (_people(rows),), _row_blocks(rows)
    if name.endswith(".xlsx"):
        sheets = tables.sheets(content)
        pages = tuple(_sheet_text(title, rows) for title, rows in sheets.items())
        rows = tables.table(sheets[ORDERS], "row_key") if ORDERS in sheets else []
        return pages, _row_blocks(rows)
    if kind == "ehr-fhir":
        return _fhir(tables.json_form(content))
    if name.endswith(".json"):
        return ("\n".join(tables.json_texts(tables.json_form(content))),), {}
    if name.endswith(".tgz"):
        return (), {}
    if kind == "ehr-cql":
        return (_cql_text(content.decode("utf-8")),), {}
    return (content.decode("utf-8"),), {}


def _cql_text(text: str) -> str:
    """What people read of a CQL file: its heading, and the sentences that go on an order."""
    heading = [line for line in text.splitlines()[:6] if line]
    return "\n".join([*heading, *(one for one in re.findall(r"'([^'\n]*)'", text) if " " in one)])


def _people(rows: Iterable[Row]) -> str:
    return "\n".join(
        text for row in rows for name, text in row.items() if name in _PEOPLE and text
    )


def _row_blocks(rows: Iterable[Row]) -> Blocks:
    blocks: Blocks = {}
    for row in rows:
        told = ((name, text) for name, text in row.items() if text and name not in _EVIDENCE)
        text = "\n".join(f"{name} {text}" for name, text in told)
        key = row.get("row_key", "")
        blocks[key] = f"{blocks.get(key, '')}\n{text}"
    return blocks


def _sheet_text(title: str, rows: list[list[str]]) -> str:
    """The cells of a sheet; of the tables for software, those that people read."""
    if title not in (ORDERS, DOSES, CHECK):
        return "\n".join(cell for row in rows for cell in row if cell)
    head = next((number for number, row in enumerate(rows) if "row_key" in row), None)
    if head is None:
        raise ValueError(f"sheet {title} has no column 'row_key'")
    # The rows between hold counts, and doses that are compared as arithmetic.
    above = [cell for row in rows[: min(head, _EDITION_ROWS)] for cell in row if cell]
    people = _people(tables.table(rows, "row_key")) if title == ORDERS else ""
    return "\n".join([*above, people])


def _fhir(bundle: Mapping[str, Any]) -> tuple[tuple[str, ...], Blocks]:
    """A page for each resource; a block for each action and each definition, by its key."""
    pages: list[str] = []
    blocks: Blocks = {}
    for part in bundle["entry"]:
        resource = part["resource"]
        narrative = html.unescape(re.sub(r"<[^>]*>", "\n", resource["text"]["div"]))
        pages.append("\n".join([*_elements(resource), narrative]))
        (identifier,) = resource["identifier"]
        key = identifier["value"]
        if resource["resourceType"] == "PlanDefinition":
            before = len(resource["id"]) - len(key)
            for name, action in _actions(resource):
                text = f"{blocks.get(name[before:], '')}\n{_own_text(action)}"
                blocks[name[before:]] = text
        told = "\n".join(tables.json_texts({**resource, "text": None, "action": None}))
        blocks[key] = f"{blocks.get(key, '')}\n{told}"
    return tuple(pages), blocks


def _elements(node: Any) -> Iterator[str]:
    """The texts that people read, with where a text of the order set is only quoted left out."""
    if isinstance(node, Mapping):
        for name, member in node.items():
            if isinstance(member, str):
                if name in _PEOPLE:
                    yield member
            elif name not in ("text", "content", "relatedArtifact", "coding"):
                yield from _elements(member)
    elif isinstance(node, list):
        for member in node:
            yield from _elements(member)


def _actions(node: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for action in node.get("action", ()):
        yield action["id"], action
        yield from _actions(action)


def _own_text(action: Mapping[str, Any]) -> str:
    return "\n".join(tables.json_texts({**action, "action": None, "documentation": None}))


def of_order(blocks: Mapping[str, str], name: str, names: Iterable[str]) -> str:
    """Everything in a file that belongs to one order: its own rows, its bands, its header.

    `names` are the ids of all orders. Why: 'mobility-pt' is an order, and no row of 'mobility'.
    """
    others = [other for other in names if other.startswith(f"{name}-")]
    return "\n".join(
        text
        for key, text in blocks.items()
        if (_stem(key) == name or _stem(key).startswith(f"{name}-"))
        and not any(_stem(key) == other or _stem(key).startswith(f"{other}-") for other in others)
    )


def _stem(key: str) -> str:
    return key.removeprefix("choice-")
