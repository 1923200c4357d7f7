"""From paragraphs to an editable Word file, always the same bytes; the only python-docx.

Real styles, a document language, page numbers as fields, and a bookmark around each named text, so
that a file that comes back can be compared text by text.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from anedocs.render import template_files

#: In a footer these two stand for the number of the page, and of all pages.
PAGE, PAGES = "{page}", "{pages}"
_FIELDS = {PAGE: "PAGE", PAGES: "NUMPAGES"}
#: Word 2013 and every one since call their own files so.
WORD_MODE = "15"
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Run:
    """Words of one paragraph; with a name, they are found again by it."""

    text: str
    name: str | None = None
    strong: bool = False
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """One paragraph: the name of its style, and its words."""

    style: str
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the text, on every page and in the properties of the file."""

    title: str
    language: str
    created: date
    header: Sequence[str]
    footer: Sequence[str]


@dataclass(frozen=True, slots=True)
class Look:
    """How it looks: paper, margins, font and the styles, as a template says."""

    font: str
    paper: dict[str, int]
    margins: dict[str, int]
    styles: dict[str, dict[str, Any]]


def look(folders: Sequence[Path], template: str, paper: str, size: str) -> Look:
    """Read a look; the template of a home wins."""
    said = template_files.toml(folders, template)
    return Look(said["font"], said["paper"][paper], said["margins"], said[size])


def bookmark(name: str) -> str:
    """The bookmark of a text; Word allows no hyphens in one, and ids hold no underscores."""
    return f"t_{name.replace('-', '_')}"


def docx(frame: Frame, paragraphs: Iterable[Written], looks: Look) -> bytes:
    """The file, with header and footer on every page."""
    from docx import Document

    document = Document()
    _properties(document, frame)
    _page(document.sections[0], looks)
    for name, wanted in looks.styles.items():
        _style(document, name, wanted, looks)
    _language(document, frame.language)
    _of_today(document)
    section = document.sections[0]
    _story(section.header, "Header", frame.header)
    _story(section.footer, "Footer", frame.footer)
    for number, written in enumerate(paragraphs):
        paragraph = document.add_paragraph(style=written.style)
        for place, run in enumerate(written.runs):
            _run(paragraph, run, number * 10 + place)
        if looks.styles[written.style].get("rule"):
            paragraph.add_run("\t")
    raw = io.BytesIO()
    document.save(raw)
    return _repacked(raw.getvalue())


def _properties(document: Any, frame: Frame) -> None:
    """Dates come from the edition and never from the clock."""
    core, made = document.core_properties, datetime.combine(frame.created, time(), UTC)
    core.title, core.language = frame.title, frame.language
    core.author = core.last_modified_by = "anedocs"
    core.created = core.modified = made
    core.comments, core.revision = "", 1


def _page(section: Any, looks: Look) -> None:
    from docx.shared import Twips

    section.page_width, section.page_height = (Twips(looks.paper[k]) for k in ("width", "height"))
    for side in ("left", "right", "top", "bottom"):
        setattr(section, f"{side}_margin", Twips(looks.margins[side]))
    section.header_distance = Twips(looks.margins["header"])
    section.footer_distance = Twips(looks.margins["footer"])


