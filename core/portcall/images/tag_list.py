"""All tags of a repository: every page, whatever form the registry gives its pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portcall.backend import RegistryBackend
    from portcall.models import Tag
    from portcall.progress import Progress

#: Most pages, and most tags, of one repository; a registry whose list never ends stops here.
MAX_PAGES = 2000
MAX_TAGS = 500_000


@dataclass(frozen=True, slots=True)
class Collected:
    """A repository's tags, in the registry's own order, each name once.

    Args:
        tags: What was collected.
        problem: Why there may be more, in a clause; ``None`` where this is all.
        warnings: What the reader has to know of what is told of them.
    """

    tags: tuple[Tag, ...]
    problem: str | None = None
    warnings: tuple[str, ...] = ()


async def collect_tags(
    backend: RegistryBackend,
    repository: str,
    progress: Progress | None = None,
    *,
    most_pages: int = MAX_PAGES,
) -> Collected:
    """Return every tag of ``repository``.

    A next page that was seen before, or is on another host, ends the list with what was collected so far
    and says so; a page that fails raises, for half a list is no list.

    Args:
        backend: Whom to ask.
        repository: Whose tags they are.
        progress: Told after each page.
        most_pages: Most pages that are asked for; further ones are a problem.

    Raises:
        NotFoundError: No such repository, or hidden.
    """
    found: dict[str, Tag] = {}
    cursor: str | None = None
    seen: set[str] = set()
    warnings: dict[str, None] = {}
    problem: str | None = None
    for pages in range(1, most_pages + 1):
        page = await backend.list_tags(repository, cursor=cursor)
        found.update((tag.name, tag) for tag in page.tags if tag.name not in found)
        warnings.update(dict.fromkeys(page.warnings))
        problem, cursor = page.problem, page.next
        if cursor is None or problem:
            break
        if cursor in seen:
            problem = "the registry's list of tags goes round in a circle"
            break
        if len(found) >= MAX_TAGS:
            problem = f"only the first {MAX_TAGS:,} tags were read"
            break
        seen.add(cursor)
        if progress is not None:
            await progress(pages, None, f"{len(found):,} tags")
    else:
        problem = f"only the first {most_pages:,} pages were read"
    return Collected(tuple(found.values()), problem, tuple(warnings))
