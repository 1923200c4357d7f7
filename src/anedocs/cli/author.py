"""The work behind `gaps`, `schema` and `new`: for those who write and revise order sets."""

from __future__ import annotations

import json
import re
import shlex
import sys
from datetime import date
from pathlib import Path

from anedocs.core.files import OutputError, write
from anedocs.core.problems import Usage
from anedocs.edition.gaps import as_text, gaps
from anedocs.edition.load import load
from anedocs.edition.locate import Locator, bundled
from anedocs.edition.names import BESIDE, ORDERSETS, SITE, WEIGHTS
from anedocs.edition.translated import translations
from anedocs.render import template_files
from anedocs.schema.model import OrderSet
from anedocs.schema.validate import json_schema

SCHEMA_FILE = "orderset.schema.json"


#: Beside the 64 characters of an id of FHIR: room for those of orders and sections.
LONGEST = 40
#: No file can be called so where an order set may be opened.
_OF_WINDOWS = r"con|prn|aux|nul|com[0-9]|lpt[0-9]"


def list_gaps(locator: Locator, name: str, today: date, plain: bool) -> str:
    """What is NOT SET, proposed, unanswered, unapproved or overdue, as text or JSON."""
    edition = load(locator, name, today)
    found = gaps(edition, translations(locator, edition))
    if not plain:
        rows = [{"kind": one.kind, "about": one.about, "says": one.says} for one in found]
        return json.dumps({"orderset": name, "gaps": rows}, indent=2, ensure_ascii=False)
    return as_text(found)


def schema() -> str:
    """The JSON Schema of an order set, for editors."""
    return json.dumps(json_schema(OrderSet), indent=2, ensure_ascii=False) + "\n"


def new(locator: Locator, name: str, today: date) -> str:
    """Write a starting order set into the home; returns its path. Nothing clinical is filled in."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*", name):
        raise Usage(
            f"{name!r} cannot be an id; use small letters and digits, and single hyphens between "
            f"them{_near(name)}"
        )
    if len(name) > LONGEST:
        raise Usage(
            f"{name!r} has {len(name)} characters; an id has {LONGEST} at most, so that the ids of "
            "its orders in the EHR package keep within what FHIR allows"
        )
    if name in (*BESIDE, "null") or re.fullmatch(_OF_WINDOWS, name):
        raise Usage(f"{name!r} has a meaning of its own here or on Windows; give another name")
    if locator.home is None:
        raise Usage("say where the new order set shall live: anedocs --home DIR new NAME")
    folder = locator.home / "ordersets"
    path = folder / f"{name}.yaml"
    if path.exists():
        raise OutputError(f"{path} exists already; nothing was changed")
    found = locator.find("templates", "new_orderset.yaml")
    if found is None:
        raise OutputError("the template new_orderset.yaml is missing from the templates")
    text = template_files.filled(
        locator.folders("templates"), "new_orderset.yaml",
        name=name, title=name.replace("-", " ").capitalize(), date=today.isoformat(),
        revision=f"{today.year}.1.0",
    )  # fmt: skip
    write(folder / SCHEMA_FILE, schema().encode(), private=False)
    for file in (SITE, WEIGHTS):  # a home has these of its own; the committee looks them over
        if not (folder / file).exists():
            shipped = bundled(ORDERSETS)[0] / file
            write(folder / file, shipped.read_bytes(), private=False)
    write(path, text.encode(), private=False)
    home = shlex.quote(str(locator.home))
    print(f"Next: anedocs --home {home} --orderset {name} sheet --blank", file=sys.stderr)
    return str(Path(path))


def _near(name: str) -> str:
    """The id that a name was probably meant to be, as a hint."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower().removesuffix(".yaml").removesuffix(".yml"))
    plain = plain.strip("-").lstrip("0123456789-")
    return f", as in '{plain}'" if plain else ""
