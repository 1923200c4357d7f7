"""Whatever is changed in a finished document is named, with its place.

No sum helps here: each changed file is laid beside the document as it is made anew.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from anedocs.build import inputs
from anedocs.check import check
from anedocs.check.made_anew.differ import NOTHING, Difference, differences
from anedocs.check.read_back import ehr_package as ehr_check
from anedocs.check.read_back import one_file
from anedocs.check.read_back.facts import facts
from anedocs.documents import registry
from anedocs.edition.load import load
from anedocs.edition.locate import Locator
from support import tampering
from support.ane import REVISION
from support.homes import with_bundled
from support.kinds import kind_of
from support.tampering import Tamper


def told(name: str, expected: bytes, found: bytes) -> list[Difference]:
    """What is told of a file made with other tools, so that only what can be read counts."""
    return differences(name, expected, found, same_tools=False)


def each_is_named(name: str, expected: bytes, changed: Iterator[Tamper]) -> int:
    """How many changes there were; each is told, and at its place."""
    count = 0
    for what, place, content in changed:
        found = told(name, expected, content)
        said = [f"{one.place} {one.expected} {one.found}" for one in found]
        assert any(place in one for one in said), f"{name}: {what}: {place} is not in {said[:5]}"
        count += 1
    return count


#: How the values of a file are changed, and how many are passed over in the short test.
SINGLE: dict[str, tuple[Callable[[bytes, int], Iterator[Tamper]], int]] = {
    "ehr/order-set-build.csv": (tampering.csv_cells, 43),
    "ehr/dose-check.csv": (tampering.csv_cells, 197),
    "ehr/fhir/bundle-collection.json": (tampering.json_leaves, 97),
    "ehr/fhir/PlanDefinition-ane-order-set.json": (tampering.json_leaves, 31),
    "ehr/order-set-build.xlsx": (tampering.workbook_cells, 701),
    "ehr/dose-check.xlsx": (tampering.workbook_cells, 701),
}


@pytest.mark.parametrize("name", SINGLE)
def test_a_single_value_in_a_table_or_a_form_is_named_alone(finished: Path, name: str) -> None:
    change, every = SINGLE[name]
    content = (finished / name).read_bytes()
    for what, place, changed in change(content, every):
        found = [one for one in told(name, content, changed) if "line ends" not in one.place]
        places = {one.place for one in found}
        if name.endswith(".xlsx"):  # a cell that now holds a text has lost its formula
            places = {one.removesuffix(", formula") for one in places}
        assert places == {place}, what


@pytest.mark.long
@pytest.mark.parametrize("name", SINGLE)
def test_hundreds_of_single_values_are_each_named(finished: Path, name: str) -> None:
    change, often = SINGLE[name]
    content = (finished / name).read_bytes()
    assert each_is_named(name, content, change(content, max(1, often // 31))) >= 100


WHOLE: dict[str, Callable[[bytes], Iterator[Tamper]]] = {
    "ehr/dose-check.xlsx": tampering.in_workbook,
    "ane-leaflet-es.docx": tampering.in_word,
    "ehr/fhir/ANEDosing.cql": tampering.in_cql,
    f"ehr/fhir/ane-orderset-{REVISION}.tgz": tampering.in_archive,
    "ane-sheet-blank-letter.pdf": lambda content: tampering.in_pdf(content, "30 mg/kg"),
    "ane-leaflet-en.pdf": lambda content: tampering.in_pdf(content, "leaflet"),
}


@pytest.mark.parametrize("name", WHOLE)
def test_what_is_added_hidden_or_laid_over_is_named(finished: Path, name: str) -> None:
    content = (finished / name).read_bytes()
    assert each_is_named(name, content, WHOLE[name](content)) >= 4


@pytest.mark.parametrize(
    "pattern", ["ane-sheet-blank-a4.pdf", "ane-card-a6-a4.pdf", "ane-leaflet-es.docx",
                "ehr/dose-check.xlsx", "ehr/fhir/*.tgz",
                *(pytest.param(one, marks=pytest.mark.long) for one in ("*.pdf", "*.docx"))],
)  # fmt: skip
def test_the_same_document_by_other_tools_is_the_same(finished: Path, pattern: str) -> None:
    """Other compression, other objects, another producer: nothing is told; bytes alone differ."""
    paths = sorted(finished.glob(pattern))
    assert paths
    for path in paths:
        content = path.read_bytes()
        match path.suffix:
            case ".pdf":
                other = tampering.saved(content).replace(b"WeasyPrint 70", b"WeasyPrint 71")
            case ".tgz":
                other = content[:4] + b"\1\2\3\4" + content[8:]  # the clock of its making
            case _:
                other = tampering.packed(tampering.parts(content))
        assert other != content
        assert told(path.name, content, other) == [], path.name
        assert [one.place for one in differences(path.name, content, other, True)][:1] in (
            ["bytes"], ["document, Producer"]
        )  # fmt: skip


def test_a_line_lost_added_and_moved_is_told_without_the_others() -> None:
    lines = [f"line {number}" for number in range(40)]
    text = "\n".join(lines).encode()
    for changed, said in (
        ([*lines[:20], *lines[21:]], Difference("line 21", "'line 20'", NOTHING)),
        ([*lines[:20], "new", *lines[20:]], Difference("line 21", NOTHING, "'new'")),
        ([*lines[:20], "new", *lines[21:]], Difference("line 21", "'line 20'", "'new'")),
    ):
        assert told("ane-gaps.txt", text, "\n".join(changed).encode()) == [said]


def test_of_a_long_text_the_part_that_differs_is_shown() -> None:
    (one,) = told("a.txt", b"a" * 300 + b"30 mg/kg", b"a" * 300 + b"30 mcg/kg")
    assert "30 mg/kg" in one.expected
    assert "30 mcg/kg" in one.found
    assert len(one.expected) < 120


NOT_READ_BACK = {
    "swapped bands": lambda text: text.replace("12 mg/kg", "\0").replace("8 mg/kg", "12 mg/kg")
    .replace("\0", "8 mg/kg"),
    "another unit": lambda text: text.replace("30 mg/kg", "30 mcg/kg"),
    "a unit by time": lambda text: text.replace("30 mg/kg", "30 mg/kg/day"),
}  # fmt: skip


@pytest.mark.parametrize("what", NOT_READ_BACK)
@pytest.mark.parametrize("name", ["ane-sheet-blank-letter.pdf", "ane-card-badge-a4.pdf"])
def test_the_read_back_alone_finds_swapped_bands_and_changed_units(
    finished: Path, name: str, what: str
) -> None:
    edition, content = load(Locator(), "ane", date(2026, 11, 21)), inputs.content(Locator(), "ane")
    reading = one_file.read_file(finished / name, kind_of(name))
    changed = replace(reading, pages=tuple(map(NOT_READ_BACK[what], reading.pages)))
    assert changed != reading
    known = facts(content)
    assert list(check.of_reading(reading, content, known, edition)) == []
    new = list(check.of_reading(changed, content, known, edition))
    place = "dose for" if "bands" in what else "page "
    assert any(place in one.place and "fact" not in one.place for one in new), new


@pytest.mark.parametrize("times", [1, 0], ids=["one formula", "all of them"])
def test_the_read_back_alone_finds_a_formula_with_a_number_of_its_own(
    finished: Path, tmp_path: Path, times: int
) -> None:
    shutil.copytree(finished / "ehr", tmp_path / "ehr")
    path, part = tmp_path / "ehr/dose-check.xlsx", "xl/worksheets/sheet1.xml"
    members = tampering.parts(path.read_bytes())
    text, count = re.subn(r"(<f>IF\(M[0-9]+=0[^<]*)</f>", r"\1*10</f>", members[part].decode(),
                          count=times)  # fmt: skip
    assert count
    path.write_bytes(tampering.packed({**members, part: text.encode()}))
    edition, content = load(Locator(), "ane", date(2026, 11, 21)), inputs.content(Locator(), "ane")
    found = list(ehr_check.findings(tmp_path / "ehr", content, edition))
    assert any("formula" in one.place and one.found == "10" for one in found)


def forged(names: set[str], *edits: tuple[str, str, str]) -> Iterator[tuple[str, bytes]]:
    """Documents made from an order set with other content, and with the true edition's name."""
    folder = Path(tempfile.mkdtemp())
    try:
        with_bundled(folder)
        for file, old, new in edits:
            path = folder / "ordersets" / file
            text = path.read_text("utf-8")
            assert re.search(old, text), old
            path.write_text(re.sub(old, new, text), "utf-8")
        day = date(2026, 11, 21)
        true, false = load(Locator(), "ane", day), load(Locator(folder), "ane", day)
        false = false._replace(fingerprint=true.fingerprint, parts=true.parts, status=true.status)
        for document in registry.documents(Locator(folder), false):
            if document.name in names:
                yield document.name, document.make()
    finally:
        shutil.rmtree(folder)


