"""Parts: frozen dataclasses whose annotations say which keys a mapping of a file has.

A part is plain Python: it can be made, compared and hashed without pydantic, which validates a file
against it (see `validate`).
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterator
from types import UnionType
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    TypeVar,
    Union,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

from anedocs.core.problems import short

if TYPE_CHECKING:
    from pydantic_core.core_schema import CoreSchema

RuleT = TypeVar("RuleT", bound=Callable[..., None])


class Wrong(ValueError):
    """A value is not as it must be: what is wrong, and how to mend it."""

    def __init__(self, what: str, mend: str) -> None:
        self.what = what
        self.mend = mend
        super().__init__(what)


def shown(given: object) -> str:
    """A value as it stands in a message."""
    return f"'{short(given)}'" if isinstance(given, str) else "this"


def needed(wanted: str, given: object, mend: str = "") -> Wrong:
    """The fault of a value that is of another kind altogether."""
    if given is None:
        what = f"{wanted} is needed here, and there is none"
    elif isinstance(given, str):
        what = f"{wanted} is needed here, not {shown(given)}"
    else:
        found = "a mapping" if isinstance(given, dict) else "a list"
        what = f"{wanted} is needed here, not {found}"
    return Wrong(what, mend or f"Give {wanted}")


class TextForm:
    """What reads one text; the base gives it back as it is."""

    def read(self, given: object) -> Any:
        """What the text means; raises Wrong."""
        if isinstance(given, str):
            return given
        raise needed("a text", given)

    def schema(self) -> dict[str, Any]:
        """What an editor can check of it, as JSON Schema, beside that it is a text."""
        return {}

    def __get_pydantic_core_schema__(self, _source: object, _handler: object) -> CoreSchema:
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, _schema: object, _handler: object) -> dict[str, Any]:
        # Every scalar of a file is read as a text; an editor takes '2026' for a number.
        return {"type": ["string", "number"], **self.schema()}


class Tagged:
    """Marks a union of parts that are told apart by their `kind`."""

    @classmethod
    def __get_pydantic_core_schema__(cls, union: object, handler: Any) -> CoreSchema:
        from pydantic_core import core_schema

        choices = {kind: handler.generate_schema(part) for kind, part in kinds(union).items()}
        return core_schema.tagged_union_schema(choices, discriminator="kind")


def kinds(union: object) -> dict[str, type[Part]]:
    """The parts of a union by their `kind`; of anything else none."""
    if get_origin(union) not in (Union, UnionType):
        return {}
    return {kind: one for one in get_args(union) for kind in get_args(get_type_hints(one)["kind"])}


def rule(check: RuleT) -> RuleT:
    """Marks a method that looks at a part whose fields are right each; it raises Wrong."""
    check.is_rule = True  # type: ignore[attr-defined]
    return check


def _alias(name: str) -> str:
    """The key in a file: one that is a word of Python has an underscore behind it in Python."""
    return name.removesuffix("_")


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Part:
    """What every part of a file is built on: a frozen dataclass with keyword-only fields.

    Why its methods stand here and are not generated for each class: compiling them anew for seventy
    classes at every start took as long as all else that `anedocs dose` does.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {
        "alias_generator": _alias,
        "extra": "forbid",
        "use_attribute_docstrings": True,
    }
    #: The methods marked with `rule`, those of a base first.
    rules: ClassVar[tuple[Callable[..., None], ...]] = ()
    #: Told where something else stands in the place of this part.
    looks_like: ClassVar[str] = "Give a mapping with keys"

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for name in inspect.get_annotations(cls):
            if name not in vars(cls) and hasattr(cls, name):
                # A field that is said anew without a default is needed, whatever its base says.
                setattr(cls, name, dataclasses.field())
        members = {name: one for base in reversed(cls.__mro__) for name, one in vars(base).items()}
        cls.rules = tuple(one for one in members.values() if hasattr(one, "is_rule"))
        dataclasses.dataclass(init=False, repr=False, eq=False)(cls)

    def __init__(self, **given: Any) -> None:
        """Raises TypeError for a field that is missing or not known, and Wrong by a rule."""
        values = {**_defaults(type(self)), **given}
        known = names(type(self))
        if values.keys() != set(known):
            raise TypeError(f"{type(self).__name__} has the fields {', '.join(known)}")
        vars(self).update({name: values[name] for name in known})
        self.__post_init__()

    def __post_init__(self) -> None:
        for check in self.rules:
            check(self)

    def __setattr__(self, name: str, value: object) -> None:
        raise dataclasses.FrozenInstanceError(f"{type(self).__name__} is frozen")

    def __delattr__(self, name: str) -> None:
        raise dataclasses.FrozenInstanceError(f"{type(self).__name__} is frozen")

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return ((name, getattr(self, name)) for name in names(type(self)))

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and dict(self) == dict(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in self)
        return f"{type(self).__name__}({given})"


def names(kind: type[Part]) -> list[str]:
    """The names of the fields of a part."""
    return [one.name for one in dataclasses.fields(kind)]  # type: ignore[arg-type]


def _defaults(kind: type[Part]) -> dict[str, Any]:
    found = {}
    for one in dataclasses.fields(kind):  # type: ignore[arg-type]
        if one.default is not dataclasses.MISSING:
            found[one.name] = one.default
        elif one.default_factory is not dataclasses.MISSING:
            found[one.name] = one.default_factory()
    return found
