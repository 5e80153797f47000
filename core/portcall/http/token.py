"""Tokens: what a token service gives, and what its refusals mean."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeGuard

from portcall.errors import PortcallError, RateLimitedError, UnavailableError, UpstreamError
from portcall.http.jwt import own_lifetime
from portcall.http.origin import Origin
from portcall.http.retry_after import retry_after

if TYPE_CHECKING:
    from portcall.http.reply import Reply
    from portcall.http.upstream import Upstream

#: Seconds that a token lives when neither its service nor the token says, and the least that any lives:
#: Docker's token specification forbids services to make shorter ones, "for compatibility with older
#: clients". One that dies sooner nevertheless costs a 401, and is renewed.
DEFAULT_LIFETIME = 60.0
#: Longest that one is kept, whatever its service says, in seconds.
_LONGEST = 86_400.0
#: Seconds before its end at which a token counts as spent.
_MARGIN = 5.0
#: Longest refresh token that is held, in characters.
_LONGEST_REFRESH_TOKEN = 8192
#: What RFC 6749 calls a refresh token or password that is not, or no longer, good.
_UNACCEPTED = frozenset({"invalid_grant", "invalid_client", "unauthorized_client", "unsupported_grant_type"})


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token.

    Args:
        header: The ``Authorization`` that it makes.
        lifetime: Seconds that it may be used.
    """

    header: str = field(repr=False)
    lifetime: float

    @classmethod
    def read(cls, reply: Reply, upstream: Upstream) -> Token:
        """Read a token service's answer.

        Raises:
            UpstreamError: There is no token in it that could stand in a header.
        """
        body = _document(reply)
        value = body.get("token") or body.get("access_token")
        if not _is_plain(value):
            raise UpstreamError(
                f"the token service of {upstream.registry} answered without a token",
                hint="Try again later; portcall registries --probe tells whether the registry answers.",
                registry=upstream.registry,
            )
        # By the local clock, from now on: `issued_at` is often skewed.
        return cls(f"Bearer {value}", _lifetime(body.get("expires_in"), value, reply.obtained) - _MARGIN)


def refresh_token_of(reply: Reply) -> str:
    """Return the refresh token that came with a token, if one did: some services renew it at every use."""
    value = _document(reply).get("refresh_token")
    return value if _is_plain(value) and len(value) <= _LONGEST_REFRESH_TOKEN else ""


def refuses_credentials(reply: Reply) -> bool:
    """Tell whether a refusal is about who asks, not about what for: OAuth says so in the body of a 400."""
    error = _document(reply).get("error") if reply.status == 400 else None
    return reply.status == 401 or (isinstance(error, str) and error in _UNACCEPTED)


def is_barred(reply: Reply) -> bool:
    """Tell whether a 403 is a web page: something before the service refuses programs, whatever they ask for."""
    return reply.status == 403 and (reply.media_type == "text/html" or reply.body.lstrip()[:1] == b"<")


def token_failure(reply: Reply, upstream: Upstream, url: str) -> PortcallError:
    """Return the error that a token service's refusal means, where it is not about the credentials."""
    target = Origin.of(url)
    where = f"the token service {target.netloc if target else ''} of {upstream.registry}"
    pause = retry_after(reply.headers)
    if reply.status == 429:
        return RateLimitedError(
            f"{where} asks for a pause",
            hint=f"Wait {math.ceil(pause)} seconds, then ask again." if pause else "Wait, then ask again.",
            registry=upstream.registry,
            retry_after=pause,
        )
    kind = UnavailableError if reply.status >= 500 or is_barred(reply) else UpstreamError
    return kind(
        f"{where} answered {reply.status}{' by a web page' if is_barred(reply) else ''}",
        hint="Try again later.",
        registry=upstream.registry,
        retry_after=pause,
    )


def _document(reply: Reply) -> dict[str, Any]:
    try:
        body = json.loads(reply.body)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _is_plain(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value != "" and value.isascii() and value.isprintable()


def _lifetime(told: object, token: str, now: float) -> float:
    seconds: float | None = None
    if isinstance(told, int | float) and not isinstance(told, bool) and told > 0:
        seconds = told
    else:
        # Quay's tokens live for an hour, which only the tokens themselves say.
        seconds = own_lifetime(token, now)
    return DEFAULT_LIFETIME if seconds is None else max(float(min(seconds, _LONGEST)), DEFAULT_LIFETIME)
