"""One revision number stands for one content, in documents and in signatures."""

from __future__ import annotations

from collections.abc import Iterator

from anedocs.build.manifest import NAME, Manifest
from anedocs.edition.edition import Edition
from anedocs.edition.names import approval_file


def other_uses(edition: Edition, written: Manifest | None) -> Iterator[str]:
    """Where this revision number stands for other content than that of the edition, in words.

    `written` is the manifest of the finished documents. A signature counts if it names a revision.
    """
    orderset = edition.orderset
    if (
        written is not None
        and (written.orderset, written.revision) == (orderset.id, orderset.revision)
        and written.fingerprint != edition.fingerprint
    ):
        yield f"{NAME} has it for other content (fingerprint {written.fingerprint[:12]})"
    if edition.status.changed_under:
        parts = ", ".join(edition.status.changed_under)
        yield f"{approval_file(orderset.id)} has signatures of it for other content of: {parts}"
