"""Quay's REST API: ``/api/v1`` on the registry's own host."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from portcall.errors import HiddenError, UnauthorizedError, UpstreamError
from portcall.plugin import ApiClient
from portcall_quay.problems import refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from portcall.errors import PortcallError
    from portcall.plugin import BackendContext, Credentials, Reply, Upstream

#: The user by whom the registry knows an OAuth application token.
_OAUTH_USER = "$oauthtoken"


class QuayApi:
    """Asks the API, with an OAuth application token where there is one, else anonymously.

    Robot accounts, app tokens and passwords mean nothing to most of it, and are not shown then.

    Source: quay/quay auth/decorators.py; quay-docs, "OAuth 2 access tokens".
    """

    def __init__(self, context: BackendContext) -> None:
        self._http = context.http
        self._known = context.api or ApiClient(context.http, context.upstream)
        #: The API, asked by nobody in particular.
        self.upstream = replace(self._known.upstream, credentials=None, source=None)

    @property
    def registry(self) -> str:
        """The registry's name, for messages."""
        return self.upstream.registry

    async def get(
        self,
        path: Sequence[str],
        query: Mapping[str, str | int] | None = None,
        *,
        what: str,
        refuse: Callable[[Reply, Upstream, str], PortcallError] = refused,
        takes_logins: bool = False,
    ) -> dict[str, Any]:
        """Return the JSON object at a path below ``/api/v1``.

        Args:
            path: Segments that were checked.
            query: Parameters.
            what: What is asked for, for messages.
            refuse: Says what a refusal means.
            takes_logins: Whether the registry's login counts as well.

        Raises:
            UnauthorizedError: It is hidden from strangers, and the login that is stored could not be asked for.
            PortcallError: What the refusal means; ``UnavailableError`` for a web page.
        """
        try:
            found, problem = await self._known.credentials(), None
        except UnauthorizedError as error:
            found, problem = None, error
        shown, authorization = self._shown(found, takes_logins=takes_logins)
        api = ApiClient(self._http, replace(self.upstream, credentials=shown), refuse)
        try:
            return await api.get_object(("api", "v1", *path), query, what=what, authorization=authorization)
        except HiddenError as error:
            if problem is None:
                raise
            raise problem from error

    def _shown(
        self, found: Credentials | None, *, takes_logins: bool
    ) -> tuple[Credentials, str] | tuple[None, None]:
        """Return what of the credentials counts there, and the header that shows it."""
        if found is None or not found.secret:
            return None, None
        if self._known.has_own_login or found.username == _OAUTH_USER:
            return found, f"Bearer {found.secret}"
        return (found, found.authorization) if takes_logins else (None, None)

    def rows(self, answer: Mapping[str, Any], field: str, what: str) -> list[Any]:
        """Return the list in an answer.

        Raises:
            UpstreamError: There is none: not even an empty one, so nothing is known.
        """
        rows = answer.get(field)
        if not isinstance(rows, list):
            raise UpstreamError(
                f"the answer of {self.registry} about {what} holds no {field}",
                hint="What answers there may be no Quay; check the endpoint.",
                registry=self.registry,
            )
        return rows
