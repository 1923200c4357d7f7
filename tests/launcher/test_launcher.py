"""The launcher ./anedocs with a pretended python3, apt-get and sudo: nothing is really installed.

That it works on a real bare system is for tests/launcher/check-bare-debian.sh to prove.
"""

import os
import re
import resource
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]

# Answers the launcher's questions from files in $STATE, and writes each start into $STATE/log.
PYTHON = f"""#!/bin/sh
echo "python $*" | head -n 1 >>"$STATE/log"
case $* in
    --version) echo Python 3.9.2 ;;
    *version_info*) [ ! -e "$STATE/old-${{0##*/}}" ] && echo "$0" ;;
    *ensurepip*) [ -e "$STATE/venv" ] ;;
    *CDLL*) [ -e "$STATE/libraries" ] ;;
    *flock*) exec "{sys.executable}" "$@" ;;
    *"-m venv"*) mkdir -p "$4/bin" "$4/lib/python3.11/site-packages"; cp "$0" "$4/bin/python" ;;
    *require-hashes*)
        echo "pip install $4" >>"$STATE/log"; sleep 0.2; [ ! -e "$STATE/pip-fails" ] ;;
    *"-m ruff"*) [ ! -e "$STATE/ruff-fails" ] ;;
    *"-m anedocs"*) shift 3; printf '<%s>' "$@" ;;
esac
"""
APT = """#!/bin/sh
echo "apt-get $*" >>"$STATE/log"
echo "talk of apt-get"
case $* in *" install "*) : >"$STATE/venv"; : >"$STATE/libraries" ;; esac
"""
DEBIAN = "sudo apt-get update && sudo apt-get install -y python3-venv libpango-1.0-0"


