"""The fonts that pages are set in, and whether they can draw a text; the only fontTools.

Why: a character that a font lacks prints as an empty box, while every reader of the PDF still
returns the right text. So each text is held against the font before it is laid out.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

FAMILY = "Source Sans Pro"
_PACKAGE = "font_source_sans_pro"
_FACES = {
    ("normal", 400): "SourceSansPro-Regular.ttf",
    ("italic", 400): "SourceSansPro-It.ttf",
    ("normal", 700): "SourceSansPro-Bold.ttf",
    ("italic", 700): "SourceSansPro-BoldIt.ttf",
}


def face_files() -> dict[tuple[str, int], Path]:
    """The font file of each style and weight; from a dependency, never from the machine."""
    folder = files(_PACKAGE) / "files"
    found = {}
    for face, name in _FACES.items():
        with as_file(folder / name) as path:
            found[face] = path
    return found


def font_faces() -> str:
    """The @font-face rules by which a page finds the fonts."""
    return "\n".join(
        f"@font-face {{ font-family: '{FAMILY}'; font-style: {style}; font-weight: {weight}; "
        f"src: url('{path.as_uri()}') format('truetype'); }}"
        for (style, weight), path in face_files().items()
    )


@cache
def _repertoire() -> frozenset[int]:
    from fontTools.ttLib import TTFont

    tables = []
    for path in face_files().values():
        with TTFont(path, lazy=True) as font:
            tables.append(frozenset(font.getBestCmap()))
    return frozenset.intersection(*tables)


def missing(text: str) -> list[str]:
    """The characters of a text that some face cannot draw, in order, once each."""
    known = _repertoire()
    return list(dict.fromkeys(c for c in text if ord(c) not in known and c not in "\n\t"))
