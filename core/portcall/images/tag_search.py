"""Searching tags: by pattern, in an order that means something, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from portcall.cursor import make_cursor, read_cursor
from portcall.errors import InvalidArgumentError, UnsupportedError
from portcall.images.tag_list import collect_tags
from portcall.models import Tag, TagList
from portcall.tags import TagPattern, is_referrer_tag, newest_stable, version_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from portcall.backend import RegistryBackend
    from portcall.progress import Progress
    from portcall.reference import Reference

ORDERS = ("version", "updated", "name")


@dataclass(frozen=True, slots=True)
class TagQuestion:
    """What is asked of a repository's tags.

    Args:
        pattern: Substring, glob, ``re:…`` or ``version:…``; empty for all.
        order: ``version``, ``updated`` or ``name``.
        limit: Most rows of a page.
        cursor: Where an earlier page ended.
    """

    pattern: str = ""
    order: str = "version"
    limit: int = 25
    cursor: str = ""


async def search_tags(
    backend: RegistryBackend, reference: Reference, question: TagQuestion, progress: Progress | None = None
) -> TagList:
    """Return one page of the tags that match, best first, and the newest stable version among them.

    Raises:
        InvalidArgumentError: A pattern, order or cursor that makes no sense.
        UnsupportedError: ``order="updated"`` where the registry tells no dates.
    """
    pattern = TagPattern.parse(question.pattern)
    if question.order not in ORDERS:
        raise InvalidArgumentError(
            "argument 'order' is none of version, updated, name", hint="Leave it out to sort by version."
        )
    collected = await collect_tags(backend, reference.repository, progress)
    matching = [tag for tag in collected.tags if pattern.matches(tag.name)]
    warnings = [f"the list may not be complete: {collected.problem}"] if collected.problem else []
    shown = matching
    if not question.pattern:
        shown = [tag for tag in matching if not is_referrer_tag(tag.name)]
        if len(shown) < len(matching):
            count = len(matching) - len(shown)
            warnings.append(f"{count} tags that hold signatures or attestations are left out")
    ordered = in_order(shown, question.order, backend)
    page = _page(reference, ordered, question)
    return page.model_copy(
        update={
            "newest_stable": newest_stable(tag.name for tag in shown),
            "warnings": tuple(warnings),
        }
    )


def in_order(tags: Sequence[Tag], order: str, backend: RegistryBackend) -> list[Tag]:
    """Return ``tags`` sorted: versions and dates newest first, names alphabetically.

    Raises:
        UnsupportedError: Dates are asked for and there are none.
    """
    if order == "updated" and tags and not any(tag.last_updated for tag in tags):
        raise UnsupportedError(
            f"{backend.upstream.registry} tells no dates in its tag list",
            hint="Use order=version; get_image_details tells when one image was created.",
            registry=backend.upstream.registry,
        )
    return sorted(tags, key=_sort_key(order), reverse=order != "name")


def _sort_key(order: str) -> Callable[[Tag], Any]:
    if order == "name":
        return lambda tag: tag.name
    if order == "updated":
        return lambda tag: (tag.last_updated or "", version_key(tag.name))
    return lambda tag: version_key(tag.name)


def _page(reference: Reference, ordered: list[Tag], question: TagQuestion) -> TagList:
    """Cut the page out of the whole order; a cursor names the row it goes on at, so it outlives new tags."""
    bound_to = ("search_tags", reference.name, question.pattern, question.order)

    def cursor_at(row: int) -> str:
        return make_cursor([rest[row].name, rest[row].last_updated], bound_to)

    rest = ordered
    if question.cursor:
        name, updated = read_cursor(question.cursor, bound_to, 2)
        if not isinstance(name, str) or not (updated is None or isinstance(updated, str)):
            raise InvalidArgumentError("argument 'cursor' is no cursor of this tool")
        rest = _from(ordered, Tag(name=name, last_updated=updated), question.order)
    rows = rest[: question.limit]
    page = TagList(
        name=reference.familiar_name,
        registry=reference.registry,
        tags=tuple(rows),
        ordered_by=question.order,
        total=len(ordered),
        next_cursor=cursor_at(len(rows)) if len(rest) > len(rows) else None,
    )
    return page.paged_by(cursor_at)


def _from(ordered: list[Tag], start: Tag, order: str) -> list[Tag]:
    """Return ``ordered`` from ``start`` on, or from where it would stand if it is gone by now."""
    key = _sort_key(order)
    first = key(start)
    if order == "name":
        return [tag for tag in ordered if key(tag) >= first]
    return [tag for tag in ordered if key(tag) <= first]
