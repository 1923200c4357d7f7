"""A case: the files of one try, and what they are laid beside."""

from __future__ import annotations

import base64
import json
import shutil
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import NamedTuple

HERE = Path(__file__).parent
TESTS = HERE.parent
FINDS = HERE / "finds"
SHIPPED = TESTS.parent / "ordersets"


class Case(NamedTuple):
    """One try: `files` by their place in the folder of the case, over those of the `base`."""

    target: str
    base: str
    files: dict[str, bytes]
    words: tuple[str, ...] = ()
    """What is asked of the program besides, as the target reads it."""

    def lay(self, folder: Path) -> None:
        """Write the base and then the files of the case into an empty folder."""
        shutil.rmtree(folder, ignore_errors=True)
        for name, content in {**base(self.base), **self.files}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def to_json(self, told: str) -> str:
        """The case as a fixture; `told` says in a sentence what was wrong."""
        return json.dumps(
            {"target": self.target, "told": told, "base": self.base, "words": self.words,
             "files": {name: _kept(content) for name, content in self.files.items()}},
            indent=1,
        ) + "\n"  # fmt: skip

    @classmethod
    def of_json(cls, text: str) -> Case:
        """A case from its fixture."""
        told = json.loads(text)
        files = {name: _given(kept) for name, kept in told["files"].items()}
        return cls(told["target"], told["base"], files, tuple(told["words"]))


class Target(NamedTuple):
    """One kind of input: how a case is made, and how the answer to it is judged."""

    make: Callable[[Random], Case]
    judge: Callable[[Case, Path], bool]
    """Whether the program accepted it; raises Find."""
    prepare: Callable[[], object] = lambda: None
    """What is made once, before the first case."""


def _kept(content: bytes) -> dict[str, object]:
    """A text in lines, so that a person can read it, with what a line does not show escaped."""
    try:
        text = content.decode("ascii")
        if "\r" not in text and max(map(len, text.split("\n"))) < 2000:
            return {"lines": text.split("\n")}
    except UnicodeDecodeError:
        pass
    return {"packed": base64.b64encode(zlib.compress(content, 9)).decode()}


def _given(kept: dict[str, object]) -> bytes:
    lines, packed = kept.get("lines"), kept.get("packed")
    if isinstance(lines, list):
        return "\n".join(lines).encode()
    return zlib.decompress(base64.b64decode(str(packed)))


def shipped(name: str) -> str:
    """A file of ordersets/."""
    return (SHIPPED / name).read_text("utf-8")


@cache
def base(name: str) -> dict[str, bytes]:
    """The files beside which a case is laid: a home with one order set, or nothing."""
    if not name:
        return {}
    beside = {f"home/ordersets/{file}": (SHIPPED / file).read_bytes()
              for file in ("site.yaml", "weight-for-age.yaml")}  # fmt: skip
    if name == "ane":
        for file in ("ane.yaml", "ane.leaflet.es.yaml"):
            beside[f"home/ordersets/{file}"] = (SHIPPED / file).read_bytes()
        return beside
    text = small() if name == "valid" else decided(small())
    return {**beside, "home/ordersets/valid.yaml": text.encode()}


def small() -> str:
    """A small order set with one of everything."""
    return (TESTS / "cases" / "valid.yaml").read_text("utf-8")


def decided(text: str) -> str:
    """The small order set with its metadata given and its questions answered."""
    for old, new in {
        "institution: null": "institution: Made-up hospital",
        "owner: null": "owner: A. Pharmacist",
        "effective_date: null": "effective_date: 2026-02-01",
        "review_date: null": "review_date: 2027-01-31",
        "age_range: null": "age_range: children",
        "exclusions: null": "exclusions: none",
        "state: unconfirmed": "state: at-once",
        "committee: to confirm}": "committee: to confirm, answer: By us, answered_by: C. Doctor}",
        "            committee: to confirm\n": "            committee: to confirm\n            "
        "answer: By us\n            answered_by: C. Doctor\n",
    }.items():
        assert old in text, old
        text = text.replace(old, new)
    return text
