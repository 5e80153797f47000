"""A request to ``/api/v2.0``, understood: who asks for what, and its parameters as Harbor reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from portcall.testing import Reply, Request
from portcall.testing.quirks import Context

from harbor_double.accounts import Account
from harbor_double.refusals import RefusedError, answer
from harbor_double.site import Site

MOST_ROWS = 100


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an operation.

    Args:
        site: What Harbor keeps.
        held: What the registry holds, and how it is guarded.
        request: As it arrived.
        path: The path's parameters by name, decoded.
    """

    site: Site
    held: Context
    request: Request
    path: Mapping[str, str]

    @property
    def caller(self) -> Account | None:
        """Who asks."""
        return self.site.caller(self.request)

    @property
    def project(self) -> str:
        """The project that the path names."""
        return self.path["project"]

    @property
    def repository(self) -> str:
        """The repository that the path names, with its project."""
        return f"{self.project}/{self.path['repository']}"

    def require(self, permission: str) -> None:
        """Let pass whoever may do this in the path's project.

        Raises:
            RefusedError: 401 for strangers, 403 for others; the same for a project that is not there.

        Source: goharbor/harbor src/server/v2.0/handler/base.go (``RequireProjectAccess``).
        """
        if self.site.may(self.caller, self.project, permission):
            return
        if self.caller is None:
            raise RefusedError(401, "UNAUTHORIZED", "unauthorized")
        raise RefusedError(403, "FORBIDDEN", "forbidden")

    def truth(self, name: str, *, default: bool) -> bool:
        """Return a yes or no."""
        given = self.request.parameter(name)
        return default if given is None else given == "true"

    def keywords(self) -> dict[str, str]:
        """Return ``q``, read as Harbor reads it: decoded once more, conditions between commas.

        Raises:
            RefusedError: 400, as a condition is none.

        Source: goharbor/harbor src/lib/q/builder.go.
        """
        given = unquote(self.request.parameter("q") or "")
        conditions = [condition.partition("=") for condition in given.split(",") if given]
        if not all(key and value for key, _, value in conditions):
            raise RefusedError(400, "BAD_REQUEST", 'the query string must contain "=" and the key/value')
        return {key: value for key, _, value in conditions}

    def page(self, rows: Sequence[Any], told: Callable[[Any], object] = lambda row: row) -> Reply:
        """Return the page of ``rows`` that is asked for, each as it is ``told``, with its headers."""
        page, size = self._number("page", 1), self._number("page_size", 10)
        if size > MOST_ROWS:
            complaint = f"page_size in query should be less than or equal to {MOST_ROWS}"
            raise RefusedError(422, "UNPROCESSABLE_ENTITY", complaint)
        links = [("prev", page - 1)] if page > 1 and (page - 1) * size < len(rows) else []
        links += [("next", page + 1)] if page * size < len(rows) else []
        link = ", ".join(f'<{self.request.path}?page={to}&page_size={size}>; rel="{rel}"' for rel, to in links)
        headers = {"X-Total-Count": str(len(rows)), **({"Link": link} if link else {})}
        return answer([told(row) for row in rows[(page - 1) * size : page * size]], headers=headers)

    def _number(self, name: str, default: int) -> int:
        given = self.request.parameter(name)
        if given is None:
            return default
        if not given.isdigit():
            raise RefusedError(422, "UNPROCESSABLE_ENTITY", f"{name} in query must be of type int64: {given!r}")
        return int(given)
