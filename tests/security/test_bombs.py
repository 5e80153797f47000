"""Layers that are made to exhaust whoever looks into them, over real HTTP and with the real ceilings."""

from __future__ import annotations

import gzip
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pytest
import zstandard
from tests.core.http.asking import PASSWORD, REPOSITORY, USER, asking, with_password
from tests.core.oci.layers.tar_cases import header, member, records
from tests.core.oci.layers.test_bombs import rle_frame
from tests.security.advisory import advisory
from tests.security.watch import Outcome, Watch

from portcall.testing import BasicAuth, FakeRegistry, Layer, Reply, Request, amend, image, layer, quirks
from portcall.testing.quirks import Context
from portcall.testing.wire import Kind

pytestmark = pytest.mark.anyio

CEILING = "CVE-2024-29902"
#: More than any layer of that size may unpack to.
SIZE = 3 << 29


def stored(blob: bytes) -> Layer:
    """Return a layer whose bytes are these."""
    return replace(layer(command="COPY . /"), blob=blob)


def gzip_bomb() -> bytes:
    piece = gzip.compress(bytes(16 << 20), 9)
    return gzip.compress(member(b"first", b"x") + header(b"zeros", SIZE)) + piece * (SIZE >> 24)


def zstd_bomb() -> bytes:
    return zstandard.ZstdCompressor().compress(member(b"first", b"x") + header(b"zeros", SIZE)) + rle_frame(SIZE)


def sparse_bomb() -> bytes:
    """Return a file of an exbibyte, none of which is in the archive."""
    told = [(b"GNU.sparse.major", b"1"), (b"GNU.sparse.minor", b"0"), (b"GNU.sparse.name", b"hole")]
    size = b"%d" % (1 << 60)
    return gzip.compress(records(*told, (b"GNU.sparse.realsize", size)) + member(b"hole", b"1\n%s\n0\n" % size))


def window_bomb() -> bytes:
    """Return a frame that wants two gibibytes to be unpacked in."""
    return b"\x28\xb5\x2f\xfd\x00\xa8" + rle_frame(1 << 20)[6:]


def name_bomb() -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    block = records((b"path", b"a/" * 500_000)) + header()
    return b"".join(packer.compress(block) for _ in range(300)) + packer.flush()


def many_entries() -> bytes:
    packer = zlib.compressobj(1, wbits=31)
    block = header() * 1000
    return b"".join(packer.compress(block) for _ in range(10_000)) + packer.flush()


BOMBS = {
    "gzip": gzip_bomb,
    "zstd": zstd_bomb,
    "holes": sparse_bomb,
    "a window of two gibibytes": window_bomb,
    "names": pytest.param(name_bomb, marks=pytest.mark.slow),
    "ten million entries": pytest.param(many_entries, marks=pytest.mark.slow),
}


async def looked_into(watch: Watch, registry: FakeRegistry, built: Any, **options: Any) -> list[Outcome]:
    """Return what the tools say that read layers."""
    registry.push(REPOSITORY, built, tags=["1"])
    with registry.serve() as address:
        async with asking(with_password(address), **options) as gateway:
            name = f"{address.netloc}/{REPOSITORY}:1"
            return [
                await watch.ask(gateway, "read_file", image_name=name, path="/absent"),
                await watch.ask(gateway, "list_files", image_name=name),
                await watch.ask(gateway, "analyze_layers", image_name=name, deep=True),
            ]


@advisory(CEILING)
@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
async def test_bomb_is_refused_before_it_is_unpacked(watch: Watch, bomb: Any):
    started = time.monotonic()
    told = await looked_into(watch, FakeRegistry(), image([stored(bomb())]))
    assert {outcome.code for outcome in told} <= {"too_large", "upstream_error", "unsupported"}
    assert "too_large" in {outcome.code for outcome in told} or bomb is window_bomb
    assert time.monotonic() - started < 60


# On the wire


