"""What single headers mean, in all dialects of tar."""

from __future__ import annotations

from hashlib import sha256

import pytest
from tests.core.oci.layers.tar_cases import (
    END,
    WHAT,
    binary,
    entries,
    entry,
    header,
    member,
    octal,
    padded,
    record,
    records,
    scan,
)

from portcall.errors import TooLargeError, UpstreamError
from portcall.oci.layers.bounds import Bounds

GNU, V7 = b"ustar  \0", b""


def refused(*parts: bytes) -> str:
    with pytest.raises(UpstreamError) as caught:
        scan(b"".join(parts) + END)
    assert caught.value.hint
    return caught.value.message


def test_a_header_of_the_seventh_edition_has_no_magic():
    assert entry(member(b"a", b"hello", b"\0", magic=V7)).kind == "file"


def test_a_name_ending_in_a_slash_was_how_a_directory_was_told_before_there_were_types():
    found = entry(member(b"etc/", flag=b"\0", magic=V7))

    assert (found.path, found.kind, found.offset) == ("etc", "directory", None)


def test_a_slash_after_the_name_of_a_typed_file_is_cleaned_away():
    assert entry(member(b"etc/", b"x")).kind == "file"


def test_contiguous_files_are_files():
    assert entry(member(b"a", b"xy", b"7")).size == 2


@pytest.mark.parametrize("flag", [b"V", b"M", b"D", b"N", b"Z"])
def test_an_entry_of_an_unknown_type_is_told_and_its_data_skipped(flag: bytes):
    index = scan(member(b"odd", b"data", flag) + member(b"after", b"x") + END).index

    assert [(found.kind, found.size, found.digest) for found in index.entries][:1] == [("other", 4, None)]
    assert index.entries[1].path == "after"
    assert index.notes == ("1 entry is of an unknown type",)


@pytest.mark.parametrize("flag", [b"1", b"2", b"3", b"4", b"5", b"6"])
def test_types_without_contents_have_none_whatever_size_is_told(flag: bytes):
    """As Go has it: the next header follows at once."""
    first, second = entries(header(b"a", 512, flag, link=b"b"), member(b"c"))

    assert (first.size, first.digest, second.path) == (0, None, "c")


def test_the_prefix_of_a_posix_header_comes_before_its_name():
    assert entry(member(b"name", prefix=b"very/long")).path == "very/long/name"


def test_gnu_headers_keep_times_where_posix_has_the_prefix():
    assert entry(member(b"name", magic=GNU, prefix=b"01234567012\0")).path == "name"


def test_star_keeps_times_behind_a_shorter_prefix():
    fields = b"p".ljust(131, b"\0") + b"00000000001\0" * 2
    assert entry(member(b"name", prefix=fields, rest=b"\0" * 8 + b"tar\0")).path == "p/name"


def test_a_prefix_is_not_read_on_into_stars_times():
    fields = b"p" * 131 + b"7" * 24
    assert entry(member(b"name", prefix=fields, rest=b"\0" * 8 + b"tar\0")).path == "p" * 131 + "/name"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (b"00000000017\0", 15),
        (b"          17", 15),
        (b"17 \0junk\0\0\0\0", None),
        (b"17\0junk\0\0\0\0\0", 15),
        (bytes(12), 0),
        (b" " * 12, 0),
        (binary(1 << 40), 1 << 40),
        (binary(-1), -1),
        (binary(-(1 << 62)), -(1 << 62)),
        (binary((1 << 63) - 1), (1 << 63) - 1),
        (binary(1 << 63), None),
        (b"00000000018\0", None),
        (b"-0000000017\0", None),
        (b"+0000000017\0", None),
        (b"0o000000017\0", None),
        (b"0_000000017\0", None),
    ],
)
def test_numbers_are_octal_or_binary_and_nothing_else(field: bytes, value: int | None):
    block = member(b"a", mtime=field)

    if value is None:
        # Behind another entry: at the very beginning this would be no archive.
        assert "makes no sense" in refused(member(b"first"), block)
    else:
        assert entry(block).mtime == value


def test_a_negative_size_is_refused():
    assert "a size is negative" in refused(member(b"a"), header(b"b", binary(-1)))


def test_permission_bits_are_kept_and_type_bits_are_not():
    assert entry(member(b"a", mode=b"0106755\0")).mode == 0o6755


