"""A stored edition saves the compiling, and is never used where anything about it is odd."""

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import anedocs
from anedocs.cli.app import cli
from anedocs.edition import store as storing
from anedocs.edition import stored_form
from anedocs.edition.compile import compile_edition
from anedocs.edition.edition import Compiled
from anedocs.edition.locate import Inputs, Locator
from anedocs.edition.store import KEPT, Store, key
from support.homes import Home

AT = ("--at", "2026-03-01T10:00")
WITHDRAWN = "withdrawn: {date: 2026-02-02, by: G. Owner, reason: found wrong}"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache folder of anedocs, empty, for this test alone."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "anedocs"


def run(home: Home | None, *words: str, **settings: object) -> Result:
    place = ["--home", str(home.path), "--orderset", "valid"] if home else []
    done = CliRunner().invoke(cli, [*place, *words, *AT], **settings)  # type: ignore[arg-type]
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def doses(home: Home | None, *words: str) -> list[str]:
    done = run(home, *words, "dose", "--weight", "18.4", "--json")
    assert done.exit_code == 0, done.output
    return [one["text"] for one in json.loads(done.stdout)["doses"]]


def entry(folder: Path) -> Path:
    (only,) = folder.glob("*.json")
    return only


def put_forged(folder: Path, inputs: Inputs, compiled: Compiled) -> None:
    """An entry as whole as one of ours, with another content: it shows who reads the store."""
    text = json.dumps(stored_form.encoded(compiled)).replace("A made-up fever", "From the store")
    forged = stored_form.decoded(json.loads(text))
    Store(folder, print).edition(inputs, lambda _: forged)


@pytest.mark.parametrize("home_of", ["none", "draft", "approved"])
def test_what_is_stored_is_what_was_compiled(home_of: str, home: Home, folder: Path) -> None:
    if home_of == "approved":
        home.complete()
        home.sign(withdrawn=WITHDRAWN)
    locator, name = (Locator(), "ane") if home_of == "none" else (home.locator, "valid")
    compiled = compile_edition(locator.inputs(name))
    body = json.dumps(stored_form.encoded(compiled))
    again = stored_form.decoded(json.loads(body))
    assert again == compiled
    assert json.dumps(stored_form.encoded(again)) == body
    assert (again.record.withdrawn is None) == (home_of != "approved")


def test_what_has_no_stored_form_is_refused() -> None:
    with pytest.raises(TypeError, match="float cannot be stored"):
        stored_form.encoded(("552 mg", 552.0))


def test_a_hit_needs_neither_the_reader_of_yaml_nor_the_validator(folder: Path) -> None:
    program = (
        "import sys; from anedocs.cli.app import cli\n"
        "cli.main(['dose', '--weight', '18.4'], standalone_mode=False)\n"
        "print('imported:', *sorted({'yaml', 'pydantic'} & set(sys.modules)))"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        for _ in range(2)
    ]
    assert said[0].pop() == "imported: pydantic yaml"
    assert said[1].pop() == "imported:"
    assert said[0] == said[1]


# --- What has changed is seen ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "old", "new", "command", "seen"),
    [
        ("valid.yaml", "amount: 12 mg/kg", "amount: 13 mg/kg", "dose", "239.2 mg"),
        ("site.yaml", "pharmacy_phone: null", "pharmacy_phone: 555 0101", "heavy", "555 0101"),
        ("weight-for-age.yaml", "soft_high: 100 kg, hard_high: 200 kg",
         "soft_high: 17 kg, hard_high: 18 kg", "dose", "Refused: "),
    ],
)  # fmt: skip
def test_a_changed_file_is_seen(
    file: str, old: str, new: str, command: str, seen: str, home: Home, folder: Path
) -> None:
    words = ("dose", "--weight", "351" if command == "heavy" else "18.4")
    before = run(home, *words)
    assert run(home, *words).output == before.output
    assert seen not in before.output
    home.edit(old, new, file)
    assert seen in run(home, *words).output


def test_an_approval_and_its_withdrawal_are_seen(home: Home, folder: Path) -> None:
    home.complete()
    assert "DRAFT" in run(home, "dose", "--weight", "18.4").output
    home.sign()
    assert "DRAFT" not in run(home, "dose", "--weight", "18.4").output
    home.sign(withdrawn=WITHDRAWN)
    assert run(home, "sheet", "--weight", "18.4").exit_code == 3


