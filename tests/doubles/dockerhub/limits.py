"""Docker Hub's two allowances: calls of its API, by the minute; pulls, by six hours."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from tests.doubles.dockerhub.errors import rate_limited

from portcall.testing.wire import Reply, Request, error_reply

if TYPE_CHECKING:
    from collections.abc import Callable

_WINDOW = 60

#: What an anonymous caller is known by.
CALLERS_ADDRESS = "203.0.113.7"


class ApiLimit:
    """Calls within a minute, for all callers together: they share an address.

    Source: hub-spec "Rate limiting"; 180 a minute by address, observed (#fs-59425165837).

    Attributes:
        limit: Calls a minute.
        used: Calls of the current minute.
    """

    def __init__(self, limit: int, clock: Callable[[], float]) -> None:
        self.limit, self.used = limit, 0
        self._clock = clock
        self._ends = 0.0

    def spend(self) -> Reply | None:
        """Count a call; return the refusal where there were too many."""
        self._turn_over()
        self.used += 1
        if self.used <= self.limit:
            return None
        # Seconds: hub-spec. Older copies had X-Retry-After, an epoch (docker/docs#22916).
        wait = max(1, math.ceil(self._ends - self._clock()))
        return self.announced(rate_limited()).with_headers({"Retry-After": str(wait)})

    def announced(self, reply: Reply) -> Reply:
        """Return a reply with the three headers that every answer of the API carries."""
        headers = {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(self.limit - self.used, 0)),
            "X-RateLimit-Reset": str(int(self._ends)),
        }
        return reply.with_headers(headers)

    def exhaust(self) -> None:
        """Let this minute's calls be spent."""
        self._turn_over()
        self.used = self.limit

    def _turn_over(self) -> None:
        if self._clock() >= self._ends:
            self.used, self._ends = 0, self._clock() + _WINDOW


class PullLimit:
    """Manifests within six hours, by address or by user.

    Source: usage/pulls and hub-tool ``ratelimiting.go`` for the headers and for HEAD being free; 100 in six
    hours observed (docker/hub-feedback#2464).

    Attributes:
        limit: Pulls in a window; ``None`` is no limit, and no headers (hub-tool).
        unlimited: Users who have none.
        used: Pulls so far, by source.
    """

    def __init__(self, limit: int | None, window: int = 21600) -> None:
        self.limit, self.window = limit, window
        self.unlimited: set[str] = set()
        self.used: Counter[str] = Counter()

    def metered(self, request: Request, reply: Reply, user: str, source: str) -> Reply:
        """Return a manifest's answer with its headers, or 429; count it if it is a pull."""
        # The 404 of a missing tag has the headers, and costs nothing (recorded, ci-err).
        told = request.kind == "manifest" and reply.status in {200, 304, 404}
        if not told or self.limit is None or user in self.unlimited:
            return reply
        # Whether a 304 counts is not documented; here, only what was sent does [inference].
        pulls = request.method == "GET" and reply.status == 200
        if pulls and self.used[source] >= self.limit:
            return _too_many_pulls().with_headers(self._headers(source))
        self.used[source] += pulls
        return reply.with_headers(self._headers(source))

    def exhaust(self, source: str = CALLERS_ADDRESS) -> None:
        """Let a source's pulls be spent."""
        self.used[source] = self.limit or 0

    def _headers(self, source: str) -> dict[str, str]:
        left = max((self.limit or 0) - self.used[source], 0)
        return {
            "ratelimit-limit": f"{self.limit};w={self.window}",
            "ratelimit-remaining": f"{left};w={self.window}",
            "docker-ratelimit-source": source,
        }


def _too_many_pulls() -> Reply:
    message = (
        "You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: "
        "https://www.docker.com/increase-rate-limit"
    )
    return error_reply(429, "TOOMANYREQUESTS", message)
