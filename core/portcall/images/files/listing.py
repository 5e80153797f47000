"""Files inside an image, listed: a directory's own, or all below it that match a pattern."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from portcall.cursor import make_cursor, read_cursor
from portcall.errors import InvalidArgumentError
from portcall.images.files.dangling import Links
from portcall.images.files.globbing import matching
from portcall.images.files.missing import missing, named
from portcall.images.files.node import Directory
from portcall.images.files.pattern import PathPattern
from portcall.images.files.reading import normal
from portcall.images.files.resolve import resolve
from portcall.images.files.rows import row
from portcall.images.files.shown import from_root, unescaped
from portcall.images.files.tree import MergedTree
from portcall.images.files.unread import unreadable_layers
from portcall.models import FileList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portcall.images.files.node import TreeNode
    from portcall.images.files.question import FileQuestion
    from portcall.images.files.resolve import Resolution
    from portcall.images.layers import LayerReader
    from portcall.images.opened import OpenedImage

#: Most remarks on odd layers that one answer carries.
_MOST_NOTES = 8


async def list_files(image: OpenedImage, reader: LayerReader, question: FileQuestion) -> FileList:
    """Return one page of a directory; with a pattern, of all that matches below it.

    Raises:
        NotFoundError: There is no such path; if a layer deleted it, which one did.
        InvalidArgumentError: A cursor that makes no sense, or a pattern for what is no directory.
        UnsupportedError: It is in none of the layers that can be read, and some cannot.
        TooLargeError: The layers are over a ceiling.
    """
    indexes = await reader.indexes()
    # In a thread, however small the tree: a path may lead far, and what was meant by it takes a while to tell.
    return await asyncio.to_thread(lambda: _listed(image, MergedTree.of(indexes), reader, question))


def _listed(image: OpenedImage, tree: MergedTree, reader: LayerReader, question: FileQuestion) -> FileList:
    found = _found(image, tree, question)
    resolved = found.resolved and from_root(found.resolved)
    path = normal(question.path)
    about = FileList(
        **image.identity,
        path=path,
        resolved_path=None if resolved == path else resolved,
        pattern=question.pattern,
        total=len(found.entries),
        bytes_fetched=reader.bytes_fetched,
        verified=reader.verified,
        warnings=found.warnings,
    )
    return _page(about, found.entries, tree, question)


class _Found(NamedTuple):
    """What a question is answered with.

    Args:
        resolved: The path that was asked for, without links; ``None`` where it leads nowhere itself.
        entries: All entries that are wanted, in order.
        warnings: What is odd about the image.
    """

    resolved: str | None
    entries: list[tuple[str, TreeNode]]
    warnings: tuple[str, ...]


def _page(
    about: FileList, entries: Sequence[tuple[str, TreeNode]], tree: MergedTree, question: FileQuestion
) -> FileList:
    bound_to = ("list_files", about.name, about.platform_digest, question.path, question.pattern)
    (told,) = read_cursor(question.cursor, bound_to, int) if question.cursor else (0,)
    start = max(told, 0)
    shown, links = entries[start : start + question.limit], Links(tree)
    rows = tuple(row(path, node, is_dangling=links.is_dangling(path, node)) for path, node in shown)

    def cursor_at(number: int) -> str:
        return make_cursor([start + number], bound_to)

    following = cursor_at(len(rows)) if start + len(rows) < len(entries) else None
    return about.model_copy(update={"files": rows, "next_cursor": following}).paged_by(cursor_at)


def _found(image: OpenedImage, tree: MergedTree, question: FileQuestion) -> _Found:
    """Return all that is asked for; there may be a lot."""
    given = question.path
    leads, entry = _resolved(tree, given)
    if entry.fault and (other := unescaped(given)) != given:
        leads, entry = _resolved(tree, other)
    if entry.node is None or (entry.fault and not _is_entry(entry)):
        raise missing(image, tree, given, entry)
    if isinstance(leads.node, Directory) and not leads.fault:
        if question.pattern:
            entries = list(matching(tree, leads.path, PathPattern.parse(question.pattern)))
        else:
            start = f"{leads.path}/" if leads.path else ""
            entries = [(start + name, node) for name, node in sorted(leads.node.children.items())]
    elif question.pattern:
        raise InvalidArgumentError(
            f"{named(given)} is no directory, and nothing below it can match a pattern",
            hint="Leave the pattern out, or name a directory.",
        )
    else:
        entries = [(entry.path, entry.node)]
    return _Found(None if leads.fault else leads.path, entries, _warnings(image, tree))


def _resolved(tree: MergedTree, path: str) -> tuple[Resolution, Resolution]:
    """Return where a path leads, and, unless that is a directory, the entry that it names itself."""
    leads = resolve(tree.at, path)
    if isinstance(leads.node, Directory) and not leads.fault:
        return leads, leads
    return leads, resolve(tree.at, path, follow_last=False)


def _is_entry(found: Resolution) -> bool:
    """Return whether a way ended at an entry that can be listed, though it leads nowhere: a broken hard link."""
    return found.fault == "broken" and not found.rest


def _warnings(image: OpenedImage, tree: MergedTree) -> tuple[str, ...]:
    notes = tree.notes[:_MOST_NOTES]
    if len(tree.notes) > len(notes):
        notes += (f"{len(tree.notes) - len(notes)} more oddities of the layers are left out here",)
    if not tree.unreadable:
        return notes
    unread = unreadable_layers(image, tree.unreadable)
    return (f"this is not all: what is in, or was deleted by, some layers is not seen: {unread}", *notes)
