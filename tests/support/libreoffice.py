"""A workbook opened, worked out anew and saved by LibreOffice: another engine than ours."""

import io
import os
import re
import shutil
import subprocess
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

#: Formulas are worked out whenever a file is opened, whatever values stand in it.
_ALWAYS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""
ERRORS = ("#REF!", "#VALUE!", "#NAME?", "#N/A", "#DIV/0!", "#NULL!", "#NUM!", "Err:")


def opened(content: bytes, *, values: bool = True) -> openpyxl.Workbook:
    """A workbook with the values that stand in it, or with its formulas."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of extensions that LibreOffice writes
        return openpyxl.load_workbook(io.BytesIO(content), data_only=values)


def edited(content: bytes, edit: Callable[[openpyxl.Workbook], None]) -> bytes:
    """A workbook as somebody saves it who changed some cells."""
    book = opened(content, values=False)
    edit(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def forgetful(content: bytes) -> bytes:
    """The same workbook without what its formulas come to, so that nobody can just copy it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name.startswith("xl/worksheets/sheet"):
                part = re.sub(rb' t="str"(><f>)', rb"\1", part)
                part = re.sub(rb"</f><v>[^<]*</v>", b"</f>", part)
            new.writestr(name, part)
    return out.getvalue()


def recalculated(content: bytes, folder: Path) -> openpyxl.Workbook:
    """The workbook with every formula worked out by LibreOffice."""
    office = shutil.which("soffice")
    user = folder / "profile" / "user"
    user.mkdir(parents=True)
    (user / "registrymodifications.xcu").write_text(_ALWAYS, "utf-8")
    (folder / "in.xlsx").write_bytes(forgetful(content))
    if office is not None:
        subprocess.run(
            [office, f"-env:UserInstallation=file://{folder}/profile", "--headless",
             "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(folder / "out"),
             str(folder / "in.xlsx")],
            check=True, capture_output=True, timeout=300,
        )  # fmt: skip
    if not (folder / "out" / "in.xlsx").exists():
        why = (
            "NOT TESTED: LibreOffice Calc is missing, so no second engine has worked out the "
            "formulas. Debian: apt-get install libreoffice-calc-nogui"
        )
        assert "CI" not in os.environ, why
        pytest.skip(why)
    return opened((folder / "out" / "in.xlsx").read_bytes())


def errors(book: openpyxl.Workbook) -> list[str]:
    """Every cell that shows an error in place of a value."""
    return [
        f"{sheet.title}!{cell.coordinate}: {cell.value}"
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, str) and cell.value.startswith(ERRORS)
    ]
