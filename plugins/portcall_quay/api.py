"""Quay's REST API: ``/api/v1`` on the registry's own host."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from portcall.errors import UpstreamError
from portcall.plugin import ApiClient
from portcall_quay.problems import api_refusal, is_page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from portcall.plugin import BackendContext, Credentials, Upstream

#: The user by whom the registry knows an OAuth application token.
_OAUTH_USER = "$oauthtoken"


class QuayApi:
    """Asks the API, with an OAuth application token where there is one, else anonymously.

    Robot accounts, app tokens and passwords mean nothing there, and are not shown.

    Source: quay/quay auth/decorators.py; quay-docs, "OAuth 2 access tokens".
    """

    def __init__(self, context: BackendContext) -> None:
        known = context.api.upstream if context.api else context.upstream
        token = _token(known, context.upstream)
        self.upstream = replace(
            known, credentials=token, source=None, token_service=None, auth_hosts=frozenset(), withheld=""
        )
        self._authorization = f"Bearer {token.secret}" if token else None
        self._client = ApiClient(context.http, self.upstream)

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
        hidden: bool = False,
    ) -> dict[str, Any]:
        """Return the JSON object at a path below ``/api/v1``.

        Args:
            path: Segments that were checked.
            query: Parameters.
            what: What is asked for, for messages.
            hidden: Whether a refusal may as well mean that there is no such thing.

        Raises:
            PortcallError: What the refusal means; ``UnavailableError`` for a web page.
        """
        reply = await self._client.get(("api", "v1", *path), query, authorization=self._authorization)
        if not reply.ok and (reply.status in {404, 429} or not is_page(reply)):
            raise api_refusal(reply, self.upstream, what, hidden=hidden)
        return self._client.object_in(reply, what)

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


def _token(api: Upstream, registry: Upstream) -> Credentials | None:
    """Return the OAuth application token among what is known, if it is one.

    Without a token of its own, core's client of the API has the registry's login: a robot's, say.
    """
    found = api.credentials
    if found is None or not found.secret:
        return None
    return found if found.username == _OAUTH_USER or found != registry.credentials else None
