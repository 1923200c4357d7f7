"""The program in a folder whose name is no name for a web address.

Source: googlefonts/gftools #252; fonttools/fontbakery #529.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from anedocs.check.readers.pdf_file import pdf_pages

TOP = Path(__file__).parents[2]
NAMES = ["Nurse's files #1 (ñ) 100%20", "a?b=c;d&e", "日本 \u2013 “x”", "-o"]


@pytest.fixture(params=NAMES)
def odd(request, tmp_path):
    """A copy of the program and of what it reads, in such a folder."""
    folder = tmp_path / request.param
    for part in ("src", "templates", "ordersets"):
        shutil.copytree(TOP / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def test_it_draws_pages_and_writes_them_there(odd):
    for words in (["sheet", "--weight", "18.4"], ["card"]):
        done = subprocess.run(
            [sys.executable, "-m", "anedocs", "--home", odd, *words, "-o", odd / "made.pdf"],
            cwd=odd / "src", env={"PYTHONPATH": str(odd / "src"), "HOME": str(odd)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
        text = " ".join(page.text for page in pdf_pages((odd / "made.pdf").read_bytes()))
        assert "552 mg" in text or words == ["card"]
        assert "ANE" in text
