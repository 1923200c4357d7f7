"""The architecture: imports run downward, each outside library is used in one module, doses stay
exact, and what is said about medicine stays in ordersets/.
"""

import ast
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

import anedocs

SRC = Path(anedocs.__file__).parent
TEMPLATES = Path(__file__).parents[1] / "templates"
#: The packages, lowest layer first: each may import itself and those before it, none after it.
LAYERS = (
    "core", "schema", "edition", "dosing", "sentences", "render", "documents", "build", "reconcile",
    "check", "cli",
)  # fmt: skip
#: The one module that imports each outside library.
LIBRARIES = {
    "PIL": "check/readers/pictures.py",
    "click": "cli/app.py",
    "docx": "render/word.py",
    "font_source_sans_pro": "render/fonts.py",
    "fontTools": "render/fonts.py",
    "jinja2": "render/pdf.py",
    "openpyxl": "check/readers/tables.py",
    "platformdirs": "edition/store.py",
    "pydantic": "schema/validate.py",
    "pydantic_core": "schema/parts.py",
    "pypdfium2": "check/readers/pdf_file.py",
    "pyphen": "documents/leaflet/readability.py",
    "ruamel": "edition/record_file.py",
    "segno": "render/codes.py",
    "simplejson": "documents/fhir/exact_json.py",
    "weasyprint": "render/pdf.py",
    "xlsxwriter": "render/xlsx.py",
    "yaml": "schema/source.py",
    "zxingcpp": "check/readers/pictures.py",
}
#: Why a second one: `check` reads finished pages with no code of those who make them.
ALSO = {"pypdfium2": "render/page_fit.py"}
FONTS = "font_source_sans_pro"
HEAVY = ("weasyprint", "segno", "fontTools", "pypdfium2", "jinja2", "xlsxwriter", "openpyxl")
#: The packages in which a binary float would touch a dose.
EXACT = (
    "core", "schema", "edition", "dosing", "sentences", "reconcile", "documents/ehr",
    "documents/worksheet", "documents/dose_check", "documents/fhir", "documents/ehr_package",
)  # fmt: skip
#: Numbers that stand in the source as text: units, the pound, the reading grade. No dose.
CONSTANTS = {
    "core/quantity.py": {"0.001", "30.4375", "365.25"},
    "documents/leaflet/readability.py": {"0.1", "0.39", "11.8", "15.59"},
    "dosing/plausible.py": {"0.45359237"},
}
_AMOUNT = re.compile(
    r"(?<![A-Za-z0-9.\\])[0-9][0-9.,]*\s?(?:mg/kg|mg|mcg|g|kg|mL|%|points?|days?|months?|years?)"
    r"(?![A-Za-z0-9}])"
)
#: What follows these words in a message is an example of how to write, and no figure of medicine.
_EXAMPLE = re.compile(r"(?:such as|as in|write|\bnot)\b[^;]*", re.IGNORECASE)


def modules() -> list[Path]:
    return sorted(SRC.rglob("*.py"))


def name(path: Path) -> str:
    return path.relative_to(SRC).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imported(path: Path, *, for_types: bool = True) -> Iterator[str]:
    """Every module that a file imports, also within a function, by full name."""
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree(path)):
        if not for_types and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            skipped.update(node.body)
        match node:
            case ast.stmt() if node in skipped:
                pass
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom():
                assert node.level == 0, f"{name(path)}:{node.lineno}: write imports in full"
                whole = node.module or ""
                inner = (f"{whole}.{alias.name}" for alias in node.names)
                files = [one for one in inner if file_of(one)]
                yield from files or [whole]


def file_of(module: str) -> str | None:
    """The file of one of our own modules, as in 'core/quantity.py'; None for any other name."""
    if module.split(".")[0] != "anedocs":
        return None
    path = SRC.joinpath(*module.split(".")[1:])
    found = next(
        (one for one in (path.with_suffix(".py"), path / "__init__.py") if one.exists()), None
    )
    return name(found) if found else None


@cache
def own(*, for_types: bool = True) -> dict[str, set[str]]:
    """For each of our files: which of our files it imports."""
    return {
        name(path): {
            file for module in imported(path, for_types=for_types) if (file := file_of(module))
        }
        for path in modules()
    }


