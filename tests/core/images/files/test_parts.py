"""Any part of a file is told so that all parts together are the file."""

from __future__ import annotations

import base64

from hypothesis import given
from hypothesis import strategies as st

from portcall.images.files.reading import Part, part_of


def bytes_of(part: Part) -> bytes:
    return part.content.encode() if part.encoding == "text" else base64.b64decode(part.content)


def parts_of(data: bytes, length: int) -> list[Part]:
    """Return a file in parts, each asked for where the last one ended."""
    parts, offset = list[Part](), 0
    while offset < len(data):
        part = part_of(data[offset : offset + length], offset, len(data), before=data[max(offset - 3, 0) : offset])
        assert part.offset == offset
        assert part.end > offset
        parts.append(part)
        offset = part.end
    return parts


#: Characters of one to four bytes.
texts = st.text("a\n é€ż😀", min_size=4, max_size=20)
mixed = st.lists(st.one_of(st.binary(max_size=5), texts.map(str.encode))).map(b"".join)


@given(mixed, st.integers(8, 20))
def test_all_parts_together_are_the_file(data: bytes, length: int):
    assert b"".join(map(bytes_of, parts_of(data, length))) == data


@given(texts, st.integers(8, 20))
def test_parts_of_text_are_text(text: str, length: int):
    assert {part.encoding for part in parts_of(text.encode(), length)} == {"text"}


@given(texts, st.data())
def test_a_part_that_begins_within_a_character_is_told_from_the_next_one_on(text: str, data: st.DataObject):
    raw = text.encode()
    offset = data.draw(st.integers(0, len(raw)))
    part = part_of(raw[offset:], offset, len(raw), before=raw[max(offset - 3, 0) : offset])
    assert (part.encoding, part.end) == ("text", len(raw))
    assert raw[part.offset :].decode() == part.content
    assert offset <= part.offset <= offset + 3


def test_what_is_binary_is_told_as_base64():
    assert part_of(b"a\0b", 0, 3).encoding == "base64"
    assert part_of("é".encode("latin-1"), 0, 1).encoding == "base64"
    assert part_of(b"caf\xc3", 0, 4).encoding == "base64"  # the file ends within a character
    assert part_of(b"caf\xc3", 0, 5) == Part("text", "caf", 0, 3)
