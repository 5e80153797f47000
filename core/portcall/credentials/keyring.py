"""The keyring: whose credentials are sent to which registry."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from portcall.credentials.chain import FirstOf
from portcall.credentials.helper import TIMEOUT, Helper, HelperCredentials
from portcall.credentials.of_user import CredentialsOfUser
from portcall.credentials.places import shelves
from portcall.credentials.shelf import ProviderShelf
from portcall.errors import ConfigurationError
from portcall.http.upstream import Credentials

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portcall.credentials.note import CredentialNote
    from portcall.credentials.provider import CredentialProvider
    from portcall.credentials.shelf import Held
    from portcall.http.upstream import CredentialSource
    from portcall.reference import Prefix
    from portcall.settings import RegistrySettings, Settings


@dataclass(frozen=True, slots=True)
class Login:
    """How a registry gets its credentials: one of the two is set.

    Args:
        credentials: Known beforehand.
        source: Where to ask for them.
    """

    credentials: Credentials | None = None
    source: CredentialSource | None = None


class Keyring:
    """All credentials that the operator stored, each for the registries that it is for.

    The files are read here, once.

    Args:
        settings: The configuration, and where the environment says that logins are.
        local: Whether the process answers to the person at this machine (stdio, the shell); otherwise the
            configuration's entries alone count.
        providers: The plugins that know credentials.
        helper_timeout: Seconds that a credential helper may take.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        local: bool,
        providers: Sequence[CredentialProvider] = (),
        helper_timeout: float = TIMEOUT,
    ) -> None:
        environment = settings.surroundings.logins
        self._local = local
        self._timeout = helper_timeout
        self._variables = environment.variables
        self._helpers: dict[str, Helper] = {}
        self._shelves = tuple(shelves(environment, providers, self._helper_named)) if local else ()
        self._loading = asyncio.Lock()

    @property
    def prefixes(self) -> frozenset[Prefix]:
        """What the operator stored credentials for; with :meth:`load` also what is known to a helper alone."""
        return frozenset(chain.from_iterable(shelf.prefixes for shelf in self._shelves))

    @property
    def notes(self) -> tuple[CredentialNote, ...]:
        """What was found in each place, and what is wrong with it, those that win first."""
        return tuple(chain.from_iterable(shelf.notes for shelf in self._shelves))

    async def load(self) -> None:
        """Ask the credentials stores what they hold, once; a failure becomes a note."""
        async with self._loading:
            for shelf in self._shelves:
                await shelf.load()

    def login_for(self, prefix: Prefix, entry: RegistrySettings) -> Login | None:
        """Return how the registry at ``prefix`` gets its credentials; ``None`` where there are none.

        Args:
            prefix: What is asked about; credentials stored for it, or for something shorter, are for it.
            entry: The configuration's entries for it, merged.

        Raises:
            ConfigurationError: The entry names a password that was not read, or a user who has none anywhere:
                to ask as a stranger, or as somebody else, would be a surprise.
        """
        if entry.names_a_password:
            return Login(_configured(prefix, entry))
        login = self._stored(prefix, entry.username)
        if login is None and entry.username:
            raise self._no_password(prefix)
        return login

    async def aclose(self) -> None:
        """Stop the helpers and the plugins that are being asked."""
        for helper in self._helpers.values():
            await helper.aclose()
        for shelf in self._shelves:
            if isinstance(shelf, ProviderShelf):
                await shelf.aclose()

    def _stored(self, prefix: Prefix, username: str | None) -> Login | None:
        """Return the first login that is stored; behind those that have to be asked for, the next one."""
        sources: list[CredentialSource] = []
        for held in chain.from_iterable(shelf.holding(prefix) for shelf in self._shelves):
            login = _login(held, prefix, username)
            if login is None:
                continue
            if login.source is None:
                return Login(source=FirstOf(sources, login.credentials)) if sources else login
            sources.append(login.source)
        if len(sources) < 2:
            return Login(source=sources[0]) if sources else None
        return Login(source=FirstOf(sources, None))

    def _helper_named(self, name: str) -> Helper:
        if name not in self._helpers:
            self._helpers[name] = Helper(name, self._variables, timeout=self._timeout)
        return self._helpers[name]

    def _no_password(self, prefix: Prefix) -> ConfigurationError:
        stored = "log in as that user with docker login" if self._local else "stored logins do not count over HTTP"
        return ConfigurationError(
            f'registries."{prefix}": its username has no password',
            hint=f"Name the password's source with password_env or password_file; {stored}.",
        )


def _configured(prefix: Prefix, entry: RegistrySettings) -> Credentials:
    if not entry.username or entry.password is None:
        # Asking as a stranger instead would be a surprise.
        raise ConfigurationError(
            f'registries."{prefix}": its password was not read', hint="Build settings with load_settings()."
        )
    return Credentials(entry.username, entry.password.get_secret_value(), "configuration")


def _login(held: Held, prefix: Prefix, username: str | None) -> Login | None:
    """Return what a shelf holds as a login, unless it is known to be another user's than ``username``."""
    if isinstance(held, Credentials):
        return Login(credentials=held) if username in {None, "", held.username} else None
    if not username:
        return Login(source=held)
    if isinstance(held, HelperCredentials) and held.username not in {"", username}:
        return None
    return Login(source=CredentialsOfUser(held, username, prefix))
