"""The work behind `ehr`: the package for the EHR team, as a folder."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import NamedTuple

from anedocs.build import folder as folders
from anedocs.build.keep import made_here
from anedocs.core.files import OutputError
from anedocs.core.problems import Usage
from anedocs.edition.load import load
from anedocs.edition.locate import Locator


class EhrWords(NamedTuple):
    """What was said on the command line."""

    output: Path
    base: str | None
    snomed_affiliate: bool
    previous: Path | None


def ehr(locator: Locator, name: str, today: date, words: EhrWords) -> str:
    """Write the EHR package into a folder, all files or none; returns the folder.

    Raises Usage for a base that is no address, ContentError, OutputError.
    """
    from anedocs.documents.ehr.export import Export, default_base, is_example
    from anedocs.documents.ehr.names import MANIFEST
    from anedocs.documents.ehr_package.package import package

    edition = load(locator, name, today)
    base = _base(words.base) if words.base is not None else default_base(edition)
    export = Export(edition, base, words.snomed_affiliate)
    files = package(export, locator.folders("templates"), _previous(locator, name, words.previous))
    try:
        folders.replace(words.output, files, lambda folder: made_here(folder, name, MANIFEST))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise OutputError(
            f"{words.output} cannot be written: {where}{error.strerror or error}; "
            "nothing was changed"
        ) from error
    if edition.status.mark:
        _tell(f"Warning: {name} {edition.orderset.revision}: {edition.status.mark}.")
    if is_example(base):
        _tell(f"Warning: {base} is an example address. Give your own with --base, or in site.yaml.")
    return str(words.output)


def _base(text: str) -> str:
    """A canonical base as it was typed, in the form that every server reads alike."""
    from anedocs.documents.ehr.address import base_address

    try:
        return base_address(text)
    except ValueError as error:
        raise Usage(f"--base: {error}") from None


def _previous(locator: Locator, name: str, given: Path | None) -> list[dict[str, str]] | None:
    """The worksheet of the revision before: as given, or as kept beside the order set."""
    from anedocs.documents.worksheet import changes

    if given is None:
        return changes.kept_beside(locator, name)
    return changes.read_previous(given, str(given))


def _tell(line: str) -> None:
    print(line, file=sys.stderr)
