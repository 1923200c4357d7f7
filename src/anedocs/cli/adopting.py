"""The work behind `adopt`: a home of a hospital's own, whole or not at all."""

from __future__ import annotations

import shlex
import shutil
import tempfile
from collections import Counter
from datetime import date
from pathlib import Path

from anedocs.cli.author import SCHEMA_FILE, schema
from anedocs.core import files
from anedocs.core.files import OutputError
from anedocs.edition.gaps import gaps
from anedocs.edition.load import load
from anedocs.edition.locate import Locator
from anedocs.edition.names import ORDERSETS, SITE, WEIGHTS
from anedocs.edition.translated import translations
from anedocs.render import template_files

_README = "home_readme.md"


def adopt(locator: Locator, name: str, folder: Path, today: date) -> str:
    """Copy an order set with all that stands beside it into a new home; returns its path.

    Raises OutputError for a folder that holds something already; then nothing is written.
    """
    if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        raise OutputError(f"{folder} holds something already; nothing was changed")
    edition = load(locator, name, today)
    languages = translations(locator, edition)
    beside = [f"{name}.yaml", SITE, WEIGHTS, *(f"{name}.leaflet.{one}.yaml" for one in languages)]
    owed = Counter(one.kind for one in gaps(edition, languages))
    open_ = [one for _, one in edition.orderset.open_questions if one.open]
    readme = template_files.filled(
        locator.folders("templates"), _README, title=edition.orderset.title, name=name,
        home=shlex.quote(str(folder)),
        owed="\n".join(f"- {kind}: {count}" for kind, count in owed.items()),
        questions="\n".join(f"- **{one.id}** {one.asks}" for one in open_),
    )  # fmt: skip
    folder.absolute().parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=files.PREFIX, dir=folder.absolute().parent))
    with files.unfinished(aside, lambda: shutil.rmtree(aside, ignore_errors=True)):
        (aside / ORDERSETS).mkdir()
        for file in beside:
            found = locator.file(file)
            assert found is not None, "the edition was loaded from it"
            (aside / ORDERSETS / file).write_bytes(found.raw)
        (aside / ORDERSETS / SCHEMA_FILE).write_text(schema(), "utf-8")
        (aside / "README.md").write_text(readme, "utf-8")
        aside.chmod(0o755)
        if folder.exists():
            folder.rmdir()
        aside.rename(folder)
    return str(folder)