def layer(file: str) -> int:
    """The layer of a file's package; the files beside the packages stand above all of them."""
    package, _, rest = file.partition("/")
    return LAYERS.index(package) if rest else len(LAYERS)


#: The modules that prove the writers from finished files, and what they may use of ours: what a
#: document is named and how it is read, and the order set; no sentence, no dose, no writer.
INDEPENDENT = ("check/readers/", "check/read_back/")
FOR_READING = ("core/", "schema/", "edition/", *INDEPENDENT, "check/finding.py",
               "documents/kind.py", "documents/registry.py", "check/made_anew/seen")  # fmt: skip


def test_what_is_read_back_is_read_without_the_help_of_what_wrote_it():
    helped = [
        f"{file} imports {other}"
        for file, others in own().items()
        for other in others
        if file.startswith(INDEPENDENT)
        and not other.startswith(FOR_READING)
        and not other.endswith("__init__.py")
    ]
    assert helped == [], "a check that asks the writer what it wrote proves nothing"


def test_every_package_has_a_layer():
    packages = {file.split("/")[0] for file in own() if "/" in file}
    assert packages == set(LAYERS), "list each package of src/anedocs in LAYERS, and no other"


def test_the_picture_of_the_architecture_shows_the_layers():
    text = (SRC.parents[1] / "CONTRIBUTING.md").read_text("utf-8")
    (drawn,) = re.findall(r"```mermaid\n(.*?)```", text, re.DOTALL)
    arrows = re.findall(r"^ *(\w+)(?:\[[^]]*\])? --> (\w+)", drawn, re.MULTILINE)
    assert arrows == list(pairwise(reversed(LAYERS)))


def test_imports_run_downward():
    upward = [
        f"{file} imports {other}"
        for file, others in own().items()
        for other in others
        if layer(other) > layer(file) and other != "__init__.py"
    ]
    assert upward == [], (
        "a package may import only those before it in LAYERS; move what both need further down"
    )


def test_no_circular_imports():
    """Take away, again and again, what nothing that is left imports, or what imports nothing.

    The package itself is left out: its functions for scripts import within, when they are called.
    """
    left = {file: others - {file} for file, others in own(for_types=False).items()}
    del left["__init__.py"]
    while True:
        wanted = set().union(*left.values())
        free = {file for file, others in left.items() if not others & left.keys()}
        free |= left.keys() - wanted
        if not free:
            break
        left = {file: others for file, others in left.items() if file not in free}
    assert left == {}, "these modules import each other"


def test_each_library_is_used_in_one_module():
    importers: dict[str, list[str]] = {}
    for path in modules():
        first = {module.split(".")[0] for module in imported(path)}
        for library in first - sys.stdlib_module_names - {"anedocs"}:
            importers.setdefault(library, []).append(name(path))
    expected = {library: [module] for library, module in LIBRARIES.items() if library != FONTS}
    for library, module in ALSO.items():
        expected[library].append(module)
    assert importers == expected, (
        "one module wraps each library, and the others use that module; a new library needs its "
        "line in LIBRARIES, and in pyproject.toml with its licence"
    )


def test_the_fonts_are_named_in_one_module():
    """They are no module to import but files in a package, named by a text."""
    named = [
        name(path)
        for path in modules()
        if any(isinstance(one, ast.Constant) and one.value == FONTS for one in ast.walk(tree(path)))
    ]
    assert named == [LIBRARIES[FONTS]]


def test_a_dose_is_computed_without_what_is_heavy():
    """Why: triage waits for it; and it must run where the libraries for PDF are missing."""
    script = (
        "import sys\n"
        "from anedocs.cli.app import cli\n"
        "cli(['dose', '--weight', '18.4'], standalone_mode=False)\n"
        "print(*sorted(sys.modules), sep='\\n')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(SRC.parent), "PATH": ""},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded = done.stdout.splitlines()
    assert "anedocs.dosing.rules" in loaded
    assert [one for one in loaded if one.split(".")[0] in HEAVY] == []


#: Names with an underscore that are documented for use: of named tuples, and of the process.
PUBLIC_AFTER_ALL = {"_replace", "_asdict", "_fields", "_make", "_exit"}


def private_uses(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and name of each private attribute that is not the file's own."""
    own = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    attributes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    own |= {node.attr for node in attributes if isinstance(node.ctx, ast.Store)}
    own |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)
            and isinstance(node.ctx, ast.Store)}  # fmt: skip
    for node in attributes:
        private = node.attr.startswith("_") and not node.attr.endswith("__")
        on_itself = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
        if private and node.attr not in (PUBLIC_AFTER_ALL | (own if on_itself else set())):
            yield node.lineno, ast.unparse(node)


