"""On paper each dose stands with the weights that it is for, and with no others.

Why: both doses and both weights are still there when two bands are exchanged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from anedocs.check.finding import REBUILD, Finding
from anedocs.check.read_back import second_arithmetic
from anedocs.check.read_back.one_file import Reading
from anedocs.core import wording
from anedocs.core.quantity import Quantity
from anedocs.documents.kind import ReadAs

_BOUNDS = {"at_least": "{} or more", "above": "more than {}", "below": "less than {}",
           "up_to": "up to {}"}  # fmt: skip
#: What ends a statement of a dose: the next one in a list, and the box of the next order.
_ENDS = re.compile("[;☐]")


def apart(reading: Reading, content: Mapping[str, Any]) -> Iterator[Finding]:
    """Doses of a banded drug that do not stand in one statement with their own weights."""
    on_paper = reading.kind.read_as in (ReadAs.PAGES, ReadAs.ORDER_BOXES)
    if not (on_paper and reading.kind.must_show("sections.0.orders.0.dose.bands")):
        return
    statements = _ENDS.split(reading.text)
    for _, order, band in second_arithmetic.dosed(content):
        bounds = [form.format(_amount(band[key])) for key, form in _BOUNDS.items() if band.get(key)]
        words = [_amount(band["amount"]), *bounds]
        if "age" in order and not any(_says(one, bound) for one in statements for bound in bounds):
            continue  # this document refers to the order sheet for doses by age
        if bounds and not any(all(_says(one, word) for word in words) for one in statements):
            yield Finding(
                reading.name, f"{order['id']}, dose for {' and '.join(bounds)}",
                f"'{words[0]}' in one statement with it", "another dose, or none", REBUILD,
            )  # fmt: skip


def _amount(text: str) -> str:
    return wording.amount(Quantity.parse(text))


def _says(statement: str, words: str) -> bool:
    pattern = rf"(?<![\w.,]){re.escape(words)}(?!\w|[.,][0-9])"
    return re.search(pattern, statement) is not None
