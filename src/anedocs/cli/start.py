"""The entry point of the `anedocs` command."""

from __future__ import annotations

from anedocs.cli import process


def main() -> None:
    """Do what the words of the process say, and end it."""
    process.run(_command)


def _command() -> None:
    from anedocs.cli import app  # here, so that Ctrl-C ends the import too without a traceback

    app.cli(prog_name="anedocs")
