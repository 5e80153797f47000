"""The registry's token endpoint, by which everybody can tell whether there is a package.

Source: openai/tunnel-client#75 (401, private) and zeabur/zbplan (403, no such package), an observation each: what
they say is told as what the registry lets on, and never relied on further.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from portcall.errors import HiddenError, NotFoundError, PortcallError, UnavailableError, UpstreamError
from portcall.plugin import ApiClient, listing, mapping, parse_object, refusal, text
from portcall_ghcr.problems import is_page, source_named
from portcall_ghcr.standing import Standing, Standings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from portcall.plugin import BackendContext, Reply, Upstream

#: Packages that are looked for at the same time.
_AT_ONCE = 8
#: Codes of the registry's own refusals: a proxy says 401 and 403, too, and knows of no package.
_REFUSALS = ("DENIED", "UNAUTHORIZED")


class TokenEndpoint:
    """Asks for tokens, which are thrown away, as nobody in particular: the answer's status tells.

    Args:
        context: The backend's.
    """

    def __init__(self, context: BackendContext) -> None:
        upstream = context.upstream
        self._service = upstream.token_service.service if upstream.token_service else upstream.registry
        self._upstream = upstream
        stranger = replace(upstream, credentials=None, source=None, token_service=None)
        self._client = ApiClient(context.http, stranger)
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._known = Standings()

    async def standing(self, repository: str) -> Standing:
        """Return what it lets on of a package, by its path without host; or did within the last minute.

        Raises:
            PortcallError: It does not answer, or not as GHCR's does.
        """
        standing = self._known.get(repository)
        if standing is None:
            query = {"service": self._service, "scope": f"repository:{repository}:pull"}
            async with self._turns:
                # A token is a secret, even one of nobody's: it is kept nowhere.
                reply = await self._client.get(("token",), query, keep=False)
            standing = _told_by(reply)
            if standing is None:
                raise self._problem(reply, repository)
            self._known.put(repository, standing)
        return standing

    def _problem(self, reply: Reply, repository: str) -> PortcallError:
        if is_page(reply) and reply.status != 429:
            return UnavailableError(
                f"what answers for the token endpoint of {self._upstream.registry} is a web page ({reply.status})",
                hint="It has trouble of its own, or a proxy stands before it; try again later.",
                registry=self._upstream.registry,
            )
        if reply.status == 429 or reply.status >= 500:
            return refusal(reply, self._upstream, f"repository {repository}")
        return UpstreamError(
            f"{self._upstream.registry} does not tell which packages there are",
            hint="What answers there has no token endpoint like GHCR's; check the endpoint.",
            registry=self._upstream.registry,
        )

    @asynccontextmanager
    async def explained(self, repository: str) -> AsyncIterator[None]:
        """Say of a refusal that may mean either whether the package is missing, or private.

        That costs a request, and only where the registry refused.

        Raises:
            NotFoundError: It is missing, by what the endpoint lets on.
            HiddenError: It is private; or the endpoint does not tell, either.
        """
        try:
            yield
        except HiddenError as error:
            try:
                standing = await self.standing(repository)
            except PortcallError as problem:
                raise _unclear(error, problem) from problem
            if standing is Standing.MISSING:
                raise _missing(self._upstream, repository) from error
            if standing is Standing.PRIVATE:
                raise _private(self._upstream, repository) from error
            raise


def _told_by(reply: Reply) -> Standing | None:
    """Return what an answer tells: a token, or a refusal in the registry's own words; ``None`` for any other."""
    try:
        told = parse_object(reply.body, "the token")
    except UpstreamError:
        return None
    if reply.status == Standing.PUBLIC.value:
        return Standing.PUBLIC if text(told.get("token")) or text(told.get("access_token")) else None
    refused = any(mapping(error).get("code") in _REFUSALS for error in listing(told.get("errors")))
    return Standing(reply.status) if refused and reply.status in {401, 403} else None


def _unclear(refused: HiddenError, problem: PortcallError) -> HiddenError:
    hint = f"{refused.hint} Whether it is private or missing could not be looked up: {problem.message}."
    return HiddenError(refused.message, hint=hint, registry=refused.registry)


def _missing(upstream: Upstream, repository: str) -> NotFoundError:
    owner = repository.partition("/")[0]
    return NotFoundError(
        f"{upstream.registry} has no repository {repository}, by the way it refuses it",
        hint=f"Check the name; list_repositories tells what {owner} has.",
        registry=upstream.registry,
    )


def _private(upstream: Upstream, repository: str) -> HiddenError:
    registry, source = upstream.registry, upstream.credentials_source
    if source is not None:
        shown = f"The credentials from {source_named(source)} do not open it"
    elif upstream.withheld:
        shown = upstream.withheld[:1].upper() + upstream.withheld[1:]
    else:
        shown = "No credentials were shown"
    login = f"docker login {registry}" if upstream.login_by == "here" else "a login that the operator shares"
    return HiddenError(
        f"the repository {repository} of {registry} is private, or not there: no access to it is granted",
        hint=f"It is refused as private ones are. {shown}. What opens it: {login}, with a classic "
        "token that has the scope read:packages, of somebody who may read it.",
        registry=registry,
    )
