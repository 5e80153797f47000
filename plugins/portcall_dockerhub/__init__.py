"""Docker Hub, over its distribution API."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, ClassVar

from portcall.errors import NotFoundError
from portcall.plugin import BackendRegistration, RegistryBackend, TokenService, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterator


class DockerHubBackend(RegistryBackend):
    """Docker Hub: ``docker.io`` in references, three other hosts on the wire.

    Source: docs.docker.com/reference/api/registry.
    """

    endpoint: ClassVar[str | None] = "https://registry-1.docker.io"
    token_service: ClassVar[TokenService | None] = TokenService(
        realm="https://auth.docker.io/token", service="registry.docker.io"
    )
    meters_pulls: ClassVar[bool] = True
    # Without `n` the whole list comes in one answer; with it, in pages.
    tags_page_size: ClassVar[int | None] = None

    async def probe(self) -> None:
        """Ask for a sign of life, and for what is left of the allowance of pulls, which asking does not touch.

        Source: docs.docker.com/docker-hub/usage/pulls.
        """
        await super().probe()
        # A mirror in its place may not have it, and answers all the same.
        with contextlib.suppress(NotFoundError):
            await self.resolve("ratelimitpreview/test", "latest")

    def web_url(self, repository: str) -> str:
        """Return the repository's page on hub.docker.com."""
        official = repository.removeprefix("library/")
        return f"https://hub.docker.com/{'_' if official != repository else 'r'}/{official}"


@hookimpl
def portcall_backends() -> Iterator[BackendRegistration]:
    """Offer Docker Hub."""
    yield BackendRegistration(name="dockerhub", factory=DockerHubBackend, prefixes=("docker.io",))
