"""Searching images, in one registry or in several at once."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from portcall.cursor import MAX_LENGTH, make_cursor, read_cursor
from portcall.discovery.merge import Merged, Place, Source, merged, read_position
from portcall.errors import InvalidArgumentError, UnsupportedError
from portcall.models import ImageList, Page, RepositoryList, SourceStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portcall.backend import RegistryBackend
    from portcall.discovery.question import RepositoryQuestion
    from portcall.errors import PortcallError
    from portcall.pages import RepositoryPage

#: Seconds that one of several registries may take for a page.
_PATIENCE = 10.0

PageType = TypeVar("PageType", bound=Page)


async def search_images(backends: Sequence[RegistryBackend], question: RepositoryQuestion) -> ImageList:
    """Return one page of what was found, the best of each registry in turn, and how each of them fared.

    Raises:
        PortcallError: None of the registries could be searched: the first one's reason.
    """
    patience = _PATIENCE if len(backends) > 1 else math.inf
    sources = [
        Source(backend.upstream.registry, partial(_search, backend, question), patience=patience)
        for backend in backends
    ]
    bound_to = ("search_images", question.words, str(question.limit), *(source.name for source in sources))
    found = await _page(sources, question, bound_to)
    if sources and not found.rows and all(source.error for source in sources):
        raise _failure([(source.name, source.error) for source in sources if source.error])
    answer = ImageList(
        query=question.words,
        images=found.rows,
        sources=tuple(map(_status, sources)) if len(sources) > 1 else (),
        total=sources[0].total if len(sources) == 1 else None,
        warnings=_warnings(sources),
    )
    return _paged(answer, found, bound_to)


async def list_repositories(backend: RegistryBackend, question: RepositoryQuestion) -> RepositoryList:
    """Return one page of a namespace's repositories, in the registry's own order.

    Raises:
        InvalidArgumentError: No namespace is named, and the registry does not tell all that it has.
        PortcallError: The registry does not tell, or has no such namespace.
    """
    if not question.words and not backend.lists_everything:
        raise InvalidArgumentError(
            f"the argument `namespace` is empty; {backend.upstream.registry} lists a namespace's images only",
            hint="Name a user or organisation, or search for images with search_images.",
        )
    source = Source(backend.upstream.registry, partial(_list, backend, question))
    bound_to = ("list_repositories", question.words, str(question.limit), source.name)
    found = await _page([source], question, bound_to)
    if source.error is not None and not found.rows:
        raise source.error
    answer = RepositoryList(
        namespace=question.words,
        registry=source.name,
        repositories=found.rows,
        total=source.total,
        warnings=_warnings([source]),
    )
    return _paged(answer, found, bound_to)


async def _search(backend: RegistryBackend, question: RepositoryQuestion, cursor: str | None) -> RepositoryPage:
    return await backend.search(question.words, limit=question.limit, cursor=cursor)


async def _list(backend: RegistryBackend, question: RepositoryQuestion, cursor: str | None) -> RepositoryPage:
    return await backend.list_repositories(question.words, limit=question.limit, cursor=cursor)


async def _page(sources: Sequence[Source], question: RepositoryQuestion, bound_to: Sequence[str]) -> Merged:
    turn, places = 0, tuple(Place() for _ in sources)
    if question.cursor:
        (position,) = read_cursor(question.cursor, bound_to, str)
        turn, places = read_position(position, len(sources))
    for source, place in zip(sources, places, strict=True):
        source.place = place
    return await merged(sources, question.limit, turn)


def _paged(answer: PageType, found: Merged, bound_to: Sequence[str]) -> PageType:
    """Return the page with its cursor, and taught where each of its rows begins."""
    if found.goes_on:
        cursor = make_cursor([found.positions[-1]], bound_to)
        if len(cursor) > MAX_LENGTH:
            return answer.with_warnings("there is more, which takes naming fewer registries at a time")
        answer = answer.model_copy(update={"next_cursor": cursor})
    return answer.paged_by(lambda row: make_cursor([found.positions[row]], bound_to))


def _failure(errors: Sequence[tuple[str, PortcallError]]) -> PortcallError:
    """Return the first one's reason; of several that could not be searched, with that of each."""
    first = errors[0][1]
    if len(errors) > 1:
        each = "; ".join(f"{name}: {error.message}" for name, error in errors)
        first.message = f"none of {len(errors)} registries could be searched: {each}"
        first.registry = None
    return first


def _status(source: Source) -> SourceStatus:
    if source.error is None:
        return SourceStatus(registry=source.name, status="ok", total=source.total)
    unsupported = isinstance(source.error, UnsupportedError)
    return SourceStatus(
        registry=source.name, status="unsupported" if unsupported else "failed", error=str(source.error)
    )


def _warnings(sources: Sequence[Source]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(warning for source in sources for warning in source.warnings))
