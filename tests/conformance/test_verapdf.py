"""Every finished PDF against PDF/UA-1 (ISO 14289-1) by veraPDF, beside page-validation.

Its rules are the ones that a program can check; whether an alternative text is a good one is not.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import maven
import pypdfium2
import pytest
from missing import without
from weasyprint import HTML

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("verapdf")]

FOLDER = Path(__file__).parent / "verapdf"
OUTPUT = Path(__file__).parents[2] / "output"
PAGE = '<html lang="en"><title>A page</title><h1>A heading</h1><p>A line</p></html>'
PICTURE = (
    "<img src=\"data:image/svg+xml;utf8,<svg xmlns='http://www.w3.org/2000/svg' width='9' "
    "height='9'><rect width='9' height='9'/></svg>\">"
)

Check = Callable[[Path], dict[str, Any]]


@pytest.fixture(scope="module")
def check() -> Iterator[Check]:
    """veraPDF in one JVM: a path in, what it says out."""
    try:
        jars = os.pathsep.join(map(str, maven.classpath(FOLDER)))
    except maven.MissingToolError as reason:
        without(str(reason))
    with subprocess.Popen(
        ["java", "-XX:TieredStopAtLevel=1", "-cp", jars, str(FOLDER / "Pdf.java")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as java:

        def ask(path: Path) -> dict[str, Any]:
            assert java.stdin is not None
            assert java.stdout is not None
            java.stdin.write(f"{path}\n")
            java.stdin.flush()
            line = java.stdout.readline()
            assert line, f"veraPDF ended on {path.name}: its words stand above"
            said: dict[str, Any] = json.loads(line)
            # A profile that was not read, or a page that was not, would pass as well.
            assert said["rules"] > 100
            assert said["checks"] > 0
            assert said["passed"] is (said["failed"] == {})
            return said

        yield ask
        # Its input has to close first: the end of the block waits for the end of Java.
        assert java.stdin is not None
        java.stdin.close()


def test_every_committed_pdf(check: Check) -> None:
    paths = sorted(OUTPUT.glob("*.pdf"))
    for kind in ("card", "leaflet", "sheet"):
        assert any(f"-{kind}-" in path.name for path in paths), kind
    said = {path.name: check(path) for path in paths}
    checks = sum(one["checks"] for one in said.values())
    rules = max(one["rules"] for one in said.values())
    print(f"veraPDF, PDF/UA-1: {len(paths)} documents, {rules} rules, {checks} checks")
    assert {name: one["failed"] for name, one in said.items() if one["failed"]} == {}


@pytest.mark.parametrize("kg", ["18.4", "29.9", "105"])
@pytest.mark.parametrize("paper", ["letter", "a4"])
def test_a_filled_sheet(check: Check, tmp_path: Path, kg: str, paper: str) -> None:
    # Filled sheets are never committed, so three are made here: plain, near a band edge, stopped.
    made = tmp_path / "sheet.pdf"
    command = [sys.executable, "-m", "anedocs", "sheet", "--weight", kg, "--paper", paper]
    done = subprocess.run(
        [*command, "-o", str(made), "--confirm-weight", "AB"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert check(made)["failed"] == {}


def test_a_finished_page_without_its_tags_fails(check: Check, tmp_path: Path) -> None:
    # The same page to the eye: only what a screen reader reads is gone.
    bare = tmp_path / "bare.pdf"
    with (
        pypdfium2.PdfDocument(OUTPUT / "ane-leaflet-en.pdf") as whole,
        pypdfium2.PdfDocument.new() as pages,
    ):
        pages.import_pages(whole)
        pages.save(bare)
    # 6.2-1: not marked as tagged; 7.1-3: content outside any tag; 7.1-11: no structure.
    assert set(check(bare)["failed"]) >= {"6.2-1", "7.1-3", "7.1-11"}


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (' lang="en"', "", "7.2-29"),
        ("<title>A page</title>", "", "7.1-9"),
        ("<p>A line</p>", PICTURE, "7.3-1"),
        ("<p>A line</p>", "<h3>A heading too deep</h3>", "7.4.2-1"),
    ],
    ids=["no language", "no title", "picture without words", "skipped heading"],
)
def test_a_planted_fault_fails_its_rule(
    check: Check, tmp_path: Path, old: str, new: str, rule: str
) -> None:
    for name, html, failed in (("right", PAGE, set()), ("wrong", PAGE.replace(old, new), {rule})):
        path = tmp_path / f"{name}.pdf"
        HTML(string=html).write_pdf(path, pdf_variant="pdf/ua-1", pdf_tags=True)
        assert set(check(path)["failed"]) == failed
