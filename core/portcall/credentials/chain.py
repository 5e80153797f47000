"""Several places that may have credentials: the first that does wins."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portcall.http.upstream import Credentials, CredentialSource


class FirstOf:
    """Asks one source after the other; one that fails ends it, for it might have had some.

    Args:
        sources: Those that have to be asked, those that win first.
        last: What is known without asking, where none of them has any.
    """

    def __init__(self, sources: Sequence[CredentialSource], last: Credentials | None) -> None:
        self._sources = tuple(sources)
        self._last = last

    @property
    def name(self) -> str:
        """The places, for people: ``"docker-credential-pass, else GITHUB_TOKEN"``."""
        names = [source.name for source in self._sources]
        return ", else ".join([*names, self._last.source] if self._last else names)

    def held(self, repository: str) -> Credentials | None:
        """Return what the first of them that holds some gave last."""
        held = (source.held(repository) for source in self._sources)
        return next((credentials for credentials in held if credentials is not None), self._last)

    async def obtain(self, repository: str) -> Credentials | None:
        """Return what the first of them that has some gives.

        Raises:
            UnauthorizedError: One could not be asked.
        """
        for source in self._sources:
            credentials = await source.obtain(repository)
            if credentials is not None:
                return credentials
        return self._last

    def forget(self, repository: str, credentials: Credentials) -> None:
        """Have those asked anew that gave these credentials, which were refused."""
        for source in self._sources:
            source.forget(repository, credentials)
