"""Where the boxes and arrows of a layered drawing go; knows nothing of medicine or of ink.

Layers by the longest way from the start; long arrows are led past the boxes by way points; the
order within a layer keeps crossings few; arrows run upright and level, each on a track of its own.
Lengths are in points. Source: the method of Sugiyama, Tagawa and Toda (1981).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from anedocs.render.flowchart.routes import Gaps, Point, ports_of, routed

Link = tuple[str, str]
_SWEEPS = 8
#: How much rather a box moves than a long arrow bends.
_STIFF = 1000.0


@dataclass(frozen=True, slots=True)
class Placed:
    """A finished drawing."""

    width: float
    height: float
    boxes: dict[str, tuple[float, float]]
    """The upper left corner of each box."""
    routes: tuple[tuple[Point, ...], ...]
    """The corners of each arrow, from its start to its head, in the order of the links."""


def place(
    sizes: Mapping[str, tuple[float, float]], links: Sequence[Link], worded: set[str], gaps: Gaps
) -> Placed:
    """Lay out boxes of these sizes; `worded` are the boxes whose arrows bear words."""
    kept = zip(links, _forward(sizes, links), strict=True)
    forward = [link if keep else link[::-1] for link, keep in kept]
    depth = _depths(sizes, forward)
    chains, layers = _with_way_points(sizes, forward, depth)
    hops = [hop for chain in chains for hop in pairwise(chain)]
    layers = _few_crossings(layers, hops)
    spans = {name: sizes[name][0] if name in sizes else 0.0 for row in layers for name in row}
    leave, arrive = ports_of(chains, layers, spans)
    pulls = [
        (a, b, leave[hop] - arrive[hop])
        for number, chain in enumerate(chains)
        for step, (a, b) in enumerate(pairwise(chain))
        for hop in [(number, step)]
    ]
    middles = _across(layers, chains, pulls, spans, gaps.across)
    ports = {
        hop: (middles[chains[hop[0]][hop[1]]] + leave[hop],
              middles[chains[hop[0]][hop[1] + 1]] + arrive[hop])
        for hop in leave
    }  # fmt: skip
    tops, routes, height = routed(sizes, layers, chains, ports, worded, gaps)
    boxes = {name: (middles[name] - sizes[name][0] / 2, tops[depth[name]]) for name in sizes}
    xs = [x for route in routes for x, _ in route]
    left = min([x for x, _ in boxes.values()] + xs)
    right = max([boxes[name][0] + sizes[name][0] for name in sizes] + xs)
    return Placed(
        right - left,
        height,
        {name: (x - left, y) for name, (x, y) in boxes.items()},
        tuple(
            tuple((x - left, y) for x, y in (route if link == ahead else route[::-1]))
            for route, link, ahead in zip(routes, links, forward, strict=True)
        ),
    )


def _forward(sizes: Mapping[str, object], links: Sequence[Link]) -> list[bool]:
    """Which links lead away from the start; one that closes a circle does not."""
    after: dict[str, list[int]] = {name: [] for name in sizes}
    for number, (start, _) in enumerate(links):
        after[start].append(number)
    back: set[int] = set()
    state: dict[str, str] = {}

    def visit(name: str) -> None:
        state[name] = "open"
        for number in after[name]:
            end = links[number][1]
            if state.get(end) == "open":
                back.add(number)
            elif end not in state:
                visit(end)
        state[name] = "done"

    for name in sizes:
        if name not in state:
            visit(name)
    return [number not in back for number in range(len(links))]


def _depths(sizes: Mapping[str, object], links: Sequence[Link]) -> dict[str, int]:
    depth = dict.fromkeys(sizes, 0)
    for _ in sizes:
        for start, end in links:
            depth[end] = max(depth[end], depth[start] + 1)
    return depth


def _with_way_points(
    sizes: Mapping[str, object], links: Sequence[Link], depth: Mapping[str, int]
) -> tuple[list[list[str]], list[list[str]]]:
    """Each link as a chain from layer to layer, and the layers with the way points in them."""
    layers: list[list[str]] = [[] for _ in range(max(depth.values(), default=0) + 1)]
    for name in sizes:
        layers[depth[name]].append(name)
    chains = []
    for number, (start, end) in enumerate(links):
        between = [f"{number}:{level}" for level in range(depth[start] + 1, depth[end])]
        for level, name in enumerate(between, start=depth[start] + 1):
            layers[level].append(name)
        chains.append([start, *between, end])
    return chains, layers


def _few_crossings(layers: list[list[str]], hops: Sequence[Link]) -> list[list[str]]:
    """The order within each layer, swept down and up by the mean place of the neighbors."""
    best, fewest = [list(row) for row in layers], _crossings(layers, hops)
    rows = [list(row) for row in layers]
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        levels = range(1, len(rows)) if down else range(len(rows) - 2, -1, -1)
        for level in levels:
            fixed = {name: at for at, name in enumerate(rows[level - 1 if down else level + 1])}
            pull = {}
            for at, name in enumerate(rows[level]):
                near = [fixed[a] for a, b in hops if b == name and a in fixed]
                near += [fixed[b] for a, b in hops if a == name and b in fixed]
                pull[name] = sum(near) / len(near) if near else float(at)
            rows[level].sort(key=pull.__getitem__)
        if _crossings(rows, hops) < fewest:
            best, fewest = [list(row) for row in rows], _crossings(rows, hops)
    return best


def _crossings(layers: Sequence[Sequence[str]], hops: Sequence[Link]) -> int:
    at = {
        name: (level, place) for level, row in enumerate(layers) for place, name in enumerate(row)
    }
    ends = [(at[a], at[b]) for a, b in hops]
    return sum(
        (a[1] - c[1]) * (b[1] - d[1]) < 0
        for place, (a, b) in enumerate(ends)
        for c, d in ends[place + 1 :]
        if a[0] == c[0]
    )


def _across(
    layers: Sequence[Sequence[str]], chains: Sequence[Sequence[str]],
    pulls: Sequence[tuple[str, str, float]], spans: Mapping[str, float], gap: float,
) -> dict[str, float]:  # fmt: skip
    """The middle of each box and way point: arrows as straight as the order allows."""
    middles: dict[str, float] = {}
    for row in layers:
        edge = 0.0
        for name in row:
            middles[name] = edge + spans[name] / 2
            edge += spans[name] + gap
    fellows = {name: chain[1:-1] for chain in chains for name in chain[1:-1]}
    sweeps = _SWEEPS * 8
    for sweep in range(sweeps + 1):
        for row in layers if sweep % 2 == 0 else reversed(layers):
            wanted = []
            for name in row:
                near = [middles[a] + off for a, b, off in pulls if b == name]
                if sweep < sweeps or not near:  # the last sweep hangs each box below its own
                    near += [middles[b] - off for a, b, off in pulls if a == name]
                if name in fellows:
                    near = [middles[one] for one in fellows[name]]
                wanted.append(sum(near) / len(near) if near else middles[name])
            weights = [_STIFF if name in fellows else 1.0 for name in row]
            apart = [spans[a] / 2 + spans[b] / 2 + gap for a, b in pairwise(row)]
            middles |= dict(zip(row, _apart(wanted, weights, apart), strict=True))
    return middles


def _apart(
    wanted: Sequence[float], weights: Sequence[float], apart: Sequence[float]
) -> list[float]:
    """The places nearest to the wanted ones that keep their order and distance."""
    shift = [0.0]
    for step in apart:
        shift.append(shift[-1] + step)
    pools: list[tuple[float, float, int]] = []
    for want, weight, offset in zip(wanted, weights, shift, strict=True):
        pools.append((want - offset, weight, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (a, wa, na), (b, wb, nb) = pools[-2:]
            pools[-2:] = [((a * wa + b * wb) / (wa + wb), wa + wb, na + nb)]
    flat = [value for value, _, count in pools for _ in range(count)]
    return [value + offset for value, offset in zip(flat, shift, strict=True)]
