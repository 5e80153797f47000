"""Many calls at a time: none waits for another's registry, and none is left behind when the shelf closes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from tests.core.images.layers.desk import REPOSITORY, Desk, desk

from portcall.backend import BackendContext, RegistryBackend
from portcall.http.origin import Origin
from portcall.http.upstream import Upstream
from portcall.images.opened import OpenedImage, open_image
from portcall.platform import Platform
from portcall.reference import parse_reference
from portcall.testing import FakeRegistry, image, layer, quirks

pytestmark = pytest.mark.anyio

LAYERS = [layer({f"srv/{number}": str(number) * 3000}, compression="none") for number in range(8)]


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
