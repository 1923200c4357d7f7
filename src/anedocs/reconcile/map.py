"""The map of an export: which column holds what, and what its words and units mean.

A hospital writes one such file for the export that its EHR gives. What the map leaves out is not
compared, and the report says so.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from anedocs.core.problems import ContentError, Problem, did_you_mean
from anedocs.edition.compile import part_of
from anedocs.edition.locate import Locator
from anedocs.schema import reader, source, textcheck
from anedocs.schema.parts import Part, Wrong, names, rule
from anedocs.schema.shape import Text

TOUCHES = "the whole comparison; nothing was compared"
_FOLDER = "maps"
_BLANK = "{}"
#: Quotation marks fall away; every dash is the hyphen for which word processors put it.
_SIGNS = {**dict.fromkeys(map(ord, "\"'“”„‟\u2018\u2019\u201a\u201b`«»\ufeff")),
          **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-")}  # fmt: skip


class UnknownMap(ValueError):
    """There is no map of that name (exit 2)."""


class WordsAt(Part):
    """Where a word or a text stands, and what its values mean."""

    column: Text | None = None
    """The column of the export."""
    columns: tuple[Text, ...] = ()
    """In place of one column: several, read as one text with a space between."""
    words: dict[str, Text | None] | None = None
    """A value of the export, and what the order set says for it; null is nothing."""
    blank_means: Text | None = None
    """What the order set says where the EHR leaves the cell empty."""
    written: tuple[Text, ...] = ()
    """The column is free text: the ways in which the value is written in it, with {} for it."""
    within: Literal["yes", "no"] = "no"
    """'yes': the text of the order set must stand somewhere in the cell."""

    @rule
    def _one_place(self) -> None:
        if (self.column is None) == (not self.columns):
            raise Wrong("say in which column this stands", "Give 'column:' or 'columns:', not both")
        spellings = [plain(word) for word in self.words or {}]
        twice = sorted({word for word in spellings if spellings.count(word) > 1})
        if twice:
            raise Wrong(f"the word '{twice[0]}' stands here twice", "Keep one; case is no matter")
        if self.within == "yes" and (self.written or self.words or self.blank_means):
            raise Wrong("'within' looks for the whole text", "Take 'words' and 'written' out")
        _one_gap_each(self.written)

    def read(self) -> tuple[str, ...]:
        """The columns that are read for it."""
        return self.columns or (self.column or "",)


class AmountAt(Part):
    """Where an amount stands, and where its unit."""

    column: Text
    """The column with the number, or with number and unit."""
    unit_column: Text | None = None
    """The column with the unit."""
    unit: Text | None = None
    """In place of a column: the unit of every number there."""
    written: tuple[Text, ...] = ()
    """The column is free text: the ways in which the amount is written in it, with {} for it."""

    @rule
    def _one_unit(self) -> None:
        if sum(map(bool, (self.unit_column, self.unit, self.written))) > 1:
            raise Wrong(
                "the unit is given in two ways", "Keep one of 'unit_column', 'unit' and 'written'"
            )
        _one_gap_each(self.written)

    def read(self) -> tuple[str, ...]:
        """The columns that are read for it."""
        return (self.column, self.unit_column) if self.unit_column else (self.column,)


class Fields(Part):
    """What is compared, and where the export has it."""

    name: WordsAt | None = None
    row_type: WordsAt | None = None
    order_type: WordsAt | None = None
    generic_name: WordsAt | None = None
    dose_basis: WordsAt | None = None
    dose: AmountAt | None = None
    dose_as_text: WordsAt | None = None
    """A dose in words, where a number belongs."""
    dose_as_volume: AmountAt | None = None
    maximum: AmountAt | None = None
    weight_from: AmountAt | None = None
    """The lightest weight that the line is for."""
    weight_below: AmountAt | None = None
    """The line is for weights below this one."""
    route: WordsAt | None = None
    frequency: WordsAt | None = None
    frequency_count: AmountAt | None = None
    frequency_period: AmountAt | None = None
    duration: AmountAt | None = None
    dose_count: AmountAt | None = None
    concentration: WordsAt | None = None
    infusion_time: WordsAt | None = None
    prn: WordsAt | None = None
    priority: WordsAt | None = None
    selected: WordsAt | None = None
    """Whether the line opens ticked."""
    required: WordsAt | None = None
    group: WordsAt | None = None
    selection_rule: WordsAt | None = None
    """How many lines of its group may be ticked."""
    condition: WordsAt | None = None
    approval: WordsAt | None = None
    performed_by: WordsAt | None = None
    comments: WordsAt | None = None
    code: WordsAt | None = None

    def given(self) -> dict[str, WordsAt | AmountAt]:
        """The fields that the export has, by name."""
        return {name: place for name, place in self if place is not None}


class Match(Part):
    """How a row of the export is matched to a line of the order set; the first that is there."""

    key: Text | None = None
    """The column with our row_key."""
    record_id: Text | None = None
    """The column with the EHR's own id, as in ehr_record_ids of site.yaml."""
    name: Text | None = None
    """The column with the name of what is built."""
    same_name: Text | None = None
    """Where lines share a name: the column that numbers them, 1 for the first of them."""

    @rule
    def _something_to_match_by(self) -> None:
        if not (self.key or self.record_id or self.name):
            raise Wrong("no column says which line a row is", "Give 'key', 'record_id' or 'name'")
        if self.same_name and not self.name:
            raise Wrong("'same_name' needs 'name'", "Give the column with the name as well")


