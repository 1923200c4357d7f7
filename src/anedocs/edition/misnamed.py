"""Names of files that people, editors and systems write in place of the right ones."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection
from pathlib import Path

#: How editors and systems name their copies of a file, and what they lock it with.
_COPIES = tuple(
    map(
        re.compile,
        (
            r"\.#(.+)", r"#(.+)#", r"\.~lock\.(.+)#", r"~\$(.+)", r"\.?(.+)\.sw[a-z]",
            r"\.?(.+?)(?:\.~[0-9]+)?~", r"(.+)\.(?:bak|orig|rej|tmp)",
        ),
    )
)  # fmt: skip
_YAML = re.compile(r"(?<=\.)(?:ya?ml|yaml[a-z0-9]|yam|ymal|yalm)(?![a-z])")
#: What is added to the name of a second copy.
_AGAIN = re.compile(
    r"^(?:copy|kopie) (?:of|von) |[ _-]*\([0-9]+\)(?=\.|$)|[ _-]+(?:copy|kopie)(?=\.|$)"
)
_ADDED = (".txt", ".text", ".bak", ".orig", ".old")
_SOURCE = ("", ".htm", ".html", ".xhtml", ".css", ".jinja", ".jinja2", ".j2", ".txt", ".toml",
           ".tml", ".md", ".cql", ".yaml", ".yml")  # fmt: skip
#: Of a hundred letters of two names, so many must be the same.
_NEAR_FOLDER, _NEAR_FILE = 88, 90


def backup_of(name: str) -> str | None:
    """The file of which this is the copy of an editor; None for any other file."""
    found = (pattern.fullmatch(name) for pattern in _COPIES)
    return next((one[1] for one in found if one), None)


def tells_of_yaml(name: str) -> bool:
    """Whether a name says somewhere that the file is YAML."""
    return _YAML.search(_plain(name)) is not None


def meant(name: str) -> str:
    """The name that was probably meant: small letters, one ending, no number of a copy."""
    plain = _plain(name).removeprefix(".")
    while plain.endswith(_ADDED):
        plain = plain.rpartition(".")[0]
    plain = _AGAIN.sub("", plain)
    return _YAML.sub("yaml", plain).strip()


def near_folder(name: str, known: Collection[str]) -> str | None:
    """The folder that was probably meant by another name, or the name itself."""
    letters = re.sub(r"[^a-z0-9]", "", _plain(name))
    return _nearest(letters, known, _NEAR_FOLDER) if not name.startswith(".") else None


def near_template(name: str, known: Collection[str]) -> str | None:
    """The template that was probably meant by another name."""
    plain = _AGAIN.sub("", _plain(name))
    ending = Path(plain).suffix
    if ending not in _SOURCE:
        return None
    stem = plain.removesuffix(ending)
    if plain in known or stem in known:
        return plain if plain in known else stem
    same = [one for one in known if Path(one).stem == stem]
    return _nearest(plain, same, 0) or _nearest(plain, known, _NEAR_FILE)


def _nearest(word: str, known: Collection[str], same: int) -> str | None:
    found = max(((_shared(word, one), one) for one in sorted(known)), default=(0, ""))
    return found[1] if found[1] and found[0] >= same else None


def _shared(one: str, other: str) -> int:
    """Of a hundred letters of two words, how many they share."""
    blocks = difflib.SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    return 200 * sum(block.size for block in blocks) // (len(one) + len(other))


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()
