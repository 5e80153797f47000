"""One pass over a layer, for all that is in it, or for the sake of one file."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from hashlib import sha256

import pytest
import zstandard
from tests.core.oci.layers.tar_cases import DIGEST, END, Trickle, header, member, records, scan

from portcall.errors import UpstreamError
from portcall.oci.layers.entry import LayerEntry
from portcall.oci.layers.scan import scan_layer

BIG = bytes(range(256)) * 4000
TAR = (
    header(b"./", flag=b"5")
    + member(b"./a", b"hello")
    + member(b"./big", BIG)
    + header(b"link", flag=b"2", link=b"a")
    + member(b".wh.gone")
    + member(b"z", b"bye")
    + END
)
Packer = Callable[[bytes], bytes]
PACKERS: list[Packer] = [bytes, gzip.compress, zstandard.ZstdCompressor().compress]


class Seeker:
    """Wants a window of each file, and has had enough after one of them.

    Args:
        start: Where the window begins.
        length: How long it is.
        last: After which entry to stop; none without.
    """

    def __init__(self, start: int = 0, length: int = 10, last: str | None = None) -> None:
        self.window = (start, length)
        self.last = last
        self.seen: list[LayerEntry] = []

    def wants(self, entry: LayerEntry) -> tuple[int, int] | None:
        self.seen.append(entry)
        return self.window

    def is_satisfied(self) -> bool:
        return self.seen[-1].path == self.last


@pytest.mark.parametrize("packer", PACKERS)
def test_a_layer_is_told_entry_by_entry_in_its_order(packer: Packer):
    scanned = scan(packer(TAR))
    index = scanned.index

    assert [entry.path for entry in index.entries] == ["", "a", "big", "link", ".wh.gone", "z"]
    assert scanned.is_whole
    assert (index.digest, index.source, index.verified) == (DIGEST, "archive", False)
    assert index.archive_size == len(TAR)
    for entry, data in zip(index.entries, [None, b"hello", BIG, None, b"", b"bye"], strict=True):
        assert entry.digest == (None if data is None else sha256(data).digest())
        if data is not None:
            assert entry.offset is not None
            assert TAR[entry.offset : entry.offset + entry.size] == data


def test_repeated_entries_are_all_there():
    assert [entry.size for entry in scan(member(b"a", b"1") + member(b"a", b"22") + END).index.entries] == [1, 2]


@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize("most", [100, 1 << 20])
@pytest.mark.parametrize(
    ("start", "length"),
    [(0, 4), (0, 0), (2, 100), (5, 1), (262_140, 9), (1000, 600_000), (1_023_999, 9), (2 << 20, 1)],
)
def test_what_the_lookout_wants_is_kept(packer: Packer, most: int, start: int, length: int):
    if packer is not bytes and most == 100:
        most = 5000
    kept = scan(packer(TAR), most, lookout=Seeker(start, length)).kept

    assert kept == {
        1: b"hello"[start : start + length],
        2: BIG[start : start + length],
        4: b"",
        5: b"bye"[start : start + length],
    }


def test_the_lookout_sees_every_entry_before_its_contents():
    lookout = Seeker()
    index = scan(TAR, lookout=lookout).index

    assert [entry._replace(digest=None) for entry in index.entries] == lookout.seen


def test_nothing_is_kept_where_nothing_is_wanted():
    class Watcher(Seeker):
        def wants(self, entry: LayerEntry) -> None:
            super().wants(entry)

    assert scan(TAR, lookout=Watcher()).kept == {}


@pytest.mark.parametrize("packer", PACKERS)
def test_a_satisfied_lookout_ends_the_pass(packer: Packer):
    tail = member(b"tail", bytes(range(256)) * 40_000)
    readable = Trickle(packer(TAR[: -len(END)] + tail + END), 4096)

    scanned = scan_layer(readable, DIGEST, lookout=Seeker(last="big"))

    assert not scanned.is_whole
    assert [entry.path for entry in scanned.index.entries] == ["", "a", "big"]
    assert scanned.index.archive_size is None
    assert scanned.kept[2] == BIG[:10]
    # What was read ahead, at most.
    assert readable.given < len(readable.data) or packer is not bytes


def test_a_pass_that_ended_early_says_nothing_of_damage_behind():
    assert not scan(TAR[:3000], lookout=Seeker(last="a")).is_whole
    with pytest.raises(UpstreamError):
        scan(TAR[:3000], lookout=Seeker(last="big"))


def test_what_a_lookout_raises_ends_the_pass():
    class Impatient(Seeker):
        def is_satisfied(self) -> bool:
            raise TimeoutError("enough")

    with pytest.raises(TimeoutError, match="enough"):
        scan(TAR, lookout=Impatient())


@pytest.mark.parametrize("packer", PACKERS)
def test_every_stored_byte_is_read(packer: Packer):
    """The layer's digest is made of all of them."""
    readable = Trickle(packer(TAR + bytes(1 << 20)) + bytes(3))

    scan_layer(readable, DIGEST)

    assert readable.given == len(readable.data)


def test_all_that_is_odd_is_noted_once():
    parts = [
        member(b"/a"),
        member(b"../b"),
        member(b"../c"),
        member(b"d", flag=b"V"),
        member(b"e/../../.."),
        records((b"comment", b"x"), flag=b"g"),
    ]

    assert scan(b"".join(parts) + END + b"x").index.notes == (
        "3 names climb above the root",
        "1 name is absolute",
        "1 entry other than a directory has the root's name",
        "1 entry is of an unknown type",
        "1 global extended header is left aside, as engines do",
        "1 byte follows the end of the archive",
    )


@pytest.mark.parametrize("digest", ["sha256:../../etc/passwd", "\x1b[31mred"])
def test_a_digest_that_is_none_is_not_repeated(digest: str):
    with pytest.raises(UpstreamError) as caught:
        scan_layer(Trickle(b"junk"), digest)

    assert caught.value.message.startswith("the layer is no archive")
