"""Every fact, one by one: a changed fact changes its documents, and betrays the old ones."""

from __future__ import annotations

import copy
import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from anedocs.cli.app import cli
from anedocs.core.quantity import Quantity, QuantityError
from anedocs.core.wording import amount
from anedocs.orderset.library import Library
from anedocs.sync import check, compare, inputs, manifest
from anedocs.sync.catalog import catalog
from anedocs.sync.compare import Reading
from anedocs.sync.facts import Fact, facts

DAY = date(2026, 11, 21)
AT = "2026-11-21T20:47"
ROUNDS = 2


def content() -> dict[str, Any]:
    return inputs.content(Library(), "ane")


def run(home: Path | None, *words: str) -> Any:
    before = ["--home", str(home)] if home else []
    return CliRunner().invoke(cli, [*before, *words, "--at", AT])


@pytest.fixture(scope="module")
def old(finished: Path) -> list[Reading]:
    return [compare.read_file(path, "ane") for path in sorted(finished.glob("ane-*"))]


def at(node: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        node = node[step]
    return node


def letters(number: int) -> str:
    """A word of its own for each number, without digits."""
    return "".join(chr(ord("a") + int(digit)) for digit in f"{number:03d}")


def changed(fact: Fact, number: int, value: str) -> str:
    """Another value of the same kind, found nowhere else."""
    words = {"STAT": "urgent", "urgent": "non-urgent", "non-urgent": "urgent",
             "preferred": "alternative", "alternative": "preferred"}  # fmt: skip
    if fact.path[-1] == "role" or "urgency" in fact.path:
        return words[value]
    try:
        quantity = Quantity.parse(value)
    except QuantityError:
        figures = "".join(f" {{{name}}}" for name in re.findall(r"\{([a-z-]+)\}", value))
        new = f"Another wording {letters(number)}" if len(value) > 12 else letters(number)
        return f"{new}{figures}" + "?" * value.endswith("?")
    return amount(Quantity(quantity.number + 3 + number % 5, quantity.unit)).replace(",", "")


def mutate(source: dict[str, Any], chosen: list[tuple[int, Fact]]) -> dict[str, Any]:
    """A copy with these facts changed; the two sides of a band edge move together."""
    other = copy.deepcopy(source)
    for number, fact in chosen:
        holder = at(other, fact.path[:-1])
        value = changed(fact, number, str(holder[fact.path[-1]]))
        holder[fact.path[-1]] = value
        if "stop_above" in fact.path and fact.path[-1] == "value":
            name = holder["from"].removeprefix("supplement ")
            (published,) = (one for one in other["supplements"] if one["id"] == name)
            published["value"] = value
        if "bands" in fact.path and fact.path[-1] in ("at_least", "below"):
            place = int(fact.path[-2])
            bands = at(other, fact.path[:-2])
            if fact.path[-1] == "below":
                bands[place + 1]["at_least"] = value
            else:
                bands[place - 1]["below"] = value
    return other


def home_with(order_set: dict[str, Any], folder: Path) -> Path:
    (folder / "ordersets").mkdir(parents=True)
    text = yaml.safe_dump(order_set, allow_unicode=True, sort_keys=False, width=10_000)
    (folder / "ordersets" / "ane.yaml").write_text(text, "utf-8")
    return folder


def shown_facts() -> list[tuple[int, Fact]]:
    return [(n, fact) for n, fact in enumerate(facts(content())) if fact.documents]


def missing(reading: Reading, known: list[Fact], source: dict[str, Any]) -> set[str]:
    """The names of the facts that a finished file is told to lack."""
    found = compare.shows(reading, known, compare.order_names(source))
    return {one.place.partition(", beside")[0] for one in found}


@pytest.mark.pages
def test_every_fact_when_changed_betrays_the_old_documents(old: list[Reading]) -> None:
    """One fact at a time: the check of the old files names exactly the fact that was changed."""
    source = content()
    pairs = 0
    for number, fact in shown_facts():
        other = mutate(source, [(number, fact)])
        renamed = {one.name: one for one in facts(other)}
        named = {name for name in renamed if at(other, renamed[name].path) != at(source, fact.path)
                 and renamed[name].path == fact.path}  # fmt: skip
        assert len(named) == 1, fact.name
        for reading in old:
            if reading.kind in fact.documents:
                pairs += 1
                assert named <= missing(reading, list(renamed.values()), other), (
                    f"{reading.name} does not betray that {fact.name} has changed"
                )
    print(f"\n{len(shown_facts())} facts, {pairs} pairs of fact and document, each betrayed")


def test_no_fact_is_missing_in_the_documents_as_built(old: list[Reading]) -> None:
    source = content()
    for reading in old:
        assert missing(reading, facts(source), source) == set()


@pytest.mark.pages
@pytest.mark.parametrize("turn", range(ROUNDS))
def test_changed_facts_reach_every_document_and_leave_no_trace(
    turn: int, tmp_path: Path, old: list[Reading]
) -> None:
    """Half of all facts changed in one order set, built for real: new in, old out."""
    source = content()
    chosen = [pair for place, pair in enumerate(_apart(shown_facts())) if place % ROUNDS == turn]
    other = mutate(source, chosen)
    books = Library(home_with(other, tmp_path / "home"))
    readings = list(_made(books, tmp_path))
    known = facts(other)
    by_path = {fact.path: fact for fact in known}
    before = {reading.name: reading for reading in old}
    unchanged_words = {
        fact.words.casefold() for fact in known if fact.path not in {f.path for _, f in chosen}
    } | {one["credit"].casefold() for one in other["sources"]}
    documents = 0
    for reading in readings:
        mine = [fact for _, fact in chosen if reading.kind in fact.documents]
        if mine:
            documents += 1
            assert reading.text != before[reading.name].text
        assert missing(reading, known, other) == set()
        for fact in mine:
            now = by_path[fact.path]
            for words in _traces(fact, now, reading, other, unchanged_words):
                pytest.fail(f"{reading.name} still says '{words}' of {fact.name}")
    print(f"\n{len(chosen)} facts changed, {documents} documents followed")


def _made(books: Library, folder: Path) -> Iterator[Reading]:
    """One document of each kind, made for real and read back."""
    edition = books.load("ane", DAY)
    wanted = {
        "ane-sheet-blank-letter.pdf", "ane-card-badge-letter.pdf", "ane-card-index-a4.pdf",
        "ane-card-a6-letter.pdf", "ane-leaflet-en.pdf", "ane-leaflet-en.docx", "ane-gaps.txt",
    }  # fmt: skip
    for product in catalog(books, edition):
        if product.name in wanted:
            path = folder / product.name
            path.write_bytes(product.make())
            yield compare.read_file(path, "ane")


def _apart(pairs: list[tuple[int, Fact]]) -> Iterator[tuple[int, Fact]]:
    """Both sides of a band edge move together, so only one of them is changed by itself."""
    for number, fact in pairs:
        if not ("bands" in fact.path and fact.path[-1] == "at_least"):
            yield number, fact


def _traces(
    fact: Fact, now: Fact, reading: Reading, other: dict[str, Any], unchanged: set[str]
) -> Iterator[str]:
    """The old words, where they stand although nothing that is still true says them."""
    where = reading.text
    if reading.kind == "sheet" and now.anchor is not None:
        where = compare._blocks(where, compare.order_names(other)).get(now.anchor, "")
    words = compare.flat(fact.words).casefold()
    others = " ".join(unchanged)
    gone = fact.words != now.words and words not in others and "{" not in words
    if gone and compare._whole(words).search(where.casefold()):
        yield fact.words


def test_facts_that_no_document_shows_have_a_reason() -> None:
    silent = [fact for fact in facts(content()) if not fact.documents]
    for fact in silent:
        assert fact.reason, fact.name
        assert "no document for it" not in fact.reason, fact.name
    print("\n" + "\n".join(f"{fact.name}: {fact.reason}" for fact in silent))


@pytest.mark.parametrize(
    ("old_text", "new_text", "name"),
    [
        ("amount: 30 mg/kg}", "amount: 31 mg/kg}", "methylprednisolone.dose.amount"),
        ("placed_by: {value: ED, from: guideline CON-NEU}",
         "placed_by: {value: ICU, from: guideline CON-NEU}", "consult-neurology.placed_by.value"),
        ("below: 14 points", "below: 13 points", "gcs.below"),
    ],
)  # fmt: skip
def test_the_command_names_the_fact_and_the_mend(
    finished: Path, tmp_path: Path, old_text: str, new_text: str, name: str
) -> None:
    found = Library().find("ordersets", "ane.yaml")
    assert found is not None
    text = found[0].read_text("utf-8")
    assert text.count(old_text) == 1
    (tmp_path / "home" / "ordersets").mkdir(parents=True)
    changed_file = tmp_path / "home" / "ordersets" / "ane.yaml"
    changed_file.write_text(text.replace(old_text, new_text), "utf-8")
    done = run(tmp_path / "home", "check", "-o", str(finished))
    assert done.exit_code == 1
    assert name in done.output
    assert "ordersets/ane.yaml" in done.output
    assert "Mend: anedocs build" in done.output


def test_the_matrix_lists_every_fact(finished: Path) -> None:
    done = run(None, "check", "--matrix", "-o", str(finished))
    assert done.exit_code == 0
    for fact in facts(content()):
        assert fact.name in done.output


def test_the_documents_in_output_are_those_of_today_and_a_build_would_make_none_anew(
    finished: Path, tmp_path: Path
) -> None:
    done = run(None, "check", "-o", str(finished))
    assert done.exit_code == 0, done.output
    shutil.copytree(finished, tmp_path / "output")
    assert "0 made" in run(None, "build", "-o", str(tmp_path / "output")).output


def test_a_whole_build_passes_its_own_check(tmp_path: Path) -> None:
    folder = tmp_path / "output"
    assert "16 made" in run(None, "build", "-o", str(folder)).output
    assert run(None, "check", "-o", str(folder)).exit_code == 0


def test_a_file_changed_lost_or_foreign_is_found(finished: Path, tmp_path: Path) -> None:
    folder = tmp_path / "output"
    shutil.copytree(finished, folder)
    (folder / "ane-gaps.txt").write_text(
        (folder / "ane-gaps.txt").read_text().replace("oseltamivir: dose", "oseltamivir: 777 mg")
    )
    (folder / "ane-card-a6-a4.pdf").unlink()
    (folder / "ane-leaflet-es.docx").write_bytes(b"PK no zip")
    done = run(None, "check", "-o", str(folder))
    assert done.exit_code == 1
    assert "ane-gaps.txt: file: expected the file that was built" in done.output
    assert "777" in done.output
    assert "ane-card-a6-a4.pdf: file: expected a finished file; found nothing" in done.output
    assert "ane-leaflet-es.docx: file: expected a file that can be read" in done.output


def test_no_built_documents_is_told_with_the_mend(tmp_path: Path) -> None:
    done = run(None, "check", "-o", str(tmp_path / "none"))
    assert done.exit_code == 1
    assert "Run: anedocs build" in done.output


def test_the_edition_and_draft_marks_are_missed_on_every_page(old: list[Reading]) -> None:
    edition = Library().load("ane", DAY)
    for reading in old:
        bare = Reading(
            reading.name, reading.kind,
            tuple(page.replace("DRAFT", "").replace(edition.short_fingerprint, "")
                  for page in reading.pages),
        )  # fmt: skip
        assert list(compare.marked(reading, edition)) == []
        assert len(list(compare.marked(bare, edition))) == 2 * len(bare.pages)


def test_a_second_page_is_found(old: list[Reading]) -> None:
    edition, source = Library().load("ane", DAY), content()
    sheet = next(reading for reading in old if reading.kind == "sheet")
    two = Reading(sheet.name, sheet.kind, (*sheet.pages, sheet.pages[0]))
    found = list(check.of_reading(two, source, facts(source), edition))
    assert any(one.place == "pages" and one.found == "2 pages" for one in found)


def test_the_manifest_names_what_the_documents_were_made_from(finished: Path) -> None:
    written = manifest.read(finished)
    assert written is not None
    for name in ("ordersets/ane.yaml", "templates/order_sheet.html", "ordersets/site.yaml"):
        assert name in written.inputs
    assert any(name.startswith("fonts/") for name in written.inputs)
    assert written.tools["weasyprint"] != "from source"
    assert set(written.files) == {path.name for path in finished.glob("ane-*")}
