"""From a template and values to a PDF; the only Jinja2 and WeasyPrint.

A page loads nothing: no address, no file but the fonts named here. What does not fit is an error.
"""

from __future__ import annotations

import atexit
import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from anedocs.core import wording
from anedocs.core.problems import Failure, short
from anedocs.core.quantity import Quantity
from anedocs.render import fonts, page_fit, template_files

PDF_VARIANT = "pdf/ua-1"

#: Spaces at which a line may not end. Why: a number at its end is read without its unit, and what
#: begins the next line is read without a 'not'.
_TOGETHER = re.compile(
    r"(?<=[0-9]) (?=(?:mcg|mg|kg|g|mL|(?:day|week|month|year|hour|minute|point)s?)\b)"
    r"|(?i:(?<=\bnot)|(?<=\bno)|(?<=\bnever)|(?<=\bwithout)) "
)


class LayoutError(Failure):
    """The page cannot be printed as promised: too much text, or a glyph or address that fails."""


class FullError(LayoutError):
    """There is more text than the page, or a box on it, can hold."""


class MissingLibraryError(Failure):
    """The system libraries for PDF are not installed; the message says what to install."""


def html(folders: Sequence[Path], template: str, values: dict[str, Any]) -> str:
    """Fill a template; a name that is not given, or a float, is an error and never a blank."""
    return _filled(tuple(folders), template, values)


def pdf(
    folders: Sequence[Path], page: str, css: Sequence[str], paper: str, pages: int | None,
    reach: float = page_fit.REACH,
) -> bytes:  # fmt: skip
    """Lay out a filled page and write it as tagged PDF/UA-1, the same bytes for the same input.

    `css` are template names, `paper` is letter or a4, `pages` the number of pages that is promised,
    `reach` the distance in points from the edge of the paper at which text may begin.
    Raises LayoutError where the promise cannot be kept, MissingLibraryError without Pango.
    """
    weasyprint = _weasyprint()
    values = {"paper": paper, "font": fonts.FAMILY}
    styles = "\n".join(_filled(tuple(folders), name, values) for name in css)
    nothing = _fetcher({})
    with _warnings() as warned:
        configuration = _font_configuration()
        sheet = weasyprint.CSS(string=styles, font_config=configuration, url_fetcher=nothing)
        document = weasyprint.HTML(string=page, url_fetcher=nothing).render(
            stylesheets=[sheet], font_config=configuration
        )
        written = document.write_pdf(pdf_variant=PDF_VARIANT, pdf_tags=True)
    if warned:  # what could not be loaded spoils the layout: tell the cause
        raise LayoutError("; ".join(dict.fromkeys(warned)))
    assert isinstance(written, bytes)
    _fits(written, len(document.pages), pages, reach)
    return written


def _fits(written: bytes, needed: int, pages: int | None, reach: float) -> None:
    """Raises FullError for another number of pages than promised, or what paper would not show."""
    if pages is not None and needed != pages:
        raise FullError(f"the text needs {needed} pages, not {pages}")
    if fault := page_fit.fault(written, reach):
        raise FullError(fault)


def _filled(folders: tuple[Path, ...], template: str, values: dict[str, Any]) -> str:
    """Raises ContentError, with file and line, for a fault in a template of a home."""
    try:
        return _environment(folders).get_template(template).render(values)
    except Exception as error:
        if isinstance(error, OSError | UnicodeDecodeError):
            _readable(folders[:-1])
        path, line = _template_at(error)
        if path is None or path.parent == folders[-1]:
            raise
        said = _MISFITS.get(type(error), "{}")
        what = f"this template cannot be filled in: {said.format(short(str(error)))}"
        template_files.broken(path, line, what)


#: What Python says of these is no help to who writes a template.
_MISFITS: dict[type[Exception], str] = {
    RecursionError: "it contains itself",
    jinja2.TemplateNotFound: "there is no template '{}'",
    TypeError: "two kinds of values are mixed here",
    ZeroDivisionError: "it divides by zero",
}


def _readable(folders: Iterable[Path]) -> None:
    """Raises ContentError for a template that cannot be read; the library names no file."""
    for folder in folders:
        for path in sorted(folder.iterdir()):
            if path.suffix in (".html", ".css", ".jinja") and not path.name.startswith("."):
                template_files.text(path)


def _template_at(error: Exception) -> tuple[Path | None, int]:
    """The template, and the line of it, where something went wrong; None where it was elsewhere."""
    if isinstance(error, jinja2.TemplateSyntaxError):
        return (Path(error.filename) if error.filename else None), error.lineno
    found: tuple[Path | None, int] = None, 1
    step = error.__traceback__
    while step is not None:
        path = Path(step.tb_frame.f_code.co_filename)
        if path.suffix != ".py" and path.is_file():
            found = path, step.tb_lineno
        step = step.tb_next
    return found


@cache
def _environment(folders: tuple[Path, ...]) -> jinja2.Environment:
    """A home's template wins file by file and may extend the bundled one as `anedocs/NAME`."""
    bundled = jinja2.FileSystemLoader(folders[-1])
    loaders = [*map(jinja2.FileSystemLoader, folders), jinja2.PrefixLoader({"anedocs": bundled})]
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader(loaders),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        finalize=_written,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["joined"] = wording.joined
    return environment


def _written(value: object) -> object:
    """Every number reaches the page through the one writer of numbers."""
    if isinstance(value, float):
        raise TypeError("a float may not reach a page")
    if isinstance(value, Decimal):
        return wording.number(value)
    if isinstance(value, Quantity):
        value = wording.amount(value)
    # Never Markup: it is a drawing, and only plain text is still to be escaped.
    return _TOGETHER.sub("\u00a0", value) if type(value) is str else value


@cache
def _font_configuration() -> Any:
    """The fonts, set up once for all pages of a run; its folder of copies goes with the run."""
    from weasyprint.text.fonts import FontConfiguration

    configuration = FontConfiguration()
    atexit.register(_font_configuration.cache_clear)
    allowed = {path.as_uri(): path for path in fonts.face_files().values()}
    _weasyprint().CSS(
        string=fonts.font_faces(), font_config=configuration, url_fetcher=_fetcher(allowed)
    )
    return configuration


def _fetcher(allowed: dict[str, Path]) -> Any:
    """A fetcher that opens the fonts and nothing else. Why: a text may name any address."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OnlyFonts(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: object = None) -> Any:
            if url not in allowed:
                raise ValueError(f"a page may not load '{url[:80]}'")
            return URLFetcherResponse(url, allowed[url].read_bytes())

    return OnlyFonts()


@contextmanager
def _warnings() -> Iterator[list[str]]:
    """Collect what WeasyPrint only logs: a missing glyph or an ignored rule is an error here."""
    found: list[str] = []

    class Collect(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(record.getMessage())

    handler, logger = Collect(logging.WARNING), logging.getLogger("weasyprint")
    logger.addHandler(handler)
    try:
        yield found
    finally:
        logger.removeHandler(handler)


def _weasyprint() -> Any:
    try:
        import weasyprint
    except OSError as error:
        raise MissingLibraryError(
            "PDF needs the libraries Pango and HarfBuzz. Debian, Ubuntu: apt-get install "
            "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0. Fedora: dnf install pango. "
            "macOS: brew install pango."
        ) from error
    return weasyprint


def pango_version() -> str:
    """The version of the system's library that sets the lines of text.

    Raises MissingLibraryError where there is none.
    """
    _weasyprint()
    from weasyprint.text.ffi import pango

    whole = pango.pango_version()
    return f"{whole // 10000}.{whole // 100 % 100}.{whole % 100}"
