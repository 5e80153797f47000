"""Refusals: what a registry's status and error document mean."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portcall.errors import (
    ForbiddenError,
    HiddenError,
    NotFoundError,
    PortcallError,
    RateLimitedError,
    UnavailableError,
    UpstreamError,
)
from portcall.http.retry_after import retry_after

if TYPE_CHECKING:
    from portcall.http.reply import Reply
    from portcall.http.upstream import Upstream


@dataclass(frozen=True, slots=True)
class Problem:
    """The first error of a registry's error document; empty where it sent none."""

    code: str = ""
    message: str = ""

    @classmethod
    def of(cls, reply: Reply) -> Problem:
        """Read the body of a refusal: never raises, for non-JSON and odd shapes are common."""
        try:
            errors = json.loads(reply.body)["errors"]
            first = errors[0]
            return cls(str(first.get("code", ""))[:64], str(first.get("message", ""))[:200])
        except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
            return cls()

    @property
    def blames_repository(self) -> bool:
        """Whether the whole repository is unknown, not just a tag of it."""
        return self.code == "NAME_UNKNOWN"


def refusal(reply: Reply, upstream: Upstream, what: str) -> PortcallError:
    """Return the error that a reply other than success means.

    Args:
        reply: The registry's last word.
        upstream: The registry.
        what: What was asked for, e.g. ``"the manifest of library/nginx:1.27"``.
    """
    registry, status, pause = upstream.registry, reply.status, retry_after(reply.headers)
    later = f"in {math.ceil(pause)} seconds" if pause else "later"
    if status == 404:
        named = "the name"
        if what.startswith("manifest "):
            named = "name and digest" if "@" in what else "name and tag"
        return NotFoundError(f"{registry} has no {what}", hint=f"Check {named}.", registry=registry)
    if status == 401:
        return _hidden(upstream, what)
    if status == 403:
        return ForbiddenError(
            f"{registry} refuses access to {what}",
            hint="These credentials, or anonymous callers, may not read it.",
            registry=registry,
        )
    if status == 429:
        signed_in = "" if upstream.credentials_source else " Signed-in callers often have a larger allowance."
        if pause is None and "ratelimit-limit" in reply.headers:
            later += "; list_registries with probe=true tells what is left, and when more comes"
        return RateLimitedError(
            f"{registry} allows no more requests for now",
            hint=f"Ask again {later}.{signed_in}",
            registry=registry,
            retry_after=pause,
        )
    if status >= 500:
        return UnavailableError(
            f"{registry} answered {status} when asked for {what}",
            hint=f"The registry has trouble of its own; try again {later}.",
            registry=registry,
            retry_after=pause,
        )
    hint = "The registry may be misconfigured, or not a registry; check its endpoint."
    if upstream.origin.scheme == "http":
        hint = f'It was asked by plain http: set endpoint = "https://…" under [registries."{registry}"] for TLS.'
    return UpstreamError(f"{registry} answered {status} when asked for {what}", hint=hint, registry=registry)


def not_a_registry(upstream: Upstream) -> UnavailableError:
    """Return the error for something that answers, but not as a registry does."""
    return UnavailableError(
        f"what answers for {upstream.registry} is no registry now",
        hint="It may be a login page, or a proxy whose registry is down; check the endpoint, or try again later.",
        registry=upstream.registry,
    )


def _hidden(upstream: Upstream, what: str) -> HiddenError:
    """A 401 after authentication did its best: registries hide what is private behind it."""
    if upstream.credentials_source:
        hint = "Check the name; if it is private, these credentials have no access to it."
    elif upstream.login_by != "here":
        hint = f"Check the name; if it is private, the operator's login for {upstream.registry} has to be shared."
    else:
        hint = f'Check the name; if it is private, configure credentials under [registries."{upstream.registry}"].'
    message = f"{upstream.registry} has no {what}, or no access to it is granted"
    if upstream.withheld:
        message += f"; {upstream.withheld}"
    return HiddenError(message, hint=hint, registry=upstream.registry)
