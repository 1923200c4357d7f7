"""One finished file against the order set: facts in their place, numbers with an origin, wording.

Works on what was read back from the file; knows no writer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from anedocs.check.finding import REBUILD, Finding
from anedocs.check.read_back import ehr_files as ehr_reading
from anedocs.check.read_back import spans
from anedocs.check.read_back.facts import Fact, shown_name
from anedocs.check.read_back.spans import Page, Span
from anedocs.check.readers import pdf_file
from anedocs.documents.kind import DocumentKind, ReadAs
from anedocs.edition.edition import Edition
from anedocs.schema import ismp

#: Edition, weight and doses as they are scanned or typed; a coded field, not words for people.
CHECK_CODE = re.compile(r"[A-Z][A-Z0-9-]*/[0-9]{4}\.[^ ]*/[0-9A-F]{12}/[^ ]*/[0-9A-F]{8}")
_QUOTED = re.compile(r"“[^”]*”")


@dataclass(frozen=True, slots=True)
class Reading:
    """A finished file as it was read back."""

    name: str
    kind: DocumentKind
    pages: tuple[str, ...]

    spans: tuple[Page, ...] = ()
    """The same pages in pieces of a kind each; where none are known, a page is prose."""

    blocks: Mapping[str, str] | None = None
    """Of a table or a FHIR file: 'field value' texts by row key, in plain signs."""

    @property
    def text(self) -> str:
        """All pages as one line of text."""
        return " ".join(self.pages)

    def sentences(self) -> tuple[Page, ...]:
        """Each page in pieces of a kind each."""
        return self.spans or tuple((Span(page),) for page in self.pages)

    def beside(self, fact: Fact, names: Sequence[str], orders: Mapping[str, str]) -> str:
        """Where in the file a fact must stand: beside its order, or anywhere.

        `names` are the ids of the orders; `orders` the text of each box of a sheet.
        """
        if self.kind.read_as is ReadAs.ORDER_BOXES and fact.anchor is not None:
            return orders.get(fact.anchor, "")
        if self.blocks is None:
            return self.text
        mine = ehr_reading.of_order(self.blocks, fact.order, names) if fact.order else ""
        return mine or " ".join(self.blocks.values())


def read_file(path: Path, kind: DocumentKind) -> Reading:
    """Read a finished file back. Raises ValueError where it cannot be read."""
    return read(path.name, path.read_bytes(), kind)


def read(name: str, content: bytes, kind: DocumentKind) -> Reading:
    """Read the content of a finished file back. Raises ValueError where it cannot be read."""
    if kind.read_as not in (ReadAs.PAGES, ReadAs.ORDER_BOXES):
        return _read_ehr(name, content, kind)
    if name.endswith(".pdf"):
        pages = [page.text for page in pdf_file.pdf_pages(content)]
    elif name.endswith(".docx"):
        pages = [pdf_file.docx_text(content)]
    else:
        pages = [content.decode("utf-8")]
    return Reading(name, kind, tuple(map(flat, pages)))


def _read_ehr(name: str, content: bytes, kind: DocumentKind) -> Reading:
    try:
        pages, blocks = ehr_reading.read(name, content, kind.read_as)
    except (KeyError, TypeError, StopIteration) as error:
        raise ValueError(f"it is not built as our files are ({error})") from error
    plain = {key: flat(ehr_reading.fold(text)) for key, text in blocks.items()}
    texts = tuple(flat(spans.whole(page)) for page in pages)
    return Reading(name, kind, texts, pages, plain or None)


def flat(text: str) -> str:
    """A text on one line; a word broken at its hyphen is whole again."""
    return " ".join(re.sub(r"-\s*\n\s*", "-", text).split())


def shows(reading: Reading, known: Sequence[Fact], names: Sequence[str]) -> Iterator[Finding]:
    """Facts that the map promises for this kind of document and that are not where they belong."""
    boxed = reading.kind.read_as is ReadAs.ORDER_BOXES
    boxes = blocks(reading.text, names) if boxed else {}
    orders = sorted({fact.order for fact in known if fact.order})
    for fact in known:
        if reading.kind.name not in fact.documents:
            continue
        words = fact.words_in(reading.kind.read_as)
        if reading.blocks is not None:
            words = ehr_reading.fold(words)
        if not _said(words, reading.beside(fact, orders, boxes)):
            anchored = boxed and fact.anchor is not None
            place = f"{fact.name}, beside '{fact.anchor}'" if anchored else fact.name
            yield Finding(reading.name, place, f"'{words}'", "it is not there", REBUILD)


def _said(words: str, where: str) -> bool:
    """Whether a text says these words, whole; a figure in braces may be any words there.

    Why whole: 'urgent' also stands in 'non-urgent', and '30 mg/kg' in '130 mg/kg'.
    """
    text = where.casefold()
    pieces = [flat(piece).strip() for piece in re.split(r"\{[a-z-]+\}", words)]
    return all(_whole(piece.casefold()).search(text) for piece in pieces if piece)


def _whole(words: str) -> re.Pattern[str]:
    before = r"(?<![\w.,-])" if words[0].isalnum() else ""
    after = r"(?![\w-]|[.,][0-9])" if words[-1].isalnum() else ""
    return re.compile(f"{before}{re.escape(words)}{after}")


def order_names(content: Mapping[str, object]) -> list[str]:
    """The names of all orders as they stand on the sheet; each begins a block."""
    sections = content["sections"]
    assert isinstance(sections, list)
    return [shown_name(order) for section in sections for order in section["orders"]]


def blocks(text: str, names: Sequence[str]) -> dict[str, str]:
    """The text of each order of a sheet: from its box to the box of the next order."""
    starts = []
    for name in names:
        pattern = rf"☐ {re.escape(flat(name))}(?![A-Za-z])"
        starts += [(found.start(), name) for found in re.finditer(pattern, text)]
    starts.sort()
    found_in: dict[str, str] = {}
    for (start, name), (end, _) in pairwise([*starts, (len(text), "")]):
        found_in[name] = found_in.get(name, "") + text[start:end]
    return found_in


def wording(
    reading: Reading, exempt: Sequence[str], short_forms: Sequence[str]
) -> Iterator[Finding]:
    """Error-prone wording in the sentences of a file, by the ISMP rules."""
    for number, page in enumerate(reading.sentences(), start=1):
        text = flat(spans.sentences(page))
        told = ismp.lint(text, exempt=[*_QUOTED.findall(text), *exempt], short_forms=short_forms)
        for one in told:
            if not one.warning:
                yield Finding(
                    reading.name, f"page {number}, rule {one.rule}", one.message,
                    f"'{one.found}'", "change the wording at its source, then build",
                )  # fmt: skip


def marked(reading: Reading, edition: Edition) -> Iterator[Finding]:
    """Pages that do not say which edition they are, or that it is a draft."""
    wanted = [edition.orderset.revision, edition.short_fingerprint]
    wanted += [edition.status.mark] if edition.status.mark else []
    for number, page in enumerate(reading.pages, start=1):
        for words in wanted:
            if words not in page:
                absent = "it is not there"
                yield Finding(reading.name, f"page {number}", f"'{words}'", absent, REBUILD)
