"""The JSON Schema by which an editor completes and checks a file that a part describes.

The sentence of a class and the one under each of its fields become the editor's help.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from anedocs.schema.forms import Form, Keyed, Leaf, OrNone, Several
from anedocs.schema.parts import REQUIRED, OneOf, Part, PartForm, part_form

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(kind: type[Part]) -> dict[str, Any]:
    """The JSON Schema of a file of this kind."""
    whole = part_form(kind)
    parts = _named(whole)
    refs = {form: f"#/$defs/{name}" for name, form in parts.items()}
    tables = {name: _table(form, refs) for name, form in parts.items() if form is not whole}
    return {"$schema": _DIALECT, **_table(whole, refs), "$defs": tables}


def _named(whole: PartForm) -> dict[str, PartForm]:
    """Every part within, by a name of its own: one with an open type has several forms."""
    found: dict[str, PartForm] = {}
    waiting: list[Form] = [whole]
    while waiting:
        form = waiting.pop()
        if isinstance(form, PartForm) and form not in found.values():
            again = sum(one.kind is form.kind for one in found.values())
            found[f"{form.kind.__name__}{again + 1 if again else ''}"] = form
            waiting += [field.form for field in form.fields.values()]
        waiting += _within(form)
    return dict(sorted(found.items()))


def _within(form: Form) -> list[Form]:
    match form:
        case OrNone() | Several():
            return [form.form]
        case Keyed():
            return [form.values]
        case OneOf():
            return list(form.forms)
    return []


def _table(form: PartForm, refs: dict[PartForm, str]) -> dict[str, Any]:
    helps = dict(_helps(form.kind))
    keys = {}
    for key, field in form.fields.items():
        keys[key] = {"title": key.replace("_", " ").title(), **_schema(field.form, refs)}
        if field.default is not REQUIRED:
            keys[key]["default"] = [] if field.default == () else field.default
        if field.name in helps:
            keys[key]["description"] = helps[field.name]
    return {
        "title": form.kind.__name__,
        "description": inspect.getdoc(form.kind) or "",
        "type": "object",
        "properties": keys,
        "required": [key for key, field in form.fields.items() if field.default is REQUIRED],
        "additionalProperties": False,
    }


def _schema(form: Form, refs: dict[PartForm, str]) -> dict[str, Any]:
    match form:
        case OrNone(inner):
            return {"anyOf": [_schema(inner, refs), {"type": "null"}]}
        case Several(inner):
            return {"type": "array", "items": _schema(inner, refs)}
        case Keyed(keys, values):
            names, inside = _schema(keys, refs), _schema(values, refs)
            return {"type": "object", "propertyNames": names, "additionalProperties": inside}
        case OneOf():
            return {"oneOf": [{"$ref": refs[one]} for one in form.forms]}
        case PartForm():
            return {"$ref": refs[form]}
    assert isinstance(form, Leaf), form
    return form.schema()


def _helps(kind: type[Part]) -> Iterator[tuple[str, str]]:
    """The fields of a class, each with the string that stands right under it in the source."""
    for owner in reversed(kind.__mro__):
        if owner is Part or not issubclass(owner, Part):
            continue
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(owner))).body
        assert isinstance(tree, ast.ClassDef)
        for field, under in pairwise(tree.body):
            match field, under:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(ast.Constant(str() as text)):
                    yield name, text
