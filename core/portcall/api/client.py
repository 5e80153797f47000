"""One vendor's REST API: paths that cannot be left, JSON that is checked, errors that say what failed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from portcall.errors import InvalidReferenceError, PortcallError, UnavailableError
from portcall.http.reply import Content, Lifetime, Reply, ResourceRequest
from portcall.oci.document import parse_object
from portcall.oci.problem import refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from portcall.http.client import HttpClient
    from portcall.http.upstream import Credentials, Upstream

#: Ceiling of one answer: a hundred rows with all that vendors write into them stay far below.
MAX_ANSWER_BYTES = 8 << 20


class ApiClient:
    """Asks one vendor's API, through the same guard, retries, limits and cache as everything else.

    Args:
        http: The one HTTP client.
        upstream: The API: its base URL as ``endpoint``, and the credentials that it takes.
        refuse: Says what a reply other than success means: reply, upstream, and what was asked for.
        has_own_login: Whether the credentials were given for this API, and not for the registry.
    """

    def __init__(
        self,
        http: HttpClient,
        upstream: Upstream,
        refuse: Callable[[Reply, Upstream, str], PortcallError] | None = None,
        *,
        has_own_login: bool = False,
    ) -> None:
        self._http = http
        self.upstream = upstream
        self._refuse = refuse or _refused
        self.has_own_login = has_own_login

    def asked_as(self, credentials: Credentials | None) -> ApiClient:
        """Return a client of the same API whose answers are kept for these credentials; for anybody without."""
        caller = replace(self.upstream, credentials=credentials, source=None)
        return ApiClient(self._http, caller, self._refuse)

    def anonymous_at(self, endpoint: str) -> ApiClient:
        """Return a client for another API of the same vendor, which is shown no credentials.

        Args:
            endpoint: Its base URL; a public host's.
        """
        elsewhere = replace(self.upstream, endpoint=endpoint, credentials=None, source=None, exempt=frozenset())
        return ApiClient(self._http, elsewhere, self._refuse)

    async def credentials(self) -> Credentials | None:
        """Return the credentials that the API is asked with, if there are any.

        Raises:
            UnauthorizedError: Their source could not be asked.
        """
        if self.upstream.source is not None:
            return await self.upstream.source.obtain("")
        return self.upstream.credentials

    async def get(
        self,
        path: Sequence[str],
        query: Mapping[str, str | int] | None = None,
        *,
        authorization: str | None = None,
        accept: str = "application/json",
        allowance: str = "",
        keep: bool = True,
    ) -> Reply:
        """Return what the API answers, whatever its status; kept for about a minute.

        Args:
            path: Segments, each as its owner wrote it; they are encoded here.
            query: Parameters; they are encoded here.
            authorization: The ``Authorization`` header that the upstream's credentials make.
            accept: The ``Accept`` header.
            allowance: By which of its rate limits the API counts this, where it has several: ``"search"``.
            keep: Whether the answer may be kept: not, where it holds a secret.

        Raises:
            InvalidReferenceError: A segment would leave its path.
            PortcallError: As :meth:`portcall.http.client.HttpClient.fetch`.
        """
        request = self._request("GET", path, query, authorization, accept)
        lifetime = request.lifetime if keep else Lifetime.NONE
        return await self._http.fetch(replace(request, allowance=allowance, lifetime=lifetime))

    async def get_object(
        self,
        path: Sequence[str],
        query: Mapping[str, str | int] | None = None,
        *,
        what: str,
        authorization: str | None = None,
    ) -> dict[str, Any]:
        """Return the JSON object that the API answers.

        Args:
            path: Segments, as :meth:`get` takes them.
            query: Parameters.
            what: What is asked for, for messages: ``"repository acme/app"``.
            authorization: As :meth:`get` takes it.

        Raises:
            NotFoundError: There is no such thing, or it is hidden.
            UpstreamError: The answer is no JSON object.
            PortcallError: Whatever else a refusal means.
        """
        return self.object_in(await self.get(path, query, authorization=authorization), what)

    async def post(
        self, path: Sequence[str], payload: Mapping[str, Any], *, authorization: str | None = None
    ) -> Reply:
        """Return what the API answers to a JSON object; nothing of it is kept, and no redirect is followed.

        Raises:
            PortcallError: As :meth:`get`.
        """
        request = self._request("POST", path, None, authorization, "application/json")
        content = Content(json.dumps(payload).encode())
        return await self._http.send(replace(request, content=content, lifetime=Lifetime.NONE))

    def object_in(self, reply: Reply, what: str) -> dict[str, Any]:
        """Return the JSON object in a reply.

        Raises:
            UnavailableError: It is a web page, as challenges and outages show them.
            PortcallError: What its status means.
        """
        if not reply.ok:
            raise self._refuse(reply, self.upstream, what)
        if _is_page(reply):
            raise _a_page(reply, self.upstream)
        try:
            return parse_object(reply.body, f"the answer of {self.upstream.registry} about the {what}")
        except PortcallError as error:
            error.registry = self.upstream.registry
            raise

    def _request(
        self,
        method: str,
        path: Sequence[str],
        query: Mapping[str, str | int] | None,
        authorization: str | None,
        accept: str,
    ) -> ResourceRequest:
        if authorization is not None and self.upstream.credentials is None and self.upstream.source is None:
            # What is private would be kept for everybody.
            raise ValueError("an Authorization header takes an upstream with credentials")
        return ResourceRequest(
            self.upstream,
            f"{self.upstream.endpoint}/{_path(path)}{_query(query or {})}",
            method=method,
            accept=accept,
            max_bytes=MAX_ANSWER_BYTES,
            lifetime=Lifetime.BRIEF,
            plain=True,
            metered=True,
            authorization=authorization,
        )


def _refused(reply: Reply, upstream: Upstream, what: str) -> PortcallError:
    """Say what a refusal means; a page's status says nothing of what was asked for, but that it was too much."""
    return _a_page(reply, upstream) if _is_page(reply) and reply.status != 429 else refusal(reply, upstream, what)


def _is_page(reply: Reply) -> bool:
    return reply.media_type == "text/html" or reply.body.lstrip()[:1] == b"<"


def _a_page(reply: Reply, upstream: Upstream) -> UnavailableError:
    return UnavailableError(
        f"what answers for the API of {upstream.registry} is a web page ({reply.status})",
        hint="A proxy or a protection against robots stands before it; try again later.",
        registry=upstream.registry,
    )


def _path(segments: Sequence[str]) -> str:
    """Return a path whose segments nobody can leave; an empty one at the end makes a slash there."""
    for place, segment in enumerate(segments):
        if segment in {".", ".."} or (not segment and place < len(segments) - 1):
            raise InvalidReferenceError("a name that is empty, or would leave its place in a path")
    try:
        return "/".join(quote(segment, safe="") for segment in segments)
    except UnicodeEncodeError:
        raise InvalidReferenceError("a name that is no text") from None


def _query(parameters: Mapping[str, str | int]) -> str:
    try:
        return f"?{urlencode(parameters)}" if parameters else ""
    except UnicodeEncodeError:
        raise InvalidReferenceError("a parameter that is no text") from None
