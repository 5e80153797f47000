"""Dockerfiles, and where they come from."""

from __future__ import annotations

from typing import ClassVar, Literal

from portcall.models.base import Answer, LongText


class DockerfileInfo(LongText):
    """One Dockerfile; what its origin does not tell is ``None``."""

    text_field: ClassVar[str] = "content"

    left_out: ClassVar[frozenset[str]] = Answer.left_out | {
        *("content", "excerpt", "claimed", "image", "platform", "revision")
    }

    repo: str
    """The repository that it is in: ``"github.com/acme/app"``; or the image that it was read from."""
    path: str | None = None
    """Where it is there: ``"docker/Dockerfile"``."""
    content: str | None = None
    excerpt: str | None = None
    """The lines that match, in a search."""
    size: int | None = None
    """Bytes."""
    last_updated: str | None = None
    origin: Literal["provenance", "source", "history"]
    exact: bool
    """Whether it is its origin's to the letter; that is no proof that it built an image."""
    claimed: bool = False
    """Whether where it comes from is what an unsigned source says."""
    web_url: str | None = None
    image: str | None = None
    """The image that was asked about, pinned by its digest."""
    platform: str | None = None
    revision: str | None = None
    """The commit that its origin names."""

    @property
    def where_whole(self) -> str:
        """Where a reader finds what is left out."""
        page = "the page at web_url has the whole" if self.web_url and self.origin == "source" else ""
        return page or "analyze_dockerfile reads the whole, given the image as image_name"


class DockerfileList(Answer):
    """Dockerfiles that were found."""

    query: str
    registry: str
    dockerfiles: tuple[DockerfileInfo, ...] = ()
