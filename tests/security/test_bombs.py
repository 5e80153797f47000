"""Layers that are made to exhaust whoever looks into them, over real HTTP and with the real ceilings."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import pytest
import zstandard
from tests.core.http.asking import PASSWORD, REPOSITORY, USER, asking, with_password
from tests.core.images.dockerfile.statements import provenance, replaced
from tests.core.oci.layers.tar_cases import END, header, member, records
from tests.core.oci.layers.test_bombs import rle_frame
from tests.security.advisory import advisory
from tests.security.internet import Internet
from tests.security.torrent import torrents
from tests.security.watch import Outcome, Watch

from portcall.testing import (
    BasicAuth,
    BuiltImage,
    BuiltManifest,
    FakeRegistry,
    Layer,
    Reply,
    Request,
    amend,
    image,
    index,
    layer,
    quirks,
)
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
    map_ = (b"1\n%s\n0\n" % size).ljust(512, b"\0")
    return gzip.compress(records(*told, (b"GNU.sparse.realsize", size)) + member(b"hole", map_) + END)


def window_bomb() -> bytes:
    """Return a frame that wants two gibibytes to be unpacked in."""
    return b"\x28\xb5\x2f\xfd\x00\xa8" + rle_frame(1 << 20)[6:]


def name_bomb() -> bytes:
    return gzip.compress(records((b"path", b"a/" * 500_000)) + header()) * 300


def many_entries() -> bytes:
    return gzip.compress(header() * 1000) * 10_000


BOMBS = {
    "gzip": pytest.param(gzip_bomb, marks=pytest.mark.slow),
    "zstd": zstd_bomb,
    "a window of two gibibytes": window_bomb,
    "names": pytest.param(name_bomb, marks=pytest.mark.slow),
    "ten million entries": pytest.param(many_entries, marks=pytest.mark.slow),
}


async def looked_into(
    watch: Watch, registry: FakeRegistry, built: Any, *tools: str, **options: Any
) -> list[Outcome]:
    """Return what the tools say that read layers, or some of them."""
    registry.push(REPOSITORY, built, tags=["1"])
    asked = {"read_file": {"path": "/absent"}, "list_files": {}, "analyze_layers": {"deep": True}}
    with registry.serve() as address:
        async with asking(with_password(address), **options) as gateway:
            name = f"{address.netloc}/{REPOSITORY}:1"
            return [await watch.ask(gateway, tool, image_name=name, **asked[tool]) for tool in tools or asked]


@advisory(CEILING)
@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
async def test_bomb_is_refused_before_it_is_unpacked(watch: Watch, bomb: Any):
    started = time.monotonic()
    (told,) = await looked_into(watch, FakeRegistry(), image([stored(bomb())]), "read_file")
    assert told.code == "too_large"
    assert time.monotonic() - started < 60


async def test_file_of_nothing_but_holes_costs_nothing(watch: Watch):
    registry = FakeRegistry()
    registry.push(REPOSITORY, image([stored(sparse_bomb())]), tags=["1"])
    with registry.serve() as address:
        async with asking(with_password(address)) as gateway:
            name = f"{address.netloc}/{REPOSITORY}:1"
            listed = await watch.ask(gateway, "list_files", image_name=name)
            told = await watch.ask(
                gateway, "read_file", image_name=name, path="/hole", offset=(1 << 60) - 4, max_bytes=100
            )
    assert [file.size for file in listed.answer.files] == [1 << 60]
    assert told.answer.content == "AAAAAA=="


# On the wire


@dataclass(frozen=True)
class LongBlob(quirks.Quirk):
    """A blob that goes on after its end, with bytes that are of use."""

    blob: bytes = b""
    mebibytes: int = 64
    sent: list[int] = field(default_factory=list)
    pause: float = 0

    kinds: ClassVar[frozenset[Kind] | None] = frozenset({"blob"})

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if not reply.body.startswith(self.blob):
            return reply
        whole = replace(reply, status=200).with_headers({"Content-Range": None})
        return whole.delivered(pieces=self._pieces, announced=False, pause=self.pause)

    def _pieces(self) -> Iterator[bytes]:
        yield self.blob
        for _ in range(self.mebibytes):
            self.sent.append(1 << 20)
            yield bytes(1 << 20)


ENDLESS_TAR = member(b"first", b"x") + header(b"zeros", b"\x80" + (1 << 60).to_bytes(11, "big"))
#: What may be on its way, beyond what was read.
UNDER_WAY = 16 << 20


def told_as(built: BuiltImage, size: int) -> BuiltManifest:
    """Return the image with another size of its layer in the manifest."""
    return amend(built, layers=[{**built.document["layers"][0], "size": size}])


@advisory(CEILING)
async def test_layer_that_goes_on_after_its_size_is_left(watch: Watch):
    """The manifest tells the size: what comes beyond is not read, nor what came before it believed."""
    registry = FakeRegistry(quirks=[LongBlob(blob=ENDLESS_TAR)])
    told = await looked_into(watch, registry, image([stored(ENDLESS_TAR + bytes(4096))]))
    assert {outcome.code for outcome in told} == {"upstream_error"}


@advisory(CEILING)
async def test_layer_that_is_told_to_be_huge_is_not_asked_for(watch: Watch):
    built = image([stored(ENDLESS_TAR)])
    registry = FakeRegistry()
    told = await looked_into(watch, registry, told_as(built, 1 << 50), "list_files", "analyze_layers")
    assert {outcome.code for outcome in told} == {"too_large"}
    assert registry.count("blob", reference=built.layers[0].digest) == 0


@advisory(CEILING)
async def test_search_for_a_file_ends_where_a_call_has_fetched_enough(watch: Watch):
    """A search reads a layer up to what it looks for; here that never comes, and the size is told as huge."""
    sent: list[int] = []
    registry = FakeRegistry(quirks=[LongBlob(blob=ENDLESS_TAR, sent=sent, pause=0.001)])
    built = told_as(image([stored(ENDLESS_TAR)]), 1 << 50)
    environ = {"PORTCALL_LIMITS__MAX_FETCH_BYTES": str(4 << 20)}
    (told,) = await looked_into(watch, registry, built, "read_file", environ=environ)
    assert told.code == "too_large"
    assert "max_fetch_bytes" in told.said
    assert sum(sent) <= (4 << 20) + UNDER_WAY


@advisory(CEILING)
@pytest.mark.parametrize("declared", [True, False], ids=["declared", "chunked"])
async def test_ten_gibibytes_that_are_no_archive_are_left_soon(internet: Internet, watch: Watch, declared: bool):
    built = image([layer(command="COPY . /")])
    with torrents(declared=declared) as torrent:
        there = internet.host("torrent.example", torrent.address)
        registry = FakeRegistry(quirks=[quirks.Redirect(to=there.url, path=f"/blobs/{built.layers[0].digest}")])
        (told,) = await looked_into(watch, registry, told_as(built, 10 << 30), "read_file")
    assert told.code == "too_large"
    assert torrent.asked == 1
    assert torrent.taken <= (64 << 20) + UNDER_WAY


@advisory(CEILING)
@pytest.mark.parametrize("change", [-1, 1, -100, 1 << 20])
async def test_layer_of_another_size_than_it_is_told_is_not_believed(watch: Watch, change: int):
    built = image([layer({"etc/good": "x" * 5000}, command="COPY . /")])
    told = await looked_into(watch, FakeRegistry(), told_as(built, built.layers[0].size + change))
    assert {outcome.code for outcome in told} == {"upstream_error"}


@advisory(CEILING)
async def test_layer_that_never_comes_ends_with_the_calls_time(watch: Watch):
    built = image([layer({"etc/good": "x" * 5000}, command="COPY . /")])
    registry = FakeRegistry(quirks=[quirks.Stall(after=100, path=f"/blobs/{built.layers[0].digest}")])
    environ = {"PORTCALL_LIMITS__CONTENT_TIMEOUT": "0.5"}
    started = time.monotonic()
    told = await looked_into(watch, registry, built, environ=environ)
    assert time.monotonic() - started < 10
    assert {outcome.code for outcome in told} == {"timeout"}


@advisory(CEILING)
@pytest.mark.parametrize("tool", ["get_dockerfile", "check_base_image"])
async def test_provenance_of_ten_gibibytes_is_not_asked_for(watch: Watch, tool: str):
    """What is attached is read whole, and so has a ceiling; the answer comes from elsewhere, and says so."""
    mine = image([layer({"etc/good": "x"}, command="COPY . /")])
    one = provenance(mine)
    (statement,) = one.document["layers"]
    huge = replaced(one, {**statement, "size": 10 << 30}, b"")
    registry = FakeRegistry()
    registry.push(REPOSITORY, index([mine], attestations=[huge]), tags=["1"])
    with registry.serve() as address:
        async with asking(with_password(address)) as gateway:
            told = await watch.ask(gateway, tool, image_name=f"{address.netloc}/{REPOSITORY}:1")
    assert told.code == "ok"
    assert [warning for warning in told.answer.warnings if "provenance" in warning]
    assert registry.count("blob", reference=statement["digest"]) == 0


# Digests


@advisory("CVE-2025-24882")
async def test_other_bytes_than_a_layers_digest_names_are_not_used(watch: Watch):
    built = image([layer({"etc/good": "x"}, compression="none", command="COPY . /")])
    spoilt = quirks.FlippedBit(offset=520, path=f"/blobs/{built.layers[0].digest}")
    registry = FakeRegistry(auth=BasicAuth({USER: PASSWORD}), quirks=[spoilt])
    told = await looked_into(watch, registry, built)
    assert {outcome.code for outcome in told} == {"digest_mismatch"}
    assert registry.fired(quirks.FlippedBit) >= 1
