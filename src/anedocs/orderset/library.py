"""How an order set is loaded, with all that stands beside it.

The reader with its YAML library is imported only where it is needed: a command asks a second
process to read (see `ahead.py`), and has the model ready when the content comes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from anedocs.core.parts import Part, build
from anedocs.core.problems import ContentError, Place, Problem, did_you_mean
from anedocs.orderset import approval
from anedocs.orderset.ahead import Ahead
from anedocs.orderset.family import Translation
from anedocs.orderset.fingerprint import fingerprint, parts
from anedocs.orderset.model import OrderSet
from anedocs.orderset.records import ApprovalRecord, Site, WeightForAge
from anedocs.orderset.shelves import SITE, WEIGHTS, Shelves, record_of

if TYPE_CHECKING:
    from anedocs.orderset import source

PartT = TypeVar("PartT", bound=Part)


class Edition(NamedTuple):
    """An order set as it stands now: its content, fingerprint, status and what is beside it."""

    orderset: OrderSet
    fingerprint: str
    parts: dict[str, str]
    status: approval.Status
    weights: WeightForAge
    site: Site

    @property
    def short_fingerprint(self) -> str:
        """The first twelve digits: what is printed, typed and scanned."""
        return self.fingerprint[:12]


class _Loaded(NamedTuple):
    """An order set and what stands beside it, each in its own shape."""

    content: Mapping[str, object]
    orderset: OrderSet
    weights: WeightForAge
    site: Site
    record: ApprovalRecord


class Library(Shelves):
    """Loads what is found on the shelves."""

    def __init__(self, home: Path | None = None, ahead: Ahead | None = None) -> None:
        super().__init__(home)
        self._ahead = ahead

    def load(self, name: str, today: date) -> Edition:
        """Load an order set with everything beside it.

        Raises ContentError with every problem of every file in one run.
        """
        found = self.find("ordersets", f"{name}.yaml") if name in self.names() else None
        if found is None:
            raise ContentError(
                [Problem(Place(f"ordersets/{name}.yaml"), f"there is no order set '{name}'",
                         "every document", did_you_mean(name, self.names()))]
            )  # fmt: skip
        content, orderset, weights, site, record = self._read_ahead(name) or self._from_files(
            name, found
        )
        if self.home is not None and not self.home.is_dir():
            # Never silently the bundled edition in place of the hospital's own.
            raise ContentError(
                [Problem(Place(str(self.home)), "this folder was there a moment ago and is gone",
                         "every document", "Is the drive still connected? Then run it again")]
            )  # fmt: skip
        signed = parts(content)
        state = approval.status(orderset, signed, record, today)
        return Edition(orderset, fingerprint(content), signed, state, weights, site)

    def translations(self, name: str) -> dict[str, Translation]:
        """The translations of an order set's leaflet, by language.

        Raises ContentError with the problems of all of them.
        """
        files = {
            file.name: None
            for folder in self.folders("ordersets")
            for file in sorted(folder.glob(f"{name}.leaflet.*.yaml"))
        }
        found, problems = {}, []
        for file in files:
            try:
                part = read_part(Translation, *(self.find("ordersets", file) or (Path(file), file)))
                found[part.language] = part
            except ContentError as error:
                problems.extend(error.problems)
        if problems:
            raise ContentError(problems)
        return found

    def _read_ahead(self, name: str) -> _Loaded | None:
        """What a second process has read; None where it has not, or where anything is wrong.

        None too where a file is no longer the one that was read, or lies elsewhere: between the
        two, somebody may have corrected a dose or withdrawn the edition while a person was typing.
        """
        if self._ahead is None or self._ahead.name != name:
            return None
        answer: dict[str, Any] | None = json.loads(self._ahead.answer())
        if answer is None or answer["stamp"] != self.stamp(name):
            return None
        read = answer["contents"]
        content = read[f"{name}.yaml"]
        orderset, weights = build(OrderSet, content), build(WeightForAge, read[WEIGHTS])
        site = build(Site, read[SITE])
        record = build(ApprovalRecord, read.get(record_of(name), {}))
        if (
            isinstance(orderset, list) or isinstance(weights, list)
            or isinstance(site, list) or isinstance(record, list)
        ):  # fmt: skip
            return None
        return _Loaded(content, orderset, weights, site, record)

    def _from_files(self, name: str, found: tuple[Path, str]) -> _Loaded:
        """What is read here and now; raises ContentError with every problem of every file."""
        problems: list[Problem] = []
        content, orderset = self._order_set(found, problems)
        weights = self._beside(WeightForAge, WEIGHTS, problems)
        site = self._beside(Site, SITE, problems)
        record = self._beside(ApprovalRecord, record_of(name), problems, ApprovalRecord())
        if problems or orderset is None or weights is None or site is None or record is None:
            raise ContentError(problems)
        return _Loaded(content, orderset, weights, site, record)

    def _order_set(
        self, found: tuple[Path, str], problems: list[Problem]
    ) -> tuple[dict[str, object], OrderSet | None]:
        from anedocs.orderset import reader, source

        try:
            root, wrong = reader.read_order_set(*found)
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

    def _beside(
        self, kind: type[PartT], file: str, problems: list[Problem], default: PartT | None = None
    ) -> PartT | None:
        found = self.find("ordersets", file)
        if found is None:
            if default is None:
                problems.append(
                    Problem(
                        Place(f"ordersets/{file}"),
                        "this file is missing",
                        "every document",
                        "Put it back beside the order set",
                    )
                )
            return default
        try:
            return read_part(kind, *found)
        except ContentError as error:
            problems.extend(error.problems)
            return None


def read_part(kind: type[PartT], path: Path, name: str) -> PartT:
    """Read a small file of one kind; raises ContentError with all of its problems."""
    from anedocs.orderset import reader

    return part_of(kind, *reader.read_beside(path, name))


def parse_part(kind: type[PartT], text: str, name: str) -> PartT:
    """Read a small file of one kind from its text; raises ContentError with all its problems."""
    from anedocs.orderset import source

    return part_of(kind, *source.parse(text, name))


def part_of(kind: type[PartT], root: source.Node, problems: list[Problem]) -> PartT:
    """Give a tree its meaning; raises ContentError with all problems."""
    from anedocs.orderset import reader, source

    built = build(kind, source.plain(root))
    if problems or isinstance(built, list):
        faults = reader.placed(root, built) if isinstance(built, list) else []
        raise ContentError([*problems, *faults])
    return built
