"""Credentials of one very user, from a source that may hold somebody else's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portcall.errors import UnauthorizedError

if TYPE_CHECKING:
    from portcall.http.upstream import Credentials, CredentialSource
    from portcall.reference import Prefix


@dataclass(frozen=True, slots=True)
class CredentialsOfUser:
    """A :class:`~portcall.http.upstream.CredentialSource` that gives one user's credentials, or fails.

    Args:
        source: Who is asked.
        username: Whose credentials are meant.
        prefix: The entry of the configuration that says so.
    """

    source: CredentialSource
    username: str
    prefix: Prefix

    @property
    def name(self) -> str:
        """The source's name."""
        return self.source.name

    def held(self, repository: str) -> Credentials | None:
        """Return what the source holds, where it is this user's."""
        credentials = self.source.held(repository)
        return credentials if credentials and credentials.username == self.username else None

    async def obtain(self, repository: str) -> Credentials | None:
        """Return what the source gives.

        Raises:
            UnauthorizedError: It failed, or has none of this user: to ask as somebody else would surprise.
        """
        credentials = await self.source.obtain(repository)
        if credentials is None or credentials.username != self.username:
            raise UnauthorizedError(
                f"{self.name} has no credentials of the user that is configured for {self.prefix}",
                hint="Log in as that user, or name the password's source with password_env or password_file.",
                registry=self.prefix.registry,
            )
        return credentials

    def forget(self, repository: str, credentials: Credentials) -> None:
        """Have the source asked anew, if these credentials, which were refused, are its."""
        self.source.forget(repository, credentials)
