"""Tags of a repository."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import PrivateAttr

from portcall.models.base import Model, Page


class Tag(Model):
    """One tag; what the registry's tag list does not tell is ``None`` or empty."""

    name: str
    digest: str | None = None
    last_updated: str | None = None
    size: int | None = None
    platforms: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    """Other tags of the same digest, where known."""


class TagList(Page):
    """One page of a repository's tags."""

    rows_field: ClassVar[str] = "tags"
    left_out: ClassVar[frozenset[str]] = Page.left_out | {"digest", "complete", "tag_pattern", "moving"}

    name: str
    """The repository's familiar name."""
    registry: str
    tags: tuple[Tag, ...] = ()
    ordered_by: str = "version"
    tag_pattern: str = ""
    """What the tags match, if the question named a pattern."""
    newest_stable: str | None = None
    """The newest stable version among all the repository's tags that match."""
    moving: dict[str, str] | None = None
    """On the first page, where the list tells digests: the version that ``latest``, ``stable``, ``mainline`` and
    their like are now, whatever the pattern."""
    digest: str | None = None
    """The digest whose tags were asked for, if that was the question."""
    complete: bool | None = None
    """For the tags of one digest: whether every tag was checked."""

    _is_continued: bool = PrivateAttr(default=False)

    @property
    def is_continued(self) -> bool:
        """Whether an earlier page told what is true of all."""
        return self._is_continued

    def continued(self) -> Self:
        """Return this page, which goes on where an earlier one ended."""
        self._is_continued = True
        return self
