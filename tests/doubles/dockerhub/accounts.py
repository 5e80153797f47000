"""Who has an account at Docker Hub, and with which secrets they sign in."""

from __future__ import annotations

import hmac
import uuid
from dataclasses import dataclass, field
from hashlib import md5
from typing import Any, Literal

_JOINED = "2021-01-05T21:06:53.506400Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalToken:
    """A personal access token; hub-spec, createAccessTokenRequest.

    Attributes:
        secret: ``dckr_pat_…``.
        scopes: ``repo:admin``, ``repo:write``, ``repo:read``, or ``repo:public_read``: nothing private.
        active: Whether it was not revoked.
    """

    secret: str
    scopes: tuple[str, ...] = ("repo:read",)
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person's account.

    Attributes:
        name: The Docker ID.
        password: The password.
        tokens: Personal access tokens.
        code: The second factor's code, where there is a second factor.
        fields: What else ``/v2/users/{name}/`` tells.
    """

    name: str
    password: str
    tokens: tuple[PersonalToken, ...] = ()
    code: str | None = None
    full_name: str = ""
    fields: dict[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Return the account as told; cupdate ``internal/dockerhub/models.go``, hub-spec ``user``."""
        return _account(self.name, "username", self.full_name, "User") | self.fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """An organisation.

    Attributes:
        name: Its namespace.
        members: User names.
        tokens: Secrets of organisation access tokens, ``dckr_oat_…``.
        badge: ``verified_publisher``, ``open_source``, …
        fields: What else ``/v2/orgs/{name}/`` tells.
    """

    name: str
    members: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()
    full_name: str = ""
    badge: str = ""
    fields: dict[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Return the account as told; cupdate, ``badge`` seen with ``open_source``."""
        told = _account(self.name, "orgname", self.full_name, "Organization")
        return told | ({"badge": self.badge} if self.badge else {}) | self.fields


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who proved who they are.

    Attributes:
        name: User or organisation.
        source: How: ``password``, ``docker_pat`` or ``docker_oat``.
        namespaces: Whose private repositories they may see.
        scope: The token's scopes, as its JWT tells them.
    """

    name: str
    source: Literal["password", "docker_pat", "docker_oat"]
    namespaces: frozenset[str]
    scope: str = ""

    @property
    def uuid(self) -> str:
        """The account's identifier."""
        return account_uuid(self.name)


@dataclass(frozen=True, slots=True)
class SecondFactorNeeded:
    """The password was right, and does not suffice."""

    caller: Caller
    code: str


class Accounts:
    """All accounts, by name."""

    def __init__(self) -> None:
        self.users: dict[str, User] = {}
        self.organisations: dict[str, Organisation] = {}

    def add(self, account: User | Organisation) -> None:
        """Add an account, or replace the one of that name."""
        if isinstance(account, User):
            self.users[account.name] = account
        else:
            self.organisations[account.name] = account

    def sign_in(self, identifier: str, secret: str) -> Caller | SecondFactorNeeded | None:
        """Return who it is; ``None`` where the secret is wrong.

        Personal access tokens skip the second factor, by design (hub-mcp). An organisation's token goes
        with the organisation's name (hub-spec).
        """
        organisation = self.organisations.get(identifier)
        if organisation is not None:
            known = any(_same(secret, token) for token in organisation.tokens)
            return Caller(identifier, "docker_oat", frozenset({identifier})) if known else None
        user = self.users.get(identifier)
        if user is None:
            return None
        for token in user.tokens:
            if token.active and _same(secret, token.secret):
                return self._by_token(user, token)
        if not _same(secret, user.password):
            return None
        caller = Caller(user.name, "password", self._namespaces(user))
        return caller if user.code is None else SecondFactorNeeded(caller, user.code)

    def _by_token(self, user: User, token: PersonalToken) -> Caller:
        public_only = set(token.scopes) <= {"repo:public_read"}
        namespaces = frozenset[str]() if public_only else self._namespaces(user)
        return Caller(user.name, "docker_pat", namespaces, " ".join(token.scopes))

    def _namespaces(self, user: User) -> frozenset[str]:
        theirs = {each.name for each in self.organisations.values() if user.name in each.members}
        return frozenset({user.name, *theirs})


def account_uuid(name: str) -> str:
    """Return the identifier of an account, the same in every run."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{name}.hub.docker.com"))


def _account(name: str, name_field: str, full_name: str, kind: str) -> dict[str, Any]:
    identifier = account_uuid(name)
    picture = md5(name.encode(), usedforsecurity=False).hexdigest()
    return {
        # hub-spec: "The UUID trimmed".
        "id": identifier.replace("-", ""),
        "uuid": identifier,
        name_field: name,
        "full_name": full_name,
        "location": "",
        "company": "",
        "profile_url": "",
        "date_joined": _JOINED,
        "gravatar_url": f"https://www.gravatar.com/avatar/{picture}?s=80&r=g&d=mm",
        "gravatar_email": "",
        # Organization: #fs-70316026505; hub-spec has "Org".
        "type": kind,
    }


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
