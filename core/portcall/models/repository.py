"""Repositories as registries tell of them: in a search, in a list, and one in full."""

from __future__ import annotations

from typing import ClassVar, Literal

from portcall.models.base import LongText, Page, QuietModel


class DockerImage(LongText):
    """One repository; what its registry does not tell is ``None``."""

    text_field: ClassVar[str] = "readme"
    left_out: ClassVar[frozenset[str]] = LongText.left_out | {"readme", "tag", "size", "publisher", "is_verified"}

    name: str
    """The familiar name, valid as ``image_name``."""
    tag: str | None = None
    description: str | None = None
    stars: int | None = None
    pulls: int | None = None
    last_updated: str | None = None
    """RFC 3339, UTC."""
    size: int | None = None
    """Bytes of all that it holds, compressed."""
    registry: str
    reference: str
    """The full name, with its registry."""
    is_official: bool | None = None
    """Whether it is one of the registry's own official images."""
    publisher: str | None = None
    """Who publishes it, as the registry calls them."""
    is_verified: bool | None = None
    """Whether the registry vouches for who publishes it."""
    is_private: bool | None = None
    web_url: str | None = None
    readme: str | None = None
    """The long description, where it was asked for; empty where there is none, null where that is not told."""

    @property
    def where_whole(self) -> str:
        """Where a reader finds what is left out."""
        return "the page at web_url has the whole" if self.web_url else ""


class SourceStatus(QuietModel):
    """What became of one registry in a question to several."""

    left_out: ClassVar[frozenset[str]] = frozenset({"error", "total"})

    registry: str
    status: Literal["ok", "failed", "unsupported"]
    error: str | None = None
    """What went wrong: ``code: message``."""
    total: int | None = None
    """How many rows this registry has in all, where it tells."""


class ImageList(Page):
    """What was found, the best of each registry in turn."""

    rows_field: ClassVar[str] = "images"
    left_out: ClassVar[frozenset[str]] = Page.left_out | {"sources"}

    query: str
    images: tuple[DockerImage, ...] = ()
    sources: tuple[SourceStatus, ...] = ()


class RepositoryList(Page):
    """One page of a namespace's repositories."""

    rows_field: ClassVar[str] = "repositories"

    namespace: str
    registry: str
    repositories: tuple[DockerImage, ...] = ()
