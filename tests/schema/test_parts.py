"""What a part may hold, how it is read, and that all that is wrong with it is told at once."""

import sys
from dataclasses import FrozenInstanceError
from types import ModuleType
from typing import Annotated, Generic, Literal, TypeVar

import jsonschema
import pytest

from anedocs.core.problems import Fault
from anedocs.schema.parts import Part, Tagged, Wrong, names, rule
from anedocs.schema.shape import Coded, Prose
from anedocs.schema.validate import build, json_schema
from support.edited import edited

ValueT = TypeVar("ValueT")
Word = Annotated[str, Prose(longest=12)]
Code = Annotated[str, Coded(r"[a-z]+", "Use small letters")]


class Stamped(Part, Generic[ValueT]):
    """A value and who stamped it."""

    looks_like = "Write '{value: …, by: …}'"

    value: ValueT | None = None
    by: Word


class Leaf(Part):
    """The end of a branch."""

    kind: Literal["leaf", "bud"]
    colour: Stamped[Word]
    """How it looks in June."""


class Branch(Part):
    """What holds branches and leaves."""

    kind: Literal["branch"]
    of: tuple[Leaf, ...]
    branches: tuple["Branch", ...] = ()


class Tree(Part):
    """A tree with all that is on it."""

    name: Code
    from_: Word
    """Where it stands."""
    limb: Annotated[Leaf | Branch, Tagged]
    known_as: dict[Code, tuple[Word, ...]] | None = None
    age: Stamped[Code] | None = None
    note: str = "none"

    @rule
    def _is_named_once(self) -> None:
        if self.name in (self.known_as or {}):
            raise Wrong("the name stands twice", "Keep one")

    @rule
    def _has_no_note_on_itself(self) -> None:
        if self.note == self.name:
            raise Wrong("the note is the name", "Write another")


LEAF = {"kind": "leaf", "colour": {"value": "green", "by": "Ada"}}
TWIG = {"kind": "branch", "of": [LEAF]}
TREE = {
    "name": "oak", "from": "the park",
    "limb": {"kind": "branch", "of": [LEAF, LEAF], "branches": [TWIG]},
}  # fmt: skip


def faults(**values: object) -> list[tuple[tuple[str | int, ...], str]]:
    """What is wrong with the tree when these of its keys are changed; REMOVED ones are left out."""
    content = {key: one for key, one in {**TREE, **values}.items() if one is not REMOVED}
    found = build(Tree, content)
    assert isinstance(found, list), found
    assert all(one.what and one.mend for one in found)
    return [(one.path, one.what) for one in found]


REMOVED = object()


def test_a_part_has_its_values_and_its_defaults():
    tree = build(Tree, TREE)
    assert isinstance(tree, Tree)
    assert (tree.name, tree.from_, tree.known_as, tree.age) == ("oak", "the park", None, None)
    assert isinstance(tree.limb, Branch)
    assert [type(one) for one in tree.limb.of] == [Leaf, Leaf]
    assert [type(one) for one in tree.limb.branches] == [Branch]
    assert [name for name, _ in tree] == names(Tree)
    assert names(Tree) == ["name", "from_", "limb", "known_as", "age", "note"]


def test_every_fault_is_told_at_once_and_with_its_path():
    leaf = {"kind": "leaf", "colour": {"value": " ", "by": ["Ada"], "on": "Monday"}}
    found = faults(name="Oak", limb={"kind": "branch", "of": [LEAF, leaf, "twig"]}, roots="deep",
                   **{"from": REMOVED})  # fmt: skip
    assert found == [
        (("name",), "'Oak' does not have the right form"),
        ((), "'from' is missing"),
        (("limb", "of", 1, "colour", "value"), "this text is empty"),
        (("limb", "of", 1, "colour", "by"), "a text is needed here, not a list"),
        (("limb", "of", 1, "colour", "on"), "'on' is not known here"),
        (("limb", "of", 2), "a mapping with keys is needed here, not 'twig'"),
        (("roots",), "'roots' is not known here"),
    ]


@pytest.mark.parametrize(
    ("limb", "path", "what"),
    [
        (None, (), "a mapping with 'kind:' and other keys is needed here, and there is none"),
        ({"of": []}, (), "'kind' is missing"),
        ({"kind": "flower"}, ("kind",), "'flower' is not a kind that fits here"),
        ({"kind": ["leaf"]}, ("kind",), "this is not a kind that fits here"),
        ({"kind": "branch", "of": "leaf"}, ("of",), "a list is needed here, not 'leaf'"),
    ],
)  # fmt: skip
def test_a_part_of_several_kinds_says_which_it_is(limb, path, what):
    assert faults(limb=limb) == [(("limb", *path), what)]


def test_keys_that_the_author_chooses_have_a_form_too():
    found = build(Tree, {**TREE, "known_as": {"Old Tree": ["x" * 13], "ash": "y"}})
    assert found == [
        Fault(("known_as", "Old Tree"), "'Old Tree' does not have the right form",
              "Use small letters", at_key=True),
        Fault(("known_as", "Old Tree", 0), "this text is longer than 12 characters", "Shorten it"),
        Fault(("known_as", "ash"), "a list is needed here, not 'y'", "Give a list"),
    ]  # fmt: skip
    assert faults(known_as=[]) == [
        (("known_as",), "a mapping with keys is needed here, not a list")
    ]


