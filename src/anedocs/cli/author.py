"""The work behind `gaps`, `schema` and `new`: for those who write and revise order sets."""

from __future__ import annotations

import json
import re
import string
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from anedocs.cli.output import OutputError, write
from anedocs.orderset.gaps import KINDS, Gap, gaps
from anedocs.orderset.library import Library
from anedocs.orderset.model import OrderSet
from anedocs.orderset.shape import json_schema

SCHEMA_FILE = "orderset.schema.json"
_TITLES = {
    "overdue": "Overdue",
    "unapproved": "Not approved",
    "not set": "NOT SET",
    "proposed": "Proposed, waiting for the committee",
    "unanswered": "Open questions",
}


def list_gaps(books: Library, name: str, today: date, as_text: bool) -> str:
    """What is NOT SET, proposed, unanswered, unapproved or overdue, as text or JSON."""
    found = gaps(books.load(name, today))
    if not as_text:
        rows = [{"kind": one.kind, "about": one.about, "says": one.says} for one in found]
        return json.dumps({"orderset": name, "gaps": rows}, indent=2, ensure_ascii=False)
    return "\n\n".join(
        _listed(kind, [one for one in found if one.kind == kind])
        for kind in KINDS
        if any(one.kind == kind for one in found)
    )


def _listed(kind: str, found: Iterable[Gap]) -> str:
    lines = [f"{one.about}: {one.says}" for one in found]
    return "\n".join([f"{_TITLES[kind]} ({len(lines)})", *(f"  {line}" for line in lines)])


def schema() -> str:
    """The JSON Schema of an order set, for editors."""
    return json.dumps(json_schema(OrderSet), indent=2, ensure_ascii=False) + "\n"


def new(books: Library, name: str, today: date) -> str:
    """Write a starting order set into the home; returns its path. Nothing clinical is filled in."""
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,47}", name):
        raise ValueError(f"{name!r} cannot be an id; use small letters, digits and hyphens")
    if books.home is None:
        raise ValueError("say where the new order set shall live: anedocs --home DIR new NAME")
    folder = books.home / "ordersets"
    path = folder / f"{name}.yaml"
    if path.exists():
        raise OutputError(f"{path} exists already; nothing was changed")
    found = books.find("templates", "new_orderset.yaml")
    if found is None:
        raise OutputError("the template new_orderset.yaml is missing from the templates")
    text = string.Template(found[0].read_text("utf-8")).substitute(
        name=name, title=name.replace("-", " ").capitalize(), date=today.isoformat(),
        revision=f"{today.year}.1.0",
    )  # fmt: skip
    write(folder / SCHEMA_FILE, schema().encode())
    write(path, text.encode())
    return str(Path(path))
