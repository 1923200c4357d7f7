"""YAML as text with places: nothing interpreted, nothing lost, nothing that crashes the reader."""

from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from anedocs.core import characters
from anedocs.core.problems import ContentError, Place
from anedocs.schema import source
from anedocs.schema.source import Listing, Scalar, Table

CASES = Path(__file__).parents[1] / "cases"
SHIPPED = sorted((Path(__file__).parents[2] / "ordersets").glob("*.yaml"))
#: What people can see; what they cannot is refused (see UNSEEN).
TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cf", "Co", "Cn", "Zs", "Zl", "Zp", "Mn"]),
    max_size=60,
).filter(lambda text: not any(characters.unseen(text)) and not any(characters.look_alikes(text)))
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


def test_a_merge_key_means_nothing(loader):
    root, _ = source.parse("c: {<<: d}\n", "f.yaml")
    assert source.plain(root) == {"c": {"<<": "d"}}


@pytest.mark.parametrize(
    ("text", "tag", "column"),
    [("a: !secret b", "!secret", 4), ("a: !!float 5", "!!float", 4), ("a: !!null b", "!!null", 4),
     ("a: !!str b", "!!str", 4), ("a: !include b.yaml", "!include", 4), ("a: ! b", "!", 4),
     ("a: !vault {b: c}", "!vault", 4), ("a: !x [b]", "!x", 4), ("!x a: b", "!x", 1),
     ("!x {a: b}", "!x", 1), ("a: !x", "!x", 4), ("a: &b !x c", "!x", 4), ("a: !x 'b'", "!x", 4),
     ("a: !!python/object/apply:os.system [b]", "!!python/object/apply:os.system", 4),
     ("a: !x |\n  b", "!x", 4), ("a: !<tag:b> c", "tag:b", 4)],
)  # fmt: skip
def test_a_tag_is_refused_by_name(text, tag, column, loader):
    (told,) = problems(text + "\n")
    assert told.startswith(f"f.yaml:1:{column}: the tag '{tag}' stands here")


def test_a_sign_that_begins_a_text_in_quotes_is_no_tag(loader):
    root, _ = source.parse("a: '!secret'\nb: stop!\nc: \"!!str\"\n", "f.yaml")
    assert source.plain(root) == {"a": "!secret", "b": "stop!", "c": "!!str"}


UNSEEN = {
    "\u00a0": "U+00A0 NO-BREAK SPACE", "\u202f": "U+202F NARROW NO-BREAK SPACE",
    "\u2007": "U+2007 FIGURE SPACE", "\u3000": "U+3000 IDEOGRAPHIC SPACE",
    "\u200b": "U+200B ZERO WIDTH SPACE", "\u200c": "U+200C ZERO WIDTH NON-JOINER",
    "\u200d": "U+200D ZERO WIDTH JOINER", "\u2060": "U+2060 WORD JOINER",
    "\ufeff": "U+FEFF ZERO WIDTH NO-BREAK SPACE", "\u00ad": "U+00AD SOFT HYPHEN",
    "\u200f": "U+200F RIGHT-TO-LEFT MARK", "\u202e": "U+202E RIGHT-TO-LEFT OVERRIDE",
    "\u2066": "U+2066 LEFT-TO-RIGHT ISOLATE", "\u2028": "U+2028 LINE SEPARATOR",
    "\u2029": "U+2029 PARAGRAPH SEPARATOR", "\ue000": "U+E000 PRIVATE CHARACTER",
    "\u0378": "U+0378 UNKNOWN CHARACTER", "\x07": "U+0007 CONTROL CHARACTER",
    "\ufe0f": "U+FE0F VARIATION SELECTOR-16", "\u3164": "U+3164 HANGUL FILLER",
    "\u2800": "U+2800 BRAILLE PATTERN BLANK", "\U000e0041": "U+E0041 TAG LATIN CAPITAL LETTER A",
    "\u061c": "U+061C ARABIC LETTER MARK", "\u180e": "U+180E MONGOLIAN VOWEL SEPARATOR",
}  # fmt: skip


@pytest.mark.parametrize("sign", UNSEEN, ids=UNSEEN.values())
@pytest.mark.parametrize(
    ("text", "place"),
    [("a: 30{}mg", (1, 6)), ("a: ['30{}mg']", (1, 8)), ("pop{}: a", (1, 4)),
     ("a: >\n  b{}c", (2, 4)), ("{}a: b", (1, 1)), ("- b\n- c{}\n", (2, 4)), ('a: "b{}"', (1, 6))],
)  # fmt: skip
def test_a_character_that_no_reader_sees_is_named_with_its_place(sign, text, place, loader):
    if text.startswith("{}") and sign == "\ufeff":
        return  # a byte order mark; told apart by test_a_file_with_a_byte_order_mark_is_read
    told = problems(text.format(sign))[0]
    assert told.startswith(f"f.yaml:{place[0]}:{place[1]}: {UNSEEN[sign]} stands here"), told


