"""``[registries."prefix"]``: how one registry, or one namespace of it, is reached."""

from __future__ import annotations

from typing import Any, Self

from pydantic import Field, PrivateAttr, SecretStr, field_validator, model_validator

from portcall.settings.section import Section
from portcall.settings.values import Endpoint, Hosts, split_url

#: What shows a registry who is asking: it goes to no other host than the one that it was written for.
_SHOWN = ("username", "password_env", "password_file", "api_token_env", "client_cert", "client_key")
_SECRETS = frozenset(_SHOWN) - {"username"}
_PORTS = {"http": 80, "https": 443}


class RegistrySettings(Section):
    """``[registries."prefix"]``: one registry, or one namespace of it."""

    backend: str | None = None
    """The kind of registry: a plugin's backend, ``oci`` for any; by default the prefix decides."""
    endpoint: Endpoint | None = None
    """Where it is; by default ``https://`` and the prefix."""
    api: Endpoint | None = None
    """Where the vendor's own API is, if not where its plugin expects it."""
    ca_file: str | None = None
    """The authority that signed its certificate, PEM."""
    client_cert: str | None = None
    """A certificate to show it, PEM; with ``client_key``."""
    client_key: str | None = None
    """The key of that certificate, PEM, unencrypted."""
    username: str | None = None
    """Whose login it is; the password is named by one of the next two, or is a stored one."""
    password_env: str | None = None
    """The variable that holds the password, or the token."""
    password_file: str | None = None
    """The file that holds it."""
    api_token_env: str | None = None
    """The variable that holds the token for the vendor's API."""
    auth_hosts: Hosts = ()
    """Token services elsewhere that may receive these credentials."""
    shared: bool = False
    """Whether callers over HTTP, who have no login of their own, use this one."""
    # A plugin's own settings; what they hold, only the plugin knows.
    options: dict[str, Any] = Field(default_factory=dict, repr=False)
    """What the backend's plugin takes beside all that."""

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

    @property
    def names_a_password(self) -> bool:
        """Whether there is a source of a password, resolved or not."""
        return bool(self.password_env or self.password_file)

    def with_secrets(self, password: SecretStr | None, api_token: SecretStr | None) -> RegistrySettings:
        """Return the entry with the secrets that it names."""
        entry = self.model_copy()
        entry._password, entry._api_token = password, api_token  # noqa: SLF001 - its own copy
        return entry

    @field_validator("username")
    @classmethod
    def _username_can_be_sent(cls, username: str | None) -> str | None:
        if username and (":" in username or not username.isprintable()):
            raise ValueError("a user name holds neither colons nor control characters")
        return username

    @model_validator(mode="after")
    def _credentials_are_whole(self) -> Self:
        if self.password_env and self.password_file:
            raise ValueError("password_env and password_file exclude each other")
        if bool(self.client_cert) != bool(self.client_key):
            raise ValueError("client_cert and client_key go together")
        return self

    def inheriting(self, shorter: RegistrySettings) -> RegistrySettings:
        """Return these settings, with what they do not set taken from a shorter prefix's.

        What is shown to the shorter prefix's host, another one sees only where these settings name the user.
        """
        if _leads_elsewhere(self.endpoint, shorter.endpoint) and not self.username:
            shorter = shorter.model_copy(update=dict.fromkeys(_SHOWN)).with_secrets(None, None)
        elif _leads_elsewhere(self.api, shorter.api):
            shorter = shorter.model_copy(update={"api_token_env": None}).with_secrets(shorter.password, None)
        own = {name: getattr(self, name) for name in self.model_fields_set}
        if own.keys() & set(_SHOWN):
            # Who shares a login shares that one: not another that a longer prefix has, nor what a shorter one has
            # beside it.
            own["shared"] = self.shared
            if self.shared and not shorter.shared and own.keys() & _SECRETS:
                shorter = shorter.model_copy(update=dict.fromkeys(_SHOWN)).with_secrets(None, None)
        keeps_own_password = self.names_a_password or self._names_somebody_else(shorter)
        if keeps_own_password:
            # The other source is not inherited beside one's own, and a password not by another user.
            own |= {"password_env": self.password_env, "password_file": self.password_file}
        return shorter.model_copy(update=own).with_secrets(
            self._password if keeps_own_password else shorter.password,
            self._api_token if self.api_token_env else shorter.api_token,
        )

    def _names_somebody_else(self, shorter: RegistrySettings) -> bool:
        return bool(self.username and shorter.username and self.username != shorter.username)


def _leads_elsewhere(endpoint: str | None, inherited: str | None) -> bool:
    """Tell whether an endpoint that is set may be another host's than the one that would be inherited.

    Where none is, the host is the registry's own or a plugin's: what is written here is taken for another.
    """
    return endpoint is not None and _origin(endpoint) != _origin(inherited or "")


def _origin(endpoint: str) -> tuple[str, str, int] | None:
    url = split_url(endpoint)
    if url is None:
        return None
    return url.scheme, (url.hostname or "").rstrip("."), url.port or _PORTS[url.scheme]
