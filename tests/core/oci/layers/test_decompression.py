"""Layers are unpacked by what they are, whatever is said of them, to the end of what is stored."""

from __future__ import annotations

import gzip
import io
import random
import zlib
from collections.abc import Callable

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.oci.layers.tar_cases import END, WHAT, Trickle, member, scan

from portcall.errors import PortcallError, TooLargeError, UpstreamError
from portcall.oci.layers.bounds import Bounds
from portcall.oci.layers.decompress import Archive, decompressed
from portcall.oci.layers.readable import Source
from portcall.oci.layers.zstd_frames import ZstdFrames
from portcall.testing.images.layers import skippable

NOISE = random.Random(5).randbytes(3000)
TAR = member(b"a", b"hello" * 400) + member(b"noise", NOISE) + END
LEGACY_FRAME = b"\x27\xb5\x2f\xfd" + bytes(20)


def zstd(data: bytes, **options: bool) -> bytes:
    return zstandard.ZstdCompressor(**options).compress(data)


def streamed(data: bytes) -> bytes:
    """Return a frame that does not know how long it is, in blocks of all kinds."""
    compressor = zstandard.ZstdCompressor(write_checksum=True).compressobj()
    pieces = [compressor.compress(data[at : at + 100]) + compressor.flush(1) for at in range(0, len(data), 100)]
    return b"".join(pieces) + compressor.flush()


def spoilt(packed: bytes) -> bytes:
    return packed[:400] + b"\xff" * 90 + packed[490:]


def opened(raw: bytes, most: int = 1 << 20, bounds: Bounds | None = None) -> Archive:
    return decompressed(Source(Trickle(raw, most), WHAT), bounds or Bounds())


def everything(archive: Archive, size: int = 1 << 18) -> bytes:
    return b"".join(iter(lambda: archive.read(size), b""))


PACKED: dict[str, tuple[str, bytes]] = {
    "plain": ("none", TAR),
    "gzip": ("gzip", gzip.compress(TAR)),
    "gzip of a pipe": ("gzip", zlib.compress(TAR, wbits=31)),
    "gzip in members": ("gzip", b"".join(gzip.compress(TAR[at : at + 100]) for at in range(0, len(TAR), 100))),
    "gzip, empty members": ("gzip", gzip.compress(b"") * 3 + gzip.compress(TAR) + gzip.compress(b"") * 3),
    "gzip, zeros between": (
        "gzip",
        gzip.compress(TAR[:70]) + bytes(700) + gzip.compress(TAR[70:]) + bytes(70_000),
    ),
    "zstd": ("zstd", zstd(TAR)),
    "zstd of a pipe": ("zstd", streamed(TAR)),
    "zstd, nothing said": ("zstd", zstd(TAR, write_content_size=False, write_checksum=False)),
    "zstd in frames": ("zstd", b"".join(zstd(TAR[at : at + 100]) for at in range(0, len(TAR), 100))),
    "zstd, empty frames": ("zstd", zstd(b"") * 3 + zstd(TAR) + zstd(b"") * 3),
    "zstd, skipped first": ("zstd", skippable(b"") + skippable(b"x" * 70_000) + zstd(TAR)),
    "zstd, skipped between": (
        "zstd",
        zstd(TAR[:70]) + skippable(b"\x28\xb5\x2f\xfd") + zstd(TAR[70:]) + skippable(TAR),
    ),
    "zstd, all skippable": (
        "zstd",
        b"".join(bytes([0x50 + n]) + skippable(b"x")[1:] for n in range(16)) + zstd(TAR),
    ),
    "zstd, zeros after": ("zstd", zstd(TAR) + bytes(70_000)),
}


@pytest.mark.parametrize("way", PACKED)
@pytest.mark.parametrize("most", [1, 7, 1 << 20])
@pytest.mark.parametrize("size", [1, 33, 1 << 18])
def test_all_that_is_packed_is_unpacked(way: str, most: int, size: int):
    """In whatever pieces it comes, and is asked for."""
    compression, raw = PACKED[way]
    archive = opened(raw, most)

    assert everything(archive, size) == TAR
    assert archive.finish() == 0
    assert archive.compression == compression
    assert (archive.stored, archive.produced) == (len(raw), len(TAR))


@pytest.mark.parametrize("way", PACKED)
def test_no_more_is_unpacked_than_asked_for(way: str):
    archive = opened(PACKED[way][1])
    while data := archive.read(10):
        assert len(data) <= 10


parts = st.lists(st.binary(max_size=300).map(lambda data: data * 20), min_size=1, max_size=5)
packers = st.sampled_from([zstd, streamed, lambda data: zstd(data) + skippable(data)])


@settings(deadline=None)
@given(parts, st.one_of(st.just(gzip.compress), packers), st.integers(1, 5000), st.integers(1, 5000))
def test_members_and_frames_add_up(pieces: list[bytes], packer: Callable[[bytes], bytes], most: int, size: int):
    assert everything(opened(b"".join(map(packer, pieces)), most), size) == b"".join(pieces)


