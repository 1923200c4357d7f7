"""The building blocks of the model; the only module that knows pydantic.

A part is frozen, refuses unknown keys and takes nothing but text: `Quantity` is the only number.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import pairwise
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError, core_schema

from anedocs.core.problems import Fault, did_you_mean
from anedocs.core.quantity import PATTERN, Quantity, QuantityError
from anedocs.orderset.origin import ORIGIN_PATTERN, Origin

PartT = TypeVar("PartT", bound="Part")

#: Marks a union whose members are told apart by their `kind`.
Tagged = Field(discriminator="kind")
#: A key that is a Python word is written with an underscore in the model.
From = Field(alias="from")
FromOrNone = Field(default=None, alias="from")
rule = model_validator(mode="after")


class Part(BaseModel):
    """What every part of the order set is built on."""

    # Built on first use, and documented only for the schema: both would slow down every command.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


def wrong(what: str, mend: str) -> PydanticCustomError:
    """An error of our own wording, to be raised inside a validator."""
    return PydanticCustomError("anedocs", "{what}", {"what": what, "mend": mend})


def _shown(text: object) -> str:
    return f"'{text}'" if isinstance(text, str) else "this"


def _origin(text: object) -> Origin:
    if isinstance(text, str) and re.fullmatch(ORIGIN_PATTERN, text):
        kind, _, ids = text.partition(" ")
        return Origin(kind, tuple(ids.split(", ")))  # type: ignore[arg-type]
    raise wrong(
        f"{_shown(text)} does not say where the value is from",
        "Write 'guideline TX-MP-1', 'supplement NAME' or 'local NAME'",
    )


class Units:
    """Marks an amount in a part: it must stand in one of these units."""

    def __init__(self, *units: str, zero: bool = False) -> None:
        self.units = units
        self.zero = zero

    def read(self, text: object) -> Quantity:
        """The amount; a missing or unfitting unit is a fault that names those that fit."""
        fitting = f"Units that fit here: {', '.join(self.units)}"
        if not isinstance(text, str):
            raise wrong("an amount is needed here", f"Write a number and a unit. {fitting}")
        try:
            quantity = Quantity.parse(text)
        except QuantityError as error:
            raise wrong(str(error), fitting) from None
        if quantity.unit not in self.units:
            raise wrong(f"'{text}' has a unit that does not fit here", fitting)
        if not quantity.number and not self.zero:
            raise wrong(f"'{text}' is zero", "Give more than zero, or say that it is not set")
        return quantity

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{PATTERN}$", "examples": [f"1 {self.units[0]}"]}


def _day(text: object) -> date:
    if isinstance(text, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise wrong(f"{_shown(text)} is not a date", "Write it as 2026-01-31")


def _ids(text: object) -> tuple[str, ...]:
    if isinstance(text, str) and re.fullmatch(r"silent|[AE][0-9]+(?:, [AE][0-9]+)*", text):
        return tuple(text.split(", "))
    raise wrong(
        f"{_shown(text)} does not name open questions",
        "Write their ids, such as 'A9' or 'A9, A13', or 'silent' where no question is open",
    )


_NOT_BLANK = r"\S"
_SLUG = r"^[a-z][a-z0-9-]{0,47}$"
_STATEMENT = r"^[A-Z]{2,5}(-[A-Z0-9]+)*$"
_QUESTION = r"^[AE][1-9][0-9]*$"
_REVISION = r"^[0-9]{4}\.[0-9]+\.[0-9]+$"
_LINES = r"^[1-9][0-9]*([-,] ?[1-9][0-9]*)*$"
_LINES_OR_WHOLE = r"^(whole|[1-9][0-9]*([-,] ?[1-9][0-9]*)*)$"
#: What a text of each form looks like, for those who do not read patterns.
_LOOKS_LIKE = {
    _SLUG: "Use small letters, digits and hyphens, at most 48, such as 'ct-head'",
    _STATEMENT: "Use capitals, digits and hyphens, such as 'TX-MP-1'",
    _QUESTION: "Write A (E for the EHR) and a number, such as 'A9'",
    _REVISION: "Write the year and two numbers, such as '2026.1.0'",
    _LINES: "Write line numbers, such as '9', '30-32' or '53, 103'",
    _LINES_OR_WHOLE: "Write line numbers, such as '9', '30-32' or '53, 103', or 'whole'",
}
Text = Annotated[str, StringConstraints(max_length=1500, pattern=_NOT_BLANK)]
Slug = Annotated[str, StringConstraints(pattern=_SLUG)]
StatementId = Annotated[str, StringConstraints(pattern=_STATEMENT)]
QuestionId = Annotated[str, StringConstraints(pattern=_QUESTION)]
Revision = Annotated[str, StringConstraints(pattern=_REVISION)]
Lines = Annotated[str, StringConstraints(pattern=_LINES)]
LinesOrWhole = Annotated[str, StringConstraints(pattern=_LINES_OR_WHOLE)]
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
OriginText = Annotated[
    Origin,
    BeforeValidator(_origin),
    WithJsonSchema({"type": "string", "pattern": f"^(?:{ORIGIN_PATTERN})$"}),
]
QuestionIds = Annotated[
    tuple[str, ...],
    BeforeValidator(_ids),
    WithJsonSchema({"type": "string", "pattern": "^(?:silent|[AE][0-9]+(?:, [AE][0-9]+)*)$"}),
]


def build(kind: type[PartT], content: object) -> PartT | list[Fault]:
    """The part that the content describes, or every fault of the content."""
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        return [_fault(detail, kind) for detail in error.errors(include_url=False)]


def json_schema(kind: type[Part]) -> dict[str, Any]:
    """The JSON Schema by which an editor completes and checks a file of this kind.

    The sentence under each field in the source becomes the editor's help for it.
    """
    schema = kind.model_json_schema()
    parts = {part.__name__: part for part in _parts(Part)}
    for table in (*schema["$defs"].values(), schema):
        # A generic part is titled with its type behind it, such as Stated[str].
        part = parts[re.split(r"\W", table["title"])[0]]
        for owner in part.__mro__:
            if owner is not Part and issubclass(owner, Part):
                for key, sentence in _field_docs(owner):
                    written = part.model_fields[key].alias or key
                    table["properties"][written]["description"] = sentence
    return schema


def _parts(kind: type[Part]) -> Iterator[type[Part]]:
    for part in kind.__subclasses__():
        yield part
        yield from _parts(part)


def _field_docs(part: type[Part]) -> Iterator[tuple[str, str]]:
    """The fields of a class, each with the string that stands right under it in the source."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(part))).body
    assert isinstance(tree, ast.ClassDef)
    for field, under in pairwise(tree.body):
        match field, under:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(ast.Constant(str() as text)):
                yield name, text


