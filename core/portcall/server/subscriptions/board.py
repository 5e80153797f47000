"""What replicas write down for each other about a watched tag: who looks, and what was seen last."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from portcall.errors import PortcallError
from portcall.logs import get_logger

if TYPE_CHECKING:
    from portcall.seal import Seal
    from portcall.state.store import StateStore

_LEASE, _SIGHT = "watch-lease", "watch-sight"
_log = get_logger("portcall.subscriptions")


class Board:
    """One replica's hand on the state that all share.

    It raises nothing: where the state is out of reach, each replica looks for itself.

    Args:
        store: The state.
        seal: The same on all replicas: digests of private images are private.
        interval: Seconds between two looks at a tag.
    """

    def __init__(self, store: StateStore, seal: Seal, interval: float) -> None:
        self._store = store
        self._seal = seal
        # Longer than a late look takes; short enough that with another half an interval, after which the others
        # try again, somebody else looks within two.
        self._lease_seconds = 1.5 * interval
        self._sight_seconds = 4 * interval
        self._is_down = False

    def key(self, partition: str, uri: str) -> str:
        """Return the name of a watched tag: the same on all replicas, and saying nothing."""
        return self._seal.partition(f"watched tag\0{partition}\0{uri}".encode())

    def pen(self) -> bytes:
        """Return what a new holder of leases signs with."""
        return secrets.token_hex(8).encode()

    async def leads(self, key: str, pen: bytes) -> bool:
        """Tell whether this replica is the one that looks, by taking the lease or renewing its own."""
        try:
            holder = await self._store.get(_LEASE, key)
            if holder is None:
                mine = await self._store.add(_LEASE, key, pen, self._lease_seconds)
            else:
                mine = holder == pen
                if mine:
                    await self._store.put(_LEASE, key, pen, self._lease_seconds)
        except PortcallError as error:
            self._failed(error)
            return True
        self._is_down = False
        return mine

    async def resign(self, key: str, pen: bytes) -> None:
        """Leave the looking to others."""
        try:
            if await self._store.get(_LEASE, key) == pen:
                await self._store.drop(_LEASE, key)
        except PortcallError as error:
            self._failed(error)

    async def last_sight(self, key: str) -> str | None:
        """Return what any replica saw last; ``None`` where none did for a while, or that cannot be told."""
        try:
            sealed = await self._store.get(_SIGHT, key)
        except PortcallError as error:
            self._failed(error)
            return None
        content = None if sealed is None else self._seal.open(_bound(key), sealed)
        return None if content is None else content.decode("utf-8", "replace")

    async def note_sight(self, key: str, state: str) -> None:
        """Write down what this replica sees."""
        try:
            sealed = self._seal.close(_bound(key), state.encode())
            await self._store.put(_SIGHT, key, sealed, self._sight_seconds)
        except PortcallError as error:
            self._failed(error)

    def _failed(self, error: PortcallError) -> None:
        if not self._is_down:
            _log.warning("watching_alone", error=error.message)
        self._is_down = True


def _bound(key: str) -> str:
    return f"watched tag {key}"
