"""The approval record as a file: signatures are added, comments and order are kept."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from anedocs.schema.records import Approval, Withdrawal

_HEADING = """\
Who has approved which part of this order set. Each signature holds for the content whose
fingerprint it names: a part that changes is unapproved again by itself.
Written by 'anedocs approve' and 'anedocs withdraw'."""


def with_signatures(text: str | None, new: Sequence[Approval]) -> str:
    """The text of a record with these signatures at the end; None is a record that is not there."""
    record = _read(text)
    signed = record.setdefault("approvals", [])
    signed.extend(_flow(dict(one)) for one in new)
    return _written(record)


def with_withdrawal(text: str | None, withdrawn: Withdrawal) -> str:
    """The text of a record with a withdrawal."""
    record = _read(text)
    record["withdrawn"] = dict(withdrawn)
    return _written(record)


def _read(text: str | None) -> Any:
    from ruamel.yaml.comments import CommentedMap

    if text is not None:
        return _yaml().load(text) or CommentedMap()
    record = CommentedMap()
    record.yaml_set_start_comment(_HEADING)
    return record


def _flow(signature: dict[str, Any]) -> Any:
    """A signature on one line, its fingerprint quoted: it may have no letter in it."""
    from ruamel.yaml.comments import CommentedMap
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    line = CommentedMap(signature)
    for key in ("fingerprint", "name", "revision"):
        line[key] = DoubleQuotedScalarString(signature[key])
    line.fa.set_flow_style()
    return line


def _written(record: Any) -> str:
    text = io.StringIO()
    _yaml().dump(record, text)
    return text.getvalue()


def _yaml() -> Any:
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 10_000
    return yaml
