"""Places within a gzip layer from which it can be read on by a range request."""

from __future__ import annotations

import gzip
import io
import random
import zlib
from collections.abc import Callable
from itertools import pairwise

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.oci.layers.tar_cases import DIGEST, END, Trickle, member

from portcall.errors import UpstreamError
from portcall.oci.layers.checkpoints import Checkpoint, Checkpoints, resume
from portcall.oci.layers.scan import scan_layer

MIB = 1 << 20
_random = random.Random(7)
#: 21 MiB that neither pack away to nothing nor stay as they are.
WORDS = [_random.randbytes(40) for _ in range(300)]
TAR = b"".join(member(b"file%d" % n, b"".join(_random.choices(WORDS, k=190_000))) for n in range(3)) + END
WAYS = {
    "one member": gzip.compress(TAR, 1),
    "many members": b"".join(gzip.compress(TAR[at : at + 70_000], 1) for at in range(0, len(TAR), 70_000)),
    "stored": zlib.compress(TAR, 0, wbits=31),
    "zeros between": gzip.compress(TAR[: 9 * MIB], 1) + bytes(300_000) + gzip.compress(TAR[9 * MIB :], 1),
}
Scanned = tuple[bytes, Checkpoints]


@pytest.fixture(scope="module")
def scanned() -> dict[str, Scanned]:
    found = {}
    for way, raw in WAYS.items():
        checkpoints = Checkpoints()
        scan_layer(io.BytesIO(raw), DIGEST, checkpoints=checkpoints)
        found[way] = raw, checkpoints
    return found


def part(raw: bytes, checkpoints: Checkpoints, offset: int, length: int, most: int = MIB) -> bytes:
    checkpoint = checkpoints.before(offset)
    assert checkpoint is not None
    readable = Trickle(raw[checkpoint.blob_offset :], most)
    return resume(readable, checkpoint, skip=offset - checkpoint.archive_offset, length=length)


@settings(deadline=None, max_examples=60)
@given(way=st.sampled_from([*WAYS]), data=st.data())
def test_any_part_of_the_archive_is_had_from_the_checkpoint_before_it(
    scanned: dict[str, Scanned], way: str, data: st.DataObject
):
    offset = data.draw(st.integers(0, len(TAR) - 1))
    length = data.draw(st.integers(0, min(len(TAR) - offset, 600_000)))

    assert (
        part(*scanned[way], offset, length, data.draw(st.sampled_from([1000, MIB])))
        == TAR[offset : offset + length]
    )


@pytest.mark.parametrize("way", WAYS)
def test_there_is_one_every_few_megabytes(way: str, scanned: dict[str, Scanned]):
    raw, checkpoints = scanned[way]
    places = [checkpoints.before(offset) for offset in range(0, len(TAR), MIB // 4)]

    for offset, place in zip(range(0, len(TAR), MIB // 4), places, strict=True):
        assert place is not None
        assert 0 <= offset - place.archive_offset < 5 * MIB
        assert 0 <= place.blob_offset < len(raw)
    assert len(checkpoints) == len({*places, checkpoints.before(len(TAR))}) > 4


@pytest.mark.parametrize("way", WAYS)
def test_little_more_is_read_than_is_needed(way: str, scanned: dict[str, Scanned]):
    raw, checkpoints = scanned[way]
    checkpoint = checkpoints.before(18 * MIB)
    assert checkpoint is not None
    readable = Trickle(raw[checkpoint.blob_offset :])

    resume(readable, checkpoint, skip=0, length=1000)

    assert readable.given <= 1 << 16


@pytest.mark.parametrize("way", WAYS)
def test_exactly_at_a_checkpoint_and_right_before_it(way: str, scanned: dict[str, Scanned]):
    raw, checkpoints = scanned[way]
    checkpoint = checkpoints.before(len(TAR))
    assert checkpoint is not None
    at = checkpoint.archive_offset

    assert part(raw, checkpoints, at, 5) == TAR[at : at + 5]
    assert part(raw, checkpoints, at - 1, 5) == TAR[at - 1 : at + 4]
    assert checkpoints.before(at - 1) != checkpoint


def test_a_checkpoint_can_be_used_again(scanned: dict[str, Scanned]):
    raw, checkpoints = scanned["one member"]

    assert part(raw, checkpoints, 15 * MIB, 9) == part(raw, checkpoints, 15 * MIB, 9)


def test_the_first_one_is_the_beginning(scanned: dict[str, Scanned]):
    _, checkpoints = scanned["one member"]

    assert checkpoints.before(0) == Checkpoint(0, 0, None)


@pytest.mark.parametrize("packer", [bytes, zstandard.ZstdCompressor().compress])
def test_other_layers_have_none(packer: Callable[[bytes], bytes]):
    checkpoints = Checkpoints()
    scan_layer(io.BytesIO(packer(member(b"a") + END)), DIGEST, checkpoints=checkpoints)

    assert len(checkpoints) == 0
    assert checkpoints.before(0) is None


def test_a_layer_that_is_read_again_gets_no_second_set(scanned: dict[str, Scanned]):
    raw, checkpoints = scanned["one member"]
    before = len(checkpoints)

    scan_layer(io.BytesIO(raw), DIGEST, checkpoints=checkpoints)

    assert len(checkpoints) == before


def test_they_never_become_many():
    """However large the layer is: then they are further apart."""
    checkpoints = Checkpoints()
    checkpoints.add(0, 0, None)
    for offset in range(0, 100 << 30, 4 * MIB):
        if checkpoints.is_due(offset):
            checkpoints.add(offset // 3, offset, None)

    places = sorted({checkpoints.before(offset).archive_offset for offset in range(0, 100 << 30, 64 * MIB)})  # type: ignore[union-attr]
    assert 16 <= len(checkpoints) <= 32
    assert len(places) == len(checkpoints)
    assert places[0] == 0
    assert max(later - earlier for earlier, later in pairwise(places)) <= 8 << 30


@pytest.mark.parametrize("way", ["one member", "many members"])
def test_a_part_that_the_layer_does_not_have_is_cut_off(way: str, scanned: dict[str, Scanned]):
    raw, checkpoints = scanned[way]

    with pytest.raises(UpstreamError, match="is cut off"):
        part(raw, checkpoints, len(TAR) - 10, 11)
    with pytest.raises(UpstreamError, match="is cut off"):
        part(raw[:-3_000_000], checkpoints, len(TAR) - 10, 5)


def test_bytes_that_are_not_those_are_told_so(scanned: dict[str, Scanned]):
    _, checkpoints = scanned["one member"]
    checkpoint = checkpoints.before(18 * MIB)
    assert checkpoint is not None

    with pytest.raises(UpstreamError, match=r"is damaged|is cut off"):
        resume(io.BytesIO(b"\xff" * 3_000_000), checkpoint, skip=1 << 30, length=1)


def test_whoever_has_gone_is_noticed_on_the_way(scanned: dict[str, Scanned]):
    def check() -> None:
        raise ConnectionAbortedError("gone")

    raw, checkpoints = scanned["one member"]
    checkpoint = checkpoints.before(0)
    assert checkpoint is not None
    with pytest.raises(ConnectionAbortedError):
        resume(Trickle(raw, check=check), checkpoint, skip=1000, length=1)