def test_a_checksum_may_have_been_made_of_signed_characters():
    assert entry(member(b"\xff\xfe", signed=True)).path == "\udcff\udcfe"


@pytest.mark.parametrize("checksum", [b"0000000\0", b"zzzzzz\0 ", bytes(8)])
def test_a_header_that_does_not_add_up_is_refused_with_its_place(checksum: bytes):
    assert refused(member(b"a", b"x"), member(b"b", checksum=checksum)) == (
        f"{WHAT} is broken: the header at byte 1024 of its archive makes no sense (its checksum does not match)"
    )


def test_bytes_that_are_no_utf_8_become_surrogates():
    assert entry(member(b"caf\xe9/\xff")).path == "caf\udce9/\udcff"


def test_a_name_ends_at_its_first_nul():
    assert entry(member(b"a\0b", link=b"c\0d", flag=b"2"))[:2] == ("a", "symlink")


def test_a_symlinks_target_is_told_as_it_is_written_and_a_hard_links_is_a_path():
    soft, hard = entries(member(b"a", flag=b"2", link=b".././/x/"), member(b"b", flag=b"1", link=b"/.././/x/"))

    assert (soft.target, hard.target) == (".././/x/", "x")


@pytest.mark.parametrize(
    ("name", "path", "notes"),
    [
        (b"./a//b/../c", "a/c", ()),
        (b"a/..", "", ("1 entry other than a directory has the root's name",)),
        (b"a/...", "a/...", ()),
        (b"..a/b..", "..a/b..", ()),
        (b"/etc/passwd", "etc/passwd", ("1 name is absolute",)),
        (b"../../etc/passwd", "etc/passwd", ("1 name climbs above the root",)),
        (b"a/../../b", "b", ("1 name climbs above the root",)),
        (b"", "", ("1 entry other than a directory has the root's name",)),
        (b".//./", "", ("1 entry other than a directory has the root's name",)),
        (b"a\\..\\b", "a\\..\\b", ()),
    ],
)
def test_names_are_cleaned_and_never_climb_above_the_root(name: bytes, path: str, notes: tuple[str, ...]):
    index = scan(member(name) + END).index

    assert (index.entries[0].path, index.notes) == (path, notes)


@pytest.mark.parametrize("name", [b".", b"./", b"/", b""])
def test_the_root_itself_may_be_in_a_layer(name: bytes):
    found = entry(member(name, flag=b"5"))

    assert (found.path, found.kind) == ("", "directory")


def test_long_names_of_gnu_tar_are_put_before_the_header():
    name, link = b"n" * 300, b"l" * 300
    long = member(b"././@LongLink", name + b"\0", b"L"), member(b"././@LongLink", link + b"\0", b"K")

    found = entry(*long, member(name[:100], flag=b"2", link=link[:100]))

    assert (found.path, found.target) == (name.decode(), link.decode())


def test_a_long_name_outranks_records_which_outrank_the_header():
    pax = records((b"path", b"of-records"), (b"linkpath", b"of-records"))

    found = entry(pax, member(b"", b"long\0", b"L"), member(b"short", flag=b"2", link=b"x"))

    assert (found.path, found.target) == ("long", "of-records")


def test_a_long_name_is_that_of_the_next_entry_alone():
    assert [found.path for found in entries(member(b"", b"long", b"L"), member(b"a"), member(b"b"))] == [
        "long",
        "b",
    ]


def test_records_outrank_the_header():
    pax = records(
        (b"path", b"\xff\xfe/" + "ü".encode()), (b"uid", b"4000000000"), (b"gid", b"-1"), (b"mtime", b"12.75")
    )

    found = entry(pax, member(b"short", mtime=octal(99)))

    assert found[:1] + found[4:7] == ("\udcff\udcfe/ü", 4_000_000_000, -1, 12)


@pytest.mark.parametrize(
    ("value", "second"),
    [(b"-1.5", -2), (b"-1.000", -1), (b"-0.25", -1), (b"5.", 5), (b"1e5", None), (b"9" * 19, None), (b".5", None)],
)
def test_a_fraction_of_a_second_is_cut_off_downwards(value: bytes, second: int | None):
    parts = records((b"mtime", value)), member(b"a")

    if second is None:
        assert "PAX record" in refused(*parts)
    else:
        assert entry(*parts).mtime == second


