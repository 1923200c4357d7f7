"""`check` makes every document anew: what is damaged, forged, foreign or out of date is named.

The documents made anew are those in output/, so that each test need not make them; that these are
what is made is shown in test_facts.py.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from anedocs.build import anew, build, inputs, manifest
from anedocs.build.manifest import FileRecord, Manifest
from anedocs.check.finding import Finding
from anedocs.check.made_anew import bounded, comparison
from anedocs.check.read_back import one_file
from anedocs.cli import committee
from anedocs.cli.app import cli
from anedocs.documents import registry
from anedocs.edition.load import load
from anedocs.edition.locate import Locator
from support.ane import REVISION
from support.kinds import kind_of
from support.tampering import packed, parts, repacked, saved

DAY = date(2026, 11, 21)
SEED = 20261126
SHEET = "ane-sheet-blank-letter.pdf"


class Folder:
    """A copy of the finished documents, and what a check says of it."""

    def __init__(self, path: Path, made: Path, expected: Manifest) -> None:
        self.path, self.made, self.expected = path, made, expected
        shutil.copytree(made, path)

    def check(self, *, verbose: bool = False, day: date = DAY) -> list[Finding]:
        today = day.isoformat()
        return comparison.findings(self.path, self.made, self.expected, today, verbose=verbose)

    def named(self) -> set[str]:
        return {one.file for one in self.check()}

    def write(self, name: str, content: bytes) -> None:
        (self.path / name).parent.mkdir(parents=True, exist_ok=True)
        (self.path / name).write_bytes(content)

    def rewrite_sums(self, **values: object) -> None:
        """The manifest fits the folder as it is now, as a forger would have it."""
        old = manifest.read(self.path)
        assert old is not None
        records = {
            name: replace(record, sha256=manifest.sha256((self.path / name).read_bytes()))
            for name, record in old.files.items()
        }
        new = replace(old, **{"files": records, **values})  # type: ignore[arg-type]
        self.write(manifest.NAME, new.text().encode())


@pytest.fixture(scope="module")
def made(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Manifest]:
    """The finished documents with the manifest that a build of today gives them."""
    locator = Locator()
    edition = load(locator, "ane", DAY)
    plan = committee.plan(locator, edition, inputs.fingerprints(locator, "ane"), DAY)
    path = tmp_path_factory.mktemp("made") / "output"
    shutil.copytree(finished, path)
    records = {
        one.name: FileRecord(
            manifest.sha256((path / one.name).read_bytes()), build.inputs_of(plan, one)
        )
        for one in plan.documents
    }
    expected = build.manifest_of(plan, records)
    (path / manifest.NAME).write_text(expected.text(), "utf-8")
    return path, expected


@pytest.fixture
def folder(tmp_path: Path, made: tuple[Path, Manifest]) -> Folder:
    return Folder(tmp_path / "output", *made)


def test_a_folder_as_it_was_built_has_no_finding(folder: Folder) -> None:
    assert folder.check() == []


def test_a_forged_document_with_its_sum_rewritten_is_named_with_its_place(folder: Folder) -> None:
    text = (folder.path / "ane-gaps.txt").read_text("utf-8")
    folder.write("ane-gaps.txt", text.replace("NOT SET", "6 mg/kg", 1).encode())
    folder.rewrite_sums()
    (gaps,) = folder.check()
    assert gaps.file == "ane-gaps.txt"
    assert gaps.place.startswith("line ")
    assert "NOT SET" in gaps.expected
    assert "6 mg/kg" in gaps.found
    assert gaps.mend == "anedocs build --force"


def test_an_emptied_manifest_does_not_hide_garbage(folder: Folder) -> None:
    folder.write(SHEET, b"garbage")
    old = manifest.read(folder.path)
    assert old is not None
    folder.write(manifest.NAME, replace(old, files={}).text().encode())
    found = folder.check()
    assert {SHEET, manifest.NAME} == {one.file for one in found}
    assert any(f"files, {SHEET}" in one.place for one in folder.check(verbose=True))
    empty = replace(old, files={}, inputs={}, parts={}, tools={})
    folder.write(manifest.NAME, empty.text().encode())
    assert {SHEET, manifest.NAME} == folder.named()


@pytest.mark.parametrize(
    ("name", "value"),
    [("status", "approved"), ("revision", "2026.2.0"), ("fingerprint", "0" * 64),
     ("holds_until", "2030-01-01"), ("orderset", "fever"), ("tools", {"weasyprint": "1"}),
     ("tools", {}), ("parts", {}), ("files", {})],
)  # fmt: skip
def test_what_the_manifest_says_and_is_not_so_is_named(
    folder: Folder, name: str, value: object
) -> None:
    old = manifest.read(folder.path)
    assert old is not None
    new = replace(old, **{name: value})  # type: ignore[arg-type]
    folder.write(manifest.NAME, new.text().encode())
    found = folder.check()
    assert {one.file for one in found} == {manifest.NAME}
    assert all(one.place.startswith(name) or "more places" in one.place for one in found)


@pytest.mark.parametrize(
    "content",
    [None, b"", b"{", b"[" * 100_000, b'{"files": {}}', b"\xff\xfe{}", b'{"files": 3}', b"null"],
)
def test_a_manifest_that_cannot_be_read_hides_nothing(
    folder: Folder, content: bytes | None
) -> None:
    if content is None:
        (folder.path / manifest.NAME).unlink()
    else:
        folder.write(manifest.NAME, content)
    assert [(one.file, one.place) for one in folder.check()] == [(manifest.NAME, "file")]
    folder.write("ane-gaps.txt", b"other")
    assert folder.named() == {manifest.NAME, "ane-gaps.txt"}


def test_a_manifest_with_values_of_another_kind_is_damaged(folder: Folder) -> None:
    for name, value in (("inputs", []), ("tools", {"a": 1}), ("holds_until", 7), ("parts", "x")):
        form = json.loads((folder.made / manifest.NAME).read_text("utf-8"))
        folder.write(manifest.NAME, json.dumps({**form, name: value}).encode())
        assert [one.found for one in folder.check()] == ["a damaged one"]


def test_what_looks_like_a_document_and_is_none_is_named(folder: Folder) -> None:
    foreign = [
        "ane-sheet-blank-tabloid.pdf", "ehr/fhir/evil.cql", "ane-card-huge.pdf", "ehr/other.json",
        "ane-leaflet-de.docx", "ANE-Sheet-blank-letter.PDF", "Copy of ane-card-a6-a4.pdf",
        "ehr/fhir/deep/evil.json", "ane-gaps (1).txt", "MANIFEST (1).json", "ehr/dose-check.ods",
    ]  # fmt: skip
    for name in foreign:
        folder.write(name, b"x")
    found = folder.check()
    assert {one.file for one in found} == set(foreign)
    assert all("remove it" in one.mend for one in found)


def test_what_people_and_programs_leave_there_is_passed_over(folder: Folder) -> None:
    for name in (
        "ane-sheet-18.4kg-20261121T204700.pdf", "ane-sheet-blank-20261121T204700-2.pdf",
        "notes.txt", "minutes ane.docx", ".DS_Store", "Thumbs.db", "desktop.ini", "ehr/.DS_Store",
        "._ane-card-a6-a4.pdf", ".ane-gaps.txt.swp", "ane-gaps.txt~", "~$ane-leaflet-es.docx",
        "ehr/fhir/.DS_Store", "ehr/my notes.txt", ".~lock.ane-leaflet-en.docx#",
        "older/ane-card-a6-a4.pdf", "ehr/fhir/Thumbs.db",
    ):  # fmt: skip
        folder.write(name, b"x")
    assert folder.check() == []


def test_documents_out_of_date_are_one_line_that_says_which_orders_changed(folder: Folder) -> None:
    old = manifest.read(folder.path)
    assert old is not None
    source = "ordersets/ane.yaml"
    stale = replace(
        old, inputs={**old.inputs, source: "0"}, revision="2025.1.0",
        parts={**old.parts, "methylprednisolone": "0", "peramivir": "0"},
        files={name: replace(one, inputs="0") for name, one in old.files.items()},
    )  # fmt: skip
    for name in (SHEET, "ane-card-a6-a4.pdf"):
        folder.write(name, saved((folder.path / name).read_bytes()))
    folder.write(manifest.NAME, stale.text().encode())
    folder.rewrite_sums()
    (one,) = folder.check()
    assert one.place == f"2 of 65 documents are out of date (ane-card-a6-a4.pdf, {SHEET})"
    assert one.found.startswith(f"{source} (methylprednisolone, peramivir) changed")
    assert one.mend.startswith("anedocs build;")
    assert {one.file for one in folder.check(verbose=True)} >= {SHEET, "ane-card-a6-a4.pdf"}
    # A file that is not even as it was built is named beside.
    folder.write("ane-gaps.txt", b"forged")
    assert folder.named() == {manifest.NAME, "ane-gaps.txt"}


def test_a_source_that_changed_without_effect_is_told(folder: Folder) -> None:
    old = manifest.read(folder.path)
    assert old is not None
    new = replace(old, inputs={**old.inputs, "templates/page.css": "0"})
    folder.write(manifest.NAME, new.text().encode())
    (one,) = folder.check()
    assert "templates/page.css changed since; no document is out of date" in one.found


def test_a_status_that_time_has_changed_is_out_of_date_and_no_forgery(folder: Folder) -> None:
    old = manifest.read(folder.path)
    assert old is not None
    new = replace(old, holds_until="2026-11-20", status="approved")
    folder.write(manifest.NAME, new.text().encode())
    (one,) = folder.check()
    assert "the status (approved until 2026-11-20)" in one.found


@pytest.mark.parametrize("field", ["tools", "libraries"])
def test_with_other_tools_what_can_be_read_counts_and_not_the_bytes(
    folder: Folder, field: str
) -> None:
    other = {name: f"{text}.1" for name, text in getattr(folder.expected, field).items()}
    content = (folder.path / SHEET).read_bytes()
    folder.write(SHEET, saved(content))
    folder.rewrite_sums()
    assert [(one.file, one.place) for one in folder.check()] == [(SHEET, "bytes")]
    folder.rewrite_sums(**{field: other})
    assert folder.check() == []
    folder.write("ane-gaps.txt", b"forged")
    folder.rewrite_sums(**{field: other})
    assert folder.named() == {"ane-gaps.txt"}


def bomb_of_entities(_content: bytes) -> bytes:
    lines = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    part = f'<!DOCTYPE x [<!ENTITY e0 "dose">{lines}]><x>&e11;</x>'
    return packed({"word/document.xml": part.encode(), "xl/workbook.xml": part.encode()})


#: Millions of bytes that a bomb unpacks to: more than a check may use of memory.
MILLIONS = 600


def zip_bomb(content: bytes) -> bytes:
    name = "xl/worksheets/sheet1.xml" if b"xl/" in content else "word/document.xml"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        with new.open(name, "w") as part:
            for _ in range(MILLIONS):
                part.write(b" " * 1_000_000)
        for other, kept in parts(content).items():
            if other != name:
                new.writestr(other, kept)
    return out.getvalue()


def inflating(piece: bytes) -> bytes:
    packing = zlib.compressobj(1)
    return b"".join([*(packing.compress(piece) for _ in range(MILLIONS)), packing.flush()])


def wide_sheet(content: bytes) -> bytes:
    sheet = (b'<worksheet><sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
             b'</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
             b"</worksheet>")  # fmt: skip
    return packed({**parts(content), "xl/worksheets/sheet1.xml": sheet})


def tar_bomb(_content: bytes) -> bytes:
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=1) as packing:
        for _ in range(MILLIONS):
            packing.write(bytes(1_000_000))
    return out.getvalue()


def pdf_bomb(_content: bytes) -> bytes:
    stream = inflating(b"0 0 m\n1 1 l\n" * 83_000)
    return (b"%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
            b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
            b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200000 200000]/Contents 4 0 R>>endobj\n"
            b"4 0 obj<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream endobj\n"
            b"trailer<</Root 1 0 R>>" % (len(stream), stream))  # fmt: skip


def nested(_content: bytes) -> bytes:
    return b'{"a":' * 100_000 + b"1" + b"}" * 100_000


def cut(content: bytes, share: float) -> bytes:
    return content[: int(len(content) * share)]


def many_lines(_content: bytes) -> bytes:
    return b"a,b\n" * 250_000


IN_WORD, IN_BOOK, IN_TABLE = "ane-leaflet-es.docx", "ehr/dose-check.xlsx", "ehr/dose-check.csv"
IN_JSON, IN_TAR = "ehr/fhir/bundle-collection.json", f"ehr/fhir/ane-orderset-{REVISION}.tgz"
DAMAGE: list[tuple[str, Callable[[bytes], bytes]]] = [
    (IN_WORD, bomb_of_entities), (IN_BOOK, bomb_of_entities), (IN_BOOK, wide_sheet),
    (IN_JSON, nested), ("ehr/order-set-build.csv", many_lines),
    *((name, partial(cut, share=0.5)) for name in (IN_WORD, IN_BOOK, SHEET, IN_JSON, IN_TAR)),
    *((name, lambda content: content.decode("latin-1").encode("utf-16"))
      for name in (IN_TABLE, IN_JSON, "ehr/README-IMPORT.md")),
]  # fmt: skip
BOMBS: list[tuple[str, Callable[[bytes], bytes]]] = [
    (IN_WORD, zip_bomb), (IN_BOOK, zip_bomb), (IN_TAR, tar_bomb), (SHEET, pdf_bomb),
    ("ehr/fhir/ANEDosing.cql", many_lines),
    *((name, partial(cut, share=share)) for share in (0, 0.1, 0.9, 0.99)
      for name in (IN_WORD, IN_BOOK, SHEET, IN_TABLE, IN_JSON, IN_TAR)),
]  # fmt: skip


def peak(folder: Folder, name: str) -> int:
    """The most memory that reading a finished file takes, in bytes.

    From a small process of its own. Why: what is started from a large one counts as large.
    """
    asks = (
        "import resource, sys; from pathlib import Path\n"
        "from anedocs.check.made_anew import bounded\n"
        "bounded.compared([sys.argv[1]], Path(sys.argv[2]), Path(sys.argv[3]), False)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    words = [sys.executable, "-I", "-c", asks, name, str(folder.made), str(folder.path)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return int(done.stdout) * (1 if sys.platform == "darwin" else 1024)


@pytest.mark.parametrize(
    "damages", [DAMAGE, pytest.param(BOMBS, marks=pytest.mark.long)], ids=["damage", "bombs"]
)
def test_whatever_is_damaged_is_named_within_bounds(
    folder: Folder, damages: list[tuple[str, Callable[[bytes], bytes]]]
) -> None:
    """Bombs, halves, other encodings, huge sheets: each is named, and little memory is used."""
    peaks = []
    for number, (name, damage) in enumerate(damages):
        content = (folder.made / name).read_bytes()
        folder.write(name, damage(content))
        found = folder.check()
        assert {one.file for one in found} == {name}, (number, found)
        assert "Traceback" not in "".join(map(str, found))
        peaks.append(peak(folder, name))
        folder.write(name, content)
    assert max(peaks) < 500_000_000


@pytest.mark.parametrize("name", ["ane-gaps.txt", SHEET])
def test_what_is_no_file_or_far_too_large_is_not_opened(folder: Folder, name: str) -> None:
    path = folder.path / name
    path.unlink()
    for make in (path.mkdir, partial(os.mkfifo, path), partial(path.symlink_to, "/dev/zero")):
        make()
        assert [(one.file, one.found) for one in folder.check() if one.file == name] == [
            (name, "something that is not a file")
        ]
        path.rmdir() if path.is_dir() else path.unlink()
    path.touch()
    os.truncate(path, 20_000_000_000)
    (one,) = folder.check()
    assert one.found.startswith("a file of 20000000000 bytes, where ")


def flipped(content: bytes, chance: random.Random) -> bytes:
    """A file with a few bits turned, or a piece of it lost or doubled."""
    changed = bytearray(content)
    for _ in range(chance.choice([1, 2, 20])):
        spot = chance.randrange(len(changed))
        changed[spot] ^= 1 << chance.randrange(8)
    if chance.random() < 0.3:
        start = chance.randrange(len(changed))
        piece = changed[start : start + 200]
        changed[start : start + 200] = chance.choice([b"", bytes(piece) * 2])
    return bytes(changed)


@pytest.mark.parametrize(
    "turns", [6, pytest.param(300, marks=pytest.mark.long)], ids=["few", "many"]
)
def test_turned_bits_are_named_whatever_the_kind(
    finished: Path, tmp_path: Path, turns: int
) -> None:
    chance = random.Random(SEED)
    for name in ("ane-leaflet-es.docx", "ehr/dose-check.xlsx", SHEET, "ehr/dose-check.csv",
                 "ehr/fhir/bundle-collection.json", f"ehr/fhir/ane-orderset-{REVISION}.tgz",
                 "ehr/fhir/ANEDosing.cql", "ehr/README-IMPORT.md"):  # fmt: skip
        content = (finished / name).read_bytes()
        for turn in range(turns):
            changed = flipped(content, chance)
            if changed == content:
                continue
            answer = bounded.answer(name, content, changed, same_tools=True)
            assert answer.get("cannot") or answer["differences"], (name, turn)


def test_a_file_that_takes_a_library_down_is_told_and_the_next_is_read(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a crash of the library that reads it would: the process ends after its first answer."""
    ending = tmp_path / "ends"
    ending.write_text('#!/bin/sh\necho \'{"cannot": "it is torn"}\'\nkill -9 $$\n', "utf-8")
    ending.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(ending))
    names = ["ane-gaps.txt", "ane-leaflet-en.pdf", SHEET]
    for name in names:
        folder.write(name, b"other")
    torn, end = "it is torn", "reading it took more memory or time than a finished document needs"
    assert [(one.file, one.found) for one in folder.check()] == list(
        zip(names, (torn, end, torn), strict=True)
    )


