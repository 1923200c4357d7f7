"""What a document is made from follows from what its module imports, and from no list."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import anedocs
from anedocs.build import inputs, program
from anedocs.documents import registry

MODULE = '''"""What it does."""

LIST = """first
# no comment
"""


class Dose:
    """A dose."""

    mass: int
    """In mg."""


# Why it is so.
def double(mass: int) -> int:
    """Twice."""
    return 2 * mass
'''


@pytest.fixture
def fingerprint_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The fingerprint of a module of this text, in a package of its own."""
    package = tmp_path / "anedocs"
    package.mkdir()
    monkeypatch.setattr(anedocs, "__file__", str(package / "__init__.py"))

    def fingerprint(text: str) -> str:
        (package / "made_up.py").write_text(text, "utf-8")
        program.path_of.cache_clear()
        program.fingerprint.cache_clear()
        return program.fingerprint("anedocs.made_up")

    yield fingerprint
    for cached in (program.path_of, program.fingerprint, program.modules):
        cached.cache_clear()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""What it does."""', '"""What it\n\nreally does."""'),
        ('"""A dose."""', '"""A dose of a drug."""'),
        ('    """In mg."""\n', ""),
        ("# Why it is so.", "# Why it is as it is.\n# In two lines.\n"),
        ('"""Twice."""', '"""So much more."""'),
    ],
)
def test_words_for_people_change_no_document(old: str, new: str, fingerprint_of) -> None:
    assert MODULE.count(old) == 1
    assert fingerprint_of(MODULE.replace(old, new)) == fingerprint_of(MODULE)


@pytest.mark.parametrize(
    ("old", "new"),
    [("2 * mass", "3 * mass"), ("mass: int\n", "mass: str\n"), ("# no comment", "# a comment")],
)
def test_what_a_module_does_counts(old: str, new: str, fingerprint_of) -> None:
    assert old in MODULE
    assert fingerprint_of(MODULE.replace(old, new)) != fingerprint_of(MODULE)


def test_imports_are_followed_also_within_functions() -> None:
    (sheet,) = (kind for kind in registry.KINDS if kind.name == "sheet")
    found = program.modules(sheet.module)
    assert {"anedocs.render.pdf", "anedocs.dosing.rules", "anedocs.core.quantity"} <= found
    assert not {one for one in found if one.startswith(("anedocs.cli", "anedocs.check"))}
    assert "anedocs.documents.leaflet.page" not in found
    assert program.modules("json") == frozenset()


@pytest.mark.parametrize("kind", registry.KINDS, ids=lambda kind: kind.name)
def test_each_kind_is_made_from_its_own_templates_and_no_others(kind) -> None:
    every = {f"templates/{one}" for other in registry.KINDS for one in other.templates}
    used = inputs.used_by(kind, "ane", every)
    assert used == {f"templates/{one}" for one in kind.templates}
    assert "templates/our_header.html" in inputs.used_by(kind, "ane", ["templates/our_header.html"])


TOY = r'''"""A toy: the title of the order set as a document."""

from anedocs.documents.kind import DocumentKind, ReadAs
from anedocs.documents.toy import words


def _files(_locator, edition):
    yield f"{edition.orderset.id}-toy.txt", lambda: words.text(edition).encode()


TOY = DocumentKind("toy", __name__, _files, ReadAs.PAGES, shows=("title",))
KINDS = (TOY,)
'''
WORDS = r'''"""What the toy says."""


def text(edition):
    """The title, and which edition it is."""
    orderset = edition.orderset
    stamp = f"{orderset.id} {orderset.revision} {edition.short_fingerprint}"
    return "\n".join([edition.status.mark or "", orderset.title, stamp])
'''


@pytest.mark.long
def test_a_new_document_is_one_folder_and_one_word_in_the_registry(tmp_path: Path) -> None:
    """`build`, `check`, the manifest and the map of facts know it at once."""
    root = Path(anedocs.__file__).parents[2]
    for folder in ("src", "ordersets", "templates"):
        shutil.copytree(root / folder, tmp_path / folder)
    documents = tmp_path / "src/anedocs/documents"
    (documents / "toy").mkdir()
    for name, text in {"__init__": '"""A toy."""\n', "kinds": TOY, "words": WORDS}.items():
        (documents / "toy" / f"{name}.py").write_text(text, "utf-8")
    registered = documents / "registry.py"
    text = registered.read_text("utf-8")
    registered.write_text(text.replace('"order_sheet", ', '"order_sheet", "toy", ', 1), "utf-8")

    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "anedocs", "--home", str(tmp_path / "home"), "--orderset",
             "croup", *words],
            env={**os.environ, "PYTHONPATH": str(tmp_path / "src")}, cwd=tmp_path,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("new", "croup")
    assert "croup-toy.txt" in run("build")
    assert "croup-toy.txt: fresh, 1 facts in their place" in run("check")
    head, *rows = run("check", "--matrix").splitlines()
    assert "toy" in head.split()
    (title,) = (row for row in rows if row.startswith("title "))
    assert title[head.index("toy")] == "x"
    manifest = json.loads((tmp_path / "output/MANIFEST.json").read_text("utf-8"))
    assert "src/anedocs/documents/toy/words.py" in manifest["inputs"]
    before = manifest["files"]
    spoken = documents / "toy" / "words.py"
    spoken.write_text(spoken.read_text("utf-8").replace("What the toy says", "Its words"), "utf-8")
    assert run("build").startswith("0 made, ")
    spoken.write_text(spoken.read_text("utf-8").replace("orderset.title,", "orderset.title + '.',"))
    assert run("build").splitlines()[0].endswith("croup-toy.txt")
    after = json.loads((tmp_path / "output/MANIFEST.json").read_text("utf-8"))["files"]
    assert {name for name in after if after[name] != before[name]} == {"croup-toy.txt"}
