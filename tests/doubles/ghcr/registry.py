"""ghcr.io: the distribution API on top of the fake registry, and where GitHub's differs from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar
from urllib.parse import quote

from tests.doubles.ghcr.hostile import is_hostile_to_registry
from tests.doubles.ghcr.refusals import registry_refusal
from tests.doubles.ghcr.registry_auth import GhcrAuth

from portcall.testing import FakeRegistry, Reply, Request, quirks
from portcall.testing.quirk import Context, Quirk
from portcall.testing.wire import Kind

_DEFAULT_PAGE = 100
_LARGEST_PAGE = 10_000


@dataclass(frozen=True)
class DefaultPage(Quirk):
    """A hundred tags with a Link where no number is asked for, as many as asked for otherwise.

    Source: smg-project/smg#2348, probed live: 100 by default, 169 of 169 with n=10000.
    """

    kinds: ClassVar[frozenset[Kind] | None] = frozenset({"tags"})

    def adjust(self, request: Request) -> Request:
        if request.parameter("n") is not None:
            return request
        query = f"{request.query}&n={_DEFAULT_PAGE}".lstrip("&")
        return replace(request, query=query)


@dataclass(frozen=True)
class ReferrersElsewhere(Quirk):
    """303 to a page of github.com.

    Source: artifacthub/hub#4785, recorded in data/ghcr with the digest cut at its colon.
    """

    web: Callable[[], str] = lambda: "https://github.com"

    kinds: ClassVar[frozenset[Kind] | None] = frozenset({"referrers"})

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if reply.status not in {200, 400, 404}:
            return reply
        algorithm = request.reference.partition(":")[0]
        path = quote(f"{request.repository}/referrers/{algorithm}", safe="")
        return Reply(status=303, headers={"Location": f"{self.web()}/-/v2/packages/container/package/{path}"})


@dataclass(frozen=True)
class NoCatalog(Quirk):
    """There is no list of repositories.

    Source: oras-project/oras-go#621. What a token that is good otherwise is told is not known [U]; anonymous
    clients never get that far (oras#1128).
    """

    kinds: ClassVar[frozenset[Kind] | None] = frozenset({"catalog"})

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if reply.status != 200:
            return reply
        return registry_refusal(404, "UNSUPPORTED", "The operation is unsupported.")


class GhcrRegistry(FakeRegistry):
    """The registry at ghcr.io, ``/token`` included.

    Oldest tags first (reno), ``"tags": null`` where there are none (v8std#39), HEAD as GET (reno).

    Args:
        auth: Its token endpoint.
        web: Where github.com is, for the referrers' redirect.
    """

    def __init__(self, auth: GhcrAuth, *, web: Callable[[], str]) -> None:
        self._own = (DefaultPage(), quirks.NullTags(), ReferrersElsewhere(web=web), NoCatalog())
        super().__init__(auth=auth, quirks=self._own, page_size=_LARGEST_PAGE, tag_order="pushed")

    def clear_quirks(self) -> None:
        """Behave as ghcr.io does, and no worse."""
        super().clear_quirks()
        self.add(*self._own)

    def answer(self, request: Request) -> Reply:
        """Return the answer; 404 to a path that means to leave its repository."""
        if is_hostile_to_registry(request):
            return registry_refusal(404, "NAME_UNKNOWN", "repository name not known to registry")
        return super().answer(request)