@pytest.mark.parametrize("sign", UNSEEN, ids=UNSEEN.values())
def test_an_escape_passes_the_same_check(sign, loader):
    """Written as an override of the reading direction, 005 prints as 500."""
    written = f"\\U{ord(sign):08X}"
    (told,) = problems(f'a: b\nc: "give {written}005"\n')
    assert told.startswith(f"f.yaml:2:4: {UNSEEN[sign]} stands here")


@pytest.mark.parametrize("written", ["\\t", "\\0", "\\N", "\\_", "\\L", "\\P", "\\e", "\\r"])
def test_so_does_a_short_escape(written, loader):
    assert "stands here, which no reader sees" in problems(f'a: "b{written}c"\n')[0]


def test_an_indentation_that_is_none(loader):
    told = problems("a:\n\u00a0 b: c\n  d: e\n")
    assert told[0].startswith("f.yaml:2:1: U+00A0 NO-BREAK SPACE stands here")


@pytest.mark.parametrize(
    "text",
    ["fièvre à l’hôpital", "Nguyễn Thị Hồng Nhung", "急性坏死性脑病", "“quoted” – and — so",
     "10 × 3", "µg \u03b1-agonist IFN\u03b3", "Łódź Straße Ærø",
     "Энцефалопатия", "اعتلال الدماغ", "מוח", "½", "≥ 3 °C",
     "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "क्\u200dष", "ශ්\u200dරී", "👩\u200d⚕️",
     "❤️", "山田\u3000太郎", "葛\U000e0100城",
     "e\u0301", "K.𠮷田"],
)  # fmt: skip
def test_what_people_write_is_kept(text, loader):
    """Names and texts of any language, with the joiners without which some cannot be written."""
    root, _ = source.parse(f"a: {text}\n", "f.yaml")
    assert source.plain(root) == {"a": text}


@pytest.mark.parametrize(
    ("key", "told"),
    [("popul\u0430tion", "U+0430 CYRILLIC SMALL LETTER A"),
     ("d\u03bfse", "U+03BF GREEK SMALL LETTER OMICRON"),
     ("\uff44ose", "U+FF44 FULLWIDTH LATIN SMALL LETTER D")],
)  # fmt: skip
def test_a_key_with_a_letter_of_another_script(key, told, loader):
    said = problems(f"a: b\n{key}: c\n")[0]
    assert told in said
    assert said.startswith("f.yaml:2:")


@pytest.mark.parametrize("style", [">", "|", ">-", "|-", ">+", "|+", "|2"])
def test_a_text_over_several_lines_is_one_line(style, loader):
    root, _ = source.parse(f"a: {style}\n  Lumbar\n  puncture\n\nb: 'c\n\n  d'\n", "f.yaml")
    assert source.plain(root) == {"a": "Lumbar puncture", "b": "c d"}


@pytest.mark.parametrize("written", ['"\\ud842\\udfb7田"', '"\\uD842\\uDFB7田"', '"𠮷田"', "𠮷田"])
def test_a_pair_of_escapes_is_the_character_itself(written, loader):
    """As JSON writes what is beyond U+FFFF."""
    root, _ = source.parse(f'{{"a": {written}, "b": "c"}}', "f.yaml")
    assert source.plain(root) == {"a": "𠮷田", "b": "c"}


@pytest.mark.parametrize("written", ["\\ud842", "\\udfb7", "\\udfb7\\ud842", "\\ud842 \\udfb7"])
def test_half_a_pair_is_refused(written, loader):
    assert problems(f'a: "{written}"\n')[0].startswith("f.yaml:1:")


def test_a_text_that_nobody_writes_is_refused_at_once(loader):
    longest = "x" * source.MAX_TEXT
    assert source.plain(source.parse(f"a: {longest}\n", "f.yaml")[0]) == {"a": longest}
    assert "more than 2,000 characters" in problems(f"a: {longest}x\n")[0]
    assert "more than 2,000 characters" in problems(f"? {longest}x\n: b\n")[0]
    assert "more than 1,000,000" in problems("a: b #" + "x" * source.MAX_BYTES)[0]


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
@example({"a": "é", "": None, "null": "~"})
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
