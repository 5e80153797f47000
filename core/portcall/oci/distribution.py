"""The OCI distribution protocol, as registries really speak it: manifests, blobs and tag lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urljoin

from portcall.digest import ALGORITHMS, digest_of, is_digest, matches
from portcall.errors import DigestMismatchError, TooLargeError
from portcall.http.origin import Origin
from portcall.http.reply import Lifetime, Reply, ResourceRequest
from portcall.oci import media_types
from portcall.oci.descriptor import Descriptor
from portcall.oci.document import listing, parse_object
from portcall.oci.link import next_link
from portcall.oci.manifest import StoredManifest, settled_media_type
from portcall.oci.problem import Problem, refusal
from portcall.reference import is_tag

if TYPE_CHECKING:
    from portcall.http.client import HttpClient
    from portcall.http.upstream import Upstream

#: Ceiling of a manifest. The specification's floor, and the common server's ceiling, is 4 MiB.
MAX_MANIFEST_BYTES = 8 << 20
#: Ceiling of a configuration blob.
MAX_CONFIG_BYTES = 8 << 20
#: Ceiling of one page of tags; a hundred thousand tags in one answer are about 3 MiB.
MAX_TAGS_BYTES = 32 << 20


@dataclass(frozen=True, slots=True)
class TagNames:
    """One page of a tag list: names in the registry's own order.

    Args:
        names: Real tags; ``null`` and digests, which some registries mix in, are left out.
        next: Path and query of the next page, verbatim, or ``None``.
        problem: Why there is no next page though the registry names one.
    """

    names: tuple[str, ...]
    next: str | None = None
    problem: str | None = None


class Distribution:
    """One upstream, asked by the distribution protocol.

    Every method takes a ``repository``, the path without host (``"library/redis"``), and raises what
    :meth:`portcall.http.client.HttpClient.fetch` raises, and for a refusal what
    :func:`portcall.oci.problem.refusal` says.
    """

    def __init__(self, http: HttpClient, upstream: Upstream) -> None:
        self._http = http
        self._upstream = upstream

    async def resolve(self, repository: str, identifier: str) -> Descriptor:
        """Return what a tag or digest stands for, without fetching it.

        One HEAD, which Docker Hub does not count as a pull. Registries that refuse HEAD, or answer it
        without digest or type, are asked by GET; so are those that refuse, for HEAD tells no reason.
        """
        known = self._kept(repository, identifier)
        if known is not None:
            return known.descriptor
        reply = await self._http.fetch(self._manifest_request(repository, identifier, "HEAD"))
        return _described(reply, identifier) or (await self._get(repository, identifier)).descriptor

    async def manifest(self, repository: str, identifier: str) -> StoredManifest:
        """Return a manifest or index by tag or digest, its digest checked over the raw bytes.

        A tag that was seen before costs one HEAD once its minute is over, and no more if it did not move.

        Raises:
            DigestMismatchError: The bytes are not what the digest, asked for or told, names.
        """
        if not is_digest(identifier) and self._http.recall(
            self._manifest_request(repository, identifier, "HEAD"), stale=True
        ):
            identifier = (await self.resolve(repository, identifier)).digest
        return self._kept(repository, identifier) or await self._get(repository, identifier)

    async def blob(self, repository: str, descriptor: Descriptor, max_bytes: int = MAX_CONFIG_BYTES) -> bytes:
        """Return a small blob whole, its digest checked; embedded ``data`` saves the request.

        Raises:
            TooLargeError: Its descriptor, or its body, is over ``max_bytes``.
        """
        if descriptor.data is not None:
            return descriptor.data
        if descriptor.size > max_bytes:
            raise TooLargeError(
                f"a configuration declares {descriptor.size:,} bytes, over the ceiling of {max_bytes:,}",
                hint="No real image needs as much.",
                registry=self._upstream.registry,
            )
        request = ResourceRequest(
            self._upstream,
            self._url(repository, "blobs", descriptor.digest),
            scope=_pull(repository),
            max_bytes=max_bytes,
            lifetime=Lifetime.IMMUTABLE,
            digest=descriptor.digest,
        )
        reply = await self._http.fetch(request)
        if not reply.ok:
            raise refusal(reply, self._upstream, f"blob {descriptor.digest[:19]}… in {repository}")
        return reply.body

    async def tags(self, repository: str, page_size: int | None = None, cursor: str | None = None) -> TagNames:
        """Return one page of tags.

        Args:
            repository: Path without host.
            page_size: Tags wanted; ``None`` leaves it to the registry, which may then tell all at once.
            cursor: ``next`` of the page before.
        """
        query = f"?{urlencode({'n': page_size})}" if page_size else ""
        url = self._url(repository, "tags", "list") + query
        if cursor is not None:
            url = urljoin(str(self._upstream.origin), cursor)
        request = ResourceRequest(
            self._upstream,
            url,
            scope=_pull(repository),
            accept="application/json",
            max_bytes=MAX_TAGS_BYTES,
            lifetime=Lifetime.BRIEF,
        )
        reply = await self._http.fetch(request)
        if not reply.ok:
            raise refusal(reply, self._upstream, f"repository {repository}")
        document = parse_object(reply.body, f"the tag list of {self._upstream.registry}")
        # `null` for none (GHCR, docker-registry), nulls among them (Nexus), digests as tags (Artifactory).
        names = tuple(name for name in listing(document.get("tags")) if isinstance(name, str) and is_tag(name))
        return self._page(names, reply)

    async def ping(self) -> Reply:
        """Ask ``/v2/`` whether a registry is there; 200 and 401 both say yes."""
        return await self._http.fetch(ResourceRequest(self._upstream, f"{self._upstream.endpoint}/v2/"))

    def _page(self, names: tuple[str, ...], reply: Reply) -> TagNames:
        target = next_link(reply.headers.get("link", ""), reply.url)
        if target is None:
            return TagNames(names)
        if Origin.of(target) != self._upstream.origin:
            return TagNames(names, problem="the registry's next page is on another host, which was not followed")
        return TagNames(names, next=target.removeprefix(_base(target)))

    def _kept(self, repository: str, identifier: str) -> StoredManifest | None:
        """Return a manifest by digest from the cache; by tag only the registry knows."""
        if not is_digest(identifier):
            return None
        reply = self._http.recall(self._manifest_request(repository, identifier, "GET"))
        return _stored(reply, identifier) if reply is not None and reply.ok else None

    async def _get(self, repository: str, identifier: str) -> StoredManifest:
        reply = await self._http.fetch(self._manifest_request(repository, identifier, "GET"))
        if not reply.ok:
            what = f"repository {repository}"
            if not Problem.of(reply).blames_repository:
                what = f"manifest {repository}{'@' if is_digest(identifier) else ':'}{identifier[:128]}"
            raise refusal(reply, self._upstream, what)
        manifest = _stored(reply, identifier)
        if not is_digest(identifier):
            self._remember(repository, identifier, manifest)
        return manifest

    def _remember(self, repository: str, tag: str, manifest: StoredManifest) -> None:
        """Keep what a GET by tag taught: what the tag stands for, and the manifest by its digest."""
        headers = {
            "docker-content-digest": manifest.digest,
            "content-type": manifest.media_type,
            "content-length": str(len(manifest.raw)),
        }
        self._http.keep(self._manifest_request(repository, tag, "HEAD"), Reply(200, headers))
        by_digest = self._manifest_request(repository, manifest.digest, "GET")
        self._http.keep(by_digest, Reply(200, headers, manifest.raw))

    def _manifest_request(self, repository: str, identifier: str, method: str) -> ResourceRequest:
        pinned = is_digest(identifier)
        return ResourceRequest(
            self._upstream,
            self._url(repository, "manifests", identifier),
            method=method,
            scope=_pull(repository),
            accept=media_types.ACCEPT_MANIFESTS,
            max_bytes=MAX_MANIFEST_BYTES,
            lifetime=Lifetime.IMMUTABLE if pinned else Lifetime.BRIEF,
            digest=identifier if pinned else None,
        )

    def _url(self, repository: str, kind: str, identifier: str) -> str:
        # Encoded although the grammar was checked before: nothing that reaches this line leaves its path.
        return f"{self._upstream.endpoint}/v2/{quote(repository)}/{kind}/{quote(identifier, safe=':')}"


def _base(url: str) -> str:
    """Return scheme and authority of ``url`` as written."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"


