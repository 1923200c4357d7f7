"""JSON in which every decimal keeps its digits: 0.1 is written 0.1 and never passes a float."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import simplejson

from anedocs.core import wording


def dumps(form: Any) -> bytes:
    """The JSON of a form, indented, in the order of its keys, ending in a line end.

    Raises TypeError for a binary number: it is not exact.
    """
    text = simplejson.dumps(_exact(form), indent=2, ensure_ascii=False, use_decimal=True)
    return f"{text}\n".encode()


def _exact(form: Any) -> Any:
    """The form with each decimal as documents write it: no exponent, no zero at the end."""
    if isinstance(form, dict):
        return {name: _exact(member) for name, member in form.items()}
    if isinstance(form, list):
        return [_exact(member) for member in form]
    if isinstance(form, Decimal):
        return Decimal(wording.plain(form))
    if form is None or isinstance(form, str | int):
        return form
    raise TypeError(f"{form!r}, a {type(form).__name__}, has no exact place in JSON")
