"""Quirks of manifests: headers, HEAD, negotiation."""

# ruff: noqa: D102 - what a quirk does, its class says.

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from portcall.testing.images.media_types import DOCKER_LIST, DOCKER_MANIFEST, INDEXES, OCI_INDEX
from portcall.testing.quirk import Context, Quirk, is_good
from portcall.testing.wire import error_reply

if TYPE_CHECKING:
    from portcall.testing.store import Stored
    from portcall.testing.wire import Kind, Reply, Request

_MANIFESTS: frozenset[Kind] = frozenset({"manifest"})


@dataclass(frozen=True)
class NoDigestHeader(Quirk):
    """Manifests come without ``Docker-Content-Digest``.

    Seen: Amazon ECR (distribution#3792), registry.redhat.io (regclient#363, containerd#3238).
    """

    kinds: ClassVar[frozenset[Kind] | None] = _MANIFESTS

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        return reply.with_headers({"Docker-Content-Digest": None}) if is_good(reply) else reply


@dataclass(frozen=True)
class WrongDigestHeader(Quirk):
    """``Docker-Content-Digest`` names something else.

    Seen: as an attack, CVE-2025-24882 (regclient): a pinned digest ignored in favour of the header.
    """

    digest: str = f"sha256:{'0' * 64}"

    kinds: ClassVar[frozenset[Kind] | None] = _MANIFESTS

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        return reply.with_headers({"Docker-Content-Digest": self.digest}) if is_good(reply) else reply


@dataclass(frozen=True)
class HeadRefused(Quirk):
    """HEAD is refused.

    Clients allow for it: regctl has ``disableHead`` per host.
    """

    status: int = 405

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if request.method != "HEAD" or reply.status == 401:
            return reply
        return error_reply(self.status, "UNSUPPORTED", "the operation is unsupported")


@dataclass(frozen=True)
class BareHead(Quirk):
    """HEAD succeeds and tells nothing: no digest, no Content-Type, no Content-Length.

    Clients allow for it: regclient and containerd then hash the body of a GET (containerd#3238).
    """

    kinds: ClassVar[frozenset[Kind] | None] = frozenset({"manifest", "blob"})

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if request.method != "HEAD" or not is_good(reply):
            return reply
        return replace(reply, headers={}).delivered(announced=False)


@dataclass(frozen=True)
class OtherContentType(Quirk):
    """Manifests are served with a Content-Type that says nothing.

    Seen: registries behind CDNs (``text/plain``, ``application/json``).
    """

    value: str = "text/plain; charset=utf-8"

    kinds: ClassVar[frozenset[Kind] | None] = frozenset({"manifest", "referrers"})

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        return reply.with_headers({"Content-Type": self.value}) if is_good(reply) else reply


@dataclass(frozen=True)
class ContentTypeParameters(Quirk):
    """The Content-Type carries parameters.

    Seen: the errors of Amazon ECR Public and Harbor (``; charset=utf-8``).
    """

    parameters: str = "; charset=utf-8"

    kinds: ClassVar[frozenset[Kind] | None] = frozenset({"manifest", "tags", "referrers"})

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        plain = reply.header("Content-Type")
        if not is_good(reply) or plain is None:
            return reply
        return reply.with_headers({"Content-Type": f"{plain}{self.parameters}"})


@dataclass(frozen=True)
class StrictAccept(Quirk):
    """What ``Accept`` does not name is not found.

    Seen: docker-registry 2.8.2: 404 MANIFEST_UNKNOWN "OCI index found, but accept header does not support OCI
    indexes"; a Docker list is answered with its linux/amd64 child.
    """

    kinds: ClassVar[frozenset[Kind] | None] = _MANIFESTS

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        kind = reply.header("Content-Type")
        if not is_good(reply) or kind in request.accepts or kind == DOCKER_MANIFEST:
            return reply
        child = _first_child(request, context) if kind == DOCKER_LIST else None
        if child is not None:
            return _as(child, reply)
        what = "index" if kind == OCI_INDEX else "manifest"
        message = f"OCI {what} found, but accept header does not support OCI {what}s"
        return error_reply(404, "MANIFEST_UNKNOWN", message)


@dataclass(frozen=True)
class ChildInsteadOfIndex(Quirk):
    """A client that does not accept lists is given the first child, with the child's digest.

    Seen: HEAD on Docker Hub (distribution-spec#207).
    """

    kinds: ClassVar[frozenset[Kind] | None] = _MANIFESTS

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if not is_good(reply) or reply.header("Content-Type") not in INDEXES or request.accepts & INDEXES:
            return reply
        child = _first_child(request, context)
        return reply if child is None else _as(child, reply)


def _first_child(request: Request, context: Context) -> Stored | None:
    found = context.store.find(request.repository, request.reference)
    children = found.document.get("manifests") if found else None
    return context.store.find(request.repository, children[0]["digest"]) if children else None


def _as(child: Stored, reply: Reply) -> Reply:
    headers = {"Docker-Content-Digest": child.digest, "ETag": f'"{child.digest}"'}
    return reply.with_body(child.content, child.media_type).with_headers(headers)
