"""Users and organisations: the one of that name, and who publishes images of that name.

Docker Hub has no search for them. ``/v2/users/{name}/`` is not documented, and moves on to ``/v2/orgs/…``
for organisations (cupdate ``internal/dockerhub/models.go``).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from portcall.errors import NotFoundError, PortcallError
from portcall.models import DockerUser
from portcall.plugin import UserPage, count, mapping, text
from portcall_dockerhub.names import HubName, is_name
from portcall_dockerhub.paging import MOST_ROWS
from portcall_dockerhub.search import ask_v4

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from portcall_dockerhub.api import HubApi

#: What ``type`` says; hub-spec has "Org".
_KINDS = {"User": False, "Organization": True, "Org": True}
#: Paths beside those of users.
_NOBODY = frozenset({"login", "2fa-login"})


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to find people, and where it led.

    Args:
        who: Whom it looks for.
        users: Who was found.
        problem: Why it led nowhere.
    """

    who: str
    users: Sequence[DockerUser] = ()
    problem: PortcallError | None = None


async def search_users(api: HubApi, query: str, limit: int) -> UserPage:
    """Return the account of that very name, then publishers of images that match by name.

    Publishers are told with what the search tells of them, which is little. What was done, and what of it
    failed, is told as a warning.

    Raises:
        PortcallError: Nobody was found, and one of the ways failed.
    """
    name = query.strip().lower()
    ways = [_tried("publishers of images that match", _publishers(api, name))]
    if is_name(name) and name not in _NOBODY:
        ways.insert(0, _tried("the account of that very name", _account(api, name)))
    tried = await asyncio.gather(*ways)
    found: dict[str, DockerUser] = {}
    for user in (user for way in tried for user in way.users):
        found.setdefault(user.username, user)
    failed = [(way.who, way.problem) for way in tried if way.problem is not None]
    if failed and not found:
        # A failure to look is not "there is nobody".
        raise failed[0][1]
    sought = " and ".join(way.who for way in tried)
    warnings = [f"{api.registry} has no search for people: {sought} were looked for"]
    warnings += [f"{who} could not be looked for: {problem.message}" for who, problem in failed]
    return UserPage(tuple(found.values())[:limit], tuple(warnings))


async def _tried(who: str, looking: Awaitable[Sequence[DockerUser]]) -> _Way:
    try:
        return _Way(who, await looking)
    except PortcallError as error:
        return _Way(who, problem=error)


async def _account(api: HubApi, name: str) -> Sequence[DockerUser]:
    try:
        told = (await api.ask(["v2", "users", name, ""], what=f"user {name}")).document
    except NotFoundError:
        return ()
    kind = told.get("type")
    account = DockerUser(
        username=name,
        full_name=text(told.get("full_name")),
        location=text(told.get("location")),
        company=text(told.get("company")),
        image_count=await _images_of(api, name),
        is_organization=_KINDS.get(kind) if isinstance(kind, str) else None,
        registry=api.registry,
        web_url=_page(name),
    )
    return (account,)


async def _images_of(api: HubApi, name: str) -> int | None:
    """Return how many repositories an account shows to whoever asks; nothing where that is not told."""
    path = ["v2", "namespaces", name, "repositories"]
    try:
        told = await api.ask(path, {"page_size": 1}, what=f"repositories of {name}", public=False)
    except PortcallError:
        return None
    return count(told.document.get("count"))


async def _publishers(api: HubApi, query: str) -> Sequence[DockerUser]:
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
