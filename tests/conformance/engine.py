"""The Java engines as one process that answers questions; see engines/Engines.java."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import maven

FOLDER = Path(__file__).parent / "engines"
Resource = dict[str, Any]


class EngineError(Exception):
    """An engine threw; the text is its stack trace."""


def exact(text: str) -> Any:
    """JSON with every number as a Decimal, digit for digit."""
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


def dumps(form: Any) -> str:
    """JSON of what exact() read, each Decimal with the digits it came with."""
    marked = json.dumps(form, default=lambda number: f"\ue000{number}\ue001", ensure_ascii=False)
    return marked.replace('"\ue000', "").replace('\ue001"', "")


class Engines:
    """A running JVM with translator, validator and $apply."""

    def __init__(self) -> None:
        jars = maven.classpath(FOLDER)
        self._talk = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115, until close()
        self._java = subprocess.Popen(
            [
                "java", "-Xmx2g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                "-Duser.timezone=UTC", "-Duser.language=en",
                # Nothing is fetched while it runs: whatever tries meets a closed door.
                "-Dhttp.proxyHost=127.0.0.1", "-Dhttp.proxyPort=1",
                "-Dhttps.proxyHost=127.0.0.1", "-Dhttps.proxyPort=1",
                "-cp", ":".join(map(str, jars)), str(FOLDER / "Engines.java"),
            ],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._talk, encoding="utf-8",
        )  # fmt: skip

    def close(self) -> None:
        """End the JVM: it ends with its input."""
        for pipe in (self._java.stdin, self._java.stdout):
            if pipe is not None:
                pipe.close()
        self._java.wait(timeout=60)
        self._talk.close()

    def load(self, package: str, bundle: Resource) -> None:
        """Keep the definitions of a Bundle under a name."""
        self._ask("load", package=package, bundle=dumps(bundle))

    def apply(
        self, package: str, plan: str, resources: Sequence[Resource], *, r4: bool = False
    ) -> Resource:
        """PlanDefinition/$apply for Patient/p1, with these resources in an otherwise new store."""
        said = self._ask(
            "apply", package=package, plan=plan, patient="Patient/p1", r4=r4,
            resources=[dumps(one) for one in resources],
        )  # fmt: skip
        return exact(said["result"])

    def evaluate(
        self, package: str, library: str, expressions: Sequence[str], resources: Sequence[Resource]
    ) -> dict[str, Any]:
        """The values of CQL expressions; None where the engine says null."""
        said = self._ask(
            "evaluate", package=package, library=library, expressions=list(expressions),
            patient="p1", resources=[dumps(one) for one in resources],
        )  # fmt: skip
        return {
            one["name"]: next((v for k, v in one.items() if k.startswith("value")), None)
            for one in exact(said["result"])["parameter"]
        }

    def validate(self, form: Resource) -> list[dict[str, str]]:
        """What the validator says of a resource, of any severity."""
        return self._ask("validate", text=dumps(form))["messages"]

    def translate(self, cql: str, elm: Path) -> list[dict[str, str]]:
        """What the translator says of CQL, of any severity; the ELM is written to a file."""
        return self._ask("translate", cql=cql, elm=str(elm))["messages"]

    def _ask(self, what: str, **more: Any) -> dict[str, Any]:
        assert self._java.stdin is not None
        assert self._java.stdout is not None
        self._java.stdin.write(json.dumps({"do": what, **more}) + "\n")
        self._java.stdin.flush()
        line = self._java.stdout.readline()
        if not line:
            self._java.wait(timeout=60)
            self._talk.seek(0)
            raise EngineError(f"Java ended:\n{self._talk.read()[-4000:]}")
        answer = json.loads(line)
        if "exception" in answer:
            raise EngineError(answer["exception"])
        return answer
