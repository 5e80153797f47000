"""nginx's limits: buckets that leak; 429 is nginx's page, without Retry-After or any quota.

Source: q: conf/nginx/rate-limiting.conf.jnj (``limit_req_status 429``), server-base.conf.jnj; the numbers of
HTTP/1.1, per address. Whether quay.io has them so is **U**; a 429 on tags was seen: ivanilves/lstags#204.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.doubles.quay.refusals import page

if TYPE_CHECKING:
    from collections.abc import Callable

    from portcall.testing import Reply, Request


@dataclass(slots=True)
class Bucket:
    """``limit_req zone=… burst=… nodelay``: so many a second, and so many more at once."""

    rate: float
    burst: int
    _excess: float = 0.0
    _last: float | None = None

    def takes(self, now: float) -> bool:
        """Tell whether one more request fits, and count it if so."""
        passed = 0.0 if self._last is None else max(now - self._last, 0.0)
        excess = 0.0 if self._last is None else max(self._excess - passed * self.rate + 1, 0.0)
        if excess > self.burst:
            return False
        self._excess, self._last = excess, now
        return True


def _zones() -> tuple[tuple[re.Pattern[str], Bucket], ...]:
    """The first that fits counts."""
    return (
        (re.compile(r"^/v2/_catalog"), Bucket(5, 1)),
        (re.compile(r"^/v2/auth$"), Bucket(120, 2)),
        (re.compile(r"^/v2/.+/tags/"), Bucket(5, 2)),
        (re.compile(r"^/v2/.+/manifests/"), Bucket(50, 10)),
        (re.compile(r"^/api/"), Bucket(5, 25)),
        (re.compile(r"^/v1/"), Bucket(5, 5)),
    )


@dataclass(slots=True)
class Limits:
    """All of nginx's zones, for a single client."""

    clock: Callable[[], float]
    _zones: tuple[tuple[re.Pattern[str], Bucket], ...] = field(default_factory=_zones)

    def refusal(self, request: Request) -> Reply | None:
        """Return 429 where a request is one too many."""
        for pattern, bucket in self._zones:
            if pattern.search(request.path):
                return None if bucket.takes(self.clock()) else page(429)
        return None
