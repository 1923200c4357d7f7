"""The build worksheet: one row for each line of the order set, as an EHR analyst builds it.

Source: EHR reference, section 9. Every cell is a text that software can read; a number is written
without comma and without trailing zero. What the guideline does not give says so or stays empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from anedocs.core import wording
from anedocs.documents.ehr import cells, codes, evidence
from anedocs.documents.ehr.dose_rows import DoseRow
from anedocs.documents.ehr.sheet_parts import marked_edition
from anedocs.documents.worksheet.build_book import build_book
from anedocs.documents.worksheet.columns import EDITION, NAMES, NOT_STATED
from anedocs.dosing.rules import MG
from anedocs.edition.edition import Edition
from anedocs.schema.model import OrderSet
from anedocs.sentences import order_words, vocabulary
from anedocs.sentences.order_lines import Line, lines, order_kind, unconditional

Row = dict[str, str]
#: Names of codes stand as their publisher writes them.
_AS_PUBLISHED = frozenset({"code_display"})


def rows(edition: Edition, base: str, affiliate: bool) -> list[Row]:
    """One row for each line, with every column of the worksheet; on top, which edition it is."""
    orderset = edition.orderset
    every = lines(orderset)
    headers = {line.key: line for line in every if line.kind == "choice_header"}
    return [
        _edition(edition),
        *(_whole(
            {
                **_identity(orderset, line),
                **_dose(orderset, line),
                **_timing(orderset, line),
                **_behaviour(orderset, line, headers),
                **_code(orderset, line, affiliate),
                **_evidence(orderset, line, headers),
                **_build(edition, line, base, affiliate),
            }
        )
        for line in every),
    ]  # fmt: skip


def _edition(edition: Edition) -> Row:
    """The row without which a CSV would not say that it is a draft."""
    orderset = edition.orderset
    return _whole(
        {
            "order_set_id": orderset.id, "order_set_version": orderset.revision,
            "row_key": EDITION, "section_seq": "0", "section_title": "Edition", "item_seq": "0",
            "row_type": "note", "display_name": orderset.title, "dose_basis": "n/a",
            "default_selected": "N", "order_comments": marked_edition(edition),
            "build_status": "TEXT_ONLY",
        }
    )  # fmt: skip


def as_csv(rows: Iterable[Mapping[str, str]]) -> bytes:
    """The worksheet as CSV; raises ContentError for a cell that a spreadsheet would run."""
    return cells.csv_bytes(NAMES, rows, _AS_PUBLISHED)


def workbook(
    edition: Edition, rows: Sequence[Mapping[str, str]], dose_rows: Sequence[DoseRow],
    previous: Sequence[Mapping[str, str]] | None, folders: Sequence[Path] | None = None,
) -> bytes:  # fmt: skip
    """The build workbook; `previous` are the rows of an earlier revision, to show what changed.

    `folders` hold the look of the workbook; without them that of anedocs is used.
    """
    return build_book(edition, rows, dose_rows, previous, folders)


def _whole(known: Mapping[str, str | None]) -> Row:
    """All columns in their order; software reads ASCII."""
    return {
        name: text if name in _AS_PUBLISHED else cells.plain_text(text)
        for name in NAMES
        for text in (known.get(name) or "",)
    }


def _identity(orderset: OrderSet, line: Line) -> dict[str, str | None]:
    order = line.order
    built = line.kind in ("orderable", "placeholder")
    parts = {part.id for one in orderset.orders for part in getattr(one, "components", ())}
    short = getattr(order, "short", None) if order and order.id not in parts else None
    return {
        "order_set_id": orderset.id,
        "order_set_version": orderset.revision,
        "row_key": line.key,
        "section_seq": str(line.place[0]),
        "section_title": line.heading,
        "item_seq": str(line.place[1]),
        "row_type": line.kind,
        "order_type": order_kind(order) if order and built else None,
        "display_name": order_words.name(line),
        "generic_name": order.name if line.kind == "orderable" and line.drug and order else None,
        # The short name of a component is understood only beside its header: "protein", "PT".
        "synonyms": short if built else None,
    }


def _dose(orderset: OrderSet, line: Line) -> dict[str, str | None]:
    if line.drug is None or line.kind == "choice_header":
        return {"dose_basis": "n/a"}
    if line.variant is None:
        return {"dose_basis": "not_stated"}
    amount, most = line.variant.amount, line.variant.rule.maximum
    per_weight = amount.unit == "mg/kg"
    dose = amount if per_weight else amount.to(MG)
    band = line.variant.weights
    return {
        "dose_basis": "per_kg" if per_weight else "fixed",
        "dose_value": wording.plain(dose.number),
        "dose_unit_ucum": dose.unit,
        "max_single_dose_value": wording.plain(most.to(MG).number) if most else None,
        "max_single_dose_unit": MG if most else None,
        "min_weight_kg_inclusive": wording.plain(band.low) if band.low is not None else None,
        "max_weight_kg_exclusive": wording.plain(band.high) if band.high is not None else None,
    }


def _timing(orderset: OrderSet, line: Line) -> dict[str, str | None]:
    drug = line.drug
    if drug is None or line.kind == "choice_header":
        return {}
    words = (line.variant and line.variant.frequency) or orderset.settled(drug.frequency)
    numbers = vocabulary.FREQUENCIES.get(words or "", vocabulary.Frequency())
    duration, infusion = orderset.settled(drug.duration), orderset.settled(drug.infusion_time)
    lasts = duration.to("day") if duration and duration.unit == "week" else duration
    return {
        "route": orderset.settled(drug.route) or NOT_STATED,
        "frequency_text": words or NOT_STATED,
        "freq_n": _count(numbers.times),
        "freq_period": _count(numbers.period),
        "freq_period_unit": numbers.unit,
        "duration_value": wording.plain(lasts.number) if lasts else None,
        "duration_unit": vocabulary.UCUM_CODES[lasts.unit] if lasts else None,
        "dose_count": _count(numbers.count),
        "concentration": NOT_STATED,
        "infusion_time": wording.amount(infusion) if infusion else NOT_STATED,
        "prn": "N",
    }


def _behaviour(
    orderset: OrderSet, line: Line, headers: Mapping[str, Line]
) -> dict[str, str | None]:
    order = line.order
    header = line if line.kind == "choice_header" else headers.get(line.group or "")
    urgency = orderset.settled(order.urgency) if order and order.urgency else None
    ordered = line.kind in ("orderable", "placeholder")
    return {
        "priority": vocabulary.PRIORITIES[urgency] if urgency and ordered else None,
        "default_selected": "Y" if unconditional(orderset, line) else "N",
        "required_level": _required(orderset, line),
        "selection_group": header.key if header else None,
        "selection_rule": header.select if header else None,
        "condition_text": order_words.condition(line),
        "approval_required": line.approval,
        "performed_by": orderset.settled(order.placed_by) if order and order.placed_by else None,
        "order_comments": order_words.comments(orderset, line),
    }


def _required(orderset: OrderSet, line: Line) -> str | None:
    if line.order is not None and line.order.optional is not None:
        return "could"
    whole = unconditional(orderset, line) and line.drug is None
    return "must-unless-documented" if whole else None


def _code(orderset: OrderSet, line: Line, affiliate: bool) -> dict[str, str | None]:
    if line.kind != "orderable":
        return {}
    sent = codes.of_line(orderset, line, affiliate)
    if not sent:
        known = codes.withheld(orderset, line, affiliate)
        return {"code_status": "candidate" if known else "none"}
    return {
        "code_system": codes.system(orderset, sent[0]).uri,
        "code": sent[0].code,
        "code_display": sent[0].display,
        "code_status": "verified",
    }


def _evidence(orderset: OrderSet, line: Line, headers: Mapping[str, Line]) -> dict[str, str | None]:
    found = evidence.ids(evidence.origins(orderset, line, headers.get(line.group or "")))
    told = [evidence.says(orderset, *one).rstrip(".") for one in found]
    return {
        "evidence_section": line.heading,
        "evidence_quote": ". ".join(told) + "." if told else None,
        "evidence_refs": "; ".join(evidence.reference(orderset, *one) for one in found),
    }


def _build(edition: Edition, line: Line, base: str, affiliate: bool) -> dict[str, str | None]:
    orderset = edition.orderset
    if line.kind != "orderable":
        status = "NEEDS_LOCAL_DOSE" if line.kind == "placeholder" else "TEXT_ONLY"
        return {"build_status": status}
    if line.drug is not None and line.variant is None:
        status = "NEEDS_LOCAL_DOSE"
    elif not codes.of_line(orderset, line, affiliate):
        status = "NEEDS_LOCAL_ORDERABLE"
    else:
        status = "READY"
    name = f"{orderset.id}-{line.key}"
    return {
        "fhir_canonical": f"{base}/ActivityDefinition/{name}|{orderset.revision}",
        "build_status": status,
        "local_record_id": (edition.site.ehr_record_ids or {}).get(line.key),
    }


def _count(number: int | None) -> str | None:
    return None if number is None else str(number)


__all__ = ["Row", "as_csv", "rows", "workbook"]
