"""One file of a large layer, over HTTP, for a few kilobytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import httpx
import pytest

from portcall.oci.descriptor import Descriptor
from portcall.oci.layers.bounds import Bounds
from portcall.oci.layers.toc import read_part, read_toc
from portcall.testing import FakeRegistry, Layer, estargz, image, zstd_chunked

pytestmark = pytest.mark.anyio
NOISE = b"".join(hashlib.sha256(b"%d" % number).digest() for number in range(20_000))


@pytest.mark.parametrize("build", [estargz, zstd_chunked])
async def test_a_small_file_costs_a_small_part_of_its_layer(build: Callable[..., Layer]):
    files = {f"usr/lib/{number}.so": NOISE[number * 16_000 :][:16_000] for number in range(40)}
    built = image([build({**files, "etc/os-release": "ID=debian\n"})])
    registry = FakeRegistry()
    registry.push("shop/api", built, tags=["latest"])
    fetched = []
    with registry.serve() as address:
        async with httpx.AsyncClient(base_url=address.url) as client:
            descriptor = Descriptor.parse(built.document["layers"][0])

            async def fetch(start: int, length: int) -> bytes:
                span = {"Range": f"bytes={start}-{start + length - 1}"}
                answer = await client.get(f"/v2/shop/api/blobs/{descriptor.digest}", headers=span)
                assert answer.status_code == 206
                fetched.append(len(answer.content))
                return answer.content

            index = await read_toc(descriptor, fetch, Bounds())
            assert index
            number = [entry.path for entry in index.entries].index("etc/os-release")
            assert await read_part(index, number, 0, 100, fetch) == b"ID=debian\n"
    assert len(fetched) <= 3
    assert sum(fetched) < descriptor.size * 0.02
