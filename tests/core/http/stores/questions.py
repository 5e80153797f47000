"""What these tests ask, for whom; light, for processes of their own load it."""

from __future__ import annotations

from typing import Any

from portcall.digest import digest_of
from portcall.http.reply import Lifetime, Reply, ResourceRequest
from portcall.http.upstream import Credentials, Upstream

KEY = "a random text, the operator's"
HOST = "https://registry.example"
SECRET_BODY = b'{"internal": "canary-body"}'
ADA = Credentials("ada", "canary-Pa55word")
BOB = Credentials("bob", "canary-0ther")
MIB = 1 << 20


def by_digest(body: bytes, credentials: Credentials | None = None, **fields: Any) -> ResourceRequest:
    """Return the request for a blob that is ``body``."""
    digest = digest_of(body)
    return ResourceRequest(
        Upstream("registry.example", HOST, credentials=credentials),
        f"{HOST}/v2/shop/api/blobs/{digest}",
        scope="repository:shop/api:pull",
        **{"lifetime": Lifetime.IMMUTABLE, "digest": digest, **fields},
    )


def by_tag(tag: str = "1", credentials: Credentials | None = None, **fields: Any) -> ResourceRequest:
    """Return the request for a manifest by tag."""
    upstream = Upstream("registry.example", HOST, credentials=credentials)
    url = f"{HOST}/v2/shop/api/manifests/{tag}"
    return ResourceRequest(upstream, url, lifetime=Lifetime.BRIEF, scope="repository:shop/api:pull", **fields)


def reply_to(request: ResourceRequest, body: bytes, **fields: Any) -> Reply:
    """Return a success."""
    headers = {"content-type": "application/json", "content-length": str(len(body))}
    return Reply(**{"status": 200, "headers": headers, "body": body, "url": request.url, **fields})
