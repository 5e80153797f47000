"""A shelf of layers with all that it takes, and nothing of this machine's."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.core.images.conftest import HOST

from portcall.backend import BackendContext, RegistryBackend
from portcall.http.cache import MemoryCache
from portcall.http.client import HttpClient
from portcall.http.origin import Origin
from portcall.http.policy import HostPolicy
from portcall.http.pools import ConnectionPools
from portcall.http.replies import ReplyCache
from portcall.http.upstream import Credentials, Upstream
from portcall.images.layers import LayerReader, LayerShelf
from portcall.images.opened import OpenedImage, open_image
from portcall.platform import Platform
from portcall.reference import parse_reference
from portcall.settings.model import LimitSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from portcall.http.stores import ReplyStore
    from portcall.oci.layers.entry import LayerEntry
    from portcall.progress import Progress
    from portcall.seal import Seal
    from portcall.testing import Address

REPOSITORY = "shop/api"


@dataclass
class Desk:
    """Where images' layers are read, from one registry.

    Args:
        address: The registry's.
        store: Keeps replies beyond the process.
        seal: Seals the private ones, and all indexes.
        max_fetch_bytes: What one call may fetch.
        memory: Bytes of replies that are kept in memory.
    """

    address: Address
    store: ReplyStore | None = None
    seal: Seal | None = None
    max_fetch_bytes: int = 1 << 30
    memory: int = 64 << 20
    backend_class: type[RegistryBackend] = RegistryBackend
    http: HttpClient = field(init=False)
    shelf: LayerShelf = field(init=False)

    def __post_init__(self) -> None:
        policy = HostPolicy()
        replies = ReplyCache(MemoryCache(self.memory), self.store, self.seal)
        self.http = HttpClient(ConnectionPools(policy, {}, 8), replies, policy)
        self.shelf = LayerShelf(self.http, LimitSettings(max_fetch_bytes=self.max_fetch_bytes))

    async def open(self, tag: str = "1", credentials: Credentials | None = None) -> OpenedImage:
        """Return an image of the registry, as somebody sees it."""
        origin = Origin.of(self.address.url)
        assert origin
        upstream = Upstream(HOST, self.address.url, credentials, listed=True, exempt=frozenset({origin}))
        backend = self.backend_class(BackendContext(upstream, self.http))
        reference = parse_reference(f"{HOST}/{REPOSITORY}:{tag}")
        return await open_image(backend, reference, None, Platform("linux", "amd64"))

    async def reader(self, tag: str = "1", progress: Progress | None = None) -> tuple[OpenedImage, LayerReader]:
        """Return an image and what reads its layers, for one call."""
        image = await self.open(tag)
        return image, self.shelf.reader(image, progress)


@contextlib.asynccontextmanager
async def desk(address: Address, **options: Any) -> AsyncIterator[Desk]:
    """Set a desk up, and take it down."""
    made = Desk(address, **options)
    try:
        yield made
    finally:
        await made.shelf.aclose()
        await made.http.aclose()


def readers_at_work() -> int:
    """Return how many threads read layers now."""
    return sum(thread.name == "portcall-layer" for thread in threading.enumerate())


async def until_nobody_reads() -> None:
    """Wait until the last thread that reads a layer has ended: a second at most."""
    async with asyncio.timeout(1):
        while readers_at_work():  # noqa: ASYNC110 - threads set no event when they end
            await asyncio.sleep(0.005)


class Seeking:
    """A lookout for one path, which keeps what is there."""

    def __init__(self, path: str, window: tuple[int, int] = (0, 1 << 20)) -> None:
        self._path = path
        self._window = window
        self._is_found = False

    def wants(self, entry: LayerEntry) -> tuple[int, int] | None:
        self._is_found |= entry.path == self._path
        return self._window if entry.path == self._path else None

    def is_satisfied(self) -> bool:
        return self._is_found
