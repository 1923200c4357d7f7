"""What in a folder of finished files was not made by us, and how it stays when that is replaced.

Two passes: links before the exchange, so that nothing is missed even for a moment; then, after it,
what no link can be made to (another user's file, a drive without hard links) is moved.
"""

from __future__ import annotations

import errno
import json
import os
import stat
from contextlib import suppress
from pathlib import Path

from anedocs.core import files
from anedocs.core.files import OutputError

#: What a manifest of each name lists; one of a web page, say, has no order set in it.
_MANIFESTS = {"MANIFEST.json": "the documents of a build", "manifest.json": "an EHR package"}


def made_here(folder: Path, orderset: str, manifest: str) -> set[str]:
    """The files in a folder that a manifest of this name says we made from that order set.

    Raises OutputError where it holds the documents of another order set, or those of the other
    kind: an EHR package never takes the place of a build, nor a build that of a package.
    """
    there = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    for other in there.intersection(_MANIFESTS) - {manifest}:
        if _listed(folder / other)[0]:
            raise OutputError(
                f"{folder} holds {_MANIFESTS[other]}, and {_MANIFESTS[manifest]} would take its "
                "place; give another folder with -o"
            )
    owner, listed = _listed(folder / manifest)
    if owner not in (None, orderset):
        raise OutputError(
            f"{folder} holds the documents of the order set '{owner}', and those of "
            f"'{orderset}' would take their place; give another folder with -o"
        )
    return {*listed, manifest} if owner else set()


def refuse_to_lose(folder: Path, made: set[str], ours: set[str]) -> None:
    """Raises OutputError where a new file would take the place of what we did not make."""
    for name in sorted(made):
        for part in (*reversed(Path(name).parents[:-1]), Path(name)):
            path = folder / part
            if path.is_symlink():
                raise OutputError(
                    f"{path} is a link, and a document would take its place; remove it, or make "
                    "the folder as a whole a link"
                )
        if name not in ours and os.path.lexists(path) and name not in _inner(folder, name):
            raise OutputError(
                f"{path} was not made by anedocs, and a document of this name would take its "
                "place; move it away, or give another folder with -o"
            )


def link(source: Path, target: Path, ours: set[str], under: str = "") -> None:
    """Link what is not ours into the new folder; raises OSError where it cannot be moved either."""
    for one in os.scandir(source):
        path, beside, name = Path(one.path), target / one.name, f"{under}{one.name}"
        if one.is_dir(follow_symlinks=False):
            if not one.name.startswith(files.PREFIX):
                _link_folder(path, beside, ours, f"{name}/")
        elif name not in ours and not os.path.lexists(beside):
            try:
                os.link(path, beside, follow_symlinks=False)
            except OSError:
                _can_be_moved(path)


def _link_folder(path: Path, beside: Path, ours: set[str], under: str) -> None:
    made = beside.exists()
    try:
        beside.mkdir(mode=0o700, exist_ok=True)
        link(path, beside, ours, under)
    except PermissionError as error:
        if error.filename != str(path) or made:
            raise
        beside.rmdir()
        _can_be_moved(path)
        return
    if not made and _ours_below(ours, under) and not any(beside.iterdir()):
        beside.rmdir()  # nothing but documents that are no longer made
    elif not made:
        files.alike(path.stat(), beside)


def move(source: Path, target: Path, ours: set[str], under: str = "") -> None:
    """Move what is not ours and not yet in the new folder; raises OSError."""
    for one in os.scandir(source):
        path, beside, name = Path(one.path), target / one.name, f"{under}{one.name}"
        if one.is_dir(follow_symlinks=False) and beside.is_dir():
            move(path, beside, ours, f"{name}/")
        elif one.is_dir(follow_symlinks=False) and _ours_below(ours, f"{name}/"):
            if any(theirs(path, ours, f"{name}/")):
                beside.mkdir()
                move(path, beside, ours, f"{name}/")
        elif name not in ours and not os.path.lexists(beside):
            path.rename(beside)


def theirs(source: Path, ours: set[str], under: str) -> list[Path]:
    """What in a folder or below is no file of ours."""
    return [
        path for path in source.rglob("*")
        if not path.is_dir() and f"{under}{path.relative_to(source).as_posix()}" not in ours
    ]  # fmt: skip


def _ours_below(ours: set[str], under: str) -> bool:
    return any(name.startswith(under) for name in ours)


def _can_be_moved(path: Path) -> None:
    """Raises PermissionError where the system would not let this user move it."""
    me, about, above = os.geteuid(), path.lstat(), path.parent.stat()
    theirs_alone = above.st_mode & stat.S_ISVTX and me not in (0, about.st_uid, above.st_uid)
    closed = path.is_dir() and not path.is_symlink() and not os.access(path, os.W_OK)
    if theirs_alone or closed or not os.access(path.parent, os.W_OK):
        raise PermissionError(
            errno.EACCES, "it belongs to another user and cannot be moved; ask for its removal "
            "or give another folder with -o", str(path),
        )  # fmt: skip


def _inner(folder: Path, name: str) -> set[str]:
    """What a manifest in the subfolder of a file lists, as seen from above: an EHR package."""
    first, _, rest = name.partition("/")
    if not rest:
        return set()
    lists = ((one, *_listed(folder / first / one)) for one in _MANIFESTS)
    return {f"{first}/{file}" for one, owner, listed in lists if owner for file in (*listed, one)}


def _listed(manifest: Path) -> tuple[str | None, set[str]]:
    """The order set of a manifest and the files in it; none where it is not one of ours."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        form = json.loads(manifest.read_text("utf-8"))
        return str(form["orderset"]), set(form["files"])
    return None, set()
