"""Which codes may leave the house: verified ones, under terms that hold at every site.

Source: codes reference, sections 12 and 13. A code with status `check`, and a SNOMED CT code
outside the Global Patient Set, is left out and the orderable stays text.
"""

from __future__ import annotations

from collections.abc import Iterable

from anedocs.schema.model import Code, CodeSystem, OrderSet
from anedocs.sentences.order_lines import Line

AFFILIATE_SYSTEM = "snomed-ct"


def of_line(orderset: OrderSet, line: Line, affiliate: bool) -> list[Code]:
    """The codes of the orderable itself, best first; empty where it is text only."""
    if line.order is None:
        return []
    known = orderset.codes.get(line.order.id, ())
    if line.code is not None:
        return [known[line.code]]
    return [code for code in known if _may_leave(code, affiliate)]


def withheld(orderset: OrderSet, line: Line, affiliate: bool) -> list[Code]:
    """Codes that are known for the orderable and wait for a person to check them."""
    known = orderset.codes.get(line.order.id, ()) if line.order else ()
    sent = of_line(orderset, line, affiliate)
    return [code for code in known if code.status == "check" and code not in sent]


def preferred(orderset: OrderSet, name: str) -> Code | None:
    """The preferred code of something that is no order, such as 'body-weight'."""
    return next((one for one in orderset.codes.get(name, ()) if _may_leave(one, False)), None)


def system(orderset: OrderSet, code: Code) -> CodeSystem:
    """The terminology of a code; the model has checked that it exists."""
    return next(one for one in orderset.code_systems if one.id == code.system)


def notices(orderset: OrderSet, codes: Iterable[Code]) -> str | None:
    """The notices that the terminologies of these codes ask for, or None without any."""
    used = {code.system for code in codes}
    return " ".join(one.notice for one in orderset.code_systems if one.id in used) or None


def _may_leave(code: Code, affiliate: bool) -> bool:
    if code.status != "verified":
        return False
    if code.licence == "restricted":
        return affiliate and code.system == AFFILIATE_SYSTEM and code.use == "alternative"
    return code.use == "preferred"
