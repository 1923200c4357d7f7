"""Which modules of this program make a document, and the fingerprint of what each of them does.

Why not a list of file names: what a module imports says it already, also within a function.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import anedocs

_PACKAGE = "anedocs"


@cache
def modules(first: str) -> frozenset[str]:
    """The full names of a module of ours and of all of ours that it imports, at any depth."""
    found, waiting = set[str](), [first]
    while waiting:
        name = waiting.pop()
        if name not in found and path_of(name) is not None:
            found.add(name)
            waiting += _imported(name)
    return frozenset(found)


@cache
def path_of(name: str) -> Path | None:
    """The file of a module of ours; None where the name is no module of ours."""
    root, *steps = name.split(".")
    if root != _PACKAGE:
        return None
    place = Path(anedocs.__file__).parent.joinpath(*steps)
    files = (place.with_suffix(".py"), place / "__init__.py") if steps else (place / "__init__.py",)
    return next((path for path in files if path.is_file()), None)


@cache
def fingerprint(name: str) -> str:
    """The sha256 of a module without what only people read.

    Why: a sentence that explains the code better makes no document out of date.
    """
    return hashlib.sha256("\n".join(_code(_source(name))).encode()).hexdigest()


def _code(text: str) -> Iterator[str]:
    """The lines of a module without docstrings, lines of comment and empty lines."""
    told, within = set[int](), set[int]()
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Expr(ast.Constant(str())):
                told.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
            case ast.Constant(str()) | ast.JoinedStr():
                within.update(range(node.lineno + 1, (node.end_lineno or node.lineno) + 1))
    for number, line in enumerate(text.splitlines(), start=1):
        comment = line.lstrip().startswith("#") and number not in within
        if number not in told and not comment and line.strip():
            yield line


def _imported(name: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(_source(name))):
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom(module=str() as module):
                yield module
                yield from (f"{module}.{alias.name}" for alias in node.names)


def _source(name: str) -> str:
    path = path_of(name)
    assert path is not None, f"{name} is a module of ours"
    return path.read_text("utf-8")
