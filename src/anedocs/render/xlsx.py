"""Workbooks as XLSX files, the same bytes each time; the only xlsxwriter.

A text is written as a text and never as a formula, whatever it begins with; a number is written
from its exact decimal.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime, time
from pathlib import Path
from typing import Any

from anedocs.render import template_files
from anedocs.render.workbook import PAGE, PAGES, Cell, Formula, Sheet, Value, Workbook, letters

TEMPLATE = "workbook.toml"


def look(folders: Sequence[Path]) -> Mapping[str, Any]:
    """How workbooks look; the template of a home wins."""
    return template_files.toml(folders, TEMPLATE)


def xlsx(workbook: Workbook, looks: Mapping[str, Any]) -> bytes:
    """The workbook as a file; its only date is the given one, so its bytes do not change."""
    import xlsxwriter

    raw = io.BytesIO()
    with xlsxwriter.Workbook(raw, {"in_memory": True}) as book:
        book.set_properties(
            {"title": workbook.title, "author": "anedocs", "comments": workbook.header[0],
             "created": datetime.combine(workbook.created, time())}
        )  # fmt: skip
        styles = _Styles(book, looks["styles"])
        for sheet in workbook.sheets:
            _sheet(book.add_worksheet(sheet.name), sheet, workbook, styles, looks)
        for name, cells in workbook.names.items():
            book.define_name(name, f"={cells}")
    return raw.getvalue()


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

    def overlay(self, name: str) -> Any:
        """A style laid over another; it says only what it changes."""
        return self._book.add_format(dict(self._known[name]))


def _sheet(
    page: Any, sheet: Sheet, workbook: Workbook, styles: _Styles, looks: Mapping[str, Any]
) -> None:
    own = looks["sheets"][sheet.name]
    widths = _columns(page, sheet, own["widths"])
    room = [
        0 if column in sheet.hidden else width * looks["page"]["percent"] // 100 - 1
        for column, width in enumerate(widths)
    ]
    for number, row in enumerate(sheet.rows):
        for column, cell in enumerate(row):
            if cell is not None:
                _write(page, number, column, cell.value, styles[cell.style])
        named = sheet.heights[number : number + 1]
        height = own["heights"][named[0]] if named else _height(row, room, looks["page"])
        page.set_row(number, height)
    for cells in sheet.merged:
        cell = sheet.rows[cells.row][cells.column] or Cell(None)
        page.merge_range(*cells, "", styles[cell.style])
        _write(page, cells.row, cells.column, cell.value, styles[cell.style])
    _reading(page, sheet, styles)
    _printing(page, sheet, workbook, own, looks["page"])


def _write(page: Any, row: int, column: int, value: Value, style: Any) -> None:
    """One cell, by the type of its value; `Worksheet.write` would guess from a text's content."""
    match value:
        case None | "":
            page.write_blank(row, column, None, style)
        case str():
            page.write_string(row, column, value, style)
        case Formula():
            page.write_formula(row, column, value.text, style, value.result)
        case _:
            page.write_number(row, column, value, style)


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
    """Set the widths; what is hidden can be opened by the column right of it."""
    if isinstance(widths, Mapping):
        widths = [widths[name] for name in sheet.columns]
    for number, width in enumerate(widths):
        hidden = {"level": 1, "hidden": True} if number in sheet.hidden else {}
        page.set_column(number, number, width, None, hidden)
        if number - 1 in sheet.hidden and not hidden:
            page.set_column(number, number, width, None, {"collapsed": True})
    return widths


def _reading(page: Any, sheet: Sheet, styles: _Styles) -> None:
    """What helps on the screen: what stays in view, filters, drop-downs, protection."""
    if sheet.frozen != (0, 0):
        page.freeze_panes(*sheet.frozen)
    if sheet.filtered is not None:
        page.autofilter(*sheet.filtered)
    for one in sheet.validations:
        allowed: dict[str, Any] = (
            {"validate": "custom", "value": one.allowed}
            if isinstance(one.allowed, str)
            else {"validate": "list", "source": list(one.allowed)}
        )
        page.data_validation(
            *one.cells,
            {**allowed, "input_title": one.title, "input_message": one.help,
             "error_title": one.title, "error_message": one.help},
        )  # fmt: skip
    for form in sheet.conditional_formats:
        style = styles.overlay(form.style)
        page.conditional_format(
            *form.cells, {"type": "formula", "criteria": form.formula, "format": style}
        )
    if sheet.protected:
        page.protect("", {"autofilter": True, "format_columns": True, "format_rows": True})
    page.hide_gridlines(2)
    used = f"A1:{letters(max(map(len, sheet.rows)))}{len(sheet.rows)}"
    page.ignore_errors({"number_stored_as_text": used})  # codes and revisions are texts


def _printing(
    page: Any, sheet: Sheet, workbook: Workbook, own: Mapping[str, Any], paper: Mapping[str, Any]
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
    left, middle = (_quoted(text) for text in workbook.header)
    page.set_header(f'&L&8{left}&C&"Arial,Bold"&9{middle}&R&8&A')
    left, right = (
        _quoted(text).replace(PAGE, "&P").replace(PAGES, "&N") for text in workbook.footer
    )
    page.set_footer(f"&L&8{left}&R&8{right}")


def _quoted(text: str) -> str:
    """A text in a header or footer, where an ampersand begins a command."""
    return text.replace("&", "&&")