def test_what_the_commands_leave_beside_the_documents_is_compared_too(folder: Folder) -> None:
    name = "ane-leaflet-es-large.docx"
    locator = Locator()
    known = {one.name: one for one in registry.on_request(locator, load(locator, "ane", DAY))}
    assert {name, "ane-card-badge-single.pdf", "ane-leaflet-en-GB-large.pdf"} <= set(known)
    aside = folder.path.with_name("aside")
    shutil.copytree(folder.made, aside)
    content = anew.write(known[name], aside)
    folder.write(name, content)

    def check() -> list[Finding]:
        return comparison.findings(
            folder.path, aside, folder.expected, DAY.isoformat(), verbose=False, also=[name]
        )

    assert check() == []
    folder.write(name, repacked(content, "word/document.xml", "ANE", "ABC"))
    assert {one.file for one in check()} == {name}
    assert {one.mend for one in check()} == {"make it anew, or remove it"}


@pytest.mark.parametrize(
    ("name", "damage"),
    [(IN_WORD, bomb_of_entities), (IN_WORD, zip_bomb), (IN_WORD, partial(cut, share=0.7)),
     (IN_BOOK, bomb_of_entities), (IN_BOOK, zip_bomb), (IN_BOOK, partial(cut, share=0.7)),
     (IN_BOOK, wide_sheet)],
)  # fmt: skip
def test_the_read_back_of_a_build_names_a_damaged_file_in_a_sentence(
    finished: Path, tmp_path: Path, name: str, damage: Callable[[bytes], bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """A build reads back what it keeps of the old folder, without a process apart."""
    monkeypatch.setattr(sys.modules[__name__], "MILLIONS", 30)
    path = tmp_path / Path(name).name
    path.write_bytes(damage((finished / name).read_bytes()))
    with pytest.raises(ValueError, match=r"read|hold|part"):
        one_file.read_file(path, kind_of(path.name))


def test_a_full_disk_for_what_is_made_anew_is_one_sentence(
    finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(anew, "make", full)
    done = CliRunner().invoke(cli, ["check", "-o", str(finished), "--at", "2026-11-21"])
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: the documents cannot be made anew to compare them: No sp")
