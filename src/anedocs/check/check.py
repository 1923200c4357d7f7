"""Do the finished documents still say what the order set says? The whole folder, file by file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from anedocs.check.finding import REBUILD, Finding
from anedocs.check.read_back import bands, left_out, numbers, one_file
from anedocs.check.read_back import ehr_package as ehr_check
from anedocs.check.read_back.facts import Fact, facts
from anedocs.check.read_back.one_file import Reading
from anedocs.documents import registry
from anedocs.documents.kind import Document, ReadAs
from anedocs.documents.leaflet.words import grades
from anedocs.edition.edition import Edition
from anedocs.schema.differences import undeclared

#: Flesch-Kincaid grades of the leaflet that must not be passed.
HIGHEST_GRADE = 6
HIGHEST_GRADE_OF_A_SECTION = 8
#: What is checked in files that show no facts in words.
_COMPUTED = {
    ReadAs.DOSES: "every dose computed again",
    ReadAs.CQL: "every number of its rules compared",
    ReadAs.NOTES: "every sum compared, no orphan number",
}


def of_source(edition: Edition) -> Iterator[Finding]:
    """What the leaflet owes to the order set: orders told, differences declared, plain words."""
    orderset, file = edition.orderset, f"ordersets/{edition.orderset.id}.yaml"
    leaflet = orderset.leaflet
    if leaflet is None:
        return
    for order in orderset.unmentioned:
        yield Finding(
            file, f"leaflet, order {order}", "a paragraph that speaks of it", "none",
            "name the order in the 'speaks_of:' of a paragraph",
        )  # fmt: skip
    paragraphs = ((part.id, text) for part in leaflet.sections for text in part.paragraphs)
    for name, sentence in undeclared(orderset.differences, paragraphs):
        yield Finding(
            file, f"leaflet paragraph {name}", "what both texts say, or a declared difference",
            sentence, "declare it under 'differences:'",
        )  # fmt: skip
    for part, measured in grades(edition).items():
        highest = HIGHEST_GRADE if part == "overall" else HIGHEST_GRADE_OF_A_SECTION
        if measured.grade > highest:
            yield Finding(
                file, f"leaflet, {part}", f"reading grade {highest} or lower",
                f"grade {measured.grade}", "use shorter sentences and shorter words",
            )  # fmt: skip


def findings(
    folder: Path, documents: Iterable[Document], content: Mapping[str, object], edition: Edition
) -> Iterator[Finding]:
    """Everything in the finished files that differs from the order set."""
    known, kinds = facts(content), {one.name: one.kind for one in documents}
    for name, kind in sorted(kinds.items()):
        path = folder / name
        if not path.is_file() or kind.read_as is ReadAs.PACKAGE:
            continue
        try:
            reading = replace(one_file.read_file(path, kind), name=name)
        except ValueError as error:
            yield Finding(name, "file", "a file that can be read", str(error), f"{REBUILD} --force")
            continue
        yield from of_reading(reading, content, known, edition)
    if any(kind.read_as is ReadAs.PACKAGE for kind in kinds.values()):
        yield from ehr_check.findings(folder / ehr_check.FOLDER, content, edition)


def of_reading(
    reading: Reading, content: Mapping[str, object], known: list[Fact], edition: Edition
) -> Iterator[Finding]:
    """Everything in one finished file that differs from the order set."""
    orderset = edition.orderset
    promised = reading.kind.pages
    if promised is not None and len(reading.pages) != promised:
        pages = f"{len(reading.pages)} pages"
        yield Finding(reading.name, "pages", f"{promised}", pages, REBUILD)
    yield from one_file.shows(reading, known, one_file.order_names(content))
    yield from bands.apart(reading, content)
    codes = one_file.CHECK_CODE.findall(reading.text)
    exempt = (*codes, *left_out.left_out(content, edition, reading.kind.quotes))
    state = map(one_file.flat, edition.status.reasons)  # the days of a withdrawal and of a review
    noted = (one_file.flat(entry.says) for entry in orderset.revisions)
    shown = [edition.weights.derivation] if "weights" in reading.kind.quotes else []
    allowed = numbers.known(content, reading.kind.quotes, shown)
    yield from numbers.orphans(reading, allowed, (*exempt, *state, *noted))
    yield from one_file.wording(reading, exempt, orderset.short_forms)
    yield from one_file.marked(reading, edition)


def matrix(content: Mapping[str, object], edition: Edition) -> str:
    """Which fact appears in which kind of document, as a table; a fact in none has its reason."""
    known = facts(content)
    kinds = [kind.name for kind in registry.KINDS if kind.shows]
    width = max(len(fact.name) for fact in known)
    lines = ["  ".join(["fact".ljust(width), *kinds])]
    for fact in known:
        marks = [("x" if kind in fact.documents else "").ljust(len(kind)) for kind in kinds]
        lines.append("  ".join([fact.name.ljust(width), *marks, fact.reason]).rstrip())
    shown = sum(1 for fact in known if fact.documents)
    lines.append(f"{len(known)} facts, {shown} shown, {len(known) - shown} with a reason why not")
    lines.append(f"{edition.orderset.id} {edition.orderset.revision}")
    return "\n".join(lines)


def summary(
    folder: Path, documents: Iterable[Document], content: Mapping[str, object], edition: Edition
) -> Iterator[str]:
    """What a check without findings has found to be in order."""
    known, kinds = facts(content), {one.name: one.kind for one in documents}
    yield f"{edition.orderset.id} {edition.orderset.revision}: source valid, {edition.status.state}"
    for name, kind in sorted(kinds.items()):
        if kind.read_as is not ReadAs.PACKAGE:
            count = sum(1 for fact in known if kind.name in fact.documents)
            told = _COMPUTED.get(kind.read_as, f"{count} facts in their place, no orphan number")
            yield f"{folder / name}: fresh, {told}"
    if edition.orderset.leaflet is not None:
        told = ", ".join(f"{part} {one.grade}" for part, one in grades(edition).items())
        yield f"reading grades of the leaflet: {told}"
