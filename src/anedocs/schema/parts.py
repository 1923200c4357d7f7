"""Parts: classes whose annotations say which keys a mapping of a file has, and of which form.

A part is frozen, refuses unknown keys, and is read with every fault in it; see `build`.
Why not a library: importing the one that was used took a third of each command, and `anedocs sheet`
is run with a child in the room. What it did for us is the few lines below and in `forms`.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from types import UnionType
from typing import (
    Annotated,
    Any,
    Generic,
    Literal,
    NamedTuple,
    TypeVar,
    Union,
    dataclass_transform,
    get_args,
    get_origin,
)

from anedocs.core import characters
from anedocs.core.problems import Fault, did_you_mean, short
from anedocs.schema.forms import (
    AnyText,
    Form,
    Keyed,
    OrNone,
    Several,
    Words,
    Wrong,
    needed,
    shown,
    wrong,
)

PartT = TypeVar("PartT", bound="Part")
RuleT = TypeVar("RuleT", bound=Callable[..., None])

#: Marks a union of parts that are told apart by their `kind`.
Tagged = object()
#: The default of a field that has none.
REQUIRED = object()


def rule(check: RuleT) -> RuleT:
    """Marks a method that looks at a part whose fields are right each.

    It raises Wrong and nothing else: any other error is a fault of ours and is not told as one of
    the file.
    """
    check.is_rule = True  # type: ignore[attr-defined]
    return check


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Part:
    """What every part of a file is built on; made by name, it is taken as it is given."""

    #: Told where something else stands in the place of this part.
    looks_like = "Give a mapping with keys"

    def __init__(self, **given: Any) -> None:
        known = _defaults(type(self))
        values = known | given
        if REQUIRED in values.values() or len(values) > len(known):
            raise TypeError(f"{type(self).__name__} has the fields {', '.join(known)}")
        vars(self).update(values)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return iter(vars(self).items())

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash(tuple(vars(self).values()))

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in self)
        return f"{type(self).__name__}({given})"


class Field(NamedTuple):
    """One key that a part has in a file, and the name of its value in Python."""

    name: str
    form: Form
    default: object


class PartForm:
    """A mapping that a part describes; `types` says what stands for each of its open types."""

    def __init__(self, kind: type[Part], types: Mapping[object, object]) -> None:
        self.kind = kind
        self._types = types

    @cached_property
    def fields(self) -> dict[str, Field]:
        """The fields by the key of the file. Why so late: a part may hold parts of its own kind."""
        defaults = _defaults(self.kind)
        return {
            # A key that is a word of Python is written with an underscore behind it.
            name.removesuffix("_"): Field(name, form_of(self._closed(hint), owner), defaults[name])
            for owner in _owners(self.kind)
            for name, hint in inspect.get_annotations(owner).items()
        }

    @cached_property
    def _rules(self) -> list[Callable[[Part], None]]:
        members = {name: one for owner in _owners(self.kind) for name, one in vars(owner).items()}
        return [one for one in members.values() if hasattr(one, "is_rule")]

    def _closed(self, hint: Any) -> Any:
        if isinstance(hint, TypeVar):
            return self._types[hint]
        still_open = getattr(hint, "__parameters__", ())
        return hint[tuple(self._types[one] for one in still_open)] if still_open else hint

    def read(self, given: object) -> Part:
        """The part; raises Wrong with every fault in it."""
        if not isinstance(given, dict):
            raise needed("a mapping with keys", given, self.kind.looks_like)
        fields = self.fields
        values: dict[str, object] = {}
        faults: list[Fault] = []
        seen = 0
        for key, (name, form, default) in fields.items():
            if key in given:
                seen += 1
                try:
                    values[name] = form.read(given[key])
                except Wrong as error:
                    faults += error.under(key)
            elif default is REQUIRED:
                faults.append(Fault((), f"'{key}' is missing", f"Add '{key}:' here"))
            else:
                values[name] = default
        if seen < len(given):
            faults += [_unknown(key, fields) for key in given if key not in fields]
        if faults:
            raise Wrong(faults)
        part = object.__new__(self.kind)
        vars(part).update(values)
        for check in self._rules:
            check(part)
        return part


class OneOf:
    """One of several parts, told apart by `kind`."""

    def __init__(self, forms: tuple[PartForm, ...]) -> None:
        self.forms = forms

    @cached_property
    def by_kind(self) -> dict[str, PartForm]:
        """The form that each kind has."""
        found: dict[str, PartForm] = {}
        for form in self.forms:
            words = form.fields["kind"].form
            assert isinstance(words, Words)
            found |= dict.fromkeys(words.known, form)
        return found

    def read(self, given: object) -> Part:
        """The part; raises Wrong with every fault in it."""
        if not isinstance(given, dict):
            raise needed("a mapping with 'kind:' and other keys", given)
        if "kind" not in given:
            raise wrong("'kind' is missing", "Add 'kind:' to say what this is")
        kind, kinds = given["kind"], self.by_kind
        if isinstance(kind, str) and kind in kinds:
            return kinds[kind].read(given)
        mend = did_you_mean(kind if isinstance(kind, str) else "", kinds)
        raise Wrong([Fault(("kind",), f"{shown(kind)} is not a kind that fits here", mend)])


def build(kind: type[PartT], content: object) -> PartT | list[Fault]:
    """The part that the content describes, or every fault of the content."""
    try:
        return part_form(kind).read(content)  # type: ignore[return-value]
    except Wrong as error:
        return error.faults


def names(kind: type[Part]) -> list[str]:
    """The names of the fields of a part."""
    return list(_defaults(kind))


def _owners(kind: type[Part]) -> list[type[Part]]:
    """The classes whose fields a part has, the ones that it is built on first."""
    return [one for one in reversed(kind.__mro__) if issubclass(one, Part)]


def _defaults(kind: type[Part]) -> dict[str, object]:
    return {
        name: vars(owner).get(name, REQUIRED)
        for owner in _owners(kind)
        for name in inspect.get_annotations(owner)
    }


_FORMS: dict[object, Form] = {}
_PART_FORMS: dict[object, PartForm] = {}


def part_form(kind: type[Part]) -> PartForm:
    """The form of a part."""
    form = form_of(kind, kind)
    assert isinstance(form, PartForm)
    return form


def form_of(hint: Any, owner: type) -> Form:
    """The form that an annotation describes; the owner is the class in which it stands."""
    known = owner.__module__, hint  # the same name may be another part in another module
    form = _FORMS.get(known)
    if form is None:
        form = _FORMS[known] = _described(hint, owner)
    return form


def _described(hint: Any, owner: type) -> Form:
    if isinstance(hint, str):  # a part that is named before it is there
        hint = vars(sys.modules[owner.__module__])[hint]
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        (form,) = hint.__metadata__
        if form is not Tagged:
            return form  # type: ignore[no-any-return]
        forms = (form_of(one, owner) for one in get_args(inner[0]))
        return OneOf(tuple(one for one in forms if isinstance(one, PartForm)))
    if origin is Union or origin is UnionType:
        (of,) = (one for one in inner if one is not type(None))
        return OrNone(form_of(of, owner))
    if origin is Literal:
        return Words(inner)
    if origin is tuple:
        return Several(form_of(inner[0], owner))
    if origin is dict:
        return Keyed(form_of(inner[0], owner), form_of(inner[1], owner))
    if hint is str:
        return AnyText()
    kind = origin or hint
    types = dict(zip(_open(kind), inner, strict=True))
    return _PART_FORMS.setdefault(hint, PartForm(kind, types))


def _open(kind: type) -> tuple[object, ...]:
    return kind.__parameters__ if issubclass(kind, Generic) else ()  # type: ignore


def _unknown(key: str, fields: dict[str, Field]) -> Fault:
    mend = did_you_mean(key, fields)
    if key[:1].isdigit():  # {amount: 3,5 mg/kg} is read as two keys
        mend = "Between braces a comma ends a value: write a point for decimals"
    odd = [characters.named(sign) for sign in key if not sign.isascii()]
    holds = f"; it holds {', '.join(odd[:3])}" if odd else ""
    return Fault((key,), f"'{short(key)}' is not known here{holds}", mend, at_key=True)
