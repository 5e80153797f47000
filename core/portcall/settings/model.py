"""The configuration file's shape: every section, key, type and default."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Literal

from pydantic import Field, PrivateAttr, field_validator

from portcall.errors import PortcallError
from portcall.reference import Prefix, parse_prefix
from portcall.settings.cache_location import parse_location
from portcall.settings.registry import RegistrySettings
from portcall.settings.section import Section
from portcall.settings.state_location import parse_state_location
from portcall.settings.surroundings import Surroundings
from portcall.settings.values import (  # noqa: TC001 - pydantic reads the annotations
    HostPatterns,
    OptionalEndpoint,
    OptionalUrl,
    PlatformName,
    ProxyAddresses,
    ProxyChoice,
    PublicUrl,
    RedirectSchemes,
    Seconds,
    Words,
)


class CacheSettings(Section):
    """``[cache]``: where answers are kept."""

    # Not in `repr`: Redis' URLs hold passwords.
    url: str = Field(default="memory://", repr=False)
    """``memory://``, ``disk://`` or ``disk:///a/folder``, ``redis://host:port/db`` or ``rediss://…``."""
    max_bytes: int = Field(default=268_435_456, ge=0)
    """Most bytes that are kept, in memory and on the disk each; Redis has a limit of its own."""

    @field_validator("url")
    @classmethod
    def _names_a_place(cls, url: str) -> str:
        parse_location(url)
        return url


class NetworkSettings(Section):
    """``[network]``: how hosts are reached, and which."""

    timeout: Seconds = 30
    """How long a whole call may take, with all its requests."""
    # Not in `repr`: proxies' URLs hold passwords.
    proxy: ProxyChoice = Field(default="env", repr=False)
    """``env`` (``https_proxy`` and its like), ``none``, or a URL."""
    max_connections_per_host: int = Field(default=8, ge=1, le=256)
    """Most connections to one host at the same time."""
    allow_hosts: HostPatterns = ("*",)
    """Registries that may be asked at all: hosts, or patterns with ``*``."""
    deny_hosts: HostPatterns = ()
    """Hosts that may not be asked, whatever is allowed; nor be redirected to."""


class LimitSettings(Section):
    """``[limits]``: what one call may cost."""

    content_timeout: Seconds = 300
    """How long a call may take that reads layers."""
    copy_timeout: Seconds = 3600
    """How long a call may take that copies an image; none does yet."""
    max_fetch_bytes: int = Field(default=2_147_483_648, ge=1)
    """Most bytes of layers that one call may fetch."""


class ServerSettings(Section):
    """``[server]``: the HTTP transport."""

    public_url: PublicUrl = ""
    """Where people reach the server: ``https://portcall.example``, without a path."""
    allowed_hosts: HostPatterns = ()
    """Other names, beside that of ``public_url``, under which it answers."""
    allowed_origins: Words = ()
    """Other origins whose pages may ask it, beside ``public_url``."""
    allow_unauthenticated: bool = False
    """Whether everybody is let in who can reach it, also from other machines."""
    allow_write: bool = False
    """Whether tools are offered that change something."""
    # Whose word on a client's address is taken.
    trusted_proxies: ProxyAddresses = ("127.0.0.1", "::1")
    """Addresses and networks whose word on a client's address is taken."""
    max_calls: int = Field(default=256, ge=1)
    """Most requests in flight."""
    max_calls_per_caller: int = Field(default=32, ge=1)
    """Most requests in flight of one caller."""
    calls_per_minute: int = Field(default=600, ge=1)
    """Most requests that one caller may send in a minute."""
    watch_interval: Seconds = 60
    """How long between two looks at a tag that somebody subscribed to."""


