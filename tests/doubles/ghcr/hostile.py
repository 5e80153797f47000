"""Paths that mean to reach somewhere else: names with ``..``, an encoded slash, a question mark in them.

What the real services make of them is not known [U]; here they reach nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from portcall.testing import Request

_NOT_IN_NAMES = re.compile(r"[\\?#%\x00-\x1f\x7f]")
_NOT_IN_FILES = re.compile(r"[\\\x00-\x1f\x7f]")


def is_hostile_to_api(path: str) -> bool:
    """Tell whether a path of api.github.com, as sent, holds a name that is none.

    Slashes may be encoded in gh-spec's ``{package_name}``, ``{path}`` and ``{tree_sha}`` alone.
    """
    parts = path.split("/")
    package_at, files_from = _package_at(parts), _files_from(parts)
    for at, part in enumerate(parts):
        name = unquote(part)
        is_file = files_from <= at
        if _climbs(name) or (_NOT_IN_FILES if is_file else _NOT_IN_NAMES).search(name):
            return True
        if "/" in name and not is_file and at != package_at:
            return True
    return False


def is_hostile_to_registry(request: Request) -> bool:
    """Tell whether a request to ghcr.io, path or scope, holds a repository that is none."""
    parts = [unquote(part) for part in request.path.split("/")]
    if any(_climbs(part) or "/" in part or _NOT_IN_NAMES.search(part) for part in parts):
        return True
    return any(_climbs(name) or _NOT_IN_NAMES.search(name) for name in _scoped_names(request))


def _scoped_names(request: Request) -> list[str]:
    scopes = [scope for value in request.parameters.get("scope", []) for scope in value.split()]
    return [scope.split(":", 1)[1].rpartition(":")[0] for scope in scopes if scope.startswith("repository:")]


def _climbs(name: str) -> bool:
    return bool({".", ".."} & set(name.split("/")))


def _package_at(parts: list[str]) -> int:
    """Return where ``{package_name}`` stands, below ``/user/packages`` or ``/orgs/acme/packages``; -1: nowhere."""
    if parts[1:3] == ["user", "packages"]:
        return 4
    return 5 if parts[3:4] == ["packages"] else -1


def _files_from(parts: list[str]) -> int:
    if parts[1:2] == ["repos"] and parts[4:5] == ["contents"]:
        return 5
    return 6 if parts[1:2] == ["repos"] and parts[4:6] == ["git", "trees"] else len(parts)
