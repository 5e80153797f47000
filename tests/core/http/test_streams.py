"""A blob's body as it arrives: by the very way of all requests, and no further than it is read."""

from __future__ import annotations

import asyncio
import gzip
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from tests.core.http.asking import PASSWORD, REPOSITORY, USER, Bench, bench, refused
from tests.core.http.watching import Watched

from portcall.call import calling
from portcall.deadline import deadline
from portcall.http import open_reply
from portcall.http.policy import HostPolicy
from portcall.http.upstream import Credentials
from portcall.oci.descriptor import Descriptor
from portcall.testing import Address, BearerAuth, BlobStore, FakeRegistry, RecordingServer, quirks, serve

if TYPE_CHECKING:
    from portcall.http.stream import BlobStream
    from portcall.testing import Reply, Request

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Chunked(quirks.Quirk):
    """Another body, whose length is not announced."""

    body: bytes = b""
    piece: int | None = None

    kinds = frozenset({"blob"})

    def spoil(self, request: Request, reply: Reply, context: quirks.Context) -> Reply:
        pause = 0.02 if self.piece else 0
        return reply.with_body(self.body).delivered(announced=False, slice=self.piece, pause=pause)


@dataclass(frozen=True)
class Mislabelled(quirks.Quirk):
    """The blob as it is, with a coding that it does not have."""

    kinds = frozenset({"blob"})

    def spoil(self, request: Request, reply: Reply, context: quirks.Context) -> Reply:
        return reply.with_headers({"Content-Encoding": "gzip"})


CONTENT = bytes(range(256)) * 1200
LARGE = bytes(24 << 20)


def holding(*misbehaviour: quirks.Quirk, content: bytes = CONTENT, **options: object) -> FakeRegistry:
    """Return a registry with one blob."""
    registry = FakeRegistry(quirks=misbehaviour, **options)  # type: ignore[arg-type]
    registry.push_blob(REPOSITORY, content)
    return registry


def described(content: bytes = CONTENT, **fields: object) -> Descriptor:
    """Return what a manifest says of a blob, or would say wrongly."""
    registry = FakeRegistry()
    return Descriptor("", registry.push_blob(REPOSITORY, content), **{"size": len(content), **fields})  # type: ignore[arg-type]


async def opened(
    made: Bench, address: Address, *also: Address, start: int = 0, length: int | None = None, **fields: object
) -> BlobStream:
    distribution = made.distribution(address, *also, **fields)
    return await distribution.open_blob(REPOSITORY, described(), start=start, length=length)


async def read(stream: BlobStream) -> bytes:
    async with stream:
        return b"".join([chunk async for chunk in stream])


async def test_a_blob_arrives_as_it_is_stored_and_nobody_is_asked_for_a_coding():
    registry = holding()
    with registry.serve() as address:
        async with bench() as made:
            assert await read(await opened(made, address)) == CONTENT
    (request,) = registry.asked("blob")
    assert (request.headers["accept-encoding"], request.headers.get("range")) == ("identity", None)


async def test_what_is_read_is_counted_as_what_the_call_received():
    with holding().serve() as address, calling("test") as call:
        async with bench() as made, await opened(made, address) as stream:
            first = await anext(aiter(stream))
            assert call.received == stream.received == len(first)
    assert call.requests == 1


async def test_a_stream_that_was_read_lets_its_connection_be_used_again():
    app = Watched(holding())
    with serve(app) as address:
        async with bench() as made:
            for _ in range(3):
                await read(await opened(made, address, start=100))
    assert len(app.connections) == 1


async def test_leaving_early_closes_the_connection_and_little_was_sent():
    app = Watched(holding(content=LARGE))
    with serve(app) as address:
        async with bench() as made:
            distribution = made.distribution(address)
            async with await distribution.open_blob(REPOSITORY, described(LARGE)) as stream:
                await anext(aiter(stream))
                await asyncio.sleep(0.1)
                assert app.open == 1
                assert app.sent < len(LARGE) / 2
            await app.until_nobody_is_there()


async def test_a_cancelled_reader_leaves_no_connection_behind():
    app = Watched(holding(quirks.Stall(after=1000)))
    with serve(app) as address:
        async with bench() as made:
            reading = asyncio.create_task(read(await opened(made, address)))
            await asyncio.sleep(0.05)
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
            await app.until_nobody_is_there()


