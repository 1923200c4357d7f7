"""The target of the patient's label: it is printed as it stands, and told in no message."""

from __future__ import annotations

import re
import tempfile
import unicodedata
from datetime import date
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import expect
import mutate_yaml
import program
from pdfs import words_of
from program import Find

from cases import Case, Target

#: Who the made-up patient is; none of it may stand in a message.
NAME, MRN, BORN = "Zzyxmark Quorne", "QM-4711-ZZ", "2021-03-17"
_MARKS = ("Zzyxmark", "Quorne", "4711", "QM-", "2021-03-17", "03-17", "17.03.2021", "03/17/2021")
_LABELS = (
    f"name: {NAME}\nmrn: {MRN}\ndate_of_birth: {BORN}\n",
    f'{{"name": "{NAME}", "mrn": "{MRN}", "date_of_birth": "{BORN}"}}',
    f"name: {NAME}\n", f"mrn: {MRN}\n", f"{{name: {NAME}, date_of_birth: {BORN}}}",
    f"name: {NAME}\ndob: {BORN}\n", f"name: {NAME}\nsex: female\ndate_of_birth: 17.03.2021\n",
    f"name: {NAME}\nMRN: {MRN}\n", f'{{"name": "{NAME}", "date_of_birth": "03/17/2021"}}',
    f"patient:\n  name: {NAME}\n  mrn: {MRN}\n", f"- {NAME}\n- {MRN}\n", f"{NAME}\n{MRN}\n",
)  # fmt: skip
_KEYS = {"name", "mrn", "date_of_birth"}


def _label(random: Random) -> Case:
    text = random.choice(_LABELS[:3] if random.random() < 0.7 else _LABELS)
    changed = mutate_yaml.of_yaml(random, text, _LABELS)
    where = random.choice(("file", "file", "stdin"))
    form = "pdf" if random.random() < 0.04 else "json"
    age = random.choice(("", "", "", "5y", "17mo"))
    return Case("label", "", {"label": changed}, (where, form, age))


def _judge(case: Case, folder: Path) -> bool:
    where, form, age = case.words
    content = case.files["label"]
    words = ["sheet", "--weight", "18.4", "--at", program.AT, "--patient",
             str(folder / "label") if where == "file" else "-"]  # fmt: skip
    words += ["--age", age] if age else []
    words += ["--format", "json"] if form == "json" else ["-o", str(folder / "sheet.pdf")]
    try:
        answer = program.command(*words, stdin=content if where == "stdin" else None)
    except Find as find:
        raise Find(find.kind, _hidden(find.what)) from None
    reading = expect.read(content)
    _told(answer.err, reading.tree)
    if answer.code:
        if (folder / "sheet.pdf").exists():
            raise Find("a sheet was printed although the label was refused", str(answer.code))
        return False
    if reading.faults:
        raise Find(f"accepted: {reading.faults[0].split(':')[0]}", "; ".join(reading.faults))
    _check_label(reading.tree)
    if form == "pdf":
        _check_page(reading.tree, folder / "sheet.pdf", age)
    elif any(mark in answer.out for mark in _MARKS):
        raise Find("the patient stands in the doses", answer.out[:200])
    return True


def _told(err: str, tree: Any) -> None:
    """No value of the label stands in a message; a key may."""
    keys = " ".join(tree) if isinstance(tree, dict) else ""
    for mark in _MARKS:
        if mark in err and mark not in keys:
            raise Find("a patient's value in a message", _hidden(err[:300]))


def _hidden(text: str) -> str:
    return text.replace(NAME, "(the name)").replace(MRN, "(the number)")


def _check_label(tree: Any) -> None:
    if not isinstance(tree, dict) or not set(tree) <= _KEYS:
        raise Find("a label of another shape is accepted", f"{tree!r:.200}")
    for one in tree.values():
        if one is not None and not isinstance(one, str):
            raise Find("a value that is no text is accepted", f"{one!r:.200}")
    born = tree.get("date_of_birth")
    if born is None:
        return
    try:
        day = (
            date.fromisoformat(born) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", born) else None
        )
    except ValueError:
        day = None
    if day is None or not date(1900, 1, 1) <= day <= program.TODAY:
        raise Find("a date of birth that cannot be is accepted", str(born))


def _check_page(tree: Any, path: Path, age: str) -> None:
    """What the label adds to a page is the label; the doses stand there as without it."""
    words = words_of(path.read_bytes())
    bad = expect.unseen("".join(words))
    if bad:
        raise Find("unseen characters on the page", bad)
    for key in ("name", "mrn"):
        said = tree.get(key)
        if said is not None and _squeezed(said) not in _squeezed("".join(words)):
            raise Find("the page does not say what the label says", f"{key}: {said!r:.100}")
    plain = _plain_page(age)
    lost = {one for one in ("552", "220.8", "DRAFT,") if words.count(one) < plain.count(one)}
    label = _squeezed("".join(expect.texts(tree)))
    more = {one for one in set(words) - set(plain) - set(_plain_page("5y")) if not one.isdigit()}
    # PDFium joins what a hyphen parts at the end of a line: 'Quorne-' and 'MRN'.
    more = {one.removesuffix("-MRN") for one in more}
    more = {one for one in more if _squeezed(one) not in label and not _of_age(one)}
    if lost or more:
        raise Find("the page is another one with a label", f"lost {lost}, added {sorted(more)[:5]}")


@cache
def _plain_page(age: str) -> list[str]:
    """The words of the same sheet without a label."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sheet.pdf"
        words = ["sheet", "--weight", "18.4", "--at", program.AT, "-o", str(path)]
        answer = program.command(*words, *(["--age", age] if age else []))
        return words_of(path.read_bytes()) if answer.code == 0 else []


def _of_age(word: str) -> bool:
    return re.fullmatch(r"(?:days?|weeks?|months?|years?)[.,;)]?", word) is not None


def _squeezed(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


TARGETS = {"label": Target(_label, _judge)}
