"""hub.docker.com: asked as whoever there are credentials for, or as nobody in particular."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from portcall.errors import ForbiddenError, NotFoundError, PortcallError, UnauthorizedError, UnavailableError
from portcall.plugin import ApiClient, parse_object
from portcall_dockerhub.login import Login

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from portcall.plugin import Credentials, Reply

#: Where Docker Hub's own API is, and the older one beside it, which ``docker search`` asks.
API = "https://hub.docker.com"
INDEX = "https://index.docker.io"


class AnonymousCapError(ForbiddenError):
    """Anonymous callers are not shown more of a list (since 2026-08-11; goharbor/harbor#23819)."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the API answered.

    Args:
        document: The JSON object.
        warnings: What the reader has to know of it.
    """

    document: dict[str, Any]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Caller:
    """As whom the API is asked.

    Args:
        api: The client whose answers are kept apart from other callers'.
        credentials: The caller's; ``None``: anonymous.
        problem: Why it is anonymous though there are credentials.
    """

    api: ApiClient
    credentials: Credentials | None = None
    problem: PortcallError | None = None


class HubApi:
    """The REST API, signed in where there are credentials.

    Args:
        api: The backend's.
        login: Keeps the tokens.
    """

    def __init__(self, api: ApiClient, login: Login | None = None) -> None:
        self._api, self._anonymous = api, api.asked_as(None)
        #: index.docker.io; whatever stands in for hub.docker.com stands in for it, too.
        self.index = api.anonymous_at(INDEX) if api.upstream.endpoint == API else self._anonymous
        self._login = login or Login()
        self.registry = api.upstream.registry

    async def ask(
        self,
        path: Sequence[str],
        query: Mapping[str, str | int] | None = None,
        *,
        what: str,
        public: bool = True,
    ) -> Told:
        """Return the JSON object that the API answers.

        Args:
            path: Segments.
            query: Parameters.
            what: What is asked for, for messages.
            public: Whether the answer to an anonymous caller is true for everybody, if maybe not all: then
                a login that fails costs a warning alone.

        Raises:
            NotFoundError: There is no such thing, or it is hidden.
            UnauthorizedError: The login failed, and without it the answer might mislead.
            AnonymousCapError: More is shown to those who signed in.
            UnavailableError: An outage, or a protection against robots.
            PortcallError: Whatever else a refusal means.
        """
        caller = await self._caller()
        if caller.problem is None:
            return Told(self._read(caller.api, await self._reply(caller, path, query), what))
        if not public:
            raise caller.problem
        try:
            document = self._read(caller.api, await self._reply(caller, path, query), what)
        except NotFoundError as error:
            # Signed in, one might see it.
            raise caller.problem from error
        return Told(document, (f"{self.registry} was asked anonymously: {caller.problem.message}",))

    async def ask_index(self, path: Sequence[str], query: Mapping[str, str | int], *, what: str) -> Told:
        """Return the JSON object that index.docker.io answers; it is shown no credentials.

        Raises:
            PortcallError: As :meth:`ask`.
        """
        return Told(self._read(self.index, await self.index.get(path, query), what))

    async def account(self) -> str:
        """Return the user whom the credentials are for, once they have signed in.

        Raises:
            UnauthorizedError: There are none, or they were refused.
            PortcallError: The login could not be asked.
        """
        credentials = await self._api.credentials()
        if credentials is None:
            raise UnauthorizedError(
                f"there are no credentials for {self.registry}",
                hint="Configure a user name with an access token.",
                registry=self.registry,
            )
        await self._login.authorization(self._api.asked_as(credentials), credentials)
        return credentials.username.lower()

    async def _caller(self) -> _Caller:
        try:
            credentials = await self._api.credentials()
            if credentials is None:
                return _Caller(self._anonymous)
            own = self._api.asked_as(credentials)
            await self._login.authorization(own, credentials)
            return _Caller(own, credentials)
        except PortcallError as error:
            return _Caller(self._anonymous, problem=error)

    async def _reply(self, caller: _Caller, path: Sequence[str], query: Mapping[str, str | int] | None) -> Reply:
        api, credentials = caller.api, caller.credentials
        if credentials is None:
            return await api.get(path, query)
        header = await self._login.authorization(api, credentials)
        reply = await api.get(path, query, authorization=header)
        if reply.status == 401:
            # Revoked before its time: a new one may do.
            self._login.forget(credentials, header)
            header = await self._login.authorization(api, credentials)
            reply = await api.get(path, query, authorization=header)
        return reply

    def _read(self, api: ApiClient, reply: Reply, what: str) -> dict[str, Any]:
        if reply.status == 401:
            raise UnauthorizedError(
                f"{self.registry} does not let these callers ask for the {what}",
                hint="Check the credentials, or configure some.",
                registry=self.registry,
            )
        if reply.status == 403 and reply.media_type != "text/html":
            raise self._forbidden(reply, what)
        return api.object_in(reply, what)

    def _forbidden(self, reply: Reply, what: str) -> PortcallError:
        try:
            message = str(parse_object(reply.body, what).get("message", ""))
        except PortcallError:
            # "error code: 1010", as plain text, is Cloudflare's (docker/hub-feedback#2502).
            return UnavailableError(
                f"the API of {self.registry} is refused to programs now",
                hint="A protection against robots stands before it; try again later.",
                registry=self.registry,
            )
        if "offset too large" in message:
            return AnonymousCapError(
                f"{self.registry} shows anonymous callers no more of the {what}",
                hint="Sign in: any free account sees the rest.",
                registry=self.registry,
            )
        return ForbiddenError(
            f"{self.registry} refuses access to the {what}",
            hint="These credentials, or anonymous callers, may not read it.",
            registry=self.registry,
        )
