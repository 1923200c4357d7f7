"""Finished documents changed by hand, in all ways that files allow.

Each generator yields what was done, the place at which it must be named, and the changed file.
"""

from __future__ import annotations

import csv
import ctypes
import gzip
import io
import json
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pypdfium2
import pypdfium2.raw as raw

Tamper = tuple[str, str, bytes]


def parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def packed(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in members.items():
            new.writestr(name, content)
    return out.getvalue()


def repacked(content: bytes, part: str, old: str, new: str) -> bytes:
    """A packed file with one text of one part changed at its first place."""
    members = parts(content)
    text = members[part].decode()
    assert re.search(old, text, re.DOTALL), f"{old} is not in {part}"
    members[part] = re.sub(old, new, text, count=1, flags=re.DOTALL).encode()
    return packed(members)


def csv_cells(content: bytes, every: int) -> Iterator[Tamper]:
    """Single cells of a table: a figure for a figure, a word more, a filled blank."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    mark = b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b""
    cells = [(line, column) for line in range(1, len(rows)) for column in range(len(rows[0]))]
    for line, column in cells[::every]:
        changed = [list(row) for row in rows]
        changed[line][column] = other(changed[line][column])
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator="\r\n").writerows(changed)
        place = f"row {line + 1}, {rows[0][column]}"
        yield f"cell {line}, {column}", place, mark + out.getvalue().encode()


def other(text: str) -> str:
    """Another text that could well stand there."""
    if figure := re.search("[0-9]", text):
        return text[: figure.start()] + str((int(figure[0]) + 1) % 10) + text[figure.end() :]
    return text.replace("not ", "", 1) if "not " in text else f"{text} 5 mg/kg".strip()


def json_leaves(content: bytes, every: int) -> Iterator[Tamper]:
    """Single strings, numbers and truths of a JSON file."""
    form = json.loads(content, parse_float=Decimal)
    for path, value in list(leaves(form))[::every]:
        changed: Any = json.loads(content)
        inner = changed
        for step in path[:-1]:
            inner = inner[step]
        match value:
            case bool():
                inner[path[-1]] = not value
            case str():
                inner[path[-1]] = other(value)
            case _:
                inner[path[-1]] = int(value) * 10 + 1
        place = "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in path)
        yield f"{value!r:.30}", place.removeprefix("."), json.dumps(changed).encode()


def leaves(node: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], object]]:
    if isinstance(node, dict | list):
        members = node.items() if isinstance(node, dict) else enumerate(node)
        for key, member in members:
            yield from leaves(member, (*path, key))
    else:
        yield path, node


_CELL = re.compile(r'<c r="([A-Z]+[0-9]+)"([^>/]*)(?:/>|>.*?</c>)')


def workbook_cells(content: bytes, every: int) -> Iterator[Tamper]:
    """Single cells of the first sheets of a workbook, each turned into another text."""
    members = parts(content)
    book = members["xl/workbook.xml"].decode()
    titles = re.findall(r'<sheet name="([^"]*)"', book)
    for number, title in enumerate(titles, start=1):
        name = f"xl/worksheets/sheet{number}.xml"
        text = members[name].decode()
        for cell in list(_CELL.finditer(text))[::every]:
            style = re.search(r' s="[0-9]+"', cell[2])
            changed = (f'<c r="{cell[1]}"{style[0] if style else ""} t="inlineStr">'
                       f"<is><t>7 mg/kg</t></is></c>")  # fmt: skip
            whole = text[: cell.start()] + changed + text[cell.end() :]
            done = packed({**members, name: whole.encode()})
            yield f"{title} {cell[1]}", f"sheet {title}, cell {cell[1]}", done


def in_workbook(content: bytes) -> Iterator[Tamper]:
    """What a workbook can hide or claim without another word in a cell."""
    sheet = "xl/worksheets/sheet1.xml"
    for what, place, part, old, new in (
        ("a formula ten times", "cell B5, formula", sheet, r"<f>(COUNT[^<]*)</f>", r"<f>\1*10</f>"),
        ("a formula lost", "cell B5, formula", sheet, r"<f>COUNT[^<]*</f>", ""),
        ("a number format", "formatCode", "xl/styles.xml", r'formatCode="[^"]*"',
         'formatCode="0&quot;0&quot;"'),
        ("a format of a cell", "cell B8, format", sheet, r'(<c r="B8" s=)"[0-9]+"', r'\1"1"'),
        ("a hidden sheet", "state", "xl/workbook.xml", r"(<sheet name=\"[^\"]*\")",
         r'\1 state="hidden"'),
        ("a hidden row", "hidden", sheet, r'(<row r="9")', r'\1 hidden="1"'),
        ("a hidden column", "hidden", sheet, r'(<col min="3")', r'\1 hidden="1"'),
        ("a validation", "dataValidation", sheet, r"(</sheetData>)",
         r'\1<dataValidations count="1"><dataValidation sqref="F8"/></dataValidations>'),
        ("a rule of colours", "conditionalFormatting", sheet, r"(</sheetData>)",
         r'\1<conditionalFormatting sqref="F8"/>'),
        ("a title of a sheet", "sheets", "xl/workbook.xml", '<sheet name="[^"]*"',
         '<sheet name="Other"'),
        ("a name for cells", "definedName", "xl/workbook.xml", "(</sheets>)",
         r'\1<definedNames><definedName name="dose">7</definedName></definedNames>'),
    ):  # fmt: skip
        yield what, place, repacked(content, part, old, new)
    yield (
        "a comment",
        "xl/comments1.xml",
        packed({**parts(content), "xl/comments1.xml": b"<comments><t>use 40 mg/kg</t></comments>"}),
    )
    yield "a macro", "xl/vbaProject.bin", packed({**parts(content), "xl/vbaProject.bin": b"x"})


def in_word(content: bytes) -> Iterator[Tamper]:
    """What a Word file can add, hide or strike."""
    body = "word/document.xml"
    run = "<w:r>{}<w:t>Halve every dose in infants.</w:t></w:r>"
    for what, mark in (("plain", ""), ("hidden", "<w:vanish/>"), ("small", '<w:sz w:val="1"/>'),
                       ("white", '<w:color w:val="FFFFFF"/>')):  # fmt: skip
        text = run.format(f"<w:rPr>{mark}</w:rPr>" if mark else "")
        yield f"a {what} sentence", "document, paragraph", repacked(
            content, body, r"(</w:p>)(?!.*</w:p>)", rf"{text}\1")  # fmt: skip
    for what, mark in (("hidden", "vanish"), ("struck", "strike"), ("white", "color")):
        value = ' w:val="FFFFFF"' if mark == "color" else ""
        yield f"{what} text", mark, repacked(
            content, body, "<w:rPr>", f"<w:rPr><w:{mark}{value}/>")  # fmt: skip
    hidden = r"\1<w:rPr><w:vanish/></w:rPr>"
    yield "a hidden style", "vanish", repacked(
        content, "word/styles.xml", "(<w:style [^>]*>)", hidden)  # fmt: skip
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    for part in ("footnotes", "comments", "endnotes", "footer9"):
        note = f"<w:x {space}><w:p><w:r><w:t>Give half.</w:t></w:r></w:p></w:x>"
        yield part, part, packed({**parts(content), f"word/{part}.xml": note.encode()})
    yield "a picture", "word/media/image1.png", packed(
        {**parts(content), "word/media/image1.png": b"\x89PNG"})  # fmt: skip
    yield "the author", "creator", repacked(
        content, "docProps/core.xml", "(<dc:creator>)[^<]*", r"\1Another")  # fmt: skip
    body_text = parts(content)[body].decode()
    replaced = re.sub(r"(<w:t(?: [^>]*)?>)[^<]*", r"\1Otro texto.", body_text)
    yield "the whole body", "document, paragraph", packed(
        {**parts(content), body: replaced.encode()})  # fmt: skip


def in_cql(content: bytes) -> Iterator[Tamper]:
    """Operators and words of the rules; each stands in a line of its own."""
    lines = content.decode().split("\n")
    for old, new in ((" < ", " <= "), (" >= ", " > "), (" and ", " or "), (" * ", " + "),
                     ("not ", ""), (" is null", " is not null"), ("true", "false")):  # fmt: skip
        for number, line in enumerate(lines):
            if old in line and not line.lstrip().startswith("//"):
                changed = [*lines[:number], line.replace(old, new, 1), *lines[number + 1 :]]
                yield f"{old!r} to {new!r}", f"line {number + 1}", "\n".join(changed).encode()
                break


def in_archive(content: bytes) -> Iterator[Tamper]:
    """A member changed, lost, added, or turned into a link."""
    with tarfile.open(fileobj=io.BytesIO(content)) as opened:
        held = {one.name: opened.extractfile(one).read() for one in opened}  # type: ignore[union-attr]
    name = next(one for one in held if "ActivityDefinition" in one)
    form = json.loads(held[name])
    form["title"] = f"{form['title']} twice"
    yield "a member changed", f"{name}, title", archived({**held, name: json.dumps(form).encode()})
    yield "a member lost", name, archived({key: held[key] for key in held if key != name})
    yield "a member added", "package/evil.json", archived({**held, "package/evil.json": b"{}"})
    yield "a link", "package/link", archived(held, link="package/link")


def archived(held: dict[str, bytes], link: str = "") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as new:
        for name, content in held.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            new.addfile(member, io.BytesIO(content))
        if link:
            member = tarfile.TarInfo(link)
            member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
            new.addfile(member)
    return gzip.compress(out.getvalue())


def saved(content: bytes, change: Callable[[Any], None] = lambda _document: None) -> bytes:
    """A PDF written by another tool: other bytes, other compression, the same pages."""
    document = pypdfium2.PdfDocument(content)
    change(document)
    out = io.BytesIO()
    document.save(out)
    document.close()
    return out.getvalue()


def in_pdf(content: bytes, words: str) -> Iterator[Tamper]:
    """What lies over the words of a page, or beside the pages. `words` stand on the first."""

    def spot(page: Any) -> tuple[float, float]:
        text = page.get_textpage()
        found = text.search(words).get_next()
        assert found is not None, words
        left, bottom, _, _ = text.get_charbox(found[0])
        return left - 2, bottom - 3

    def annotate(document: Any) -> None:
        page = document[0]
        annotation = raw.FPDFPage_CreateAnnot(page, raw.FPDF_ANNOT_FREETEXT)
        x, y = spot(page)
        raw.FPDFAnnot_SetRect(annotation, raw.FS_RECTF(x, y + 14, x + 60, y))
        text = ctypes.create_string_buffer("40 mg/kg".encode("utf-16-le") + b"\0\0")
        pointer = ctypes.cast(text, ctypes.POINTER(raw.FPDF_WCHAR))
        raw.FPDFAnnot_SetStringValue(annotation, b"Contents", pointer)
        raw.FPDFPage_CloseAnnot(annotation)

    def cover(document: Any) -> None:
        page = document[0]
        area = raw.FPDFPageObj_CreateNewRect(*spot(page), 60, 14)
        raw.FPDFPageObj_SetFillColor(area, 255, 255, 255, 255)
        raw.FPDFPath_SetDrawMode(area, raw.FPDF_FILLMODE_WINDING, False)
        raw.FPDFPage_InsertObject(page, area)
        page.gen_content()

    def lay_picture(document: Any) -> None:
        picture = pypdfium2.PdfImage.new(document)
        bitmap = pypdfium2.PdfBitmap.new_native(8, 8, raw.FPDFBitmap_BGR)
        bitmap.fill_rect((255, 255, 255, 255), 0, 0, 8, 8)
        picture.set_bitmap(bitmap)
        page = document[0]
        picture.set_matrix(pypdfium2.PdfMatrix().scale(60, 14).translate(*spot(page)))
        page.insert_obj(picture)
        page.gen_content()

    def attach(document: Any) -> None:
        document.new_attachment("doses.txt").set_data(b"40 mg/kg")

    def cut(document: Any) -> None:
        document[0].set_cropbox(0, 0, 300, 300)

    def turn(document: Any) -> None:
        document[0].set_rotation(90)

    def lengthen(document: Any) -> None:
        document.new_page(612, 792)

    yield "an annotation", "page 1, annotation 1", saved(content, annotate)
    yield "a white area", "as it is printed", saved(content, cover)
    yield "a picture", "page 1, picture 1", saved(content, lay_picture)
    yield "a file in it", "files in it", saved(content, attach)
    yield "a cut page", "page 1, size", saved(content, cut)
    yield "a turned page", "page 1, rotation", saved(content, turn)
    yield "a page more", "pages", saved(content, lengthen)
    plain = saved(content)
    yield (
        "its title",
        "document, Title",
        re.sub(rb"/Title ?(\([^)]{3}|<FEFF....)", lambda one: one[0][:-1] + b"7", plain),
    )
    script = rb"/OpenAction<</S/JavaScript/JS(app.alert\(1\))>>/Type/Catalog"
    yield "a script", "kind JavaScript", plain.replace(b"/Type/Catalog", script, 1)
    hidden = rb"/OpenAction<</S/J#61vaScript/#4aS(app.alert\(1\))>>/Type/Catalog"
    yield "a script in other letters", "kind JS", plain.replace(b"/Type/Catalog", hidden, 1)
