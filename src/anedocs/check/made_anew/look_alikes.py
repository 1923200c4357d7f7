"""Files in the output folder that look like finished documents and that no build makes.

A patient's sheet, notes, and what a desktop or an editor leaves there are none.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath

#: What desktops, editors and office programs leave beside a file.
_LEFT_BESIDE = re.compile(r"\..*|~\$.*|.*~|#.*#|thumbs\.db|desktop\.ini|icon\r?", re.IGNORECASE)
#: A sheet as `anedocs sheet` names it: with a weight, or blank with its time.
_SHEET = r"-sheet-(?:[0-9.]+kg|blank)-[0-9]{8}T?[0-9]*"


def look_alikes(folder: Path, expected: Collection[str], orderset: str) -> Iterator[str]:
    """The names of files that a reader, or an EHR, would take for documents of the build."""
    for path in sorted(_files(folder)):
        name = path.relative_to(folder).as_posix()
        if name not in expected and _looks_alike(PurePosixPath(name), expected, orderset):
            yield name


def _files(folder: Path) -> Iterator[Path]:
    """Every file at the top and in the folder `ehr`; links to folders are not entered."""
    for place, folders, files in os.walk(folder):
        if Path(place) == folder:
            folders[:] = [one for one in folders if one == "ehr"]
        yield from (Path(place) / one for one in files)


def _looks_alike(path: PurePosixPath, expected: Collection[str], orderset: str) -> bool:
    if any(_LEFT_BESIDE.fullmatch(part) for part in path.parts):
        return False
    name = path.name.casefold()
    if len(path.parts) > 1:
        # An EHR loads a whole folder; beside the folder for it, notes may lie.
        beside = [one.rpartition("/")[2].casefold() for one in expected if one.startswith("ehr/")]
        endings = {one[one.rfind(".") :] for one in beside}
        stems = tuple(one.partition(".")[0] for one in beside)
        return len(path.parts) > 2 or path.suffix.casefold() in endings or name.startswith(stems)
    if re.match(re.escape(orderset) + _SHEET, path.name):
        return False
    kinds = {one.removeprefix(f"{orderset}-").partition(".")[0].partition("-")[0]
             for one in expected if one.startswith(f"{orderset}-")}  # fmt: skip
    words = "|".join(map(re.escape, sorted(kinds)))
    return bool(re.search(rf"(?<![a-z0-9]){re.escape(orderset)}[-_ ](?:{words})", name)
                or re.match(r"manifest.*\.json", name))  # fmt: skip
