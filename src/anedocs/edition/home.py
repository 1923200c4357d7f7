"""What lies in a hospital's home: all that looks like a part of its edition must be one.

Why: a file that is passed over is a decision of the hospital that nobody sees, be it a dose, a
telephone number or a withdrawal. What editors, systems and people leave beside it is no such file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from anedocs.core.problems import ContentError, Place, Problem
from anedocs.edition.misnamed import backup_of, meant, near_folder, near_template, tells_of_yaml
from anedocs.edition.names import (
    BESIDE,
    MAPS,
    ORDERSETS,
    SITE,
    TEMPLATES,
    WEIGHTS,
    belongs_to,
    is_known,
    is_map,
    is_orderset,
)

#: Endings of texts that somebody may have taken for the right one.
_TEXTS = (
    "",
    ".approval",
    ".previous",
    ".txt",
    ".text",
    ".json",
    ".csv",
    ".tsv",
    ".xls",
    ".xlsx",
    ".toml",
)


def check(home: Path, folder: str, bundled: Collection[str]) -> None:
    """Check all that lies in a home and in that folder of it; `bundled` came with anedocs.

    Raises ContentError with all that is not understood; a home that is yet to be made has nothing.
    """
    if not home.exists() and not home.is_symlink() and folder != ORDERSETS:
        return
    try:
        found = [*_root(home, folder)]
        inside = home / folder
        if not found and inside.is_dir():
            found += _ordersets(inside) if folder == ORDERSETS else _templates(inside, bundled)
    except OSError as error:
        place = Path(error.filename or home)
        found = [_odd(place, f"this cannot be read ({error.strerror})",
                      "Is the drive connected, and may you read it?")]  # fmt: skip
    if found:
        raise ContentError(found)


def _root(home: Path, folder: str) -> Iterator[Problem]:
    names = _names(home)
    for name in names:
        wanted = near_folder(name, (ORDERSETS, TEMPLATES))
        if name in (ORDERSETS, TEMPLATES):
            if not (home / name).is_dir():
                yield _odd(home / name, "this is no folder, or a link to one that is not there",
                           "Is the drive connected? Otherwise put the folder there")  # fmt: skip
        elif wanted and (home / name).is_dir():
            yield _odd(home / name, f"a home has a folder '{wanted}', and this one is like it",
                       f"Name it '{wanted}', or put it into another folder")  # fmt: skip
    if folder != ORDERSETS:
        return
    if ORDERSETS not in names:
        yield _odd(home, f"this home has no folder '{ORDERSETS}'", _where(home, names))
    if not (home / ORDERSETS).is_dir():
        return
    ids = [*BESIDE, *(Path(name).stem for name in _names(home / ORDERSETS) if is_orderset(name))]
    for name in names:
        first = meant(name).partition(".")[0]
        if first in ids and _is_like_one(name, ids) and not backup_of(name):
            yield _odd(home / name, f"this file belongs into the folder '{ORDERSETS}'",
                       "Put it there, or into another folder if it is not to be used")  # fmt: skip


def _where(home: Path, names: list[str]) -> str:
    """What was probably meant by a home that is none."""
    if not names:
        return "It is empty: is the drive connected?"
    if any(is_orderset(name) or name in (WEIGHTS, SITE) for name in names):
        return f"Name the folder above it: --home '{home.resolve().parent}'"
    inner = [name for name in names if (home / name / ORDERSETS).is_dir()]
    if inner:
        return f"Name a folder within it: --home '{home / inner[0]}'"
    return f"Name a folder that holds '{ORDERSETS}'; 'anedocs new' makes one"


def _ordersets(folder: Path) -> Iterator[Problem]:
    names = _names(folder)
    ids = [Path(name).stem for name in names if is_orderset(name)]
    nearly = [meant(backup_of(name) or name) for name in names if not is_orderset(name)]
    for name in names:
        path, owner = folder / name, belongs_to(name)
        if is_known(name):
            yield from _plain_file(path)
            if owner and owner not in ids and f"{owner}.yaml" not in nearly:
                yield _odd(path, f"there is no order set '{owner}' here to which this belongs",
                           f"Give it the name of its order set ({', '.join(ids) or 'none'}), or "
                           "put it into another folder")  # fmt: skip
        elif near_folder(name, (ORDERSETS, TEMPLATES)) and path.is_dir():
            yield _odd(path, "this folder lies one level too deep", "Put its files one level up")
        elif _is_like_one(name, (*ids, *BESIDE)) and not _harmless(name, names):
            yield _odd(path, "this looks like a part of an order set and has not its name",
                       _rename(name, names))  # fmt: skip


def _templates(folder: Path, bundled: Collection[str]) -> Iterator[Problem]:
    names = _names(folder)
    for name in names:
        path = folder / name
        if name in bundled:
            yield from _plain_file(path)
        elif name != MAPS and near_folder(name, (MAPS,)) and path.is_dir():
            yield _odd(path, f"the folder for maps is named '{MAPS}'", f"Name it '{MAPS}'")
        elif not _harmless(name, names) and (
            wanted := near_template(backup_of(name) or name, bundled)
        ):
            yield _odd(path, f"this looks like the template '{wanted}' and has not its name",
                       f"Name it '{wanted}', or put it into another folder")  # fmt: skip
    for name in _names(folder / MAPS) if (folder / MAPS).is_dir() else []:
        if is_map(name):
            yield from _plain_file(folder / MAPS / name)
        elif tells_of_yaml(name) and not _harmless(name, _names(folder / MAPS)):
            yield _odd(folder / MAPS / name, "this looks like a map and has not the name of one",
                       "Name it with letters, digits and '.yaml' at the end")  # fmt: skip


def _is_like_one(name: str, ids: Iterable[str]) -> bool:
    """Whether a name may be meant for a part of an edition."""
    shown = backup_of(name) or name
    stem, *rest = meant(shown).split(".")
    known = stem in ids
    ending = Path(meant(shown)).suffix if rest else ""
    record = known and rest and rest[0] in ("approval", "previous", "leaflet")
    return tells_of_yaml(shown) or (
        known and ending in _TEXTS and (not rest or bool(record) or len(rest) == 1)
    )


def _harmless(name: str, names: Collection[str]) -> bool:
    """What editors and systems leave beside a file; a copy without its file is not harmless."""
    original = backup_of(name)
    if original is not None:
        return original in names
    return name.startswith(".") and not is_known(name.lstrip("."))


def _plain_file(path: Path) -> Iterator[Problem]:
    if not path.is_file():
        yield _odd(path, "this is no file, or a link to one that is not there",
                   "Is the drive connected? Otherwise put the file there")  # fmt: skip


def _rename(name: str, names: Collection[str]) -> str:
    wanted = meant(backup_of(name) or name)
    if not is_known(wanted):
        return "Name it ID.yaml, ID.approval.yaml, ID.leaflet.LANGUAGE.yaml or ID.previous.csv, " \
               "or put it into another folder"  # fmt: skip
    if wanted in names:
        return f"'{wanted}' is here too: keep one, and put the other into another folder"
    return f"Name it '{wanted}', or put it into another folder if it is not to be used"


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _odd(path: Path, what: str, mend: str) -> Problem:
    return Problem(Place(str(path)), what, "every document; nothing is made", mend)
