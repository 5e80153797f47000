"""Quirks of the referrers API."""

# ruff: noqa: D102 - what a quirk does, its class says.

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from portcall.testing.images.media_types import OCI_INDEX
from portcall.testing.quirk import Context, Quirk, is_good
from portcall.testing.wire import Reply, error_reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from portcall.testing.wire import Kind, Request

_REFERRERS: frozenset[Kind] = frozenset({"referrers"})


@dataclass(frozen=True)
class ReferrersRefused(Quirk):
    """There is no referrers API; referrers are found by the tag ``sha256-<hex>``.

    Seen: 404 ``text/plain`` docker-registry 2.8; 406 Artifactory (ggcr#1962); 401 without a challenge Harbor
    2.7 (#18305); 303 to an HTML page GHCR (artifacthub/hub#4785):
    ``ReferrersRefused(303, headers={"Location": "https://github.com/-/v2/packages/…"})``.
    """

    status: int = 404
    body: bytes = b"404 page not found\n"
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)

    kinds: ClassVar[frozenset[Kind] | None] = _REFERRERS

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        headers = {"Content-Type": self.content_type, **self.headers}
        return Reply(status=self.status, headers=headers, body=self.body)


@dataclass(frozen=True)
class ReferrersUnknownSubject(Quirk):
    """A subject that the registry does not hold is an error, and not an empty list.

    Seen: Quay, 400 MANIFEST_INVALID.
    """

    status: int = 400

    kinds: ClassVar[frozenset[Kind] | None] = _REFERRERS

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if context.store.find(request.repository, request.reference) is not None:
            return reply
        return error_reply(self.status, "MANIFEST_INVALID", "manifest invalid")


@dataclass(frozen=True)
class ReferrersFalseSuccess(Quirk):
    """200 with something that is no index: the API is not there all the same.

    Seen: registries and proxies that answer every path (sigstore-js#1187).
    """

    body: bytes = b"{}"
    content_type: str = "application/json"

    kinds: ClassVar[frozenset[Kind] | None] = _REFERRERS

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        headers = {"Content-Type": self.content_type}
        return Reply(headers=headers, body=self.body)


@dataclass(frozen=True)
class ReferrersUnfiltered(Quirk):
    """``artifactType`` is ignored: everything is listed, without ``OCI-Filters-Applied``.

    Seen: go-containerregistry's registry; the specification leaves filtering open.
    """

    kinds: ClassVar[frozenset[Kind] | None] = _REFERRERS

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if not is_good(reply) or request.parameter("artifactType") is None:
            return reply
        lines = list(context.store.repositories[request.repository].referrers(request.reference))
        body = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": lines}).encode()
        return reply.with_body(body).with_headers({"OCI-Filters-Applied": None, "Link": None})


@dataclass(frozen=True)
class ReferrersPoor(Quirk):
    """Lines carry no annotations, and the config's type as ``artifactType``, as plain text.

    Seen: go-containerregistry's registry 0.14; cosign's referrers carry the empty type (cosign#4422).
    """

    artifact_type: str = "application/vnd.oci.empty.v1+json"

    kinds: ClassVar[frozenset[Kind] | None] = _REFERRERS

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if not is_good(reply):
            return reply
        lines = [self._poor(line) for line in reply.document["manifests"]]
        body = json.dumps({**reply.document, "manifests": lines}).encode()
        return reply.with_body(body, "text/plain; charset=utf-8")

    def _poor(self, line: Mapping[str, object]) -> dict[str, object]:
        kept = {key: value for key, value in line.items() if key != "annotations"}
        return {**kept, "artifactType": self.artifact_type}
