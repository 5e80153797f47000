"""Users and organisations: the one of that name, and who publishes images of that name.

Docker Hub has no search for them. ``/v2/users/{name}/`` is not documented, and moves on to ``/v2/orgs/…``
for organisations (cupdate ``internal/dockerhub/models.go``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from portcall.errors import NotFoundError, PortcallError
from portcall.models import DockerUser
from portcall.plugin import count, mapping, text
from portcall_dockerhub.names import HubName, is_name
from portcall_dockerhub.paging import MOST_ROWS
from portcall_dockerhub.search import ask_v4

if TYPE_CHECKING:
    from portcall_dockerhub.api import HubApi

#: What ``type`` says; hub-spec has "Org".
_KINDS = {"User": False, "Organization": True, "Org": True}
#: Paths beside those of users.
_NOBODY = frozenset({"login", "2fa-login"})


async def search_users(api: HubApi, query: str, limit: int) -> tuple[DockerUser, ...]:
    """Return the account of that very name, then publishers of images that match by name.

    Publishers are told with what the search tells of them, which is little.

    Raises:
        PortcallError: Neither way led to anybody, and one of them failed.
    """
    name = query.strip().lower()
    found: dict[str, DockerUser] = {}
    problem: PortcallError | None = None
    try:
        exact = await _account(api, name)
        if exact is not None:
            found[exact.username] = exact
    except PortcallError as error:
        problem = error
    if len(found) < limit:
        try:
            for user in await _publishers(api, name):
                found.setdefault(user.username, user)
        except PortcallError as error:
            problem = problem or error
    if not found and problem is not None:
        # A failure to look is not "there is nobody".
        raise problem
    return tuple(found.values())[:limit]


async def _account(api: HubApi, name: str) -> DockerUser | None:
    if not is_name(name) or name in _NOBODY:
        return None
    try:
        told = (await api.ask(["v2", "users", name, ""], what=f"user {name}")).document
    except NotFoundError:
        return None
    kind = told.get("type")
    return DockerUser(
        username=name,
        full_name=text(told.get("full_name")),
        location=text(told.get("location")),
        company=text(told.get("company")),
        image_count=await _images_of(api, name),
        is_organization=_KINDS.get(kind) if isinstance(kind, str) else None,
        registry=api.registry,
        web_url=_page(name),
    )


async def _images_of(api: HubApi, name: str) -> int | None:
    """Return how many repositories an account shows to whoever asks; nothing where that is not told."""
    path = ["v2", "namespaces", name, "repositories"]
    try:
        told = await api.ask(path, {"page_size": 1}, what=f"repositories of {name}", public=False)
    except PortcallError:
        return None
    return count(told.document.get("count"))


async def _publishers(api: HubApi, query: str) -> list[DockerUser]:
    """Return publishers of images in whose name, or in whose own, every word is; their prose does not count."""
    part = await ask_v4(api, query, 0, MOST_ROWS)
    words = query.split()
    found: dict[str, DockerUser] = {}
    for row in map(mapping, part.rows):
        user, names = _publisher(api, row)
        if user is not None and all(word in names for word in words):
            found.setdefault(user.username, user)
    return sorted(found.values(), key=lambda user: not all(word in user.username for word in words))


def _publisher(api: HubApi, row: dict[str, Any]) -> tuple[DockerUser | None, str]:
    image = HubName.parse(row.get("name"))
    if image is None:
        return None, ""
    told = text(mapping(row.get("publisher")).get("name"))
    user = DockerUser(
        username=image.namespace, full_name=told, registry=api.registry, web_url=_page(image.namespace)
    )
    return user, f"{image.path} {told or ''}".lower()


def _page(name: str) -> str:
    return f"https://hub.docker.com/u/{name}"
