"""What Quay means by a refusal, at ``/api/v1`` and at ``/v2``."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from portcall.errors import (
    ForbiddenError,
    HiddenError,
    PortcallError,
    UnauthorizedError,
    UnavailableError,
    UpstreamError,
)
from portcall.plugin import listing, mapping, refusal
from portcall_quay.names import path_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from portcall.plugin import ApiClient, Reply, Upstream

_TOKENS = (
    "Its API takes OAuth application tokens alone, with the scope repo:read: QUAY_TOKEN for quay.io, or "
    "api_token_env; robot accounts and app tokens count at the registry only."
)


def is_page(reply: Reply) -> bool:
    """Tell whether a reply is a web page: its type alone says nothing, for Quay's JSON may be labelled HTML."""
    return reply.body.lstrip()[:1] == b"<"


def api_refusal(reply: Reply, upstream: Upstream, what: str, *, hidden: bool) -> PortcallError:
    """Return the error that the API's refusal means.

    Args:
        reply: The API's last word.
        upstream: The API, with the token that was shown.
        what: What was asked for, e.g. ``"repository acme/app"``.
        hidden: Whether Quay would refuse what is missing in the same way: whatever belongs to a repository,
            for its permission is looked at first (quay/quay endpoints/api/__init__.py).
    """
    if reply.status in {401, 403} and not is_page(reply):
        return _no_access(reply.status, upstream, what, hidden=hidden)
    if reply.status == 404 and is_page(reply):
        return UnavailableError(
            f"{upstream.registry} answers for its API with a web page (404)",
            hint="What answers there may be no Quay, or keeps its API elsewhere: set api for this registry.",
            registry=upstream.registry,
        )
    return refusal(reply, upstream, what)


def _no_access(status: int, upstream: Upstream, what: str, *, hidden: bool) -> PortcallError:
    registry, token = upstream.registry, upstream.credentials
    if token is None:
        hint = _TOKENS
    elif status == 401:
        # Who is known is answered 403: this token is nobody's, and such are asked anonymously.
        hint = f"The token from the {token.source} is not accepted; it may have expired. {_TOKENS}"
    else:
        hint = f"The token from the {token.source} does not open it: its scope must hold repo:read."
    if hidden:
        return HiddenError(
            f"{registry} has no {what}, or no access to it is granted",
            hint=f"Check the name. {hint}",
            registry=registry,
        )
    kind = UnauthorizedError if status == 401 else ForbiddenError
    return kind(f"{registry} does not tell {what} to this caller", hint=hint, registry=registry)


@asynccontextmanager
async def explained(registry: ApiClient, repository: str) -> AsyncIterator[None]:
    """Say of an odd refusal by the registry that the namespace is disabled, where it is.

    Quay refuses everything in such a namespace by 405 (quay/quay endpoints/v2/errors.py); a plain look at
    its tags, which needs no token for that, tells why.

    Args:
        registry: Asks the registry without a token.
        repository: Path without host.

    Raises:
        ForbiddenError: The namespace is disabled.
    """
    try:
        yield
    except UnavailableError:
        raise
    except UpstreamError as error:
        if await _is_disabled(registry, repository):
            host, namespace = registry.upstream.registry, repository.partition("/")[0]
            raise ForbiddenError(
                f"the namespace {namespace} of {host} is disabled: nothing in it can be pulled",
                hint="Only the registry's administrators can change that; look for the image elsewhere.",
                registry=host,
            ) from error
        raise


async def _is_disabled(registry: ApiClient, repository: str) -> bool:
    try:
        reply = await registry.get(("v2", *path_of(repository), "tags", "list"), {"n": 1})
        errors = listing(mapping(json.loads(reply.body)).get("errors"))
    except (PortcallError, ValueError, RecursionError):
        return False
    return reply.status == 405 and any(mapping(error).get("code") == "DENIED" for error in errors)
