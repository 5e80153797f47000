"""A namespace's repositories, and one repository in full."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from portcall.errors import InvalidArgumentError, NotFoundError, PortcallError, UpstreamError
from portcall.plugin import RepositoryPage, bad_cursor, read_rows, text
from portcall_quay.names import is_name, path_of
from portcall_quay.people import is_somebody
from portcall_quay.problems import refused_repository
from portcall_quay.tags import tag_page

if TYPE_CHECKING:
    from portcall.models import DockerImage
    from portcall_quay.api import QuayApi
    from portcall_quay.rows import Rows


async def list_repositories(api: QuayApi, rows: Rows, namespace: str, cursor: str | None) -> RepositoryPage:
    """Return one page of a namespace's repositories, a hundred, however many are wanted.

    Raises:
        InvalidArgumentError: ``namespace`` or ``cursor`` is none.
        NotFoundError: There is neither user nor organisation of that name.

    Source: quay/quay endpoints/api/repository.py.
    """
    if not is_name(namespace):
        raise InvalidArgumentError(
            "the argument `namespace` is no user's or organisation's name", hint="One word, e.g. prometheus."
        )
    if cursor is not None and not (cursor.isascii() and cursor.isprintable()):
        raise bad_cursor()
    parameters = {"namespace": namespace, "public": "true", "last_modified": "true"}
    what = f"repositories of {namespace}"
    answer = await api.get(
        ("repository",), parameters if cursor is None else {**parameters, "next_page": cursor}, what=what
    )
    told = api.rows(answer, "repositories", what)
    if not told and cursor is None and not await is_somebody(api, namespace):
        # An empty list is what Quay tells of namespaces that do not exist, too.
        raise NotFoundError(
            f"{api.registry} has no user or organisation {namespace}",
            hint="Check the name; search_users finds those that there are.",
            registry=api.registry,
        )
    images, warnings = read_rows(told, rows.image)
    following = text(answer.get("next_page"))
    if following is not None and following == cursor:
        return RepositoryPage(images, warnings=(*warnings, f"the list of {api.registry} goes round in a circle"))
    return RepositoryPage(images, next=following, warnings=warnings)


async def get_repository(api: QuayApi, rows: Rows, repository: str, *, readme: bool) -> DockerImage:
    """Return what is known of one repository; its description is its README.

    When it changed is told by its tags alone, the newest of which are asked for at the same time: it is that
    of the tags that there are now. Where they are not told, neither is it.
    """
    what = f"repository {repository}"
    path = ("repository", *path_of(repository))
    told, updated = await asyncio.gather(
        api.get(path, {"includeTags": "false"}, what=what, refuse=refused_repository),
        _last_updated(api, repository),
    )
    image = rows.image(told)
    if image is None or image.reference.partition("/")[2] != repository:
        raise UpstreamError(
            f"the answer of {api.registry} about {what} is about something else",
            hint="What answers there may be no Quay; check the endpoint.",
            registry=api.registry,
        )
    return image.model_copy(
        update={"last_updated": updated, "readme": text(told.get("description")) or "" if readme else None}
    )


async def _last_updated(api: QuayApi, repository: str) -> str | None:
    try:
        page = await tag_page(api, repository)
    except PortcallError:
        return None
    return max((tag.last_updated for tag in page.tags if tag.last_updated), default=None)
