"""Bodies are read up to a ceiling, whatever is declared, sent, or packed."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.http.asking import AMD64, REPOSITORY, bench, refused, serving, unhurried

from portcall.deadline import deadline
from portcall.errors import PortcallError, TooLargeError, UpstreamError
from portcall.http.body import decoded
from portcall.oci.descriptor import Descriptor
from portcall.oci.manifest import Manifest
from portcall.testing import Address, quirks
from portcall.testing.quirks import Quirk

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("announced", [True, False], ids=["Content-Length", "chunked"])
@pytest.mark.parametrize("kind", ["manifest", "tags", "blob"])
async def test_body_over_its_ceiling_is_not_read(announced: bool, kind: str):
    with serving(quirks.HugeBody(mebibytes=512, announced=announced)) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address)
            with refused("too_large", "bytes"):
                if kind == "manifest":
                    await distribution.manifest(REPOSITORY, "1")
                elif kind == "tags":
                    await distribution.tags(REPOSITORY)
                else:
                    await distribution.blob(REPOSITORY, config_of(registry.address))
        assert registry.fired(quirks.HugeBody) == 1


async def test_body_that_declares_too_much_is_not_waited_for():
    with serving(quirks.HugeBody(), quirks.Stall(after=0)) as registry:
        async with bench() as made, deadline(5):
            with refused("too_large"):
                await made.distribution(registry.address).manifest(REPOSITORY, "1")


def config_of(address: Address) -> Descriptor:
    manifest = AMD64.document
    return Descriptor.parse(manifest["config"])


async def test_manifest_up_to_the_ceiling_is_read():
    padding = {"x-padding": "x" * (8 * 1024 * 1024 - 4096)}
    with serving() as registry:
        from portcall.testing import amend

        built = amend(AMD64, **padding)
        registry.push(REPOSITORY, built, tags=["large"])
        async with bench() as made:
            stored = await made.distribution(registry.address).manifest(REPOSITORY, "large")
    assert stored.digest == built.digest


async def test_blob_that_declares_too_much_is_not_asked_for():
    with serving() as registry:
        async with bench() as made:
            huge = Descriptor("application/json", AMD64.config_digest, 9 << 20)
            with refused("too_large", "9,437,184"):
                await made.distribution(registry.address).blob(REPOSITORY, huge)
        assert registry.requests == []


async def test_endless_error_page_does_no_harm():
    quirk = quirks.Answer(404, body=b"x" * (1 << 22))
    with serving(quirk) as registry:
        async with bench() as made:
            with refused("upstream_error"):
                await made.distribution(registry.address).manifest(REPOSITORY, "1")


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "GZIP"])
@pytest.mark.parametrize("identifier", ["1", AMD64.digest])
async def test_content_that_was_packed_unasked_is_unpacked(encoding: str, identifier: str):
    """registry.access.redhat.com packs whatever a client accepts."""
    with serving(quirks.GzipEncoding(encoding)) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address)
            stored = await distribution.manifest(REPOSITORY, identifier)
            assert stored.raw == AMD64.manifest
            assert isinstance(stored.content, Manifest)
            assert stored.content.config
            await distribution.blob(REPOSITORY, stored.content.config)


async def test_size_of_what_is_packed_is_not_told_by_head():
    with serving(quirks.GzipEncoding()) as registry:
        async with bench() as made:
            descriptor = await made.distribution(registry.address).resolve(REPOSITORY, "1")
    assert descriptor.size == len(AMD64.manifest)


async def test_gzip_bomb_is_not_inflated():
    with serving(quirks.GzipBomb(mebibytes=64)) as registry:
        async with bench() as made:
            with refused("too_large"):
                await made.distribution(registry.address).manifest(REPOSITORY, "1")


@pytest.mark.parametrize(
    "quirk",
    [
        quirks.Answer(200, body=b"{}", headers={"Content-Encoding": "gzip"}),
        quirks.Answer(200, body=gzip.compress(b"{}")[:-3], headers={"Content-Encoding": "gzip"}),
        quirks.Answer(200, body=gzip.compress(b"{}") + b"more", headers={"Content-Encoding": "gzip"}),
        quirks.Answer(200, body=b"{}", headers={"Content-Encoding": "br"}),
        quirks.Answer(200, body=b"{}", headers={"Content-Encoding": "\x1b[31mred"}),
    ],
    ids=["not gzip", "cut off", "more behind it", "brotli", "nonsense"],
)
async def test_coding_that_cannot_be_undone_is_the_registrys_fault(quirk: Quirk):
    with serving(quirk) as registry:
        async with bench() as made:
            with refused("upstream_error") as caught:
                await made.distribution(registry.address).manifest(REPOSITORY, "1")
    assert caught.error.message.isprintable()


@unhurried
@given(st.binary(max_size=2000))
def test_what_was_packed_is_unpacked(plain: bytes):
    assert decoded(gzip.compress(plain), "gzip", 2000, "it") == plain


@unhurried
@given(st.binary(max_size=300), st.sampled_from(["gzip", "x-gzip", "deflate", "br", "zstd", "gzip, gzip"]))
def test_any_bytes_are_unpacked_or_refused(body: bytes, encoding: str):
    try:
        assert len(decoded(body, encoding, 100, "it")) <= 100
    except PortcallError as error:
        assert isinstance(error, TooLargeError | UpstreamError)  # noqa: PT017 - either will do
