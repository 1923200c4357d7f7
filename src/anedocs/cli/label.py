"""Whose sheet it is: the label of a patient, as JSON or YAML from a file or standard input.

Each fault is told by its place and its key, never by what stands there. Why: a screen, a log or a
shell history must not keep a name, a record number or a date of birth.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

from anedocs.cli.output import standard_input
from anedocs.core import characters
from anedocs.core.problems import ContentError, Place, Problem, Usage, did_you_mean
from anedocs.schema import source
from anedocs.schema.records import Patient
from anedocs.schema.validate import build

#: In bytes; more than any label holds.
LONGEST = 100_000
_LONGEST_KEY = 40
KEYS = ("name", "mrn", "date_of_birth")
_TOUCHES = "the order sheet; nothing is printed"
#: What was typed is not shown: it may be the label itself.
_UNREAD = "the label that --patient names cannot be read"
_GIVE = "Give the name of a file, or - and the label on standard input"
_FORM = "Keys are name, mrn and date_of_birth (as 2026-01-31), each one text"
#: What registration systems write, and what to write here. Spaces, signs and capitals do not count.
_SAY = {
    "Write it as date_of_birth": (
        "dob", "birthdate", "dateofbirth", "birthday", "birth", "born", "bday", "geburtsdatum",
    ),
    "Write it as mrn": (
        "id", "patientid", "recordnumber", "medicalrecordnumber", "medicalrecord", "mrnumber",
        "identifier", "number", "record", "pid", "hospitalnumber", "csn", "fin", "account",
    ),
    "Write the whole name as name": (
        "firstname", "lastname", "givenname", "familyname", "surname", "given", "family",
        "fullname", "patientname", "patient", "middlename", "first", "last", "preferredname",
    ),
    "It is no part of the label; give it with --sex": ("sex", "gender", "administrativesex"),
    "It is no part of the label; give it in kg with --weight": (
        "weight", "weightkg", "kg", "wt", "bodyweight",
    ),
    "It is no part of the label; give it with --age, or give date_of_birth": (
        "age", "ageyears", "agemonths", "years", "months",
    ),
    "It is no part of the label; give it with --allergies": (
        "allergies", "allergy", "allergen", "allergens", "reaction", "reactions", "nkda",
    ),
    "It is no part of the label; write it on the sheet by hand": (
        "height", "heightcm", "length", "phone", "address", "room", "ward", "bed", "unit", "ssn",
        "encounter", "visit", "attending", "physician", "insurance", "language", "zip", "email",
    ),
}  # fmt: skip
_MEND = {word: mend for mend, words in _SAY.items() for word in words}


def patient(given: str) -> Patient:
    """The patient of a label: a file by its name, or `-` for standard input.

    Raises Usage where it cannot be read, ContentError with every fault in it.
    """
    name = "standard input" if given == "-" else given
    root = _parsed(_text(given, name), name)
    problems = list(_faults(root))
    if problems:
        raise ContentError(problems)
    built = build(Patient, source.plain(root))
    if isinstance(built, list):
        raise ContentError(
            _problem(_place(root, str(fault.path[0])), f"{fault.path[0]} is too long, or no text")
            for fault in built
        )
    return built


def _text(given: str, name: str) -> str:
    try:
        with nullcontext(standard_input()) if given == "-" else Path(given).open("rb") as file:
            raw = file.read(LONGEST + 1)
    except OSError as error:
        raise Usage(f"{_UNREAD}: {error.strerror}. {_GIVE}") from None
    except ValueError:
        raise Usage(f"{_UNREAD}: this is not a file name. {_GIVE}") from None
    if len(raw) > LONGEST:
        raise Usage(
            f"{_UNREAD}: it is too large; the label of one patient has {LONGEST:,} bytes at most"
        )
    if not raw.strip():
        raise ContentError([_problem(Place(name), "this is empty; no label came", _GIVE)])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Usage(f"{_UNREAD}: it is not UTF-8 text") from None


def _parsed(text: str, name: str) -> source.Table:
    """The keys of a label with their places; a label that is no YAML is told by its place alone."""
    try:
        root, problems = source.parse(text, name)
    except ContentError as error:
        # What the reader says may quote the label.
        raise ContentError(_unreadable(one) for one in error.problems) from None
    if problems:
        raise ContentError(_unreadable(one) for one in problems)
    if not isinstance(root, source.Table):
        what = "a list" if isinstance(root, source.Listing) else "one text without a key"
        raise ContentError(
            [_problem(root.place, f"a label is one patient with keys and values, not {what}")]
        )
    return root


def _unreadable(problem: Problem) -> Problem:
    twice = next((key for key in KEYS if f"'{key}' stands twice" in problem.what), None)
    characters = ", ".join(re.findall(r"U\+[0-9A-F]{4,6}", problem.what))
    if twice:
        return _problem(problem.place, f"the key '{twice}' stands twice here")
    if characters:
        return _problem(problem.place, f"a character stands here that no label has: {characters}")
    return _problem(problem.place, "from here on this cannot be read as JSON or YAML")


def _faults(root: source.Table) -> Iterator[Problem]:
    for key, member in root.members.items():
        place = root.keys[key]
        if key not in KEYS:
            yield _problem(place, f"{_named(key)} does not belong to a label", _instead(key))
        elif not isinstance(member, source.Scalar):
            found = "a list" if isinstance(member, source.Listing) else "a mapping"
            yield _problem(member.place, f"{key} must be one text, and here stands {found}")
        elif member.text is not None:
            yield from _of_text(key, member.text, member.place)


def _of_text(key: str, text: str, place: Place) -> Iterator[Problem]:
    if not text.strip():
        yield _problem(place, f"{key} is empty", "Leave the key out where it is not known")
    elif text in ("true", "false"):
        yield _problem(place, f"{key} must be a text, and here stands true or false")
    elif re.search(r"[\r\n\t\v\f\x85\u2028\u2029]", text):
        yield _problem(place, f"{key} holds a line end or a tab", "Write it on one line")
    elif key == "date_of_birth":
        yield from _of_day(text, place)


def _of_day(text: str, place: Place) -> Iterator[Problem]:
    if isinstance(build(Patient, {"date_of_birth": text}), Patient):
        return
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        yield _problem(place, "date_of_birth is a day that cannot be")
    elif re.fullmatch(r"\s*[0-9]{1,2}[-/. ][0-9]{1,2}[-/. ][0-9]{2,4}\s*", text):
        yield _problem(
            place,
            "date_of_birth has day and month first, which can be read in two ways",
            "Write year, month and day in this order, such as 2026-01-31 for January 31",
        )
    else:
        yield _problem(place, "date_of_birth is not written as year, month and day")


def _named(key: str) -> str:
    """A key as a message may show it: one that a program wrote, never one that may be a name."""
    written_by_program = re.fullmatch(r"[a-z][a-z0-9]*(?:[A-Z_-][A-Za-z0-9]*)*", key)
    if len(key) <= _LONGEST_KEY and (_plain(key) in _MEND or written_by_program):
        return f"the key '{characters.shown(key)}'"
    return "the key that stands here"


def _instead(key: str) -> str:
    plain = _plain(key)
    if plain in _MEND:
        return _MEND[plain]
    near = did_you_mean(plain, map(_plain, KEYS))
    return next((f"Did you mean '{one}'?" for one in KEYS if f"'{_plain(one)}'?" in near), "")


def _plain(key: str) -> str:
    return re.sub(r"[^a-z]", "", key.lower())


def _place(root: source.Table, key: str) -> Place:
    return root.keys.get(key, root.place)


def _problem(place: Place, what: str, mend: str = "") -> Problem:
    ended = mend if mend.endswith("?") else f"{mend}."
    return Problem(place, what, _TOUCHES, f"{ended} {_FORM}" if mend else _FORM)
