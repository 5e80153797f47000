"""An upstream: the registry being asked, with the credentials and exemptions that are its own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import Literal, Protocol

from portcall.http.origin import Origin

#: Identities are names for credentials in cache keys. Keyed by a secret of this process, they say nothing
#: about the credentials to whoever reads a key.
_PEPPER = secrets.token_bytes(32)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a registry knows a caller by.

    Args:
        username: The user or robot name.
        secret: Password or token; in no ``repr``. Empty where there is an identity token alone.
        source: Where it came from, for people: ``"configuration"``.
        identity_token: An OAuth refresh token, shown to the token service in place of a password.
        expires_at: When they end, in seconds since 1970; ``None`` where that is not known.
    """

    username: str
    secret: str = field(repr=False)
    source: str = "configuration"
    identity_token: str = field(default="", repr=False)
    expires_at: float | None = None

    @property
    def authorization(self) -> str:
        """The ``Authorization`` header that shows them, by Basic authentication."""
        return f"Basic {base64.b64encode(f'{self.username}:{self.secret}'.encode()).decode('ascii')}"

    @property
    def identity(self) -> str:
        """A name for these credentials that tells nothing about them."""
        return hmac.new(_PEPPER, self.fingerprint, hashlib.sha256).hexdigest()[:32]

    @property
    def fingerprint(self) -> bytes:
        """What tells these credentials from all others: a secret itself, to be hashed with a key."""
        parts = (self.username, self.secret, self.identity_token)
        return b"".join(b"%d:%s" % (len(part), part) for part in (text.encode() for text in parts))


class CredentialSource(Protocol):
    """Credentials that have to be asked for, and may end: a credential helper's, a plugin's."""

    @property
    def name(self) -> str:
        """Where they come from, for people: ``"docker-credential-pass"``."""

    def held(self, repository: str) -> Credentials | None:
        """Return what :meth:`obtain` gave last, while it is good."""

    async def obtain(self, repository: str) -> Credentials | None:
        """Return the credentials for a repository (its path), or ``None`` where there are none.

        Raises:
            UnauthorizedError: They could not be asked for; the message names the helper or the plugin.
        """

    def forget(self, repository: str, credentials: Credentials) -> None:
        """Note that what :meth:`obtain` gave was refused: it asks anew, though not more than once a minute."""


@dataclass(frozen=True, slots=True)
class TokenService:
    """A registry's token service, where it is known before the registry names it in a challenge."""

    realm: str
    service: str


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files for TLS; the system's trust store where ``ca_file`` is not given."""

    ca_file: str | None = None
    client_cert: str | None = None
    client_key: str | None = None


@dataclass(frozen=True, slots=True)
class Upstream:
    """The registry being asked.

    Args:
        registry: Its name in references, e.g. ``"docker.io"``.
        endpoint: Base URL of its distribution API, without a trailing slash.
        credentials: Sent to the endpoint and to its own token service only.
        source: Where to ask for the credentials, if they are not known beforehand.
        problem: Why there are none, where their source failed.
        withheld: Why those that there are are not shown to this endpoint.
        listed: Whether the operator named it in the configuration.
        auth_hosts: ``host[:port]`` of token services elsewhere that may receive the credentials.
        token_service: Asked for a token before the first request, which saves the first 401.
        meters_pulls: Whether a GET of a manifest counts against an allowance.
        exempt: Origins that may be reached though their address is not public.
        tls: PEM files for the endpoint.
        near: Registries that are known, one of which was probably meant, where nobody knows this one.
        listed_near: Those of them that the operator named.
        login_by: Who can see to its login: whoever is at this machine, the operator alone, or the caller, who
            signed in by it.
    """

    registry: str
    endpoint: str
    credentials: Credentials | None = None
    source: CredentialSource | None = field(default=None, repr=False)
    problem: str = ""
    withheld: str = ""
    listed: bool = False
    auth_hosts: frozenset[str] = frozenset()
    token_service: TokenService | None = None
    exempt: frozenset[Origin] = frozenset()
    meters_pulls: bool = False
    tls: TlsFiles = TlsFiles()
    near: tuple[str, ...] = ()
    listed_near: frozenset[str] = frozenset()
    login_by: Literal["here", "operator", "caller"] = "here"

    @property
    def origin(self) -> Origin:
        """The endpoint's origin."""
        origin = Origin.of(self.endpoint)
        if origin is None:
            raise ValueError(f"the endpoint of {self.registry} is no http(s) URL")
        return origin

    @property
    def declared_token_origin(self) -> Origin | None:
        """The origin of the token service that the plugin declared, if it did."""
        return Origin.of(self.token_service.realm) if self.token_service else None

    @property
    def identity(self) -> str:
        """Who asks: the partition of every cache, token and flight."""
        who = self.credentials.identity if self.credentials else "anonymous"
        return f"{who} by {self.tls.client_cert}" if self.tls.client_cert else who

    @property
    def credentials_source(self) -> str | None:
        """Where the credentials come from, for people; ``None`` where there are none."""
        if self.credentials is not None:
            return self.credentials.source
        return self.source.name if self.source is not None else None

    def is_listed(self, origin: Origin) -> bool:
        """Tell whether the operator, by listing this registry, named ``origin``: the plugin's word counts too."""
        return self.is_exempt(origin) or (self.listed and origin == self.declared_token_origin)

    def is_exempt(self, origin: Origin) -> bool:
        """Tell whether ``origin`` may have an address that is not public."""
        return origin in self.exempt or any(origin.is_named_by(host) for host in self.auth_hosts)
