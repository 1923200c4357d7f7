"""From sheets of cells to a workbook, always the same bytes; the only xlsxwriter.

A text is written as a text and never as a formula, whatever it begins with; a number is written
from its exact decimal.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from anedocs.render import template_files
from anedocs.render.grid import PAGE, PAGES, Cell, Formula, Frame, Sheet, Value, letters

TEMPLATE = "workbook.toml"


def look(folders: Sequence[Path]) -> Mapping[str, Any]:
    """How workbooks look; the template of a home wins."""
    return template_files.toml(folders, TEMPLATE)


@cache
def _library() -> tuple[Any, Any]:
    """The library's workbook, and our kind of sheet."""
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import CellFormulaTuple, Worksheet

    class Page(Worksheet):  # type: ignore[misc, unused-ignore]
        """A sheet that is written in a third of the time; anything unusual goes the usual way."""

        def put(self, row: int, column: int, value: Value, style: Any) -> None:
            match value:
                case None | "":
                    self._write_blank(row, column, None, style)
                case str():
                    self._write_string(row, column, value, style)
                case Formula():
                    self._put_formula(row, column, value, style)
                case _:
                    self._write_number(row, column, value, style)

        def _put_formula(self, row: int, column: int, formula: Formula, style: Any) -> None:
            """As it stands. Why: no formula of ours has a function newer than Excel 2007."""
            self._check_dimensions(row, column)
            text = formula.text.removeprefix("=")
            self.table[row][column] = CellFormulaTuple(text, style, formula.shown)

        def _write_cell(self, row: int, col: int, cell: Any) -> None:
            kind = cell.__class__.__name__
            if kind not in _ELEMENTS or cell.format is None:
                super()._write_cell(row, col, cell)
                return
            place = f'r="{letters(col)}{row + 1}" s="{cell.format._get_xf_index()}"'
            self.fh.write(_ELEMENTS[kind](place, cell))

    return Workbook, Page


