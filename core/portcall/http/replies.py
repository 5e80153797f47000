"""Replies that are kept: in memory for this process, and in a store for the next one, or for the others.

What anybody may see is kept in the store as it is. What took credentials to see goes there only sealed, under a
name that is made of those credentials, so that others neither find it nor can read it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
import time
from contextvars import Context
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from portcall.http.cache import seconds_of
from portcall.http.reply import Lifetime
from portcall.http.stores.breaker import Breaker
from portcall.http.stores.entry import VERSION, Entry, read_entry, write_entry
from portcall.http.stores.store import MAX_ENTRY_BYTES, StoreInfo
from portcall.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from portcall.http.cache import MemoryCache
    from portcall.http.reply import Reply, ResourceRequest
    from portcall.http.stores.store import ReplyStore
    from portcall.seal import Seal

T = TypeVar("T")

#: Seconds past its time that a reply stays in a store, for when the registry cannot be asked.
SPARE_SECONDS = 86_400.0
#: Seconds that the clocks of replicas may differ; what seems to come from further ahead is not fresh.
_SKEW_SECONDS = 5.0
#: From this many bytes on, coding and sealing are done beside the event loop.
_LARGE = 256 * 1024

_log = get_logger("portcall.http.replies")


@dataclass(frozen=True, slots=True)
class Found:
    """A reply that was kept.

    Args:
        reply: The reply.
        tier: Where: ``"memory"``, ``"disk"``, ``"redis"``.
    """

    reply: Reply
    tier: str


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a reply belongs in a store."""

    name: str
    seal: Seal | None


