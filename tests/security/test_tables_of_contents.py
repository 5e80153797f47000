"""Tables of contents that lie: what they promise is checked piece by piece, or the layer is read whole instead."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from tests.core.http.asking import REPOSITORY, asking, entry
from tests.security.advisory import advisory
from tests.security.watch import Outcome, Watch

from portcall.testing import FakeRegistry, Layer, estargz, image, quirks, zstd_chunked

pytestmark = pytest.mark.anyio

PROMISED = {
    "eStargz": (estargz, "containerd.io/snapshot/stargz/toc.digest"),
    "zstd:chunked": (zstd_chunked, "io.github.containers.zstd-chunked.manifest-checksum"),
}
NOISE = b"".join(hashlib.sha256(b"%d" % number).digest() for number in range(4000))
FILES: dict[str, Any] = {"etc/good": "of the image\n", "srv/noise": NOISE, "srv/other": "another\n"}
OTHER_DIGEST = "sha256:" + "0" * 64

Lie = Callable[[dict[str, Any]], None]


def bent(lie: Lie) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return what bends the row of one file."""

    def bend(document: dict[str, Any]) -> dict[str, Any]:
        lie(next(row for row in document["entries"] if row["name"].strip("./") == "etc/good"))
        return document

    return bend


async def read(watch: Watch, built: Layer, *chosen: quirks.Quirk, path: str = "/etc/good") -> Outcome:
    registry = FakeRegistry(quirks=chosen)
    registry.push(REPOSITORY, image([built]), tags=["1"])
    with registry.serve() as address:
        async with asking(entry(address)) as gateway:
            told = await watch.ask(
                gateway, "read_file", image_name=f"{address.netloc}/{REPOSITORY}:1", path=path, max_bytes=1000
            )
    assert all(registry.fired(type(each)) for each in chosen)
    return told


@pytest.mark.parametrize("name", PROMISED)
async def test_table_that_is_true_is_used(watch: Watch, name: str):
    """The other half of the rule: without it the tests below would prove nothing."""
    build, _ = PROMISED[name]
    told = await read(watch, build(FILES))
    assert told.answer.content == "of the image\n"
    assert told.answer.bytes_fetched < 20_000


@advisory("CVE-2025-24882")
@pytest.mark.parametrize("name", PROMISED)
async def test_table_that_is_not_what_the_manifest_vouches_for_is_refused(watch: Watch, name: str):
    build, annotation = PROMISED[name]
    told = await read(watch, build(FILES, annotations={annotation: OTHER_DIGEST}))
    assert told.code == "digest_mismatch"


@pytest.mark.parametrize("name", PROMISED)
async def test_table_that_nobody_vouches_for_is_not_used(watch: Watch, name: str):
    build, annotation = PROMISED[name]
    told = await read(watch, build(FILES, annotations={annotation: None}))
    assert told.answer.content == "of the image\n"
    assert told.answer.bytes_fetched > 100_000


@advisory("CVE-2025-24882")
@pytest.mark.parametrize("name", PROMISED)
async def test_piece_that_is_not_what_its_table_says_is_not_used(watch: Watch, name: str):
    build, _ = PROMISED[name]
    digests = {"digest": OTHER_DIGEST, "chunkDigest": OTHER_DIGEST}
    told = await read(watch, build(FILES, toc=bent(lambda row: row.update(digests))))
    assert told.code == "digest_mismatch"


LIES: dict[str, Lie] = {
    "beyond the layer": lambda row: row.update(offset=1 << 40),
    "before its beginning": lambda row: row.update(offset=-1),
    "at the first header": lambda row: row.update(offset=0),
    "in the table itself": lambda row: row.update(offset=120_000_000),
    "an end before the beginning": lambda row: row.update(endOffset=1),
    "a size of an exbibyte": lambda row: row.update(size=1 << 60),
    "a negative size": lambda row: row.update(size=-1),
    "a piece larger than its file": lambda row: row.update(chunkSize=1 << 40),
    "a place deep in a piece": lambda row: row.update(innerOffset=1 << 60),
    "no numbers": lambda row: row.update(size="1", offset=[], mode={}),
}


@advisory("CVE-2024-29902")
@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("name", PROMISED)
async def test_table_that_makes_no_sense_is_left_aside(watch: Watch, name: str, lie: str):
    """Then the layer is read whole, and the layer's own digest counts; or its piece is refused."""
    build, _ = PROMISED[name]
    told = await read(watch, build(FILES, toc=bent(LIES[lie])))
    if told.code == "ok":
        assert told.answer.content == "of the image\n"
    else:
        assert told.code == "digest_mismatch"


@advisory("CVE-2024-29902")
@pytest.mark.parametrize("name", PROMISED)
async def test_piece_that_swells_is_unpacked_no_further_than_its_size(watch: Watch, name: str):
    """What a row promises to be ten bytes is far more; no more than those are made, and they are not believed."""
    build, _ = PROMISED[name]
    files = {"etc/good": b"x" * 60_000, "etc/next": "x"}
    told = await read(watch, build(files, toc=bent(lambda row: row.update(size=10, chunkSize=10))))
    assert told.code == "digest_mismatch"


@advisory("CVE-2021-21272", "CVE-2024-24579")
@pytest.mark.parametrize("name", PROMISED)
async def test_names_in_a_table_lead_nowhere(watch: Watch, name: str):
    def climb(row: dict[str, Any]) -> None:
        row["name"] = "../../../../etc/passwd"

    build, _ = PROMISED[name]
    told = await read(watch, build(FILES, toc=bent(climb)), path="/etc/passwd")
    assert told.answer.content == "of the image\n"


@advisory("CVE-2024-29902")
async def test_table_that_swells_is_left_aside(watch: Watch):
    table = b'{"version":1,"entries":[]}'.ljust(65 << 20)
    told = await read(watch, zstd_chunked(FILES, toc=lambda _: table))
    assert told.answer.content == "of the image\n"
    assert told.answer.bytes_fetched > 100_000


# Ranges


@pytest.mark.parametrize("name", PROMISED)
async def test_registry_that_ignores_ranges_sends_the_whole_and_it_is_checked(watch: Watch, name: str):
    build, _ = PROMISED[name]
    told = await read(watch, build(FILES), quirks.RangeIgnored())
    assert told.answer.content == "of the image\n"
    assert told.answer.verified


@pytest.mark.parametrize("name", PROMISED)
async def test_range_that_is_another_one_is_not_used(watch: Watch, name: str):
    build, _ = PROMISED[name]
    told = await read(watch, build(FILES), quirks.RangeMisplaced())
    assert told.code == "upstream_error"


@advisory("CVE-2025-24882")
@pytest.mark.parametrize("name", PROMISED)
async def test_wrong_bytes_in_a_range_are_not_used(watch: Watch, name: str):
    build, _ = PROMISED[name]
    built = build(FILES)
    told = await read(watch, built, quirks.FlippedBit(path=f"/blobs/{built.digest}"))
    assert told.code == "digest_mismatch" or told.answer.content == "of the image\n"
