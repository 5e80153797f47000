"""A table of contents is believed where the manifest vouches for it, and where it makes sense."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.core.oci.layers.toc_cases import TREE, Stored, altered

from portcall.digest import digest_of
from portcall.errors import DigestMismatchError
from portcall.oci.layers.bounds import Bounds
from portcall.testing import Layer, compress, estargz, layer, tar_of, zstd_chunked
from portcall.testing.images.estargz import footer

STARGZ = "containerd.io/snapshot/stargz/toc.digest"
ZSTD = "io.github.containers.zstd-chunked"
POSITION, CHECKSUM = f"{ZSTD}.manifest-position", f"{ZSTD}.manifest-checksum"
FORMATS: dict[str, Callable[..., Layer]] = {"estargz": estargz, "zstd:chunked": zstd_chunked}
OTHER = digest_of(b"something else")


@pytest.fixture(params=FORMATS)
def build(request: pytest.FixtureRequest) -> Callable[..., Layer]:
    return FORMATS[request.param]


def reads(built: Layer) -> bool:
    return Stored(built).toc() is not None


# The digest


@pytest.mark.parametrize("digest", [None, "", "sha256:", OTHER.upper(), "md5:" + "0" * 32])
def test_without_a_digest_there_is_no_table(digest: str | None):
    for built in (estargz(TREE, annotations={STARGZ: digest}), zstd_chunked(TREE, annotations={CHECKSUM: digest})):
        stored = Stored(built)
        assert stored.toc() is None
        assert not stored.asked, "nothing is fetched that cannot be believed"


def test_a_table_that_is_not_what_the_digest_names_is_refused():
    with pytest.raises(DigestMismatchError, match="table of contents of layer sha256:"):
        Stored(estargz(TREE, annotations={STARGZ: OTHER})).toc()
    with pytest.raises(DigestMismatchError, match="table of contents of layer sha256:"):
        Stored(zstd_chunked(TREE, annotations={CHECKSUM: OTHER})).toc()


def test_other_digests_than_sha256_vouch_as_well():
    built = estargz(TREE, toc=lambda _: b'{"version":1,"entries":[]}')
    digest = digest_of(b'{"version":1,"entries":[]}', "sha512")
    assert reads(altered(built, built.blob, {STARGZ: digest}))


def test_a_plain_layer_has_no_table():
    stored = Stored(layer(TREE))
    assert stored.toc() is None
    assert not stored.asked


def test_annotations_left_over_on_a_layer_packed_anew_lead_nowhere():
    """Some tools keep the annotations of a layer that they pack with something else."""
    annotations = {**(estargz(TREE).annotations or {}), **(zstd_chunked(TREE).annotations or {})}
    assert not reads(layer(TREE, compression="gzip", annotations=annotations))
    stored = Stored(layer(TREE, compression="zstd", annotations=estargz(TREE).annotations))
    assert stored.toc() is None
    assert not stored.asked


def test_a_layer_with_both_formats_annotations_is_read_by_its_media_type():
    """stargz-snapshotter annotates its zstd layers with the digest of the JSON, too."""
    both = {STARGZ: OTHER}
    assert reads(zstd_chunked(TREE, names="io.containers", annotations=both))
    assert reads(estargz(TREE, annotations={POSITION: "1:2:3:1", CHECKSUM: OTHER}))


# Where it is


@pytest.mark.parametrize("offset", [0, 33 << 20, 1 << 40, 0xFFFFFFFFFFFFFFFF])
def test_a_footer_that_leads_out_of_the_layer_is_no_footer(offset: int):
    assert not reads(estargz(TREE, toc_offset=offset))


def test_a_footer_that_points_at_itself_or_at_files_finds_no_table():
    size = estargz(TREE).size
    for offset in (size - 51, size - 52, 1, 700):
        assert not reads(estargz(TREE, toc_offset=offset))


def test_another_file_in_the_place_of_the_table_is_none():
    told = b'{"version":1,"entries":[]}'
    for name, is_table in (("stargz.index.json", True), ("index.json", False)):
        blob = compress(tar_of([(name, told)]), "gzip") + footer(0)
        assert reads(Layer(blob, "", annotations={STARGZ: digest_of(told)})) is is_table


def test_the_footer_of_stargz_will_do_where_the_manifest_vouches():
    assert reads(estargz(TREE, legacy=True))
    assert not reads(estargz(TREE, legacy=True, annotations={STARGZ: None}))


def test_a_layer_without_a_footer_has_no_table():
    built = estargz(TREE)
    assert not reads(altered(built, built.blob[:-1]))
    assert not reads(altered(built, built.blob[-51:]))
    assert not reads(altered(built, built.blob + bytes(51)))
    assert not reads(altered(built, b""))


ODD_POSITIONS = """
    1  a:b:c:1  9:9:9  0:5:5:1  8:5:5:1  -9:5:5:1  9:0:5:1  9:5:0:1  9:5:5:2  9:5:5:1:1  99999:5:5:1  9:999999:5:1
    9:40000000:5:1  9:5:70000000:1  ٩:5:5:1  9999999999999999999999999:5:5:1  9:+5:5:1  9:5_0:5:1
"""


@pytest.mark.parametrize("position", ["", "9:5:5:1 ", "9:5:5:1\n", *ODD_POSITIONS.split()])
def test_a_position_that_makes_no_sense_is_none(position: str):
    stored = Stored(zstd_chunked(TREE, annotations={POSITION: position}))
    assert stored.toc() is None
    assert not stored.asked


def test_a_table_of_another_length_than_told_is_none():
    start, length, size, _ = (zstd_chunked(TREE).annotations or {})[POSITION].split(":")
    for told in (int(size) - 1, int(size) + 1):
        assert not reads(zstd_chunked(TREE, annotations={POSITION: f"{start}:{length}:{told}:1"}))


def test_a_table_that_is_damaged_is_none():
    """Whoever reads the layer whole then checks the layer's own digest."""
    built = estargz(TREE)
    at = built.blob.rindex(b"\x1f\x8b\x08\x00") + 40
    assert not reads(altered(built, built.blob[:at] + b"\xff\xff\xff" + built.blob[at + 3 :]))


def test_a_large_table_is_fetched_with_two_requests_and_no_byte_twice():
    stored = Stored(estargz({f"srv/{number}-{digest_of(b'%d' % number)}": b"x" for number in range(300)}))
    assert len(stored.index().entries) == 301
    (tail, size), (start, length) = stored.asked
    assert (size, start + length, tail + size) == (4096, tail, stored.layer.size)


def test_a_table_that_unpacks_to_more_than_64_mib_is_none(build: Callable[..., Layer]):
    empty = b'{"version":1,"entries":[]}'
    assert reads(build(toc=lambda _: empty.ljust(64 << 20)))
    assert not reads(build(toc=lambda _: empty.ljust((64 << 20) + 1)))


def test_a_table_with_more_entries_than_a_layer_may_have_is_none(build: Callable[..., Layer]):
    stored = Stored(build(TREE, landmark=None) if build is estargz else build(TREE))
    assert stored.toc(Bounds(entries=len(TREE))) is not None
    assert stored.toc(Bounds(entries=len(TREE) - 1)) is None


def test_a_table_with_far_more_pieces_than_entries_is_none(build: Callable[..., Layer]):
    stored = Stored(build({"lines": bytes(range(256)) * 10}, chunk_size=20))
    assert stored.toc(Bounds(entries=65)) is not None
    assert stored.toc(Bounds(entries=60)) is None
