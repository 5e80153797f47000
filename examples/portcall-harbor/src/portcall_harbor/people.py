"""Users of a Harbor: their names, and nothing else; it has no organisations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.plugin import UserPage, read_rows

from portcall_harbor.paging import Place
from portcall_harbor.problems import needs_login

if TYPE_CHECKING:
    from portcall_harbor.api import HarborApi
    from portcall_harbor.rows import Rows


async def search_users(api: HarborApi, rows: Rows, query: str, limit: int) -> UserPage:
    """Return the first hundred users at most whose names hold ``query``, the exact one first.

    Where people log in by LDAP or OIDC, those alone are known who did it once.

    Raises:
        UnauthorizedError: Nobody is logged in, or the credentials are wrong.

    Source: goharbor/harbor src/server/v2.0/handler/user.go (``SearchUsers``).
    """
    what = "its users"
    if await api.credentials() is None:
        raise needs_login(api.registry, what)
    parameters = {"username": query, **Place.at(None, limit).parameters}
    listed = await api.get_rows(("users", "search"), parameters, what=what)
    users, warnings = read_rows(listed.rows, rows.user)
    if listed.total is not None and listed.total > len(listed.rows):
        warnings += (f"{len(listed.rows)} of {listed.total} users are told; narrow the query",)
    return UserPage(tuple(sorted(users, key=lambda user: user.username != query)), warnings)