SHEET, BADGE = "ane-sheet-blank-letter.pdf", "ane-card-badge-letter.pdf"
EHR = {"ehr/order-set-build.csv", "ehr/dose-check.xlsx", "ehr/order-set-build.xlsx",
       "ehr/fhir/ANEDosing.cql", "ehr/fhir/bundle-collection.json",
       f"ehr/fhir/ane-orderset-{REVISION}.tgz", "ehr/manifest.json"}  # fmt: skip
SWAPPED = (
    ("ane.yaml", r"amount: 12 mg/kg", "amount: 77 mg/kg"),
    ("ane.yaml", r"amount: 8 mg/kg", "amount: 12 mg/kg"),
    ("ane.yaml", r"amount: 77 mg/kg", "amount: 8 mg/kg"),
)


def test_a_whole_set_forged_with_every_sum_right_is_named_file_by_file(finished: Path) -> None:
    """Made by the writers themselves from exchanged bands, so that all of it fits together."""
    told_of = set()
    for name, content in forged({BADGE, *EHR}, *SWAPPED):
        found = differences(name, (finished / name).read_bytes(), content, True)
        assert [one for one in found if one.place != "bytes"], name
        told_of.add(name)
    assert told_of == {BADGE, *EHR}


@pytest.mark.long
@pytest.mark.parametrize(
    ("edits", "names"),
    [
        (SWAPPED, {SHEET, BADGE, "ane-card-index-a4.pdf", "ane-card-a6-letter.pdf"}),
        ([("ane.yaml", "Pediatric patients with suspected",
           "Pediatric patients, halve every dose in infants, with suspected")],
         {SHEET, BADGE, "ane-card-index-a4.pdf", "ane-card-a6-a4.pdf", *EHR}),
        ([("ane.yaml", "Nothing we know says that you caused it.",
           "Halve every dose in infants.")],
         {"ane-leaflet-en.pdf", "ane-leaflet-en.docx", "ane-leaflet-en-GB.pdf",
          "ane-leaflet-en-large.pdf"}),
        # Sentences without figures: one that says another number than the English is refused.
        ([("ane.leaflet.es.yaml", r"(?m)^(\s+text: )[^\d{}\n]*[^>|\d{}\n]$", r"\1Otro texto.")],
         {"ane-leaflet-es.pdf", "ane-leaflet-es.docx"}),
    ],
)  # fmt: skip
def test_other_content_in_each_kind_of_document_is_named(
    finished: Path, edits: list[tuple[str, str, str]], names: set[str]
) -> None:
    told_of = set()
    for name, content in forged(names, *edits):
        if content != (finished / name).read_bytes():
            found = told(name, (finished / name).read_bytes(), content)
            assert found, name
            told_of.add(name)
    assert told_of >= names - EHR
