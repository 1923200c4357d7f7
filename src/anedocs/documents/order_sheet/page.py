"""The order sheet: one page for one child, or a blank one for handwriting."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from unicodedata import combining, normalize

import anedocs
from anedocs.core.problems import Refusal
from anedocs.dosing import check_code
from anedocs.dosing.fill import FilledSet
from anedocs.dosing.patient import AgeGiven, written
from anedocs.edition.edition import Edition
from anedocs.render import codes, fonts, pdf, template_files
from anedocs.schema.records import Patient
from anedocs.sentences import phrases
from anedocs.sentences.order_views import OrderView, SectionView, section_view

#: From roomy to tight; what does not fit on one page in the last one is refused.
DENSITIES = ("roomy", "snug", "tight")
#: Beyond these no density can fit, so no page is tried.
LONGEST = {"allergies": 1200, "name": 300}
LONGEST_OTHER = 80
#: On one letter, beside those that are part of it; no language of these letters needs more.
MOST_ACCENTS = 2
#: Of one order's name, and of the names of all orders of the page together.
LONGEST_ORDER, LONGEST_ORDERS = 300, 6000
_WAY_THROUGH = "or print the blank sheet and write by hand: anedocs sheet --blank"


@dataclass(frozen=True, slots=True)
class SheetRequest:
    """What a sheet is asked for; nothing in it has a clinical default."""

    edition: Edition
    printed: datetime | None
    """None for a sheet of the output folder, which bears no clock time."""
    filled: FilledSet | None = None
    """None for the blank sheet."""
    age: AgeGiven | None = None
    sex: str | None = None
    weight_source: str | None = None
    weighed_at: str | None = None
    weighed_long_ago: bool = False
    """Whether the weight is older than the edition lets pass without a word."""
    allergies: str | None = None
    confirmed_by: str | None = None
    patient: Patient = field(default_factory=Patient)


_PAGE, _STYLES = "order_sheet.html", ("page.css", "order_sheet.css")


def layout(folders: Sequence[Path]) -> str:
    """Which release and which templates make the sheet; it stands in the properties of the PDF.

    Why: a sheet printed by another release may say the same edition in other words, and then the
    words of this one must not be held against it.
    """
    whole = hashlib.sha256()
    for name in (_PAGE, *_STYLES):
        whole.update(template_files.find(folders, name).read_bytes())
    return f"anedocs {anedocs.__version__}, layout {whole.hexdigest()[:12]}"


def html(request: SheetRequest, folders: Sequence[Path], **values: object) -> str:
    """The words of a sheet in their places, before they are laid out; `values` come on top."""
    return pdf.html(folders, _PAGE, {**view(request), "layout": layout(folders), **values})


def order_sheet(request: SheetRequest, folders: Sequence[Path], paper: str) -> bytes:
    """The sheet as PDF/UA-1: one page of letter or a4, the same bytes for the same request.

    Raises Refusal where what was given cannot be printed whole and legible on one page.
    """
    _printable(request)
    names = [len(one.name) for one in _orders(request)]
    hopeless = max(names, default=0) > LONGEST_ORDER or sum(names) > LONGEST_ORDERS
    problem = "the names of its orders are longer than a page can hold" if hopeless else ""
    for density in () if hopeless else DENSITIES:
        page = html(request, folders, density=density, paper=paper)
        try:
            return pdf.pdf(folders, page, _STYLES, paper, pages=1)
        except pdf.FullError as error:
            problem = str(error)
    if _given(request):
        problem = "there is too much text"  # the words of the layout may quote the patient's
    raise Refusal(
        f"the sheet does not fit on one page: {problem}. Nothing was printed and nothing cut off. "
        f"{_too_long(request)}"
    )


def _too_long(request: SheetRequest) -> str:
    """What to shorten: what was given for the child, or else the longest order of the order set."""
    given = sum(len(text or "") for text in (request.allergies, request.patient.name))
    if given > LONGEST_OTHER:
        return (
            "Shorten the allergies or the name (write 'see list' and attach the list), "
            f"{_WAY_THROUGH}"
        )
    orderset = request.edition.orderset
    orders = _orders(request)
    if not orders:
        return f"Shorten the texts of ordersets/{orderset.id}.yaml"
    longest = max(orders, key=lambda one: len(one.name) + sum(map(len, one.details)))
    name = longest.name if len(longest.name) <= LONGEST_OTHER else f"{longest.name[:60]}…"
    return (
        f"The longest order is '{name}': shorten its name, its notes or its conditions in "
        f"ordersets/{orderset.id}.yaml, or give it a short name ('short:')"
    )


def _orders(request: SheetRequest) -> list[OrderView]:
    """Every order of the page."""
    orderset = request.edition.orderset
    views = (section_view(orderset, section, request.filled) for section in orderset.sections)
    return [one for view in views for one in (*view.drugs, *view.orders)]


def view(request: SheetRequest) -> dict[str, object]:
    """Every word of the sheet, by its place in the template."""
    edition, filled = request.edition, request.filled
    orderset = edition.orderset
    sections = [section_view(orderset, section, filled) for section in orderset.sections]
    with_drugs = [place for place, section in enumerate(sections) if section.drugs]
    first, last = (with_drugs[0], with_drugs[-1] + 1) if with_drugs else (len(sections),) * 2
    margin = orderset.safeguards.boundary_margin.value
    code = check_code.of_sheet(filled) if filled else check_code.of_blank(edition)
    return {
        "orderset": orderset,
        "site": edition.site,
        "mark": edition.status.mark,
        "patient": request.patient,
        "allergies": request.allergies,
        "weight": filled.weight if filled else None,
        "weight_source": request.weight_source,
        "weighed_at": request.weighed_at,
        "weight_remarks": list(_weight_remarks(request)),
        "confirmed_by": request.confirmed_by,
        "age": written(request.age) if request.age else None,
        "sex": request.sex,
        "entry": phrases.entry(orderset.entry),
        "gate": phrases.treatment_gate(orderset),
        "halves": _halves([*sections[:first], *sections[last:]]),
        "treatment": sections[first:last],
        "gates": orderset.gates,
        "edges": list(_edges(request)),
        "weigh_again": phrases.WEIGH_AGAIN,
        "near_step": phrases.near_step(margin) if margin else "",
        "reference_only": phrases.REFERENCE,
        "not_set": phrases.NOT_SET,
        "printed": f"{request.printed:%Y-%m-%d %H:%M}" if request.printed else None,
        "fingerprint": edition.short_fingerprint,
        "source": orderset.sources[0].credit,
        "code": code,
        "qr": codes.qr_svg(code, "QR code with edition and check data of this sheet"),
    }


def _halves(sections: Sequence[SectionView]) -> tuple[list[SectionView], list[SectionView]]:
    """The sections in two columns of about the same length, in their order."""
    sizes = [
        sum(2 + sum(map(len, order.details)) // 40 + len(order.components) // 3
            for order in section.orders)
        for section in sections
    ]  # fmt: skip
    left = range(len(sections), -1, -1)  # of two ways that are as good, the fuller left column
    best = min(left, key=lambda n: abs(sum(sizes[:n]) - sum(sizes[n:])))
    return list(sections[:best]), list(sections[best:])


def _edges(request: SheetRequest) -> Iterator[str]:
    for one in request.filled.medications if request.filled else ():
        yield from (phrases.edge(one.order.name, edge) for edge in one.edges)


def _weight_remarks(request: SheetRequest) -> Iterator[str]:
    """What must stand beside the weight: that nobody held it against an age, or its own age."""
    if request.filled and request.age is None:
        yield phrases.NOT_CHECKED
    if request.weighed_long_ago:
        yield phrases.old_weight(request.edition.weights.weight_holds_for)


def _printable(request: SheetRequest) -> None:
    """Refuse what cannot be printed before a page is tried: too long, or beyond the font.

    Why the font: what it lacks prints as an empty box, and reads back as if it were right. A
    message names the field and one character of it, never what was typed.
    """
    for what, text in _given(request).items():
        longest = LONGEST.get(what, LONGEST_OTHER)
        if len(text) > longest:
            raise Refusal(
                f"{what}: {len(text):,} characters are more than a sheet can hold ({longest:,}). "
                f"Nothing was printed and nothing cut off. Write it shorter ('see list', with the "
                f"list attached), {_WAY_THROUGH}"
            )
        if _piled(text):
            raise Refusal(
                f"{what}: more accents stand on one letter than a line can hold. Nothing was "
                f"printed. Write it with plain letters, {_WAY_THROUGH}"
            )
        lacking = fonts.missing(text)
        if lacking:
            raise Refusal(
                f"{what}: the font cannot draw {lacking[0]!r} (U+{ord(lacking[0]):04X}). Nothing "
                f"was printed. Write it in Latin letters, use the patient label instead, "
                f"{_WAY_THROUGH}"
            )


def _piled(text: str) -> bool:
    """Whether accents are piled on a letter. Why: they would run into the lines above it."""
    run = 0
    for sign in normalize("NFC", text):
        run = run + 1 if combining(sign) else 0
        if run > MOST_ACCENTS:
            return True
    return False


def _given(request: SheetRequest) -> dict[str, str]:
    """What was typed of this patient, by the words in which a message names it."""
    patient = request.patient
    given = {
        "name": patient.name, "MRN": patient.mrn, "allergies": request.allergies,
        "time of weighing": request.weighed_at, "initials": request.confirmed_by,
    }  # fmt: skip
    return {what: text for what, text in given.items() if text}