@cache
def _bare_schema(kind: type[Part]) -> dict[str, Any]:
    return kind.model_json_schema()


def _keys_at(kind: type[Part], path: tuple[str | int, ...]) -> set[str]:
    """The keys that a part of the file knows; the path is one that validation has gone."""
    schema = _bare_schema(kind)
    here = schema
    for step in (*path, None):
        while "$ref" in here or "anyOf" in here:  # of several shapes, the first is not null
            here = schema["$defs"][here["$ref"][8:]] if "$ref" in here else here["anyOf"][0]
        if "discriminator" in here:
            here = {"$ref": here["discriminator"]["mapping"][step]}
        elif isinstance(step, int):
            here = here["items"]
        elif step is not None:
            members = here.get("properties") or here["patternProperties"]
            here = members.get(step) or next(iter(members.values()))
    return set(here["properties"])


_WANTED = {
    "string_type": "a text",
    "literal_error": "a word",
    "tuple_type": "a list",
    "model_type": "a mapping with keys",
    "dict_type": "a mapping with keys",
    "model_attributes_type": "a mapping with 'kind:' and other keys",
}
_FOUND: dict[type, str] = {dict: "a mapping", list: "a list"}


def _fault(detail: ErrorDetails, kind: type[Part]) -> Fault:
    """Our own words for an error, chosen by its type and never by the library's wording."""
    path, given = tuple(detail["loc"]), detail["input"]
    last = path[-1] if path else "the file"
    context = detail.get("ctx", {})
    match detail["type"]:
        case "anedocs":
            return Fault(path, context["what"], context["mend"])
        case "missing":
            return Fault(path[:-1], f"'{last}' is missing", f"Add '{last}:' here")
        case "extra_forbidden":
            mend = did_you_mean(str(last), _keys_at(kind, path[:-1]))
            if str(last)[:1].isdigit():  # {amount: 3,5 mg/kg} is read as two keys
                mend = "Between braces a comma ends a value: write a point for decimals"
            return Fault(path, f"'{last}' is not known here", mend, True)
        case "union_tag_not_found":
            return Fault(path, "'kind' is missing", "Add 'kind:' to say what this is")
        case "union_tag_invalid":
            kinds = re.findall(r"'([^']+)'", context["expected_tags"])
            tag = _shown(given["kind"])
            what = f"{tag} is not a kind that fits here"
            return Fault((*path, "kind"), what, did_you_mean(tag.strip("'"), kinds))
        case "literal_error" if isinstance(given, str):
            words = re.findall(r"'([^']+)'", context["expected"])
            return Fault(
                path, f"'{given}' is not a word that fits here", did_you_mean(given, words)
            )
        case "string_pattern_mismatch" if context["pattern"] == _NOT_BLANK:
            return Fault(path, "this text is empty", "Write at least one word")
        case "string_pattern_mismatch":
            form = context["pattern"]
            mend = _LOOKS_LIKE.get(form, f"It must match {form}")
            return Fault(path, f"'{given}' does not have the right form", mend)
        case "string_too_long":
            limit = f"{context['max_length']:,}"
            return Fault(path, f"this text is longer than {limit} characters", "Shorten it")
        case _:
            wanted = _WANTED.get(detail["type"], "another value")
            mend = f"Give {wanted}"
            if str(context.get("class_name")).startswith("Stated"):
                mend = "Write '{value: …, from: …}' or '{not_set: …}'"
            if given is None:
                return Fault(path, f"{wanted} is needed here, and there is none", mend)
            found = f"'{given}'" if isinstance(given, str) else _FOUND[type(given)]
            return Fault(path, f"{wanted} is needed here, not {found}", mend)