def test_a_field_that_a_part_says_anew_has_the_default_that_it_says_there():
    class Named(Leaf):
        colour: Stamped[Word] | None = None  # type: ignore[assignment]

    class Coloured(Named):
        colour: Stamped[Word]

    assert build(Named, {"kind": "bud"}) == Named(kind="bud", colour=None)
    assert build(Coloured, {"kind": "bud"}) == [
        Fault((), "'colour' is missing", "Add 'colour:' here")
    ]


def test_two_parts_of_one_name_in_two_modules_are_two():
    modules = {}
    for module, field in (("one", "first"), ("two", "second")):
        source = f"class Node(Part):\n    {field}: str\n    of: tuple['Node', ...] = ()\n"
        modules[module] = sys.modules[module] = ModuleType(module)
        modules[module].Part = Part  # type: ignore[attr-defined]
        exec(source, vars(modules[module]))
    try:
        for module, field in (("one", "first"), ("two", "second")):
            node = modules[module].Node
            assert isinstance(build(node, {field: "x", "of": [{field: "y"}]}), node)
    finally:
        for module in modules:
            del sys.modules[module]


def test_a_part_says_how_it_is_written():
    (fault,) = build(Tree, {**TREE, "age": "old"})  # type: ignore[misc]
    assert fault.what == "a mapping with keys is needed here, not 'old'"
    assert fault.mend == "Write '{value: …, by: …}'"


def test_what_stands_for_the_open_type_is_read_by_its_own_form():
    old = build(Tree, {**TREE, "age": {"value": "ancient", "by": "Ada"}})
    assert isinstance(old, Tree)
    assert old.age is not None
    assert (old.age.value, old.age.by) == ("ancient", "Ada")
    assert faults(age={"value": "100 years", "by": "Ada"}) == [
        (("age", "value"), "'100 years' does not have the right form")
    ]


def test_a_rule_is_asked_only_of_a_part_whose_values_are_right():
    twice = {"oak": ["it"]}
    assert faults(known_as=twice) == [((), "the name stands twice")]
    assert faults(known_as=twice, note="oak") == [((), "the name stands twice")]
    assert faults(note="oak") == [((), "the note is the name")]
    assert faults(known_as=twice, age="old") == [
        (("age",), "a mapping with keys is needed here, not 'old'")
    ]


def test_parts_with_the_same_values_are_the_same():
    one, other = build(Leaf, LEAF), build(Leaf, LEAF)
    assert isinstance(one, Leaf)
    assert (one, hash(one)) == (other, hash(other))
    assert one != edited(one, kind="bud")
    assert one != Stamped(by="Ada")
    assert repr(one) == "Leaf(kind='leaf', colour=Stamped(value='green', by='Ada'))"


def test_a_part_cannot_be_changed_nor_lose_a_value():
    leaf = build(Leaf, LEAF)
    for change in (lambda: setattr(leaf, "kind", "bud"), lambda: delattr(leaf, "kind")):
        with pytest.raises(FrozenInstanceError):
            change()


def test_a_part_made_by_name_has_all_its_fields_and_no_other():
    assert Stamped(by="Ada").value is None
    for values in ({}, {"by": "Ada", "on": "Monday"}):
        with pytest.raises(TypeError, match="Stamped has the fields value, by"):
            Stamped(**values)  # type: ignore[arg-type]


def test_an_editor_refuses_what_reading_refuses():
    schema = json_schema(Tree)
    validator = jsonschema.Draft202012Validator(schema)
    for content in (
        TREE, {**TREE, "age": None}, {**TREE, "known_as": {"ash": ["it"]}}, {**TREE, "note": ""},
        {**TREE, "limb": LEAF}, {**TREE, "known_as": {"Ash": []}}, {**TREE, "name": "oak 1"},
        {**TREE, "limb": {"kind": "flower"}}, {**TREE, "roots": "deep"}, {"name": "oak"},
        {**TREE, "from": " "}, {**TREE, "age": {"value": "old"}}, {**TREE, "note": None},
        {**TREE, "limb": {**LEAF, "colour": {"value": "x" * 13, "by": "Ada"}}},
    ):  # fmt: skip
        assert validator.is_valid(content) == isinstance(build(Tree, content), Tree), content
    assert schema["properties"]["from"]["description"] == "Where it stands."
    assert schema["properties"]["note"]["default"] == "none"
    assert schema["properties"]["known_as"]["title"] == "Known As"
    leaf = schema["$defs"]["Leaf"]
    assert leaf["properties"]["colour"]["description"] == "How it looks in June."
    assert leaf["description"] == "The end of a branch."
    assert sorted(schema["$defs"]) == [
        "Branch", "Leaf", "Stamped_Annotated_str__Coded__", "Stamped_Annotated_str__Prose__",
    ]  # fmt: skip
