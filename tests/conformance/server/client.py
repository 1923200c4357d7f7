"""A FHIR server as a process of its own, and the few requests that the tests send to it."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from maven import classpath

FOLDER = Path(__file__).parent
FHIR_JSON = "application/fhir+json"
#: It starts in about 20 s; a machine that is busy with other engines gets more.
START_SECONDS = 300


class Fhir:
    """A server by its address. Numbers of an answer are text, so that no digit is lost or added."""

    def __init__(self, base: str) -> None:
        self.base = base

    def send(self, method: str, path: str = "", body: Any = None) -> tuple[int, Any]:
        """The HTTP status and the parsed answer; an error status is an answer too."""
        sent = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.base + path,
            data=sent,
            method=method,
            headers={"Content-Type": FHIR_JSON, "Accept": FHIR_JSON},
        )
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.status, as_written(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, as_written(error.read())

    def found(self, kind: str, url: str, version: str) -> list[dict[str, Any]]:
        """The resources under a canonical address and version."""
        _, answer = self.send("GET", f"/{kind}?url={quote(url, safe='')}&version={version}")
        return [member["resource"] for member in answer.get("entry", [])]

    def count(self, kind: str) -> int:
        """How many resources of a kind there are, whatever their address."""
        return int(self.send("GET", f"/{kind}?_summary=count")[1]["total"])

    def clear(self, *kinds: str) -> None:
        """Delete every resource of these kinds."""
        for kind in kinds:
            while members := self.send("GET", f"/{kind}?_elements=url&_count=50")[1].get("entry"):
                gone = [
                    {"request": {"method": "DELETE", "url": f"{kind}/{one['resource']['id']}"}}
                    for one in members
                ]
                form = {"resourceType": "Bundle", "type": "transaction", "entry": gone}
                status, said = self.send("POST", "", form)
                assert status == 200, said


def as_written(text: bytes | str) -> Any:
    """JSON with its numbers as they are written."""
    return json.loads(text, parse_float=str, parse_int=str)


@contextmanager
def running() -> Iterator[Fhir]:
    """The server of this folder; it stops when the block ends, or when this process does."""
    jars = os.pathsep.join(str(jar) for jar in classpath(FOLDER))
    command = [
        "java",
        # Host names cannot be looked up: what the server does, it does without the internet.
        f"-Djdk.net.hosts.file={os.devnull}",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
        # A short run: compiling less costs less than it brings.
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-Xmx1g",
        "--class-path", jars,
        str(FOLDER / "Server.java"),
    ]  # fmt: skip
    with (
        tempfile.TemporaryFile("w+") as log,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        too_late = threading.Timer(START_SECONDS, process.kill)
        too_late.start()
        try:
            line = process.stdout.readline()
            too_late.cancel()
            if not line:
                log.seek(0)
                raise RuntimeError(f"the FHIR server did not start:\n{log.read()[-4000:]}")
            yield Fhir(f"http://127.0.0.1:{json.loads(line)['port']}/fhir")
        finally:
            too_late.cancel()
            process.stdin.close()
            process.wait(30)
