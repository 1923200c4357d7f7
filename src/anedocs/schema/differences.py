"""Where the guideline and another source differ: declared in the order set, or a fault.

Why: a family reads the leaflet beside the order sheet. What one text names and the other does not
is a decision of the committee, never an accident.
"""

from collections.abc import Iterator

from anedocs.schema.family import Paragraph
from anedocs.schema.parts import Part
from anedocs.schema.shape import QuestionIds, Slug, Text


class Difference(Part):
    """One thing that the two texts say differently, or that only one of them says."""

    id: Slug
    guideline: Text
    other: Text
    """What the other source says."""
    paragraphs: tuple[Slug, ...] = ()
    """The paragraphs of the leaflet that carry it; empty where the leaflet is silent."""
    questions: QuestionIds
    """The open questions that ask the committee about it."""


class Differences(Part):
    """The declared differences, and where in the leaflet others are looked for."""

    source: Slug
    """The other source."""
    compared: tuple[Slug, ...]
    """Sections of the leaflet whose sentences both texts should carry."""
    declared: tuple[Difference, ...]


def undeclared(
    differences: Differences | None, paragraphs: Iterator[tuple[str, Paragraph]]
) -> list[tuple[str, str]]:
    """Paragraphs that rest on one of the two texts alone and that no difference names.

    `paragraphs` are pairs of section id and paragraph. Returns pairs of paragraph id and sentence.
    """
    if differences is None:
        return []
    other = differences.source
    declared = {name for one in differences.declared for name in one.paragraphs}
    found = []
    for section, paragraph in paragraphs:
        if section not in differences.compared or paragraph.id in declared or paragraph.claims:
            continue
        in_other = any(cite.source == other for cite in paragraph.cites)
        if in_other and paragraph.from_ is None:
            found.append((paragraph.id, f"the {other} says it, the guideline does not"))
        elif paragraph.from_ is not None and not in_other:
            found.append((paragraph.id, f"the guideline says it, the {other} does not"))
    return found
