"""The GitHub Container Registry, over its distribution API."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from portcall.plugin import BackendRegistration, RegistryBackend, TokenService, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterator


class GhcrBackend(RegistryBackend):
    """GHCR: every read needs a token, anonymous ones included; its token endpoint refuses what is private."""

    endpoint: ClassVar[str | None] = "https://ghcr.io"
    token_service: ClassVar[TokenService | None] = TokenService(realm="https://ghcr.io/token", service="ghcr.io")
    # A hundred by default, oldest first, so that the newest would take every page; this many come at once.
    tags_page_size: ClassVar[int | None] = 10_000

    def web_url(self, repository: str) -> str:
        """Return the address that GitHub redirects to the package's page."""
        return f"https://ghcr.io/{repository}"


@hookimpl
def portcall_backends() -> Iterator[BackendRegistration]:
    """Offer GHCR."""
    yield BackendRegistration(name="ghcr", factory=GhcrBackend, prefixes=("ghcr.io",))
