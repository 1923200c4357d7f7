"""Templates as files: read, filled, and what is told of one that is broken.

The last folder holds what came with anedocs.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from numbers import Number
from pathlib import Path
from string import Template
from typing import Any, NoReturn

from anedocs.core.problems import ContentError, Place, Problem, short


def find(folders: Sequence[Path], name: str) -> Path:
    """The template of that name; a home's comes first."""
    return next(folder / name for folder in folders if (folder / name).is_file())


def text(path: Path) -> str:
    """The text of a template; raises ContentError where it cannot be read."""
    try:
        return path.read_text("utf-8")
    except OSError as error:
        broken(path, 1, f"the template cannot be read ({error.strerror})")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        broken(path, line, "the template is not UTF-8")


def toml(folders: Sequence[Path], name: str) -> Mapping[str, Any]:
    """The values of a template of looks; raises ContentError where they have another form."""
    path, shipped = find(folders, name), folders[-1] / name
    try:
        values = tomllib.loads(text(path))
    except tomllib.TOMLDecodeError as error:
        where = str(error).rpartition("(at line ")[2].partition(",")[0]
        broken(path, int(where) if where.isdigit() else 1, "this is not TOML")
    if path != shipped:
        wanted = tomllib.loads(text(shipped))
        fault = _fits(values, wanted, set(_keys(wanted)))
        if fault:
            broken(path, 1, fault, f"Compare it with the one that came with anedocs: '{shipped}'")
    return values


def filled(folders: Sequence[Path], template: str, /, **values: str) -> str:
    """A template with its `$names` filled in; raises ContentError for a name that is not known."""
    path = find(folders, template)
    form = Template(text(path))
    try:
        return form.substitute(values)
    except (KeyError, ValueError):
        for match in form.pattern.finditer(form.template):
            said = match["named"] or match["braced"]
            if match["invalid"] is not None or (said is not None and said not in values):
                line = form.template.count("\n", 0, match.start()) + 1
                mend = f"Known here: {', '.join(sorted(values))}; write $$ for a dollar sign"
                broken(path, line, f"'{short(match[0])}' is no name that can be filled in", mend)
        raise


def broken(path: Path, line: int, what: str, mend: str = "") -> NoReturn:
    """Raise ContentError with the place in a template."""
    mend = mend or "Correct it, or remove it: then the template that came with anedocs is used"
    raise ContentError([Problem(Place(str(path), line), what, "what is made from it", mend)])


def _fits(own: Mapping[str, Any], shipped: Mapping[str, Any], known: Collection[str]) -> str:
    """What keeps a hospital's values from being used in place of the shipped ones, or nothing."""
    for key in own:
        if key not in known:
            return f"'{short(key)}' is not known here"
    for key, wanted in shipped.items():
        given = own.get(key)
        if given is None:
            return f"'{key}' is missing"
        if _kind(given) is not _kind(wanted):
            return f"'{key}' has another kind of value than it needs"
        inner = _fits(given, wanted, known) if isinstance(wanted, dict) else ""
        if inner:
            return f"{inner} (in '{key}')" if "(in" not in inner else inner
    return ""


def _kind(value: object) -> type:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return Number if number else type(value)


def _keys(values: Mapping[str, Any]) -> Iterator[str]:
    for key, value in values.items():
        yield key
        if isinstance(value, dict):
            yield from _keys(value)
