"""The work behind `reconcile`: for those who build the order set in an EHR and test it."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path

from anedocs.core.problems import Usage
from anedocs.edition.load import load
from anedocs.edition.locate import Locator


def reconcile(
    locator: Locator, name: str, today: date, export: Path, map_name: str, as_json: bool
) -> tuple[str, int]:
    """What was built in the EHR, against the order set: the report, and 1 where they differ.

    Raises ContentError for the order set, the map and the export, Usage where one of the
    files is not there.
    """
    from anedocs.core import text_file
    from anedocs.core.characters import is_hidden
    from anedocs.documents.ehr.export import default_base
    from anedocs.documents.worksheet import worksheet
    from anedocs.reconcile import map as reconcile_map
    from anedocs.reconcile import report as reconcile_report
    from anedocs.reconcile.compare import of_file

    edition = load(locator, name, today)
    try:
        loaded = reconcile_map.load(locator, map_name)
    except reconcile_map.UnknownMap as error:
        raise Usage(str(error)) from None
    except OSError as error:
        raise Usage(f"the map {map_name} cannot be read: {error.strerror}") from None
    try:
        with export.open("rb") as file:
            raw = file.read(text_file.LARGEST + 1)
    except OSError as error:
        raise Usage(f"{export} cannot be read: {error.strerror}") from None
    lines = worksheet.rows(edition, default_base(edition), False)
    found = of_file(edition, lines, raw, str(export), loaded)
    code = 1 if found.differences else 0
    if not as_json:
        return reconcile_report.as_text(found), code
    if edition.status.mark:
        revision = edition.orderset.revision
        print(f"Warning: {name} {revision}: {edition.status.mark}.", file=sys.stderr)
    told = reconcile_report.as_json(found)
    text = json.dumps(told, indent=2, ensure_ascii=False)
    # An escape is the same to a program, and shows a person that something stands there.
    return "".join(json.dumps(sign)[1:-1] if is_hidden(sign) else sign for sign in text), code
