"""Which tags are the same image: those whose digest is the one asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.deadline import deadline, leaving
from portcall.errors import (
    BlockedError,
    DeadlineExceededError,
    ForbiddenError,
    HiddenError,
    NotFoundError,
    PortcallError,
    RateLimitedError,
    UnauthorizedError,
    UnavailableError,
    UnreachableError,
)
from portcall.images.tag_list import collect_tags
from portcall.images.tag_search import in_order, paged
from portcall.images.together import beside_the_loop, side_by_side
from portcall.tags import TagPattern, is_referrer_tag, newest_stable, version_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portcall.backend import RegistryBackend
    from portcall.images.tag_search import TagQuestion
    from portcall.models import TagList
    from portcall.progress import Progress
    from portcall.reference import Reference

#: Most tags that are looked at one by one: HEAD requests are free, but not endless.
MAX_CHECKED = 300
#: Seconds to leave for the answer.
_RESERVE = 2.0
#: What the next tag would be answered with, too.
_HOPELESS = (
    BlockedError,
    DeadlineExceededError,
    ForbiddenError,
    RateLimitedError,
    UnauthorizedError,
    UnavailableError,
    UnreachableError,
)


async def tags_of_same_digest(
    backend: RegistryBackend, reference: Reference, question: TagQuestion, progress: Progress | None = None
) -> TagList:
    """Return one page of the tags that stand for what ``reference`` stands for.

    Where the tag list tells digests, they are compared; otherwise each tag is asked for its own by HEAD,
    the likeliest first. ``complete`` is false where some were not looked at.

    Raises:
        InvalidArgumentError: A pattern or cursor that makes no sense.
        NotFoundError: The tag or digest itself is not there.
        UnsupportedError: ``order="updated"`` where the registry tells no dates.
    """
    pattern = TagPattern.parse(question.pattern)
    target = await backend.resolve(reference.repository, reference.identifier)
    collected = await collect_tags(backend, reference.repository, progress)
    candidates = [tag for tag in collected.tags if pattern.matches(tag.name) and not is_referrer_tag(tag.name)]
    untold = [tag.name for tag in candidates if not tag.digest]
    unknown = await beside_the_loop(len(untold), lambda: _likeliest_first(untold, reference.tag))
    search = _Search(backend, reference.repository, target.digest)
    same = {tag.name for tag in candidates if tag.digest == target.digest}
    same |= await search.ask_each(unknown, progress)
    found = [tag.model_copy(update={"digest": target.digest}) for tag in candidates if tag.name in same]
    problem = search.problem or collected.problem
    page = paged(
        reference,
        in_order(found, question.order, backend),
        question,
        ("search_tags", reference.name, target.digest),
    )
    return page.model_copy(
        update={
            "newest_stable": newest_stable(same),
            "digest": target.digest,
            "complete": problem is None,
            "warnings": (f"not every tag was checked: {problem}",) if problem else (),
        }
    )


class _Search:
    """The tags of one digest, asked for one by one.

    Attributes:
        problem: Why some were not looked at, in a clause; ``None`` where all were.
    """

    def __init__(self, backend: RegistryBackend, repository: str, digest: str) -> None:
        self.problem: str | None = None
        self._backend = backend
        self._repository = repository
        self._digest = digest
        self._is_over = False

    async def ask_each(self, tags: Sequence[str], progress: Progress | None) -> set[str]:
        """Return those of ``tags`` that stand for the digest."""
        likeliest = tags[:MAX_CHECKED]
        if len(likeliest) < len(tags):
            self.problem = f"only the likeliest {MAX_CHECKED} were looked at"
        done = 0

        async def is_same(tag: str) -> bool:
            nonlocal done
            same = not self._is_over and await self._is_same(tag)
            done += 1
            if progress is not None:
                await progress(done, len(likeliest), "tags compared")
            return same

        verdicts = await side_by_side(likeliest, is_same)
        return {tag for tag, same in zip(likeliest, verdicts, strict=True) if same}

    async def _is_same(self, tag: str) -> bool:
        try:
            async with deadline(leaving(_RESERVE)):
                descriptor = await self._backend.resolve(self._repository, tag)
        except PortcallError as error:
            if isinstance(error, NotFoundError) and not isinstance(error, HiddenError):
                return False
            self.problem = error.message
            # Going on against a limit or an outage would only make it worse.
            self._is_over = self._is_over or isinstance(error, _HOPELESS)
            return False
        return descriptor.digest == self._digest


def _likeliest_first(names: Sequence[str], like: str | None) -> list[str]:
    """Return the tags' names: spellings of the same version, then plain words (``latest``), then the rest."""
    names = sorted(names, key=version_key, reverse=True)

    def distance(name: str) -> int:
        if like and (name == like or name.startswith(like) or like.startswith(name)):
            return 0
        return 1 if not any(character.isdigit() for character in name) else 2

    return sorted(names, key=distance)
