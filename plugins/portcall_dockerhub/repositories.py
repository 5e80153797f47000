"""Repositories: those of a namespace, and one in full.

Source: docs.docker.com/reference/api/hub, ``/v2/namespaces/…``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.errors import HiddenError, InvalidArgumentError, NotFoundError, PortcallError
from portcall_dockerhub.names import HubName, is_name
from portcall_dockerhub.paging import Part, Reading, page_at, read_position

if TYPE_CHECKING:
    from portcall.models import DockerImage
    from portcall.plugin import RepositoryPage
    from portcall_dockerhub.api import HubApi
    from portcall_dockerhub.rows import Rows


async def list_repositories(
    api: HubApi, rows: Rows, namespace: str, limit: int, cursor: str | None
) -> RepositoryPage:
    """Return one page of a namespace's repositories; its private ones are shown to those who may see them.

    Raises:
        InvalidArgumentError: Nobody at Docker Hub can be called so.
        NotFoundError: There is no such namespace.
        UnauthorizedError: The login failed, and anonymously there might be fewer.
    """
    namespace = namespace.strip().lower()
    if not is_name(namespace):
        raise InvalidArgumentError(
            f"the argument `namespace` is no namespace of {api.registry}",
            hint='Give a user or an organisation by name, "grafana"; official images are in "library".',
            registry=api.registry,
        )
    kind, start = read_position(cursor, "list")
    what = f"repositories of {namespace}"

    async def fetch(offset: int, size: int) -> Part:
        page, size = page_at(offset, size)
        path = ["v2", "namespaces", namespace, "repositories"]
        told = await api.ask(path, {"page": page, "page_size": size}, what=what, public=False)
        return Part.of_page(told, size, api.registry)

    found = await Reading(kind, fetch, rows.listed).page(start, limit)
    if not start and found.total == 0:
        await _require_account(api, namespace)
    return found


async def _require_account(api: HubApi, name: str) -> None:
    """Let an account pass, which may have nothing to show: a list is empty for one that is missing, too."""
    try:
        await api.ask(["v2", "users", name, ""], what=f"namespace {name}")
    except NotFoundError:
        raise
    except PortcallError:
        # Nothing was learnt; the list is as it is.
        return


async def get_repository(api: HubApi, rows: Rows, repository: str, *, readme: bool) -> DockerImage:
    """Return what there is to tell of one repository.

    Raises:
        HiddenError: There is none, or it is private: Docker Hub says the same of both.
    """
    name = HubName.parse(repository)
    if name is None:
        raise NotFoundError(
            f"{api.registry} has no repository {repository}: its names have two parts",
            hint="Check the name.",
            registry=api.registry,
        )
    what = f"repository {name.familiar}"
    try:
        told = await api.ask(name.api_path, what=what)
    except NotFoundError as error:
        raise HiddenError(
            f"{api.registry} has no {what}, or no access to it is granted",
            hint="Check the name; if it is private, credentials that may read it are needed.",
            registry=api.registry,
        ) from error
    image = rows.described(name, told.document, readme=readme)
    # Its name is that of the question, which was read above.
    assert image is not None  # noqa: S101
    return image.with_warnings(*told.warnings)
