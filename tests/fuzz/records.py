"""The targets beside an order set: the approval record, and the translation of a leaflet."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import expect
import mutate_yaml
import program
from content import follow
from program import Find

import cases
from cases import Case, Target

ROLES = ("medical staff", "nursing", "pharmacy")

# --- approval


def _record() -> str:
    """A record that is right; @part@ stands for the fingerprint of a part."""
    parts = ("evaluation", "treatment", "entry", "flow", "criteria", "gates", "supplements",
             "document")  # fmt: skip
    lines = [
        f'  - {{part: {part}, fingerprint: "@{part}@", role: {role}, '
        f'name: "{name}", date: 2026-02-01}}'
        for part in parts
        for role, name in zip(ROLES, ("D. Doctor, MD", "E. Nurse, RN", "F. Pharma, PharmD"),
                              strict=True)
    ]  # fmt: skip
    return "\n".join(["approvals:", *lines, ""])


def _approval(random: Random) -> Case:
    text = _record()
    if random.random() < 0.15:
        text += "withdrawn: {by: G. Owner, date: 2026-03-01, reason: replaced}\n"
    if random.random() < 0.25:
        text = _signature(random, text)
        changed = text.encode("utf-8", "surrogatepass")
    else:
        changed = mutate_yaml.of_yaml(random, text, (cases.small(),))
    return Case("approval", "decided", {"home/ordersets/valid.approval.yaml": changed})


#: The fields of a signature, and what may stand there instead.
_FIELDS = (
    (r"(?<=date: )[^}]+", ("2026-11-27", "2099-01-01", "0001-01-01", "2026-02-30", "1999-12-31")),
    (r'(?<=name: )"[^"]*"', (
        '"D. DOCTOR, MD"', '"D.  Doctor, MD"', '"D. Doctor , MD"', '"D. Doctor"', '"."', '"nobody"',
        '"TBD"', '"D. D\\u043ector, MD"', '"D. Doctor\\u00a0, MD"', '"Dr. D. Doctor"', "null", '""',
    )),
    (r"(?<=role: )[a-z ]+", ("nursing", "Pharmacy", "medical staff", "physician")),
    (r'"@[a-z-]+@"', ('"@document@"', '"@treatment@ "', '""', "null", '"@flow@"')),
    (r"(?<=part: )[a-z-]+", ("treatment", "treatments", "document", "null")),
)  # fmt: skip


def _signature(random: Random, text: str) -> str:
    """One field of one signature otherwise: what a hurried person, or a forger, would write."""
    lines = text.split("\n")
    at = random.randrange(1, 25)
    pattern, values = random.choice(_FIELDS)
    new = random.choice(values)
    lines[at] = re.sub(pattern, lambda _: new, lines[at])
    return "\n".join(lines)


def _judge_approval(case: Case, folder: Path) -> bool:
    home = folder / "home"
    path = home / "ordersets" / "valid.approval.yaml"
    (content,) = case.files.values()
    path.unlink()
    bare = program.load(home, "valid")
    if not isinstance(bare, program.Edition):
        raise Find("the order set beside the record is refused", str(bare))
    for part, fingerprint in bare.parts.items():
        content = content.replace(f"@{part}@".encode(), fingerprint.encode())
    path.write_bytes(content)
    edition = program.load(home, "valid")
    if not isinstance(edition, program.Edition):
        return False
    reading = expect.read(content)
    if reading.faults:
        raise Find(f"accepted: {reading.faults[0].split(':')[0]}", "; ".join(reading.faults))
    record = reading.tree if isinstance(reading.tree, dict) else {}
    state = edition.status.state
    if record.get("withdrawn") is not None and state != "withdrawn":
        raise Find("a withdrawal is ignored", state)
    if state != "approved":
        return True
    lacking = _lacking(record, bare.parts)
    if lacking:
        why = lacking[0].split(": ")[1].split(" on ")[0]
        raise Find(f"approved by a record that cannot be right: {why}", "; ".join(lacking))
    return True


def _lacking(record: Any, parts: dict[str, str]) -> list[str]:
    """Why this record approves nothing: an own reading of the rules."""
    found = []
    for part, fingerprint in parts.items():
        signed: dict[str, set[str]] = {}
        for one in record.get("approvals") or ():
            if one["part"] == part and one["fingerprint"].strip() == fingerprint:
                if not _possible(one["date"]):
                    found.append(f"{part}: signed on {one['date']}")
                signed.setdefault(one["role"], set()).add(_person(one["name"]))
        people = [signed.get(role, set()) for role in ROLES]
        if not all(people):
            found.append(f"{part}: a role is missing")
        elif any(a & b for at, a in enumerate(people) for b in people[at + 1 :]):
            found.append(f"{part}: one person in two roles")
        if any(len(one) < 2 for name in people for one in name):
            found.append(f"{part}: signed by nobody")
    return found


def _person(name: str) -> str:
    """A name as people compare it: letters only, whatever the case, the form or the title."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    first = "".join(one for one in plain.split(",")[0] if one.isalpha())
    return first or "".join(one for one in plain if one.isalpha())


def _possible(day: str) -> bool:
    """Not long before the revision was written (2026-02-01), and not in the future."""
    try:
        return date(2025, 2, 1) <= date.fromisoformat(day) <= program.TODAY
    except ValueError:
        return False


# --- translation


def _translation(random: Random) -> Case:
    text = cases.shipped("ane.leaflet.es.yaml")
    if random.random() < 0.2:
        text = text.replace("translator: null", "translator: A. Traductora").replace(
            "reviewed_on: null", "reviewed_on: 2026-10-01")  # fmt: skip
    changed = mutate_yaml.of_yaml(random, text, (cases.small(),))
    then = ()
    if random.random() < 0.1:
        form = random.choice(("docx", "docx", "pdf"))
        then = ("leaflet", "--lang", "es", "--format", form, "-o", f"@/leaflet.{form}")
    return Case("translation", "ane", {"home/ordersets/ane.leaflet.es.yaml": changed}, then)


def _judge_translation(case: Case, folder: Path) -> bool:
    home = folder / "home"
    found = program.translations(home, "ane")
    if not isinstance(found, dict):
        return False
    (content,) = case.files.values()
    reading = expect.read(content)
    if reading.faults:
        raise Find(f"accepted: {reading.faults[0].split(':')[0]}", "; ".join(reading.faults))
    for one in found.values():
        if one.reviewed:
            raise Find("a translation that nobody reviewed counts as reviewed", str(one.translator))
    language = reading.tree["language"]
    if language != "es":
        raise Find("a translation of another language than its file name says", repr(language))
    if case.words:
        answer = follow(case.words, "ane", home, folder)
        if answer.code == 0:
            _check_figures(reading.tree, folder / case.words[-1].removeprefix("@/"))
    return True


def _check_figures(tree: Any, path: Path) -> None:
    """No number stands in a leaflet for families that stands not in the English one."""
    english = expect.read(cases.base("ane")["home/ordersets/ane.yaml"]).tree["leaflet"]
    allowed = set(re.findall(r"[0-9]+", " ".join(expect.texts(english))))
    for one in tree["texts"]:
        extra = set(re.findall(r"\d+", one["text"])) - allowed
        if extra:
            raise Find("a number in a translation that the English does not have", f"{one['id']}: "
                       f"{', '.join(sorted(extra))} in {path.name}")  # fmt: skip


TARGETS = {
    "approval": Target(_approval, _judge_approval),
    "translation": Target(_translation, _judge_translation),
}
