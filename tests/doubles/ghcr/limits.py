"""How much api.github.com may be asked: per token or address, per resource, per hour or minute.

Source: gh-rate; of searches, gh-spec and docs.github.com "Search": 10/min anonymous, 30/min with a token,
code 10/min.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tests.doubles.ghcr.refusals import api_refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.doubles.ghcr.credential import Credential

    from portcall.testing import Reply

Resource = Literal["core", "search", "code_search"]

_HOUR, _MINUTE = 3600, 60
_MORE = (
    " (But here's the good news: Authenticated requests get a higher rate limit. "
    "Check out the documentation for more details.)"
)
_DOCS = "https://docs.github.com/rest/overview/resources-in-the-rest-api#rate-limiting"


@dataclass(slots=True)
class Allowance:
    """What one caller has of one resource until ``reset``, in seconds since 1970."""

    limit: int
    window: int
    reset: float = 0.0
    used: int = 0

    @property
    def remaining(self) -> int:
        """Requests that will still be answered."""
        return max(self.limit - self.used, 0)

    @property
    def shown(self) -> dict[str, int]:
        """As ``GET /rate_limit`` has it."""
        return {"limit": self.limit, "used": self.used, "remaining": self.remaining, "reset": int(self.reset)}


class RateLimits:
    """The allowances of all callers.

    Attributes:
        status: What a spent allowance is answered with: 403, or 429 (both are real: gh-rate).
        anonymous: Requests an hour without a token.
        token: Requests an hour with one; a workflow's has a fifth (gh-rate: 1,000).
    """

    def __init__(self, *, anonymous: int = 60, token: int = 5000, clock: Callable[[], float] = time.time) -> None:
        self.status = 403
        self.anonymous = anonymous
        self.token = token
        self._clock = clock
        self._allowances: dict[tuple[str, Resource], Allowance] = {}

    def allowance(self, credential: Credential | None, resource: Resource = "core") -> Allowance:
        """Return what a caller has at the moment."""
        key = ("" if credential is None else credential.value, resource)
        allowance = self._allowances.get(key)
        if allowance is None or self._clock() >= allowance.reset:
            limit, window = self._size(credential, resource)
            allowance = self._allowances[key] = Allowance(limit, window, self._clock() + window)
        return allowance

    def spend(
        self, credential: Credential | None = None, resource: Resource = "core", *, leaving: int = 0
    ) -> None:
        """Leave a caller so many requests, as if it had made the others."""
        allowance = self.allowance(credential, resource)
        allowance.used = max(allowance.limit - leaving, 0)

    def headers(self, credential: Credential | None, resource: Resource) -> dict[str, str]:
        """Return the five headers of every answer."""
        shown = self.allowance(credential, resource).shown
        return {
            **{f"x-ratelimit-{name}": str(value) for name, value in shown.items()},
            "x-ratelimit-resource": resource,
        }

    def refusal(self, credential: Credential | None) -> Reply:
        """Return the answer to whom nothing remains."""
        whom, more = ("127.0.0.1.", _MORE) if credential is None else (f"user ID {credential.user}.", "")
        return api_refusal(self.status, f"API rate limit exceeded for {whom}{more}", docs=_DOCS)

    def overview(self, credential: Credential | None) -> dict[str, dict[str, int]]:
        """Return what ``GET /rate_limit`` shows as ``resources``."""
        names: tuple[Resource, ...] = ("core", "search", "code_search")
        return {name: self.allowance(credential, name).shown for name in names}

    def _size(self, credential: Credential | None, resource: Resource) -> tuple[int, int]:
        if resource == "code_search":
            return 10, _MINUTE
        if resource == "search":
            return (10 if credential is None else 30), _MINUTE
        if credential is None:
            return self.anonymous, _HOUR
        return (self.token // 5 if credential.kind == "actions" else self.token), _HOUR
