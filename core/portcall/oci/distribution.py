"""The OCI distribution protocol, as registries really speak it: manifests, blobs and tag lists."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from portcall.digest import ALGORITHMS, digest_of, is_digest, matches
from portcall.errors import (
    DigestMismatchError,
    InvalidReferenceError,
    NotFoundError,
    PortcallError,
    TooLargeError,
)
from portcall.http.open_reply import OpenReply
from portcall.http.reply import Lifetime, Reply, ResourceRequest
from portcall.http.resumed import ResumedStream
from portcall.http.span import Span
from portcall.http.stream import BlobStream
from portcall.oci import media_types, schema1
from portcall.oci.catalog import CATALOG_SCOPE, catalog_refusal, catalog_url, read_catalog, refuses_size
from portcall.oci.descriptor import Descriptor
from portcall.oci.manifest import StoredManifest
from portcall.oci.paths import pull_scope, resource_url
from portcall.oci.problem import Problem, not_a_registry, refusal
from portcall.oci.tag_names import page_url, read_page
from portcall.oci.v1_search import SearchPage, read_search, search_url
from portcall.recent import Recent
from portcall.reference import is_tag

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.http.client import HttpClient
    from portcall.http.upstream import Upstream
    from portcall.oci.name_pages import NamePage

#: Ceiling of a manifest. The specification's floor, and the common server's ceiling, is 4 MiB.
MAX_MANIFEST_BYTES = 8 << 20
#: Ceiling of a configuration blob.
MAX_CONFIG_BYTES = 8 << 20
#: Ceiling of one page of tags, or of repositories; a hundred thousand tags in one answer are about 3 MiB.
MAX_TAGS_BYTES = 32 << 20
#: Requests, and manifests no larger than this, that are kept ready for one registry.
_MOST_RECENT = 512
_SMALL_MANIFEST = 64 << 10
#: Answers to a HEAD that are an outage or a limit: asking again by GET would only add to it.
_NO_USE_ASKING_AGAIN = frozenset({401, 408, 429, 500, 502, 503, 504})
#: Answers of registries that do not take a range, though the blob has it.
_NO_SUCH_PART = frozenset({400, 416, 501})


class Distribution:
    """One upstream, asked by the distribution protocol.

    Every method takes a ``repository``, the path without host (``"library/redis"``), and raises what
    :meth:`portcall.http.client.HttpClient.fetch` raises, for a refusal what
    :func:`portcall.oci.problem.refusal` says, and before any request ``InvalidReferenceError`` for what
    could not stand in a path.
    """

    def __init__(self, http: HttpClient, upstream: Upstream) -> None:
        self._http = http
        self._upstream = upstream
        self._requests: Recent[tuple[str, str, str], ResourceRequest] = Recent(_MOST_RECENT)
        # Read once, for as long as the cache holds the very reply that it was read from.
        self._manifests: Recent[tuple[str, str], tuple[Reply, StoredManifest]] = Recent(_MOST_RECENT)

    async def resolve(self, repository: str, identifier: str) -> Descriptor:
        """Return what a tag or digest stands for, without fetching it.

        One HEAD, which Docker Hub does not count as a pull. Registries that refuse HEAD, or answer it
        without digest or type, are asked by GET; so are those that have no such thing, for HEAD tells no
        reason.
        """
        known = self._kept(repository, identifier)
        if known is not None:
            return known.descriptor
        reply = await self._http.fetch(self._manifest_request(repository, identifier, "HEAD"))
        if reply.status in _NO_USE_ASKING_AGAIN:
            raise await self._manifest_refusal(reply, repository, identifier)
        return _described(reply, identifier) or (await self._get(repository, identifier)).descriptor

    async def manifest(self, repository: str, identifier: str) -> StoredManifest:
        """Return a manifest or index by tag or digest, its digest checked over the raw bytes.

        A tag that was seen before costs one HEAD once its minute is over, and no more if it did not move.

        Raises:
            DigestMismatchError: The bytes are not what the digest, asked for or told, names.
        """
        if is_digest(identifier) or not await self._has_seen(repository, identifier):
            return self._kept(repository, identifier) or await self._get(repository, identifier)
        digest = (await self.resolve(repository, identifier)).digest
        try:
            return self._kept(repository, digest) or await self._get(repository, digest)
        except NotFoundError:
            # The tag moved on between two requests, and what it stood for was deleted.
            return await self._get(repository, identifier)

    async def blob(self, repository: str, descriptor: Descriptor, max_bytes: int = MAX_CONFIG_BYTES) -> bytes:
        """Return a small blob whole, its digest checked; embedded ``data`` saves the request.

        Raises:
            TooLargeError: Its descriptor, or its body, is over ``max_bytes``.
        """
        if descriptor.data is not None:
            return descriptor.data
        if descriptor.size > max_bytes:
            raise TooLargeError(
                f"a blob declares {descriptor.size:,} bytes, over the ceiling of {max_bytes:,}",
                hint="No real configuration needs as much.",
                registry=self._upstream.registry,
            )
        if not is_digest(descriptor.digest):
            raise InvalidReferenceError("a blob is asked for by something that is no digest")
        request = ResourceRequest(
            self._upstream,
            resource_url(self._upstream, repository, "blobs", descriptor.digest),
            scope=pull_scope(repository),
            max_bytes=max_bytes,
            lifetime=Lifetime.IMMUTABLE,
            digest=descriptor.digest,
        )
        reply = await self._http.fetch(request)
        if not reply.ok:
            raise await self._refusal(reply, f"blob {descriptor.digest[:19]}… in {repository}")
        return reply.body

    async def open_blob(
        self, repository: str, descriptor: Descriptor, *, start: int = 0, length: int | None = None
    ) -> BlobStream:
        """Return a blob of any size, or a part of it, as it arrives; its digest is for the reader to check.

        Args:
            repository: Path without host.
            descriptor: Of the blob; embedded ``data`` saves the request.
            start: First byte wanted.
            length: Bytes wanted; all the rest by default.

        Returns:
            A stream that begins at byte 0 instead where the registry knows no ranges.

        Raises:
            InvalidArgumentError: The blob has no such part.
            UpstreamError: The answer is not the part that was asked for, or not of the size that is declared.
        """
        if not is_digest(descriptor.digest):
            raise InvalidReferenceError("a blob is asked for by something that is no digest")
        span = Span.within(descriptor.size, start, length)
        if descriptor.data is not None:
            return BlobStream.of(descriptor.data[start : span.stop(descriptor.size)], start)
        if span.stop(descriptor.size) == start:
            return BlobStream.of(b"", start)  # no range can ask for nothing
        request = ResourceRequest(
            self._upstream,
            resource_url(self._upstream, repository, "blobs", descriptor.digest),
            scope=pull_scope(repository),
        )
        what = f"blob {descriptor.digest[:19]}… in {repository}"
        asking = ResumedStream(
            lambda part: self._opened(request, part, what), self._upstream.registry, descriptor.size, span
        )
        return await asking.open()

    async def _opened(self, request: ResourceRequest, span: Span, what: str) -> OpenReply:
        """Return an open reply to a request for a part; with the whole, where the registry has no parts."""
        reply = await self._http.open(replace(request, span=span))
        if reply.status in _NO_SUCH_PART and span.header is not None:
            reply = await self._http.open(replace(request, span=Span()))
        if isinstance(reply, OpenReply):
            return reply
        raise await self._refusal(reply, what)

    async def tags(self, repository: str, page_size: int | None = None, cursor: str | None = None) -> NamePage:
        """Return one page of tags.

        Args:
            repository: Path without host.
            page_size: Tags wanted; ``None`` leaves it to the registry, which may then tell all at once.
            cursor: ``next`` of the page before.
        """
        url = page_url(self._upstream, repository, page_size, cursor)
        request = self._list_request(url, pull_scope(repository))
        reply = await self._http.fetch(request)
        if not reply.ok:
            raise await self._refusal(reply, f"repository {repository}")
        with self._forgotten_if_broken(request):
            return read_page(reply, url, self._upstream, page_size, cursor)

    async def catalog(self, page_size: int | None = None, cursor: str | None = None) -> NamePage:
        """Return one page of the registry's list of all its repositories.

        Args:
            page_size: Names wanted; a registry that refuses so many decides itself.
            cursor: ``next`` of the page before.

        Raises:
            UnsupportedError: There is no such list for this caller.
            UnauthorizedError: The credentials do not open it.
        """
        url = catalog_url(self._upstream, page_size, cursor)
        request = self._list_request(url, CATALOG_SCOPE)
        reply = await self._http.fetch(request)
        if page_size and cursor is None and refuses_size(reply):
            return await self.catalog()
        if not reply.ok:
            raise await self._not_from_a_registry(reply) or catalog_refusal(reply, self._upstream)
        with self._forgotten_if_broken(request):
            return read_catalog(reply, url, self._upstream, page_size, cursor)

    async def search(self, query: str, page: int = 1) -> SearchPage | None:
        """Return one page of what Docker's first search finds; ``None`` where the registry has no such search.

        Args:
            query: Words, not empty.
            page: From 1.

        Raises:
            UnavailableError: It may have one, but failed.
        """
        # Whoever may list what there is may search it.
        request = self._list_request(search_url(self._upstream, query, page), CATALOG_SCOPE)
        reply = await self._http.fetch(request)
        if reply.status >= 500 or reply.status == 429:
            raise refusal(reply, self._upstream, "search")
        return read_search(reply, page) if reply.ok else None

    async def ping(self) -> Reply:
        """Ask ``/v2/`` whether a registry is there; 200 and 401 both say yes."""
        return await self._http.fetch(ResourceRequest(self._upstream, f"{self._upstream.endpoint}/v2/"))

    async def _has_seen(self, repository: str, tag: str) -> bool:
        """Tell whether it is known what ``tag`` stood for a while ago."""
        return await self._http.has_seen(self._manifest_request(repository, tag, "HEAD"))

    def _kept(self, repository: str, identifier: str) -> StoredManifest | None:
        """Return a manifest by digest from the cache; by tag only the registry knows."""
        if not is_digest(identifier):
            return None
        reply = self._http.recall(self._manifest_request(repository, identifier, "GET"))
        if reply is None or not reply.ok:
            return None
        known = self._manifests.get((repository, identifier))
        if known is not None and known[0] is reply:
            return known[1]
        manifest = _stored(reply, identifier)
        if len(reply.body) <= _SMALL_MANIFEST:
            self._manifests.put((repository, identifier), (reply, manifest))
        return manifest

    async def _get(self, repository: str, identifier: str) -> StoredManifest:
        request = self._manifest_request(repository, identifier, "GET")
        reply = await self._http.fetch(request)
        if not reply.ok:
            raise await self._manifest_refusal(reply, repository, identifier)
        try:
            manifest = _stored(reply, identifier)
        except PortcallError:
            self._http.forget(request)
            raise
        if not is_digest(identifier):
            await self._remember(repository, identifier, manifest, reply)
        return manifest

    async def _manifest_refusal(self, reply: Reply, repository: str, identifier: str) -> PortcallError:
        what = f"repository {repository}"
        if not Problem.of(reply).blames_repository:
            what = f"manifest {repository}{'@' if is_digest(identifier) else ':'}{identifier}"
        return await self._refusal(reply, what)

    async def _refusal(self, reply: Reply, what: str) -> PortcallError:
        return await self._not_from_a_registry(reply) or refusal(reply, self._upstream, what)

    async def _not_from_a_registry(self, reply: Reply) -> PortcallError | None:
        """Return what is wrong where a 404 that no registry worded is a proxy's, with nothing behind it."""
        worded = Problem.of(reply).code or "docker-distribution-api-version" in reply.headers
        if reply.status != 404 or worded:
            return None
        try:
            ping = await self.ping()
        except PortcallError as error:
            return error
        return None if ping.is_registry else not_a_registry(self._upstream)

    async def _remember(self, repository: str, tag: str, manifest: StoredManifest, reply: Reply) -> None:
        """Keep what a GET by tag taught: what the tag stands for, and the manifest by its digest."""
        headers = {
            "docker-content-digest": manifest.digest,
            "content-type": manifest.media_type,
            "content-length": str(len(manifest.raw)),
        }
        by_tag = Reply(200, headers, asked_as=reply.asked_as)
        await self._http.keep(self._manifest_request(repository, tag, "HEAD"), by_tag)
        by_digest = Reply(200, headers, reply.body, asked_as=reply.asked_as)
        await self._http.keep(self._manifest_request(repository, manifest.digest, "GET"), by_digest)

    def _list_request(self, url: str, scope: str) -> ResourceRequest:
        return ResourceRequest(
            self._upstream,
            url,
            scope=scope,
            accept="application/json",
            max_bytes=MAX_TAGS_BYTES,
            lifetime=Lifetime.BRIEF,
        )

    @contextlib.contextmanager
    def _forgotten_if_broken(self, request: ResourceRequest) -> Iterator[None]:
        """Let an answer that makes no sense be asked for anew by the next call."""
        try:
            yield
        except PortcallError as error:
            self._http.forget(request)
            error.registry = error.registry or self._upstream.registry
            raise

    def _manifest_request(self, repository: str, identifier: str, method: str) -> ResourceRequest:
        known = self._requests.get((repository, identifier, method))
        if known is None:
            known = self._new_manifest_request(repository, identifier, method)
            self._requests.put((repository, identifier, method), known)
        return known

    def _new_manifest_request(self, repository: str, identifier: str, method: str) -> ResourceRequest:
        pinned = is_digest(identifier)
        if not pinned and not is_tag(identifier):
            raise InvalidReferenceError("a manifest is asked for by something that is neither tag nor digest")
        return ResourceRequest(
            self._upstream,
            resource_url(self._upstream, repository, "manifests", identifier),
            method=method,
            scope=pull_scope(repository),
            accept=media_types.ACCEPT_MANIFESTS,
            max_bytes=MAX_MANIFEST_BYTES,
            # What HEAD says was not checked, and that something exists may change.
            lifetime=Lifetime.IMMUTABLE if pinned and method == "GET" else Lifetime.BRIEF,
            digest=identifier if pinned else None,
            metered=method == "GET" and self._upstream.meters_pulls,
            covered=schema1.covered,
        )


