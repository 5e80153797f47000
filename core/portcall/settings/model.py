"""The configuration file's shape: every section, key, type and default."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    field_validator,
    model_validator,
)

from portcall.errors import PortcallError
from portcall.platform import Platform
from portcall.reference import parse_prefix


def _endpoint(text: str) -> str:
    url = urlsplit(text)
    if url.scheme not in {"http", "https"} or not url.hostname:
        raise ValueError("an endpoint is a URL like https://registry.example:5000")
    if url.username or url.password:
        raise ValueError("an endpoint holds no credentials: use username with password_env or password_file")
    if url.query or url.fragment:
        raise ValueError("an endpoint has neither query nor fragment")
    _ = url.port  # raises ValueError where it is none
    return text.rstrip("/")


def _platform(text: str) -> str:
    try:
        return str(Platform.parse(text))
    except PortcallError as error:
        raise ValueError(error.message) from None


Endpoint = Annotated[str, AfterValidator(_endpoint)]
Seconds = Annotated[float, Field(gt=0, le=86400)]


class Section(BaseModel):
    """A part of the file: frozen, and without room for unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class CacheSettings(Section):
    """``[cache]``: where answers are kept."""

    url: str = "memory://"
    max_bytes: int = Field(default=268_435_456, ge=0)

    @field_validator("url")
    @classmethod
    def _kept_in_memory(cls, url: str) -> str:
        if url != "memory://":
            raise ValueError("this version keeps its cache in memory: the only value is memory://")
        return url


class NetworkSettings(Section):
    """``[network]``: how hosts are reached, and which."""

    timeout: Seconds = 30
    proxy: str = "env"
    max_connections_per_host: int = Field(default=8, ge=1, le=256)
    allow_hosts: tuple[str, ...] = ("*",)
    deny_hosts: tuple[str, ...] = ()

    @field_validator("proxy")
    @classmethod
    def _known_proxy(cls, proxy: str) -> str:
        if proxy not in {"env", "none"} and urlsplit(proxy).scheme not in {"http", "https"}:
            raise ValueError("a proxy is env, none, or a URL like http://proxy.example:3128")
        return proxy


class LimitSettings(Section):
    """``[limits]``: what one call may cost."""

    content_timeout: Seconds = 300
    copy_timeout: Seconds = 3600
    max_fetch_bytes: int = Field(default=2_147_483_648, ge=1)


class ServerSettings(Section):
    """``[server]``: the HTTP transport."""

    public_url: str = ""
    allowed_hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    allow_unauthenticated: bool = False
    allow_write: bool = False


class AuthSettings(Section):
    """``[auth]``: who may use the HTTP transport."""

    mode: Literal["none", "token", "jwt", "dockerhub"] = "none"
    tokens_file: str = ""
    issuer: str = ""
    audience: str = ""
    jwks_url: str = ""
    store: str = "sqlite:///"
    key_env: str = "PORTCALL_STORE_KEY"


class RegistrySettings(Section):
    """``[registries."prefix"]``: one registry, or one namespace of it."""

    backend: str | None = None
    endpoint: Endpoint | None = None
    api: Endpoint | None = None
    ca_file: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    username: str | None = None
    password_env: str | None = None
    password_file: str | None = None
    api_token_env: str | None = None
    auth_hosts: tuple[str, ...] = ()
    shared: bool = False
    options: dict[str, Any] = Field(default_factory=dict)

    _password: SecretStr | None = PrivateAttr(default=None)
    _api_token: SecretStr | None = PrivateAttr(default=None)

    @property
    def password(self) -> SecretStr | None:
        """What ``password_env`` or ``password_file`` holds; resolved once, when the settings are loaded."""
        return self._password

    @property
    def api_token(self) -> SecretStr | None:
        """What ``api_token_env`` holds; resolved once, when the settings are loaded."""
        return self._api_token

    def with_secrets(self, password: SecretStr | None, api_token: SecretStr | None) -> RegistrySettings:
        """Return the entry with the secrets that it names."""
        entry = self.model_copy()
        entry._password, entry._api_token = password, api_token  # noqa: SLF001 - its own copy
        return entry

    @model_validator(mode="after")
    def _credentials_are_whole(self) -> Self:
        if self.password_env and self.password_file:
            raise ValueError("password_env and password_file exclude each other")
        if bool(self.client_cert) != bool(self.client_key):
            raise ValueError("client_cert and client_key go together")
        return self

    def inheriting(self, shorter: RegistrySettings) -> RegistrySettings:
        """Return these settings, with what they do not set taken from a shorter prefix's."""
        entry = shorter.model_copy(update={name: getattr(self, name) for name in self.model_fields_set})
        return entry.with_secrets(
            self._password if self._names_a_password else shorter.password,
            self._api_token if self.api_token_env else shorter.api_token,
        )

    @property
    def _names_a_password(self) -> bool:
        return bool(self.password_env or self.password_file)


class PluginSettings(Section):
    """``[plugins]``: which are loaded, by ``distribution:name`` patterns."""

    allow: tuple[str, ...] = ("*",)
    disabled: tuple[str, ...] = ()


class Settings(Section):
    """All of portcall's configuration.

    Source: the configuration file, ``PORTCALL_…`` variables for single values, and
    ``PORTCALL_REGISTRIES`` (JSON) for the registries as a whole.
    """

    default_platform: Annotated[str, AfterValidator(_platform)] = "linux/amd64"
    cache: CacheSettings = CacheSettings()
    network: NetworkSettings = NetworkSettings()
    limits: LimitSettings = LimitSettings()
    server: ServerSettings = ServerSettings()
    auth: AuthSettings = AuthSettings()
    registries: dict[str, RegistrySettings] = Field(default_factory=dict)
    plugins: PluginSettings = PluginSettings()

    _proxies: dict[str, str] = PrivateAttr(default_factory=dict)

    @property
    def proxies(self) -> dict[str, str]:
        """What the environment names as proxies (``http``, ``https``, ``no``); empty unless ``proxy = "env"``."""
        return self._proxies

    def with_environment(self, registries: dict[str, RegistrySettings], proxies: dict[str, str]) -> Settings:
        """Return the settings with what only the environment knows: secrets and proxies."""
        settings = self.model_copy(update={"registries": registries})
        settings._proxies = proxies  # noqa: SLF001 - its own copy
        return settings

    @field_validator("registries")
    @classmethod
    def _keys_are_prefixes(cls, registries: dict[str, RegistrySettings]) -> dict[str, RegistrySettings]:
        named: dict[str, RegistrySettings] = {}
        for key, entry in registries.items():
            try:
                name = str(parse_prefix(key))
            except PortcallError as error:
                raise ValueError(f"{key!r} is no registry prefix: {error.message}") from None
            if name in named:
                raise ValueError(f"{key!r} names {name} a second time")
            named[name] = entry
        return named
