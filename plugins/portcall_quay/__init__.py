"""Quay, hosted or your own, over its distribution API."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from portcall.plugin import BackendRegistration, RegistryBackend, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterator


class QuayBackend(RegistryBackend):
    """Quay: public repositories answer without any token, so none is asked for beforehand.

    A self-hosted Quay is ``backend = "quay"`` under its own prefix: without a configured endpoint that
    prefix's host is asked.
    """

    # More than a hundred are not given, whatever is asked for.
    tags_page_size: ClassVar[int | None] = 100

    def web_url(self, repository: str) -> str:
        """Return the repository's page."""
        return f"{self.upstream.endpoint}/repository/{repository}"


@hookimpl
def portcall_backends() -> Iterator[BackendRegistration]:
    """Offer Quay."""
    yield BackendRegistration(name="quay", factory=QuayBackend, prefixes=("quay.io",))
