"""Tokens: what a token service gives, and what its refusals mean."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from portcall.errors import PortcallError, RateLimitedError, UnavailableError, UpstreamError
from portcall.http.origin import Origin
from portcall.http.retry_after import retry_after

if TYPE_CHECKING:
    from portcall.http.reply import Reply
    from portcall.http.upstream import Upstream

#: Seconds that a token lives when its service does not say (Docker's token specification).
DEFAULT_LIFETIME = 60.0
#: Longest that one is kept, whatever its service says, in seconds.
_LONGEST = 86_400.0
#: Seconds before its end at which a token counts as spent.
_MARGIN = 5.0


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token, or the absence of one.

    Args:
        header: The ``Authorization`` that it makes; ``None`` where the service gives none to anybody.
        lifetime: Seconds that it may be used.
    """

    header: str | None = field(repr=False)
    lifetime: float = 0.0

    @classmethod
    def read(cls, reply: Reply, upstream: Upstream) -> Token:
        """Read a token service's answer.

        Raises:
            UpstreamError: There is no token in it that could stand in a header.
        """
        try:
            body = json.loads(reply.body)
            value = body.get("token") or body.get("access_token")
            told = body.get("expires_in")
        except (ValueError, AttributeError, RecursionError):
            value, told = None, None
        if not isinstance(value, str) or not value or not value.isascii() or not value.isprintable():
            raise UpstreamError(
                f"the token service of {upstream.registry} answered without a token",
                hint="Try again later; portcall registries --probe tells whether the registry answers.",
                registry=upstream.registry,
            )
        # By the local clock, from now on: `issued_at` is often skewed.
        return cls(f"Bearer {value}", _lifetime(told) - _MARGIN)


def _lifetime(told: object) -> float:
    if isinstance(told, bool) or not isinstance(told, int | float) or not told > 0:
        return DEFAULT_LIFETIME
    return max(float(min(told, _LONGEST)), DEFAULT_LIFETIME)


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
    kind = UnavailableError if reply.status >= 500 else UpstreamError
    return kind(
        f"{where} answered {reply.status}",
        hint="Try again later.",
        registry=upstream.registry,
        retry_after=pause,
    )
