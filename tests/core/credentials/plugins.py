"""A plugin that knows credentials, and is watched."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tests.core.credentials.home import CANARY

from portcall.http.upstream import Credentials

ECR = ("*.dkr.ecr.*.amazonaws.com",)


class Cloud:
    """Gives the credentials that ``gives`` returns, and notes what it was asked."""

    name = "acme-cloud:cloud"

    def __init__(
        self,
        patterns: tuple[str, ...] = ECR,
        gives: Callable[[], object] = lambda: Credentials("AWS", CANARY),
        seconds: float = 0.0,
    ) -> None:
        self.patterns = patterns
        self.asked: list[tuple[str, str]] = []
        self._gives = gives
        self._seconds = seconds

    async def credentials(self, registry: str, repository: str) -> Credentials | None:
        self.asked.append((registry, repository))
        await asyncio.sleep(self._seconds)
        return self._gives()  # type: ignore[return-value]  # a plugin may return anything


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now
