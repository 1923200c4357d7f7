"""Whether paper would show everything that a finished PDF holds: nothing off the edge, cut off or
on top of other text.

Why the finished file is read: a reader of its text finds all of it, also what paper would not show.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

#: In points (4 mm): nearer to the edge than this, office printers do not print.
REACH = 11.25
#: In points: what is nearer than this counts as touching.
_TOLERANCE = 0.75
#: What a line of text needs below and above its baseline, in parts of its type size.
_BELOW, _ABOVE = 0.2, 0.7

Box = tuple[float, float, float, float]
"""Left, bottom, right and top in points, from the lower left corner of the paper."""


class Drawn(NamedTuple):
    """A piece of text on a page, or a text within a drawing."""

    words: str
    ink: Box
    visible: Box
    """What is cut off lies outside of this."""
    line: tuple[float, float] | None
    """The least and the greatest height that its line of text needs; None within a drawing."""


def fault(content: bytes, reach: float = REACH) -> str | None:
    """What paper would not show as the PDF says it, in a sentence; None where it shows everything.

    `reach` is the distance in points from the edge of the paper at which printing begins.
    """
    import pypdfium2

    document = pypdfium2.PdfDocument(content)
    try:
        for number, page in enumerate(document, start=1):
            for said in _faults(page, reach):
                return f"page {number}: {said}"
    finally:
        document.close()
    return None


def _faults(page: Any, reach: float) -> Iterator[str]:
    width, height = page.get_size()
    printed = (reach, reach, width - reach, height - reach)
    drawn = list(_drawn(page))
    for one in drawn:
        if _outside(one.ink, one.visible):
            yield f"'{one.words[:40]}' does not fit its box"
    for one in drawn:
        where = _outside(one.ink, printed)
        if where:
            yield f"'{one.words[:40]}' runs {where}"
    yield from _overlaps(drawn)


def _outside(ink: Box, limits: Box) -> str:
    """Where the ink lies outside of the limits, in words; empty where it does not."""
    left, bottom, right, top = limits
    if ink[0] < left - _TOLERANCE or ink[2] > right + _TOLERANCE:
        return "over the edge"
    if ink[1] < bottom - _TOLERANCE or ink[3] > top + _TOLERANCE:
        return "off the paper"
    return ""


def _overlaps(drawn: Sequence[Drawn]) -> Iterator[str]:
    """Text that stands on other text."""
    lines = sorted(
        ((one.line, one) for one in drawn if one.line), key=lambda pair: pair[0][1], reverse=True
    )
    for place, ((bottom, _), upper) in enumerate(lines):
        for (_, top), lower in lines[place + 1 :]:
            if top <= bottom:
                break
            apart = (
                lower.ink[0] >= upper.ink[2] - _TOLERANCE
                or upper.ink[0] >= lower.ink[2] - _TOLERANCE
            )
            if not apart:
                yield f"'{lower.words[:30]}' stands on top of '{upper.words[:30]}'"


def _drawn(page: Any) -> Iterator[Drawn]:
    """Everything on a page that can be read; WeasyPrint draws the text of an SVG as a form."""
    import pypdfium2.raw as raw

    text = page.get_textpage()
    kinds = [raw.FPDF_PAGEOBJ_TEXT, raw.FPDF_PAGEOBJ_FORM]
    for one in page.get_objects(filter=kinds, max_depth=1, textpage=text):
        if one.type == raw.FPDF_PAGEOBJ_FORM:
            yield Drawn("a drawing", one.get_bounds(), _visible(one), None)
        elif words := one.extract().strip():
            matrix, size = one.get_matrix(), one.get_font_size()
            edges = (matrix.f - _BELOW * size * matrix.d, matrix.f + _ABOVE * size * matrix.d)
            yield Drawn(words, one.get_bounds(), _visible(one), (min(edges), max(edges)))


def _visible(one: Any) -> Box:
    """The part of the page to which a drawn object is clipped (CSS: `overflow: hidden`)."""
    import pypdfium2.raw as raw

    clip = raw.FPDFPageObj_GetClipPath(one)
    left, bottom, right, top = float("-inf"), float("-inf"), float("inf"), float("inf")
    for path in range(max(raw.FPDFClipPath_CountPaths(clip), 0)):
        xs, ys = [], []
        for number in range(raw.FPDFClipPath_CountPathSegments(clip, path)):
            x, y = raw.c_float(), raw.c_float()
            raw.FPDFPathSegment_GetPoint(raw.FPDFClipPath_GetPathSegment(clip, path, number), x, y)
            xs.append(x.value)
            ys.append(y.value)
        if xs:
            left, bottom = max(left, min(xs)), max(bottom, min(ys))
            right, top = min(right, max(xs)), min(top, max(ys))
    return left, bottom, right, top