def test_a_day_is_never_stored(home: Home, folder: Path) -> None:
    """In force from 2026-02-01, to be reviewed by 2027-01-31."""
    home.complete()
    home.sign()
    words = ["--home", str(home.path), "--orderset", "valid", "dose", "--weight", "18.4", "--at"]
    said = {
        day: CliRunner().invoke(cli, [*words, f"{day}T10:00"]).output
        for day in ("2026-01-31", "2026-03-01", "2027-02-01")
    }
    assert "DRAFT" in said["2026-01-31"]
    assert "NOT FOR CLINICAL USE" not in said["2026-03-01"]
    assert "PAST ITS REVIEW DATE" in said["2027-02-01"]
    assert len(list(folder.glob("*.json"))) == 1


def test_a_changed_template_is_seen(home: Home, folder: Path, tmp_path: Path) -> None:
    """Templates are no part of a stored edition."""
    sheet = ("sheet", "--weight", "18.4", "-o")
    assert run(home, *sheet, str(tmp_path / "a.pdf")).exit_code == 0
    found = Locator().find("templates", "order_sheet.css")
    assert found is not None
    (home.path / "templates").mkdir()
    own = home.path / "templates" / "order_sheet.css"
    own.write_text(found[0].read_text("utf-8") + "\nh1 { letter-spacing: 1pt }\n", "utf-8")
    assert run(home, *sheet, str(tmp_path / "b.pdf")).exit_code == 0
    assert (tmp_path / "a.pdf").read_bytes() != (tmp_path / "b.pdf").read_bytes()


