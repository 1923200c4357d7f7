"""From the files of an order set to its edition: every problem of every file in one run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from anedocs.core.problems import ContentError, Place, Problem
from anedocs.edition import approval
from anedocs.edition.edition import Compiled
from anedocs.edition.locate import File, Inputs, bundled
from anedocs.edition.names import ORDERSETS, SITE, WEIGHTS, approval_file, is_orderset
from anedocs.schema import reader, source
from anedocs.schema.fingerprint import WEIGHT_LIMITS, fingerprint, parts
from anedocs.schema.model import OrderSet
from anedocs.schema.parts import Part
from anedocs.schema.records import ApprovalRecord, Site, WeightForAge
from anedocs.schema.validate import build

PartT = TypeVar("PartT", bound=Part)


def compile_edition(inputs: Inputs) -> Compiled:
    """Read and validate an order set and what stands beside it; no other file is looked at.

    Raises ContentError with every problem of every file.
    """
    problems = [*_unreadable(inputs), *_other_order_sets(inputs)]
    content, orderset = _order_set(inputs, problems)
    weights = with_places(WeightForAge, inputs.files.get(WEIGHTS), problems)
    site = with_places(Site, inputs.files.get(SITE), problems)
    record = with_places(ApprovalRecord, inputs.files.get(approval_file(inputs.orderset)), problems)
    if problems or orderset is None or weights is None or site is None:
        raise ContentError(problems)
    signed = parts(content) | {WEIGHT_LIMITS: fingerprint(source.plain(weights[1]))}
    held, lines = _record(orderset, signed, record)
    return Compiled(orderset, fingerprint(content), signed, weights[0], site[0], held, lines)


def parse_part(kind: type[PartT], text: str, name: str) -> PartT:
    """Read a small file of one kind from its text; raises ContentError with all its problems."""
    return part_of(kind, *source.parse(text, name))


def part_of(kind: type[PartT], root: source.Node, problems: list[Problem]) -> PartT:
    """Give a tree its meaning; raises ContentError with all problems."""
    built = build(kind, source.plain(root))
    if problems or isinstance(built, list):
        faults = reader.placed(root, built) if isinstance(built, list) else []
        raise ContentError([*problems, *faults])
    return built


def with_places(
    kind: type[PartT], file: File | None, problems: list[Problem]
) -> tuple[PartT, source.Node] | None:
    """A small file with its tree; None where there is none, or where `problems` got its faults."""
    try:
        if file is not None:
            root, wrong = reader.read_beside(*file)
            return part_of(kind, root, wrong), root
    except ContentError as error:
        problems.extend(error.problems)
    return None


def _unreadable(inputs: Inputs) -> Iterator[Problem]:
    for problems in inputs.unreadable.values():
        yield from problems
    for name in (f"{inputs.orderset}.yaml", WEIGHTS, SITE):
        if name not in inputs.files and name not in inputs.unreadable:
            yield _missing(name, inputs.home)


def _missing(file: str, home: Path | None) -> Problem:
    place, mend = f"{ORDERSETS}/{file}", "Put it back beside the order set"
    if home is not None:
        place = str(home / place)
        (shipped,) = bundled(ORDERSETS)
        if (shipped / file).is_file():
            mend = f"Copy it from '{shipped / file}', then let your committee look it over"
    return Problem(Place(place), "this file is missing", "every document", mend)


def _other_order_sets(inputs: Inputs) -> Iterator[Problem]:
    """Files of a home that are named like an order set and are none.

    Why: `fever-new.yaml` may hold the doses that somebody believes to be in force.
    """
    for name, file in inputs.files.items():
        other = name.removesuffix(".yaml")
        if not is_orderset(name) or other == inputs.orderset:
            continue
        own = rb"(?m)^[ {]*[\"']?id[\"']? *: *[\"']?" + other.encode() + rb"[\"']? *[\r#,}\n]"
        if not re.search(own, file.raw + b"\n"):
            yield Problem(
                Place(file.name), f"this file is named like an order set '{other}' and does "
                f"not say 'id: {other}'", "every document; nothing is made",
                "Give it its right name, or put it into another folder",
            )  # fmt: skip


def _order_set(
    inputs: Inputs, problems: list[Problem]
) -> tuple[dict[str, object], OrderSet | None]:
    file = inputs.files.get(f"{inputs.orderset}.yaml")
    if file is None:
        return {}, None
    try:
        root, wrong = reader.read_order_set(*file, inputs.orderset)
    except ContentError as error:
        problems.extend(error.problems)
        return {}, None
    content = source.plain(root)
    built = build(OrderSet, content)
    faults = reader.placed(root, built) if isinstance(built, list) else []
    problems += [*wrong, *faults]
    if isinstance(built, list) or not isinstance(content, dict):
        return {}, None
    return content, built


def _record(
    orderset: OrderSet, signed: dict[str, str], record: tuple[ApprovalRecord, source.Node] | None
) -> tuple[ApprovalRecord, tuple[int, ...]]:
    """The approval record and the lines of its dates; raises ContentError if it is never right."""
    if record is None:
        return ApprovalRecord(), ()
    held, root = record
    wrong = reader.placed(root, approval.faults(orderset, signed, held))
    if wrong:
        raise ContentError(wrong)
    dates = approval.dated(held)
    return held, tuple(source.place_of(root, path).line for path in dates)
