"""What a file says, validated against the model by pydantic; and the model as a schema for editors.

Why every text goes through a form of ours: a dose is never turned into a number on the way, and a
fault is told in words for the committee.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError
from pydantic.json_schema import GenerateJsonSchema

from anedocs.core import characters
from anedocs.core.problems import Fault, did_you_mean, short
from anedocs.schema.parts import Part, Wrong, kinds, names, needed, shown

PartT = TypeVar("PartT", bound=Part)
#: What pydantic calls the place of a key, where the key itself is at fault.
_KEY = "[key]"


def build(kind: type[PartT], content: object) -> PartT | list[Fault]:
    """The part that the content describes, or every fault of the content."""
    try:
        part: PartT = _adapter(kind).validate_python(content)  # type: ignore[arg-type]
    except ValidationError as error:
        return [_fault(kind, one) for one in error.errors(include_url=False)]
    return part


def json_schema(kind: type[Part]) -> dict[str, Any]:
    """The JSON Schema of a file of this kind; docstrings become the editor's help."""
    made = _adapter(kind).json_schema(schema_generator=_EditorSchema)  # type: ignore[arg-type]
    return {"$schema": _EditorSchema.schema_dialect, **made}


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _fault(kind: type[Part], error: Mapping[str, Any]) -> Fault:
    """A fault in our words; by the type of the error, never by pydantic's English."""
    path, hint = _expected(kind, error["loc"])
    at_key = bool(error["loc"]) and error["loc"][-1] == _KEY
    given = error["input"]
    match error["type"]:
        case "value_error":
            wrong = error["ctx"]["error"]
            if not isinstance(wrong, Wrong):
                raise wrong
        case "missing":
            return Fault(path[:-1], f"'{path[-1]}' is missing", f"Add '{path[-1]}:' here")
        case "unexpected_keyword_argument":
            return _unknown(path, _keys(hint))
        case "string_type":
            wrong = needed("a text", given)
        case "tuple_type":
            wrong = needed("a list", given)
        case "dict_type":
            wrong = needed("a mapping with keys", given)
        case "dataclass_type":
            wrong = needed("a mapping with keys", given, (get_origin(hint) or hint).looks_like)
        case "literal_error":
            wrong = _no_word(given, get_args(hint))
        case "union_tag_invalid" | "union_tag_not_found" | "model_attributes_type":
            return _no_kind(path, given, kinds(hint))
        case other:
            raise NotImplementedError(other)
    return Fault(path, wrong.what, wrong.mend, at_key)


def _no_word(given: object, known: tuple[str, ...]) -> Wrong:
    if not isinstance(given, str):
        return needed("a word", given)
    return Wrong(f"{shown(given)} is not a word that fits here", did_you_mean(given, known))


def _no_kind(path: tuple[str | int, ...], given: object, known: Mapping[str, object]) -> Fault:
    if not isinstance(given, dict):
        wrong = needed("a mapping with 'kind:' and other keys", given)
        return Fault(path, wrong.what, wrong.mend)
    if "kind" not in given:
        return Fault(path, "'kind' is missing", "Add 'kind:' to say what this is")
    kind = given["kind"]
    mend = did_you_mean(kind if isinstance(kind, str) else "", known)
    return Fault((*path, "kind"), f"{shown(kind)} is not a kind that fits here", mend)


def _unknown(path: tuple[str | int, ...], known: Mapping[str, object]) -> Fault:
    key = str(path[-1])
    mend = did_you_mean(key, known)
    if key[:1].isdigit():  # {amount: 3,5 mg/kg} is read as two keys
        mend = "Between braces a comma ends a value: write a point for decimals"
    odd = [characters.named(sign) for sign in key if not sign.isascii()]
    holds = f"; it holds {', '.join(odd[:3])}" if odd else ""
    return Fault(path, f"'{short(key)}' is not known here{holds}", mend, at_key=True)


def _expected(hint: Any, loc: tuple[str | int, ...]) -> tuple[tuple[str | int, ...], Any]:
    """The path in the file, and what is expected at its end.

    pydantic puts into its own path the kind by which a union was decided, and marks a key.
    """
    path: list[str | int] = []
    for step in loc:
        hint = _plain(hint)
        if of_kind := kinds(hint):
            hint = of_kind[str(step)]
        elif step != _KEY:
            path.append(step)
            hint = _within(hint, step)
    return tuple(path), _plain(hint)


def _plain(hint: Any) -> Any:
    """An annotation without marks and without `| None`."""
    if get_origin(hint) is Annotated:
        return _plain(get_args(hint)[0])
    some = [one for one in get_args(hint) if one is not type(None)]
    return _plain(some[0]) if len(some) < len(get_args(hint)) and len(some) == 1 else hint


def _within(hint: Any, step: str | int) -> Any:
    """What is expected under a key or in a list; where the key is not known, the same."""
    origin, inner = get_origin(hint) or hint, get_args(hint)
    if origin is tuple:
        return inner[0]
    if origin is dict:
        return inner[1]
    found = _keys(hint).get(str(step), hint)
    given = dict(zip(getattr(origin, "__parameters__", ()), inner, strict=True))
    still_open = getattr(found, "__parameters__", ())
    if isinstance(found, TypeVar):
        return given[found]
    return found[tuple(given[one] for one in still_open)] if still_open else found


def _keys(part: Any) -> dict[str, Any]:
    """What a part expects under each key of the file."""
    kind: type[Part] = get_origin(part) or part
    hints = get_type_hints(kind, include_extras=True)
    return {name.removesuffix("_"): hints[name] for name in names(kind)}


class _EditorSchema(GenerateJsonSchema):
    """JSON Schema as editors need it."""

    schema_dialect = "https://json-schema.org/draft/2020-12/schema"

    def str_schema(self, schema: Any) -> dict[str, Any]:
        """Every scalar of a file is read as a text; an editor takes '2026' for a number."""
        return {**super().str_schema(schema), "type": ["string", "number"]}

    def dict_schema(self, schema: Any) -> dict[str, Any]:
        """The keys that an author chooses have a form too."""
        names = self.generate_inner(schema["keys_schema"])
        return {**super().dict_schema(schema), "propertyNames": names}

    def dataclass_schema(self, schema: Any) -> dict[str, Any]:
        """pydantic reads the docstrings of the class itself; a base explains its own fields."""
        made = super().dataclass_schema(schema)
        for base in schema["cls"].__mro__[1:]:
            if issubclass(base, Part) and base is not Part:
                for key, of_base in json_schema(base)["properties"].items():
                    if "description" in of_base:
                        made["properties"][key].setdefault("description", of_base["description"])
        return made
