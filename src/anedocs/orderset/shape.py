"""The building blocks of the model; the only module that knows pydantic.

A part is frozen, refuses unknown keys and takes nothing but text: `Quantity` is the only number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, TypeVar

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

from anedocs.core.problems import did_you_mean
from anedocs.core.quantity import PATTERN, Quantity, QuantityError

PartT = TypeVar("PartT", bound="Part")

#: Marks a union whose members are told apart by their `kind`.
Tagged = Field(discriminator="kind")
#: A key that is a Python word is written with an underscore in the model.
From = Field(alias="from")
FromOrNone = Field(default=None, alias="from")
rule = model_validator(mode="after")


class Part(BaseModel):
    """What every part of the order set is built on."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that the model found wrong: the path to it, what, and the mend."""

    path: tuple[str | int, ...]
    what: str
    mend: str
    at_key: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value is from: statements of the guideline, one supplement, or one local decision."""

    kind: Literal["guideline", "supplement", "local"]
    ids: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.kind} {', '.join(self.ids)}"


ORIGIN_PATTERN = (
    r"guideline [A-Z][A-Z0-9-]*(?:, [A-Z][A-Z0-9-]*)*|(?:supplement|local) [a-z][a-z0-9-]*"
)


def wrong(what: str, mend: str) -> PydanticCustomError:
    """An error of our own wording, to be raised inside a validator."""
    return PydanticCustomError("anedocs", "{what}", {"what": what, "mend": mend})


def _origin(text: object) -> Origin:
    if isinstance(text, str) and re.fullmatch(ORIGIN_PATTERN, text):
        kind, _, ids = text.partition(" ")
        return Origin(kind, tuple(ids.split(", ")))  # type: ignore[arg-type]
    raise wrong(
        f"'{text}' does not say where the value is from",
        "Write 'guideline TX-MP-1', 'supplement NAME' or 'local NAME'",
    )


class Units:
    """Marks an amount in a part: it must stand in one of these units."""

    def __init__(self, *units: str) -> None:
        self.units = units

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
    raise wrong(f"'{text}' is not a date", "Write it as 2026-01-31")


def _ids(text: object) -> tuple[str, ...]:
    if isinstance(text, str) and re.fullmatch(r"silent|A[0-9]+(?:, A[0-9]+)*", text):
        return tuple(text.split(", "))
    raise wrong(
        f"'{text}' does not name open questions",
        "Write their ids, such as 'A9' or 'A9, A13', or 'silent' where no question is open",
    )


Text = Annotated[str, StringConstraints(min_length=1, max_length=1500)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,47}$")]
StatementId = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,5}(-[A-Z0-9]+)*$")]
QuestionId = Annotated[str, StringConstraints(pattern=r"^A[1-9][0-9]*$")]
Revision = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}\.[0-9]+\.[0-9]+$")]
Lines = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]*([-,] ?[1-9][0-9]*)*$")]
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
OriginText = Annotated[
    Origin,
    BeforeValidator(_origin),
    WithJsonSchema({"type": "string", "pattern": f"^(?:{ORIGIN_PATTERN})$"}),
]
QuestionIds = Annotated[
    tuple[str, ...],
    BeforeValidator(_ids),
    WithJsonSchema({"type": "string", "pattern": "^(?:silent|A[0-9]+(?:, A[0-9]+)*)$"}),
]


def build(kind: type[PartT], content: object) -> PartT | list[Fault]:
    """The part that the content describes, or every fault of the content."""
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        return [_fault(detail, kind) for detail in error.errors(include_url=False)]


def json_schema(kind: type[Part]) -> dict[str, Any]:
    """The JSON Schema by which an editor completes and checks a file of this kind."""
    return kind.model_json_schema()


def keys_of(kind: type[Part]) -> Iterator[str]:
    """The keys that a part knows, as the author writes them."""
    for name, info in kind.model_fields.items():
        yield info.alias or name


def all_keys(kind: type[BaseModel]) -> set[str]:
    """Every key that the schema of a part mentions anywhere; for offering the nearest one."""
    schema = kind.model_json_schema()
    tables = [schema, *schema.get("$defs", {}).values()]
    return {key for table in tables for key in table.get("properties", {})}


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
            return Fault(
                path, f"'{last}' is not known here", did_you_mean(str(last), all_keys(kind)), True
            )
        case "union_tag_not_found":
            return Fault(path, "'kind' is missing", "Add 'kind:' to say what this is")
        case "union_tag_invalid":
            known = re.findall(r"'([^']+)'", str(context.get("expected_tags", "")))
            return Fault(
                (*path, "kind"),
                f"'{context.get('tag')}' is not a kind that fits here",
                did_you_mean(str(context.get("tag")), known),
            )
        case "literal_error":
            known = re.findall(r"'([^']+)'", str(context.get("expected", "")))
            return Fault(
                path, f"'{given}' is not a word that fits here", did_you_mean(str(given), known)
            )
        case "string_pattern_mismatch":
            return Fault(
                path,
                f"'{given}' does not have the right form",
                f"It must match {context.get('pattern')}",
            )
        case "string_too_long" | "string_too_short":
            return Fault(
                path,
                f"this text is too {detail['type'][11:]}",
                "Keep it between 1 and 1,500 characters",
            )
        case "too_short":
            return Fault(path, "this list is empty", "Give at least one member")
        case _:
            wanted = {
                "string_type": "one text",
                "tuple_type": "a list",
                "list_type": "a list",
                "model_type": "a mapping with keys",
                "dict_type": "a mapping with keys",
                "model_attributes_type": "a mapping with keys",
            }.get(detail["type"], "another value")
            kinds: dict[type, str] = {dict: "a mapping", list: "a list", str: f"'{given}'"}
            found = kinds.get(type(given), "nothing")
            return Fault(path, f"{wanted} is needed here, not {found}", f"Give {wanted}")
