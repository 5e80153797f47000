"""Searching tags: by pattern, in an order that means something, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from portcall.cursor import check_limit, make_cursor, read_cursor
from portcall.errors import InvalidArgumentError, UnsupportedError
from portcall.images.known_digests import KnownDigests
from portcall.images.tag_list import collect_tags
from portcall.images.together import beside_the_loop
from portcall.models import Tag, TagList
from portcall.tags import TagPattern, is_referrer_tag, newest_stable, version_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from portcall.backend import RegistryBackend
    from portcall.images.tag_list import Collected
    from portcall.progress import Progress
    from portcall.reference import Reference

ORDERS = ("version", "updated", "name")
#: What a pattern holds that asks for signatures and other referrers.
_REFERRERS = ("sha256", "sha384", "sha512")


@dataclass(frozen=True, slots=True)
class TagQuestion:
    """What is asked of a repository's tags.

    Args:
        pattern: Substring, glob, ``re:…`` or ``version:…``; empty for all.
        order: ``version``, ``updated`` or ``name``.
        limit: Most rows of a page, 1–1000.
        cursor: Where an earlier page ended.

    Raises:
        InvalidArgumentError: No such order, or a limit out of range.
    """

    pattern: str = ""
    order: str = "version"
    limit: int = 25
    cursor: str = ""

    def __post_init__(self) -> None:
        if self.order not in ORDERS:
            raise InvalidArgumentError(
                "the argument `order` is none of version, updated, name",
                hint="Leave it out to sort by version; updated sorts by date.",
                candidates=ORDERS,
            )
        check_limit(self.limit)


async def search_tags(
    backend: RegistryBackend, reference: Reference, question: TagQuestion, progress: Progress | None = None
) -> TagList:
    """Return one page of the tags that match, best first, and the newest stable version among them.

    Raises:
        InvalidArgumentError: A pattern or cursor that makes no sense.
        UnsupportedError: ``order="updated"`` where the registry tells no dates.
    """
    pattern = TagPattern.parse(question.pattern)
    collected = await collect_tags(backend, reference.repository, progress)
    return await beside_the_loop(
        len(collected.tags), lambda: _found(backend, reference, question, pattern, collected)
    )


def _found(
    backend: RegistryBackend,
    reference: Reference,
    question: TagQuestion,
    pattern: TagPattern,
    collected: Collected,
) -> TagList:
    matching = [tag for tag in collected.tags if pattern.matches(tag.name)]
    shown = matching
    if not any(word in question.pattern for word in _REFERRERS):
        # A digest's digits match almost any short pattern, and nobody chooses an image by them.
        shown = [tag for tag in matching if not is_referrer_tag(tag.name)]
    warnings = [f"the list may not be complete: {collected.problem}"] if collected.problem else []
    warnings += collected.warnings
    if left_out := len(matching) - len(shown):
        what = "1 tag that holds a signature or attestation is"
        warnings.append(
            f"{what if left_out == 1 else f'{left_out:,} tags that hold signatures or attestations are'} left out"
        )
    ordered = in_order(shown, question.order, backend)
    page = paged(reference, ordered, question, ("search_tags", reference.name))
    known = KnownDigests(collected.tags)
    rows, notes = known.with_aliases(page.tags)
    return page.model_copy(
        update={
            "tags": rows,
            "newest_stable": newest_stable(tag.name for tag in shown),
            "moving": None if page.is_continued else known.moving or None,
            "warnings": (*warnings, *notes),
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


def paged(
    reference: Reference, ordered: Sequence[Tag], question: TagQuestion, bound_to: tuple[str, ...]
) -> TagList:
    """Cut the page out of the whole order; a cursor names the row it goes on at, so it outlives new tags.

    Args:
        reference: Whose tags they are.
        ordered: All of them.
        question: Which page is wanted.
        bound_to: What the cursor belongs to, beside pattern and order.

    Raises:
        InvalidArgumentError: The cursor is none, or another question's.
    """
    bound = (*bound_to, question.pattern, question.order)
    start = 0
    if question.cursor:
        name, updated = read_cursor(question.cursor, bound, str, str | None)
        start = _place(ordered, Tag(name=name, last_updated=updated), question.order)

    rows = ordered[start : start + question.limit]
    # A page that is kept must not keep the list alive: it holds its own rows, and where the next begins.
    following = ordered[start + len(rows)] if start + len(rows) < len(ordered) else None

    def cursor_at(row: int) -> str:
        tag = rows[row] if row < len(rows) else following
        return make_cursor([tag.name, tag.last_updated] if tag else [], bound)

    page = TagList(
        name=reference.familiar_name,
        registry=reference.registry,
        tags=tuple(rows),
        ordered_by=question.order,
        tag_pattern=question.pattern,
        total=len(ordered),
        next_cursor=cursor_at(len(rows)) if following else None,
    )
    return page.paged_by(cursor_at).continued() if question.cursor else page.paged_by(cursor_at)


def _sort_key(order: str) -> Callable[[Tag], Any]:
    if order == "name":
        return lambda tag: tag.name
    if order == "updated":
        # Without its final Z a whole second sorts before its own fractions, as it should.
        return lambda tag: ((tag.last_updated or "").rstrip("Z"), version_key(tag.name))
    return lambda tag: version_key(tag.name)


def _place(ordered: Sequence[Tag], start: Tag, order: str) -> int:
    """Return where ``start`` stands in ``ordered``, or would stand if it is gone by now."""
    key = _sort_key(order)
    sought = key(start)
    low, high = 0, len(ordered)
    while low < high:
        middle = (low + high) // 2
        passed = key(ordered[middle]) < sought if order == "name" else key(ordered[middle]) > sought
        low, high = (middle + 1, high) if passed else (low, middle)
    return low