def _pull(repository: str) -> str:
    return f"repository:{repository}:pull"


def _described(reply: Reply, identifier: str) -> Descriptor | None:
    """Return what a HEAD tells, or ``None`` where that is not enough."""
    told = reply.headers.get("docker-content-digest", "")
    size = reply.headers.get("content-length", "")
    if not reply.ok or not is_digest(told) or not reply.media_type or not size.isdigit():
        return None
    if is_digest(identifier) and identifier != told:
        # The digest asked for outranks the header; a GET will show which of them lies.
        return None
    return Descriptor(reply.media_type, told, int(size[:20]))


def _stored(reply: Reply, identifier: str) -> StoredManifest:
    told = reply.headers.get("docker-content-digest", "")
    if is_digest(identifier):
        digest = identifier  # checked when it was fetched
    elif is_digest(told):
        if not matches(told, reply.body):
            raise DigestMismatchError(
                f"the manifest is not what its own header says ({told[:19]}…)",
                hint="Nothing of it was used. The registry, or something before it, is broken or hostile.",
            )
        digest = told
    else:
        # ECR, registry.redhat.io and others send none: the raw bytes tell.
        digest = digest_of(reply.body, next(iter(ALGORITHMS)))
    document = parse_object(reply.body, "the manifest")
    return StoredManifest(reply.body, digest, settled_media_type(document, reply.media_type))
