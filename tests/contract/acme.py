"""Acme's registry: a backend that keeps the discovery contract, and its suite.

It knows its catalogue by heart, and asks the registry one question before it answers, so that an outage shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from portcall.errors import InvalidArgumentError, NotFoundError
from portcall.models import DockerfileInfo, DockerImage, DockerUser, Vulnerability
from portcall.plugin import (
    DockerfilePage,
    RegistryBackend,
    RepositoryPage,
    ScanReport,
    UserPage,
    bad_cursor,
)
from portcall.testing import FakeRegistry, image, layer, quirks
from portcall.testing.contract import DiscoveryContract, Place

HOST = "registry.acme.example"
PATHS = ("team/api", "team/api-docs", "team/api-tools", "team/web", "zoo/api")
IMAGE = image([layer({"srv/app": "app\n"})])


class Acme(RegistryBackend):
    """Keeps the contract."""

    async def search(self, query: str, *, limit: int, cursor: str | None = None) -> RepositoryPage:
        return await self.page([path for path in PATHS if query.lower() in path], limit, cursor)

    async def list_repositories(self, namespace: str, *, limit: int, cursor: str | None = None) -> RepositoryPage:
        if not namespace.isascii() or not namespace.replace("-", "").isalnum():
            raise InvalidArgumentError("the argument `namespace` is none", hint="One word.")
        found = [path for path in PATHS if path.startswith(f"{namespace}/")]
        if not found:
            raise await self.missing(f"namespace {namespace}")
        return await self.page(found, limit, cursor)

    async def search_users(self, query: str, *, limit: int) -> UserPage:
        await self.look()
        return UserPage((self.user("ada"),) if query == "ada" else ())

    async def get_vulnerabilities(self, repository: str, digest: str) -> ScanReport:
        await self.look()
        if digest != IMAGE.digest:
            raise await self.missing("manifest")
        return ScanReport("scanned", (Vulnerability(id="CVE-2024-0001", severity="high", package="curl"),))

    async def search_dockerfiles(self, query: str, *, limit: int) -> DockerfilePage:
        await self.look()
        return DockerfilePage((self.dockerfile(),) if query == "curl" else ())

    # What it is made of

    async def page(self, found: list[str], limit: int, cursor: str | None) -> RepositoryPage:
        if cursor is not None and cursor not in map(str, range(1, len(found))):
            raise bad_cursor()
        start = int(cursor or 0)
        await self.look(*found[start : start + 1])
        end = start + limit
        rows = tuple(map(self.row, found[start:end]))
        return RepositoryPage(rows, str(end) if end < len(found) else None, total=len(found))

    async def look(self, path: str = PATHS[0]) -> None:
        await self.distribution.tags(path, 1)

    async def missing(self, what: str) -> NotFoundError:
        await self.look()
        return NotFoundError(f"{HOST} has no {what}", hint="Check the name.", registry=HOST)

    def row(self, path: str) -> DockerImage:
        return DockerImage(name=f"{HOST}/{path}", registry=HOST, reference=f"{HOST}/{path}")

    def user(self, name: str) -> DockerUser:
        return DockerUser(username=name, registry=HOST)

    def dockerfile(self) -> DockerfileInfo:
        web_url = "https://acme.example/curl"
        return DockerfileInfo(repo="acme/x", path="Dockerfile", web_url=web_url, origin="source", exact=True)


class AcmeSuite(DiscoveryContract):
    """The contract, before Acme's backend, or one of its liars."""

    backend: ClassVar[type[RegistryBackend]] = Acme
    host = HOST
    repository = "team/api"
    query = "api"
    namespace = "team"
    user = "ada"
    image = "team/api:1.0"
    dockerfiles = "curl"

    @contextmanager
    def serve(self) -> Iterator[Place]:
        registry = FakeRegistry()
        for path in PATHS:
            registry.push(path, IMAGE, tags=["1.0"])
        with registry.serve() as address:
            entry = {"backend": self.backend.__name__.lower(), "endpoint": address.url}
            yield Place(
                entry,
                lambda: registry.add(quirks.Answer(503, retry_after=900)),
                hostile=lambda: [each for each in registry.requests if "admin" in each.path],
            )