class ReplyCache:
    """Replies by request, for a time that depends on what they are.

    Args:
        memory: Asked first, and without waiting.
        store: Asked next, if there is one.
        seal: For private replies, which without one stay in memory.
        clock: Where the time comes from by which a store that fails is left alone; never set back.
        wall: The time that processes share, in seconds since 1970.
    """

    def __init__(
        self,
        memory: MemoryCache,
        store: ReplyStore | None = None,
        seal: Seal | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._memory = memory
        self._store = Breaker(store, clock=clock) if store else None
        self._seal = seal
        self._wall = wall
        self._dropping: dict[str, asyncio.Task[None]] = {}

    def held(self, request: ResourceRequest, *, stale: bool = False) -> Reply | None:
        """Return the fresh reply that memory holds; with ``stale``, one past its time too."""
        return self._memory.get(request.key, stale=stale)

    def hold(self, request: ResourceRequest, reply: Reply) -> None:
        """Keep a reply in memory alone."""
        self._memory.put(request.key, reply, request.lifetime)

    def spare(self, request: ResourceRequest) -> Reply | None:
        """Return what memory holds, past its time by a day at most."""
        reply = self.held(request, stale=True)
        return reply if reply is not None and self._wall() - reply.obtained <= SPARE_SECONDS else None

    def outdate(self, registry: str, path: str) -> None:
        """Let no reply in memory be fresh that came from a registry under a path, to whomever."""
        self._memory.outdate(lambda key: key[1] == registry and key[3].endswith(path))

    @property
    def is_shared(self) -> bool:
        """Whether replies are kept beyond this process."""
        return self._store is not None

    async def find(self, request: ResourceRequest, *, stale: bool = False) -> Found | None:
        """Return the fresh reply that is kept anywhere; with ``stale``, the latest, past its time or not."""
        fresh = self.held(request)
        if fresh is not None:
            return Found(fresh, "memory")
        stored = await self._find_stored(request, stale=stale)
        spare = self.spare(request) if stale else None
        if spare is None or (stored is not None and stored.reply.obtained > spare.obtained):
            return stored
        return Found(spare, "memory")

    async def keep(self, request: ResourceRequest, reply: Reply) -> None:
        """Keep a reply in memory, and in the store if it is worth it there and nobody else can read it."""
        self.hold(request, reply)
        place = self._place(request)
        seconds = seconds_of(reply, request.lifetime)
        if self._store is None or place is None or seconds <= 0 or not _can_be_stored(request, reply):
            return
        if seconds < math.inf and not self._store.keeps_brief:
            if not reply.ok:
                return
            seconds = 0.0  # past its time from the start: for when the registry cannot be asked
        entry = Entry(reply, reply.obtained + seconds)
        data = await _aside(len(reply.body), lambda: write_entry(entry, place.name, place.seal))
        if len(data) > MAX_ENTRY_BYTES:
            return
        if (dropping := self._dropping.get(place.name)) is not None:
            await asyncio.wait((dropping,))
        spare = SPARE_SECONDS if reply.ok else 0
        await self._store.put(place.name, data, seconds + spare)

    def drop(self, request: ResourceRequest) -> None:
        """Forget a reply: in memory now, in the store soon. Until then it is not found there."""
        self._memory.drop(request.key)
        place = self._place(request)
        if self._store is not None and place is not None:
            self._discard(self._store, place.name)

    async def check(self) -> str:
        """Return what is wrong with the store, having asked it; empty where nothing is, or where there is none."""
        return await self._store.check() if self._store else ""

    async def info(self) -> dict[str, StoreInfo]:
        """Return what each tier holds, by its name: ``"memory"`` and, if there is one, the store's."""
        tiers = {"memory": StoreInfo(len(self._memory), self._memory.bytes_held, "memory://")}
        if self._store is not None:
            tiers[self._store.name] = await self._store.info()
        return tiers

    async def clear(self) -> dict[str, int]:
        """Forget everything; return how many replies each tier held.

        Raises:
            UnreachableError: The store could not be cleared.
        """
        gone = {"memory": self._memory.clear()}
        if self._store is not None:
            gone[self._store.name] = await self._store.clear()
        return gone

    async def aclose(self) -> None:
        """Finish what is under way, and let go of the store."""
        await asyncio.gather(*self._dropping.values(), return_exceptions=True)
        if self._store is not None:
            await self._store.aclose()

    async def _find_stored(self, request: ResourceRequest, *, stale: bool) -> Found | None:
        place = self._place(request)
        if self._store is None or place is None or place.name in self._dropping:
            return None
        data = await self._store.get(place.name)
        if data is None:
            return None
        entry, reason = await _aside(len(data), lambda: _opened(data, place, request))
        if entry is None:
            _log.warning(
                "cache_entry_refused", store=self._store.name, registry=request.upstream.registry, reason=reason
            )
            self._discard(self._store, place.name)
            return None
        reply = replace(entry.reply, asked_as=request.upstream.identity)
        left = self._seconds_left(request, entry)
        if left > 0:
            self._memory.put(request.key, reply, request.lifetime, at_most=left)
        elif not (stale and reply.ok and left > -SPARE_SECONDS):
            return None
        return Found(reply, self._store.name)

    def _seconds_left(self, request: ResourceRequest, entry: Entry) -> float:
        """Return how long an entry stays fresh, whatever it says itself; 0 or less where it is not."""
        lifetime = seconds_of(entry.reply, request.lifetime)
        if lifetime == math.inf == entry.expires:
            return math.inf
        if lifetime <= 0:
            return -math.inf
        age = self._wall() - entry.reply.obtained
        if age < -_SKEW_SECONDS:
            return 0  # the clock was set back: nobody can tell how old it is
        return min(lifetime - age, entry.expires - self._wall(), lifetime)

    def _place(self, request: ResourceRequest) -> _Place | None:
        """Return where the reply belongs in a store; ``None`` where it must not go there."""
        upstream = request.upstream
        if self._store is None or request.lifetime is Lifetime.NONE:
            return None
        if upstream.tls.client_cert:
            return None  # what a certificate let us see is nobody else's, and it has no name here
        if request.derived and self._seal is None:
            return None  # no digest vouches for it: whoever can write there could say anything
        if upstream.credentials is None:
            if upstream.source is not None:
                return None
            # What a digest names, anybody may have written there; of the rest only whoever has the key.
            is_vouched_for = request.method == "GET" and request.digest is not None and not request.derived
            return _Place(_name("public", request), None if is_vouched_for else self._seal)
        if self._seal is None:
            return None
        return _Place(_name(self._seal.partition(upstream.credentials.fingerprint), request), self._seal)

    def _discard(self, store: Breaker, name: str) -> None:
        if name not in self._dropping:
            # Not in the context of this call: its deadline may be about to pass.
            task = asyncio.get_running_loop().create_task(store.drop(name), context=Context())
            self._dropping[name] = task
            task.add_done_callback(lambda _: self._dropping.pop(name, None))


def _name(partition: str, request: ResourceRequest) -> str:
    # The key begins with who asks, which is another word in every process.
    return hashlib.sha256(json.dumps([VERSION, partition, *request.key[1:]]).encode()).hexdigest()


def _can_be_stored(request: ResourceRequest, reply: Reply) -> bool:
    if len(reply.body) > MAX_ENTRY_BYTES:
        return False
    # A relative link counts from the address after redirects, which is not stored.
    return "link" not in reply.headers or reply.url in ("", request.url)


def _opened(data: bytes, place: _Place, request: ResourceRequest) -> tuple[Entry | None, str]:
    """Return the entry, or why it is none."""
    entry = read_entry(data, place.name, request.url, place.seal)
    if entry is None:
        return None, "unreadable"
    if request.method == "GET" and entry.reply.ok and not request.is_answered_by(entry.reply.body):
        return None, "digest"
    return entry, ""


async def _aside(size: int, work: Callable[[], T]) -> T:
    """Return what ``work()`` returns; for much of it, the event loop goes on meanwhile."""
    return work() if size <= _LARGE else await asyncio.to_thread(work)
