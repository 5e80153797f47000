"""What GitHub means by a refusal: of its API, and of the registry's token endpoint."""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portcall.errors import (
    ForbiddenError,
    InvalidArgumentError,
    NotFoundError,
    PortcallError,
    RateLimitedError,
    UnauthorizedError,
    UnavailableError,
    UpstreamError,
)
from portcall.plugin import mapping, refusal, text
from portcall_ghcr.names import HOME

if TYPE_CHECKING:
    from portcall.plugin import Credentials, Reply, Upstream

#: Of what images' labels point to.
_NEVER_SHOWN = "What images point to is asked for anonymously, whoever asks: no token would help."
#: Longest wait that is believed, in seconds; GitHub's windows are an hour and a minute.
_DAY = 86_400.0
#: Words in a 403 by which GitHub says that the kind of token, or its scope, does not do.
_WRONG_TOKEN = ("read:packages", "resource not accessible by")


@dataclass(frozen=True, slots=True)
class Refusals:
    """What the API's refusals mean to one caller.

    Args:
        upstream: The API, with the token that is shown.
        takes_token: Whether one would be shown, if there were one.
    """

    upstream: Upstream
    takes_token: bool = True

    def of(self, reply: Reply, what: str) -> PortcallError:
        """Return the error that a refusal means.

        Args:
            reply: The API's last word.
            what: What was asked for, e.g. ``"user acme"``.
        """
        registry, status = self.upstream.registry, reply.status
        if is_page(reply):
            return UnavailableError(
                f"GitHub answered with a web page ({status}) when asked for the {what}",
                hint="It has trouble of its own, or a proxy stands before it; try again later.",
                registry=registry,
            )
        if status in {403, 429} and _is_limit(reply):
            return self.limit(_pause(reply))
        if status == 401:
            return self.token()
        if status in {403, 451}:
            return self._forbidden(reply, what)
        if status >= 500:
            return refusal(reply, self.upstream, what)
        return self._of_the_question(reply, what)

    def limit(self, pause: float | None) -> RateLimitedError:
        """Return the error for an allowance that is spent.

        Source: docs.github.com, "Rate limits for the REST API".
        """
        wait = f"Ask again in {math.ceil(pause)} seconds." if pause else "Ask again in a few minutes."
        return RateLimitedError(
            "GitHub allows this caller no more requests for now",
            hint=f"{wait}{self._larger_allowance}",
            registry=self.upstream.registry,
            retry_after=pause,
        )

    def token(self) -> UnauthorizedError:
        """Return the error for a token that is none (any more), or for having none where one is asked for."""
        token = self.upstream.credentials
        message = "GitHub wants a token for this"
        if token is not None:
            message = f"GitHub refuses the token from {source_of(token)}; it may have expired or been revoked"
        return UnauthorizedError(message, hint=self._way_in, registry=self.upstream.registry)

    @property
    def _way_in(self) -> str:
        return how_to_sign_in(self.upstream.registry) if self.takes_token else _NEVER_SHOWN

    @property
    def _larger_allowance(self) -> str:
        registry = self.upstream.registry
        if self.upstream.credentials is not None:
            return ""
        few, many = "", "there may be more"
        if registry == HOME:
            few = " Anonymous callers have 60 requests an hour, and 10 searches a minute."
            many = "it is 5,000, and 30"
        return few + (f" With a token {many}: {where_a_token_goes(registry)}." if self.takes_token else "")

    def _forbidden(self, reply: Reply, what: str) -> ForbiddenError:
        token = self.upstream.credentials
        if token is None:
            message, hint = f"GitHub refuses the {what} to anonymous callers", self._way_in
        elif "x-github-sso" in reply.headers:
            message = f"the token from {source_of(token)} is not authorised for the organisation of the {what}"
            hint = "It wants single sign-on: authorise the token for it under Settings, Developer settings."
        elif any(word in _message(reply).lower() for word in _WRONG_TOKEN):
            message, hint = f"the token from {source_of(token)} may not read the {what}", self._way_in
        else:
            message = f"GitHub refuses the {what} to the token from {source_of(token)}"
            hint = f"The owner may allow no such token, or not this address. {self._way_in}"
        return ForbiddenError(message, hint=hint, registry=self.upstream.registry)

    def _of_the_question(self, reply: Reply, what: str) -> PortcallError:
        """Return the error for what was asked, whoever did."""
        registry, status = self.upstream.registry, reply.status
        if status in {404, 409}:
            # 409: a repository without a commit (gh-spec, git trees).
            return NotFoundError(
                f"GitHub has no {what}, or does not show it to this caller",
                hint="Check the name." if self.takes_token else f"Check the name. {_NEVER_SHOWN}",
                registry=registry,
            )
        if status == 422:
            return InvalidArgumentError(
                f"GitHub cannot make sense of what was asked of the {what}",
                hint="Use fewer and plainer words.",
                registry=registry,
            )
        return UpstreamError(
            f"GitHub answered {status} when asked for the {what}",
            hint="Its API may have changed, or this token may not ask for it.",
            registry=registry,
        )


def how_to_sign_in(registry: str) -> str:
    """Return the next step for whoever shows no token that does."""
    return (
        "GitHub tells of packages to classic personal access tokens alone, with the scope read:packages: "
        f"{where_a_token_goes(registry)}."
    )


def where_a_token_goes(registry: str) -> str:
    """Return what to do with a token, as a clause: the environment's is shown to github.com's API alone."""
    named = "name the variable that holds one by api_token_env"
    return f"put one into GITHUB_TOKEN, or {named}" if registry == HOME else named


def is_page(reply: Reply) -> bool:
    """Tell whether a reply is a web page, as outages and proxies show them."""
    return reply.media_type == "text/html" or reply.body.lstrip()[:1] == b"<"


def source_of(credentials: Credentials) -> str:
    """Return where credentials come from, as words: ``"GITHUB_TOKEN"``, ``"the configuration"``."""
    return source_named(credentials.source)


def source_named(source: str) -> str:
    """Return a source as words have it."""
    return "the configuration" if source == "configuration" else source


def _is_limit(reply: Reply) -> bool:
    """Tell a limit, the primary or a secondary one, from the other things that 403 means."""
    told = reply.headers
    spent = told.get("x-ratelimit-remaining", "").strip() == "0"
    return spent or reply.status == 429 or "retry-after" in told or "rate limit" in _message(reply).lower()


def _pause(reply: Reply) -> float | None:
    """Return the seconds until another try makes sense, where GitHub tells."""
    asked = _number(reply.headers.get("retry-after", ""))
    if asked:
        return min(asked, _DAY)
    reset = _number(reply.headers.get("x-ratelimit-reset", ""))
    if reset is None or reply.headers.get("x-ratelimit-remaining", "").strip() != "0":
        return None
    return min(max(reset - time.time(), 1.0), _DAY)


def _number(written: str) -> float | None:
    written = written.strip()
    return float(written) if written.isascii() and written.isdigit() and len(written) < 16 else None


def _message(reply: Reply) -> str:
    try:
        return text(mapping(json.loads(reply.body)).get("message")) or ""
    except (ValueError, RecursionError):
        return ""
