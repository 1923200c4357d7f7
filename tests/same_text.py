"""Compares the text of two folders of finished documents, file by file.

    .venv/bin/python -I tests/same_text.py OLD NEW [--ignore PATTERN ...]

Every text of a PDF, a Word file, a workbook (each cell with its place), an archive and a text file
is compared line by line; what differs is printed as a diff, and the exit code is 1. A PATTERN is a
regular expression; what it finds counts as equal, for instance a fingerprint that has to change.
Reads with the libraries themselves and nothing of anedocs: it also judges the readers of `check`.
"""

from __future__ import annotations

import argparse
import difflib
import io
import re
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import docx
import openpyxl
import pypdfium2


def main() -> int:
    """Print every difference; 0 where there is none."""
    args = _arguments()
    ignored = [re.compile(one) for one in args.ignore]
    old, new = texts(args.old), texts(args.new)
    differences = 0
    for name in sorted(old | new):
        before, after = (_lines(one.get(name, ""), ignored) for one in (old, new))
        for line in difflib.unified_diff(before, after, f"old/{name}", f"new/{name}", "", "", 0):
            differences += 1
            print(line.rstrip("\n"))
    print(
        f"{len(old)} and {len(new)} files; {'the same text' if not differences else 'they differ'}"
    )
    return 1 if differences else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--ignore", action="append", default=[], metavar="PATTERN")
    return parser.parse_args()


def _lines(text: str, ignored: list[re.Pattern[str]]) -> list[str]:
    for pattern in ignored:
        text = pattern.sub("…", text)
    return text.splitlines()


def texts(folder: Path) -> dict[str, str]:
    """The text of every file below a folder, by its path; but for the manifest of a build."""
    return {
        name: text
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "MANIFEST.json"
        for name, text in read(path.relative_to(folder).as_posix(), path.read_bytes())
    }


def read(name: str, content: bytes) -> Iterator[tuple[str, str]]:
    """The text of one file; of an archive, that of each file in it."""
    match name.rpartition(".")[2]:
        case "pdf":
            yield name, "\n".join(_pdf(content))
        case "docx":
            yield name, "\n".join(_word(content))
        case "xlsx":
            yield name, "\n".join(_workbook(content))
        case "tgz":
            with tarfile.open(fileobj=io.BytesIO(content)) as archive:
                for member in archive.getmembers():
                    file = archive.extractfile(member)
                    if file is not None:
                        yield from read(f"{name}/{member.name}", file.read())
        case _:
            yield name, content.decode("utf-8-sig")


def _pdf(content: bytes) -> Iterator[str]:
    document = pypdfium2.PdfDocument(content)
    for number in range(len(document)):
        yield f"-- page {number + 1}, {document[number].get_size()}"
        yield document[number].get_textpage().get_text_bounded()


def _word(content: bytes) -> Iterator[str]:
    document = docx.Document(io.BytesIO(content))
    for part in (document.element.body, *(one.footer.part.element for one in document.sections)):
        for paragraph in part.iter(f"{{{part.nsmap['w']}}}p"):
            yield "".join(text.text or "" for text in paragraph.iter(f"{{{part.nsmap['w']}}}t"))


def _workbook(content: bytes) -> Iterator[str]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is not None:
                    yield f"{sheet.title}!{cell.coordinate}: {cell.value}"
                if cell.comment is not None:
                    yield f"{sheet.title}!{cell.coordinate} comment: {cell.comment.text}"


if __name__ == "__main__":
    sys.exit(main())