@pytest.mark.parametrize("packer", [gzip.compress, zstd])
@pytest.mark.parametrize("junk", [b"x", b"junk" * 30_000, b"\0\0\0\0x", b"PK\3\4", b"\x1e\x8b" * 9])
def test_what_follows_the_packed_data_is_read_to_its_end_and_noted(packer: Callable[[bytes], bytes], junk: bytes):
    """The layer's digest needs every byte, though unpackers stop before."""
    raw = packer(TAR) + junk
    for most in (3, 1 << 20):
        readable = Trickle(raw, most)
        archive = decompressed(Source(readable, WHAT), Bounds())

        assert everything(archive) == TAR
        assert archive.finish() == len(junk.lstrip(b"\0"))
        assert readable.given == len(raw)


def test_the_note_is_in_the_index():
    assert scan(gzip.compress(TAR) + b"junk").index.notes == ("4 bytes follow the end of the compressed data",)


@pytest.mark.parametrize("packer", [gzip.compress, zstd])
def test_half_a_magic_after_the_packed_data_means_that_more_should_follow(packer: Callable[[bytes], bytes]):
    with pytest.raises(UpstreamError, match="is cut off"):
        scan(packer(TAR) + packer(TAR)[:1])


@pytest.mark.parametrize("packer", [gzip.compress, zstd])
def test_packed_data_that_is_no_archive_is_told_so(packer: Callable[[bytes], bytes]):
    with pytest.raises(UpstreamError, match=f"{WHAT} is no archive"):
        scan(packer(b"a chart, not a layer\n" * 100))


@pytest.mark.parametrize(
    "raw",
    [
        b"\x1f\x8b\x07\0" + bytes(600),
        spoilt(gzip.compress(TAR)),
        spoilt(zstd(TAR, write_checksum=True)),
        spoilt(streamed(TAR)),
        streamed(TAR)[:6] + b"\xff" * 600,
        zstd(TAR, write_checksum=True)[:-1] + b"\0",
    ],
)
def test_damaged_data_is_told_so(raw: bytes):
    with pytest.raises(UpstreamError, match=r"is damaged: its (gzip|zstd) data cannot be unpacked"):
        everything(opened(raw))


def test_a_frame_that_needs_a_dictionary_cannot_be_unpacked():
    trained = zstandard.ZstdCompressionDict(NOISE, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    raw = bytearray(zstandard.ZstdCompressor(dict_data=trained).compress(NOISE * 2))

    with pytest.raises(PortcallError):
        scan(bytes(raw))


def test_a_window_that_is_too_large_is_refused_before_memory_is_taken():
    wide = zstandard.ZstdCompressionParameters(window_log=22, write_content_size=False)
    compressor = zstandard.ZstdCompressor(compression_params=wide).compressobj()
    raw = compressor.compress(TAR) + compressor.flush()

    assert everything(opened(raw, bounds=Bounds(window_bytes=1 << 22))) == TAR
    with pytest.raises(TooLargeError, match="needs more than 2 MiB of memory"):
        everything(opened(raw, bounds=Bounds(window_bytes=1 << 21)))


@pytest.mark.parametrize(("descriptor", "kib"), [(0x00, 1), (0x18, 8), (0x1C, 12), (0x1F, 15)])
def test_a_window_is_measured_to_the_byte(descriptor: int, kib: int):
    raw = b"\x28\xb5\x2f\xfd\x00" + bytes([descriptor]) + b"\x03\0\0\0"

    assert ZstdFrames(Source(Trickle(raw), WHAT), kib << 10).read() == raw
    with pytest.raises(TooLargeError):
        ZstdFrames(Source(Trickle(raw), WHAT), (kib << 10) - 1).read()


def test_a_frame_of_one_piece_needs_as_much_memory_as_it_has_contents():
    with pytest.raises(TooLargeError, match="of memory"):
        everything(opened(zstd(bytes(1 << 20)), bounds=Bounds(window_bytes=1 << 19)))


@pytest.mark.parametrize("raw", [b"BZh91AY&SY" + bytes(600), b"\xfd7zXZ\0" + bytes(600), LEGACY_FRAME, NOISE])
def test_other_ways_to_pack_are_no_layers(raw: bytes):
    with pytest.raises(UpstreamError, match="is no archive"):
        scan(raw)


@pytest.mark.parametrize("raw", [TAR, gzip.compress(TAR), zstd(TAR)])
def test_what_the_source_raises_is_what_is_raised(raw: bytes):
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(min(size or 0, 700))
            if not data or self.tell() > 1400:
                raise ConnectionAbortedError("gone")
            return data

    with pytest.raises(ConnectionAbortedError, match="gone"):
        everything(decompressed(Source(Broken(raw), WHAT), Bounds()), 100)


@pytest.mark.parametrize("packer", [gzip.compress, zstd])
def test_whoever_has_gone_is_noticed_while_little_input_unpacks_to_much(packer: Callable[[bytes], bytes]):
    """The source is not read in between: that alone would not notice it."""

    def check() -> None:
        checks.append(readable.given)
        if len(checks) > 20:
            raise ConnectionAbortedError("gone")

    checks: list[int] = []
    readable = Trickle(packer(member(b"zeros", bytes(30 << 20)) + END), 1 << 20, check)

    with pytest.raises(ConnectionAbortedError):
        everything(decompressed(Source(readable, WHAT), Bounds()), 1 << 16)
    assert len(set(checks)) <= 3  # the magic, the input, the output