def xlsx(frame: Frame, sheets: Sequence[Sheet], looks: Mapping[str, Any]) -> bytes:
    """The workbook as bytes."""
    workbook, page = _library()
    raw = io.BytesIO()
    book = workbook(raw, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties(
        {"title": frame.title, "author": "anedocs", "comments": frame.header[0],
         "created": datetime.combine(frame.created, time())}
    )  # fmt: skip
    styles = _Styles(book, looks["styles"])
    for sheet in sheets:
        _write(book.add_worksheet(sheet.name, page), sheet, frame, styles, looks)
    for name, area in frame.names.items():
        book.define_name(name, f"={area}")
    book.close()
    return raw.getvalue()


def _formula(place: str, cell: Any) -> str:
    text = isinstance(cell.value, str)
    shown = escape(cell.value, quote=False) if text else f"{cell.value:.16G}"
    kind = ' t="str"' if text and shown else ""
    return f"<c {place}{kind}><f>{escape(cell.formula, quote=False)}</f><v>{shown}</v></c>"


#: The cells that we write, as Office Open XML has them.
_ELEMENTS: Mapping[str, Callable[[str, Any], str]] = {
    "Blank": lambda place, cell: f"<c {place}/>",
    "String": lambda place, cell: f'<c {place} t="s"><v>{cell.string}</v></c>',
    "Number": lambda place, cell: f"<c {place}><v>{cell.number:.16G}</v></c>",
    "Formula": _formula,
}


class _Styles:
    """The formats of a workbook: each combination of styles is made once."""

    def __init__(self, book: Any, known: Mapping[str, Mapping[str, Any]]) -> None:
        self._book = book
        self._known = known
        self._made: dict[str, Any] = {}

    def __getitem__(self, names: str) -> Any:
        if names not in self._made:
            merged: dict[str, Any] = {}
            for name in ("base", *names.split()):
                merged |= self._known[name]
            self._made[names] = self._book.add_format(merged)
        return self._made[names]

    def mark(self, name: str) -> Any:
        """A style laid over another; it says only what it changes."""
        return self._book.add_format(dict(self._known[name]))


def _write(
    page: Any, sheet: Sheet, frame: Frame, styles: _Styles, looks: Mapping[str, Any]
) -> None:
    own = looks["sheets"][sheet.name]
    widths = _columns(page, sheet, own["widths"])
    room = [
        0 if column in sheet.folded else width * looks["page"]["percent"] // 100 - 1
        for column, width in enumerate(widths)
    ]
    for number, row in enumerate(sheet.rows):
        for column, cell in enumerate(row):
            if cell is not None:
                page.put(number, column, cell.value, styles[cell.style])
        named = sheet.heights[number : number + 1]
        height = own["heights"][named[0]] if named else _height(row, room, looks["page"])
        page.set_row(number, height)
    for area in sheet.merged:
        cell = sheet.rows[area.row][area.column] or Cell(None)
        page.merge_range(*area, "", styles[cell.style])
        page.put(area.row, area.column, cell.value, styles[cell.style])
    _reading(page, sheet, styles)
    _printing(page, sheet, frame, own, looks["page"])


def _height(row: Sequence[Cell | None], room: Sequence[int], paper: Mapping[str, Any]) -> int:
    """The height at which every text of a row can be read; `room` is in characters of a line.

    Why: not every program fits the height of a row to wrapped text when it opens a file.
    """
    lines = 1
    for cell, width in zip(row, room, strict=False):
        if cell is not None and isinstance(cell.value, str) and len(cell.value) > width > 0:
            lines = max(lines, -(-len(cell.value) // width))
    height: int = lines * paper["line"] + paper["gap"]
    return height


def _columns(page: Any, sheet: Sheet, widths: Mapping[str, int] | Sequence[int]) -> Sequence[int]:
    """Set the widths; what is folded away can be opened by the column right of it."""
    if isinstance(widths, Mapping):
        widths = [widths[name] for name in sheet.columns]
    for number, width in enumerate(widths):
        folded = {"level": 1, "hidden": True} if number in sheet.folded else {}
        page.set_column(number, number, width, None, folded)
        if number - 1 in sheet.folded and not folded:
            page.set_column(number, number, width, None, {"collapsed": True})
    return widths


def _reading(page: Any, sheet: Sheet, styles: _Styles) -> None:
    """What helps on the screen: what stays in view, filters, drop-downs, marks, protection."""
    if sheet.frozen != (0, 0):
        page.freeze_panes(*sheet.frozen)
    if sheet.filtered is not None:
        page.autofilter(*sheet.filtered)
    for rule in sheet.rules:
        told: dict[str, Any] = (
            {"validate": "custom", "value": rule.allowed}
            if isinstance(rule.allowed, str)
            else {"validate": "list", "source": list(rule.allowed)}
        )
        page.data_validation(
            *rule.area,
            {**told, "input_title": rule.title,
             "input_message": rule.help, "error_title": rule.title, "error_message": rule.help},
        )  # fmt: skip
    for mark in sheet.marks:
        style = styles.mark(mark.style)
        page.conditional_format(
            *mark.area, {"type": "formula", "criteria": mark.formula, "format": style}
        )
    if sheet.protected:
        page.protect("", {"autofilter": True, "format_columns": True, "format_rows": True})
    page.hide_gridlines(2)
    used = f"A1:{letters(max(map(len, sheet.rows)))}{len(sheet.rows)}"
    page.ignore_errors({"number_stored_as_text": used})  # codes and revisions are texts


def _printing(
    page: Any, sheet: Sheet, frame: Frame, own: Mapping[str, Any], paper: Mapping[str, Any]
) -> None:
    """Paper is left to the printer; nothing is cut off at the right."""
    if not own.get("portrait"):
        page.set_landscape()
    if own.get("fit"):
        page.fit_to_pages(1, 0)
    if own.get("scale"):
        page.set_print_scale(own["scale"])
    page.set_margins(**paper["margins"])
    page.set_zoom(paper["zoom"])
    if sheet.frozen[0]:
        page.repeat_rows(0, sheet.frozen[0] - 1)
    if sheet.repeated is not None:
        page.repeat_columns(sheet.repeated, sheet.repeated)
    if sheet.breaks:
        page.set_v_pagebreaks(list(sheet.breaks))
    left, middle = (_quoted(text) for text in frame.header)
    page.set_header(f'&L&8{left}&C&"Arial,Bold"&9{middle}&R&8&A')
    left, right = (_quoted(text).replace(PAGE, "&P").replace(PAGES, "&N") for text in frame.footer)
    page.set_footer(f"&L&8{left}&R&8{right}")


def _quoted(text: str) -> str:
    """A text in a header or footer, where an ampersand begins a command."""
    return text.replace("&", "&&")
