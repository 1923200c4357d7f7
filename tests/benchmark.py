"""How long the commands take that a person waits for: `python tests/benchmark.py [ROUNDS]`.

Each round runs every command once, as a process of its own, so that all of them meet the same state
of the machine. A machine is faster at one moment than at another: quote the ratios, which are taken
within each round, and never a time from another run.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 15
COMMANDS = {
    "dose": ("dose", "--weight", "18.4"),
    "ehr": ("ehr", "-o", "ehr"),
    "sheet": ("sheet", "--weight", "18.4", "-o", "sheet.pdf"),
}


def seconds(words: list[str], folder: Path) -> float:
    """The time of one process from its start to its end."""
    begun = time.perf_counter()
    subprocess.run(words, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - begun


def main(rounds: int) -> None:
    """Print, for each command, its times and its ratio to a Python that does nothing."""
    python = [sys.executable, "-I"]
    bare: list[float] = []
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds + 1):  # the first round warms the disk up
            empty = seconds([*python, "-c", "pass"], Path(folder))
            for name, words in COMMANDS.items():
                one = seconds([*python, "-m", "anedocs", *words], Path(folder))
                if number:
                    taken[name].append(one)
            if number:
                bare.append(empty)
    print(f"{rounds} rounds; bare Python {statistics.median(bare):.3f} s (median)")
    print(f"{'command':9}{'least':>8}{'median':>8}{'most':>8}  times bare Python (median)")
    for name, times in taken.items():
        ratio = statistics.median(one / empty for one, empty in zip(times, bare, strict=True))
        print(
            f"{name:9}{min(times):8.3f}{statistics.median(times):8.3f}{max(times):8.3f}{ratio:8.1f}"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
