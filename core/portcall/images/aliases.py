"""Which tags are the same image: those whose digest is the one asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.errors import NotFoundError, PortcallError
from portcall.http.deadline import remaining
from portcall.images.tag_list import collect_tags
from portcall.images.together import side_by_side
from portcall.models import Tag, TagList
from portcall.tags import TagPattern, is_referrer_tag, newest_stable, version_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portcall.backend import RegistryBackend
    from portcall.images.tag_search import TagQuestion
    from portcall.progress import Progress
    from portcall.reference import Reference

#: Most tags that are looked at one by one: HEAD requests are free, but not endless.
MAX_CHECKED = 300
#: Seconds to leave for the answer.
_RESERVE = 2.0


async def tags_of_same_digest(
    backend: RegistryBackend, reference: Reference, question: TagQuestion, progress: Progress | None = None
) -> TagList:
    """Return the tags that stand for what ``reference`` stands for.

    Where the tag list tells digests, they are compared; otherwise each tag is asked for its own by HEAD,
    the likeliest first. ``complete`` is false where some were not looked at.

    Raises:
        NotFoundError: The tag or digest itself is not there.
    """
    pattern = TagPattern.parse(question.pattern)
    target = await backend.resolve(reference.repository, reference.identifier)
    collected = await collect_tags(backend, reference.repository, progress)
    candidates = [tag for tag in collected.tags if pattern.matches(tag.name) and not is_referrer_tag(tag.name)]
    known = [tag for tag in candidates if tag.digest]
    unknown = _likeliest_first([tag for tag in candidates if not tag.digest], reference.tag)
    found = [tag.name for tag in known if tag.digest == target.digest]
    asked, unasked, problem = await _ask_each(backend, reference, unknown, target.digest, progress)
    found += asked
    complete = not unasked and collected.problem is None
    warnings = [] if complete else [f"not every tag was checked: {problem or collected.problem}"]
    ordered = sorted(found, key=version_key, reverse=True)[: question.limit]
    return TagList(
        name=reference.familiar_name,
        registry=reference.registry,
        tags=tuple(Tag(name=name, digest=target.digest) for name in ordered),
        newest_stable=newest_stable(found),
        digest=target.digest,
        complete=complete,
        total=len(found),
        warnings=tuple(warnings),
    )


async def _ask_each(
    backend: RegistryBackend, reference: Reference, tags: Sequence[str], digest: str, progress: Progress | None
) -> tuple[list[str], int, str | None]:
    """Return the tags of ``digest``, how many were not looked at, and why."""
    checked = tags[:MAX_CHECKED]
    unasked = len(tags) - len(checked)
    problem = f"only the likeliest {MAX_CHECKED} were looked at" if unasked else None
    done = 0

    async def is_same(tag: str) -> bool:
        nonlocal unasked, problem, done
        if remaining() < _RESERVE:
            unasked, problem = unasked + 1, "time ran out"
            return False
        try:
            descriptor = await backend.resolve(reference.repository, tag)
        except NotFoundError:
            return False
        except PortcallError as error:
            unasked, problem = unasked + 1, error.message
            return False
        done += 1
        if progress is not None:
            await progress(done, len(checked), "tags compared")
        return descriptor.digest == digest

    verdicts = await side_by_side(checked, is_same)
    return [tag for tag, same in zip(checked, verdicts, strict=True) if same], unasked, problem


def _likeliest_first(tags: Sequence[Tag], like: str | None) -> list[str]:
    """Return the tags' names: plain words (``latest``), then spellings of the same version, then the rest."""
    names = sorted((tag.name for tag in tags), key=version_key, reverse=True)
    if not like:
        return names

    def distance(name: str) -> int:
        if name == like or name.startswith(like) or like.startswith(name):
            return 0
        return 1 if not any(character.isdigit() for character in name) else 2

    return sorted(names, key=distance)
