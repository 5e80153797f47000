"""A part of one file inside an image."""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING, Literal, NamedTuple

from portcall.errors import InvalidArgumentError
from portcall.images.files.missing import named
from portcall.images.files.rows import mode, modified, owner
from portcall.images.files.search import Search
from portcall.images.files.shown import from_root
from portcall.images.files.unread import unreadable_layers
from portcall.models import FileContent

if TYPE_CHECKING:
    from portcall.images.files.node import TreeNode
    from portcall.images.files.question import ReadQuestion
    from portcall.images.files.search import Located
    from portcall.images.layers import LayerReader
    from portcall.images.opened import OpenedImage

_MOST_CANDIDATES = 10
_LONGEST_CANDIDATE = 200
#: A character takes no more bytes than this.
_CHARACTER = 4
#: A part has as many bytes at least, so that there is a character in it.
_LEAST = 2 * _CHARACTER
_WHAT = {"character": "a device", "block": "a device", "fifo": "a pipe"}


async def read_file(image: OpenedImage, reader: LayerReader, question: ReadQuestion) -> FileContent:
    """Return a part of one file, with as few of the layers' bytes as that takes.

    Raises:
        NotFoundError: There is no such file; if a layer deleted it, which one did.
        InvalidArgumentError: The path is a directory, or a device, or the offset is beyond the end.
        UnsupportedError: It is in none of the layers that can be read, and some cannot.
        TooLargeError: The layers are over a ceiling.
    """
    before = min(question.offset, _CHARACTER - 1)
    start, length = question.offset - before, before + max(question.max_bytes, _LEAST)
    search = Search(image, reader, (start, length))
    found = await search.find(question.path)
    node = found.node
    if node.kind == "directory":
        raise await asyncio.to_thread(_directory, found, question)
    _check(node, question)
    size = node.content.entry.size
    data = await search.contents(node, start, min(length, size - start))
    part = part_of(data[before:], question.offset, size, before=data[:before])
    path = normal(question.path)
    answer = FileContent(
        **image.identity,
        path=path,
        resolved_path=from_root(found.path) if from_root(found.path) != path else None,
        size=size,
        mode=mode(node),
        owner=owner(node),
        modified=modified(node),
        layer=node.content.layer,
        layer_digest=image.layers[node.content.layer - 1].digest,
        offset=part.offset,
        next_offset=part.end if part.end < size else None,
        encoding=part.encoding,
        content=part.content,
        bytes_fetched=reader.bytes_fetched,
        verified=reader.verified,
    )
    missing = found.view.unreadable
    if not missing:
        return answer
    unread = unreadable_layers(image, missing)
    return answer.with_warnings(f"some layers cannot be read, and may have another version: {unread}")


class Part(NamedTuple):
    """A part of a file as it is told.

    Args:
        encoding: How.
        content: Its bytes.
        offset: Where it begins in the file.
        end: Where it ends.
    """

    encoding: Literal["text", "base64"]
    content: str
    offset: int
    end: int


def part_of(data: bytes, offset: int, size: int, *, before: bytes = b"") -> Part:
    """Return a part of a file as text, cut to whole characters; what is no UTF-8, or has a NUL, as base64.

    Whoever goes on where a part ends gets all of the file, and never a piece of a character.

    Args:
        data: The part.
        offset: Where it begins.
        size: Bytes of the whole file.
        before: Bytes before it: whether it begins within a character, whose rest is then left out.
    """
    ends = len(data) - (_cut_off(data) if offset + len(data) < size else 0) or len(data)
    begins = min(_rest_of_character(before, data), ends)
    try:
        if b"\0" not in data:
            return Part("text", data[begins:ends].decode(), offset + begins, offset + ends)
    except UnicodeDecodeError:
        pass
    return Part("base64", base64.b64encode(data[:ends]).decode("ascii"), offset, offset + ends)


def normal(path: str) -> str:
    """Return a path as it was asked for, from the root."""
    return from_root("/".join(part for part in path.split("/") if part not in {"", "."}))


def _rest_of_character(before: bytes, data: bytes) -> int:
    """Return how many bytes at the beginning belong to a character that began before."""
    for count in range(1, len(before) + 1):
        rest = _length(before[-count]) - count
        if rest > 0:
            try:
                (before[-count:] + data[:rest]).decode()
            except UnicodeDecodeError:
                return 0
            return rest
    return 0


def _cut_off(data: bytes) -> int:
    """Return how many bytes at the end belong to a character that goes on behind it."""
    for count in range(1, min(_CHARACTER, len(data) + 1)):
        if _length(data[-count]):
            return count if _length(data[-count]) > count else 0
    return 0


def _length(byte: int) -> int:
    """Return how many bytes the character has that a byte begins; 0 for one within a character."""
    if byte < 0x80:
        return 1
    return 0 if byte < 0xC0 else 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4


def _directory(found: Located, question: ReadQuestion) -> InvalidArgumentError:
    """Return the error for a directory; to look into it can take a while."""
    return InvalidArgumentError(
        f"{named(question.path)} is a directory",
        hint="list_files shows what is in it.",
        candidates=_some_files(found),
    )


def _check(node: TreeNode, question: ReadQuestion) -> None:
    """Refuse what has no contents, or none at the offset."""
    if node.kind != "file":
        raise InvalidArgumentError(
            f"{named(question.path)} is {_WHAT.get(node.kind, 'no file')}, which has no contents",
            hint="Name a file; list_files shows which ones there are.",
        )
    size = node.content.entry.size
    if question.offset > size:
        raise InvalidArgumentError(
            f"the argument `offset` is beyond the file's end: it has {size:,} bytes", hint="Begin at 0."
        )


def _some_files(found: Located) -> tuple[str, ...]:
    start = f"/{found.path}/" if found.path else "/"
    names = sorted(name for name in found.view.names_in(found.path) if name.isascii() and name.isprintable())
    paths = [start + name for name in names if start.isascii() and start.isprintable()]
    return tuple(path for path in paths if len(path) <= _LONGEST_CANDIDATE)[:_MOST_CANDIDATES]