def test_every_input_has_its_part_in_the_key(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "copy" / "anedocs"
    shutil.copytree(Path(anedocs.__file__).parent, program)
    monkeypatch.setattr(anedocs, "__file__", str(program / "__init__.py"))
    home.complete()
    home.sign()

    def now() -> str:
        return key(home.locator.inputs("valid"))

    seen = [now()]
    for path in (
        *sorted((home.path / "ordersets").glob("*.yaml")), program / "core/quantity.py",
        program / "schema/orders.py", program / "schema/drug_names.toml",
        program / "edition/approval.py",
    ):  # fmt: skip
        raw = path.read_bytes()
        path.write_bytes(raw + b"#")
        seen.append(now())
        path.write_bytes(raw)
        assert now() == seen[0]
    monkeypatch.setattr(anedocs, "__version__", "9.9.9")
    seen.append(now())
    monkeypatch.setattr(sys, "version", "3.99")
    seen.append(now())
    monkeypatch.setattr(storing, "FORMAT", 99)
    seen.append(now())
    assert len(set(seen)) == len(seen) == 12


# --- What is odd is not used -------------------------------------------------------------------


@pytest.fixture
def used(home: Home, folder: Path) -> Path:
    """An entry that is whole and says something else than the files, so that its use is seen."""
    inputs = home.locator.inputs("valid")
    put_forged(folder, inputs, compile_edition(inputs))
    assert is_used(home)
    return entry(folder)


def is_used(home: Home) -> bool:
    store = storing.of_user(lambda _: None)
    found = store.edition(home.locator.inputs("valid"), compile_edition)
    assert found.orderset.title in ("From the store", "A made-up fever")
    return found.orderset.title == "From the store"


def test_a_flipped_bit_is_found_wherever_it_is(home: Home, used: Path) -> None:
    raw = used.read_bytes()
    chosen = random.Random(11)
    for place in [*range(70), *(chosen.randrange(len(raw)) for _ in range(150))]:
        damaged = bytearray(raw)
        damaged[place] ^= 1 << chosen.randrange(8)
        used.write_bytes(damaged)
        assert not is_used(home), place
    for length in (0, 1, 64, 65, 66, len(raw) // 2, len(raw) - 1):
        used.write_bytes(raw[:length])
        assert not is_used(home), length
    used.write_bytes(raw)
    assert is_used(home)


def test_an_entry_under_another_name_is_none(home: Home, used: Path) -> None:
    raw = used.read_bytes()
    home.edit("amount: 12 mg/kg", "amount: 13 mg/kg")
    other = used.with_name(f"{key(home.locator.inputs('valid'))}.json")
    other.write_bytes(raw)
    other.chmod(0o600)
    assert not is_used(home)


def loosened(used: Path) -> None:
    used.chmod(0o620)


def linked(used: Path) -> None:
    used.rename(used.with_suffix(".moved"))
    used.symlink_to(used.with_suffix(".moved"))


def piped(used: Path) -> None:
    used.unlink()
    os.mkfifo(used, 0o600)


def opened(used: Path) -> None:
    used.parent.chmod(0o755)


def folder_linked(used: Path) -> None:
    used.parent.rename(used.parent.with_name("moved"))
    used.parent.symlink_to(used.parent.with_name("moved"))


def given_away(used: Path) -> None:
    os.chown(used, 65534, 65534)


def folder_given_away(used: Path) -> None:
    os.chown(used.parent, 65534, 65534)


@pytest.mark.parametrize(
    "change", [loosened, linked, piped, opened, folder_linked, given_away, folder_given_away]
)
def test_what_another_user_may_have_written_is_not_used(
    change: object, home: Home, used: Path
) -> None:
    assert callable(change)
    if change in (given_away, folder_given_away) and os.geteuid() != 0:
        pytest.skip("only root can give a file to another user; CI runs as root")
    change(used)
    said = run(home, "-v", "dose", "--weight", "18.4")
    assert said.exit_code == 0
    assert "1. Read: the stored edition is not used: " in said.stderr
    assert not is_used(home)


def test_a_folder_that_cannot_be_used_is_no_store(home: Home, folder: Path) -> None:
    folder.parent.mkdir()
    folder.write_text("in the way", "utf-8")
    said = run(home, "-v", "dose", "--weight", "18.4")
    assert said.exit_code == 0
    assert "the edition cannot be stored: " in said.stderr
    assert folder.read_text("utf-8") == "in the way"


# --- Who uses it -------------------------------------------------------------------------------


def test_who_asks_for_no_cache_neither_reads_nor_stores(home: Home, folder: Path) -> None:
    expected = doses(home, "--no-cache")
    assert not folder.exists()
    assert doses(home) == expected
    stored = entry(folder).stat()
    assert doses(home, "--no-cache") == expected
    assert entry(folder).stat() == stored


def test_build_and_check_never_read_it(folder: Path, tmp_path: Path) -> None:
    place, out = str(tmp_path / "croup"), str(tmp_path / "out")

    def croup(*words: str) -> Result:
        return CliRunner().invoke(cli, ["--home", place, "--orderset", "croup", *words, *AT])

    assert CliRunner().invoke(cli, ["--home", place, "new", "croup", *AT]).exit_code == 0
    inputs = Locator(Path(place)).inputs("croup")
    text = json.dumps(stored_form.encoded(compile_edition(inputs)))
    forged = stored_form.decoded(json.loads(text.replace("write here the drug", "forged drug")))
    Store(folder, print).edition(inputs, lambda _: forged)
    assert "forged drug" in croup("dose", "--weight", "18.4").output
    before = entry(folder).stat()
    assert croup("build", "-o", out).exit_code == 0
    done = croup("check", "-o", out)
    assert done.exit_code == 0, done.output
    assert b"write here the drug" in (tmp_path / "out/ehr/order-set-build.csv").read_bytes()
    assert entry(folder).stat() == before, "nothing else is stored, either"


def test_the_oldest_entries_go(home: Home, folder: Path) -> None:
    for number in range(KEPT + 3):
        home.write("site.yaml", home.text("site.yaml") + f"# {number}\n")
        assert doses(home)
        for place, path in enumerate(sorted(folder.glob("*.json"), key=lambda one: one.name)):
            os.utime(path, (number - place, number - place))
    assert len(list(folder.glob("*.json"))) == KEPT
    assert {path.name for path in folder.iterdir() if path.suffix != ".json"} <= {".lock"}


def test_it_holds_nothing_of_a_patient(home: Home, folder: Path, tmp_path: Path) -> None:
    label = json.dumps({"name": "Quillfeather, Ada", "mrn": "MRN-48151623"})
    sheet = ("sheet", "--weight", "18.4", "--patient", "-", "--allergies", "zebrafish",
             "-o", str(tmp_path / "s.pdf"))  # fmt: skip
    assert run(home, *sheet, input=label).exit_code == 0
    kept = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert b"A made-up fever" in kept
    for word in (b"Quillfeather", b"48151623", b"zebrafish", b"18.4"):
        assert word not in kept
