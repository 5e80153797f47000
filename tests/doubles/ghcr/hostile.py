"""Paths that mean to reach somewhere else: names with ``..``, an encoded slash, a question mark in them.

What the real services make of them is not known [U]; here they reach nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from portcall.testing import Request

#: Where a slash may be encoded: gh-spec's {package_name}, {path} and {tree_sha}.
_PACKAGE = re.compile(r"/(?:orgs|users|organizations|user)(?:/[^/]+)?/packages/[^/]+/(?P<free>[^/]+)")
_FILE = re.compile(r"/repos/[^/]+/[^/]+/(?:contents|git/trees)/(?P<free>.+)\Z")
_ODD = re.compile(r"[\\?#%\x00-\x1f\x7f]")
_CONTROL = re.compile(r"[\\\x00-\x1f\x7f]")


def is_hostile_to_api(path: str) -> bool:
    """Tell whether a path of api.github.com, as sent, holds a name that is none."""
    found = _PACKAGE.match(path) or _FILE.match(path)
    if found is None:
        return any(_leaves(unquote(part)) or "/" in unquote(part) for part in path.split("/"))
    free = unquote(found["free"])
    rest = path[: found.start("free")] + path[found.end("free") :]
    odd = _CONTROL if found.re is _FILE else _ODD
    return _climbs(free) or odd.search(free) is not None or is_hostile_to_api(rest.replace("/packages/", "/-/"))


def is_hostile_to_registry(request: Request) -> bool:
    """Tell whether a request to ghcr.io, path or scope, holds a repository that is none."""
    parts = [unquote(part) for part in request.path.split("/")]
    if any(_leaves(part) or "/" in part for part in parts):
        return True
    return request.kind == "token" and any(_leaves(name) for name in scoped_names(request))


def scoped_names(request: Request) -> list[str]:
    """Return the repositories in the scopes of a token request."""
    scopes = [scope for value in request.parameters.get("scope", []) for scope in value.split()]
    return [scope.split(":", 1)[1].rpartition(":")[0] for scope in scopes if scope.startswith("repository:")]


def _leaves(name: str) -> bool:
    return _climbs(name) or _ODD.search(name) is not None


def _climbs(name: str) -> bool:
    return bool({".", ".."} & set(name.split("/"))) or (bool(name) and "" in name.strip().split("/")[:1])
