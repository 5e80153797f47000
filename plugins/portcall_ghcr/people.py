"""Users and organisations of GitHub: whoever publishes an image is one of them.

Source: gh-spec, ``GET /search/users``, ``GET /users/{username}``, which tells of organisations, too.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from portcall.errors import NotFoundError, PortcallError
from portcall.plugin import UserPage, count, mapping, read_rows
from portcall_ghcr.api import MOST_ROWS
from portcall_ghcr.names import is_login
from portcall_ghcr.words import Words

if TYPE_CHECKING:
    from portcall.models import DockerUser
    from portcall_ghcr.api import GitHubApi
    from portcall_ghcr.rows import Rows


async def search_users(api: GitHubApi, rows: Rows, query: str, limit: int) -> UserPage:
    """Return accounts that match, the one of that very name first, with all that it tells of itself.

    Raises:
        InvalidArgumentError: The query has no word in it.
        PortcallError: Neither way led to anybody, and one of them failed.
    """
    words = Words.of(query).required()
    exact, found = await asyncio.gather(
        _exact(api, rows, query.strip().lstrip("@")), _found(api, rows, words, limit), return_exceptions=True
    )
    for part in (exact, found):
        if isinstance(part, BaseException) and not isinstance(part, PortcallError):
            raise part
    failures = [part for part in (exact, found) if isinstance(part, PortcallError)]
    users = {} if isinstance(exact, BaseException) or exact is None else {exact.username.lower(): exact}
    warnings = words.warnings
    if not isinstance(found, BaseException):
        warnings += found.warnings
        for user in found.users:
            users.setdefault(user.username.lower(), user)
    if failures and not users:
        raise failures[0]
    warnings += tuple(f"not everybody was looked for: {failure.message}" for failure in failures)
    return UserPage(tuple(users.values())[:limit], warnings)


async def _exact(api: GitHubApi, rows: Rows, name: str) -> DockerUser | None:
    if not is_login(name):
        return None
    what = f"user {name}"
    try:
        told = await api.ask(("users", name), what=what)
    except NotFoundError:
        return None
    return rows.account(api.object(told, what))


async def _found(api: GitHubApi, rows: Rows, words: Words, limit: int) -> UserPage:
    what = "search for users"
    query: dict[str, str | int] = {"q": words.text, "per_page": min(limit, MOST_ROWS)}
    told = await api.ask(("search", "users"), query, what=what)
    users, warnings = read_rows(api.rows(told, what, "items"), rows.account)
    total = count(mapping(told.document).get("total_count")) or 0
    if limit > MOST_ROWS and total > MOST_ROWS:
        warnings += (f"GitHub tells the best {MOST_ROWS} of {total:,} accounts alone; narrow the query",)
    return UserPage(users, (*told.warnings, *warnings))
