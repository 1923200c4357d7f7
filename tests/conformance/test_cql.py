"""The CQL of the package, given to the official translator: it says nothing at all.

A translator that says nothing of anything would pass as well, so faults are planted too.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from engine import Engines, Resource

#: One worker for the whole file, so that there is one JVM.
pytestmark = [pytest.mark.long, pytest.mark.xdist_group("cql")]


@pytest.fixture(scope="module")
def cql(package: Path) -> str:
    found = list((package / "fhir").glob("*.cql"))
    assert len(found) == 1
    return found[0].read_text("utf-8")


def _library(elm: Path) -> dict[str, Any]:
    return json.loads(elm.read_text("utf-8"))["library"]


def _faults_in(elm: Path) -> list[dict[str, Any]]:
    notes = _library(elm).get("annotation", [])
    return [note for note in notes if note.get("type") == "CqlToElmError"]


def test_the_translator_has_nothing_to_say(engines: Engines, cql: str, tmp_path: Path) -> None:
    elm = tmp_path / "elm.json"
    assert engines.translate(cql, elm) == []
    assert _faults_in(elm) == []
    library = _library(elm)
    made = [one["name"] for one in library["statements"]["def"]]
    version = library["annotation"][0]["translatorVersion"]
    print(f"translator {version}: {len(made)} definitions, no message of any severity")
    assert len(made) > 20


def test_the_library_is_the_cql_under_one_name(
    engines: Engines, cql: str, collection: Resource, tmp_path: Path
) -> None:
    # The engine finds a library by the last part of its address, and reads that as the CQL name.
    libraries = [
        member["resource"]
        for member in collection["entry"]
        if member["resource"]["resourceType"] == "Library"
    ]
    assert len(libraries) == 1
    library = libraries[0]
    sent = [one for one in library["content"] if one["contentType"] == "text/cql"]
    assert [base64.b64decode(one["data"]).decode() for one in sent] == [cql]
    engines.translate(cql, tmp_path / "elm.json")
    known = _library(tmp_path / "elm.json")["identifier"]
    assert library["name"] == library["url"].rpartition("/")[2] == known["id"]
    assert library["version"] == known["version"]


@pytest.mark.parametrize(
    ("planted", "severity", "words"),
    [
        ("define Planted: NotThere + 1", "Error", "Could not resolve identifier NotThere"),
        ("define Planted: 1 'mgs'", "Error", "mgs"),
        ("define Planted: 1 +", "Error", "Syntax error"),
        ("define Planted: 1 + 'one'", "Error", "Could not resolve call to operator Add"),
        (
            "define Planted: FHIR.Dosage { text: 'not a FHIR string' }",
            "Error",
            "Expected an expression of type 'string'",
        ),
        (
            "define Planted: [Observation] Planted return Planted.status",
            "Warning",
            "hiding",
        ),
    ],
)
def test_a_planted_fault_is_told(
    engines: Engines, cql: str, tmp_path: Path, planted: str, severity: str, words: str
) -> None:
    elm = tmp_path / "elm.json"
    told = engines.translate(f"{cql}\n{planted}\n", elm)
    assert any(one["severity"] == severity and words in one["text"] for one in told), told
    # Who reads the ELM only is told as well.
    assert any(words in fault["message"] for fault in _faults_in(elm)), _faults_in(elm)
