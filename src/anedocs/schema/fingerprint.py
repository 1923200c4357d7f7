"""Fingerprints of content: what a signature is bound to, part by part."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

#: The weights that are plausible at each age: a file of its own, signed like any other part.
WEIGHT_LIMITS = "weight-for-age"
#: The parts that are signed besides the sections, in the spelling of the approval record.
PARTS = frozenset({"entry", "flow", "criteria", "gates", "supplements", "document", WEIGHT_LIMITS})


def fingerprint(content: object) -> str:
    """The sha256 of content, the same for the same content however it was laid out in the file."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def parts(content: Mapping[str, object]) -> dict[str, str]:
    """The parts that are signed one by one, with their fingerprints; together the whole file."""
    signed: dict[str, object] = {}
    rest: dict[str, object] = {}
    for key, value in content.items():
        if key == "sections" and isinstance(value, list):
            signed.update({section["id"]: section for section in value})
        elif key.replace("_", "-") in PARTS:
            signed[key.replace("_", "-")] = value
        else:
            rest[key] = value
    return {name: fingerprint(part) for name, part in {**signed, "document": rest}.items()}
