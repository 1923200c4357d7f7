"""How the folders and files of an edition are named."""

from __future__ import annotations

import re
from pathlib import Path

ORDERSETS, TEMPLATES, MAPS = "ordersets", "templates", "maps"
#: Files that stand beside every order set, in the same folder.
WEIGHTS, SITE = "weight-for-age.yaml", "site.yaml"
BESIDE = tuple(Path(file).stem for file in (SITE, WEIGHTS))

_ID = r"[a-z][a-z0-9-]{0,47}"
_ORDERSET = re.compile(rf"({_ID})\.yaml")
_OF_AN_ORDERSET = re.compile(
    rf"({_ID})\.(?:approval\.yaml|leaflet\.[a-z]{{2,3}}(?:-[A-Za-z0-9]{{2,8}})*\.yaml|previous\.csv)"
)
_MAP = re.compile(r"[A-Za-z0-9_-]+\.yaml")
_TEMPLATE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.(?:html|css|jinja|toml|md|cql|svg|yaml)")


def approval_file(orderset: str) -> str:
    """The file that says who approved an order set; one that nobody approved has none."""
    return f"{orderset}.approval.yaml"


def is_orderset(name: str) -> bool:
    """Whether a file of that name is an order set."""
    return bool(_ORDERSET.fullmatch(name)) and Path(name).stem not in BESIDE


def is_map(name: str) -> bool:
    """Whether a file of that name is a map for `reconcile`."""
    return bool(_MAP.fullmatch(name))


def belongs_to(name: str) -> str | None:
    """The order set to which an approval, a translation or a previous worksheet belongs."""
    found = _OF_AN_ORDERSET.fullmatch(name)
    return found[1] if found else None


def is_known(name: str) -> bool:
    """Whether a file of that name has a meaning in the folder of order sets."""
    return bool(_ORDERSET.fullmatch(name)) or belongs_to(name) is not None


def templates_in(folder: Path) -> list[Path]:
    """The templates of a folder, and nothing else that lies in it."""
    fitting = (path for path in folder.iterdir() if _TEMPLATE.fullmatch(path.name))
    return sorted(path for path in fitting if path.is_file())