async def test_the_deadline_ends_a_body_that_dribbles():
    with holding(quirks.Dribble(slice=100, pause=0.01)).serve() as address:
        async with bench() as made:
            with refused("timeout"):
                async with deadline(0.2):
                    await read(await opened(made, address))


async def test_a_line_that_falls_silent_counts_as_broken(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(open_reply, "SILENCE", 0.05)
    registry = holding(quirks.Stall(after=1000, times=1))
    with registry.serve() as address:
        async with bench() as made:
            assert await read(await opened(made, address)) == CONTENT
    assert registry.count("blob", status=206) == 1


# Ranges


async def test_a_part_is_asked_for_by_its_range():
    registry = holding()
    with registry.serve() as address:
        async with bench() as made:
            stream = await opened(made, address, start=1000, length=77)
            assert stream.start == 1000
            assert await read(stream) == CONTENT[1000:1077]
    assert [each.headers["range"] for each in registry.asked("blob")] == ["bytes=1000-1076"]


@pytest.mark.parametrize("status", [416, 400, 501])
async def test_a_registry_that_refuses_ranges_is_asked_for_the_whole(status: int):
    registry = holding(quirks.RangeRefused(status=status))
    with registry.serve() as address:
        async with bench() as made:
            stream = await opened(made, address, start=1000, length=77)
            assert stream.start == 0
            assert await read(stream) == CONTENT[:1077]


async def test_where_ranges_are_ignored_the_stream_says_that_it_begins_at_the_beginning():
    with holding(quirks.RangeIgnored()).serve() as address:
        async with bench() as made:
            stream = await opened(made, address, start=1000, length=77)
            assert stream.start == 0
            assert await read(stream) == CONTENT[:1077]


async def test_another_part_than_was_asked_for_is_refused():
    with holding(quirks.RangeMisplaced()).serve() as address:
        async with bench() as made:
            with refused("upstream_error", "another part of a blob"):
                await opened(made, address, start=1000, length=77)


@pytest.mark.parametrize(
    "told", ["", "bytes 1000-1075/307200", "bytes 1000-1076/1", "bytes 1001-1076/307200", "items 1000-1076/307200"]
)
async def test_a_part_that_does_not_say_exactly_what_it_is_is_refused(told: str):
    part = quirks.Answer(206, body=bytes(77), headers={"Content-Range": told})
    with holding(part).serve() as address:
        async with bench() as made:
            with refused("upstream_error", "another part of a blob"):
                await opened(made, address, start=1000, length=77)


async def test_a_part_of_a_blob_whose_size_is_not_told_will_do():
    part = quirks.Answer(206, body=bytes(77), headers={"Content-Range": "bytes 1000-1076/*"})
    with holding(part).serve() as address:
        async with bench() as made:
            assert await read(await opened(made, address, start=1000, length=77)) == bytes(77)


# Sizes


@pytest.mark.parametrize("content", [CONTENT[:-1], CONTENT + b"x"])
async def test_a_size_other_than_the_manifests_is_refused_before_it_is_read(content: bytes):
    with holding(quirks.Answer(200, body=content)).serve() as address:
        async with bench() as made:
            with refused(
                "upstream_error", f"has {len(content):,} bytes, where the manifest says {len(CONTENT):,}"
            ):
                await opened(made, address)


@pytest.mark.parametrize(("content", "says"), [(CONTENT[:-1], "ends after"), (CONTENT + b"x", "goes on after")])
async def test_more_or_less_than_the_manifest_says_is_never_given(content: bytes, says: str):
    """Sent in pieces, a body's size is not told before."""
    given = bytearray()
    with holding(Chunked(body=content)).serve() as address:
        async with bench() as made:
            with refused("upstream_error", says):
                async with await opened(made, address) as stream:
                    async for chunk in stream:
                        given += chunk
    assert CONTENT.startswith(given)


async def test_what_comes_after_the_last_byte_is_noticed_though_it_comes_late():
    with holding(Chunked(body=CONTENT + b"x", piece=len(CONTENT))).serve() as address:
        async with bench() as made:
            with refused("upstream_error", "goes on after"):
                await read(await opened(made, address))


# Lines that break


async def test_a_stream_that_breaks_is_taken_up_where_it_broke():
    registry = holding(quirks.CutBody(after=50_000, times=2))
    with registry.serve() as address:
        async with bench() as made:
            assert await read(await opened(made, address)) == CONTENT
    first, second, third = (each.headers.get("range") for each in registry.asked("blob"))
    assert (first, second) == (None, "bytes=50000-307199")
    assert third == "bytes=100000-307199"


async def test_where_ranges_are_ignored_what_was_given_is_passed_over():
    registry = holding(quirks.RangeIgnored(), quirks.CutBody(after=100_000, times=1))
    with registry.serve() as address:
        async with bench() as made:
            stream = await opened(made, address)
            assert await read(stream) == CONTENT
    assert stream.received == len(CONTENT) + 100_000


async def test_a_line_that_breaks_again_and_again_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("portcall.http.resumed.pause_after", lambda _: 0.001)
    registry = holding(quirks.CutBody(after=1000))
    with registry.serve() as address:
        async with bench() as made:
            with refused("unreachable", "broke"):
                await read(await opened(made, address))
    assert registry.count("blob") == 4


async def test_no_pause_is_begun_that_would_outlast_the_deadline():
    registry = holding(quirks.CutBody(after=1000))
    with registry.serve() as address:
        async with bench() as made:
            with refused("unreachable", "broke"):
                async with deadline(0.15):
                    await read(await opened(made, address))
    assert registry.count("blob") == 1


async def test_opening_is_tried_again_as_any_request():
    registry = holding(quirks.Answer(503, times=1), quirks.HangUp(times=1))
    with registry.serve() as address:
        async with bench() as made:
            assert await read(await opened(made, address)) == CONTENT


# Codings that nobody asked for


@pytest.mark.parametrize("coding", ["gzip", "x-gzip"])
async def test_a_coding_that_nobody_asked_for_is_undone_on_the_way(coding: str):
    with holding(quirks.GzipEncoding(encoding=coding)).serve() as address:
        async with bench() as made:
            stream = await opened(made, address)
            pieces = [len(chunk) async for chunk in stream]
            await stream.aclose()
    assert sum(pieces) == len(CONTENT)
    assert max(pieces) <= 256 * 1024


async def test_what_is_coded_is_begun_anew_where_the_line_breaks():
    registry = holding(quirks.GzipEncoding(), quirks.CutBody(after=500, times=1))
    with registry.serve() as address:
        async with bench() as made:
            assert await read(await opened(made, address)) == CONTENT
    assert [each.headers.get("range") for each in registry.asked("blob")] == [None, None]


async def test_a_bomb_in_a_coding_gives_no_more_than_the_manifest_says():
    given = 0
    with holding(quirks.GzipBomb(mebibytes=8)).serve() as address:
        async with bench() as made:
            with refused("upstream_error", "goes on after"):
                async with await opened(made, address) as stream:
                    async for chunk in stream:
                        given += len(chunk)
    assert given <= len(CONTENT)


async def test_a_layers_own_gzip_that_storage_calls_a_coding_is_left_alone():
    """Objects are stored with such a header now and then: the size tells that it is the layer itself."""
    with holding(Mislabelled()).serve() as address:
        async with bench() as made:
            assert await read(await opened(made, address)) == CONTENT
            assert await read(await opened(made, address, start=10, length=10)) == CONTENT[10:20]


@pytest.mark.parametrize("cut", [0, -20])
async def test_what_is_called_gzip_and_is_not_is_refused(cut: int):
    body = b"no gzip at all" if not cut else gzip.compress(CONTENT)[:cut]
    answer = quirks.Answer(200, body=body, headers={"Content-Encoding": "gzip"})
    with holding(answer).serve() as address:
        async with bench() as made:
            with refused("upstream_error", "claims to be gzip"):
                await read(await opened(made, address))


async def test_a_part_of_what_was_coded_is_refused():
    answer = quirks.Answer(
        206, body=bytes(77), headers={"Content-Encoding": "gzip", "Content-Range": "bytes 1000-1076/*"}
    )
    with holding(answer).serve() as address:
        async with bench() as made:
            with refused("upstream_error", "coding"):
                await opened(made, address, start=1000, length=77)


async def test_a_coding_that_nobody_knows_is_refused():
    answer = quirks.Answer(200, body=b"x", headers={"Content-Encoding": "br"})
    with holding(answer).serve() as address:
        async with bench() as made:
            with refused("upstream_error", "coding"):
                await opened(made, address)


# Redirects, credentials, policy


async def test_a_signed_address_elsewhere_is_shown_no_credentials():
    registry = holding(auth=BearerAuth({USER: PASSWORD}, public=[]))
    blobs = BlobStore(registry)
    with registry.serve() as address, blobs.serve() as elsewhere:
        registry.add(quirks.BlobRedirect(elsewhere.url))
        async with bench() as made:
            login = Credentials(USER, PASSWORD)
            stream = await opened(made, address, elsewhere, start=5, length=10, credentials=login)
            assert await read(stream) == CONTENT[5:15]
    assert [each.headers["range"] for each in blobs.requests] == ["bytes=5-14"]
    assert blobs.secrets() == []


async def test_a_signed_address_whose_time_is_over_is_asked_for_once_more():
    registry = holding()
    blobs = BlobStore(registry, quirks=(quirks.Answer(403, times=1),))
    with registry.serve() as address, blobs.serve() as elsewhere:
        registry.add(quirks.BlobRedirect(elsewhere.url))
        async with bench() as made:
            assert await read(await opened(made, address, elsewhere)) == CONTENT
    assert (registry.count("blob"), len(blobs.requests)) == (2, 2)


async def test_an_address_that_is_refused_twice_is_refused():
    registry = holding()
    blobs = BlobStore(registry, quirks=(quirks.Answer(403),))
    with registry.serve() as address, blobs.serve() as elsewhere:
        registry.add(quirks.BlobRedirect(elsewhere.url))
        async with bench() as made:
            with refused("forbidden"):
                await opened(made, address, elsewhere)
    assert len(blobs.requests) == 2


async def test_a_broken_line_to_storage_is_taken_up_by_way_of_the_registry():
    """The signed address may be over by then; and whoever may read is for the registry to say."""
    registry = holding()
    blobs = BlobStore(registry, quirks=(quirks.CutBody(after=1000, times=1),))
    with registry.serve() as address, blobs.serve() as elsewhere:
        registry.add(quirks.BlobRedirect(elsewhere.url))
        async with bench() as made:
            assert await read(await opened(made, address, elsewhere)) == CONTENT
    assert (registry.count("blob"), len(blobs.requests)) == (2, 2)


async def test_a_redirect_to_an_address_that_is_not_public_is_blocked():
    registry, inside = holding(), RecordingServer()
    with registry.serve() as address, inside.serve() as elsewhere:
        registry.add(quirks.BlobRedirect(elsewhere.url))
        async with bench() as made:
            with refused("blocked", "public address"):
                await opened(made, address)
    assert inside.requests == []


async def test_a_redirect_to_a_host_that_is_denied_is_blocked():
    registry = holding()
    blobs = BlobStore(registry)
    with registry.serve() as address, blobs.serve() as elsewhere:
        registry.add(quirks.BlobRedirect(elsewhere.url))
        async with bench(policy=HostPolicy(deny=[elsewhere.netloc])) as made:
            with refused("blocked", "denied"):
                await opened(made, address, elsewhere)
    assert blobs.requests == []


async def test_a_registry_that_is_not_among_those_allowed_is_not_asked():
    registry = holding()
    with registry.serve() as address:
        async with bench(policy=HostPolicy(allow=["quay.io"])) as made:
            with refused("blocked", "not allowed"):
                await opened(made, address)
    assert registry.requests == []


async def test_a_pause_that_the_registry_asked_for_is_kept():
    registry = holding(quirks.Answer(429, retry_after=900, times=1))
    with registry.serve() as address:
        async with bench() as made:
            with refused("rate_limited"):
                await opened(made, address)
            with refused("rate_limited", "pause"):
                await opened(made, address)
    assert registry.count("blob") == 1
