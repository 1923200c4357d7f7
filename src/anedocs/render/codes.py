"""Two-dimensional codes as drawings; the only segno."""

from __future__ import annotations

import io


class CodeTooLongError(ValueError):
    """The text does not fit the fixed size of the code."""


def qr_svg(text: str, title: str, version: int = 4) -> str:
    """A QR code of fixed size (version 4-M: 33 modules and a quiet zone of 4) as inline SVG.

    The text must be of the alphanumeric set (0-9 A-Z space $ % * + - . / :), at most 90 characters.
    Raises CodeTooLongError where it does not fit.
    """
    import segno

    try:
        code = segno.make(
            text, version=version, error="m", mode="alphanumeric", boost_error=False, micro=False
        )
    except (segno.DataOverflowError, ValueError) as error:
        raise CodeTooLongError(f"{len(text)} characters do not fit the code") from error
    out = io.BytesIO()
    code.save(
        out, kind="svg", xmldecl=False, svgns=True, title=title, border=4, omitsize=True,
        svgclass=None, lineclass=None, nl=False,
    )  # fmt: skip
    return out.getvalue().decode()
