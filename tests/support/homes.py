"""A home with the small order set of tests/cases/valid.yaml."""

import shutil
from datetime import date
from pathlib import Path

from anedocs.edition.approval import ROLES
from anedocs.edition.edition import Edition
from anedocs.edition.load import load
from anedocs.edition.locate import Locator, bundled

CASES = Path(__file__).parents[1] / "cases"
SIGNERS = {
    "medical staff": "D. Doctor, MD", "nursing": "E. Nurse, RN", "pharmacy": "F. Pharma, PharmD",
}  # fmt: skip


class Home:
    """A home with the order set of tests/cases/valid.yaml and its own copy of what stands beside.

    Texts are changed as an author changes them, in the file; then the order set is loaded again.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "home"
        (self.path / "ordersets").mkdir(parents=True)
        self.write("valid.yaml", (CASES / "valid.yaml").read_text("utf-8"))
        for name in ("site.yaml", "weight-for-age.yaml"):
            found = Locator().find("ordersets", name)
            assert found is not None
            self.write(name, found[0].read_text("utf-8"))

    @property
    def locator(self) -> Locator:
        """What a command that begins now will read."""
        return Locator(self.path)

    def write(self, name: str, text: str) -> None:
        (self.path / "ordersets" / name).write_text(text, "utf-8")

    def text(self, name: str = "valid.yaml") -> str:
        return (self.path / "ordersets" / name).read_text("utf-8")

    def edit(self, old: str, new: str, name: str = "valid.yaml") -> None:
        text = self.text(name)
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        self.write(name, text.replace(old, new))

    def load(self, day: str = "2026-03-01") -> Edition:
        return load(self.locator, "valid", date.fromisoformat(day))

    def complete(self) -> None:
        """Supply the metadata and answer the questions, as a committee does."""
        for name, value in {
            "institution: null": "institution: Made-up hospital",
            "owner: null": "owner: A. Pharmacist",
            "effective_date: null": "effective_date: 2026-02-01",
            "review_date: null": "review_date: 2027-01-31",
            "age_range: null": "age_range: children",
            "exclusions: null": "exclusions: none",
        }.items():
            self.edit(name, value)
        self.edit("state: unconfirmed", "state: at-once")
        text = self.text()
        answered = "committee: to confirm, answer: By us, answered_by: C. Doctor}"
        text = text.replace("committee: to confirm}", answered)
        text = text.replace(
            "            committee: to confirm\n",
            "            committee: to confirm\n            answer: By us\n"
            "            answered_by: C. Doctor\n",
        )
        self.write("valid.yaml", text)

    def sign(
        self, roles: tuple[str, ...] = ROLES, withdrawn: str = "", day: str = "2026-02-01"
    ) -> None:
        """Every part as it stands now is signed by these roles."""
        lines = [
            f'  - {{part: {part}, fingerprint: "{fingerprint}", role: {role}, '
            f'name: "{SIGNERS[role]}", date: {day}}}'
            for part, fingerprint in self.load().parts.items()
            for role in roles
        ]
        self.write("valid.approval.yaml", "\n".join(["approvals:", *lines, withdrawn, ""]))


def with_bundled(folder: Path) -> Path:
    """A home in this folder with all that came with anedocs, to be changed by a test."""
    (shipped,) = bundled("ordersets")
    shutil.copytree(shipped, folder / "ordersets", dirs_exist_ok=True)
    return folder