def _described(reply: Reply, identifier: str) -> Descriptor | None:
    """Return what a HEAD tells, or ``None`` where that is not enough."""
    told = reply.headers.get("docker-content-digest", "")
    size = reply.headers.get("content-length", "")
    if not reply.ok or not is_digest(told) or reply.media_type in media_types.GENERIC:
        return None
    if not (size.isascii() and size.isdigit() and len(size) < 20) or reply.headers.get("content-encoding"):
        return None
    if is_digest(identifier) and identifier != told:
        # The digest asked for outranks the header; a GET will show which of them lies.
        return None
    return Descriptor(reply.media_type, told, int(size))


def _stored(reply: Reply, identifier: str) -> StoredManifest:
    raw = schema1.covered(reply.body)
    told = reply.headers.get("docker-content-digest", "")
    if is_digest(identifier):
        digest = identifier  # checked when it was fetched
    elif is_digest(told):
        if not matches(told, raw):
            raise DigestMismatchError(
                f"the manifest is not what its own header says ({told[:19]}…)",
                hint="Nothing of it was used. The registry, or something before it, is broken or hostile.",
            )
        digest = told
    else:
        # ECR, registry.redhat.io and others send none: the raw bytes tell.
        digest = digest_of(raw, next(iter(ALGORITHMS)))
    return StoredManifest.read(raw, digest, reply.media_type)
