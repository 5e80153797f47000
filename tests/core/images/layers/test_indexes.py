"""What is in an image's layers: each layer is fetched once, checked, and known from then on."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from tests.core.images.conftest import Told
from tests.core.images.layers.conftest import Push
from tests.core.images.layers.desk import desk, until_nobody_reads

from portcall.call import calling
from portcall.errors import (
    PortcallError,
    TooLargeError,
    UnavailableError,
    UnreachableError,
    UnsupportedError,
    UpstreamError,
)
from portcall.images.layers.scanning import UnreadableLayerError
from portcall.images.opened import OpenedLayer
from portcall.oci.layers.index import LayerIndex
from portcall.testing import FakeRegistry, Layer, layer, quirks
from portcall.testing.images import estargz, zstd_chunked

pytestmark = pytest.mark.anyio

#: Bytes that nothing packs tighter.
NOISE = random.Random(5).randbytes(200_000)
FILES = {"etc/os-release": "ID=debian\n", "srv/app": "#!/bin/sh\n"}
PATHS = ["etc", "etc/os-release", "srv", "srv/app"]
BASE, APP = layer(FILES), layer({"srv/app": "new\n"})


def paths(index: LayerIndex | PortcallError) -> list[str]:
    assert isinstance(index, LayerIndex), index
    return [entry.path for entry in index.entries]


def only_of(quirk: quirks.Quirk, packed: Layer) -> quirks.Quirk:
    """Return a quirk that one layer's requests show."""
    return replace(quirk, path=packed.digest)


def with_data(opened: OpenedLayer, data: bytes) -> OpenedLayer:
    return replace(opened, descriptor=replace(opened.descriptor, data=data))


def blobs(registry: FakeRegistry, *layers: Layer) -> list[int]:
    """Return how often each of the layers was asked for."""
    return [registry.count("blob", reference=each.digest) for each in layers]


@pytest.mark.parametrize("compression", ["gzip", "gzip-members", "zstd", "none"])
async def test_a_layer_is_read_whole_and_vouched_for_by_its_digest(
    registry: FakeRegistry, push: Push, compression: Any
):
    packed = layer(FILES, compression=compression)
    push(packed)
    async with desk(registry.address) as made:
        image, reader = await made.reader()
        index = await reader.index(image.layers[0])
    assert paths(index) == PATHS
    assert (index.verified, reader.verified, reader.bytes_fetched) == (True, True, packed.size)
    await until_nobody_reads()


async def test_a_layer_that_was_read_is_known_to_the_next_call(registry: FakeRegistry, push: Push):
    push(BASE)
    async with desk(registry.address) as made:
        image, reader = await made.reader()
        assert await reader.known(image.layers[0]) is None
        index = await reader.index(image.layers[0])
        image, again = await made.reader()
        with calling("test") as call:
            assert await again.known(image.layers[0]) is index
        assert (again.bytes_fetched, call.requests, call.looked_up["memory"]) == (0, 0, 1)
    assert blobs(registry, BASE) == [1]


async def test_a_cache_that_holds_nothing_costs_a_call_no_second_download(registry: FakeRegistry, push: Push):
    push(BASE, APP, BASE)
    async with desk(registry.address, memory=0) as made:
        image, reader = await made.reader()
        first = await reader.indexes()
        assert await reader.indexes() == first
        assert await reader.index(image.layers[0]) is first[0]
    assert blobs(registry, BASE, APP) == [1, 1]


async def test_all_layers_are_told_in_their_order_and_one_that_comes_twice_is_read_once(
    registry: FakeRegistry, push: Push
):
    push(BASE, APP, BASE)
    async with desk(registry.address) as made:
        _, reader = await made.reader()
        indexes = await reader.indexes()
    assert [paths(index) for index in indexes] == [PATHS, ["srv", "srv/app"], PATHS]
    assert reader.bytes_fetched == BASE.size + APP.size
    assert blobs(registry, BASE, APP) == [1, 1]


async def test_only_what_is_not_known_is_fetched(registry: FakeRegistry, push: Push):
    push(BASE)
    push(BASE, APP, tag="2")
    async with desk(registry.address) as made:
        await (await made.reader())[1].indexes()
        _, reader = await made.reader("2")
        await reader.indexes()
    assert reader.bytes_fetched == APP.size


async def test_a_layer_that_cannot_be_read_is_told_in_its_place(registry: FakeRegistry, push: Push):
    foreign = layer({"x": "x"}, urls=["https://layers.example/x"])
    encrypted = layer({"y": "y"}, media_type="application/vnd.oci.image.layer.v1.tar+gzip+encrypted")
    archive = b"just some words, " * 100
    text, cut = layer(tar=archive), layer(tar=archive[:5] * 3000)
    push(foreign, encrypted, BASE, text, cut)
    async with desk(registry.address) as made:
        image, reader = await made.reader()
        told = await reader.indexes()
        with pytest.raises(UnsupportedError, match="lives outside the registry"):
            await reader.known(image.layers[0])
    assert [type(each) for each in told] == [
        UnsupportedError,
        UnsupportedError,
        LayerIndex,
        UnreadableLayerError,
        UnreadableLayerError,
    ]
    assert "encrypted" in str(told[1])
    assert blobs(registry, foreign, encrypted) == [0, 0]


