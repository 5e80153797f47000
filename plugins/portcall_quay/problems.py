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

#: What the API takes, but for scan reports.
TOKENS = (
    "Its API takes OAuth application tokens alone, with the scope repo:read: QUAY_TOKEN for quay.io, or "
    "api_token_env; robot accounts and app tokens count at the registry only."
)


def is_page(reply: Reply) -> bool:
    """Tell whether a reply is a web page: its type alone says nothing, for Quay's JSON may be labelled HTML."""
    return reply.body.lstrip()[:1] == b"<"


def refused(reply: Reply, upstream: Upstream, what: str) -> PortcallError:
    """Return the error that the API's refusal means.

    Args:
        reply: The API's last word.
        upstream: The API, with the credentials that were shown.
        what: What was asked for, e.g. ``"search for repositories"``.
    """
    if is_page(reply) and reply.status < 500 and reply.status != 429:
        return UnavailableError(
            f"{upstream.registry} answers for its API with a web page ({reply.status})",
            hint="What answers there may be no Quay, or a proxy before it; or the API is elsewhere: then set api.",
            registry=upstream.registry,
        )
    if reply.status in {401, 403}:
        kind = UnauthorizedError if reply.status == 401 else ForbiddenError
        hint = next_step(reply, upstream, TOKENS)
        return kind(
            f"{upstream.registry} does not tell {what} to this caller", hint=hint, registry=upstream.registry
        )
    return refusal(reply, upstream, what)


def refused_repository(reply: Reply, upstream: Upstream, what: str, takes: str = TOKENS) -> PortcallError:
    """Return the error for whatever belongs to a repository: Quay refuses what is missing in the same way.

    For its permission is looked at first (quay/quay endpoints/api/__init__.py).

    Args:
        reply: The API's last word.
        upstream: The API, with the credentials that were shown.
        what: What was asked for, e.g. ``"repository acme/app"``.
        takes: Which credentials it takes.
    """
    if is_page(reply) or reply.status not in {401, 403}:
        return refused(reply, upstream, what)
    return HiddenError(
        f"{upstream.registry} has no {what}, or no access to it is granted",
        hint=f"Check the name. {next_step(reply, upstream, takes)}",
        registry=upstream.registry,
    )


def next_step(reply: Reply, upstream: Upstream, takes: str) -> str:
    """Return what to do about a 401 or 403."""
    shown = upstream.credentials
    if shown is None:
        return takes
    if reply.status == 401:
        # Who is known is answered 403: these are nobody's, and such are asked anonymously.
        return f"The credentials from the {shown.source} are not accepted; they may have expired. {takes}"
    return f"The credentials from the {shown.source} do not open it. {takes}"


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
