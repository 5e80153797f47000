"""What was learnt of layers, kept for whoever asks next."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from portcall.http.flight import Flights
from portcall.http.reply import Lifetime, Reply, ResourceRequest
from portcall.images.layers.reader import LayerReader
from portcall.images.together import beside_the_loop
from portcall.oci.layers.codec import decode_index, encode_index
from portcall.oci.paths import pull_scope, resource_url
from portcall.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from portcall.http.client import HttpClient
    from portcall.images.opened import OpenedImage
    from portcall.oci.layers.checkpoints import Checkpoints
    from portcall.oci.layers.index import LayerIndex
    from portcall.progress import Progress
    from portcall.settings.model import LimitSettings

#: Layers that are read at the same time, by all calls together: each takes a thread and some megabytes.
_AT_ONCE = 4
#: Indexes that are held ready to use, and how many entries one of them may have.
_MOST_INDEXES, _MOST_ENTRIES = 32, 20_000
#: Layers whose checkpoints are held; those of one take 3 MiB at most.
_MOST_CHECKPOINTED = 8


class LayerShelf:
    """Holds the indexes of layers, and lets each be made once.

    What is in a layer is as private as the layer: it is kept by who asked, registry and repository.

    Args:
        http: Whose cache the indexes are kept in.
        limits: What one call may cost.
    """

    def __init__(self, http: HttpClient, limits: LimitSettings) -> None:
        self._http = http
        self._limits = limits
        self._decoded: Recent[tuple[str, ...], tuple[Reply, LayerIndex]] = Recent(_MOST_INDEXES)
        self._flights: Flights[LayerIndex] = Flights()
        self._checkpoints: Recent[tuple[str, ...], Checkpoints] = Recent(_MOST_CHECKPOINTED)
        self.places = asyncio.Semaphore(_AT_ONCE)

    def reader(self, image: OpenedImage, progress: Progress | None) -> LayerReader:
        """Return what reads the layers of one image for one call."""
        return LayerReader(self, image, progress, self._limits.max_fetch_bytes)

    async def name(self, image: OpenedImage, digest: str) -> ResourceRequest:
        """Return the name under which all is kept that is known of a layer: who asks is a part of it.

        Raises:
            BlockedError: The registry may not be asked.
        """
        upstream = image.backend.upstream
        request = ResourceRequest(
            upstream,
            resource_url(upstream, image.repository, "blobs", digest),
            method="INDEX",  # it is never sent
            scope=pull_scope(image.repository),
            lifetime=Lifetime.IMMUTABLE,
            derived=True,
        )
        return await self._http.as_asked(request)

    async def recall(self, name: ResourceRequest, digest: str) -> LayerIndex | None:
        """Return a layer's index, if it is kept."""
        reply = await self._http.recollect(name)
        if reply is None:
            return None
        known = self._decoded.get(name.key)
        if known is not None and known[0] is reply:
            return known[1]
        try:
            index = await beside_the_loop(len(reply.body) // 8, lambda: decode_index(reply.body, digest))
        except ValueError:
            self._http.forget(name)
            return None
        self._hold(name, reply, index)
        return index

    async def keep(self, name: ResourceRequest, index: LayerIndex, asked_as: str) -> None:
        """Keep a verified index, where its layer was fetched as whoever the name says."""
        body = await beside_the_loop(len(index.entries), lambda: encode_index(index))
        reply = Reply(200, {}, body, asked_as=asked_as)
        await self._http.keep(name, reply)
        self._hold(name, reply, index)

    async def once(
        self, name: ResourceRequest, work: Callable[[], Coroutine[None, None, LayerIndex]]
    ) -> LayerIndex:
        """Return what ``work()`` returns, begun once for all who ask for the same layer at the same time."""
        return await self._flights.share(name.key, work)

    def checkpoints(self, name: ResourceRequest) -> Checkpoints | None:
        """Return the places from which a gzip layer can be unpacked, if it was read whole a while ago."""
        return self._checkpoints.get(name.key)

    def hold_checkpoints(self, name: ResourceRequest, checkpoints: Checkpoints) -> None:
        """Keep a layer's checkpoints for a while; of one that has none, nothing."""
        if len(checkpoints):
            self._checkpoints.put(name.key, checkpoints)

    async def aclose(self) -> None:
        """Stop what is under way."""
        await self._flights.aclose()

    def _hold(self, name: ResourceRequest, reply: Reply, index: LayerIndex) -> None:
        if len(index.entries) <= _MOST_ENTRIES:
            self._decoded.put(name.key, (reply, index))
