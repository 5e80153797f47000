"""Repositories: those that match, those of a project, and one in full.

Source: goharbor/harbor src/server/v2.0/handler/repository.go, src/lib/q/builder.go.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from portcall.errors import InvalidArgumentError, PortcallError, UpstreamError
from portcall.plugin import RepositoryPage, read_rows

from portcall_harbor.names import is_project, repository_path
from portcall_harbor.paging import Place
from portcall_harbor.rows import is_public

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portcall.models import DockerImage

    from portcall_harbor.api import HarborApi
    from portcall_harbor.rows import Rows

#: What can be in a repository's name. Anything else has a meaning of its own in Harbor's query language, where
#: a comma begins another condition, and nothing escapes it.
_WORD = re.compile(r"[a-z0-9._/-]+\Z")


async def search(api: HarborApi, rows: Rows, query: str, limit: int, cursor: str | None) -> RepositoryPage:
    """Return one page of the repositories in whose names all words are, the most pulled first.

    Harbor looks for one word; the others are looked for here, so that pages may be short, and nobody knows how
    many there are in all. Its ``/search`` is not asked: it has neither pages nor dates, and shows a robot nothing
    of its own projects.
    """
    words = sorted(query.lower().split(), key=len)
    place = Place.at(cursor, limit)
    if not words or not all(map(_WORD.match, words)):
        told = "names in Harbor hold letters, digits and ._/- alone, and nothing but names is searched"
        return RepositoryPage((), total=0, warnings=(told,))
    found = await _everywhere(api, rows, {"q": f"name=~{words[-1]}", "sort": "-pull_count,name"}, place)
    if len(words) == 1:
        return found
    matching = tuple(image for image in found.repositories if all(word in _path(image) for word in words))
    return RepositoryPage(matching, found.next, warnings=found.warnings)


async def list_repositories(
    api: HarborApi, rows: Rows, namespace: str, limit: int, cursor: str | None
) -> RepositoryPage:
    """Return one page of a project's repositories; of all projects' without a namespace.

    Raises:
        InvalidArgumentError: ``namespace`` is no project's name.
        HiddenError: There is no such project, or it is private.
    """
    place = Place.at(cursor, limit)
    if not namespace:
        return await _everywhere(api, rows, {"sort": "name"}, place)
    if not is_project(namespace):
        raise InvalidArgumentError(
            "the argument `namespace` is no project's name", hint="One word, e.g. library; empty for all projects."
        )
    found, public = await asyncio.gather(
        _page(api, rows, namespace, {"sort": "name"}, place), _is_public(api, namespace)
    )
    return RepositoryPage(_marked(found.repositories, public), found.next, found.total, found.warnings)


async def get_repository(api: HarborApi, rows: Rows, repository: str, *, readme: bool) -> DockerImage:
    """Return what is known of one repository; its description is its README.

    Raises:
        NotFoundError: There is no such repository, or it is hidden; a proxy cache may have it all the same.
    """
    what, path = f"repository {repository}", repository_path(repository)
    told, public = await asyncio.gather(
        api.get_object(path, what=what, hidden=True), _is_public(api, repository.partition("/")[0])
    )
    image = rows.repository(told)
    if image is None or _path(image) != repository:
        raise UpstreamError(
            f"the answer of {api.registry} about the {what} is about something else",
            hint="What answers there may be no Harbor; check the endpoint.",
            registry=api.registry,
        )
    (image,) = _marked((image,), public)
    return image if readme else image.model_copy(update={"readme": None})


async def _everywhere(api: HarborApi, rows: Rows, parameters: dict[str, str], place: Place) -> RepositoryPage:
    """Return one page of the repositories of all projects; where some may be lacking, it says so."""
    found, doubts = await asyncio.gather(_page(api, rows, "", parameters, place), api.doubts())
    return RepositoryPage(found.repositories, found.next, found.total, (*doubts, *found.warnings))


async def _page(
    api: HarborApi, rows: Rows, project: str, parameters: dict[str, str], place: Place
) -> RepositoryPage:
    """Return one page of a project's repositories, or of all."""
    path = ("projects", project, "repositories") if project else ("repositories",)
    what = f"project {project}" if project else "list of repositories"
    listed = await api.get_rows(path, {**parameters, **place.parameters}, what=what, hidden=bool(project))
    images, warnings = read_rows(listed.rows, rows.repository)
    # A list is for choosing from; what somebody wrote at length is in the repository's own answer.
    brief = tuple(image.model_copy(update={"readme": None}) for image in images)
    return RepositoryPage(brief, listed.next_after(place), listed.total, warnings)


def _path(image: DockerImage) -> str:
    """Return a repository's name as Harbor knows it: the host's may hold any word."""
    return image.reference.partition("/")[2]


async def _is_public(api: HarborApi, project: str) -> bool | None:
    """Return whether a project is public, where that is told; a name of digits alone would be taken for an ID."""
    if project.isdigit():
        return None
    try:
        return is_public(await api.get_object(("projects", project), what=f"project {project}", hidden=True))
    except PortcallError:
        return None


def _marked(images: Sequence[DockerImage], public: bool | None) -> tuple[DockerImage, ...]:
    private = None if public is None else not public
    return tuple(image.model_copy(update={"is_private": private}) for image in images)
