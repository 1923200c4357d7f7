"""The entry point: begins to read the order set, and only then imports the command line.

Why: of all that must be done first, reading takes longest. The library of the command line, and
whatever else the command needs, is imported meanwhile.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from anedocs.orderset.ahead import Ahead, read_ahead
from anedocs.orderset.shelves import DEFAULT, HOME


def main() -> None:
    """The entry point of the `anedocs` command."""
    words = sys.argv[1:]
    if not words or words[0].startswith("-"):
        _run(None)  # help or the version; or options that may name another home or order set
        return
    home = os.environ.get(HOME)
    with read_ahead(Path(home) if home else None, DEFAULT) as begun:
        _run(begun)


def _run(begun: Ahead | None) -> None:
    from anedocs.cli import app

    app.run(begun)