def test_no_private_name_of_a_library_or_of_another_module_is_used():
    """Why: a private name may change or go with any release, and nobody announces it."""
    found = [
        f"{name(path)}:{line}: {used}"
        for path in modules()
        for line, used in private_uses(tree(path))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("code", "used"),
    [
        ("page._page_box.style", ["page._page_box"]),
        ("module._helper()", ["module._helper"]),
        ("class Own(Sheet):\n  def put(self):\n    self._write()", ["self._write"]),
        ("class Own:\n  def _write(self): ...\n  def put(self):\n    self._write()", []),
        ("class Own:\n  def __init__(self): self._made = {}", []),
        ("line._replace(key=1); os._exit(1); value.__class__", []),
    ],
)
def test_what_counts_as_private(code, used):
    assert [found for _, found in private_uses(ast.parse(code))] == used


@pytest.mark.parametrize("folder", EXACT)
def test_no_float_touches_a_dose(folder):
    found = []
    for path in sorted((SRC / folder).rglob("*.py")):
        for node in ast.walk(tree(path)):
            literal = isinstance(node, ast.Constant) and isinstance(node.value, float | complex)
            called = isinstance(node, ast.Name) and node.id == "float"
            if literal or called or (isinstance(node, ast.BinOp) and inexact(node)):
                found.append(f"{name(path)}:{node.lineno}")
    assert found == [], "compute with Decimal or Fraction: a float cannot hold 0.1 mg exactly"


def inexact(node: ast.BinOp) -> bool:
    """A division of two plain numbers makes a float; paths, fractions and decimals do not."""
    numbers = (isinstance(one, ast.Constant) for one in (node.left, node.right))
    return isinstance(node.op, ast.Div) and all(numbers)


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """The texts of a file but for its docstrings; the pieces of an f-string are put together."""
    skipped: set[int] = set()
    for node in ast.walk(tree(path)):
        match node:
            case ast.Expr(value=ast.Constant(value=str())):
                skipped.add(id(node.value))
            case ast.JoinedStr():
                skipped.update(id(piece) for piece in node.values)
                pieces = (
                    str(piece.value) if isinstance(piece, ast.Constant) else "{}"
                    for piece in node.values
                )
                yield node.lineno, "".join(pieces)
            case ast.Constant(value=str()) if id(node) not in skipped:
                yield node.lineno, node.value


def figures(text: str) -> list[str]:
    return _AMOUNT.findall(_EXAMPLE.sub("", text))


def test_no_figure_of_medicine_in_the_source():
    """Amounts with a unit stand in ordersets/ alone; examples of how to write are no figures."""
    found = [
        f"{name(path)}:{line}: {text}"
        for path in modules()
        for line, text in strings(path)
        if figures(text)
    ]
    assert found == [], "read the value from the order set; src/ holds no clinical value"


def test_a_figure_is_told_from_an_example():
    assert figures("at most 800 mg") == ["800 mg"]
    assert figures("30mg/kg, 5%, 14 points") == ["30mg/kg", "5%", "14 points"]
    assert figures("write the number with its unit, such as '30 mg/kg' or '1 g'") == []
    assert figures("e52g, page 3 of 5, 400%s") == []


def test_no_number_hidden_in_a_text():
    """Decimal("800") is a figure as well; only units and definitions may stand so."""
    for path in modules():
        if name(path).split("/")[0] in (*EXACT, "documents"):
            found = {text for _, text in strings(path) if re.fullmatch(r"[0-9]+\.?[0-9]*", text)}
            left = found - {"0"} - CONSTANTS.get(name(path), set())
            assert left == set(), f"{name(path)}: a definition belongs in CONSTANTS of this test"


