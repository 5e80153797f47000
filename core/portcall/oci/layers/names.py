"""Names in archives, as engines clean them."""

from __future__ import annotations

import re

#: A part of a path that stands for no name: nothing, one dot or two.
_ODD_PART = re.compile(r"(?:^|/)\.{0,2}(?:/|\Z)")


def decoded(name: bytes) -> str:
    """Return a name as text; bytes that are no UTF-8 become surrogates."""
    return name.decode("utf-8", "surrogateescape")


def clean(name: str) -> str:
    """Return a name as a path from the root: ``a/c`` for ``./a//b/../c``, ``""`` for the root itself.

    ``..`` never climbs above the root: engines that write names below a folder stop there, too.
    """
    name = name.removeprefix("./").removesuffix("/")
    if not _ODD_PART.search(name):
        return name
    parts: list[str] = []
    for part in name.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


def climbs(name: str) -> bool:
    """Return whether a name leads above the root on its way."""
    depth = 0
    for part in name.split("/"):
        if part == "..":
            depth -= 1
        elif part not in {"", "."}:
            depth += 1
        if depth < 0:
            return True
    return False
