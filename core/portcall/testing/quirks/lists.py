"""Quirks of tag lists: what is in them, and how much at a time."""

# ruff: noqa: D102 - what a quirk does, its class says.

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import quote, urlencode

from portcall.digest import digest_of
from portcall.testing.quirk import Context, Quirk, is_good
from portcall.testing.wire import error_reply, json_reply

if TYPE_CHECKING:
    from portcall.testing.wire import Kind, Reply, Request

_TAGS: frozenset[Kind] = frozenset({"tags"})
_LISTS: frozenset[Kind] = frozenset({"tags", "catalog"})


@dataclass(frozen=True)
class NullTags(Quirk):
    """``"tags": null`` where there are none.

    Seen: GHCR for untagged packages (v8std#39); docker-registry once the last manifest is deleted.
    """

    kinds: ClassVar[frozenset[Kind] | None] = _TAGS

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if not is_good(reply) or _tags(reply):
            return reply
        return _with_tags(reply, None)


@dataclass(frozen=True)
class NullsAmongTags(Quirk):
    """``null`` and ``""`` stand among the tags.

    Seen: Nexus (skopeo#2409).
    """

    kinds: ClassVar[frozenset[Kind] | None] = _TAGS

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if not is_good(reply):
            return reply
        return _with_tags(reply, [None, *_tags(reply), "", None])


@dataclass(frozen=True)
class DigestsAmongTags(Quirk):
    """Digests stand among the tags.

    Seen: Artifactory (skopeo#2346).
    """

    kinds: ClassVar[frozenset[Kind] | None] = _TAGS

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if not is_good(reply):
            return reply
        return _with_tags(reply, [digest_of(b"a manifest without a tag"), *_tags(reply)])


@dataclass(frozen=True)
class NoTagsIsUnknown(Quirk):
    """404 NAME_UNKNOWN for a repository whose last tag was deleted.

    Seen: Docker's registry (distribution#4324).
    """

    kinds: ClassVar[frozenset[Kind] | None] = _TAGS

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if not is_good(reply) or _tags(reply):
            return reply
        return error_reply(404, "NAME_UNKNOWN", "repository name not known to registry")


@dataclass(frozen=True)
class ShortPages(Quirk):
    """Pages hold fewer entries than ``n`` asked for, with a Link to go on.

    Seen: Quay, which caps ``n`` at 100. The specification allows it.
    """

    size: int = 2

    kinds: ClassVar[frozenset[Kind] | None] = _TAGS

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        tags = _tags(reply)
        if not is_good(reply) or len(tags) <= self.size:
            return reply
        page = tags[: self.size]
        query = f"n={request.parameter('n') or self.size}&last={quote(page[-1], safe='')}"
        return _with_tags(reply, page).with_headers({"Link": f'<{request.path}?{query}>; rel="next"'})


@dataclass(frozen=True)
class PagingIgnored(Quirk):
    """``n`` and ``last`` are not understood: every answer is the whole list, without a Link.

    Seen: docker-registry 2.8 for tags. Docker Hub sends everything where ``n`` is absent.
    """

    kinds: ClassVar[frozenset[Kind] | None] = _LISTS

    def adjust(self, request: Request) -> Request:
        return replace(request, query="")

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        return reply.with_headers({"Link": None})


@dataclass(frozen=True)
class LastTagStartsOver(Quirk):
    """No Link; and where ``last`` is the final tag, the list begins again.

    Seen: go-containerregistry's registry, a loop without end for clients that page by ``last``.
    """

    kinds: ClassVar[frozenset[Kind] | None] = _TAGS

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if not is_good(reply):
            return reply
        shelf = context.store.repositories[request.repository]
        tags = sorted(shelf.tags)
        if request.parameter("last") == (tags[-1] if tags else None):
            reply = _with_tags(reply, tags[: int(request.parameter("n") or len(tags))])
        return reply.with_headers({"Link": None})


@dataclass(frozen=True)
class EndlessTags(Quirk):
    """Every page has tags that were never seen before, and a Link to the next.

    Seen: as an attack, GHSA-298f-872v-2rcx (oras).
    """

    kinds: ClassVar[frozenset[Kind] | None] = _TAGS

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if not is_good(reply):
            return reply
        size = int(request.parameter("n") or 100)
        last = request.parameter("last") or ""
        start = int(last.removeprefix("endless-")) + 1 if last.startswith("endless-") else 0
        tags = [f"endless-{number:09d}" for number in range(start, start + size)]
        query = urlencode({"n": size, "last": tags[-1]})
        link = f'<{request.path}?{query}>; rel="next"'
        return json_reply({"name": request.repository, "tags": tags}, headers={"Link": link})


def _tags(reply: Reply) -> list[str]:
    document = reply.document
    return list(document.get("tags") or []) if isinstance(document, dict) else []


def _with_tags(reply: Reply, tags: list[str | None] | list[str] | None) -> Reply:
    return reply.with_body(json.dumps({**(reply.document or {}), "tags": tags}).encode())