def uncommented(path: Path) -> str:
    text = path.read_text("utf-8")
    if path.suffix in (".yaml", ".yml"):
        return re.sub(r"(?m)#.*$", "", text)
    if path.suffix == ".cql":
        return re.sub(r"(?m)//.*$", "", text)
    return re.sub(r"(?s)\{#.*?#\}|/\*.*?\*/|<!--.*?-->", "", text)


ALL_TEMPLATES = sorted(path for path in TEMPLATES.rglob("*") if path.is_file())


@pytest.mark.parametrize("path", ALL_TEMPLATES, ids=lambda path: path.name)
def test_no_figure_of_medicine_in_a_template(path):
    text = uncommented(path)
    if path.suffix == ".css":
        text = re.sub(r"\b[0-9.]+%", "", text)  # widths
    assert _AMOUNT.findall(text) == [], "read the value from the order set"


def test_no_medicine_in_the_conditions_of_a_template(edition_words):
    """No `if` asks for a drug, an order or a statement by its name."""
    for path in sorted(TEMPLATES.glob("*.html")):
        for tag in re.findall(r"(?s)\{[%{].*?[%}]\}", uncommented(path)):
            asked = set(re.findall(r"[\"']([^\"']+)[\"']", tag))
            assert asked.isdisjoint(edition_words), f"{path.name}: {tag}"


@pytest.fixture(scope="module")
def edition_words() -> set[str]:
    from datetime import date

    from anedocs.edition.load import load
    from anedocs.edition.locate import Locator

    orderset = load(Locator(), "ane", date(2026, 1, 1)).orderset
    ids = {order.id for order in orderset.orders} | {section.id for section in orderset.sections}
    return ids | {order.name for order in orderset.orders} | {one.id for one in orderset.statements}


#: Words of the guideline that came with anedocs: its disease, drugs, services and tests.
_OF_ONE_GUIDELINE = re.compile(
    r"\bane\b|encephal|necroti|thalam|ranbp|influenza|\bflu\b|viral|tubercul|glasgow|\bgcs\b"
    r"|prednisolone|tocilizumab|oseltamivir|peramivir|plasma|lumbar|imaging|\bct\b|\bmri\b"
    r"|\bpicu\b|rheumat|infectious|nephrol|genetics|factsheet|surviv",
    re.IGNORECASE,
)
#: Where such a word means something else: a terminology, a kind of order, the default of an option.
_ANOTHER_MEANING = re.compile(
    r"SNOMED CT|snomed-ct|\"laboratory\", \"imaging\"|lab, imaging, consult"
    r"|Diagnostic Imaging: imaging|^DEFAULT = \"ane\"$",
    re.MULTILINE,
)


@pytest.mark.parametrize("folder", [SRC, TEMPLATES], ids=["src", "templates"])
def test_no_guideline_is_known_to_the_program(folder):
    """Neither code nor comments nor pages speak of the guideline that came with anedocs."""
    found = [
        f"{path.relative_to(folder)}: {word}"
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".py", ".html", ".jinja", ".css", ".md", ".cql", ".toml", ".yaml")
        if path.name != "drug_names.toml"  # data of the rules of wording, with its sources
        for word in _OF_ONE_GUIDELINE.findall(_ANOTHER_MEANING.sub("", path.read_text("utf-8")))
    ]
    assert found == [], "make it data of the order set"


def defined(node: ast.AST, inside: str = "") -> Iterator[tuple[str, ast.AST]]:
    """The public functions and classes of a file, with the methods of public classes."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if child.name.startswith("_"):
                continue
            yield f"{inside}{child.name}", child
            if isinstance(child, ast.ClassDef):
                yield from defined(child, f"{child.name}.")


def test_everything_public_says_what_it_is_for():
    silent = [
        f"{name(path)}: {what}"
        for path in modules()
        for what, node in defined(tree(path))
        if not ast.get_docstring(node)  # type: ignore[arg-type]
    ]
    silent += [name(path) for path in modules() if not ast.get_docstring(tree(path))]
    assert silent == [], "these have no docstring"


def test_no_todo_stands_in_the_source():
    for path in modules():
        tokens = tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline)
        marks = [
            token.start[0]
            for token in tokens
            if token.type == tokenize.COMMENT
            and re.search(r"\b(TODO|FIXME|XXX|HACK)\b", token.string)
        ]
        assert marks == [], name(path)
