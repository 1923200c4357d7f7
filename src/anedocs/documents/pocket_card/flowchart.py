"""The decision flow as a drawing: boxes with their text, arrows and answers, ready for SVG.

Everything comes from the nodes and edges of the order set. While the treatment gate is unconfirmed,
the arrows of either reading are drawn as open; once it is decided, those of the other are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from anedocs.render.flowchart.layout import place
from anedocs.render.flowchart.routes import Gaps
from anedocs.schema.model import Flow, FlowEdge, FlowNode

#: Units of the drawing in one point; its numbers are whole.
SCALE = 20
RIM = 15
_LEADING = 1.2
#: Room that a character takes at most in any face of the font, in parts of the type size.
_OTHER = 0.58
_ROOM = {
    one: room
    for room, those in (
        (0.31, "ijlI.,:;' "),
        (0.4, "frt-!()[]/|"),
        (0.56, "acesvxyzkJ?"),
        (0.69, "ADGHKNOPQRUXBCV&“”"),
        (0.92, "mwMW@%–—"),
    )
    for one in those
}
#: The widest that the text of a box may be, in parts of the type size, from roomy to narrow.
_MEASURES = (30, 24, 20, 17, 15, 13, 11, 9.5, 8)


class TooNarrowError(ValueError):
    """The flowchart does not fit the width that it was given."""


@dataclass(frozen=True, slots=True)
class DrawnBox:
    """A box with its lines of text; x and y are its upper left corner."""

    id: str
    kind: str
    x: int
    y: int
    width: int
    height: int
    lines: tuple[tuple[int, int, str], ...]
    """Middle of the line, its baseline, its text."""


@dataclass(frozen=True, slots=True)
class DrawnArrow:
    """An arrow with its answer, if it bears one."""

    start: str
    end: str
    corners: tuple[tuple[int, int], ...]
    head: tuple[tuple[int, int], ...]
    """The three corners of its head; the first touches the box."""
    open: bool
    """Whether it belongs to a reading that nobody has confirmed."""
    answer: str | None
    x: int
    y: int
    """Where the answer begins, or ends if it stands to the left, and its baseline."""
    left: bool


@dataclass(frozen=True, slots=True)
class Flowchart:
    """A finished flowchart; all numbers are whole units, of which a point has `SCALE`."""

    width: int
    height: int
    type_size: int
    boxes: tuple[DrawnBox, ...]
    arrows: tuple[DrawnArrow, ...]
    says: str
    """The whole flow in sentences, for those who cannot see it."""
    gate: str | None
    """What is said of the treatment gate."""
    remark: str | None
    """What is remarked on arrows that were rebuilt from the order of the text."""
    scale: int = SCALE
    rim: int = RIM

    @property
    def dashed(self) -> bool:
        """Whether arrows hang on a decision that nobody has taken."""
        return any(arrow.open for arrow in self.arrows)

    @property
    def frame(self) -> tuple[int, int]:
        """Width and height with a rim for half the thickness of a line, in whole points."""
        return -(-(self.width + 2 * RIM) // SCALE), -(-(self.height + 2 * RIM) // SCALE)


def flowchart(flow: Flow, width: float, type_size: float) -> Flowchart:
    """Draw a flow no wider than `width` points in type of `type_size` points.

    Raises TooNarrowError where its boxes do not fit side by side.
    """
    edges, gate = flow.arrows, flow.treatment_gate
    undecided = gate is not None and gate.decided is None
    answering = {edge.start for edge in edges if edge.answer}
    size = type_size
    gaps = Gaps(across=size * 1.1, label=size * 1.3, track=size * 0.55, head=size * 0.9)
    for measure in _MEASURES:
        texts = {node.id: wrapped(node.text, measure) for node in flow.nodes}
        sizes = {node.id: _size(node, texts[node.id], size, edges) for node in flow.nodes}
        placed = place(sizes, [(edge.start, edge.end) for edge in edges], answering, gaps)
        if placed.width + 2 * RIM / SCALE <= width:
            break
    else:
        raise TooNarrowError(f"the flowchart needs {placed.width + 2:.0f} points, not {width:.0f}")
    boxes = tuple(
        _box(node, texts[node.id], placed.boxes[node.id], sizes[node.id], size)
        for node in flow.nodes
    )
    arrows = tuple(
        _arrow(edge, route, placed.boxes[edge.start][0] + sizes[edge.start][0] / 2, size,
               undecided and edge.reading is not None)
        for edge, route in zip(edges, placed.routes, strict=True)
    )  # fmt: skip
    return Flowchart(
        _units(placed.width), _units(placed.height), _units(size), boxes, arrows,
        _in_sentences(flow, arrows), gate.says if gate else None,
        flow.remark if any(one.confidence == "reconstructed" for one in edges) else None,
    )  # fmt: skip


def wrapped(text: str, measure: float) -> tuple[str, ...]:
    """The text in as few lines as the measure allows, and those about equally long."""
    fewest = len(_lines(text, measure))
    while measure > 1 and len(_lines(text, measure - 0.5)) == fewest:
        measure -= 0.5
        if max(map(breadth, _lines(text, measure))) > measure:
            break
    return tuple(_lines(text, measure))


def breadth(text: str) -> float:
    """The room that a text takes at most, in parts of its type size."""
    return sum(_ROOM.get(one, _OTHER) for one in text)


def _lines(text: str, measure: float) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and breadth(f"{lines[-1]} {word}") <= measure:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _size(
    node: FlowNode, lines: Sequence[str], size: float, edges: Sequence[FlowEdge]
) -> tuple[float, float]:
    """Room for the text, for the pointed or round ends, and for the answers side by side."""
    ends = 1.1 if node.kind == "action" else 2.2
    leaving = [breadth(edge.answer or "") for edge in edges if edge.start == node.id]
    answers = (len(leaving) + 1) * (max(leaving) + 0.8) if any(leaving) else 0.0
    wide = max(max(map(breadth, lines)) + ends, answers) * size
    return wide, (len(lines) * _LEADING + 0.7) * size


def _box(
    node: FlowNode, lines: Sequence[str], corner: tuple[float, float], extent: tuple[float, float],
    size: float,
) -> DrawnBox:  # fmt: skip
    (x, y), (width, height) = corner, extent
    first = y + (height - len(lines) * _LEADING * size) / 2 + size * 0.93
    written = tuple(
        (_units(x + width / 2), _units(first + at * _LEADING * size), line)
        for at, line in enumerate(lines)
    )
    return DrawnBox(
        node.id, node.kind, _units(x), _units(y), _units(width), _units(height), written
    )


def _arrow(
    edge: FlowEdge, route: Sequence[tuple[float, float]], middle: float, size: float, is_open: bool
) -> DrawnArrow:
    (x, y), (_, before) = route[-1], route[-2]
    down = 1 if y > before else -1
    wing, length = size * 0.28, size * 0.62 * down
    head = ((x, y), (x - wing, y - length), (x + wing, y - length))
    left = route[0][0] < middle
    below = 1.05 if route[1][1] > route[0][1] else -0.2
    return DrawnArrow(
        edge.start, edge.end,
        tuple(_point(one) for one in (*route[:-1], (x, y - length))),
        tuple(_point(one) for one in head), is_open, edge.answer,
        _units(route[0][0] + (-0.35 if left else 0.35) * size), _units(route[0][1] + below * size),
        left,
    )  # fmt: skip


def _in_sentences(flow: Flow, arrows: Sequence[DrawnArrow]) -> str:
    text = {node.id: node.text for node in flow.nodes}
    said = [
        f"{text[one.start]}{f' {one.answer}' if one.answer else ''}, then {text[one.end]}"
        f"{' (not confirmed)' if one.open else ''}"
        for one in arrows
    ]
    gate = f" {flow.treatment_gate.says}" if flow.treatment_gate else ""
    return f"Flowchart. {'. '.join(said)}.{gate}"


def _units(points: float) -> int:
    return round(points * SCALE)


def _point(one: tuple[float, float]) -> tuple[int, int]:
    return _units(one[0]), _units(one[1])