async def test_a_broken_layer_that_is_what_its_digest_names_is_told_as_broken(registry: FakeRegistry, push: Push):
    whole = layer(FILES)
    push(layer(tar=b""), Layer(whole.blob[:-20], whole.diff_id))
    async with desk(registry.address) as made:
        _, reader = await made.reader()
        empty, broken = await reader.indexes()
    assert paths(empty) == []
    assert isinstance(broken, UnreadableLayerError)
    assert "cut off" in broken.message


@pytest.mark.parametrize(
    ("quirk", "error"),
    [
        (quirks.Answer(503, retry_after=900), UnavailableError),
        (quirks.HangUp(), UnreachableError),
        (quirks.CutBody(after=10), UnreachableError),
        (quirks.HtmlPage(), UpstreamError),
    ],
    ids=["down", "gone", "breaks", "login page"],
)
async def test_a_layer_that_cannot_be_had_now_is_no_broken_layer(
    registry: FakeRegistry,
    push: Push,
    quirk: quirks.Quirk,
    error: type[PortcallError],
    monkeypatch: pytest.MonkeyPatch,
):
    for module in ("retry", "resumed"):
        monkeypatch.setattr(f"portcall.http.{module}.pause_after", lambda _: 0.001)
    push(BASE, APP)
    async with desk(registry.address) as made:
        _, reader = await made.reader()
        registry.add(only_of(quirk, APP))
        with pytest.raises(error) as raised:
            await reader.indexes()
    assert not isinstance(raised.value, UnreadableLayerError)


async def test_a_layer_made_to_exhaust_ends_the_whole_call(registry: FakeRegistry, push: Push):
    push(BASE, layer([("long" * 300_000, "x")]))
    async with desk(registry.address) as made:
        _, reader = await made.reader()
        with pytest.raises(TooLargeError):
            await reader.indexes()
    await until_nobody_reads()


@pytest.mark.parametrize("pack", [estargz, zstd_chunked])
async def test_a_table_of_contents_saves_the_download(registry: FakeRegistry, push: Push, pack: Any):
    packed = pack({**FILES, "srv/noise": NOISE})
    push(packed)
    async with desk(registry.address) as made:
        image, reader = await made.reader()
        index = await reader.known(image.layers[0])
        assert index is not None
        assert {*PATHS, "srv/noise"} <= set(paths(index))
        assert (index.verified, index.source == "archive") == (True, False)
        assert 0 < reader.bytes_fetched < packed.size / 10
        again = (await made.reader())[1]
        assert await again.index(image.layers[0]) is index
        assert again.bytes_fetched == 0


async def test_where_ranges_are_ignored_the_table_of_contents_is_no_help(registry: FakeRegistry, push: Push):
    packed = estargz({**FILES, "srv/noise": NOISE})
    push(packed)
    registry.add(quirks.RangeIgnored())
    async with desk(registry.address) as made:
        image, reader = await made.reader()
        assert await reader.known(image.layers[0]) is None
        index = await reader.index(image.layers[0])
    assert (index.source, index.verified, reader.bytes_fetched) == ("archive", True, packed.size)


async def test_a_promise_that_is_not_kept_costs_two_requests(registry: FakeRegistry, push: Push):
    """Any layer's annotations may say so."""
    digest = f"sha256:{'0' * 64}"
    push(layer(FILES, annotations={"containerd.io/snapshot/stargz/toc.digest": digest}))
    async with desk(registry.address) as made:
        image, reader = await made.reader()
        assert await reader.known(image.layers[0]) is None
        assert (await reader.index(image.layers[0])).source == "archive"


async def test_whoever_waits_is_told_how_many_megabytes_have_come(
    registry: FakeRegistry, push: Push, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("portcall.images.layers.telling.TICK", 0.005)
    layers = [layer({name: bytes(1_500_000)}, compression="none") for name in "ab"]
    push(*layers)
    registry.add(quirks.Dribble(slice=100_000, pause=0.002))
    told = Told()
    async with desk(registry.address) as made:
        _, reader = await made.reader(progress=told)
        await reader.indexes()
        assert [step[1:] for step in told.steps] == [(3, "MB of layers")] * len(told.steps)
        done = [step[0] for step in told.steps]
        assert done == sorted(set(done))
        assert (done[0] < 3, done[-1]) == (True, 3)
        _, known = await made.reader(progress=told)
        await known.indexes()
        assert len(told.steps) == len(done)


async def test_an_embedded_layer_costs_no_request(registry: FakeRegistry, push: Push):
    """It is told, but nobody asked for it, so it is nobody's to keep."""
    push(BASE)
    async with desk(registry.address) as made:
        image, reader = await made.reader()
        held = with_data(image.layers[0], BASE.blob)
        assert paths(await reader.index(held)) == PATHS
        assert await (await made.reader())[1].known(held) is None
    assert blobs(registry, BASE) == [0]
