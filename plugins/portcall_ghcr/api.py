"""GitHub's REST API: asked with a token where there is one, else as nobody in particular."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from portcall.errors import (
    ForbiddenError,
    PortcallError,
    RateLimitedError,
    UnauthorizedError,
    UpstreamError,
)
from portcall.plugin import ApiClient, parse_list, parse_object
from portcall_ghcr.problems import Refusals, how_to_sign_in, is_page, source_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from portcall.plugin import Credentials, Reply

JSON = "application/vnd.github+json"
#: With the lines of files that match, in searches.
TEXT_MATCHES = "application/vnd.github.text-match+json"
#: Rows of a page; GitHub gives no more.
MOST_ROWS = 100
#: Seconds for which a refused token is not shown again: GitHub locks out those who go on.
_PAUSE = 60.0
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{1,4096}\Z")
_NEXT = re.compile(r'rel="?next"?')


@dataclass(frozen=True, slots=True)
class Told:
    """What the API answered.

    Args:
        document: JSON, an object or a list.
        goes_on: Whether a list has another page.
        warnings: What the reader has to know of it.
    """

    document: dict[str, Any] | list[Any]
    goes_on: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Caller:
    """As whom the API is asked.

    Args:
        api: The client whose answers are kept apart from other callers'.
        credentials: The caller's; ``None``: anonymous.
        problem: Why it is anonymous though there are credentials.
        takes_token: Whether it is anonymous only for want of credentials.
    """

    api: ApiClient
    credentials: Credentials | None = None
    problem: PortcallError | None = None
    takes_token: bool = True

    @property
    def refusals(self) -> Refusals:
        """What the API's refusals mean to it."""
        return Refusals(self.api.upstream, self.takes_token)


class GitHubApi:
    """The REST API of api.github.com, or of a GitHub Enterprise server.

    Args:
        api: The backend's.
        clock: Where the time comes from, in seconds; never set back.
    """

    def __init__(self, api: ApiClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._api, self._clock = api, clock
        self._refused = ("", 0.0)
        self.registry = api.upstream.registry

    async def has_token(self) -> bool:
        """Tell whether there is a token that was not refused lately."""
        return (await self._caller()).credentials is not None

    async def ask(
        self,
        path: Sequence[str],
        query: Mapping[str, str | int] | None = None,
        *,
        what: str,
        public: bool = True,
        anonymous: bool = False,
        accept: str = JSON,
    ) -> Told:
        """Return what the API answers.

        Args:
            path: Segments.
            query: Parameters.
            what: What is asked for, for messages: ``"user acme"``.
            public: Whether the answer to an anonymous caller is true for everybody, if maybe not all: then
                a token that is refused costs a warning alone.
            anonymous: Whether no token is shown, whoever asks: for addresses that an image's labels give.
            accept: The media type.

        Raises:
            NotFoundError: There is no such thing, or it is hidden.
            UnauthorizedError: The token is refused, and without it nothing is told.
            ForbiddenError: The token may not, and without it nothing is told.
            RateLimitedError: With ``retry_after``, where GitHub tells.
            UnavailableError: An outage, or a web page.
            PortcallError: Whatever else a refusal means.
        """
        stranger = _Caller(self._api.asked_as(None), takes_token=not anonymous)
        if anonymous:
            return await self._told(stranger, path, query, what, accept)
        caller = await self._caller()
        problem = caller.problem
        if problem is None:
            try:
                return await self._told(caller, path, query, what, accept)
            except (ForbiddenError, UnauthorizedError) as error:
                if caller.credentials is None or not public:
                    raise
                problem = error
        elif not public:
            raise problem
        try:
            told = await self._told(stranger, path, query, what, accept)
        except PortcallError as error:
            # With a token that is accepted, there might be an answer.
            raise problem from error
        return replace(told, warnings=(f"GitHub was asked anonymously: {problem.message}",))

    def object(self, told: Told, what: str) -> dict[str, Any]:
        """Return the object that was told.

        Raises:
            UpstreamError: It is a list.
        """
        if isinstance(told.document, dict):
            return told.document
        raise self.nonsense(what)

    def rows(self, told: Told, what: str, field: str | None = None) -> list[Any]:
        """Return the list that was told, or that stands in a field.

        Raises:
            UpstreamError: There is none: not even an empty one, so nothing is known.
        """
        rows = told.document.get(field) if field and isinstance(told.document, dict) else told.document
        if isinstance(rows, list):
            return rows
        raise self.nonsense(what)

    def nonsense(self, what: str) -> UpstreamError:
        """Return the error for an answer that is none to what was asked."""
        return UpstreamError(
            f"GitHub's answer about the {what} makes no sense",
            hint="What answers there may be no GitHub, or its API has changed; check api of this registry.",
            registry=self.registry,
        )

    async def _caller(self) -> _Caller:
        anonymous = _Caller(self._api.asked_as(None))
        try:
            credentials = await self._api.credentials()
        except PortcallError as error:
            return replace(anonymous, problem=error)
        if credentials is None or not credentials.secret:
            return anonymous
        own = self._api.asked_as(credentials)
        identity, until = self._refused
        if identity == credentials.identity and self._clock() < until:
            return replace(anonymous, problem=Refusals(own.upstream).token())
        if not _TOKEN.match(credentials.secret):
            return replace(anonymous, problem=self._no_token(credentials))
        return _Caller(own, credentials)

    def _no_token(self, credentials: Credentials) -> UnauthorizedError:
        return UnauthorizedError(
            f"what {source_of(credentials)} holds is no token of GitHub",
            hint=how_to_sign_in(self.registry),
            registry=self.registry,
        )

    async def _told(
        self,
        caller: _Caller,
        path: Sequence[str],
        query: Mapping[str, str | int] | None,
        what: str,
        accept: str,
    ) -> Told:
        api, credentials = caller.api, caller.credentials
        header = f"Bearer {credentials.secret}" if credentials else None
        try:
            reply = await api.get(path, query, authorization=header, accept=accept, allowance=_allowance(path))
        except RateLimitedError as error:
            # It said so before, and is not asked.
            raise caller.refusals.limit(error.retry_after) from error
        if reply.status == 401 and credentials is not None:
            self._refused = (credentials.identity, self._clock() + _PAUSE)
        if not reply.ok or is_page(reply):
            raise caller.refusals.of(reply, what)
        goes_on = _NEXT.search(reply.headers.get("link", "")) is not None
        return Told(self._document(reply, what), goes_on)

    def _document(self, reply: Reply, what: str) -> dict[str, Any] | list[Any]:
        read = parse_list if reply.body.lstrip()[:1] == b"[" else parse_object
        try:
            return read(reply.body, what)
        except UpstreamError as error:
            raise self.nonsense(what) from error


def _allowance(path: Sequence[str]) -> str:
    """Return what GitHub counts a request by: searches, of code above all, have few a minute of their own.

    Source: docs.github.com, "Rate limits for the REST API" (``x-ratelimit-resource``).
    """
    if path[0] != "search":
        return ""
    return "code_search" if path[1] == "code" else "search"
