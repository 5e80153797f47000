"""Files inside an image."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from portcall.models.base import LongText, Page, QuietModel
from portcall.models.layers import EntryKind
from portcall.models.of_image import OfImage


class ImageFile(QuietModel):
    """One entry of the merged tree, as a container would see it."""

    left_out: ClassVar[frozenset[str]] = frozenset({"target", "dangling"})

    path: str
    """Absolute; bytes that are no UTF-8 as ``\\xNN``."""
    kind: EntryKind
    """``hardlink`` where the entry that made it is one: the file itself is at ``target``."""
    size: int
    """Bytes; of a hard link, those of the file that it names."""
    mode: str
    """As ``ls -l`` shows it: ``-rwxr-xr-x``."""
    owner: str
    """``uid:gid``."""
    modified: str | None = None
    """RFC 3339."""
    target: str | None = None
    """Where a link leads, as it is written there."""
    dangling: bool | None = False
    """Of a link: whether it leads nowhere in the image; null where that is not known."""
    layer: int
    """Number of the layer that it comes from, from 1, the lowest first."""


class FileList(OfImage, Page):
    """One page of the merged tree: a directory's own entries, or with a pattern all that match below it."""

    rows_field: ClassVar[str] = "files"
    left_out: ClassVar[frozenset[str]] = OfImage.left_out | {"pattern", "resolved_path"}

    path: str
    resolved_path: str | None = None
    """Where ``path`` leads, if there are links in it."""
    pattern: str = ""
    files: tuple[ImageFile, ...] = ()
    bytes_fetched: int = 0
    """Layer bytes that were downloaded for this answer."""
    verified: bool = True
    """Whether every layer that this rests on was read whole, or by its table of contents, and checked."""


class FileContent(OfImage, LongText):
    """A part of one file inside an image."""

    text_field: ClassVar[str] = "content"

    left_out: ClassVar[frozenset[str]] = OfImage.left_out | {"resolved_path", "escaped"}

    path: str
    """As it was asked for, from the root."""
    resolved_path: str | None = None
    """Where that leads, if there are links in it."""
    size: int
    """Bytes of the whole file."""
    mode: str
    owner: str
    modified: str | None = None
    layer: int
    """Number of the layer that it comes from, from 1, the lowest first."""
    layer_digest: str
    offset: int = 0
    """Where ``content`` begins in the file, bytes."""
    next_offset: int | None = None
    """Where the next part begins; ``None`` at the file's end."""
    encoding: Literal["text", "base64"]
    content: str
    escaped: bool = False
    """Whether characters that hide are written out in it by their numbers, as in ``\\u{1b}``: for models alone."""
    bytes_fetched: int = 0
    """Layer bytes that were downloaded for this answer."""
    verified: bool
    """Whether a digest vouches for these bytes: the layer's, or the file's in a table of contents."""

    def cut_to(self, characters: int) -> Self:
        """Return a shorter part; ``next_offset`` goes on with the first byte left out."""
        if self.encoding == "base64":
            # Four letters are three bytes.
            kept = self.content[: characters // 4 * 4]
            taken = len(kept) // 4 * 3 - kept.count("=")
        else:
            kept = self.content[:characters]
            taken = len(kept.encode())
        return self.model_copy(update={"content": kept, "next_offset": self.offset + taken})
