"""The work behind `build`, `check`, `card` and `leaflet`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

from anedocs.build import anew, inputs, manifest
from anedocs.build import build as building
from anedocs.build.manifest import Manifest
from anedocs.build.revision import other_uses
from anedocs.check import check as checking
from anedocs.check import own_templates
from anedocs.check.finding import Finding
from anedocs.check.made_anew import comparison
from anedocs.cli.output import deliver
from anedocs.core import files
from anedocs.core.problems import ContentError, Failure, Place, Problem
from anedocs.documents import registry
from anedocs.documents.kind import DocumentKind
from anedocs.documents.leaflet.kinds import ENGLISH, LEAFLET, TRANSLATED, translation_into
from anedocs.documents.pocket_card.kinds import BY_SIZE
from anedocs.edition.edition import Edition
from anedocs.edition.load import load
from anedocs.edition.locate import Locator

OUTPUT = Path("output")


class FindingsError(Failure):
    """The finished documents do not say what the order set says (exit 1)."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(one) for one in self.findings))

    @property
    def told(self) -> str:
        """The findings, one a line, and how many."""
        return f"{self}\n{len(self.findings)} findings."


class CheckError(Failure):
    """The check could not be done (exit 1)."""


def build(locator: Locator, name: str, today: date, folder: Path, force: bool) -> str:
    """Build every patient-free document; returns one line for each file, and what was kept.

    Raises ContentError, FindingsError or building.BuildError; then the old documents are untouched.
    """
    edition = load(locator, name, today)
    # A file that is changed from now on will be built from next time.
    sources = inputs.fingerprints(locator, name)
    if not force and building.untouched(folder, sources, today):
        written = manifest.read(folder)
        return f"0 made, {len(written.files) if written else 0} unchanged, in {folder}"
    planned = plan(locator, edition, sources, today)
    if used := tuple(_one_revision(edition, folder)):
        raise FindingsError(used)
    documents = registry.documents(locator, edition)

    def inspect(aside: Path, _written: Manifest) -> None:
        findings = [
            *checking.of_source(edition),
            *checking.findings(aside, documents, inputs.content(locator, name), edition),
        ]
        if findings:
            raise FindingsError(findings)

    done = building.build(planned, folder, force=force, inspect=inspect, progress=_tell)
    lines = [str(folder / made) for made in done.made]
    return "\n".join([*lines, f"{len(done.made)} made, {len(done.kept)} unchanged, in {folder}"])


def _one_revision(edition: Edition, folder: Path) -> Iterator[Finding]:
    """A revision number that stands for two contents: the documents could not be told apart."""
    try:
        written = manifest.read(folder)
    except ContentError:
        written = None  # that it cannot be read is found where the documents are compared
    orderset = edition.orderset
    for use in other_uses(edition, written):
        yield Finding(
            f"ordersets/{orderset.id}.yaml", "revision", "another number for changed content",
            f"{orderset.revision}, and {use}",
            "raise 'revision:', say under 'revisions:' what changed, then: anedocs build",
        )  # fmt: skip


def check(
    locator: Locator, name: str, today: date, folder: Path, matrix: bool, verbose: bool = False
) -> str:
    """Check source and finished documents; returns what was found to be in order.

    Every document is made anew: the finished one must be the same, and what was made is read back.
    Raises ContentError for the source and FindingsError for the documents.
    """
    edition = load(locator, name, today)
    content = inputs.content(locator, name)
    if matrix:
        return checking.matrix(content, edition)
    planned = plan(locator, edition, inputs.fingerprints(locator, name), today)
    if not anew.any_of(folder, planned):
        raise ContentError(
            [Problem(Place(str(folder)), "there are no built documents here", "every document",
                     "Run: anedocs build")]
        )  # fmt: skip
    try:
        made = Path(tempfile.mkdtemp(prefix="anedocs-check-"))
        with files.unfinished(made, lambda: shutil.rmtree(made, ignore_errors=True)):
            day = today.isoformat()
            expected = anew.make(planned, made)
            documents = registry.documents(locator, edition)
            also = anew.make_beside(registry.on_request(locator, edition), expected, folder, made)
            found = [
                *_one_revision(edition, folder),
                *checking.of_source(edition),
                *comparison.findings(folder, made, expected, day, verbose=verbose, also=also),
                *checking.findings(made, documents, content, edition),
            ]
    except OSError as error:
        raise CheckError(
            f"the documents cannot be made anew to compare them: {error.strerror or error}; is "
            f"there room in {tempfile.gettempdir()}?"
        ) from error
    if found:
        raise FindingsError(dict.fromkeys(found))
    return "\n".join(checking.summary(folder, documents, content, edition))


def card(locator: Locator, name: str, today: date, size: str, paper: str, flip: str, single: bool,
         output: str | None) -> str:  # fmt: skip
    """Make the pocket card; returns the path."""
    from anedocs.documents.pocket_card.page import pocket_card

    edition = load(locator, name, today)
    content = pocket_card(edition, locator.folders("templates"), size, paper, flip, single)
    file = f"{name}-card-{size}-{'single' if single else paper}.pdf"
    return _written(locator, edition, BY_SIZE[size], output, file, content)


def leaflet(locator: Locator, name: str, today: date, form: str, lang: str, paper: str,
            large_print: bool, output: str | None) -> str:  # fmt: skip
    """Make the family leaflet; returns the path."""
    from anedocs.documents.leaflet.page import leaflet_docx, leaflet_pdf

    edition = load(locator, name, today)
    make = leaflet_docx if form == "docx" else leaflet_pdf
    content = make(
        edition, locator.folders("templates"), lang, paper, large_print=large_print,
        translation=translation_into(locator, edition, lang),
    )  # fmt: skip
    file = f"{name}-leaflet-{lang}{'-large' if large_print else ''}.{form}"
    kind = LEAFLET if lang == ENGLISH else TRANSLATED
    return _written(locator, edition, kind, output, file, content)


def plan(locator: Locator, edition: Edition, sources: dict[str, str], today: date) -> building.Plan:
    """What a build is to make: every document, from these sources."""
    from anedocs.render import pdf

    orderset = edition.orderset
    metadata = orderset.metadata
    turns = [metadata.effective_date] if metadata.effective_date else []
    turns += [metadata.review_date + timedelta(days=1)] if metadata.review_date else []
    next_turn = min((day for day in turns if day > today), default=None)
    return building.Plan(
        orderset.id, orderset.revision, edition.fingerprint, edition.status.state,
        sources, registry.documents(locator, edition),
        next_turn.isoformat() if next_turn else None,
        inputs.parts(inputs.content(locator, orderset.id)), manifest.libraries(pdf.pango_version()),
    )  # fmt: skip


def _written(
    locator: Locator, edition: Edition, kind: DocumentKind, output: str | None, name: str,
    content: bytes,
) -> str:  # fmt: skip
    own_templates.read_back(locator, edition, kind, name, content)
    return deliver(content, str(OUTPUT / name) if output is None else output, private=False)


def _tell(line: str) -> None:
    if sys.stderr.isatty():
        print(line, file=sys.stderr)