def test_the_size_in_a_record_is_the_one_that_counts():
    found, after = entries(records((b"size", b"5")), header(b"a", 0) + padded(b"hello"), member(b"b"))

    assert (found.size, found.digest, after.path) == (5, sha256(b"hello").digest(), "b")


def test_an_empty_record_leaves_what_the_header_says():
    pax = records((b"path", b""), (b"size", b""), (b"mtime", b""), (b"uid", b""), (b"linkpath", b""))

    assert entry(pax, member(b"a", b"xyz", mtime=octal(7)))[:7] == ("a", "file", 3, 0o644, 0, 0, 7)


def test_records_for_all_entries_are_left_aside_as_engines_do():
    """Go, which every engine is written in, hands them out and applies none: git archive writes one."""
    index = scan(records((b"path", b"evil"), (b"size", b"9"), flag=b"g") + member(b"a", b"x") + END).index

    assert [(found.path, found.size) for found in index.entries] == [("a", 1)]
    assert index.notes == ("1 global extended header is left aside, as engines do",)


@pytest.mark.parametrize("before", [member(b"", b"long", b"L"), records((b"path", b"long"))])
def test_records_for_all_entries_part_an_entry_from_what_was_said_of_it(before: bytes):
    assert entry(before, records((b"comment", b"x"), flag=b"g"), member(b"short")).path == "short"


def test_unknown_records_are_let_go():
    assert entry(records((b"SCHILY.xattr.user.x", b"\0=\n\xff"), (b"comment", b"")), member(b"a")).path == "a"


@pytest.mark.parametrize(
    "data",
    [
        b"x",
        b"99 path=a\n",
        b"4 a\n",
        b"8 path=a",
        b"8 path=ab\n",
        b"0 path=a\n",
        b"-9 path=a\n",
        b" 10 path=a\n",
        b"9" * 400 + b" path=a\n",
        b"99999999999999999999 path=a\n",
        b"6 =ab\n",
        b"7 path\n",
        record(b"path", b"a\0b"),
        record(b"linkpath", b"a\0b"),
        record(b"size", b"-1"),
        record(b"size", b"1x"),
        record(b"size", b"0x10"),
        record(b"size", b"1" * 19 + b"0"),
        record(b"uid", b"9" * 19),
    ],
)
def test_records_that_are_none_are_refused(data: bytes):
    assert "makes no sense" in refused(member(b"x", data, b"x"), member(b"a"))


def test_an_extended_header_is_not_held_when_it_is_too_long():
    with pytest.raises(TooLargeError, match="extended header of more than 100 bytes"):
        scan(header(b"x", binary(1 << 40), b"x"), bounds=Bounds(extended_bytes=100))


@pytest.mark.parametrize("end", [b"", bytes(512), bytes(1024), bytes(10240)])
def test_an_archive_ends_with_zeros_or_where_a_header_would_be(end: bytes):
    assert scan(member(b"a", b"x") + end).index.archive_size == 1024 + len(end)


def test_half_an_end_is_none():
    assert "half of an end" in refused(member(b"a"), bytes(512), member(b"b"))


def test_what_follows_the_end_is_noted():
    index = scan(member(b"a") + END + bytes(100) + b"junk" + bytes(40)).index

    assert index.notes == ("44 bytes follow the end of the archive",)
    assert index.archive_size == 512 + 1024 + 144


def test_zeros_after_that_count_as_well_wherever_they_are():
    index = scan(END + b"j" + bytes(1 << 20)).index

    assert index.notes == (f"{1 + (1 << 20)} bytes follow the end of the archive",)


@pytest.mark.parametrize("raw", [b"", bytes(512), bytes(10240)])
def test_an_archive_may_be_empty(raw: bytes):
    assert scan(raw).index.entries == ()


@pytest.mark.parametrize("raw", [b"hello", b"\0" * 40 + b"x", b"<html>" * 200, b"%PDF-1.7\n".ljust(4096), b"\x1f"])
def test_something_else_is_no_archive(raw: bytes):
    with pytest.raises(UpstreamError, match="is no archive"):
        scan(raw)


def test_a_member_of_an_exbibyte_is_cut_off_at_once():
    """tarfile spins on it for ever (CVE-2026-11972)."""
    with pytest.raises(UpstreamError, match="is cut off"):
        scan(header(b"a", binary(1 << 60)) + b"few bytes")
