"""What portcall tells of the files inside an image, in the words in which other people's tools are read."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from typing import TYPE_CHECKING

from tests.testbed.unpacked import Seen

if TYPE_CHECKING:
    from portcall import Portcall
    from portcall.models import ImageFile

_PART = 1 << 20


async def listed(portcall: Portcall, reference: str, limit: int = 1000) -> dict[str, ImageFile]:
    """Return every path of an image, page after page; none may be told twice."""
    rows: list[ImageFile] = []
    cursor = ""
    while not rows or cursor:
        page = await portcall.list_files(reference, "/", "**", limit=limit, cursor=cursor)
        assert page.verified
        assert len(page.files) <= limit
        rows += page.files
        cursor = page.next_cursor or ""
    by_path = {row.path: row for row in rows}
    assert len(by_path) == len(rows)
    return by_path


async def content(portcall: Portcall, reference: str, path: str) -> bytes:
    """Return a file's contents, part after part."""
    read, offset = b"", 0
    while True:
        part = await portcall.read_file(reference, path, offset=offset, max_bytes=_PART)
        assert part.offset == offset
        read += part.content.encode() if part.encoding == "text" else base64.b64decode(part.content)
        if part.next_offset is None:
            assert len(read) == part.size
            return read
        offset = part.next_offset


async def told(portcall: Portcall, reference: str) -> dict[str, Seen]:
    """Return all that there is in an image, every file read to its end."""
    rows = await listed(portcall, reference)
    return {path: as_seen(rows, path, await _digest(portcall, reference, row)) for path, row in rows.items()}


def as_seen(rows: dict[str, ImageFile], path: str, digest: str | None) -> Seen:
    """Return a row as the file system shows it: there a hard link is as good as what it is linked to."""
    row = rows[path]
    is_directory = row.kind == "directory"
    return Seen(
        mode=row.mode,
        owner=row.owner,
        size=row.size,
        modified=None if is_directory or row.modified is None else _seconds(row.modified),
        target=row.target if row.kind == "symlink" else None,
        digest=digest,
    )


async def _digest(portcall: Portcall, reference: str, row: ImageFile) -> str | None:
    if row.kind not in {"file", "hardlink"}:
        return None
    return hashlib.sha256(await content(portcall, reference, row.path)).hexdigest()


def _seconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())
