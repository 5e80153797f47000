"""Many calls at a time: none waits for another's registry, and none is left behind when the shelf closes."""

from __future__ import annotations

import asyncio
import gc
import io
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.core.http.watching import Watched
from tests.core.images.layers.desk import REPOSITORY, Desk, Seeking, desk, readers_at_work

from portcall.backend import BackendContext, RegistryBackend
from portcall.errors import UnreachableError
from portcall.http.origin import Origin
from portcall.http.upstream import Upstream
from portcall.images.layers import LayerReader
from portcall.images.layers.places import Places
from portcall.images.opened import OpenedImage, open_image
from portcall.oci.layers.scan import scan_layer
from portcall.platform import Platform
from portcall.reference import parse_reference
from portcall.testing import FakeRegistry, estargz, image, layer, quirks, serve

pytestmark = pytest.mark.anyio

LAYERS = [layer({f"srv/{number}": str(number) * 3000}, compression="none") for number in range(8)]
INDEX = scan_layer(io.BytesIO(LAYERS[0].blob), LAYERS[0].digest).index


async def test_a_registry_that_hangs_keeps_no_other_registry_waiting():
    hanging, good = FakeRegistry(), FakeRegistry()
    for number in range(4):
        hanging.push(f"{REPOSITORY}/{number}", image(LAYERS), tags=["1"])
    good.push(REPOSITORY, image(LAYERS), tags=["1"])
    with hanging.serve() as there, good.serve() as here:
        async with desk(here) as made:
            slow = [await _image(made, there.url, f"{REPOSITORY}/{number}") for number in range(4)]
            quick = await made.open()
            hanging.add(quirks.Stall(after=600, path="/blobs/"))
            calls = [asyncio.create_task(made.shelf.reader(each, None).indexes()) for each in slow]
            await _until(lambda: hanging.count("blob", method="GET") >= 4 + 4)
            async with asyncio.timeout(3):
                assert len(await made.shelf.reader(quick, None).indexes()) == len(LAYERS)
            await _leave(*calls)


async def _image(made: Desk, url: str, repository: str) -> OpenedImage:
    origin = Origin.of(url)
    assert origin
    upstream = Upstream("slow.test", url, exempt=frozenset({origin}))
    reference = parse_reference(f"slow.test/{repository}:1")
    return await open_image(
        RegistryBackend(BackendContext(upstream, made.http)), reference, None, Platform("linux", "amd64")
    )


async def _until(claim: Callable[[], object]) -> None:
    async with asyncio.timeout(3):
        while not claim():  # noqa: ASYNC110 - what is awaited happens in another thread
            await asyncio.sleep(0.01)


async def _leave(*calls: asyncio.Task[Any]) -> None:
    for call in calls:
        call.cancel()
    await asyncio.wait(calls)


async def _scan(image: OpenedImage, reader: LayerReader) -> object:
    return await reader.scan(image.layers[0], Seeking("nowhere"))


async def _table(image: OpenedImage, reader: LayerReader) -> object:
    return await reader.known(image.layers[1])


async def _part(image: OpenedImage, reader: LayerReader) -> object:
    return await reader.part(image.layers[0], INDEX, len(INDEX.entries) - 1, 0, 100)


async def _all(image: OpenedImage, reader: LayerReader) -> object:
    return await reader.indexes()


@pytest.mark.parametrize("question", [_scan, _table, _part, _all])
async def test_whatever_is_under_way_ends_when_the_shelf_closes(question: Callable[..., Awaitable[object]]):
    """And it does not begin anew over a connection that nobody would close."""
    registry = FakeRegistry()
    registry.push(REPOSITORY, image([LAYERS[0], estargz({"srv/app": "x" * 9000})]), tags=["1"])
    watched = Watched(registry)
    with serve(watched) as address:
        async with desk(address) as made:
            opened, reader = await made.reader()
            registry.forget()
            registry.add(quirks.Stall(after=30, path="/blobs/"))
            call = asyncio.create_task(question(opened, reader))  # type: ignore[arg-type]
            await _until(lambda: registry.count("blob"))
            await asyncio.sleep(0.05)
            asked = registry.count("blob")
            await made.shelf.aclose()
            await made.http.aclose()
            async with asyncio.timeout(1):
                with pytest.raises(UnreachableError, match="was closed"):
                    await call
            await watched.until_nobody_is_there()
            await asyncio.sleep(0.4)
    assert registry.count("blob") == asked
    assert not readers_at_work()
    gc.collect()


async def test_places_are_few_for_one_registry_and_not_many_for_all():
    places, held = Places(), dict.fromkeys("abcdef", 0)
    go_on = asyncio.Event()

    async def read(registry: str) -> None:
        async with places.taken(registry):
            held[registry] += 1
            await go_on.wait()

    readers = [asyncio.create_task(read(registry)) for registry in "abcdef" for _ in range(6)]
    await asyncio.sleep(0.01)
    assert (max(held.values()), sum(held.values())) == (4, 12)
    readers[0].cancel()
    go_on.set()
    await asyncio.wait(readers)
    assert list(held.values()) == [6] * 6
