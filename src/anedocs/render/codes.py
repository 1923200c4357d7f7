"""Two-dimensional codes as drawings; the only segno."""

from __future__ import annotations

import io

from anedocs.core.problems import Failure


class CodeTooLongError(Failure):
    """The text does not fit the largest code that a page can carry, or has other characters."""


#: 4-M has 33 modules and holds 90 characters; 8-M, 49 and 221: the finest that paper carries.
_VERSIONS = (4, 5, 6, 7, 8)


def qr_svg(text: str, title: str) -> str:
    """A QR code with a quiet zone of 4 as inline SVG, as coarse as the text allows.

    The text must be of the alphanumeric set (0-9 A-Z space $ % * + - . / :), of 221 characters at
    most. Raises CodeTooLongError where it does not fit.
    """
    import segno

    code = None
    for version in _VERSIONS:
        try:
            code = segno.make(
                text,
                version=version,
                error="m",
                mode="alphanumeric",
                boost_error=False,
                micro=False,
            )
            break
        except ValueError:  # segno's faults are all of this kind
            continue
    if code is None:
        raise CodeTooLongError(f"{len(text)} characters do not fit the code of the page")
    out = io.BytesIO()
    code.save(
        out, kind="svg", xmldecl=False, svgns=True, title=title, border=4, omitsize=True,
        svgclass=None, lineclass=None, nl=False,
    )  # fmt: skip
    return out.getvalue().decode()
