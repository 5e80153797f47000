"""The distribution specification, read-only: one function per endpoint.

Source: opencontainers/distribution-spec ``spec.md``; where it leaves room, Docker's registry is followed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote, unquote

from portcall.digest import is_digest
from portcall.testing.images.media_types import OCI_INDEX
from portcall.testing.wire import Kind, Reply, Request, error_reply, json_reply

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from portcall.testing.store import Repository, Store
    from portcall.testing.v1_search import V1Search

TagOrder = Literal["name", "pushed"]

_PATH = re.compile(r"/v2/(?P<name>.+)/(?P<kind>manifests|blobs|tags|referrers)/(?P<reference>[^/]+)\Z")
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_NAME = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*\Z")
_RANGE = re.compile(r"bytes=(\d*)-(\d*)\Z")
_KINDS: dict[str, Kind] = {
    "manifests": "manifest",
    "blobs": "blob",
    "tags": "tags",
    "referrers": "referrers",
}


def understood(request: Request) -> Request:
    """Return the request with what it asks for: kind, repository, reference."""
    path = unquote(request.path)
    if path in {"/v2/", "/v2"}:
        return replace(request, kind="ping")
    if path == "/v2/_catalog":
        return replace(request, kind="catalog")
    if path == "/v1/search":
        return replace(request, kind="search")
    if path == "/token":
        return replace(request, kind="token")
    found = _PATH.match(path)
    if found is None:
        return request
    kind = _KINDS[found["kind"]]
    if kind == "tags" and found["reference"] != "list":
        return request
    reference = "" if kind == "tags" else found["reference"]
    return replace(request, kind=kind, repository=found["name"], reference=reference)


@dataclass(frozen=True, slots=True)
class Answers:
    """The endpoints, over one store.

    Attributes:
        store: What there is.
        page_size: Most entries of a list in one answer, whatever ``n`` says; ``None``: no limit.
        tag_order: ``name`` as the specification has it, or ``pushed``: oldest first, as GHCR lists.
        search: Docker's first search, if there is one.
    """

    store: Store
    page_size: int | None = None
    tag_order: TagOrder = "name"
    search: V1Search | None = None

    def answer(self, request: Request) -> Reply:
        """Return what a registry that does nothing unusual says."""
        if request.kind == "other" or (request.kind == "search" and self.search is None):
            return error_reply(404, "UNSUPPORTED", "no such endpoint")
        if request.method not in {"GET", "HEAD"}:
            allow = {"Allow": "GET, HEAD"}
            return error_reply(405, "UNSUPPORTED", "the operation is unsupported", headers=allow)
        if request.kind == "ping":
            return json_reply({})
        if request.kind == "catalog":
            return self._catalog(request)
        if request.kind == "search" and self.search is not None:
            return self.search.answer(request, self.store.repositories)
        if not _NAME.match(request.repository):
            return error_reply(400, "NAME_INVALID", "invalid repository name")
        shelf = self.store.repositories.get(request.repository)
        if shelf is None:
            detail = {"name": request.repository}
            return error_reply(404, "NAME_UNKNOWN", "repository name not known to registry", detail=detail)
        endpoints: dict[Kind, Callable[[Request, Repository], Reply]] = {
            "manifest": self._manifest,
            "blob": self._blob,
            "tags": self._tags,
            "referrers": self._referrers,
        }
        return endpoints[request.kind](request, shelf)

    def _manifest(self, request: Request, shelf: Repository) -> Reply:
        if _is_malformed(request.reference):
            return _digest_invalid()
        stored = shelf.find(request.reference)
        if stored is None:
            detail = {"Tag": request.reference}
            if ":" in request.reference:
                detail = {"Name": request.repository, "Revision": request.reference}
            return error_reply(404, "MANIFEST_UNKNOWN", "manifest unknown", detail=detail)
        headers = {
            "Content-Type": stored.media_type,
            "Docker-Content-Digest": stored.digest,
            "ETag": f'"{stored.digest}"',
        }
        return _unless_known(request, Reply(headers=headers, body=stored.content))

    def _blob(self, request: Request, shelf: Repository) -> Reply:
        if _is_malformed(request.reference):
            return _digest_invalid()
        content = shelf.blobs.get(request.reference)
        if content is None:
            detail = request.reference
            return error_reply(404, "BLOB_UNKNOWN", "blob unknown to registry", detail=detail)
        headers = {"Docker-Content-Digest": request.reference, "ETag": f'"{request.reference}"'}
        return _unless_known(request, blob_reply(request, content, headers))

    def _tags(self, request: Request, shelf: Repository) -> Reply:
        names = sorted(shelf.tags) if self.tag_order == "name" else list(shelf.tags)
        return self._page(request, names, lambda page: {"name": request.repository, "tags": page})

    def _catalog(self, request: Request) -> Reply:
        names = sorted(self.store.repositories)
        return self._page(request, names, lambda page: {"repositories": page})

    def _page(
        self, request: Request, names: Sequence[str], wrap: Callable[[list[str]], dict[str, object]]
    ) -> Reply:
        wanted = request.parameter("n")
        if wanted is not None and not wanted.isdecimal():
            return error_reply(400, "PAGINATION_NUMBER_INVALID", "invalid number of results requested")
        rest = self._after(names, request.parameter("last"))
        sizes = [size for size in (self.page_size, None if wanted is None else int(wanted)) if size is not None]
        size = min(sizes, default=len(rest))
        page = list(rest[:size])
        headers = {}
        if page and len(rest) > size:
            headers["Link"] = f'<{request.path}?n={size}&last={quote(page[-1], safe="")}>; rel="next"'
        return json_reply(wrap(page), headers=headers)

    def _after(self, names: Sequence[str], last: str | None) -> Sequence[str]:
        if not last:
            return names
        if last in names:
            return names[names.index(last) + 1 :]
        return [name for name in names if name > last]

    def _referrers(self, request: Request, shelf: Repository) -> Reply:
        if _is_malformed(request.reference) or ":" not in request.reference:
            return _digest_invalid()
        lines = list(shelf.referrers(request.reference))
        headers = {"Content-Type": OCI_INDEX}
        wanted = request.parameter("artifactType")
        if wanted:
            lines = [line for line in lines if line.get("artifactType") == wanted]
            headers["OCI-Filters-Applied"] = "artifactType"
        if self.page_size is not None:
            lines, more = self._referrers_page(request, lines)
            headers.update(more)
        document = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": lines}
        return json_reply(document, headers=headers)

    def _referrers_page(
        self, request: Request, lines: list[dict[str, object]]
    ) -> tuple[list[dict[str, object]], dict[str, str]]:
        asked = request.parameter("start") or "0"
        start = int(asked) if asked.isdecimal() else 0
        end = start + (self.page_size or len(lines))
        if end >= len(lines):
            return lines[start:], {}
        wanted = request.parameter("artifactType")
        kept = f"&artifactType={quote(wanted, safe='')}" if wanted else ""
        return lines[start:end], {"Link": f'<{request.path}?start={end}{kept}>; rel="next"'}


def blob_reply(request: Request, content: bytes, headers: dict[str, str]) -> Reply:
    """Return a blob, or the part of it that a ``Range`` header asks for."""
    common = {"Content-Type": "application/octet-stream", "Accept-Ranges": "bytes", **headers}
    found = _RANGE.match(request.headers.get("range", ""))
    if found is None or not (found[1] or found[2]):
        return Reply(headers=common, body=content)
    size = len(content)
    first = int(found[1]) if found[1] else max(size - int(found[2]), 0)
    last = min(int(found[2]), size - 1) if found[1] and found[2] else size - 1
    if first >= size or first > last:
        return error_reply(
            416, "RANGE_INVALID", "range not satisfiable", headers={"Content-Range": f"bytes */{size}"}
        )
    part = {**common, "Content-Range": f"bytes {first}-{last}/{size}"}
    return Reply(status=206, headers=part, body=content[first : last + 1])


def _unless_known(request: Request, reply: Reply) -> Reply:
    etag = reply.header("ETag")
    known = {tag.strip() for tag in request.headers.get("if-none-match", "").split(",")}
    return replace(reply, status=304, body=b"") if etag in known else reply


def _is_malformed(reference: str) -> bool:
    return ":" in reference and not is_digest(reference)


def _digest_invalid() -> Reply:
    return error_reply(400, "DIGEST_INVALID", "the digest is malformed")
