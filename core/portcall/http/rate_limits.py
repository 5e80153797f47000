"""Rate limits: what registries tell of them, and keeping to it.

A registry that asked for a pause is not asked again until it is over, by no call; and one that says that its
allowance of pulls is spent gets no more of what it counts for a while, though it is still asked for what it
does not.
"""

from __future__ import annotations

import asyncio
import math
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portcall.deadline import remaining
from portcall.errors import RateLimitedError
from portcall.http.retry import MAX_PAUSE
from portcall.http.retry_after import retry_after
from portcall.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from portcall.http.origin import Origin
    from portcall.http.reply import Reply, ResourceRequest
    from portcall.http.upstream import Upstream

#: Registries, callers and hosts whose limits are remembered.
_MOST = 4096
#: Seconds for which a spent allowance is taken to stay so where the registry does not say.
_SPENT_SECONDS = 60.0
#: A reset above this is a moment since 1970, below it a number of seconds from now.
_MOMENT = 1_000_000_000
_NUMBER = re.compile(r"[0-9]{1,18}")
_WINDOW = re.compile(r";\s*w=([0-9]{1,18})")


@dataclass(frozen=True, slots=True)
class RateLimit:
    """What a registry says of how much may be asked.

    Args:
        limit: Requests (on Docker Hub: pulls) in one window.
        remaining: How many of them are left.
        window: Seconds.
        resets_at: When they are all there again, in seconds since 1970.
    """

    limit: int | None = None
    remaining: int | None = None
    window: int | None = None
    resets_at: float | None = None

    @classmethod
    def read(cls, headers: Mapping[str, str], now: float) -> RateLimit | None:
        """Read a reply's headers; ``None`` where they tell nothing. Never raises.

        Source: docs.docker.com on pull limits (``ratelimit-limit: 100;w=21600``); GitHub's REST API and
        Docker Hub's (``x-ratelimit-reset`` since 1970); IETF draft-ietf-httpapi-ratelimit-headers.
        """
        for prefix in ("ratelimit-", "x-ratelimit-"):
            told = headers.get(f"{prefix}limit", "")
            limit, left = _number(told), _number(headers.get(f"{prefix}remaining", ""))
            if limit is None and left is None:
                continue
            window = _WINDOW.search(told)
            reset = _number(headers.get(f"{prefix}reset", ""))
            if reset is not None and reset < _MOMENT:
                reset += int(now)
            return cls(limit, left, int(window[1]) if window else None, reset)
        return None


def _number(text: str) -> int | None:
    match = _NUMBER.match(text.strip())
    return int(match[0]) if match else None


class RateLimits:
    """What each registry said last of its limits, to each caller.

    Args:
        clock: Where the time comes from, in seconds; never set back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told: Recent[Hashable, RateLimit] = Recent(_MOST)
        self._spent: Recent[Hashable, float] = Recent(_MOST)
        self._pauses: Recent[Hashable, float] = Recent(_MOST)

    def of(self, upstream: Upstream) -> RateLimit | None:
        """Return what the registry said last, if it said anything."""
        return self._told.get(_whose(upstream, upstream.origin))

    def observe(self, upstream: Upstream, origin: Origin, reply: Reply) -> None:
        """Learn from a reply."""
        who = _whose(upstream, origin)
        limit = RateLimit.read(reply.headers, time.time()) if origin == upstream.origin else None
        if limit is not None:
            self._told.put(who, limit)
            # Where nothing is said of when it comes back, another try after a while is fair.
            spell = _SPENT_SECONDS if limit.resets_at is None else limit.resets_at - time.time()
            self._spent.put(who, self._clock() + spell if limit.remaining == 0 else 0.0)
        if reply.status == 429 and (pause := retry_after(reply.headers)):
            self._pauses.put(who, self._clock() + pause)

    async def admit(self, request: ResourceRequest, origin: Origin) -> None:
        """Let a request pass, after the rest of a pause that the registry asked for.

        Raises:
            RateLimitedError: The pause outlasts the call, or the request would be counted and nothing is left.
        """
        upstream = request.upstream
        if request.metered and origin == upstream.origin:
            self._check_allowance(upstream)
        pause = (self._pauses.get(_whose(upstream, origin)) or 0.0) - self._clock()
        if pause <= 0:
            return
        if pause >= min(remaining(), MAX_PAUSE):
            raise RateLimitedError(
                f"{upstream.registry} asked for a pause, which is not over",
                hint=f"Ask again in {math.ceil(pause)} seconds.",
                registry=upstream.registry,
                retry_after=pause,
            )
        await asyncio.sleep(pause)

    def _check_allowance(self, upstream: Upstream) -> None:
        who = _whose(upstream, upstream.origin)
        left = (self._spent.get(who) or 0.0) - self._clock()
        limit = self._told.get(who)
        if left <= 0 or limit is None:
            return
        signed_in = "" if upstream.credentials else " Signed-in callers often have a larger allowance."
        raise RateLimitedError(
            f"the allowance of pulls from {upstream.registry} is spent{_size(limit)}",
            hint=f"Digests, existence and tags can still be asked for: they are not counted.{signed_in}",
            registry=upstream.registry,
            retry_after=None if limit.resets_at is None else left,
        )


def _whose(upstream: Upstream, origin: Origin) -> Hashable:
    """Return what has a limit of its own: one caller at one service of one registry."""
    return (upstream.registry, upstream.identity, origin)


def _size(limit: RateLimit) -> str:
    if limit.limit is None or limit.window is None:
        return ""
    return f" ({limit.limit} in {limit.window / 3600:g} hours)"
