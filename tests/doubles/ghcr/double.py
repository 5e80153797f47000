"""GitHub on loopback: ghcr.io, api.github.com, and the little of github.com that ghcr.io sends clients to."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.doubles.ghcr.api import GitHubApi
from tests.doubles.ghcr.catalogue import Catalogue, Version
from tests.doubles.ghcr.default_catalogue import furnish
from tests.doubles.ghcr.hostile import is_hostile_to_registry
from tests.doubles.ghcr.registry import GhcrRegistry
from tests.doubles.ghcr.registry_auth import GhcrAuth

from portcall.testing import RecordingServer

if TYPE_CHECKING:
    import ssl as tls
    from collections.abc import Callable, Iterable, Iterator

    from tests.doubles.ghcr.catalogue import Package, Visibility

    from portcall.testing import Address, BuiltManifest, RecordedRequest

_PAGE = b"<!DOCTYPE html><html><head><title>Page not found &middot; GitHub</title></head><body></body></html>"


@dataclass(frozen=True, slots=True)
class Places:
    """Where the three services listen: ghcr.io, api.github.com, github.com."""

    registry: Address
    api: Address
    web: Address


@dataclass(frozen=True, slots=True)
class Requests:
    """What each service was asked, in order."""

    registry: list[RecordedRequest]
    api: list[RecordedRequest]
    web: list[RecordedRequest]


class GitHubDouble:
    """A GitHub to test against.

    ::

        github = GitHubDouble()
        with github.serve() as places:
            ...  # ask places.registry and places.api
        assert github.violations == []

    Args:
        empty: Without the catalogue of :mod:`tests.doubles.ghcr.default_catalogue`.
        anonymous_limit: Requests an hour to the API without a token.
        token_limit: The same with one.
        clock: Where the time of limits and tokens comes from, in seconds since 1970.

    Attributes:
        catalogue: What there is.
        registry: ghcr.io; ``add`` and ``misbehaving`` take quirks.
        api: api.github.com; the same, and ``limits``, ``settings``.
        web: github.com: an HTML page, 404, for everything (rtvkiz/minimal#7).
    """

    def __init__(
        self,
        *,
        empty: bool = False,
        anonymous_limit: int = 60,
        token_limit: int = 5000,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.catalogue = Catalogue()
        self.web = RecordingServer(404, body=_PAGE, content_type="text/html; charset=utf-8")
        self.auth = GhcrAuth(self.catalogue, clock=clock)
        self.registry = GhcrRegistry(self.auth, web=lambda: self.web.address.url)
        self.api = GitHubApi(self.catalogue, anonymous_limit=anonymous_limit, token_limit=token_limit, clock=clock)
        if not empty:
            furnish(self)

    @contextmanager
    def serve(self, *, ssl: tls.SSLContext | None = None) -> Iterator[Places]:
        """Serve all three over HTTP, or HTTPS, while the ``with`` block lasts."""
        with ExitStack() as stack:
            servers = (self.registry, self.api, self.web)
            yield Places(*(stack.enter_context(server.serve(ssl=ssl)) for server in servers))

    # What it holds

    def package(self, path: str, *, visibility: Visibility = "public", repository: str | None = None) -> Package:
        """Add a package to an account that exists: ``package("acme/tools/cli")``."""
        return self.catalogue.add_package(path, visibility=visibility, repository=repository)

    def push(self, path: str, built: BuiltManifest, *, tags: Iterable[str] = (), at: str | None = None) -> str:
        """Push to a package, made when it does not exist; return the digest.

        Every manifest is a version, those inside an index untagged ones; a tag leaves the version that had it.

        Args:
            path: ``owner/name``.
            built: What a builder of :mod:`portcall.testing` returned.
            tags: Its tags.
            at: When, as ``2024-05-01T00:00:00Z``; an hour after what came before by default.
        """
        package = self.catalogue.package(path) or self.package(path)
        tags = list(tags)
        now = at or self.catalogue.tick()
        digest = self.registry.push(path, built, tags=tags)
        known = {version.digest: version for version in package.versions if version.deleted_at is None}
        for version in known.values():
            version.tags = [tag for tag in version.tags if tag not in tags]
        for member in built.family():
            if member.digest not in known:
                version = Version(
                    id=self.catalogue.next_id(), digest=member.digest, tags=[], created_at=now, updated_at=now
                )
                package.versions.append(version)
                known[member.digest] = version
        known[digest].tags += tags
        known[digest].updated_at = package.updated_at = now
        return digest

    def delete_version(self, path: str, reference: str) -> None:
        """Delete the version that a tag or digest names; it is listed with ``state=deleted`` from then on.

        Raises:
            KeyError: there is no such package or version.
        """
        package = self.catalogue.packages[tuple(path.split("/", 1))]  # type: ignore[index]
        digest = self.registry.digest(path, reference)
        (version,) = (one for one in package.active if one.digest == digest)
        version.deleted_at = self.catalogue.tick()
        self.registry.delete(path, digest)

    def revoke_tokens(self) -> None:
        """Let every token that ghcr.io issued so far be refused, with a challenge."""
        self.auth.tokens.revoke_all()

    # What it was asked

    @property
    def requests(self) -> Requests:
        """What each service was asked."""
        return Requests(self.registry.requests, self.api.requests, self.web.requests)

    @property
    def violations(self) -> list[str]:
        """What the API was asked against its published description."""
        return self.api.violations

    @property
    def hostile(self) -> list[RecordedRequest]:
        """Requests, to either service, whose path or scope means to leave its place; all were refused."""
        registry = [request for request in list(self.registry.requests) if is_hostile_to_registry(request)]
        return [*registry, *self.api.hostile]

    def forget(self) -> None:
        """Forget all requests and violations."""
        self.registry.forget()
        self.api.forget()
        self.web.requests.clear()
