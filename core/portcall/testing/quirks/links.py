"""Quirks of the ``Link`` header that goes on to the next page.

They need a Link to work on: give the registry a ``page_size``, or use :class:`ShortPages` before them.
"""

# ruff: noqa: D102 - what a quirk does, its class says.

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlencode

from portcall.testing.quirk import Context, Quirk, is_good

if TYPE_CHECKING:
    from portcall.testing.wire import Kind, Reply, Request

_LISTS: frozenset[Kind] = frozenset({"tags", "catalog", "referrers"})


@dataclass(frozen=True)
class _LinkQuirk(Quirk):
    kinds: ClassVar[frozenset[Kind] | None] = _LISTS

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        link = reply.header("Link")
        if link is None:
            return reply
        return reply.with_headers({"Link": self.link(request, link[1:].partition(">")[0])})

    def link(self, request: Request, target: str) -> str | None:
        raise NotImplementedError


@dataclass(frozen=True)
class AbsoluteLink(_LinkQuirk):
    """The next page's address is absolute.

    Seen: Quay, Docker Hub (2019).
    """

    def link(self, request: Request, target: str) -> str | None:
        return f'<{request.scheme}://{request.host}{target}>; rel="next"'


@dataclass(frozen=True)
class BareLink(_LinkQuirk):
    """The address stands without its angle brackets.

    Seen: old Quay.
    """

    def link(self, request: Request, target: str) -> str | None:
        return f'{target}; rel="next"'


@dataclass(frozen=True)
class UnquotedRel(_LinkQuirk):
    """``rel=next`` without quotation marks, as RFC 8288 allows."""

    def link(self, request: Request, target: str) -> str | None:
        return f"<{target}>; rel=next"


@dataclass(frozen=True)
class ManyLinkParameters(_LinkQuirk):
    """Several links in one header, with several parameters each."""

    def link(self, request: Request, target: str) -> str | None:
        first = f'<{request.path}?n=1>; rel="first"; title="a, \\"b\\"; c"'
        return f'{first}, <{target}>; title="page, 2"; rel="next last"; type="application/json"'


@dataclass(frozen=True)
class LinkElsewhere(_LinkQuirk):
    """The next page is at another origin.

    Seen: as an attack, CVE-2026-85732 (oras-go): credentials follow the link.
    """

    to: str = "http://169.254.169.254"

    def link(self, request: Request, target: str) -> str | None:
        return f'<{self.to}{target}>; rel="next"'


@dataclass(frozen=True)
class NoLink(_LinkQuirk):
    """Pages are cut, and there is no Link: a client has to go on by ``last``.

    Seen: go-containerregistry's registry.
    """

    def link(self, request: Request, target: str) -> str | None:
        return None


@dataclass(frozen=True)
class LoopingLink(Quirk):
    """Every page's Link leads back to that page.

    Seen: as an attack, GHSA-298f-872v-2rcx (oras).
    """

    kinds: ClassVar[frozenset[Kind] | None] = _LISTS

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        return reply.with_headers({"Link": f'<{request.target}>; rel="next"'}) if is_good(reply) else reply


@dataclass(frozen=True)
class OpaqueLink(Quirk):
    """The next page is an opaque ``next_page``; a client that builds ``last`` by itself misses pages.

    Seen: Quay (tags until 2016, its catalog still).
    """

    kinds: ClassVar[frozenset[Kind] | None] = _LISTS

    def adjust(self, request: Request) -> Request:
        known = {key: values[0] for key, values in request.parameters.items() if key != "last"}
        page = known.pop("next_page", None)
        if page is not None:
            known["last"] = base64.urlsafe_b64decode(page).decode()
        return replace(request, query=urlencode(known))

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        link = reply.header("Link")
        document = reply.document if isinstance(reply.document, dict) else {}
        tags = document.get("tags") or document.get("repositories")
        if link is None or not tags:
            return reply
        page = base64.urlsafe_b64encode(tags[-1].encode()).decode()
        query = urlencode({"next_page": page, "n": request.parameter("n") or len(tags)})
        return reply.with_headers({"Link": f'<{request.path}?{query}>; rel="next"'})
