"""One repository, and a word on its README where that was asked for and did not come."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portcall.backend import RegistryBackend
    from portcall.models import DockerImage


async def get_repository(backend: RegistryBackend, repository: str, *, readme: bool) -> DockerImage:
    """Return what a registry tells of a repository; with ``readme``, its README, or a warning that none is told.

    Raises:
        PortcallError: There is no such repository, or the registry cannot be asked.
    """
    found = await backend.get_repository(repository, readme=readme)
    # A backend that knows why says so itself.
    is_silent = readme and found.readme is None and not any("README" in told for told in found.warnings)
    return found.with_warnings(f"{backend.upstream.registry} tells of no README") if is_silent else found
