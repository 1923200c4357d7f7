"""The check data of a sheet, as scanned from its QR code or typed from its footer; no identity.

Form: FEVER/2026.1.0/E752FAC6DC79/18.4/FIRST-DRUG:552/SECOND-DRUG:220.8/1A2B3C4D, that is
order set, revision, fingerprint, weight in kg, each computed dose in mg, checksum.
"""

from __future__ import annotations

import zlib

from anedocs.core import wording
from anedocs.dosing.fill import FilledSet
from anedocs.dosing.patient import typed
from anedocs.edition.edition import Edition


def of_sheet(filled: FilledSet) -> str:
    """The check data of a filled sheet; STOP stands for a dose that people must enter."""
    doses = [
        f"{one.order.id}:"
        + (wording.plain(one.dose.given) if one.dose.given is not None else "STOP")
        for one in filled.medications
        if one.dose is not None
    ]
    # Only a dose that depends on the age needs it to be recomputed.
    if filled.age and any(one.status == "supplement" for one in filled.medications):
        doses.append(f"age:{typed(filled.age)}")
    return _joined(filled.edition, wording.plain(filled.weight), *doses)


def of_blank(edition: Edition) -> str:
    """The check data of a blank sheet: the edition alone."""
    return _joined(edition, "BLANK")


def _joined(edition: Edition, *parts: str) -> str:
    orderset = edition.orderset
    text = "/".join((orderset.id, orderset.revision, edition.short_fingerprint, *parts)).upper()
    return f"{text}/{zlib.crc32(text.encode()):08X}"
