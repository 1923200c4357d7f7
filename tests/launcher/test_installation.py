"""The launcher with the real Python and pip, a folder of small wheels as the only package index."""

import importlib.metadata
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from launcher.wheels import wheel

TOP = Path(__file__).parents[2]
#: What the launcher starts; it tells what it finds.
TELL = """
import importlib.metadata
for name in ("weasyprint", "leaf", "pytest", "pytest-cov", "coverage"):
    try:
        print(name, importlib.metadata.version(name), end="; ")
    except importlib.metadata.PackageNotFoundError:
        pass
"""
RUN = "weasyprint 1.0; leaf 1.0; "
DEV = f"{RUN}pytest 1.0; pytest-cov 1.0; coverage 1.0; "


class Checkout:
    """The launcher with a lock of small packages, beside an index with later releases of them."""

    def __init__(self, folder: Path) -> None:
        self.top, self.index = folder / "checkout", folder / "index"
        for made in (self.top / "src/anedocs", self.top / "tests", self.index):
            made.mkdir(parents=True)
        for script in ("anedocs", "tests/run.sh"):
            shutil.copy(TOP / script, self.top / script)
        for file in ("__init__.py", "__main__.py"):
            (self.top / "src/anedocs" / file).write_text(TELL if file == "__main__.py" else "")
        self.lock("requirements.lock", weasyprint=["leaf[more]>=1"], leaf=[])
        # As it was: pytest-cov asks for coverage with an extra and any later version.
        dev = {"pytest": [], "pytest-cov": ["coverage[toml]>=1"], "coverage": []}
        self.lock("requirements-dev.lock", "-r requirements.lock\n", **dev)

    def lock(self, file: str, head: str = "", **packages: list[str]) -> None:
        lines = []
        for name, requires in packages.items():
            main = TELL if name == "pytest" else ""
            extras = ["more", "toml"]
            sha256 = wheel(self.index, name, "1.0", requires=requires, extras=extras, main=main)
            lines.append(f"{name}==1.0 --hash=sha256:{sha256}\n")
        (self.top / file).write_text(head + "".join(lines))

    def release(self, *names: str) -> None:
        for name in names:
            wheel(self.index, name, "2.0", extras=["more", "toml"])

    def run(self, *words: str, **settings: str) -> tuple[int, str, str]:
        outside = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
        index = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.index)}
        path = os.pathsep.join((str(Path(sys.executable).parent), outside["PATH"]))
        done = subprocess.run(
            [self.top / "anedocs", *words], env={**outside, **index, "PATH": path, **settings},
            text=True, capture_output=True, timeout=300, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


def test_later_releases_change_nothing(checkout):
    checkout.release("weasyprint", "leaf", "pytest", "pytest-cov", "coverage")
    code, out, err = checkout.run("x")
    assert (code, out) == (0, RUN), err
    code, out, err = checkout.run("test", "x")
    assert (code, out) == (0, DEV), err
    assert checkout.run("test", "x")[1:] == (DEV, "")  # and it is not installed again


def test_a_lock_that_lacks_something_is_told_and_not_completed(checkout):
    lock = checkout.top / "requirements-dev.lock"
    lines = [line for line in lock.read_text().splitlines(keepends=True) if "coverage=" not in line]
    lock.write_text("".join(lines))
    checkout.release("coverage")
    code, out, err = checkout.run("test", "x")
    assert (code, out) == (1, "")
    assert "pytest-cov 1.0 requires coverage, which is not installed" in err


def test_a_wheel_that_is_not_the_locked_one_is_refused(checkout):
    wheel(checkout.index, "leaf", "1.0", main="print('not what was locked')")
    code, out, err = checkout.run("x")
    assert (code, out) == (1, "")
    assert "HASHES" in err or "hash" in err
    assert not (checkout.top / ".venv").exists()


#: Settings of pip that would put packages elsewhere, or take other ones; a name with / is a path.
SETTINGS = {"target": "elsewhere/t", "prefix": "elsewhere/p", "root": "elsewhere/r",
            "user": "true", "no-binary": ":all:", "constraint": "elsewhere/none.txt",
            "dry-run": "true"}  # fmt: skip


def settings(folder: Path) -> dict[str, str]:
    return {
        name: str(folder / value) if "/" in value else value for name, value in SETTINGS.items()
    }


def test_variables_of_pip_do_not_put_the_packages_elsewhere(checkout, tmp_path):
    named = {
        f"PIP_{name.upper().replace('-', '_')}": value for name, value in settings(tmp_path).items()
    }
    code, out, err = checkout.run("x", **named)
    assert (code, out) == (0, RUN), err
    assert not (tmp_path / "elsewhere").exists()


def test_the_pip_conf_of_the_user_does_not_put_them_elsewhere(checkout, tmp_path):
    lines = [f"{name} = {value}" for name, value in settings(tmp_path).items()]
    conf = tmp_path / "pip.conf"
    conf.write_text("\n".join(["[global]", *lines, "[install]", *lines, ""]))
    code, out, err = checkout.run("x", PIP_CONFIG_FILE=str(conf))
    assert (code, out) == (0, RUN), err
    assert not (tmp_path / "elsewhere").exists()


def test_the_index_that_pip_conf_names_is_used(checkout, tmp_path):
    conf = tmp_path / "pip.conf"
    conf.write_text(f"[global]\nno-index = true\nfind-links = {checkout.index}\n")
    empty = {"PIP_NO_INDEX": "", "PIP_FIND_LINKS": ""}
    assert checkout.run("x", PIP_CONFIG_FILE=str(conf), **empty)[:2] == (0, RUN)


ENVIRONMENTS = [
    {"implementation_name": "cpython", "platform_python_implementation": "CPython",
     "python_version": f"3.{minor}", "python_full_version": f"3.{minor}.0", "os_name": "posix",
     "sys_platform": system, "platform_system": "Darwin" if system == "darwin" else "Linux"}
    for minor in range(11, 15)
    for system in ("linux", "darwin")
]  # fmt: skip


def pinned(environment: dict[str, str]) -> dict[str, Version]:
    """What the lock installs there."""
    found = {}
    for file in ("requirements.lock", "requirements-dev.lock"):
        for line in (TOP / file).read_text().splitlines():
            if "==" in line and not line.startswith(("#", " ")):
                one = Requirement(line.rstrip("\\ "))
                if one.marker is None or one.marker.evaluate(environment):
                    found[canonicalize_name(one.name)] = Version(next(iter(one.specifier)).version)
    return found


@pytest.mark.parametrize(
    "environment", ENVIRONMENTS, ids=lambda one: f"{one['python_version']}-{one['sys_platform']}"
)
def test_the_lock_is_complete_with_every_extra(environment):
    pins, seen, missing = pinned(environment), set(), []
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    asked = [Requirement(text) for text in wanted]
    while asked:
        one = asked.pop()
        name = canonicalize_name(one.name)
        if (name, *sorted(one.extras)) in seen:
            continue
        seen.add((name, *sorted(one.extras)))
        if name not in pins or not one.specifier.contains(pins[name], prereleases=True):
            missing.append(str(one))
            continue
        try:
            needs = importlib.metadata.requires(name) or ()
        except importlib.metadata.PackageNotFoundError:
            continue  # of another system than this one: that it is pinned is all that can be seen
        for text in needs:
            need = Requirement(text)
            cases = [{**environment, "extra": extra} for extra in (*one.extras, "")]
            if need.marker is None or any(map(need.marker.evaluate, cases)):
                asked.append(need)
    assert not missing
    assert len(seen) > 40
