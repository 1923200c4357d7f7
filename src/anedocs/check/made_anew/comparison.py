"""A folder of finished documents beside the one that was made anew. What MANIFEST.json says only
tells which documents are out of date, and from what; which there must be, the program knows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from anedocs.build import manifest
from anedocs.build.manifest import Manifest
from anedocs.check.finding import REBUILD, Finding
from anedocs.check.made_anew import bounded, differ
from anedocs.check.made_anew.look_alikes import look_alikes
from anedocs.core.problems import ContentError

_FORCE = f"{REBUILD} --force"
_VERBOSE = "anedocs -v check"
#: So many names, or differences of one file, are told; the others with -v.
_TOLD = 6
#: A finished file may be so many times larger than the one made anew before it is not even read.
_TIMES, _SPARE = 4, 1_000_000


def findings(
    folder: Path, made: Path, expected: Manifest, today: str, *, verbose: bool,
    also: Collection[str] = (),
) -> list[Finding]:  # fmt: skip
    """Everything in which a folder differs from the one that was made anew beside it.

    `also` are documents that no build makes, and that lie in both folders all the same.
    """
    return list(_Comparison(folder, made, expected, today, verbose, also).findings())


@dataclass(frozen=True)
class _Comparison:
    folder: Path
    made: Path
    expected: Manifest
    today: str
    verbose: bool
    also: Collection[str]

    @cached_property
    def written(self) -> Manifest | None:
        """What the folder says of itself; None where that cannot be read."""
        try:
            return manifest.read(self.folder)
        except ContentError:
            return None

    @cached_property
    def since(self) -> list[str]:
        """What changed since the documents were built, as the manifest has it."""
        if self.written is None:
            return []
        names = sorted(_unlike(self.written.inputs, self.expected.inputs))
        told = [self._with_parts(name) for name in names]
        if self.written.holds_until and self.written.holds_until <= self.today:
            told.append(f"the status ({self.written.status} until {self.written.holds_until})")
        return told

    def _with_parts(self, name: str) -> str:
        """A source by its name; of the order set itself, also which orders changed in it."""
        assert self.written is not None
        if name != f"ordersets/{self.expected.orderset}.yaml" or not self.written.parts:
            return name
        changed = sorted(_unlike(self.written.parts, self.expected.parts))
        return f"{name} ({self._list(changed)})" if changed else name

    @cached_property
    def same_tools(self) -> bool:
        """Whether the documents were made with the tools of today, so that bytes must be equal."""
        return self.written is None or (
            dict(self.written.tools) == dict(self.expected.tools)
            and dict(self.written.libraries) == dict(self.expected.libraries)
        )

    @cached_property
    def unlike(self) -> dict[str, str]:
        """Finished files that are not, byte for byte, as made anew; with what is wrong at sight."""
        found = {name: _at_sight(self.folder / name, self.made / name)
                 for name in sorted({*self.expected.files, *self.also})}  # fmt: skip
        return {name: told for name, told in found.items() if told is not None}

    @cached_property
    def stale(self) -> list[str]:
        """Files that are as they were built, from what has changed since."""
        if not self.since or self.written is None:
            return []
        old = self.written.files
        known = ((name, told) for name, told in self.unlike.items() if name not in self.also)
        return [name for name, told in known if self._as_built(name, told)] + [
            name for name in sorted(set(old) - set(self.expected.files))
            if (self.folder / name).is_file()
        ]  # fmt: skip

    def _compared(self, name: str) -> bool:
        """Whether to tell each difference of a file: not of one that is out of date anyhow."""
        return self.verbose or not self.since or name in self.also

    @cached_property
    def differing(self) -> dict[str, list[differ.Difference] | str]:
        """What differs in each file that is to be compared, or why it cannot be read."""
        names = [name for name, told in self.unlike.items() if not told and self._compared(name)]
        strictly = self.same_tools or bool(self.since)
        return bounded.compared(names, self.made, self.folder, strictly)

    def _as_built(self, name: str, told: str) -> bool:
        """Whether a file is as the manifest says; a new document is not there yet."""
        assert self.written is not None
        record = self.written.files.get(name)
        if record is None:
            return told == differ.NOTHING
        return not told and manifest.sha256((self.folder / name).read_bytes()) == record.sha256

    def findings(self) -> Iterator[Finding]:
        """All of them, the most important first."""
        if self.since:
            yield self._out_of_date()
        for name, told in self.unlike.items():
            if name not in self.stale:
                yield from self._capped(name, self._of_file(name, told))
            elif self.verbose:
                yield from self._of_file(name, told)
        known = {*self.expected.files, *self.also, *self.stale, manifest.NAME}
        for name in look_alikes(self.folder, known, self.expected.orderset):
            yield Finding(
                name, "file", "only documents that a build makes",
                "a file that looks like one of them", "remove it from this folder",
            )  # fmt: skip
        yield from self._capped(manifest.NAME, self._of_manifest())

    def _list(self, names: list[str]) -> str:
        """Names in a sentence; of many, the first, and how many more."""
        most = len(names) if self.verbose else _TOLD
        more = len(names) - most
        return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")

    def _out_of_date(self) -> Finding:
        if not self.stale:
            return Finding(
                manifest.NAME, "inputs", "the sources as they are now",
                f"{self._list(self.since)} changed since; no document is out of date", REBUILD,
            )  # fmt: skip
        every = len(self.expected.files)
        which = f" ({self._list(self.stale)})" if 0 < len(self.stale) < every else ""
        details = "" if self.verbose else f"; each difference: {_VERBOSE}"
        return Finding(
            manifest.NAME, f"{len(self.stale)} of {every} documents are out of date{which}",
            "documents built from the sources as they are now",
            f"{self._list(self.since)} changed since they were built", f"{REBUILD}{details}",
        )  # fmt: skip

    def _of_file(self, name: str, told: str) -> Iterator[Finding]:
        """What differs in one file."""
        mend = "make it anew, or remove it" if name in self.also else _FORCE
        if told == differ.NOTHING:
            yield Finding(name, "file", "a finished file", told, REBUILD)
        elif told:
            yield Finding(name, "file", "the file that is made anew", told, mend)
        elif not self._compared(name):
            yield Finding(name, "file", "the file that was built", "a file changed since", _FORCE)
        elif isinstance(found := self.differing[name], str):
            yield Finding(name, "file", "a file that can be read", found, mend)
        else:
            yield from (Finding(name, *one, mend) for one in found)

    def _capped(self, name: str, found: Iterator[Finding]) -> Iterator[Finding]:
        """The first differences of a file, and how many more there are; with -v, all."""
        every = list(found)
        most = len(every) if self.verbose or len(every) <= _TOLD + 1 else _TOLD
        yield from every[:most]
        if most < len(every):
            yield Finding(name, f"{len(every) - most} more places", "the same as made anew",
                          f"differences; to see them: {_VERBOSE}", _FORCE)  # fmt: skip

    def _of_manifest(self) -> Iterator[Finding]:
        """What the manifest says of the folder and what is not so."""
        path = self.folder / manifest.NAME
        if self.written is None:
            told = "a damaged one" if path.exists() else differ.NOTHING
            yield Finding(manifest.NAME, "file", "a manifest that can be read", told, _FORCE)
            return
        listed, built = set(self.written.files), set(self.expected.files)
        if not self.since:
            for name in sorted(listed ^ built):
                said = "a document that is made" if name in built else "no such document"
                here = differ.NOTHING if name in built else "an entry for it"
                yield Finding(manifest.NAME, f"files, {name}", said, here, _FORCE)
        for name in sorted(listed & built):
            yield from self._of_record(name)
        yield from self._of_entries()

    def _of_record(self, name: str) -> Iterator[Finding]:
        assert self.written is not None
        mine, theirs = self.expected.files[name], self.written.files[name]
        if self.since or (not self.same_tools and name in self.unlike):
            return
        if name not in self.unlike and mine.sha256 != theirs.sha256:
            yield Finding(manifest.NAME, f"files, {name}, sha256", mine.sha256, theirs.sha256,
                          _FORCE)  # fmt: skip
        if self.same_tools and mine.inputs != theirs.inputs:
            yield Finding(manifest.NAME, f"files, {name}, inputs", mine.inputs, theirs.inputs,
                          _FORCE)  # fmt: skip

    def _of_entries(self) -> Iterator[Finding]:
        """The edition that the manifest names; the tools, where nothing bears witness to others."""
        assert self.written is not None
        names = ("orderset", "revision", "fingerprint", "status", "holds_until")
        for name in names if not self.since else ("orderset",):
            mine, theirs = getattr(self.expected, name), getattr(self.written, name)
            if mine != theirs:
                yield Finding(manifest.NAME, name, f"{mine}", f"{theirs}", _FORCE)
        groups = ["parts"] if not self.since else []
        if not self.unlike or set(self.written.tools) != set(self.expected.tools):
            groups.append("tools")
        for group in groups:
            mine, theirs = getattr(self.expected, group), getattr(self.written, group)
            for name in sorted(_unlike(mine, theirs)):
                yield Finding(manifest.NAME, f"{group}, {name}", mine.get(name, differ.NOTHING),
                              theirs.get(name, differ.NOTHING), _FORCE)  # fmt: skip


def _unlike(one: Mapping[str, str], other: Mapping[str, str]) -> set[str]:
    """The names under which two records do not say the same."""
    return {name for name in {*one, *other} if one.get(name) != other.get(name)}


def _at_sight(found: Path, made: Path) -> str | None:
    """None for a file of the very same bytes; else what is wrong with it as a file, or nothing."""
    try:
        if not found.exists():
            return differ.NOTHING
        if not found.is_file():
            return "something that is not a file"
        size, wanted = found.stat().st_size, made.stat().st_size
        if size > _TIMES * wanted + _SPARE:
            return f"a file of {size} bytes, where {wanted} are expected"
        return None if found.read_bytes() == made.read_bytes() else ""
    except OSError as error:
        return f"a file that cannot be read ({error.strerror})"
