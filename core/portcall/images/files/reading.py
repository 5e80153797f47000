"""A part of one file inside an image."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Literal, NamedTuple

from portcall.errors import InvalidArgumentError
from portcall.images.files.missing import named, unreadable_layers
from portcall.images.files.rows import mode, modified, owner
from portcall.images.files.search import Search
from portcall.images.files.shown import from_root
from portcall.models import FileContent

if TYPE_CHECKING:
    from portcall.images.files.question import ReadQuestion
    from portcall.images.files.search import Located
    from portcall.images.layers import LayerReader
    from portcall.images.opened import OpenedImage

_MOST_CANDIDATES = 10
_LONGEST_CANDIDATE = 200
#: A character takes no more bytes than this.
_CHARACTER = 4
_WHAT = {"character": "a device", "block": "a device", "fifo": "a pipe"}


async def read_file(image: OpenedImage, reader: LayerReader, question: ReadQuestion) -> FileContent:
    """Return a part of one file, with as few of the layers' bytes as that takes.

    Raises:
        NotFoundError: There is no such file; if a layer deleted it, which one did.
        InvalidArgumentError: The path is a directory, or a device, or the offset is beyond the end.
        UnsupportedError: It is in none of the layers that can be read, and some cannot.
        TooLargeError: The layers are over a ceiling.
    """
    search = Search(image, reader, (question.offset, question.max_bytes))
    found = await search.find(question.path)
    node = found.node
    _check(found, question)
    size = node.content.entry.size
    length = min(question.max_bytes, size - question.offset)
    part = part_of(await search.contents(node, question.offset, length), question.offset, size)
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


def part_of(data: bytes, offset: int, size: int) -> Part:
    """Return a part of a file as text, cut to whole characters; what is no UTF-8, or has a NUL, as base64.

    Args:
        data: The part.
        offset: Where it begins.
        size: Bytes of the whole file.
    """
    end = offset + len(data)
    binary = Part("base64", base64.b64encode(data).decode("ascii"), offset, end)
    if b"\0" in data:
        return binary
    begins = _leading(data) if offset else 0
    ends = len(data) - (_trailing(data) if end < size else 0)
    try:
        text = data[begins:ends].decode()
    except UnicodeDecodeError:
        return binary
    # A part that is shorter than a character has to be told all the same, or nobody would ever get past it.
    return Part("text", text, offset + begins, offset + ends) if text or not data else binary


def normal(path: str) -> str:
    """Return a path as it was asked for, from the root."""
    return from_root("/".join(part for part in path.split("/") if part not in {"", "."}))


def _leading(data: bytes) -> int:
    """Return how many bytes at the beginning belong to a character that began before."""
    head = data[: _CHARACTER - 1]
    return next((at for at, byte in enumerate(head) if byte & 0xC0 != 0x80), len(head))


def _trailing(data: bytes) -> int:
    """Return how many bytes at the end belong to a character that goes on behind it."""
    for length, byte in enumerate(reversed(data[-_CHARACTER + 1 :]), 1):
        if byte & 0xC0 != 0x80:
            wanted = 4 if byte >= 0xF0 else 3 if byte >= 0xE0 else 2 if byte >= 0xC0 else 1
            return length if wanted > length else 0
    return 0


def _check(found: Located, question: ReadQuestion) -> None:
    """Refuse what has no contents, or none at the offset."""
    node = found.node
    if node.kind == "directory":
        raise InvalidArgumentError(
            f"{named(question.path)} is a directory",
            hint="list_files shows what is in it.",
            candidates=_some_files(found),
        )
    if node.kind != "file":
        raise InvalidArgumentError(
            f"{named(question.path)} is {_WHAT.get(node.kind, 'no file')}, which has no contents",
            hint="Name a file; list_files shows which ones there are.",
        )
    size = node.content.entry.size
    if question.offset > size:
        raise InvalidArgumentError(
            f"argument 'offset' is beyond the file's end: it has {size:,} bytes", hint="Begin at 0."
        )


def _some_files(found: Located) -> tuple[str, ...]:
    start = f"/{found.path}/" if found.path else "/"
    names = sorted(name for name in found.view.names_in(found.path) if name.isascii() and name.isprintable())
    paths = [start + name for name in names if start.isascii() and start.isprintable()]
    return tuple(path for path in paths if len(path) <= _LONGEST_CANDIDATE)[:_MOST_CANDIDATES]
