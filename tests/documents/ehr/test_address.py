"""The base address of a site, and the names and ids that are made of it."""

from __future__ import annotations

import io
import json
import re
import tarfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from anedocs.cli.app import cli
from anedocs.documents.ehr.address import base_address, turned_round
from support.homes import Home

#: The pattern of HL7 for the name of a package, with small letters as npm wants them.
NAME = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9-]+)+")
GOOD = {
    "https://fhir.example.org/ane": ("https://fhir.example.org/ane", "org.example.fhir"),
    "HTTPS://Fhir.Example.ORG:8443/Ane///": (
        "https://fhir.example.org:8443/Ane",
        "org.example.fhir",
    ),
    "http://10.0.0.5:8080/fhir": ("http://10.0.0.5:8080/fhir", "ip-10-0-0-5"),
    "http://[2001:DB8::1]:8080/f": (
        "http://[2001:db8::1]:8080/f",
        "ip-2001-0db8-0000-0000-0000-0000-0000-0001",
    ),
    "https://klinik-münchen.example/fhir": (
        "https://xn--klinik-mnchen-3ob.example/fhir",
        "example.xn--klinik-mnchen-3ob",
    ),
    "https://KLINIK-MÜNCHEN.example": (
        "https://xn--klinik-mnchen-3ob.example",
        "example.xn--klinik-mnchen-3ob",
    ),
    "https://straße.de/ä/1.0": ("https://xn--strae-oqa.de/%C3%A4/1.0", "de.xn--strae-oqa"),
    "http://localhost/fhir": ("http://localhost/fhir", "localhost"),
    "https://fhir_test.example.org./r4": (
        "https://fhir_test.example.org/r4",
        "org.example.fhir-test",
    ),
    "https://x.org:/v1.0/": ("https://x.org/v1.0", "org.x"),
}
BAD = (
    "",
    "ane",
    "ftp://x.org/a",
    "https://",
    "http:///x",
    "http://[x'",
    "http://[x]/a",
    "http://[1:zz]/",
    "http://[fe80::1%25eth0]/a",
    "https://a b",
    " https://x.org",
    "https://x.org\n",
    "https://x.org/a|1",
    "https://x.org/a?b",
    "https://x.org/a#",
    "https://x.org/a&b",
    "https://x.org/../a",
    "https://x.org/%zz",
    "https://x.org:99999/a",
    "https://x.org:port/a",
    "http://10.0.0/a",
    "http://300.1.1.1/a",
    "https://-x.org",
    "https://.org",
    "https://x..org",
    f"https://{'a' * 64}.org",
    f"https://{'a.' * 130}org",
    "https://☃'.org",
)


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words))


@pytest.mark.parametrize("text", GOOD)
def test_an_address_has_one_form_and_its_package_a_name_that_hl7_takes(text: str) -> None:
    base, name = GOOD[text]
    assert (base_address(text), turned_round(base)) == (base, name)
    assert base_address(base) == base
    assert NAME.fullmatch(f"{name}.ane.order-set")


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_address_is_a_sentence(text: str, tmp_path: Path) -> None:
    done = run("ehr", "-o", str(tmp_path / "ehr"), f"--base={text}")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "is not a base address" in done.stderr
    assert "write it as https://fhir.example.org/guidelines" in done.stderr
    assert not (tmp_path / "ehr").exists()


def test_a_password_in_an_address_is_never_repeated(tmp_path: Path) -> None:
    done = run("ehr", "-o", str(tmp_path / "ehr"), "--base", "https://user:secret@x.org/a")
    assert done.exit_code == 2
    assert "user name" in done.stderr
    assert "secret" not in done.stderr


def test_the_site_is_told_as_well(home: Home) -> None:
    home.edit("ehr_base_url: null", "ehr_base_url: 'fhir.example.org'", "site.yaml")
    done = run("--home", str(home.path), "--orderset", "valid", "ehr", "-o", str(home.path / "ehr"))
    assert done.exit_code == 1
    assert "ordersets/site.yaml" in done.stderr
    assert "ehr_base_url: 'fhir.example.org' is not a base address" in done.stderr


def test_the_package_bears_the_name(tmp_path: Path) -> None:
    done = run("ehr", "-o", str(tmp_path / "ehr"), "--base", "http://10.0.0.5:8080/r4/4.0")
    assert done.exit_code == 0, done.stderr
    (path,) = (tmp_path / "ehr/fhir").glob("*.tgz")
    with tarfile.open(fileobj=io.BytesIO(path.read_bytes())) as archive:
        held = archive.extractfile("package/package.json")
        assert held is not None
        described = json.loads(held.read())
    assert described["name"] == "ip-10-0-0-5.ane.order-set"
    assert described["canonical"] == "http://10.0.0.5:8080/r4/4.0"


def test_an_id_that_is_too_long_for_fhir_is_named(home: Home) -> None:
    long = "b" * 48
    home.edit("id: blood-count,", f"id: {long},")
    home.edit("  blood-count:\n", f"  {long}:\n")
    home.edit("id: valid\n", f"id: {'v' * 20}\n")
    (home.path / "ordersets/valid.yaml").rename(home.path / f"ordersets/{'v' * 20}.yaml")
    done = run(
        "--home", str(home.path), "--orderset", "v" * 20, "ehr", "-o", str(home.path / "ehr")
    )
    assert done.exit_code == 1
    assert f"the id '{long}' is 5 characters too long beside '{'v' * 20}'" in done.stderr
    assert not (home.path / "ehr").exists()
