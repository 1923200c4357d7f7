"""The entry point of the `anedocs` command."""

from __future__ import annotations

from anedocs.cli import app


def main() -> None:
    """Do what the words of the process say, and end it."""
    app.cli(prog_name="anedocs")
