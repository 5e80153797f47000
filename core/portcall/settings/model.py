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
    max_bytes: int = Field(default=268_435_456, ge=0)

    @field_validator("url")
    @classmethod
    def _names_a_place(cls, url: str) -> str:
        parse_location(url)
        return url


class NetworkSettings(Section):
    """``[network]``: how hosts are reached, and which."""

    timeout: Seconds = 30
    # Not in `repr`: proxies' URLs hold passwords.
    proxy: ProxyChoice = Field(default="env", repr=False)
    max_connections_per_host: int = Field(default=8, ge=1, le=256)
    allow_hosts: HostPatterns = ("*",)
    deny_hosts: HostPatterns = ()


class LimitSettings(Section):
    """``[limits]``: what one call may cost."""

    content_timeout: Seconds = 300
    copy_timeout: Seconds = 3600
    max_fetch_bytes: int = Field(default=2_147_483_648, ge=1)


class ServerSettings(Section):
    """``[server]``: the HTTP transport."""

    public_url: PublicUrl = ""
    allowed_hosts: HostPatterns = ()
    allowed_origins: Words = ()
    allow_unauthenticated: bool = False
    allow_write: bool = False
    # Whose word on a client's address is taken.
    trusted_proxies: ProxyAddresses = ("127.0.0.1", "::1")
    max_calls: int = Field(default=256, ge=1)
    max_calls_per_caller: int = Field(default=32, ge=1)
    calls_per_minute: int = Field(default=600, ge=1)
    watch_interval: Seconds = 60


class AuthSettings(Section):
    """``[auth]``: who may use the HTTP transport."""

    mode: Literal["none", "token", "jwt", "dockerhub"] = "none"
    tokens_file: str = ""
    issuer: OptionalEndpoint = ""
    audience: str = ""
    jwks_url: OptionalUrl = ""
    store: str = Field(default="sqlite:///", repr=False)
    key_env: str = "PORTCALL_STORE_KEY"
    redirect_schemes: RedirectSchemes = ()
    # Patterns of Docker IDs.
    allow_users: Words = ("*",)

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
    disabled: Words = ()


class Settings(Section):
    """All of portcall's configuration.

    Source: the configuration file, ``PORTCALL_…`` variables for single values, and
    ``PORTCALL_REGISTRIES`` (JSON) for the registries as a whole.
    """

    default_platform: PlatformName = "linux/amd64"
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
