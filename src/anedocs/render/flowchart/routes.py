"""How the arrows of a layered drawing run: where they leave and arrive, and on which track.

Lengths are in points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Point = tuple[float, float]
Hop = tuple[int, int]
"""One step of one arrow: the number of the arrow and of the step."""


@dataclass(frozen=True, slots=True)
class Gaps:
    """The distances of a drawing."""

    across: float
    """Between neighbors in a layer."""
    label: float
    """Below a box whose arrows bear words."""
    track: float
    """Between two level pieces of arrow."""
    head: float
    """Straight into the box, for the head of the arrow."""


def ports_of(
    chains: Sequence[Sequence[str]], layers: Sequence[Sequence[str]], spans: Mapping[str, float]
) -> tuple[dict[Hop, float], dict[Hop, float]]:
    """How far from the middle of its box each hop leaves, and how far from it each arrives."""
    at = {name: place for row in layers for place, name in enumerate(row)}
    leaving: dict[str, list[tuple[int, Hop]]] = {}
    arriving: dict[str, list[tuple[int, Hop]]] = {}
    for number, chain in enumerate(chains):
        for step, (a, b) in enumerate(pairwise(chain)):
            leaving.setdefault(a, []).append((at[b], (number, step)))
            arriving.setdefault(b, []).append((at[a], (number, step)))
    leave, arrive = (
        {
            hop: spans[name] * (place / (len(hops) + 1) - 0.5)
            for name, hops in side.items()
            for place, (_, hop) in enumerate(sorted(hops), start=1)
        }
        for side in (leaving, arriving)
    )
    return leave, arrive


def routed(
    sizes: Mapping[str, tuple[float, float]], layers: Sequence[Sequence[str]],
    chains: Sequence[Sequence[str]], ports: Mapping[Hop, Point], worded: set[str], gaps: Gaps,
) -> tuple[list[float], list[list[Point]], float]:  # fmt: skip
    """The top of each layer, and every arrow with its corners."""
    level_of = {name: level for level, row in enumerate(layers) for name in row}
    tops: list[float] = []
    routes: list[list[Point]] = [[] for _ in chains]
    y = 0.0
    for level, row in enumerate(layers):
        tops.append(y)
        tall = max((sizes[name][1] for name in row if name in sizes), default=0.0)
        here = [
            (number, step)
            for number, chain in enumerate(chains)
            for step in range(len(chain) - 1)
            if level_of[chain[step]] == level
        ]
        tracks = _tracks({hop: ports[hop] for hop in here}, gaps.across)
        worded_here = any(name in worded for name in row)
        first = y + tall + (gaps.label if worded_here else gaps.track)
        bottom = first + gaps.track * max(tracks.values(), default=0) + gaps.head
        for number, step in here:
            name = chains[number][step]
            x0, x1 = ports[number, step]
            start = y + sizes[name][1] if name in sizes else y
            routes[number].append((x0, start))
            if (number, step) in tracks:
                at = first + gaps.track * tracks[number, step]
                routes[number] += [(x0, at), (x1, at)]
            if step == len(chains[number]) - 2:
                routes[number].append((x1, bottom))
        y = bottom if level < len(layers) - 1 else y + tall
    return tops, [_straight(route) for route in routes], y


def _tracks(hops: Mapping[Hop, Point], apart: float) -> dict[Hop, int]:
    """A level track for each hop that is not straight, so that no two lie on one another."""
    bent = {hop: ends for hop, ends in hops.items() if abs(ends[0] - ends[1]) > 0.5}
    order = sorted(
        bent, key=lambda hop: -bent[hop][0] if bent[hop][1] > bent[hop][0] else bent[hop][0]
    )
    found: dict[Hop, int] = {}
    for hop in order:
        low, high = sorted(bent[hop])
        taken = [
            found[other] for other in found
            if low <= max(bent[other]) + apart and min(bent[other]) - apart <= high
        ]  # fmt: skip
        found[hop] = max(taken, default=-1) + 1
    return found


def _straight(route: Sequence[Point]) -> list[Point]:
    """The route without corners that are none; a bend too small to see is taken out."""
    found: list[Point] = []
    for x, y in route:
        if found and y != found[-1][1]:
            x = found[-1][0]
        if len(found) > 1 and found[-1][0] == found[-2][0] == x:
            found.pop()
        if not found or found[-1] != (x, y):
            found.append((x, y))
    return found