class AuthSettings(Section):
    """``[auth]``: who may use the HTTP transport."""

    mode: Literal["none", "token", "jwt", "dockerhub"] = "none"
    """How callers say who they are: by tokens of yours or of your single sign-on, or by signing in."""
    tokens_file: str = ""
    """For ``token``: the file with a line for each token, as ``portcall token`` makes them."""
    issuer: OptionalEndpoint = ""
    """For ``jwt``: who signs the tokens, written exactly as in their ``iss``."""
    audience: str = ""
    """For ``jwt``: whom the tokens are for, as in their ``aud``."""
    jwks_url: OptionalUrl = ""
    """For ``jwt``: where the issuer's keys are; by default its own metadata says so."""
    store: str = Field(default="sqlite:///", repr=False)
    """For ``dockerhub``: where sign-ins are kept: ``sqlite:///``, ``sqlite:////a/file.db``, ``redis://…``."""
    key_env: str = "PORTCALL_STORE_KEY"
    """The variable with the key that seals what ``store``, and a cache in Redis, hold: 32 bytes in base64."""
    redirect_schemes: RedirectSchemes = ()
    """For ``dockerhub``: schemes of clients' own that people may be sent back to: ``cursor``."""
    # Patterns of Docker IDs.
    allow_users: Words = ("*",)
    """For ``dockerhub``: patterns of the Docker IDs that may sign in."""

    @field_validator("store")
    @classmethod
    def _names_a_place(cls, store: str) -> str:
        parse_state_location(store)
        return store

    def lets_in(self, username: str) -> bool:
        """Tell whether a Docker ID may sign in."""
        return any(fnmatchcase(username.lower(), pattern.lower()) for pattern in self.allow_users)


class PluginSettings(Section):
    """``[plugins]``: which are loaded, by ``distribution:name`` patterns."""

    allow: Words = ("*",)
    """The only ones that are loaded."""
    disabled: Words = ()
    """Those that are not, nor even imported."""


class Settings(Section):
    """All of portcall's configuration.

    Source: the configuration file, ``PORTCALL_…`` variables for single values, and
    ``PORTCALL_REGISTRIES`` (JSON) for the registries as a whole.
    """

    default_platform: PlatformName = "linux/amd64"
    """The platform that is meant where a question names none."""
    cache: CacheSettings = CacheSettings()
    network: NetworkSettings = NetworkSettings()
    limits: LimitSettings = LimitSettings()
    server: ServerSettings = ServerSettings()
    auth: AuthSettings = AuthSettings()
    registries: dict[str, RegistrySettings] = Field(default_factory=dict)
    plugins: PluginSettings = PluginSettings()

    _surroundings: Surroundings = PrivateAttr(default_factory=Surroundings)

    @property
    def surroundings(self) -> Surroundings:
        """What was taken from the surroundings when the settings were loaded."""
        return self._surroundings

    def entry_for(self, prefix: Prefix) -> RegistrySettings:
        """Return what is set for ``prefix``: each key from the longest entry that sets it."""
        named = ((parse_prefix(key), entry) for key, entry in self.registries.items())
        above = [pair for pair in named if pair[0].covers(prefix.registry, prefix.path)]
        merged = RegistrySettings()
        for _, entry in sorted(above, key=lambda pair: pair[0].depth):
            merged = entry.inheriting(merged)
        return merged

    def serving(self, **changes: bool) -> Settings:
        """Return the settings with other values under ``[server]``, as the command line has them."""
        return self.model_copy(update={"server": self.server.model_copy(update=changes)})

    def within(self, surroundings: Surroundings, registries: dict[str, RegistrySettings]) -> Settings:
        """Return the settings with what only their surroundings know, the registries' secrets among it."""
        settings = self.model_copy(update={"registries": registries})
        settings._surroundings = surroundings  # noqa: SLF001 - its own copy
        return settings

    @field_validator("registries")
    @classmethod
    def _keys_are_prefixes(cls, registries: dict[str, RegistrySettings]) -> dict[str, RegistrySettings]:
        named: dict[str, RegistrySettings] = {}
        for key, entry in registries.items():
            shown = key_for_people(key)
            try:
                name = str(parse_prefix(key))
            except PortcallError as error:
                raise ValueError(f"{shown} is no registry prefix: {error.message}") from None
            if name in named:
                raise ValueError(f"{shown} names {name} a second time")
            named[name] = entry
        return named


def key_for_people(key: str) -> str:
    """Return a registry's key as messages show it: quoted, without the password of a pasted URL."""
    return f'"{key.rpartition("@")[2]}"'
