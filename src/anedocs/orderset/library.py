"""Where order sets live, and how one is loaded with all that stands beside it.

A home (`--home`, `ANEDOCS_HOME`) is looked up first, then what came with anedocs; never the
current directory. Why: a stray file in a working folder must not change a dose.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from anedocs.core.problems import ContentError, Place, Problem, did_you_mean
from anedocs.orderset import approval, crosscheck, source, textcheck
from anedocs.orderset.family import Translation
from anedocs.orderset.model import OrderSet
from anedocs.orderset.records import ApprovalRecord, Site, WeightForAge
from anedocs.orderset.shape import Fault, Part, build

PartT = TypeVar("PartT", bound=Part)

_HERE = Path(__file__).resolve().parents[1]

#: Files of the same folder that stand beside every order set and are none.
BESIDE = ("site", "weight-for-age")

#: What a fault in a part of the file reaches, for the message.
_TOUCHES = {
    "sections": "order sheet, dose table, pocket card, EHR package, leaflet",
    "gates": "order sheet, EHR package",
    "entry": "order sheet, pocket card, EHR package",
    "flow": "order sheet, pocket card, EHR package",
    "supplements": "reference lines of the order sheet and the dose table, gaps",
    "safeguards": "order sheet",
    "statements": "provenance in the committee packet and the EHR worksheet",
    "references": "committee packet, EHR package",
    "codes": "EHR package",
    "code_systems": "EHR package",
    "leaflet": "family leaflet",
    "pocket_card": "pocket card",
    "imaging_findings": "pocket card",
}


@dataclass(frozen=True, slots=True)
class Edition:
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


@dataclass(frozen=True, slots=True)
class Library:
    """Finds files in a home first and then among what came with anedocs."""

    home: Path | None = None

    def folders(self, name: str) -> list[Path]:
        """The folders of that name that exist, the home's first."""
        found = [self.home / name] if self.home else []
        inside, beside = _HERE / name, _HERE.parents[1] / name
        found.append(inside if inside.is_dir() else beside)
        return [folder for folder in found if folder.is_dir()]

    def find(self, folder: str, file: str) -> tuple[Path, str] | None:
        """A file with the name that it bears in messages, or None."""
        for place in self.folders(folder):
            if (place / file).is_file():
                bundled = self.home is None or place != self.home / folder
                return place / file, f"{folder}/{file}" if bundled else str(place / file)
        return None

    def names(self) -> list[str]:
        """The ids of the order sets that can be loaded."""
        return sorted(
            {
                file.stem
                for folder in self.folders("ordersets")
                for file in folder.glob("*.yaml")
                if "." not in file.stem and file.stem not in BESIDE
            }
        )

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
        problems: list[Problem] = []
        orderset, content = self._order_set(*found, problems)
        weights = self._beside(WeightForAge, "weight-for-age.yaml", problems)
        site = self._beside(Site, "site.yaml", problems)
        record = self._beside(ApprovalRecord, f"{name}.approval.yaml", problems, ApprovalRecord())
        if problems or orderset is None or weights is None or site is None or record is None:
            raise ContentError(problems)
        parts = approval.parts(content)
        state = approval.status(orderset, parts, record, today)
        return Edition(orderset, approval.fingerprint(content), parts, state, weights, site)

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

    def _order_set(
        self, path: Path, name: str, problems: list[Problem]
    ) -> tuple[OrderSet | None, dict[str, object]]:
        try:
            root, twice = source.read(path, name)
        except ContentError as error:
            problems.extend(error.problems)
            return None, {}
        problems.extend(twice)
        found = crosscheck.faults(root)
        content = source.plain(root)
        built = build(OrderSet, content)
        if isinstance(built, list):
            found.extend(built)
        named = content.get("id") if isinstance(content, dict) else None
        if isinstance(named, str) and named != path.stem:
            found.append(
                Fault(
                    ("id",),
                    f"the id is '{named}', the file is named '{path.stem}'",
                    "Give the file and the order set the same name",
                )
            )
        problems.extend(_placed(root, found))
        whole = isinstance(content, dict) and not isinstance(built, list)
        return (built if whole else None), (content if whole else {})  # type: ignore[return-value]

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
    """Read a small file of one kind; raises ContentError with all of its problems.

    Its texts may go into a spreadsheet, as those of an order set may.
    """
    root, twice = source.read(path, name)
    runs = _placed(root, textcheck.formulas(source.texts(source.walk(root))))
    return part_of(kind, root, [*twice, *runs])


def parse_part(kind: type[PartT], text: str, name: str) -> PartT:
    """Read a small file of one kind from its text; raises ContentError with all its problems."""
    return part_of(kind, *source.parse(text, name))


def part_of(kind: type[PartT], root: source.Node, twice: list[Problem]) -> PartT:
    """Give a tree its meaning; raises ContentError with all problems."""
    built = build(kind, source.plain(root))
    problems = [*twice, *(_placed(root, built) if isinstance(built, list) else [])]
    if problems or isinstance(built, list):
        raise ContentError(problems)
    return built


def _placed(root: source.Node, found: Iterable[Fault]) -> list[Problem]:
    return [
        Problem(
            source.place_of(root, fault.path, key=fault.at_key),
            ": ".join((*source.ids_on(root, fault.path)[-1:], fault.what)),
            _TOUCHES.get(str(fault.path[0]), "every document") if fault.path else "every document",
            fault.mend,
        )
        for fault in found
    ]
