"""Harbor's REST API: ``/api/v2.0`` on the registry's own host.

Source: goharbor/harbor api/v2.0/swagger.yaml.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from portcall.errors import PortcallError
from portcall.plugin import ApiClient, count, parse_list, parse_object

from portcall_harbor.paging import Listing
from portcall_harbor.problems import api_refusal, is_page, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from portcall.errors import UnauthorizedError
    from portcall.plugin import BackendContext, Credentials, Reply

Json = TypeVar("Json")

_BASE = ("api", "v2.0")


class HarborApi:
    """Asks the API as a user or a robot, by Basic authentication, else anonymously.

    Args:
        context: The backend's.
    """

    def __init__(self, context: BackendContext) -> None:
        # Given to every backend that says `api_on_registry`; its type alone does not know.
        self._client = context.api or ApiClient(context.http, context.upstream)
        self.registry = context.upstream.registry

    async def get_object(
        self,
        path: Sequence[str],
        query: Mapping[str, str | int] | None = None,
        *,
        what: str,
        hidden: bool = False,
    ) -> dict[str, Any]:
        """Return the JSON object at a path below ``/api/v2.0``.

        Args:
            path: Segments that were checked.
            query: Parameters.
            what: What is asked for, for messages.
            hidden: Whether a refusal may as well mean that there is no such thing.

        Raises:
            PortcallError: What the refusal means.
        """
        reply = await self._ask(path, query, what, hidden=hidden)
        return self._read(parse_object, reply, what)

    async def get_rows(
        self,
        path: Sequence[str],
        query: Mapping[str, str | int],
        *,
        what: str,
        hidden: bool = False,
    ) -> Listing:
        """Return one page of the list at a path below ``/api/v2.0``; arguments as :meth:`get_object`.

        Raises:
            UpstreamError: The answer is no list: not even an empty one, so nothing is known.
            PortcallError: What the refusal means.
        """
        reply = await self._ask(path, query, what, hidden=hidden)
        return Listing(self._read(parse_list, reply, what), _total(reply))

    async def credentials(self) -> Credentials | None:
        """Return the credentials that the API is asked with; none where they are no name and secret.

        Raises:
            UnauthorizedError: Their source could not be asked.
        """
        known = await self._client.credentials()
        return known if known and known.secret else None

    async def refused_login(self) -> UnauthorizedError | None:
        """Return the error for credentials that are wrong, where they are, and Harbor does not say so itself.

        It takes them for nobody's, in its API and its token service alike. Of the caller's own account, though,
        wrong credentials hear 401; users 200, and robots 412. Where this cannot be learnt, nothing is said.

        Source: goharbor/harbor src/server/v2.0/handler/user.go (``GetCurrentUserInfo``),
        src/core/service/token/creator.go.
        """
        try:
            shown = await self.credentials()
            if shown is None:
                return None
            reply = await self._get(shown, ("users", "current"), None)
        except PortcallError:
            return None
        return refused(self.registry, shown) if reply.status == 401 and not is_page(reply) else None

    async def doubts(self) -> tuple[str, ...]:
        """Return what to say of a list that may be shortened to what is public, for the credentials are wrong."""
        error = await self.refused_login()
        return (f"{error.message}; only what is public is told",) if error else ()

    async def _ask(
        self, path: Sequence[str], query: Mapping[str, str | int] | None, what: str, *, hidden: bool
    ) -> Reply:
        shown = await self.credentials()
        reply = await self._get(shown, path, query)
        if not reply.ok or is_page(reply):
            raise api_refusal(reply, self._client.upstream, what, shown, hidden=hidden)
        return reply

    async def _get(
        self, shown: Credentials | None, path: Sequence[str], query: Mapping[str, str | int] | None
    ) -> Reply:
        authorization = shown.authorization if shown else None
        return await self._client.get((*_BASE, *path), query, authorization=authorization)

    def _read(self, reader: Callable[[bytes, str], Json], reply: Reply, what: str) -> Json:
        try:
            return reader(reply.body, f"the answer of {self.registry} about the {what}")
        except PortcallError as error:
            error.registry = self.registry
            raise


def _total(reply: Reply) -> int | None:
    told = reply.headers.get("x-total-count", "")
    return count(int(told)) if told.isascii() and told.isdigit() and len(told) < 19 else None
