"""The keyring: whose credentials are sent to which registry."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING

from portcall.credentials.chain import FirstOf
from portcall.credentials.entry import UnfitEntryError, make_credentials
from portcall.credentials.helper import TIMEOUT, Helper, HelperCredentials
from portcall.credentials.of_user import CredentialsOfUser
from portcall.credentials.places import shelves
from portcall.errors import ConfigurationError
from portcall.http.upstream import Credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from portcall.credentials.note import CredentialNote
    from portcall.credentials.provider import CredentialProvider
    from portcall.credentials.shelf import Held, Shelf
    from portcall.http.upstream import CredentialSource
    from portcall.reference import Prefix
    from portcall.settings import RegistrySettings, Settings


@dataclass(frozen=True, slots=True)
class Login:
    """How a registry gets its credentials: one of the two is set.

    Args:
        credentials: Known beforehand.
        source: Where to ask for them.
        is_callers: Whether they are the caller's own, and not the operator's.
    """

    credentials: Credentials | None = None
    source: CredentialSource | None = None
    is_callers: bool = False


class Keyring:
    """All credentials that the operator stored, each for the registries that it is for; and a caller's own.

    The files are read here, and again by :meth:`load` when they have changed. Where the process answers to others
    than the person at this machine, the configuration's entries alone count, and of these the shared ones.

    Args:
        settings: The configuration, and where the environment says that logins are.
        local: Whether the process answers to the person at this machine (stdio, the shell).
        providers: The plugins that know credentials.
        helper_timeout: Seconds that a credential helper may take.
        clock: Where the time comes from by which places are looked at again, in seconds; never set back.
        own: The caller's own logins, by registry. There the operator's are never used, whatever becomes of these.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        local: bool,
        providers: Sequence[CredentialProvider] = (),
        helper_timeout: float = TIMEOUT,
        clock: Callable[[], float] = time.monotonic,
        own: Mapping[str, Credentials] = MappingProxyType({}),
    ) -> None:
        environment = settings.surroundings.logins
        self._settings = settings
        self._local = local
        self._own = own
        self._timeout = helper_timeout
        self._variables = environment.variables
        self._logins = environment
        self._helpers: dict[str, Helper] = {}
        self._shelves = tuple(shelves(environment, providers, self._helper_named, clock)) if local else ()
        self._loading = asyncio.Lock()

    @property
    def prefixes(self) -> frozenset[Prefix]:
        """What the operator stored credentials for; with :meth:`load` also what is known to a helper alone."""
        return frozenset(chain.from_iterable(shelf.prefixes for shelf in self._shelves))

    @property
    def notes(self) -> tuple[CredentialNote, ...]:
        """What was found in each place, and what is wrong with it, those that win first."""
        return tuple(chain.from_iterable(shelf.notes for shelf in self._shelves))

    @property
    def edition(self) -> int:
        """Grows whenever :meth:`load` has learnt something: whoever keeps a login then asks for it again."""
        return sum(shelf.edition for shelf in self._shelves)

    async def load(self, prefix: Prefix | None = None) -> None:
        """Look for new logins, and ask the credentials stores what they hold; a failure becomes a note.

        Args:
            prefix: What is about to be asked; nobody is asked what makes no difference to it.
        """
        if not self._due(prefix):
            return
        async with self._loading:
            for shelf in self._due(prefix):
                await shelf.load()

    def unasked(self, prefix: Prefix) -> str:
        """Return why it is not known whether there is a login, as a clause; empty where it is.

        That is of use where nobody is known to have one, and the registry wants one.
        """
        entry = self._settings.entry_for(prefix)
        if entry.names_a_password or prefix.registry in self._own or self._stored(prefix, entry.username):
            return ""
        return next((told for shelf in self._shelves if (told := shelf.unasked)), "")

    def login_for(self, prefix: Prefix, entry: RegistrySettings) -> Login | None:
        """Return how the registry at ``prefix`` gets its credentials; ``None`` where there are none.

        Args:
            prefix: What is asked about; credentials stored for it, or for something shorter, are for it.
            entry: The configuration's entries for it, merged.

        Raises:
            ConfigurationError: The entry names a password that was not read, or a user who has none anywhere:
                to ask as a stranger, or as somebody else, would be a surprise.
        """
        own = self._own.get(prefix.registry)
        if own is not None:
            return Login(own, is_callers=True)
        if not self.may_use(entry):
            return None
        if entry.names_a_password:
            return Login(_configured(prefix, entry))
        login = self._stored(prefix, entry.username)
        if login is None and entry.username:
            raise self._no_password(prefix)
        return login

    def has_own(self, registry: str) -> bool:
        """Tell whether the caller has a login of their own for a registry."""
        return registry in self._own

    def may_use(self, entry: RegistrySettings) -> bool:
        """Tell whether an entry's credentials, the client's certificate among them, may serve this caller."""
        return self._local or entry.shared

    def withheld(self, prefix: Prefix, entry: RegistrySettings) -> str:
        """Return why an entry's credentials do not serve this caller, as a clause; empty where they do."""
        holds_any = entry.names_a_password or entry.api_token_env or entry.client_cert
        if not holds_any or prefix.registry in self._own or self.may_use(entry):
            return ""
        return f"the operator's login for {prefix} is not shared with callers"

    def api_login_for(self, prefix: Prefix, entry: RegistrySettings, *, own: bool) -> Credentials | None:
        """Return the token for a vendor's REST API, where that takes another than the registry does.

        Args:
            prefix: What is asked about.
            entry: The configuration's entries for it, merged: what ``api_token_env`` holds comes first.
            own: Whether the API is the vendor's own: the environment's tokens are for no other.
        """
        if prefix.registry in self._own or not self.may_use(entry):
            return None
        username = entry.username or ""
        if entry.api_token:
            return Credentials(username, entry.api_token.get_secret_value(), "configuration")
        kept = {
            "ghcr.io": ("GITHUB_TOKEN", self._logins.github_token),
            "quay.io": ("QUAY_TOKEN", self._logins.quay_token),
        }
        name, secret = kept.get(prefix.registry, ("", None))
        return Credentials(username, secret.get_secret_value(), name) if secret and own and self._local else None

    async def aclose(self) -> None:
        """Stop the helpers and the plugins that are being asked."""
        for helper in self._helpers.values():
            await helper.aclose()
        for shelf in self._shelves:
            await shelf.aclose()

    def _due(self, prefix: Prefix | None) -> list[Shelf]:
        """Return the shelves that have yet to find something out which ``prefix`` may depend on."""
        return [
            shelf
            for number, shelf in enumerate(self._shelves)
            if shelf.is_due and not (prefix and self._is_settled(prefix, self._shelves[:number]))
        ]

    def _is_settled(self, prefix: Prefix, shelves: Sequence[Shelf]) -> bool:
        """Tell whether the configuration or ``shelves`` have a login for ``prefix``, whatever comes after them."""
        entry = self._settings.entry_for(prefix)
        if entry.names_a_password:
            return True
        held = chain.from_iterable(shelf.holding(prefix) for shelf in shelves)
        logins = (_login(each, prefix, entry.username) for each in held)
        return any(login is not None and login.credentials is not None for login in logins)

    def _stored(self, prefix: Prefix, username: str | None) -> Login | None:
        """Return the first login that is stored; behind those that have to be asked for, the next one."""
        sources: list[CredentialSource] = []
        known: Credentials | None = None
        for held in chain.from_iterable(shelf.holding(prefix) for shelf in self._shelves):
            login = _login(held, prefix, username)
            if login is not None and login.source is not None:
                sources.append(login.source)
            elif login is not None:
                known = login.credentials
                break
        if sources:
            return Login(source=FirstOf(sources, known))
        return Login(credentials=known) if known else None

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
    try:
        return make_credentials(entry.username, entry.password.get_secret_value(), "configuration")
    except UnfitEntryError as error:
        raise ConfigurationError(
            f'registries."{prefix}": its login cannot be used: {error}', hint="Check username and password."
        ) from None


def _login(held: Held, prefix: Prefix, username: str | None) -> Login | None:
    """Return what a shelf holds as a login, unless it is known to be another user's than ``username``."""
    if isinstance(held, Credentials):
        return Login(credentials=held) if username in {None, "", held.username} else None
    if not username:
        return Login(source=held)
    if isinstance(held, HelperCredentials) and held.username not in {"", username}:
        return None
    return Login(source=CredentialsOfUser(held, username, prefix))
