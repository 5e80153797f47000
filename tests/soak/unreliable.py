"""Registries in a process of their own, a tenth of whose answers is spoilt; and the handle to them.

Of their own, so that the memory, the files and the tasks of the process that asks are portcall's alone. Which
answer is spoilt depends on a seed, on what was asked, and on how often it had been asked before.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from tests.soak.catalogue import ALIAS, REGISTRIES, TAGS, repositories

from portcall.testing import BearerAuth, FakeRegistry, quirks
from portcall.testing.quirks import Quirk

if TYPE_CHECKING:
    from portcall.testing import Reply, Request
    from portcall.testing.quirks import Context

TOKEN_SECONDS = 20.0  #: How long a token lives: a soak needs many.
_LASTING = 0.1  #: How many of the faults stay for so long that no further try helps.
_TRIES = 4


class Kind(NamedTuple):
    """A kind of fault: how often among all, what it does, what may come of it, whether another try helps."""

    weight: int
    quirk: Quirk
    codes: frozenset[str]
    retried: bool = True


KINDS: dict[str, Kind] = {
    "503": Kind(25, quirks.Answer(503), frozenset({"upstream_error"})),
    "503, a second": Kind(5, quirks.Answer(503, retry_after=1), frozenset({"upstream_error"})),
    "429": Kind(7, quirks.Answer(429), frozenset({"rate_limited"})),
    "429, a second": Kind(3, quirks.Answer(429, retry_after=1), frozenset({"rate_limited"})),
    "reset": Kind(15, quirks.HangUp(), frozenset({"unreachable"})),
    "truncated": Kind(15, quirks.CutBody(), frozenset({"unreachable"})),
    "flipped bit": Kind(10, quirks.FlippedBit(), frozenset({"digest_mismatch"}), retried=False),
    "garbage": Kind(8, quirks.Garbage(), frozenset({"digest_mismatch", "upstream_error"}), retried=False),
    "latency": Kind(12, quirks.Latency(0.3), frozenset(), retried=False),
}


@dataclass(frozen=True)
class Unreliable(Quirk):
    """Spoils some answers, each in one of many ways; see :data:`KINDS`.

    Attributes:
        events: ``[when by time.monotonic(), repository or "", kind]`` of every fault.
        retries: Requests that came again within three seconds of a fault that another try may cure.
    """

    seed: str = ""
    rate: float = 0.1
    events: list[tuple[float, str, str]] = field(default_factory=list)
    retries: Counter[str] = field(default_factory=Counter)
    _asked: Counter[str] = field(default_factory=Counter)
    _lasting: dict[str, list[str]] = field(default_factory=dict)
    _faulted: dict[str, float] = field(default_factory=dict)

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        key, now = f"{request.method} {request.target}", time.monotonic()
        if now - self._faulted.pop(key, -10.0) < 3:
            self.retries["retries"] += 1
        for name in self._draw(key):
            quirk = KINDS[name].quirk
            # A bit of a tag list, say, is left alone: nothing vouches for it.
            spoilt = quirk.spoil(request, reply, context) if quirk.concerns(request) else reply
            if spoilt is not reply:
                self.events.append((now, request.repository, name))
                if KINDS[name].retried:
                    self._faulted[key] = now
                return spoilt
        return reply

    def _draw(self, key: str) -> list[str]:
        """Return the kinds to try, in order; none, if this answer is to be left alone."""
        self._asked[key] += 1
        if self._lasting.get(key):
            return [self._lasting[key].pop()]
        chance = random.Random(f"{self.seed} {key} {self._asked[key]}")
        if chance.random() >= self.rate:
            return []
        names = chance.choices(list(KINDS), [kind.weight for kind in KINDS.values()], k=8)
        if chance.random() < _LASTING:
            self._lasting[key] = [names[0]] * (_TRIES - 1)
        return names


class UnreliableRegistries:
    """The registries' process, between ``with`` and its end.

    Args:
        seed: Decides what is spoilt.
        rate: How much of it, from 0 to 1.

    Attributes:
        netlocs: Where each registry listens.
    """

    def __init__(self, seed: int, rate: float) -> None:
        self._command = [sys.executable, "-m", __name__, str(seed), str(rate)]
        self.netlocs: list[str] = []

    def __enter__(self) -> Self:
        root = Path(__file__).parents[2]
        self._process = subprocess.Popen(
            self._command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.netlocs = self._told()
        return self

    def __exit__(self, *_exc: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        finally:
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()

    def report(self) -> list[dict[str, Any]]:
        """Return, for each registry, ``requests``, ``retries`` and ``events`` so far."""
        assert self._process.stdin is not None
        self._process.stdin.write("report\n")
        self._process.stdin.flush()
        told: list[dict[str, Any]] = self._told()
        return told

    def _told(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())


def _filled(number: int) -> FakeRegistry:
    # Every other one wants a token.
    registry = FakeRegistry(auth=BearerAuth(ttl=TOKEN_SECONDS) if number % 2 else None)
    for repository in repositories(number):
        for tag in TAGS:
            registry.push(repository.path, repository.index(tag), tags=[tag])
        registry.tag(repository.path, ALIAS, TAGS[-1])
    return registry


def main(seed: str, rate: float) -> None:
    """Serve until stdin ends, and report for each line that comes."""
    registries = [_filled(number) for number in range(REGISTRIES)]
    spoilers = [Unreliable(seed=f"{seed} {number}", rate=rate) for number in range(REGISTRIES)]
    with ExitStack() as stack:
        for registry, spoiler in zip(registries, spoilers, strict=True):
            registry.add(spoiler)
            stack.enter_context(registry.serve())
        _tell([registry.address.netloc for registry in registries])
        for _ in sys.stdin:
            _tell(
                [
                    {"requests": len(registry.requests), "events": spoiler.events, **spoiler.retries}
                    for registry, spoiler in zip(registries, spoilers, strict=True)
                ]
            )


def _tell(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
