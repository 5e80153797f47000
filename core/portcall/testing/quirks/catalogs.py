"""Quirks of the catalog, which few registries show to everybody."""

# ruff: noqa: D102 - what a quirk does, its class says.

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from portcall.testing.auth import insufficient_scope
from portcall.testing.quirk import Context, Quirk, is_good
from portcall.testing.wire import error_reply, json_reply

if TYPE_CHECKING:
    from portcall.testing.wire import Kind, Reply, Request

_CATALOG: frozenset[Kind] = frozenset({"catalog"})
_CODES = {403: "DENIED", 404: "NOT_FOUND"}


@dataclass(frozen=True)
class NoCatalog(Quirk):
    """There is no ``/v2/_catalog``, whoever asks.

    ::

        FakeRegistry(quirks=[quirks.NoCatalog(401)])

    Seen: 401 with a challenge for ``registry:catalog:*`` that no token satisfies, Docker Hub; 404 UNSUPPORTED,
    GHCR (oras-project/oras-go#621).

    Args:
        status: 401, 403, 404 or 405.
        code: In the error's body; by the status where it is empty.
    """

    status: int = 404
    code: str = ""

    kinds: ClassVar[frozenset[Kind] | None] = _CATALOG

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if not is_good(reply):
            return reply
        if self.status == 401:
            return insufficient_scope(request, context.auth)
        code = self.code or _CODES.get(self.status, "UNSUPPORTED")
        return error_reply(self.status, code, "there is no catalog for you")


@dataclass(frozen=True)
class EmptyCatalog(Quirk):
    """The catalog is empty, whatever there is.

    Seen: Quay, for strangers (FEATURE_PUBLIC_CATALOG).
    """

    kinds: ClassVar[frozenset[Kind] | None] = _CATALOG

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        return json_reply({"repositories": []}) if is_good(reply) else reply


@dataclass(frozen=True)
class LargePagesRefused(Quirk):
    """Pages of more than ``most`` names are refused, not cut: 400 PAGINATION_NUMBER_INVALID.

    Seen: docker-registry since 2.8.2, at 1000 unless ``catalog.maxentries`` says otherwise (CVE-2023-2253).
    """

    most: int = 1000

    kinds: ClassVar[frozenset[Kind] | None] = _CATALOG

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if not is_good(reply) or int(request.parameter("n") or 0) <= self.most:
            return reply
        return error_reply(400, "PAGINATION_NUMBER_INVALID", "invalid number of results requested")
