"""Quirks of redirects, and the other origin that they lead to."""

# ruff: noqa: D102 - what a quirk does, its class says.

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import quote

from portcall.testing.quirk import Context, Quirk, is_good
from portcall.testing.recording import SIGNATURE
from portcall.testing.wire import Reply

if TYPE_CHECKING:
    from portcall.testing.wire import Kind, Request


@dataclass(frozen=True)
class BlobRedirect(Quirk):
    """Blobs are elsewhere, at a signed address.

    Seen: registries that keep blobs at S3 and the like. S3 answers 400 to a request that also carries
    an Authorization header (opa#6580); :class:`portcall.testing.BlobStore` does so, too.

    Args:
        to: The other origin, e.g. the URL of a served :class:`BlobStore`.
        status: 307, 302 or 303.
    """

    to: str = "http://169.254.169.254"
    status: int = 307

    kinds: ClassVar[frozenset[Kind] | None] = frozenset({"blob"})

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if not is_good(reply):
            return reply
        location = f"{self.to.rstrip('/')}/blobs/{quote(request.reference, safe='')}?{SIGNATURE}"
        return Reply(status=self.status, headers={"Location": location})


@dataclass(frozen=True)
class Redirect(Quirk):
    """Whatever it shows for is elsewhere: manifests, tags, tokens.

    Seen: gateways (ggcr#2360); and as an attack, GHSA-vh4v-2xq2-g5cg (oras-go):
    the token is attached anew after the redirect.

    Args:
        to: The other origin; or the whole address, with ``keep_path`` off.
        status: 307, 301, 302, 303 or 308.
        keep_path: Whether path and query of the request are appended.
    """

    to: str = "http://169.254.169.254"
    status: int = 307
    keep_path: bool = True

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if not is_good(reply):
            return reply
        location = f"{self.to.rstrip('/')}{request.target}" if self.keep_path else self.to
        return Reply(status=self.status, headers={"Location": location})


@dataclass(frozen=True)
class ManifestRedirect(Redirect):
    """Manifests are elsewhere."""

    kinds: ClassVar[frozenset[Kind] | None] = frozenset({"manifest"})
