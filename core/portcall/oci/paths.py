"""Where the distribution API keeps things: no path that is built here can lead anywhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from portcall.errors import InvalidReferenceError

if TYPE_CHECKING:
    from portcall.http.upstream import Upstream


def resource_url(upstream: Upstream, repository: str, kind: str, identifier: str) -> str:
    """Return the URL of something in a repository: ``…/v2/library/nginx/manifests/1.27``.

    Args:
        upstream: The registry.
        repository: Path without host.
        kind: ``"manifests"``, ``"blobs"``, ``"tags"``.
        identifier: A tag or digest; ``"list"`` for tags.

    Raises:
        InvalidReferenceError: The repository would leave its path. Grammar was checked long before; this
            holds for whoever comes here another way (CVE-2024-3727).
    """
    parts = repository.split("/")
    if not repository.isascii() or not all(part.strip(".") for part in parts):
        raise InvalidReferenceError("a repository name has an empty part, one of dots alone, or odd letters")
    path = "/".join(quote(part, safe="") for part in parts)
    return f"{upstream.endpoint}/v2/{path}/{kind}/{quote(identifier, safe=':')}"


def pull_scope(repository: str) -> str:
    """Return the token scope for reading a repository."""
    return f"repository:{repository}:pull"
