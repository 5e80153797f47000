"""Answers kept in memory: immutable ones for ever, tags for about a minute, absences for less.

Keys begin with who asked (:class:`portcall.http.reply.ResourceRequest`), so that one caller's private
answer is never another's. Bearer tokens are not kept here.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from portcall.http.reply import Lifetime, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

#: Seconds that an answer by tag stays fresh.
BRIEF_SECONDS = 60.0
#: Seconds that a "there is none" stays fresh: shorter, for whoever has just pushed.
ABSENT_SECONDS = 10.0
#: What an entry costs beside what it holds, bytes; keeps a flood of tiny entries bounded too.
_OVERHEAD = 1024


@dataclass(frozen=True, slots=True)
class _Entry:
    reply: Reply
    expires: float
    cost: int


class MemoryCache:
    """Replies by key, the least recently used dropped first.

    Args:
        max_bytes: Ceiling for all replies and their overhead together; 0 keeps nothing.
        clock: Where the time comes from, in seconds; never set back.
    """

    def __init__(self, max_bytes: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_bytes = max_bytes
        self._clock = clock
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._bytes = 0

    def get(self, key: Hashable, *, stale: bool = False) -> Reply | None:
        """Return the fresh reply under ``key``; with ``stale``, one past its time too."""
        entry = self._entries.get(key)
        if entry is None or (not stale and entry.expires <= self._clock()):
            return None
        self._entries.move_to_end(key)
        return entry.reply

    def put(self, key: Hashable, reply: Reply, lifetime: Lifetime, *, at_most: float = math.inf) -> None:
        """Keep ``reply`` as long as its kind stays true: successes and plain absences, nothing else.

        Args:
            key: Its name.
            reply: The reply.
            lifetime: Its kind.
            at_most: Seconds that are left of its time, for one that was kept elsewhere before.
        """
        seconds = min(seconds_of(reply, lifetime), at_most)
        cost = _cost(reply)
        if seconds <= 0 or cost > self._max_bytes:
            return
        self.drop(key)
        self._entries[key] = _Entry(reply, self._clock() + seconds, cost)
        self._bytes += cost
        while self._bytes > self._max_bytes:
            _, oldest = self._entries.popitem(last=False)
            self._bytes -= oldest.cost

    def outdate(self, is_meant: Callable[[Any], bool]) -> None:
        """Let the entries that are meant be past their time: still there for when nobody can be asked."""
        for key, entry in self._entries.items():
            if is_meant(key):
                self._entries[key] = replace(entry, expires=min(entry.expires, self._clock()))

    def drop(self, key: Hashable) -> None:
        """Forget ``key``."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= entry.cost

    def clear(self) -> int:
        """Forget everything; return how many replies that were."""
        gone = len(self._entries)
        self._entries.clear()
        self._bytes = 0
        return gone

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def bytes_held(self) -> int:
        """What the entries cost now, in bytes."""
        return self._bytes


def _cost(reply: Reply) -> int:
    # A hostile registry's headers may outweigh its bodies a hundred times.
    headers = sum(len(name) + len(value) for name, value in reply.headers.items())
    return len(reply.body) + headers + 2 * len(reply.url) + _OVERHEAD


def seconds_of(reply: Reply, lifetime: Lifetime) -> float:
    """Return the seconds that a reply stays true from when it was obtained; 0 where it is not to be kept."""
    if lifetime is Lifetime.NONE:
        return 0
    if reply.ok:
        return math.inf if lifetime is Lifetime.IMMUTABLE else BRIEF_SECONDS
    return ABSENT_SECONDS if reply.status == 404 else 0
