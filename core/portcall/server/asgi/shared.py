"""What a server shares with its siblings: the store of its state, the seal on it, the wire between replicas."""

from __future__ import annotations

import math
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portcall.errors import ConfigurationError
from portcall.seal import Seal
from portcall.server.asgi.authentication import mode_of
from portcall.server.subscriptions import LocalWire, RedisWire, Wire
from portcall.settings.cache_location import RedisLocation
from portcall.settings.state_location import parse_state_location
from portcall.state import open_state, state_seal

if TYPE_CHECKING:
    from collections.abc import Callable

    from portcall.settings import Settings
    from portcall.state import StateStore

_MARK = "key-mark"
_MARK_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Shared:
    """What replicas have in common; a server that is alone has a seal of its own, and nothing to share.

    Args:
        seal: The same on all replicas.
        store: Their state, where there is any.
        wire: Reaches them.
    """

    seal: Seal
    store: StateStore | None
    wire: Wire

    @classmethod
    def of(cls, settings: Settings) -> Shared:
        """Return what the configuration says is shared.

        Redis is shared wherever it is configured, be it for sign-ins or for the cache; a file, by the processes of
        this machine, where people sign in.

        Raises:
            ConfigurationError: The place, or the key to it, cannot be used.
        """
        url = _place(settings)
        if not url:
            return cls(Seal(secrets.token_bytes(32)), None, LocalWire())
        location = parse_state_location(url)
        key = settings.surroundings.store_key
        seal = state_seal(url, key.get_secret_value() if key else None)
        wire = RedisWire(location) if isinstance(location, RedisLocation) else LocalWire()
        return cls(seal, open_state(url), wire)


class KeyCheck:
    """Whether the store works, and holds what this server's own key sealed.

    A replica with another key finds nobody's sign-in, and would have clients throw good ones away.

    Args:
        store: The store.
        seal: This server's.
        clock: Where the time comes from, in seconds; never set back.
    """

    def __init__(self, store: StateStore, seal: Seal, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._seal = seal
        self._clock = clock
        self._renew_at = -math.inf

    async def check(self) -> None:
        """Return where all is well.

        Raises:
            UnreachableError: The store cannot be used.
            ConfigurationError: Others, who are there or were lately, have another key.
        """
        await self._store.check()
        mark = self._seal.close(_MARK, b"")
        if not await self._store.add(_MARK, _MARK, mark, _MARK_SECONDS):
            theirs = await self._store.get(_MARK, _MARK)
            if theirs is not None and self._seal.open(_MARK, theirs) is None:
                raise ConfigurationError(
                    "the store is in use with another key",
                    hint="Give all replicas the same key. A new one takes effect ten minutes "
                    "after the last of those with the old one has stopped; everybody signs in again.",
                )
            if self._clock() < self._renew_at:
                return
            await self._store.put(_MARK, _MARK, mark, _MARK_SECONDS)
        self._renew_at = self._clock() + _MARK_SECONDS / 3


def _place(settings: Settings) -> str:
    """Return the URL of the state; empty where nothing has to be kept or shared."""
    if mode_of(settings) == "dockerhub":
        return settings.auth.store
    for url in (settings.auth.store, settings.cache.url):
        if url.startswith(("redis://", "rediss://")) and settings.surroundings.store_key:
            return url
    return ""
