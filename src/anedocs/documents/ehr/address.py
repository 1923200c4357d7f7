"""The base address of a site's definitions, in the one form that every server reads alike."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from urllib.parse import SplitResult, quote, urlsplit

_FORM = "write it as https://fhir.example.org/guidelines"
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
#: What a path may hold as it is; '&', '|' and quotation marks part things where addresses stand.
_PATH = re.compile(r"(?:[A-Za-z0-9._~:@!$()*+,;=/-]|%[0-9A-Fa-f]{2})*")


def base_address(text: str) -> str:
    """An absolute http or https address: host in small ASCII letters, no slash at its end.

    Raises ValueError that says what is wrong and how to write it.
    """
    parts, port = _parted(text)
    path = quote(parts.path, safe="/~:@!$&|'()*+,;=%<>\"^`{}\\[]").rstrip("/")
    if not _PATH.fullmatch(path) or {".", ".."} & set(path.split("/")):
        raise _wrong(text, "its path has a sign or a step that a base must not have")
    host = parts.hostname or ""
    try:
        if parts.netloc.rpartition("@")[2].startswith("["):
            name = f"[{ipaddress.IPv6Address(host)}]" if "%" not in host else _host(host)
        else:
            name = _host(host)
    except ValueError:
        raise _wrong(text, "its host is no name and no IP address") from None
    return f"{parts.scheme}://{name}{'' if port is None else f':{port}'}{path}"


def _parted(text: str) -> tuple[SplitResult, int | None]:
    """The parts of an address, and its port."""
    if re.search(r"[\s\x00-\x1f\x7f]", text):
        raise _wrong(text, "it holds a space or a line end")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _wrong(text, "its host or port cannot be read") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _wrong(text, "it does not begin with https:// and a host")
    if parts.username is not None:
        raise ValueError(f"this is not a base address, for it holds a user name; {_FORM}")
    if "?" in text or "#" in text:
        raise _wrong(text, "it holds '?' or '#'")
    return parts, port


def _wrong(text: str, why: str) -> ValueError:
    return ValueError(f"{text!r} is not a base address, for {why}; {_FORM}")


def _host(host: str) -> str:
    """A host by name in ASCII (RFC 3492 for other letters), or by number; raises ValueError."""
    labels = [_ascii(label) for label in host.removesuffix(".").split(".")]
    name = ".".join(labels)
    if labels[-1].isdecimal():  # no domain ends in a number: so it is one
        return str(ipaddress.IPv4Address(name))
    if len(name) > 253 or not all(map(_LABEL.fullmatch, labels)):
        raise ValueError(name)
    return name


def _ascii(label: str) -> str:
    plain = unicodedata.normalize("NFKC", label).lower()
    if plain.isascii() or not plain.replace("-", "").isalnum():
        return plain
    return f"xn--{plain.encode('punycode').decode('ascii')}"


def turned_round(base: str) -> str:
    """The host as a package name begins: 'org.example'; an address by number stays in order."""
    host = urlsplit(base).hostname or ""
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        labels = [label.replace("_", "-") for label in reversed(host.split("."))]
        first, *rest = labels
        return ".".join([first if first[0].isalpha() else f"n{first}", *rest])
    return f"ip-{re.sub('[.:]', '-', number.exploded)}"
