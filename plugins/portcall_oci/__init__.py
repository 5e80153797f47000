"""Any OCI registry: the backend for every host that no other plugin claims."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from portcall.plugin import BackendRegistration, RegistryBackend, hookimpl
from portcall_oci.repositories import list_repositories
from portcall_oci.rows import Rows
from portcall_oci.search import search

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.plugin import BackendContext, RepositoryPage


class OciBackend(RegistryBackend):
    """A registry of which nothing is known but that it speaks the distribution protocol.

    Many tell more than that asks of them: a list of all their repositories (``/v2/_catalog``), or a search
    (``/v1/search``). Which of them a registry has, only asking tells.
    """

    lists_everything: ClassVar[bool] = True

    def __init__(self, context: BackendContext) -> None:
        super().__init__(context)
        self._rows = Rows(self.upstream.registry)

    async def search(self, query: str, *, limit: int, cursor: str | None = None) -> RepositoryPage:
        """Return one page of what the registry's search finds; else of the names in its list that hold ``query``.

        In a list the best come first within a page only: it is told in the registry's own order.
        """
        return await search(self, self._rows, query, cursor)

    async def list_repositories(self, namespace: str, *, limit: int, cursor: str | None = None) -> RepositoryPage:
        """Return what one page of the registry's list holds of a namespace, or of everything.

        That may be nothing, and more on the next page.
        """
        return await list_repositories(self, self._rows, namespace, cursor)


@hookimpl
def portcall_backends() -> Iterator[BackendRegistration]:
    """Offer the distribution protocol as it is specified, under the name that routing falls back to."""
    yield BackendRegistration(name="oci", factory=OciBackend)
