"""Every archive that tarfile writes is read as tarfile reads it."""

from __future__ import annotations

import io
import math
import posixpath
import tarfile
from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.oci.layers.tar_cases import scan

from portcall.oci.layers.entry import LayerEntry

FORMATS = [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]
KINDS = {
    tarfile.REGTYPE: "file",
    tarfile.CONTTYPE: "file",
    tarfile.DIRTYPE: "directory",
    tarfile.SYMTYPE: "symlink",
    tarfile.LNKTYPE: "hardlink",
    tarfile.CHRTYPE: "character",
    tarfile.BLKTYPE: "block",
    tarfile.FIFOTYPE: "fifo",
}
parts = st.sampled_from(["usr", "lib", ".", "..", ".wh.x", "a b", "ü", "\udcff\udc80", "x" * 120, "é" * 60])
names = st.lists(parts, min_size=1, max_size=6).map("/".join)
contents = st.one_of(st.binary(max_size=40), st.sampled_from([b"x" * 511, b"y" * 512, b"z" * 1025]))
small = st.integers(0, 0o7777777)


@st.composite
def members(draw: st.DrawFn) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(draw(names))
    member.type = draw(st.sampled_from([tarfile.REGTYPE, *KINDS]))
    data = draw(contents) if KINDS[member.type] == "file" else b""
    member.size = len(data)
    member.mode = draw(st.integers(0, 0o7777))
    member.uid, member.gid = draw(small), draw(st.one_of(small, st.just(1 << 40)))
    member.mtime = draw(
        st.one_of(small, st.integers(-(1 << 40), 1 << 40), st.integers(-4000, 4000).map(lambda number: number / 4))
    )
    member.linkname = draw(names) if member.islnk() or member.issym() else ""
    return member, data


def written(tree: Sequence[tuple[tarfile.TarInfo, bytes]], form: int) -> bytes | None:
    """Return the archive; ``None`` where the format has no room for what is in it."""
    out = io.BytesIO()
    try:
        with tarfile.open(fileobj=out, mode="w", format=form) as archive:
            for member, data in tree:
                archive.addfile(member, io.BytesIO(data))
    except ValueError:
        return None
    return out.getvalue()


def rooted(name: str) -> str:
    return posixpath.normpath("/" + name).lstrip("/")


def expected(member: tarfile.TarInfo, raw: bytes) -> LayerEntry:
    kind = KINDS[member.type]
    data = raw[member.offset_data : member.offset_data + member.size]
    return LayerEntry(
        rooted(member.name),
        kind,  # type: ignore[arg-type]
        member.size,
        member.mode,
        member.uid,
        member.gid,
        math.floor(member.mtime),
        {"symlink": member.linkname, "hardlink": rooted(member.linkname)}.get(kind),
        sha256(data).digest() if kind == "file" else None,
        member.offset_data if kind == "file" else None,
    )


@settings(deadline=None)
@given(st.lists(members(), max_size=5), st.sampled_from(FORMATS), st.sampled_from([1 << 20, 1000, 100]))
def test_a_tree_is_read_as_tarfile_reads_it(tree: list[tuple[tarfile.TarInfo, bytes]], form: int, most: int):
    raw = written(tree, form)
    if raw is None:
        return
    with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
        told = [expected(member, raw) for member in archive]

    index = scan(raw, most).index

    assert list(index.entries) == told
    assert index.archive_size == len(raw)
    assert index.compression == "none"


@pytest.mark.parametrize("form", FORMATS)
def test_every_kind_of_entry_is_in_every_format(form: int):
    """The property above may find no room for what it draws; this one always has."""
    tree = []
    for number, kind in enumerate(KINDS):
        member = tarfile.TarInfo(f"dir/{number}")
        member.type, member.linkname = kind, "dir/0"
        tree.append((member, b""))
    raw = written(tree, form)
    assert raw is not None

    assert [entry.kind for entry in scan(raw).index.entries] == list(KINDS.values())
