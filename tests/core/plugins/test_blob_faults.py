"""A plugin's stream of a blob that breaks in the middle is the plugin's fault, and costs that one question."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tests.core.plugins.conftest import Site, settings_of
from tests.core.plugins.test_third_party import broken_module

from portcall import Portcall
from portcall.digest import digest_of
from portcall.errors import InternalError
from portcall.oci.descriptor import Descriptor

if TYPE_CHECKING:
    from portcall.backend import RegistryBackend

pytestmark = pytest.mark.anyio

BLOB = Descriptor("", digest_of(b"content"), 7)
STREAM = """
    async def open_blob(self, repository, descriptor, *, start=0, length=None):
        from portcall.plugin import BlobStream
        async def chunks():
            try:
                yield b"con"
                {middle}
                yield b"tent"
            finally:
                {end}
        return BlobStream(chunks())
"""


async def backend_of(pc: Portcall) -> RegistryBackend:
    return await pc.backend("bad.example")


def portcall_with(site: Site, middle: str = "pass", end: str = "pass") -> Portcall:
    site.add("portcall-broken", broken_module(STREAM.format(middle=middle, end=end)))
    return Portcall(settings_of({"bad.example": {"backend": "broken"}}))


async def test_a_plugins_stream_gives_what_the_plugin_gives(site: Site):
    async with portcall_with(site) as pc, await (await backend_of(pc)).open_blob("a/b", BLOB) as stream:
        assert [chunk async for chunk in stream] == [b"con", b"tent"]
        assert (stream.start, stream.received, stream.asked_as) == (0, 7, "")


@pytest.mark.parametrize(
    "fault", ["raise KeyError('hunter2')", "import sys; sys.exit(3)", "raise BaseException('a panic')"]
)
async def test_what_it_raises_in_the_middle_names_the_plugin(site: Site, fault: str):
    async with (
        portcall_with(site, middle=fault) as pc,
        await (await backend_of(pc)).open_blob("a/b", BLOB) as stream,
    ):
        assert await anext(aiter(stream)) == b"con"
        with pytest.raises(InternalError, match="portcall-broken:main failed in open_blob"):
            await anext(aiter(stream))


async def test_what_it_raises_when_it_is_left_names_the_plugin_too(site: Site):
    async with portcall_with(site, end="raise KeyError('hunter2')") as pc:
        stream = await (await backend_of(pc)).open_blob("a/b", BLOB)
        assert await anext(aiter(stream)) == b"con"
        with pytest.raises(InternalError, match="portcall-broken:main failed in open_blob"):
            await stream.aclose()


async def test_a_real_cancellation_within_is_one_all_the_same(site: Site):
    waits = "import asyncio; await asyncio.sleep(60)"
    async with (
        portcall_with(site, middle=waits) as pc,
        await (await backend_of(pc)).open_blob("a/b", BLOB) as stream,
    ):
        await anext(aiter(stream))
        asking = asyncio.ensure_future(anext(stream, b""))
        await asyncio.sleep(0.02)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking


async def test_what_is_no_stream_is_refused(site: Site):
    source = "    async def open_blob(self, repository, descriptor, *, start=0, length=None): return b'content'"
    site.add("portcall-broken", broken_module(source))
    async with Portcall(settings_of({"bad.example": {"backend": "broken"}})) as pc:
        with pytest.raises(InternalError, match="failed in open_blob"):
            await (await backend_of(pc)).open_blob("a/b", BLOB)
