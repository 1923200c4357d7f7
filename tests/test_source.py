"""YAML as text with places: nothing interpreted, nothing lost, nothing that crashes the reader."""

from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from anedocs.core.problems import ContentError, Place
from anedocs.orderset import source
from anedocs.orderset.source import Listing, Scalar, Table

CASES = Path(__file__).parent / "cases"
SHIPPED = sorted((Path(__file__).parents[1] / "ordersets").glob("*.yaml"))
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
CONTENT = st.recursive(
    st.none() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
#: Small enough to read each as a whole; the C reader and the Python one must agree on every one.
SAMPLES = [
    *(path.read_text("utf-8") for path in (CASES / "valid.yaml", *SHIPPED)),
    "a: [b, {c: d}]\ne: |\n  f\n  g\n",
    "a: b\n  c: d\n",
    "a: [b\n",
    "a: &x [b]\nc: *x\n",
    "a: *nothing\n",
    'a: b\nc: "half of one: \\ud83d"\n',
    "\n\n---\na: b\n...\n",
    "[" * 100_000,
    "{a: " * 30_000,
    "",
]


@pytest.fixture(params=["in C", "in Python"])
def loader(request, monkeypatch):
    if request.param == "in Python":
        monkeypatch.setattr(source, "_LOADER", yaml.BaseLoader)
    return request.param


def problems(text: str) -> list[str]:
    with pytest.raises(ContentError) as caught:
        source.parse(text, "f.yaml")
    return [str(problem) for problem in caught.value.problems]


def test_places_count_from_1_and_are_those_of_the_value(loader):
    text = "# remark\na: one\nb:\n  - two\n  - {c: three, ü: 'four'}\nd: >-\n  five\n  six\n"
    root, _ = source.parse(text, "f.yaml")
    found = {
        ".".join(map(str, path)): (node.place.line, node.place.column)
        for path, node in source.walk(root)
    }
    assert found == {
        "": (2, 1), "a": (2, 4), "b": (4, 3), "b.0": (4, 5), "b.1": (5, 5),
        "b.1.c": (5, 9), "b.1.ü": (5, 19), "d": (6, 4),
    }  # fmt: skip
    assert isinstance(root, Table)
    assert root.keys["d"] == Place("f.yaml", 6, 1)
    assert source.plain(root) == {
        "a": "one", "b": ["two", {"c": "three", "ü": "four"}], "d": "five six",
    }  # fmt: skip


def test_a_path_leads_to_its_place():
    root, _ = source.parse("a:\n  - {id: x, b: {c: d}}\n", "f.yaml")
    whole = ("a", 0, "b", "c")
    assert source.place_of(root, whole) == Place("f.yaml", 2, 20)
    assert source.place_of(root, whole, key=True) == Place("f.yaml", 2, 17)
    assert source.place_of(root, ("a", 0), key=True) == Place("f.yaml", 2, 5)
    assert source.place_of(root, ()) == Place("f.yaml", 1, 1)
    assert source.ids_on(root, whole) == ["x"]
    assert source.ids_on(root, ()) == []


def test_the_places_of_the_shipped_order_set_point_at_its_texts():
    """Each plain value of one line stands in the file just where its place says."""
    text = next(path for path in SHIPPED if path.name == "ane.yaml").read_text("utf-8")
    lines = text.split("\n")
    root, twice = source.parse(text, "ane.yaml")
    assert twice == []
    checked = 0
    for path, node in source.walk(root):
        if not isinstance(node, Scalar) or node.text is None:
            continue
        rest = lines[node.place.line - 1][node.place.column - 1 :]
        if rest[:1] not in ('"', "'", ">", "|"):
            checked += 1
            assert rest.startswith(node.text[:40].split("\n")[0][: len(rest)]), path
    assert checked > 2000


@pytest.mark.parametrize(
    "written",
    ["NO", "yes", "True", "12:30", "010", "0x1F", "1.10", "1_000", "1e3", ".inf", "2026-01-31",
     "none", "N/A", "'null'", '"~"', "5%", "30 mg/kg"],
)  # fmt: skip
def test_what_other_readers_interpret_stays_text(written, loader):
    root, _ = source.parse(f"a: {written}\n", "f.yaml")
    assert source.plain(root) == {"a": written.strip("'\"")}


@pytest.mark.parametrize("written", ["null", "Null", "NULL", "~", ""])
def test_null_is_not_given(written, loader):
    root, _ = source.parse(f"a: {written}\nb: [{written or 'null'}]\n", "f.yaml")
    assert source.plain(root) == {"a": None, "b": [None]}


def test_tags_and_merge_keys_mean_nothing(loader):
    text = "a: !!python/object/apply:os.system [echo]\nb: !!int 5\nc: {<<: d}\n"
    root, _ = source.parse(text, "f.yaml")
    assert source.plain(root) == {"a": ["echo"], "b": "5", "c": {"<<": "d"}}


def test_a_file_with_a_byte_order_mark_is_read(tmp_path):
    path = tmp_path / "f.yaml"
    path.write_bytes(b"\xef\xbb\xbfid: \xc3\xa9\r\nb: c\r\n")
    root, _ = source.read(path, "f.yaml")
    assert source.plain(root) == {"id": "é", "b": "c"}
    assert isinstance(root, Table)
    assert root.members["id"].place == Place("f.yaml", 1, 5)
    assert root.keys["b"] == Place("f.yaml", 2, 1)


@pytest.mark.parametrize("kind", ["missing", "a folder"])
def test_a_file_that_cannot_be_opened(kind, tmp_path):
    path = tmp_path / "f.yaml"
    if kind == "a folder":
        path.mkdir()
    with pytest.raises(ContentError, match=r"^f\.yaml:1:1: the file cannot be read \("):
        source.read(path, "f.yaml")


def test_an_alias_is_the_value_it_names_with_its_place(loader):
    root, _ = source.parse("a: &x {b: [c]}\nd: *x\n", "f.yaml")
    assert isinstance(root, Table)
    assert root.members["d"] is root.members["a"]


def test_the_limits_hold_on_both_sides(monkeypatch):
    deepest = "[" * source.MAX_DEPTH + "]" * source.MAX_DEPTH
    root, _ = source.parse(deepest, "f.yaml")
    assert isinstance(root, Listing)
    assert "nested more than" in problems(f"[{deepest}]")[0]
    aliased = f"- &a {deepest[1:-1]}\n- *a\n"
    source.parse(aliased, "f.yaml")
    assert "nested more than" in problems(f"- &a {deepest[1:-1]}\n- [*a]\n")[0]
    monkeypatch.setattr(source, "MAX_NODES", 1000)
    most = "- a\n" * 999
    source.parse(most, "f.yaml")
    assert "unfolds to more than 1,000" in problems(most + "- a\n")[0]
    assert "unfolds to more than 1,000" in problems("- &a [x, x, x]\n" + "- *a\n" * 249)[0]


def test_a_file_of_the_greatest_size_is_read(tmp_path):
    path = tmp_path / "f.yaml"
    path.write_text("a: b #" + "x" * (source.MAX_BYTES - 6))
    assert source.plain(source.read(path, "f.yaml")[0]) == {"a": "b"}
    path.write_text("a: b #" + "x" * (source.MAX_BYTES - 5))
    with pytest.raises(ContentError, match="1,000,001 bytes, more than 1,000,000"):
        source.read(path, "f.yaml")


def test_no_more_than_20_control_characters_are_listed():
    assert len(problems("\x00" * 50_000)) == 20


def everything(root):
    """All that a tree holds, in a form that can be compared."""
    return [
        (path, type(node), node.place, getattr(node, "text", None), getattr(node, "keys", None))
        for path, node in source.walk(root)
    ]


@pytest.mark.parametrize("text", SAMPLES, ids=range(len(SAMPLES)))
def test_both_readers_agree(text, monkeypatch):
    """Where PyYAML comes without its C part, content and places are the same."""
    outcomes = []
    for kind in (yaml.CBaseLoader, yaml.BaseLoader):
        monkeypatch.setattr(source, "_LOADER", kind)
        try:
            root, twice = source.parse(text, "f.yaml")
            outcomes.append((everything(root), twice))
        except ContentError as error:
            outcomes.append([problem.place.line for problem in error.problems])
    assert outcomes[0] == outcomes[1]


@given(CONTENT)
@example({"a": "\u2028\x07\ufeff", "": None, "null": "~"})
def test_whatever_is_written_comes_back(content):
    """Texts of any characters, in lists and mappings, in both styles of another writer of YAML."""
    for flow in (True, False):
        text = yaml.safe_dump({"all": content}, default_flow_style=flow, width=40)
        root, twice = source.parse(text, "f.yaml")
        assert source.plain(root) == {"all": content}
        assert twice == []


@given(st.text(st.sampled_from("ab:-[]{},&*!|>'\"%@`#? \n\t\x07\ufeff0é"), max_size=80))
@settings(max_examples=300)
def test_any_text_is_read_or_refused_with_a_place(text):
    try:
        root, twice = source.parse(text, "f.yaml")
    except ContentError as error:
        found = error.problems
    else:
        found = twice
        assert len(list(source.walk(root))) <= source.MAX_NODES
    lines = text.split("\n")
    for problem in found:
        assert 1 <= problem.place.line <= len(lines) + 1
        assert problem.place.column >= 1
        assert problem.what
        assert problem.mend


@given(st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_read_or_refused(tmp_path, raw):
    path = tmp_path / "f.yaml"
    path.write_bytes(raw)
    with suppress(ContentError):
        source.read(path, "f.yaml")
