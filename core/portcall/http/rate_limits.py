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
#: A reset above this is a moment since 1970, below it a number of seconds from now; some write milliseconds.
_MOMENT, _MILLISECONDS = 1_000_000_000, 100_000_000_000
#: Longest that anything is believed to last, in seconds; and that a pause is kept without another try.
_WEEK, _HOUR = 604_800, 3600.0
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
            reset = _moment(headers.get(f"{prefix}reset", ""), now)
            return cls(limit, left, int(window[1]) if window else None, reset)
        return None


def _moment(text: str, now: float) -> float | None:
    """Return a reset in seconds since 1970, in whichever of its forms it is written."""
    reset = _number(text)
    if reset is None:
        return None
    moment = reset / 1000 if reset > _MILLISECONDS else reset if reset > _MOMENT else now + reset
    return moment if moment <= now + _WEEK else None


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
        return self._told.get(_whose(upstream, upstream.origin, ""))

    def observe(self, request: ResourceRequest, origin: Origin, reply: Reply) -> None:
        """Learn from a reply."""
        upstream, now = request.upstream, time.time()
        who = _whose(upstream, origin, request.allowance)
        limit = RateLimit.read(reply.headers, now) if origin == upstream.origin else None
        # GitHub says 403 for its secondary limits (docs.github.com, "Rate limits for the REST API").
        pause = min(retry_after(reply.headers) or 0.0, _HOUR) if reply.status in {403, 429} else 0.0
        if limit is not None:
            self._told.put(who, limit)
            # Where nothing is said of when it comes back, another try after a while is fair.
            spell = _SPENT_SECONDS if limit.resets_at is None else limit.resets_at - now
            self._spent.put(who, self._clock() + max(pause, spell) if limit.remaining == 0 else 0.0)
            if request.metered and limit.remaining == 0:
                return  # it is the allowance that is over: what is not counted may still be asked
        if pause:
            self._pauses.put(who, self._clock() + pause)

    async def admit(self, request: ResourceRequest, origin: Origin) -> None:
        """Let a request pass, after the rest of a pause that the registry asked for.

        Raises:
            RateLimitedError: The pause outlasts the call, or the request would be counted and nothing is left.
        """
        who = _whose(request.upstream, origin, request.allowance)
        while (pause := max(self._left(self._pauses, who), self._unallowed(request, who))) > 0:
            if pause >= min(remaining(), MAX_PAUSE):
                raise self._refusal(request, who)
            # Another reply may make it longer meanwhile.
            await asyncio.sleep(pause)

    def _left(self, ends: Recent[Hashable, float], who: Hashable) -> float:
        return (ends.get(who) or 0.0) - self._clock()

    def _unallowed(self, request: ResourceRequest, who: Hashable) -> float:
        """Return for how long a request that counts would be refused."""
        return self._left(self._spent, who) if request.metered else 0.0

    def _refusal(self, request: ResourceRequest, who: Hashable) -> RateLimitedError:
        upstream, limit = request.upstream, self._told.get(who)
        pause = self._left(self._pauses, who)
        if pause > 0 or limit is None:
            return RateLimitedError(
                f"{upstream.registry} asked for a pause, which is not over",
                hint=f"Ask again in {math.ceil(pause)} seconds.",
                registry=upstream.registry,
                retry_after=pause,
            )
        signed_in = "" if upstream.credentials else " Signed-in callers often have a larger allowance."
        free = "" if request.plain else "Digests, existence and tags can still be asked for: they are not counted."
        return RateLimitedError(
            f"the allowance of {upstream.registry} is spent{_size(limit)}",
            hint=f"{free}{signed_in}".strip() or "Wait until it is back.",
            registry=upstream.registry,
            retry_after=None if limit.resets_at is None else self._unallowed(request, who),
        )


def _whose(upstream: Upstream, origin: Origin, allowance: str) -> Hashable:
    """Return what has a limit of its own: one caller at one service of one registry, for one kind of request."""
    return (upstream.registry, upstream.identity, origin, allowance)


def _size(limit: RateLimit) -> str:
    if limit.limit is None or limit.window is None:
        return ""
    return f" ({limit.limit} pulls in {limit.window / 3600:g} hours)"
