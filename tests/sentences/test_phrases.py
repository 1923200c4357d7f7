"""Each clinical phrase is written in one place, from which every document takes it."""

import ast
import re
from pathlib import Path

import pytest

import anedocs

SRC = Path(anedocs.__file__).parent
TEMPLATES = Path(__file__).parents[2] / "templates"
#: `check` reads finished documents without the help of what wrote them; the schema warns of words.
APART = ("check/", "schema/", "reconcile/")
#: Phrases by which a document speaks of a dose, and the one module that writes each.
PHRASES = {
    r"not stated in guideline": "sentences/phrases.py",
    r"must enter": "sentences/phrases.py",
    r"no dose (?:printed|above)": "sentences/phrases.py",
    r"^maximum ": "sentences/phrases.py",
    r"^rounded to ": "sentences/phrases.py",
    r"^route ": "sentences/phrases.py",
    r"^infusion time ": "sentences/phrases.py",
    r"WEIGH AGAIN": "sentences/phrases.py",
    r"[Rr]eference only": "sentences/phrases.py",
    r"(?:twice|three times) daily|every \S* ?hours": "sentences/vocabulary.py",
    r"the dose rule changes": "sentences/phrases.py",
}


#: A heading of the list of gaps, which lies below the sentences.
HEADING = "edition/gaps.py"


def texts(path: Path) -> list[str]:
    """Every text of a module that is no docstring; of a joined text its fixed pieces."""
    tree = ast.parse(path.read_text("utf-8"))
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told
    ]


@pytest.mark.parametrize("phrase", PHRASES)
def test_a_phrase_is_written_in_one_module(phrase: str) -> None:
    writers = {
        name
        for path in sorted(SRC.rglob("*.py"))
        if not (name := path.relative_to(SRC).as_posix()).startswith(APART)
        and any(re.search(phrase, text) for text in texts(path))
    }
    assert writers == {PHRASES[phrase]}


def test_not_set_is_written_once_and_as_a_heading_of_the_gaps() -> None:
    writers = {
        name
        for path in sorted(SRC.rglob("*.py"))
        if not (name := path.relative_to(SRC).as_posix()).startswith(APART)
        and "NOT SET" in texts(path)
    }
    assert writers == {"sentences/phrases.py", HEADING}


@pytest.mark.parametrize("phrase", PHRASES)
def test_no_template_writes_a_phrase(phrase: str) -> None:
    for path in TEMPLATES.glob("*.*"):
        if path.suffix in (".html", ".jinja", ".md"):
            words = re.sub(r"\{[{%#].*?[%#}]\}", " ", path.read_text("utf-8"), flags=re.DOTALL)
            lines = [line.strip() for line in re.sub("<[^>]*>", "\n", words).splitlines()]
            assert not [line for line in lines if re.search(phrase, line)], path.name
