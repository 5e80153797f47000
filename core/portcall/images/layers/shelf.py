"""What was learnt of layers, kept for whoever asks next."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast
from weakref import WeakValueDictionary

from portcall.call import call_at_hand
from portcall.http.flight import Flights
from portcall.http.reply import Lifetime, Reply, ResourceRequest
from portcall.images.layers.places import Places
from portcall.images.layers.reader import LayerReader
from portcall.images.layers.recent_indexes import RecentIndexes
from portcall.images.together import beside_the_loop
from portcall.oci.layers.codec import decode_index, encode_index
from portcall.oci.paths import pull_scope, resource_url
from portcall.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from portcall.http.client import HttpClient
    from portcall.images.opened import OpenedImage, OpenedLayer
    from portcall.oci.layers.checkpoints import Checkpoints
    from portcall.oci.layers.index import LayerIndex
    from portcall.progress import Progress
    from portcall.settings.model import LimitSettings

Result = TypeVar("Result")

#: Entries of all indexes that are held ready to use.
_MOST_ENTRIES = 400_000
#: Layers whose checkpoints are held; those of one take 1.4 MiB at most.
_MOST_CHECKPOINTED = 8
#: Encoded bytes of an index that take as long to decode as one entry of a list takes to sort.
_BYTES_PER_ENTRY = 8


@dataclass(slots=True, weakref_slot=True, eq=False)
class Meter:
    """How much of a layer that is being read has come, and the identities of all who wait for it."""

    received: int = 0
    callers: list[str] = field(default_factory=list)


class LayerShelf:
    """Holds the indexes of layers, and lets each be made once.

    What is in a layer is as private as the layer: it is kept by who asked, registry and repository, and in a store
    beyond this process sealed, or not at all. For no digest vouches for an index: it is true because it was made
    here, or by somebody with the same key.

    Args:
        http: Whose cache the indexes are kept in.
        limits: What one call may cost.
    """

    def __init__(self, http: HttpClient, limits: LimitSettings) -> None:
        self._http = http
        self._limits = limits
        self._decoded = RecentIndexes(_MOST_ENTRIES)
        self._flights: Flights[LayerIndex] = Flights()
        self._errands: Flights[Any] = Flights()
        self._meters: WeakValueDictionary[tuple[str, ...], Meter] = WeakValueDictionary()
        self._checkpoints: Recent[tuple[str, ...], Checkpoints] = Recent(_MOST_CHECKPOINTED)
        #: One is to be taken by whoever reads a layer from its beginning.
        self.places = Places()

    def reader(self, image: OpenedImage, progress: Progress | None) -> LayerReader:
        """Return what reads the layers of one image for one call."""
        return LayerReader(self, image, progress, self._limits.max_fetch_bytes)

    async def name(self, image: OpenedImage, layer: OpenedLayer, contents: str = "") -> ResourceRequest:
        """Return the name under which all is kept that is known of a layer: who asks is a part of it.

        Args:
            image: The image.
            layer: Its layer.
            contents: The words that vouch for the layer's table of contents, for what that tells; empty for what
                the layer itself tells.

        Raises:
            BlockedError: The registry may not be asked.
        """
        upstream = image.backend.upstream
        url = resource_url(upstream, image.repository, "blobs", layer.digest)
        request = ResourceRequest(
            upstream,
            f"{url}#{contents}" if contents else url,
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
        held = self._decoded.get(name.key, reply)
        if held is not None:
            return held
        size = len(reply.body) // _BYTES_PER_ENTRY
        try:
            index = await beside_the_loop(size, lambda: decode_index(reply.body, digest))
        except ValueError:
            self._http.forget(name)  # an older version's
            return None
        self._decoded.put(name.key, reply, index)
        return index

    async def keep(self, name: ResourceRequest, index: LayerIndex, asked_as: str) -> None:
        """Keep a verified index, where its layer was fetched as whoever the name says."""
        if asked_as != name.upstream.identity:
            return
        try:
            body = await beside_the_loop(len(index.entries), lambda: encode_index(index))
        except ValueError:
            return  # a number that no real layer has
        reply = Reply(200, {}, body, asked_as=asked_as)
        await self._http.keep(name, reply)
        self._decoded.put(name.key, reply, index)

    def meter(self, name: ResourceRequest) -> Meter:
        """Return what counts the bytes of a layer on its way, the same one for all who wait for it."""
        meter = self._meters.get(name.key)
        if meter is None:
            self._meters[name.key] = meter = Meter()
        return meter

    @contextlib.contextmanager
    def joining(self, meter: Meter) -> Iterator[None]:
        """Let the call at hand wait for a layer while the block lasts.

        Where that waits for a place, it may now be given one on this caller's account as well: what somebody with
        many questions began is no slower for those who ask for the same.
        """
        caller = call_at_hand().caller
        meter.callers.append(caller)
        self.places.allot()
        try:
            yield
        finally:
            meter.callers.remove(caller)

    async def once(
        self, name: ResourceRequest, meter: Meter, work: Callable[[], Coroutine[None, None, LayerIndex]]
    ) -> LayerIndex:
        """Return what ``work()`` returns, begun once for all who ask for the same layer at the same time.

        Args:
            name: The layer's.
            meter: The meter of that name, for ``work`` to count with, should it be begun.
            work: Reads the layer.
        """

        async def metered() -> LayerIndex:
            try:
                return await work()
            finally:
                if self._meters.get(name.key) is meter:
                    del self._meters[name.key]

        return await self._flights.share(name.key, metered)

    async def alone(self, work: Callable[[], Coroutine[None, None, Result]]) -> Result:
        """Return what ``work()`` returns, for one call alone; it ends when the shelf is closed.

        Raises:
            UnreachableError: The shelf was closed meanwhile.
        """
        flights: Flights[Result] = cast("Flights[Result]", self._errands)
        return await flights.share(object(), work)

    def checkpoints(self, name: ResourceRequest) -> Checkpoints | None:
        """Return the places from which a gzip layer can be unpacked, if it was read whole a while ago."""
        return self._checkpoints.get(name.key)

    def hold_checkpoints(self, name: ResourceRequest, checkpoints: Checkpoints) -> None:
        """Keep a verified layer's checkpoints for a while; of one that has none, nothing."""
        if len(checkpoints):
            self._checkpoints.put(name.key, checkpoints)

    async def aclose(self) -> None:
        """Stop what is under way."""
        await self._flights.aclose()
        await self._errands.aclose()
