"""The shape of the family leaflet."""

from __future__ import annotations

from anedocs.orderset.shape import FromOrNone, OriginText, Part, Slug, Text


class Paragraph(Part):
    """One paragraph of the family leaflet."""

    id: Slug
    heading: Text
    text: tuple[Text, ...]
    speaks_of: tuple[Slug, ...] = ()
    from_: OriginText | None = FromOrNone
