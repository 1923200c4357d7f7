"""What a check finds wrong in a finished file, and the command that mends it."""

from __future__ import annotations

from dataclasses import dataclass

REBUILD = "anedocs build"


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference between a finished file and the order set, and the command that mends it."""

    file: str
    place: str
    expected: str
    found: str
    mend: str

    def __str__(self) -> str:
        return (
            f"{self.file}: {self.place}: expected {self.expected}; found {self.found}. "
            f"Mend: {self.mend}"
        )