class MadeFrom(Part):
    """The columns that say from which edition the EHR was built."""

    orderset: Text | None = None
    revision: Text | None = None


class ReconcileMap(Part):
    """One kind of export, and how it is read."""

    reads: Text
    """Which export this is, in a few words for the report."""
    encoding: Literal["any", "utf-8", "windows-1252", "utf-16"] = "any"
    delimiter: Literal["any", "comma", "semicolon", "tab"] = "any"
    decimal_mark: Literal["point", "comma"] = "point"
    thousands_mark: Literal["none", "comma", "point", "space"] = "none"
    lines: tuple[Literal["orderable", "choice_header", "note", "placeholder"], ...]
    """Which lines of the order set the export must have."""
    only: dict[Text, tuple[Text, ...]] | None = None
    """Rows that belong to the order set: a column and its values there; other rows are left out."""
    made_from: MadeFrom | None = None
    match: Match
    names: dict[Text, tuple[Text, ...]] | None = None
    """For a row_key, the further names under which the EHR has it."""
    blanks: tuple[Text, ...] = ()
    """Values that mean that nothing is set."""
    units: dict[Text, Text] | None = None
    """A unit of the export, and how the order set writes it."""
    fields: Fields
    not_in_export: dict[Text, Text] | None = None
    """Fields that the export does not have, and why or where to look instead."""
    ignored: tuple[Text, ...] = ()
    """Columns of the export that are known and not compared."""

    @rule
    def _fits_together(self) -> None:
        if self.decimal_mark == self.thousands_mark:
            raise Wrong("one mark cannot be both", "Give 'decimal_mark' and 'thousands_mark' apart")
        if not self.lines or not self.fields.given():
            raise Wrong("this map compares nothing", "Name 'lines' and 'fields' of the order set")
        given = self.fields.given()
        for name in self.not_in_export or {}:
            if name in given:
                raise Wrong(f"'{name}' stands in 'fields' and in 'not_in_export'", "Keep one")
            if name not in names(Fields):
                raise Wrong(f"there is no field '{name}'", did_you_mean(name, names(Fields)))

    def columns(self) -> Iterator[tuple[str, str]]:
        """Each column that the map reads, and for what."""
        for part in (self.match, self.made_from):
            yield from ((column, what) for what, column in part or () if column is not None)
        yield from ((column, "only") for column in self.only or {})
        for name, place in self.fields.given().items():
            yield from ((column, name) for column in place.read())


@dataclass(frozen=True, slots=True)
class Loaded:
    """A map with the name that it bears in messages, and its tree for places."""

    plan: ReconcileMap
    name: str
    root: source.Node

    def names_fault(self, known: dict[str, object]) -> list[Problem]:
        """The row_keys under `names` that the order set does not have."""
        return [
            Problem(
                source.place_of(self.root, ("names", key), key=True),
                f"the order set has no line '{key}'", TOUCHES, did_you_mean(key, known),
            )
            for key in self.plan.names or {}
            if key not in known
        ]  # fmt: skip


def plain(text: str) -> str:
    """A text for comparison: no case, no quotation marks, one space between words, one hyphen."""
    if text.isascii():  # nearly every text; a table of signs takes five times as long
        text = text.replace('"', "").replace("'", "").replace("`", "")
    else:
        text = text.translate(_SIGNS)
    return " ".join(text.split()).casefold()


def load(locator: Locator, asked: str) -> Loaded:
    """A map by the name of a bundled one (a home's first) or by its path.

    Raises UnknownMap where there is none, and ContentError with every problem of the file.
    """
    if re.fullmatch(r"[A-Za-z0-9_-]+", asked):
        # Never a file of that name in the current folder: a stray one must not change the answer.
        found = locator.find("templates", f"{_FOLDER}/{asked}.yaml")
        if found is None:
            near = did_you_mean(asked, _names(locator))
            raise UnknownMap(
                f"there is no map '{asked}'. {near} Name a file by its path: ./{asked}"
            )
        path, name = found
    else:
        path, name = Path(asked), asked
        if not path.is_file():
            raise UnknownMap(f"there is no map file '{asked}'")
    try:
        root, twice = source.read(path, name)
        alike = textcheck.look_alikes(source.texts(source.walk(root)))
        problems = [*twice, *reader.placed(root, alike)]
        return Loaded(part_of(ReconcileMap, root, problems), name, root)
    except ContentError as error:
        raise ContentError(
            Problem(one.place, one.what, TOUCHES, one.mend) for one in error.problems
        ) from None


def _names(locator: Locator) -> set[str]:
    folders = (folder / _FOLDER for folder in locator.folders("templates"))
    return {path.stem for folder in folders for path in folder.glob("*.yaml")}


def _one_gap_each(written: tuple[str, ...]) -> None:
    for form in written:
        if form.count(_BLANK) != 1 or form.strip() == _BLANK:
            raise Wrong(
                f"'{form}' does not say where the value stands",
                f"Write the words around it, and {_BLANK} once, such as 'maximum {_BLANK}'",
            )
