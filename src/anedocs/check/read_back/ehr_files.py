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

from anedocs.check.read_back import import_notes, spans
from anedocs.check.read_back import workbook as sheet_reading
from anedocs.check.read_back.spans import Page, Span
from anedocs.check.read_back.workbook import CHECK, DOSES, ORDERS, PEOPLE
from anedocs.check.readers import tables
from anedocs.check.readers.tables import Row
from anedocs.documents.kind import ReadAs

__all__ = ["CHECK", "DOSES", "ORDERS", "fold", "of_order", "read"]

Blocks = dict[str, str]

#: Elements of FHIR that hold a sentence; the others are codes, addresses, names, numbers.
_SENTENCES = frozenset({"text", "title", "description", "textEquivalent", "usage", "citation"})
#: What a row rests on, and no statement of the row itself: a fact is not shown by standing there.
_EVIDENCE = frozenset({"evidence_quote", "evidence_refs", "evidence_section"})
_SIGNS = str.maketrans({"“": '"', "”": '"', "’": "'", "×": "x", "–": "-", "−": "-", "…": "..."})


def fold(text: str) -> str:
    """A text without signs that a table for software cannot hold."""
    spread = unicodedata.normalize("NFKD", text.translate(_SIGNS))
    return "".join(one for one in spread if not unicodedata.combining(one))


def read(name: str, content: bytes, read_as: ReadAs) -> tuple[tuple[Page, ...], Blocks]:
    """Pages of text for people, and blocks by row key. Raises ValueError for a broken file."""
    match read_as:
        case ReadAs.FHIR:
            return _fhir(tables.json_form(content))
        case ReadAs.CQL:
            return (tuple(_cql_spans(content.decode("utf-8"))),), {}
        case ReadAs.NOTES:
            return (import_notes.spans(content.decode("utf-8")),), {}
        case ReadAs.PACKAGE if name.endswith(".json"):
            return (tuple(spans.apart(tables.json_texts(tables.json_form(content)))),), {}
        case ReadAs.PACKAGE:
            return (), {}
    if name.endswith(".xlsx"):
        sheets = tables.sheets(content)
        rows = tables.table(sheets[ORDERS], "row_key") if ORDERS in sheets else []
        people = list(_people(rows))
        pages = tuple(sheet_reading.spans(title, rows, people) for title, rows in sheets.items())
        return pages, _row_blocks(rows)
    rows = tables.csv_rows(content)
    if read_as is ReadAs.DOSES:  # doses are compared as arithmetic, not as texts
        editions = dict.fromkeys(row["edition"] for row in rows)
        return (tuple(spans.apart(editions)),) if editions else (), {}
    return (tuple(spans.apart(_people(rows))),), _row_blocks(rows)


def _cql_spans(text: str) -> Iterator[Span]:
    """What people read of a CQL file: its heading, and the sentences that go on an order.

    The comments below the heading are for programmers, and the template's own.
    """
    heading, using, _ = text.partition("\nusing ")
    for line in heading.splitlines() if using else ():
        if line.startswith("//"):
            yield Span(line.removeprefix("//").strip())
    yield from (Span(one) for one in re.findall(r"'([^'\n]*)'", text) if " " in one)


def _people(rows: Iterable[Row]) -> Iterator[str]:
    return (text for row in rows for name, text in row.items() if name in PEOPLE and text)


def _row_blocks(rows: Iterable[Row]) -> Blocks:
    blocks: Blocks = {}
    for row in rows:
        told = ((name, text) for name, text in row.items() if text and name not in _EVIDENCE)
        text = "\n".join(f"{name} {text}" for name, text in told)
        key = row.get("row_key", "")
        blocks[key] = f"{blocks.get(key, '')}\n{text}"
    return blocks


def _fhir(bundle: Mapping[str, Any]) -> tuple[tuple[Page, ...], Blocks]:
    """A page for each resource; a block for each action and each definition, by its key."""
    pages: list[Page] = []
    blocks: Blocks = {}
    for part in bundle["entry"]:
        resource = part["resource"]
        narrative = html.unescape(re.sub(r"<[^>]*>", "\n", resource["text"]["div"]))
        pages.append(tuple(spans.apart([*_elements(resource), *narrative.splitlines()])))
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
                if name in _SENTENCES:
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
