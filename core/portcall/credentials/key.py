"""Keys under which tools store credentials, and what they mean.

Docker writes Docker Hub as ``https://index.docker.io/v1/``; others are ``ghcr.io``, ``https://quay.io``,
``https://gcr.io/v2/``, ``localhost:5000``. Podman adds namespaces: ``quay.io/acme``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.errors import InvalidReferenceError
from portcall.reference import parse_prefix

if TYPE_CHECKING:
    from portcall.reference import Prefix

#: Docker Hub, as Docker itself stores it.
HUB_KEY = "https://index.docker.io/v1/"
#: Docker's login by browser keeps its own tokens beside the login that they make: they are no passwords.
_HUB_TOKENS = frozenset({f"{HUB_KEY}access-token", f"{HUB_KEY}refresh-token"})
#: Longer than any host with a namespace.
_MAX_KEY = 1024
#: Paths that name a version of the API where a namespace might stand.
_API_VERSIONS = frozenset({"v1", "v2"})


def prefix_of_key(key: str) -> Prefix | None:
    """Return what credentials stored under ``key`` are for, or ``None`` where it names no registry.

    Of a URL only the host counts, as for Docker and Podman. A key that would be read in another way by the
    helper that it is given to, one with a line's end say, is none.
    """
    if len(key) > _MAX_KEY or not key.isascii() or not key.isprintable() or " " in key or key in _HUB_TOKENS:
        return None
    rest = key.removeprefix("https://").removeprefix("http://")
    host, _, path = rest.partition("/")
    path = path.rstrip("/")
    if rest != key or path in _API_VERSIONS:
        path = ""
    try:
        return parse_prefix(f"{host}/{path}" if path else host)
    except InvalidReferenceError:
        return None


def is_token_of_hub(key: str) -> bool:
    """Tell whether ``key`` is one of Docker's own, which is passed over without a word."""
    return key in _HUB_TOKENS
