"""Paths inside an image as people read and write them."""

from __future__ import annotations

import re

_SURROGATES = re.compile("[\ud800-\udfff]+")
_ESCAPED = re.compile(r"(?:\\x[0-9A-Fa-f]{2})+")


def shown(path: str) -> str:
    r"""Return a path, or a link's target, with every byte that is no UTF-8 as ``\xNN``."""
    return path if path.isascii() else _SURROGATES.sub(_escape, path)


def from_root(path: str) -> str:
    """Return an entry's path as a container knows it, from ``/``."""
    return f"/{shown(path)}"


def unescaped(path: str) -> str:
    r"""Return a path that was given as it is shown, its ``\xNN`` turned back into bytes."""
    return _ESCAPED.sub(_unescape, path)


def _escape(found: re.Match[str]) -> str:
    try:
        raw = found[0].encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raw = found[0].encode("utf-8", "surrogatepass")
    return "".join(f"\\x{byte:02x}" for byte in raw)


def _unescape(found: re.Match[str]) -> str:
    return bytes.fromhex(found[0].replace("\\x", "")).decode("utf-8", "surrogateescape")