def _style(document: Any, name: str, wanted: dict[str, Any], looks: Look) -> None:
    """Make a style look as wanted; one that Word does not have is added."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT, WD_TAB_LEADER
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor, Twips

    styles = document.styles
    if name not in [style.name for style in styles]:
        styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH).base_style = styles["Normal"]
    style = styles[name]
    style.quick_style = True
    style.font.size, style.font.bold = Pt(wanted["size"]), wanted.get("bold", False)
    style.font.italic, style.font.color.rgb = False, RGBColor(0, 0, 0)
    letters = style.element.get_or_add_rPr()
    for old in letters.xpath("w:spacing | w:kern"):
        letters.remove(old)
    fonts = letters.get_or_add_rFonts()
    fonts.attrib.clear()  # the themes of the default template would win over a font by name
    for script in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{script}"), looks.font)
    shape = style.paragraph_format
    shape.space_before, shape.space_after = Pt(wanted["before"]), Pt(wanted["after"])
    shape.line_spacing = wanted.get("line", 260) / 240
    shape.alignment = WD_ALIGN_PARAGRAPH.CENTER if wanted.get("centered") else None
    shape.keep_with_next = name.startswith("Heading")
    if wanted.get("rule"):
        end = looks.paper["width"] - looks.margins["left"] - looks.margins["right"]
        shape.tab_stops.add_tab_stop(Twips(end), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.LINES)
    _border(style, boxed=wanted.get("boxed", False))


def _border(style: Any, *, boxed: bool) -> None:
    """A box around paragraphs of this style, or none."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    shape = style.element.get_or_add_pPr()
    for old in shape.findall(qn("w:pBdr")):
        shape.remove(old)
    if not boxed:
        return
    box = OxmlElement("w:pBdr")
    for side in ("top", "left", "bottom", "right"):
        line = OxmlElement(f"w:{side}")
        for key, value in (("val", "single"), ("sz", "12"), ("space", "6"), ("color", "000000")):
            line.set(qn(f"w:{key}"), value)
        box.append(line)
    shape.insert_element_before(box, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr")


def _language(document: Any, language: str) -> None:
    """The language in which Word proofs the text and a reader speaks it."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    defaults = document.styles.element.find(qn("w:docDefaults")).find(f".//{qn('w:rPr')}")
    for old in defaults.findall(qn("w:lang")):
        defaults.remove(old)
    spoken = OxmlElement("w:lang")
    for key in ("val", "eastAsia"):
        spoken.set(qn(f"w:{key}"), language)
    defaults.append(spoken)


def _of_today(document: Any) -> None:
    """Word opens the file as one of its own time, and not in Compatibility Mode."""
    from docx.oxml.ns import qn

    for setting in document.settings.element.iter(qn("w:compatSetting")):
        if setting.get(qn("w:name")) == "compatibilityMode":
            setting.set(qn("w:val"), WORD_MODE)


def _story(story: Any, style: str, lines: Sequence[str]) -> None:
    """Fill a header or a footer; its first paragraph is there already."""
    for number, line in enumerate(lines):
        paragraph = story.paragraphs[0] if number == 0 else story.add_paragraph()
        paragraph.style = style
        for word in line.replace(PAGE, f"\0{PAGE}\0").replace(PAGES, f"\0{PAGES}\0").split("\0"):
            if word in _FIELDS:
                _field(paragraph, _FIELDS[word])
            elif word:
                paragraph.add_run(word)


def _field(paragraph: Any, code: str) -> None:
    """A field that Word and LibreOffice work out anew on each page."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), code)
    field.append(paragraph.add_run("1").font.element)  # moved into the field
    paragraph.paragraph_format.element.append(field)


def _run(paragraph: Any, run: Run, number: int) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    def mark(kind: str) -> None:
        if run.name is not None:
            edge = OxmlElement(f"w:bookmark{kind}")
            edge.set(qn("w:id"), str(number))
            if kind == "Start":
                edge.set(qn("w:name"), bookmark(run.name))
            paragraph.paragraph_format.element.append(edge)

    mark("Start")
    made = paragraph.add_run(run.text)
    made.bold = True if run.strong else None
    if run.language is not None:
        spoken = OxmlElement("w:lang")
        spoken.set(qn("w:val"), run.language)
        made.font.element.get_or_add_rPr().append(spoken)
    mark("End")


def _repacked(raw: bytes) -> bytes:
    """The same package with fixed dates. Why: a zip holds the clock of its making."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = zipfile.ZipInfo(name, _EPOCH)
            part.compress_type = zipfile.ZIP_DEFLATED
            part.external_attr = 0o600 << 16
            new.writestr(part, old.read(name))
    return out.getvalue()
