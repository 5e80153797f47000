"""Blobs of any size: what is asked for, what is not, and what a refusal means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.core.http.asking import REPOSITORY, asking, bench, entry, refused

from portcall.digest import digest_of
from portcall.oci.descriptor import Descriptor
from portcall.plugin import BlobStream
from portcall.testing import FakeRegistry, quirks

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.anyio

CONTENT = b"the stored bytes of a layer"
BLOB = Descriptor("application/vnd.oci.image.layer.v1.tar+gzip", digest_of(CONTENT), len(CONTENT))


@pytest.fixture
def registry() -> Iterator[FakeRegistry]:
    registry = FakeRegistry()
    registry.push_blob(REPOSITORY, CONTENT)
    with registry.serve():
        yield registry


async def read(stream: BlobStream) -> bytes:
    async with stream:
        return b"".join([chunk async for chunk in stream])


async def test_a_backend_opens_a_blob_or_a_part_of_it(registry: FakeRegistry):
    name = registry.address.netloc
    async with asking(entry(registry.address)) as gateway:
        backend = await gateway.backend(name)
        assert await read(await backend.open_blob(REPOSITORY, BLOB)) == CONTENT
        part = await backend.open_blob(REPOSITORY, BLOB, start=4, length=6)
        assert (part.start, await read(part)) == (4, b"stored")
        assert await read(await backend.open_blob(REPOSITORY, BLOB, start=4)) == CONTENT[4:]


async def test_nothing_is_kept_so_that_the_registry_is_asked_each_time(registry: FakeRegistry):
    async with bench() as made:
        for _ in range(2):
            await read(await made.distribution(registry.address).open_blob(REPOSITORY, BLOB))
        assert len(made.cache) == 0
    assert registry.count("blob") == 2


async def test_content_that_the_descriptor_holds_is_not_asked_for(registry: FakeRegistry):
    held = Descriptor(BLOB.media_type, BLOB.digest, BLOB.size, data=CONTENT)
    async with bench() as made:
        distribution = made.distribution(registry.address)
        assert await read(await distribution.open_blob(REPOSITORY, held)) == CONTENT
        part = await distribution.open_blob(REPOSITORY, held, start=4, length=6)
        assert (part.start, await read(part)) == (4, b"stored")
    assert registry.requests == []


async def test_a_part_of_no_bytes_is_not_asked_for(registry: FakeRegistry):
    async with bench() as made:
        distribution = made.distribution(registry.address)
        for start in (0, 5, len(CONTENT)):
            stream = await distribution.open_blob(REPOSITORY, BLOB, start=start, length=0)
            assert (stream.start, await read(stream)) == (start, b"")
    assert registry.requests == []


@pytest.mark.parametrize(
    ("start", "length"), [(-1, None), (len(CONTENT) + 1, None), (0, len(CONTENT) + 1), (3, -1)]
)
async def test_a_part_that_the_blob_does_not_have_is_not_asked_for(
    registry: FakeRegistry, start: int, length: int | None
):
    async with bench() as made:
        with refused("invalid_argument"):
            await made.distribution(registry.address).open_blob(REPOSITORY, BLOB, start=start, length=length)
    assert registry.requests == []


@pytest.mark.parametrize("digest", ["sha256:../../v2/x", "sha512:ab", f"SHA256:{'0' * 64}", f"sha256:{'0' * 63}?"])
async def test_what_is_no_digest_never_becomes_a_request(registry: FakeRegistry, digest: str):
    async with bench() as made:
        for data in (None, b"12345"):
            with refused("invalid_reference"):
                await made.distribution(registry.address).open_blob(
                    REPOSITORY, Descriptor("", digest, 5, data=data)
                )
    assert registry.requests == []


async def test_a_blob_that_is_not_there_is_not_found(registry: FakeRegistry):
    async with bench() as made:
        with refused("not_found", "blob sha256:"):
            await made.distribution(registry.address).open_blob(REPOSITORY, Descriptor("", digest_of(b""), 1))


@pytest.mark.parametrize(
    ("quirk", "code"),
    [
        (quirks.Answer(403), "forbidden"),
        (quirks.Answer(503, retry_after=900), "upstream_error"),
        (quirks.Answer(204), "upstream_error"),
        (quirks.HtmlPage(), "upstream_error"),
        (quirks.HtmlPage(status=404), "upstream_error"),
    ],
    ids=["refused", "down", "nothing", "login page", "proxy"],
)
async def test_a_refusal_says_what_it_means(registry: FakeRegistry, quirk: quirks.Quirk, code: str):
    registry.add(quirk)
    async with bench() as made:
        with refused(code):
            await made.distribution(registry.address).open_blob(REPOSITORY, BLOB)
