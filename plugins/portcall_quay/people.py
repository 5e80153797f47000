"""Users and organisations of a Quay: their names, and which of the two they are; no more is told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from portcall.errors import NotFoundError, PortcallError
from portcall.plugin import UserPage, read_rows
from portcall_quay.names import is_name

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from portcall.models import DockerUser
    from portcall_quay.api import QuayApi
    from portcall_quay.rows import Rows


async def search_users(api: QuayApi, rows: Rows, query: str, limit: int) -> UserPage:
    """Return accounts whose names begin with ``query``, the exact one first, then organisations.

    Quay tells up to five owners of repositories that the caller may see, and up to ten users; an
    organisation that shows no repository is found by its whole name alone. A lookup that fails costs a warning.

    Raises:
        PortcallError: A lookup failed, and the others found nobody.

    Source: quay/quay endpoints/api/search.py (find/all, entities).
    """
    wanted = query.strip().lower()
    looked = await asyncio.gather(
        _attempted(_organization(api, rows, wanted)),
        _attempted(_found(api, rows, ("find", "all"), {"query": wanted})),
        _attempted(_users(api, rows, wanted)),
    )
    found = {account.username: account for accounts, _ in looked for account in accounts}
    failures = [failure for _, failure in looked if failure is not None]
    if failures and not found:
        raise failures[0]
    ranked = sorted(found.values(), key=lambda account: account.username != wanted)
    told = (
        f"{api.registry} looks at the beginnings of names, and tells ten users and five owners of repositories at "
        "most; an organisation that shows no repository is found by its whole name alone"
    )
    missed = dict.fromkeys(f"not everybody could be looked for: {failure.message}" for failure in failures)
    return UserPage(tuple(ranked[:limit]), (told, *missed))


async def is_somebody(api: QuayApi, name: str) -> bool:
    """Tell whether there is a user or an organisation of that name."""
    kinds = await asyncio.gather(_exists(api, "organization", name), _exists(api, "users", name))
    return any(kinds)


async def _exists(api: QuayApi, kind: str, name: str) -> bool:
    try:
        await api.get((kind, name), what=f"account {name}")
    except NotFoundError:
        return False
    return True


async def _attempted(
    lookup: Awaitable[tuple[DockerUser, ...]],
) -> tuple[tuple[DockerUser, ...], PortcallError | None]:
    """Return what a lookup found, and why it found nobody where it failed."""
    try:
        return await lookup, None
    except PortcallError as error:
        return (), error


async def _users(api: QuayApi, rows: Rows, prefix: str) -> tuple[DockerUser, ...]:
    """Return users by the beginning of their names; no name begins with what no name may hold."""
    return await _found(api, rows, ("entities", prefix), {}) if is_name(prefix) else ()


async def _organization(api: QuayApi, rows: Rows, name: str) -> tuple[DockerUser, ...]:
    known = is_name(name) and await _exists(api, "organization", name)
    account = rows.account({"kind": "organization", "name": name}) if known else None
    return (account,) if account else ()


async def _found(api: QuayApi, rows: Rows, path: tuple[str, str], query: dict[str, str]) -> tuple[DockerUser, ...]:
    what = "search for users and organisations"
    answer = await api.get(path, query, what=what)
    return read_rows(api.rows(answer, "results", what), rows.account)[0]
