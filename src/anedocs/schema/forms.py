"""Forms that a value of a file may have: each reads what people wrote, or says what is wrong.

A form gives back what a value means, or raises Wrong with every fault in it; so that all that is
wrong with a file is told in one run. Values are texts, None, lists and dicts: nothing else is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol, runtime_checkable

from anedocs.core.problems import Fault, did_you_mean, short


class Wrong(Exception):
    """A value is not of its form; carries every fault in it, with paths that begin at the value."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = list(faults)
        super().__init__("; ".join(fault.what for fault in self.faults))

    def under(self, key: str | int) -> list[Fault]:
        """The faults as seen from the list or mapping that holds the value under this key."""
        return [fault._replace(path=(key, *fault.path)) for fault in self.faults]


def wrong(what: str, mend: str) -> Wrong:
    """One fault of a value as a whole."""
    return Wrong([Fault((), what, mend)])


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
    return wrong(what, mend or f"Give {wanted}")


class Form(Protocol):
    """What reads one value."""

    def read(self, given: object) -> Any:
        """What the value means; raises Wrong with every fault in it."""


@runtime_checkable
class Leaf(Form, Protocol):
    """A form of a text; it is named in the annotation of a field: `Annotated[str, Prose(80)]`."""

    def schema(self) -> dict[str, Any]:
        """The same for editors, as JSON Schema."""


class AnyText:
    """Any text, the empty one included."""

    def read(self, given: object) -> str:
        """The text."""
        if isinstance(given, str):
            return given
        raise needed("a text", given)

    def schema(self) -> dict[str, Any]:
        """The same for editors, as JSON Schema."""
        return {"type": "string"}


class Prose(AnyText):
    """A text with at least one word and at most so many characters."""

    def __init__(self, longest: int) -> None:
        self.longest = longest

    def read(self, given: object) -> str:
        """The text."""
        text = super().read(given)
        if len(text) > self.longest:
            raise wrong(f"this text is longer than {self.longest:,} characters", "Shorten it")
        if not text or text.isspace():
            raise wrong("this text is empty", "Write at least one word")
        return text

    def schema(self) -> dict[str, Any]:
        """The same for editors, as JSON Schema."""
        return {"type": "string", "maxLength": self.longest, "pattern": r"\S"}


class Coded(AnyText):
    """A text that matches a pattern as a whole; the mend shows one, for who reads no patterns."""

    def __init__(self, pattern: str, looks_like: str) -> None:
        self._whole = re.compile(pattern).fullmatch
        self.pattern = pattern
        self.looks_like = looks_like

    def read(self, given: object) -> str:
        """The text."""
        text = super().read(given)
        if self._whole(text) is None:
            raise wrong(f"{shown(text)} does not have the right form", self.looks_like)
        return text

    def schema(self) -> dict[str, Any]:
        """The same for editors, as JSON Schema."""
        return {"type": "string", "pattern": f"^(?:{self.pattern})$"}


class Words(NamedTuple):
    """One of a few words."""

    known: tuple[str, ...]

    def read(self, given: object) -> str:
        """The word."""
        if isinstance(given, str):
            if given in self.known:
                return given
            raise wrong(
                f"{shown(given)} is not a word that fits here", did_you_mean(given, self.known)
            )
        raise needed("a word", given)

    def schema(self) -> dict[str, Any]:
        """The same for editors, as JSON Schema."""
        return {"type": "string", "enum": list(self.known)}


class OrNone(NamedTuple):
    """A value, or null where it is not given."""

    form: Form

    def read(self, given: object) -> Any:
        """The value, or None."""
        return None if given is None else self.form.read(given)


class Several(NamedTuple):
    """A list of values of one form."""

    form: Form

    def read(self, given: object) -> tuple[Any, ...]:
        """The values, in the order of the list."""
        if not isinstance(given, list):
            raise needed("a list", given)
        values, faults, read = [], [], self.form.read
        for place, one in enumerate(given):
            try:
                values.append(read(one))
            except Wrong as error:
                faults += error.under(place)
        if faults:
            raise Wrong(faults)
        return tuple(values)


class Keyed(NamedTuple):
    """A mapping whose keys the author chooses, each of one form, to values of one form."""

    keys: Form
    values: Form

    def read(self, given: object) -> dict[str, Any]:
        """The values by key, in the order of the file."""
        if not isinstance(given, dict):
            raise needed("a mapping with keys", given)
        found, faults = {}, []
        for key, value in given.items():
            name = key
            try:
                name = self.keys.read(key)
            except Wrong as error:
                faults += [fault._replace(at_key=True) for fault in error.under(key)]
            try:
                found[name] = self.values.read(value)
            except Wrong as error:
                faults += error.under(key)
        if faults:
            raise Wrong(faults)
        return found
