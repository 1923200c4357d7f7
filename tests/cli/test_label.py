"""The patient's label: what is told of a wrong one, and that no message shows what stands in it."""

import json
import re
import string
from functools import partial

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from anedocs.cli import label
from anedocs.cli.app import cli
from anedocs.core.problems import ContentError
from anedocs.documents.order_sheet import page as sheets

AT = ("--at", "2026-01-31T14:05")
SECRET = "Xanthippe"
BIRTH = "1987"

pytestmark = pytest.mark.usefixtures("read_once")


@pytest.fixture(autouse=True)
def asked(tmp_path, monkeypatch):
    """What the page was asked for; it is not laid out, which costs a second."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ANEDOCS_HOME", raising=False)
    requests = []

    def page(request, folders, paper):
        sheets._printable(request)
        requests.append(request)
        return b"%PDF-"

    monkeypatch.setattr(sheets, "order_sheet", page)
    return requests


def run(text, *words):
    return CliRunner().invoke(
        cli, ["sheet", "--weight", "18.4", "--patient", "-", "-o", "s.pdf", *AT, *words], input=text
    )


def refused(text, code=1, *words):
    result = run(text, *words)
    assert isinstance(result.exception, SystemExit), result.exception
    assert (result.exit_code, result.stdout) == (code, ""), result.output
    assert "Traceback" not in result.stderr
    return result.stderr


# --- Keys ---


@pytest.mark.parametrize(
    ("key", "mend"),
    [
        *((key, "Write it as date_of_birth") for key in (
            "dob", "DOB", "D.O.B", "birthdate", "birth_date", "birthDate", "Date of Birth",
            "born")),
        *((key, "give it with --sex") for key in ("sex", "Sex", "gender", "SEX")),
        *((key, "give it in kg with --weight") for key in ("weight", "Weight", "weight_kg", "wt")),
        *((key, "give it with --allergies") for key in ("allergies", "allergy", "Allergies")),
        *((key, "give it with --age") for key in ("age", "AGE")),
        *((key, "Write it as mrn") for key in (
            "id", "patient_id", "patientId", "medical record number")),
        *((key, "Write the whole name as name") for key in ("first_name", "lastName", "Surname")),
        *((key, "write it on the sheet by hand") for key in ("height", "phone", "room")),
        ("nmae", "Did you mean 'name'?"), ("date_of_brith", "Did you mean 'date_of_birth'?"),
        ("MRM", "Did you mean 'mrn'?"), ("Name", "Did you mean 'name'?"),
        ("favourite_colour", ""), ("nickname", ""), ("x", ""),
    ],
)  # fmt: skip
def test_a_key_that_does_not_fit_is_told_what_to_write(key, mend):
    message = refused(json.dumps({"name": SECRET, key: SECRET}))
    assert mend in message
    assert SECRET not in message
    assert "standard input:1:" in message
    assert "Keys are name, mrn and date_of_birth" in message
    if re.fullmatch("[a-z]+(_?[a-zA-Z])*", key):
        assert f"the key '{key}' does not belong to a label" in message


def test_a_key_that_may_be_a_name_is_not_shown():
    for key in (SECRET, f"{SECRET} Smith", f"{SECRET}_Smith", "4711", f"{'x' * 41}"):
        message = refused(json.dumps({key: "name"}))
        assert "the key that stands here does not belong to a label" in message
        assert key not in message


def test_every_fault_of_a_label_is_told_in_one_run():
    message = refused(f"name: [{SECRET}]\nmrn: {{a: {SECRET}}}\ndob: {SECRET}\n")
    assert len(message.splitlines()) == 3
    assert "1:7: name must be one text, and here stands a list" in message
    assert "2:6: mrn must be one text, and here stands a mapping" in message
    assert "3:1: the key 'dob' does not belong to a label" in message


# --- Values ---


@pytest.mark.parametrize(
    ("born", "says"),
    [
        ("01/31/2026", "can be read in two ways"), ("31.01.2026", "can be read in two ways"),
        ("1/3/26", "can be read in two ways"), ("01-31-1987", "can be read in two ways"),
        ("2021-02-30", "a day that cannot be"), ("2021-13-01", "a day that cannot be"),
        ("0000-01-01", "a day that cannot be"), ("2023-02-29", "a day that cannot be"),
        ("Jan 31, 2026", "not written as year, month and day"), ("20260131", "not written as year"),
        ("2026-1-31", "not written as year"), ("2026-01-31T10:00", "not written as year"),
        ("1987", "not written as year"), ("\u0662\u0660\u0662\u0661-01-01", "not written as year"),
    ],
)  # fmt: skip
def test_a_date_of_birth_in_another_form(born, says):
    message = refused(json.dumps({"date_of_birth": born}))
    assert f"date_of_birth {says}" in message or says in message
    assert "2026-01-31" in message, "the form is shown"
    if "2026" not in born:
        assert born not in message


@pytest.mark.parametrize("key", ["name", "mrn", "date_of_birth"])
@pytest.mark.parametrize(
    ("value", "says"),
    [("", "is empty"), ("   ", "is empty"), (["x"], "stands a list"), ({"a": "b"}, "a mapping"),
     (True, "true or false"), (False, "true or false")],
)  # fmt: skip
def test_a_value_of_another_kind(key, value, says):
    message = refused(json.dumps({key: value}, ensure_ascii=True))
    assert key in message
    assert says in message
    assert SECRET not in message


@pytest.mark.parametrize("end", ["\n", "\r\n", "\t", "\u2028", "\x0b", "\x85"])
@pytest.mark.parametrize("key", ["name", "mrn"])
def test_a_line_end_in_a_name_is_refused_or_a_space(key, end, asked):
    text = json.dumps({key: f"{SECRET}{end}Smith"})
    if run(text).exit_code == 0:
        assert getattr(asked[0].patient, key) == f"{SECRET} Smith"
    else:
        assert SECRET not in refused(text)


def test_a_key_twice():
    assert "the key 'name' stands twice" in refused(f"name: {SECRET}\nname: {SECRET}\n")
    message = refused(f"{SECRET}: a\n{SECRET}: b\n")
    assert SECRET not in message


@pytest.mark.parametrize("given", [[], [{"name": SECRET}], SECRET, 7, None])
def test_what_is_no_label_at_all(given):
    message = refused(json.dumps(given))
    assert "a label" in message or "cannot be read" in message
    assert SECRET not in message


@pytest.mark.parametrize(
    ("name", "shown"),
    [(f"{SECRET}\x1b[31m red", "U+001B"), (f"{SECRET}\u202eevil", "U+202E"),
     (f"{SECRET}\u200b", "U+200B"), (f"{SECRET} 李 明", "李"), (f"{SECRET}\x00", "U+0000"),
     (f"{SECRET} 😀", "😀")],
)  # fmt: skip
@pytest.mark.parametrize("key", ["name", "mrn"])
def test_a_character_that_no_page_has_is_told_with_its_field_alone(key, name, shown):
    label_text = yaml.safe_dump({key: name})  # as escapes
    message = refused(label_text, 4 if shown in name else run(label_text).exit_code)
    assert shown in message
    if shown in name:
        field = "MRN" if key == "mrn" else key
        assert message.startswith(f"Refused: {field}: the font cannot draw")
    assert SECRET not in message
    assert "明" not in message, "one character, and not the name"
    assert message.removesuffix("\n").isprintable()


#: As escapes in JSON and in YAML, and as they are.
WRITERS = [json.dumps, partial(json.dumps, ensure_ascii=False), yaml.safe_dump]


@pytest.mark.parametrize(
    "sign", ["\u00ad", "\u200b", "\u202e", "\u061c", "\u3164", "\ue000", "\U000e0041"], ids=ascii
)
@pytest.mark.parametrize("key", ["dat{}e_of_birth", "do{}b", "n{}ame", "{}mrn", "{}"])
@pytest.mark.parametrize("write", WRITERS)
def test_a_key_with_what_nobody_sees_is_told_by_its_code_point(write, key, sign):
    message = refused(write({key.format(sign): SECRET}))
    assert f"U+{ord(sign):04X}" in message
    assert message.removesuffix("\n").isprintable()
    assert SECRET not in message


@pytest.mark.parametrize("key", ["name", "mrn"])
def test_accents_are_not_piled_over_the_lines_above(key):
    message = refused(json.dumps({key: f"{SECRET}{chr(0x301) * 30}"}), 4)
    assert "more accents stand on one letter" in message
    assert SECRET not in message
    for name in ("Nguyễn Thị Ánh", "Nguye\u0302\u0303n Thi\u0323 A\u0301nh", "Zoë Ḗ Ấ"):
        assert "accents" not in run(json.dumps({key: name})).stderr


def test_a_long_name_is_told_without_it():
    message = refused(json.dumps({"name": f"{SECRET} " * 40}), 4)
    assert "name: 400 characters are more" in message
    assert SECRET not in message


@pytest.mark.parametrize("source", ["-", "label"])
@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (b"x" * (label.LONGEST + 1), 2, "it is too large"),
        (b"\xff" * 15_000_000, 2, "it is too large"),
        (b"\xff", 2, "it is not UTF-8"),
        (b"", 1, "this is empty"),
        (b" \n", 1, "this is empty"),
    ],
    ids=["a byte too many", "a picture", "no text", "empty", "blank"],
)
def test_a_file_that_is_no_label_says_why(content, code, says, source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "label").write_bytes(content)
    words = ["sheet", "--weight", "18.4", "--patient", source]
    result = CliRunner().invoke(cli, words, input=content)
    assert result.exit_code == code
    assert says in result.stderr
    assert "not a file name" not in result.stderr


def test_a_sheet_that_is_too_full_does_not_quote_the_patient(monkeypatch):
    from anedocs.render import pdf

    def full(*_, **__):
        raise pdf.FullError(f"page 1: '{SECRET}' runs over the edge")

    monkeypatch.undo()
    monkeypatch.setattr(pdf, "pdf", full)
    message = refused(json.dumps({"name": SECRET}), 4)
    assert "does not fit on one page" in message
    assert SECRET not in message


def test_words_that_belong_to_no_option_are_not_shown():
    for words in (("--allergies", "penicillin:", SECRET), (SECRET,), (SECRET, SECRET)):
        message = refused("name: A", 2, *words)
        assert "to no option; put a text with spaces in quotes" in message
        assert SECRET not in message
    result = CliRunner().invoke(cli, ["dose", "--weight", "18.4", SECRET])
    assert result.exit_code == 2
    assert SECRET not in result.output


@pytest.mark.parametrize(
    "typed", ["{}", "{} Two", "Jo {} 77", "MRN {}", '{{"name": "{}"}}', "{}\u202e"]
)
@pytest.mark.parametrize(
    "option",
    ["--weight", "--age", "--allergies", "--confirm-weight", "--weighed-at", "--at", "--sex",
     "--weight-source", "--patient"],
)  # fmt: skip
def test_a_name_typed_at_the_wrong_place_is_not_shown(option, typed):
    name = typed.format(SECRET)
    if option == "--allergies":
        name += "\u202e"
    result = CliRunner().invoke(cli, ["sheet", "--weight", "18.4", *AT, option, name])
    assert result.exit_code in (2, 4), result.output
    assert SECRET not in result.output


# --- Any label ---

_MARKED = st.builds("{}{}{}".format, st.text(max_size=6), st.just(SECRET), st.text(max_size=6))
_VALUES = st.recursive(
    _MARKED, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(
        st.text(string.ascii_lowercase, min_size=1, max_size=5), inner, max_size=2),
    max_leaves=4,
)  # fmt: skip
_KEYS = st.sampled_from(
    [*label.KEYS, "dob", "DOB", "sex", "weight", "Name", "nmae", "first_name", SECRET]
) | st.text(string.ascii_letters + " _", max_size=8)
_MORE = ("", "\n", "}", "'", '"', "\t", "*", "&x ", "!", "!!python ", "\x07", ": ", "- ", "%",
         "\\q", "\ufeff", "---\n", "`", "@", f"*{SECRET} ", f"!{SECRET} ")  # fmt: skip


@st.composite
def spoiled(draw):
    text = draw(st.dictionaries(_KEYS, _VALUES, max_size=3).map(json.dumps))
    place = draw(st.integers(0, len(text)))
    return text[:place] + draw(st.sampled_from(_MORE)) + text[place:]


@settings(max_examples=500, deadline=None)
@given(
    st.dictionaries(_KEYS, _VALUES, max_size=4).map(json.dumps)
    | st.dictionaries(_KEYS, _VALUES, max_size=4).map(yaml.safe_dump)
    | spoiled()
)
@example(f"name: *{SECRET}")
@example(f"name: !{SECRET} x")
@example(f'name: "{SECRET}')
@example(f"%{SECRET} 1\n---\nname: x")
@example(f"{SECRET}: name")
def test_no_message_shows_what_stands_in_a_label(read_label, text):
    """Why: a marker stands in every value; whatever is wrong, it must not come back."""
    found = read_label(text)
    if isinstance(found, str):
        assert found
        assert SECRET not in found
    else:
        assert set(dict(found)) == {"name", "mrn", "date_of_birth"}


_TYPED = st.text(st.characters(codec=None, exclude_characters="\0"), max_size=12)
_WORDS = st.fixed_dictionaries(
    {"--weight": st.sampled_from(["18.4", "3.5kg", "60 kg", "150"]) | _TYPED},
    optional={
        "--age": st.sampled_from(["5y3m", "12d", "0d", "20y11mo", "21y", "9999y"]) | _TYPED,
        "--weighed-at": st.sampled_from(["14:00", "2026-01-01", "2099-01-01"]) | _TYPED,
        "--allergies": _TYPED.map(lambda text: f"{SECRET} {text}"),
        "--confirm-weight": st.sampled_from(["AB", "A\x1bB"]) | _TYPED,
        "--at": st.sampled_from(["2026-01-31T14:05", "0001-01-01", "2026-01-31T23:59+14:00"])
        | _TYPED,
        "--format": st.just("json"),
    },
)  # fmt: skip


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(_WORDS)
@example({"--weight": "18.4", "--allergies": f"{SECRET} \udcff"})
def test_whatever_is_typed_ends_in_a_sheet_or_a_sentence(asked, words):
    typed = [f"{option}={text}" for option, text in words.items()]
    result = CliRunner().invoke(cli, ["sheet", "-o", "s.pdf", *typed])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code in (0, 2, 4)
    assert SECRET not in result.output
    assert result.stderr.replace("\n", "").isprintable(), "no escape reaches a screen"


@pytest.fixture(scope="module")
def read_label(tmp_path_factory):
    path = tmp_path_factory.mktemp("label") / "label"

    def read(text):
        path.write_text(text, "utf-8", errors="replace")
        try:
            return label.patient(str(path))
        except ContentError as error:
            return str(error)

    return read
