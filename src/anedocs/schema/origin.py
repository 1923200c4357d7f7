"""Where a value is from: every figure of an order set says so."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Origin(NamedTuple):
    """Where a value is from: statements of the guideline, one supplement, or one local decision."""

    kind: Literal["guideline", "supplement", "local"]
    ids: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.kind} {', '.join(self.ids)}"


#: How an order set writes it.
ORIGIN_PATTERN = (
    r"guideline [A-Z][A-Z0-9-]*(?:, [A-Z][A-Z0-9-]*)*|(?:supplement|local) [a-z][a-z0-9-]*"
)