class Machine:
    """A checkout in a folder with a space in its name, and the only programs that there are."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.top = folder / "a checkout"
        self.bin = folder / "bin"
        self.state = folder / "state"
        for path in (self.top / "src", self.top / "tests", self.bin, self.state):
            path.mkdir(parents=True)
        for script in ("anedocs", "tests/run.sh"):
            shutil.copy(TOP / script, self.top / script)
        for lock in ("requirements.lock", "requirements-dev.lock"):
            (self.top / lock).write_text("click==8\n")
        for tool in ("cat", "cksum", "readlink", "rm", "mkdir", "cp", "head", "sleep", "env"):
            (self.bin / tool).symlink_to(shutil.which(tool) or "missing")
        self.program("python3", PYTHON)
        self.user(1000)

    def program(self, name: str, text: str) -> None:
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def user(self, number: int) -> None:
        self.program("id", f"#!/bin/sh\necho {number}\n")

    def has(self, *names: str) -> "Machine":
        for name in names:
            (self.state / name).touch()
        return self

    def start(self, *words: str, command: Path | None = None) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [command or self.top / "anedocs", *words],
            env={"PATH": str(self.bin), "STATE": str(self.state)},
            cwd=self.folder,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, *words: str, command: Path | None = None) -> tuple[int, str, str]:
        with self.start(*words, command=command) as process:
            out, err = process.communicate(timeout=20)
        return process.returncode, out, err

    def log(self) -> list[str]:
        """The programs started since the last call."""
        path = self.state / "log"
        lines = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return lines

    @property
    def venv(self) -> Path:
        return self.top / ".venv"


@pytest.fixture
def bare(tmp_path):
    return Machine(tmp_path)


@pytest.fixture
def ready(bare):
    """Everything there but .venv."""
    return bare.has("venv", "libraries")


@pytest.fixture
def warm(ready):
    assert ready.run("x")[0] == 0
    ready.log()
    return ready


SCRIPTS = ["anedocs", "tests/run.sh", "tests/launcher/check-bare-debian.sh"]


@pytest.mark.parametrize("shell", list(filter(shutil.which, ["sh", "dash", "bash"])))
@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_parse(shell, script):
    subprocess.run([shell, "-n", TOP / script], check=True)


@pytest.mark.parametrize("script", ["anedocs", ".ci/run"])
def test_scripts_may_be_run(script):
    assert os.access(TOP / script, os.X_OK)


@pytest.mark.parametrize("sudo", [None, "#!/bin/sh\nexit 1\n"])
def test_names_the_commands_where_it_may_not_install(bare, sudo):
    bare.program("apt-get", APT)
    if sudo:
        bare.program("sudo", sudo)
    code, out, err = bare.run("sheet")
    assert (code, out) == (1, "")
    assert f"{DEBIAN} libpangoft2-1.0-0 libharfbuzz-subset0\n" in err
    assert "sudo dnf install -y python3 pango harfbuzz\n" in err
    assert "brew install python pango\n" in err
    assert not bare.venv.exists()
    assert not [line for line in bare.log() if line.startswith("apt-get")]


@pytest.mark.parametrize("who", ["root", "sudoer"])
def test_installs_system_packages_where_it_may(bare, who):
    bare.program("apt-get", APT)
    if who == "root":
        bare.user(0)
    else:
        bare.program("sudo", '#!/bin/sh\n[ "$1" = -n ] && shift && [ "$1" = true ] || exec "$@"\n')
    code, out, err = bare.run("sheet", "--weight", "18.4")
    assert (code, out) == (0, "<sheet><--weight><18.4>")
    update, install = [line for line in bare.log() if line.startswith("apt-get")]
    assert update.endswith(" update")
    assert install.endswith("python3-venv libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0")
    assert "anedocs: installing system packages" in err


def test_does_not_believe_apt(bare):
    bare.program("apt-get", "#!/bin/sh\necho no network >&2\nexit 100\n")
    bare.user(0)
    code, out, err = bare.run("sheet")
    assert (code, out) == (1, "")
    assert "no network" in err
    assert DEBIAN in err
    assert not bare.venv.exists()


@pytest.mark.parametrize("found", [True, False])
def test_old_python_gets_a_sentence(ready, found):
    if found:
        ready.has("old-python3")
    else:
        (ready.bin / "python3").unlink()
    code, out, err = ready.run("sheet")
    assert (code, out) == (1, "")
    assert err == (
        "anedocs: needs Python 3.11 or newer, as python3 or python3.11 to python3.14; "
        f"found: {'Python 3.9.2' if found else 'none'}\n"
    )
    assert not ready.venv.exists()


def test_takes_a_newer_python_beside_an_old_one(bare):
    bare.has("old-python3", "libraries").program("python3.12", PYTHON)
    assert "install -y python3.12-venv\n" in bare.run("sheet")[2]
    assert bare.has("venv").run("sheet")[0] == 0


def test_once_installed_it_is_silent_and_starts_python_once(warm):
    assert warm.run("sheet", "two words", "") == (0, "<sheet><two words><>", "")
    assert warm.log() == ["python -I -m anedocs sheet two words "]


def test_once_installed_it_costs_next_to_nothing(warm):
    """In processor time: on a busy machine the clock says little."""

    def spent():
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    before = spent()
    for _ in range(10):
        warm.run("x")
    assert (spent() - before) / 10 < 0.03


def test_runs_through_links(warm):
    link = warm.folder / "somewhere else" / "ane"
    link.parent.mkdir()
    link.symlink_to("../second link")
    (warm.folder / "second link").symlink_to(warm.top / "anedocs")
    assert warm.run("x", command=link) == (0, "<x>", "")


def test_the_checkout_may_be_moved(warm):
    warm.top = warm.top.rename(warm.folder / "moved")
    assert warm.run("x") == (0, "<x>", "")
    (pth,) = warm.venv.glob("lib/*/site-packages/anedocs.pth")
    assert (pth.parent / pth.read_text().strip()).resolve() == warm.top / "src"


@pytest.mark.parametrize("fault", ["lock changed", "cut short", "python removed"])
def test_makes_the_environment_anew(warm, fault):
    (warm.venv / "left over").touch()
    if fault == "lock changed":
        (warm.top / "requirements.lock").write_text("click==9\n")
    elif fault == "cut short":
        (warm.venv / "requirements.lock.stamp").unlink()
    else:
        (warm.venv / "bin/python").unlink()
        (warm.venv / "bin/python").symlink_to("/nowhere/python3.9")
    code, out, err = warm.run("x")
    assert (code, out) == (0, "<x>")
    assert "anedocs: making the Python environment" in err
    assert not (warm.venv / "left over").exists()
    assert warm.run("x") == (0, "<x>", "")


def test_a_failed_installation_leaves_nothing(ready):
    ready.has("pip-fails")
    code, out, err = ready.run("x")
    assert (code, out) == (1, "")
    assert "run this again" in err
    assert not ready.venv.exists()
    (ready.state / "pip-fails").unlink()
    assert ready.run("x")[:2] == (0, "<x>")


def test_two_first_runs_at_once_install_once(ready):
    runs = [ready.start("x"), ready.start("x")]
    talk = [run.communicate(timeout=20) for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert [out for out, _ in talk] == ["<x>", "<x>"]
    assert sum("pip install" in line for line in ready.log()) == 1


def test_the_tests_install_their_tools_and_run_them_all(ready):
    code, _, _ = ready.run("test")
    assert code == 0
    log = ready.log()
    (pip,) = [line for line in log if "pip install" in line]
    assert pip.endswith("/requirements-dev.lock")
    assert [line.split()[3] for line in log[-3:]] == ["ruff", "mypy", "pytest"]
    assert log[-1].endswith(" -m not long")
    assert ready.run("x") == (0, "<x>", "")  # one installation serves both


def test_a_tool_that_fails_is_named_and_the_others_run(ready):
    ready.has("ruff-fails")
    code, _, err = ready.run("test")
    assert code == 1
    assert err.endswith("anedocs: pytest\nanedocs: failed: ruff\n")


def test_all_tests_are_run_with_coverage_and_the_long_ones(ready):
    ready.run("test", "--all")
    runs = [line for line in ready.log() if " -m pytest " in line]
    assert [("--cov" in line, line.rpartition(" -m ")[2]) for line in runs] == [
        (True, "not pages and not long"), (False, "pages and not long"), (False, "long"),
    ]  # fmt: skip


def test_test_with_arguments_is_pytest_alone(warm):
    assert warm.run("test", "-k", "dose and not cap")[0] == 0
    log = warm.log()
    assert log[-1] == "python -I -m pytest -k dose and not cap"
    assert not [line for line in log if " -m ruff" in line or " -m mypy" in line]


def pins(lock: str) -> dict[str, str]:
    """Each pinned package of a lock file with its line and hashes."""
    text = re.sub(r"^\s*(#|-r ).*\n", "", (TOP / lock).read_text(), flags=re.M)
    packages = re.split(r"\n(?=\S)", text.strip())
    return {package.partition("==")[0]: package for package in packages}


def test_the_locks_agree_and_are_hashed():
    run, dev = pins("requirements.lock"), pins("requirements-dev.lock")
    assert "-r requirements.lock\n" in (TOP / "requirements-dev.lock").read_text()
    assert not run.keys() & dev.keys()
    assert all("--hash=sha256:" in package for package in (*run.values(), *dev.values()))
    assert "://" not in f"{run}{dev}"


def test_the_locks_hold_what_the_project_asks_for():
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    run, dev = project["dependencies"], project["optional-dependencies"]["dev"]
    for lock, asked in (("requirements.lock", run), ("requirements-dev.lock", dev)):
        known = (re.split("[=><]", name)[0].lower() for name in asked)
        names = {re.sub(r"[-_.]+", "-", name) for name in known}  # as the index has them
        assert names <= pins(lock).keys()
