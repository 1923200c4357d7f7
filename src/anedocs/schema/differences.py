"""Where the guideline and the factsheet differ: declared in the order set, or a fault.

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
    factsheet: Text
    paragraphs: tuple[Slug, ...] = ()
    """The paragraphs of the leaflet that carry it; empty where the leaflet is silent."""
    questions: QuestionIds
    """The open questions that ask the committee about it."""


class Differences(Part):
    """The declared differences, and where in the leaflet others are looked for."""

    compared: tuple[Slug, ...]
    """Sections of the leaflet whose sentences both texts should carry."""
    declared: tuple[Difference, ...]


def undeclared(
    differences: Differences | None, paragraphs: Iterator[tuple[str, Paragraph]]
) -> list[tuple[str, str]]:
    """Paragraphs that rest on one of the two texts alone and that no difference names.

    `paragraphs` are pairs of section id and paragraph. Returns pairs of paragraph id and sentence.
    """
    compared = differences.compared if differences else ()
    declared = (
        {name for one in differences.declared for name in one.paragraphs} if differences else ()
    )
    found = []
    for section, paragraph in paragraphs:
        if section not in compared or paragraph.id in declared or paragraph.claims:
            continue
        in_factsheet = any(cite.factsheet for cite in paragraph.cites)
        if in_factsheet and paragraph.from_ is None:
            found.append((paragraph.id, "the factsheet says it, the guideline does not"))
        elif paragraph.from_ is not None and not in_factsheet:
            found.append((paragraph.id, "the guideline says it, the factsheet does not"))
    return found