@dataclass(frozen=True)
class EndlessBlob(quirks.Quirk):
    """A blob goes on after its end, for ever, with bytes that are of use."""

    blob: bytes = b""
    announced: int | None = None

    kinds: ClassVar[frozenset[Kind] | None] = frozenset({"blob"})

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if not reply.body.startswith(self.blob):
            return reply
        headers = {"Content-Range": None, "Content-Length": None}
        endless = replace(reply, status=200).with_headers(headers)
        return endless.delivered(pieces=self._pieces, length=self.announced, announced=self.announced is not None)

    def _pieces(self) -> Iterator[bytes]:
        yield self.blob
        while True:
            yield bytes(1 << 16)


ENDLESS_TAR = member(b"first", b"x") + header(b"zeros", b"\x80" + (1 << 60).to_bytes(11, "big"))


@advisory(CEILING)
async def test_layer_that_goes_on_after_its_size_is_left(watch: Watch):
    """The manifest tells the size: what comes beyond is not read, nor what came before it believed."""
    registry = FakeRegistry(quirks=[EndlessBlob(blob=ENDLESS_TAR)])
    told = await looked_into(watch, registry, image([stored(ENDLESS_TAR + bytes(4096))]))
    assert {outcome.code for outcome in told} == {"upstream_error"}


@advisory(CEILING)
async def test_layer_that_is_told_to_be_huge_is_not_asked_for(watch: Watch):
    built = image([stored(ENDLESS_TAR)])
    huge = amend(built, layers=[{**built.document["layers"][0], "size": 1 << 50}])
    registry = FakeRegistry(quirks=[EndlessBlob(blob=ENDLESS_TAR)])
    _, *told = await looked_into(watch, registry, huge)
    assert {outcome.code for outcome in told} == {"too_large"}
    assert registry.count("blob", reference=built.layers[0].digest) <= 1


@advisory(CEILING)
async def test_search_for_a_file_ends_where_a_call_has_fetched_enough(watch: Watch):
    """A search reads a layer up to what it looks for; here that never comes, and the size is told as huge."""
    built = image([stored(ENDLESS_TAR)])
    huge = amend(built, layers=[{**built.document["layers"][0], "size": 1 << 50}])
    registry = FakeRegistry(quirks=[EndlessBlob(blob=ENDLESS_TAR)])
    environ = {"PORTCALL_LIMITS__MAX_FETCH_BYTES": str(4 << 20), "PORTCALL_LIMITS__CONTENT_TIMEOUT": "20"}
    told, *_ = await looked_into(watch, registry, huge, environ=environ)
    assert told.code == "too_large"
    assert "max_fetch_bytes" in told.said


@advisory(CEILING)
@pytest.mark.parametrize("change", [-1, 1, -100, 1 << 20])
async def test_layer_of_another_size_than_it_is_told_is_not_believed(watch: Watch, change: int):
    good = layer({"etc/good": "x" * 5000}, command="COPY . /")
    built = image([good])
    lying = amend(built, layers=[{**built.document["layers"][0], "size": good.size + change}])
    told = await looked_into(watch, FakeRegistry(), lying)
    assert {outcome.code for outcome in told} <= {"upstream_error", "digest_mismatch", "unreachable"}


@advisory(CEILING)
async def test_layer_that_never_comes_ends_with_the_calls_time(watch: Watch):
    built = image([layer({"etc/good": "x" * 5000}, command="COPY . /")])
    registry = FakeRegistry(quirks=[quirks.Stall(after=100, path=f"/blobs/{built.layers[0].digest}")])
    environ = {"PORTCALL_LIMITS__CONTENT_TIMEOUT": "1"}
    started = time.monotonic()
    told = await looked_into(watch, registry, built, environ=environ)
    assert time.monotonic() - started < 10
    assert {outcome.code for outcome in told} <= {"unreachable", "timeout"}


# Digests


@advisory("CVE-2025-24882")
async def test_other_bytes_than_a_layers_digest_names_are_not_used(watch: Watch):
    built = image([layer({"etc/good": "x"}, compression="none", command="COPY . /")])
    spoilt = quirks.FlippedBit(offset=520, path=f"/blobs/{built.layers[0].digest}")
    registry = FakeRegistry(auth=BasicAuth({USER: PASSWORD}), quirks=[spoilt])
    told = await looked_into(watch, registry, built)
    assert {outcome.code for outcome in told} == {"digest_mismatch"}
    assert registry.fired(quirks.FlippedBit) >= 1
