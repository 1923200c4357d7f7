"""Each decision that a committee can make builds, is read back, and is then called open nowhere.

One decision alone is one state. A state is judged by the real `build`, which reads every finished
document back: each fact of the order set must stand in each document that the registry names for
it, every number must have an origin, and the doses of all documents and of the second arithmetic
must agree.
"""

import random
import shutil
from datetime import date
from functools import cache
from pathlib import Path

import pytest
import yaml

from anedocs.build import inputs
from anedocs.cli import committee
from anedocs.core.problems import ContentError
from anedocs.documents.gaps.kinds import GAPS
from anedocs.edition.load import load
from anedocs.edition.locate import Locator, bundled
from state_walk.decisions import Content, Decision, decided, decisions

DAY = date(2026, 11, 1)
#: Decisions that the standard tests try; the others are among the long ones.
FIRST = ("methylprednisolone infusion time", "gate imaging", "accept oseltamivir-dose")
SEED, PATHS = 20261126, 4
#: So many answers, or accepted remarks, are one state.
TOGETHER = 8
#: So many decisions about different orders are one state.
APART = 3


class _Written(yaml.SafeDumper):
    """YAML in which each text is quoted, as no reader can misunderstand it."""


_Written.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
)


@cache
def shipped() -> Content:
    return inputs.content(Locator(), "ane")


@cache
def every() -> dict[str, Decision]:
    return {one.name: one for one in decisions(load(Locator(), "ane", DAY).orderset)}


def home(folder: Path, content: Content) -> Locator:
    """A hospital's home with this order set."""
    place = folder / "home" / "ordersets"
    place.mkdir(parents=True, exist_ok=True)
    for path in bundled("ordersets")[0].glob("*.yaml"):
        shutil.copy(path, place)
    text = yaml.dump(content, Dumper=_Written, sort_keys=False, allow_unicode=True, width=10_000)
    (place / "ane.yaml").write_text(text, "utf-8")
    return Locator(folder / "home")


def judge(folder: Path, content: Content, chosen: list[Decision]) -> dict[str, str]:
    """Build the state; returns the list of gaps and the texts of the EHR package, by file."""
    locator = home(folder, content)
    committee.build(locator, "ane", DAY, folder / "output", force=False)
    edition = load(locator, "ane", DAY)
    (gaps,) = (make().decode() for _, make in GAPS.files(locator, edition))
    for one in chosen:
        for text in one.gone:
            assert text not in gaps, f"{one.name}: still a gap"
    made = (folder / "output").rglob("*.*")
    return {path.name: path.read_text("utf-8") for path in made if path.suffix in
            (".csv", ".json", ".cql", ".md")}  # fmt: skip


def larger() -> list[str]:
    """The decisions that change a dose, an order or a field."""
    return [name for name in every() if name not in in_words()]


def in_words() -> list[str]:
    """The decisions that change no dose, no order and no field."""
    return [name for name in every() if name.startswith(("accept ", "answer "))
            and not name.endswith("-dose")]  # fmt: skip


@pytest.mark.pages
@pytest.mark.parametrize("name", FIRST)
def test_each_decision_alone_builds_and_is_called_open_nowhere(name: str, tmp_path: Path) -> None:
    one = every()[name]
    texts = judge(tmp_path, decided(shipped(), one), [one])
    if name.startswith("gate "):
        assert not [file for file, text in texts.items() if "Not confirmed" in text]


def apart(names: list[str], size: int) -> list[list[str]]:
    """The decisions in groups of so many at most, of which no two are about the same thing."""
    groups: list[list[str]] = []
    for name in names:
        about = _about(name)
        room = (group for group in groups if len(group) < size
                and about not in map(_about, group))  # fmt: skip
        group = next(room, None)
        if group is None:
            groups.append([name])
        else:
            group.append(name)
    return groups


def _about(name: str) -> str:
    """The order that a decision is about, or what it is about beside the orders."""
    kind, _, what = name.partition(" ")
    return "gate" if kind == "gate" else every()[name].order or what


@pytest.mark.long
@pytest.mark.parametrize("names", apart(larger(), APART), ids=" + ".join)
def test_decisions_about_different_orders_build(names: list[str], tmp_path: Path) -> None:
    """Why a few at once: a build takes 13 s; where a group fails, each alone tells which it is."""
    chosen = [every()[name] for name in names]
    try:
        judge(tmp_path / "together", decided(shipped(), *chosen), chosen)
    except (AssertionError, ContentError):
        for number, one in enumerate(chosen):
            judge(tmp_path / str(number), decided(shipped(), one), [one])
        raise


@pytest.mark.long
@pytest.mark.parametrize("number", range(len(in_words()) // TOGETHER + 1))
def test_what_changes_a_sentence_alone_is_tried_a_few_at_a_time(
    number: int, tmp_path: Path
) -> None:
    """Answers, and accepted supplements that are no dose: each alone would only take longer."""
    chosen = [every()[name] for name in in_words()[number * TOGETHER :][:TOGETHER]]
    if chosen:
        judge(tmp_path, decided(shipped(), *chosen), chosen)


@pytest.mark.long
@pytest.mark.parametrize("number", range(PATHS))
def test_decisions_in_a_random_order_and_back(number: int, tmp_path: Path) -> None:
    """Some at once, more of them, and taken back to the draft as it is shipped."""
    chosen = random.Random(SEED + number).sample(sorted(every()), 12)
    taken = [every()[name] for name in chosen if not conflicts(name, chosen)]
    for step, count in enumerate((len(taken) // 2, len(taken), 0)):
        content = revised(decided(shipped(), *taken[:count]), f"2026.99.{step}")
        judge(tmp_path, content, taken[:count])


def revised(content: Content, revision: str) -> Content:
    """The content under another revision, as every content must have its own."""
    entry = {"revision": revision, "date": DAY.isoformat(), "says": "Decided for a test"}
    return {**content, "revision": revision, "revisions": [entry, *content["revisions"]]}


def conflicts(name: str, chosen: list[str]) -> bool:
    """Whether an earlier one decides the same thing otherwise, or takes its order away."""
    kind, _, about = name.partition(" ")
    before = chosen[: chosen.index(name)]
    same = [one for one in before if one.startswith("gate ")] if kind == "gate" else []
    return bool(same) or any(one.partition(" ")[2] == about for one in before if one != name)


def test_a_walk_knows_every_kind_of_decision() -> None:
    kinds = {name.partition(" ")[0] for name in every()}
    assert {"metadata", "accept", "gate", "answer", "add", "remove", "rename"} <= kinds
    fields = {name.partition(" ")[2] for name in every() if name.startswith("methylprednisolone ")}
    assert fields == {"route", "salt", "infusion time", "rounding"}
    print(f"{len(every())} decisions")
