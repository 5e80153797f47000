"""How often anybody may try to sign in."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from portcall.state.store import StateStore

#: Seconds that failures with one name, and from one address, are counted for.
WINDOW = 900.0
#: With one name from one address; and from all: whoever keeps somebody out has to come from many.
PER_NAME_THERE = 10
PER_NAME = 50
PER_ADDRESS = 30
#: Seconds, and failures of everybody in them. Docker Hub answers 180 questions a minute of one address: most of
#: them are for those who have signed in.
MINUTE = 60.0
IN_ALL = 60
#: IPv6 gives a subscriber this much at least: one address more costs nothing.
_IPV6_PREFIX = 64


@dataclass(frozen=True, slots=True)
class Try:
    """A try to sign in.

    Args:
        wait: Seconds until another makes sense; 0 where this one may be made.
        places: Where it is counted: group and key.
        member: What it is counted as.
    """

    wait: float
    places: tuple[tuple[str, str], ...] = ()
    member: str = ""


class Throttle:
    """Bounds failures over all replicas.

    A try takes its place before it is known how it ends, and gives it back if it was no failure: of a thousand at
    once, only so many reach Docker Hub, and whoever signs in often is not kept out.

    Args:
        store: Where they are counted.
        in_all: Failures of everybody in a minute.
    """

    def __init__(self, store: StateStore, *, in_all: int = IN_ALL) -> None:
        self._store = store
        self._in_all = in_all

    async def begin(self, username: str, address: str) -> Try:
        """Return a try, which may be made if nobody has to wait.

        Nothing tells whether there is such a user: names are counted as they are written.
        """
        network, name = _network(address), _hashed(username)
        limits = (
            # Whoever is over their own limit uses up nobody else's.
            ("tries-address", network, WINDOW, PER_ADDRESS),
            ("tries-name-there", f"{name} {network}", WINDOW, PER_NAME_THERE),
            ("tries", "", MINUTE, self._in_all),
            ("tries-name", name, WINDOW, PER_NAME),
        )
        member = secrets.token_hex(16)
        places: tuple[tuple[str, str], ...] = ()
        for kind, key, seconds, at_most in limits:
            if not await self._store.enter(kind, key, member, seconds, at_most):
                # It still counts against the address: whoever runs into one person's limit may try the next's.
                await self._leave(places[1:], member)
                return Try(seconds)
            places += ((kind, key),)
        return Try(0, places, member)

    async def forgive(self, attempt: Try) -> None:
        """Take back a try that was no failure."""
        await self._leave(attempt.places, attempt.member)

    async def _leave(self, places: Iterable[tuple[str, str]], member: str) -> None:
        for kind, key in places:
            await self._store.leave(kind, key, member)


def _network(address: str) -> str:
    """Return what an address counts as: itself, or for IPv6 the network that one subscriber has."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, _IPV6_PREFIX), strict=False))
    return str(parsed)


def _hashed(username: str) -> str:
    return hashlib.sha256(username.lower().encode("utf-8", "surrogatepass")).hexdigest()
