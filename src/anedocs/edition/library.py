"""How an order set is loaded, with all that stands beside it; the one place where that is done.

Each file is read once, into bytes. Why: what is fingerprinted must be what was understood, also
where somebody writes the file at that moment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple, TypeVar

from anedocs.core.problems import ContentError, Place, Problem, did_you_mean
from anedocs.edition import approval, translated
from anedocs.edition.home import ORDERSETS
from anedocs.edition.shelves import SITE, WEIGHTS, Shelves, bundled, record_of
from anedocs.schema import reader, source
from anedocs.schema.family import Leaflet, Translation
from anedocs.schema.fingerprint import fingerprint, parts
from anedocs.schema.model import OrderSet
from anedocs.schema.parts import Part, build
from anedocs.schema.records import ApprovalRecord, Site, WeightForAge

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


class File(NamedTuple):
    """The bytes of a file, and the name that it bears in messages."""

    raw: bytes
    name: str


class Library(Shelves):
    """Loads what is found on the shelves; for one run of a command."""

    def __init__(self, home: Path | None = None) -> None:
        super().__init__(home)
        self._read: dict[str, File | None] = {}
        self._ordersets: dict[str, OrderSet] = {}
        self._day: date | None = None
        """For which order sets were loaded."""

    def file(self, name: str) -> File | None:
        """A file of the folder of order sets, as it was when it was first asked for, or None.

        Raises ContentError where it cannot be read.
        """
        if name not in self._read:
            found = self.find(ORDERSETS, name)
            self._read[name] = File(source.contents(*found), found[1]) if found else None
        return self._read[name]

    def load(self, name: str, today: date) -> Edition:
        """Load an order set with everything beside it.

        Raises ContentError with every problem of every file in one run.
        """
        names = self.names()
        self._day = today
        if name not in names:
            raise ContentError([self._no_such(name, names)])
        problems = [*self._others(name, names)]
        content, orderset = self._order_set(name, problems)
        weights = self._beside(WeightForAge, WEIGHTS, problems)
        site = self._beside(Site, SITE, problems)
        held = self._beside_with_places(ApprovalRecord, record_of(name), problems)
        if problems or orderset is None or weights is None or site is None:
            raise ContentError(problems)
        signed = parts(content)
        state = self._status(orderset, signed, held, today)
        return Edition(orderset, fingerprint(content), signed, state, weights, site)

    def translations(self, name: str) -> dict[str, Translation]:
        """The translations of an order set's leaflet, by language.

        Raises ContentError with the problems of all of them.
        """
        files = sorted(
            file.name
            for folder in self.folders(ORDERSETS)
            for file in folder.glob(f"{name}.leaflet.*.yaml")
        )
        found: dict[str, Translation] = {}
        problems: list[Problem] = []
        leaflet = self._leaflet(name, problems) if files else None
        for file in files:
            language = file.removeprefix(f"{name}.leaflet.").removesuffix(".yaml")
            held = self._beside_with_places(Translation, file, problems)
            if held is None:
                continue
            part, root = held
            faults = translated.faults(leaflet, part, language, self._day)
            problems += reader.placed(root, faults)
            found[language] = part
        if problems:
            raise ContentError(problems)
        return found

    def _leaflet(self, name: str, problems: list[Problem]) -> Leaflet | None:
        """The leaflet that is translated."""
        if name not in self._ordersets:
            self._order_set(name, problems)
        orderset = self._ordersets.get(name)
        return orderset.leaflet if orderset else None

    def _no_such(self, name: str, names: list[str]) -> Problem:
        near = f"{did_you_mean(name, names)} Say which with --orderset." if names else ""
        if self.home is not None:
            near = f"{near} With a home, the one that came with anedocs is not used".strip()
        place = Place(f"{ORDERSETS}/{name}.yaml")
        return Problem(place, f"there is no order set '{name}'", "every document", near)

    def _others(self, name: str, names: list[str]) -> Iterator[Problem]:
        """Files of a home that are named like an order set and are none.

        Why: `ane-new.yaml` may hold the doses that somebody believes to be in force.
        """
        for other in names if self.home is not None else ():
            file = self.file(f"{other}.yaml") if other != name else None
            if file is None:
                continue
            own = rb"(?m)^[ {]*[\"']?id[\"']? *: *[\"']?" + other.encode() + rb"[\"']? *[\r#,}\n]"
            if not re.search(own, file.raw + b"\n"):
                yield Problem(
                    Place(file.name), f"this file is named like an order set '{other}' and does "
                    f"not say 'id: {other}'", "every document; nothing is made",
                    "Give it its right name, or put it into another folder",
                )  # fmt: skip

    def _order_set(
        self, name: str, problems: list[Problem]
    ) -> tuple[dict[str, object], OrderSet | None]:
        try:
            file = self.file(f"{name}.yaml")
            assert file is not None, "it is one of the names"
            root, wrong = reader.read_order_set(*file, name)
        except ContentError as error:
            problems.extend(error.problems)
            return {}, None
        content = source.plain(root)
        built = build(OrderSet, content)
        faults = reader.placed(root, built) if isinstance(built, list) else []
        problems += [*wrong, *faults]
        if isinstance(built, list) or not isinstance(content, dict):
            return {}, None
        self._ordersets[name] = built
        return content, built

    def _status(
        self, orderset: OrderSet, signed: dict[str, str],
        held: tuple[ApprovalRecord, source.Node] | None, today: date,
    ) -> approval.Status:  # fmt: skip
        """What is approved; raises ContentError where the record can never be right."""
        if held is None:
            return approval.status(orderset, signed, ApprovalRecord(), today)
        record, root = held
        wrong = reader.placed(root, approval.faults(orderset, signed, record))
        if wrong:
            raise ContentError(wrong)
        late = reader.placed(root, approval.in_the_future(record, today))
        told = [f"{one.what} ({Path(one.place.file).name}, line {one.place.line})" for one in late]
        return approval.status(orderset, signed, record, today, told)

    def _beside(self, kind: type[PartT], file: str, problems: list[Problem]) -> PartT | None:
        known = len(problems)
        found = self._beside_with_places(kind, file, problems)
        if found is None and len(problems) == known:
            problems.append(self._missing(file))
        return found[0] if found else None

    def _beside_with_places(
        self, kind: type[PartT], file: str, problems: list[Problem]
    ) -> tuple[PartT, source.Node] | None:
        """A file that may be missing, with its tree; None where there is none, or faults in it."""
        try:
            found = self.file(file)
            if found is not None:
                root, wrong = reader.read_beside(*found)
                return part_of(kind, root, wrong), root
        except ContentError as error:
            problems.extend(error.problems)
        return None

    def _missing(self, file: str) -> Problem:
        place, mend = f"{ORDERSETS}/{file}", "Put it back beside the order set"
        if self.home is not None:
            place = str(self.home / place)
            (shipped,) = bundled(ORDERSETS)
            mend = f"Copy it from '{shipped / file}', then let your committee look it over"
        return Problem(Place(place), "this file is missing", "every document", mend)


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
