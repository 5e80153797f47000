"""Images built by code are what the specifications say, down to the bytes: archives."""

from __future__ import annotations

import io
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.testing_images.built import NAMES, PACKINGS, members, unpack

from portcall.testing import (
    DELETED,
    OPAQUE,
    Compression,
    compress,
    device,
    directory,
    executable,
    fifo,
    file,
    hardlink,
    symlink,
    tar_of,
)


def test_files_come_with_the_directories_above_them():
    found = members(tar_of({"etc/ssl/cert.pem": b"x", "etc/motd": "hello\n"}))
    assert [(one.name, one.isdir()) for one in found] == [
        ("etc", True),
        ("etc/ssl", True),
        ("etc/ssl/cert.pem", False),
        ("etc/motd", False),
    ]


def test_pairs_are_written_exactly_as_given():
    found = members(tar_of([("/a/../b", b"1"), ("/a/../b", b"2"), ("./c/d", b"3")]))
    assert [one.name for one in found] == ["/a/../b", "/a/../b", "./c/d"]


def test_nodes_keep_mode_owner_and_target():
    tree = {
        "bin/su": executable(b"x", mode=0o4755),
        "srv": directory(mode=0o1777, uid=7, gid=8),
        "sh": symlink("bin/su"),
        "twin": hardlink("bin/su"),
        "note": file("text", mode=0o600, uid=5, mtime=1),
    }
    found = {one.name: one for one in members(tar_of(tree))}
    assert found["bin/su"].mode == 0o4755
    assert (found["srv"].mode, found["srv"].uid, found["srv"].gid) == (0o1777, 7, 8)
    assert found["sh"].issym()
    assert found["sh"].linkname == "bin/su"
    assert found["twin"].islnk()
    assert (found["note"].mode, found["note"].uid, found["note"].mtime) == (0o600, 5, 1)


def test_deleted_and_opaque_are_whiteouts():
    found = members(tar_of({"etc/motd": DELETED, "opt": OPAQUE, "gone": DELETED}))
    assert [one.name for one in found] == ["etc", "etc/.wh.motd", "opt/.wh..wh..opq", ".wh.gone"]
    assert all(one.size == 0 for one in found)


def test_archive_ends_after_two_zero_blocks_as_go_writes_it():
    archive = tar_of({"a": b"1"})
    assert len(archive) == 512 + 512 + 1024
    assert archive.endswith(bytes(1024))


def test_pipes_and_devices_are_what_they_are_called():
    pipe, null, disk = members(
        tar_of({"pipe": fifo(), "null": device("character", 1, 3, mode=0o666), "disk": device("block", 8, 0)})
    )
    assert pipe.isfifo()
    assert (null.ischr(), null.devmajor, null.devminor, null.mode) == (True, 1, 3, 0o666)
    assert (disk.isblk(), disk.devmajor, disk.devminor) == (True, 8, 0)


def test_attributes_are_stored_as_pax_records():
    (found,) = members(tar_of({"a": file("1", xattrs={"user.comment": "größer"})}))
    assert found.pax_headers == {"SCHILY.xattr.user.comment": "größer"}


def test_forms_of_archives_differ_in_how_they_write_long_names():
    tree = {"x" * 300: "1"}
    assert [one.name for one in members(tar_of(tree, form="gnu"))] == ["x" * 300]
    assert b"././@LongLink" in tar_of(tree, form="gnu")
    assert b"path=xxx" in tar_of(tree)
    with pytest.raises(ValueError, match="too long"):
        tar_of(tree, form="ustar")


@settings(deadline=None)
@given(st.dictionaries(NAMES.filter(bool).map("/".join), st.binary(max_size=2000), max_size=5))
def test_any_tree_reads_back_as_written(tree: dict[str, bytes]):
    with tarfile.open(fileobj=io.BytesIO(tar_of(list(tree.items())))) as tar:
        read = {one.name: tar.extractfile(one).read() for one in tar}  # type: ignore[union-attr]
    assert read == tree


@pytest.mark.parametrize("how", PACKINGS)
@settings(deadline=None)
@given(data=st.binary(max_size=200) | st.integers(0, 140_000).map(lambda size: b"ab" * size))
def test_any_packing_unpacks_to_the_same_bytes(how: Compression, data: bytes):
    assert unpack(compress(data, how), how) == data


def test_packing_hides_no_time_or_name():
    for how in PACKINGS:
        assert compress(b"same", how) == compress(b"same", how)
    assert compress(b"x" * 9, "gzip")[:10] == b"\x1f\x8b\x08\0\0\0\0\0\0\xff"


def test_gzip_members_are_many_as_in_estargz():
    packed = compress(b"x" * 10_000, "gzip-members")
    assert packed.count(b"\x1f\x8b\x08\0\0\0\0\0\0\xff") == 3
