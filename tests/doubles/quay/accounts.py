"""Who may log in with what, and where it counts.

==================  =========================  ==================================  =======================
credential          at ``/v2/auth``            at ``/api/v1/…``                    at ``…/security``
==================  =========================  ==================================  =======================
password            Basic                      not at all                          Basic
robot account       Basic, ``ns+robot:token``  not at all                          Basic
app-specific token  Basic, ``$app:token``      not at all                          Basic
OAuth application   Basic, ``$oauthtoken:…``   Bearer                              Bearer, or Basic
==================  =========================  ==================================  =======================

What does not count at ``/api/v1`` is not refused by itself: its bearer is a stranger there (q:
auth/decorators.py: the handler runs "regardless of success or failure").
Source: q: auth/decorators.py, auth/credentials.py, auth/credential_consts.py, auth/oauth.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

ROBOT = ("prometheus+ci", "ROBOTTOKEN0PROMETHEUS0CI")  #: Reads ``prometheus/internal``, and no other private one.
PASSWORD = ("ada", "analytical-engine")  #: A member of ``prometheus``, who owns ``ada/secret``.
APP_TOKEN = ("$app", "APPTOKEN0ADA")  #: Ada's, too.
OAUTH_TOKEN = "OAUTHTOKEN0ADA0REPO0READ"  #: Ada's, with ``repo:read``.
NARROW_TOKEN = "OAUTHTOKEN0ADA0USER0READ"  #: Ada's, with ``user:read`` alone.
GUEST_TOKEN = "OAUTHTOKEN0GRACE0REPO0READ"  #: Of Grace, who is a member of nothing.
SUPERUSER_TOKEN = "OAUTHTOKEN0ROOT0SUPER0USER"

READING = frozenset({"repo:read", "repo:write", "repo:admin", "super:user"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks, once credentials were looked at.

    Attributes:
        name: The user or robot; ``""`` for anybody.
        scopes: What an OAuth token was granted; ``None``: no token, and no such limit.
        reads: The private repositories of a robot.
        superuser: Whether a superuser asks, and is allowed to as such.
    """

    name: str = ""
    kind: Literal["anonymous", "user", "robot"] = "anonymous"
    scopes: frozenset[str] | None = None
    reads: frozenset[str] = frozenset()
    superuser: bool = False

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody is logged in."""
        return self.kind == "anonymous"


ANYBODY = Caller()


@dataclass(frozen=True, slots=True)
class Robot:
    """A robot account's token, and the private repositories that it was given."""

    token: str
    reads: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Grant:
    """An OAuth application token: whose it is, what for, and until when (``None``: for ever)."""

    user: str
    scopes: frozenset[str]
    expires: float | None = None


class CredentialsError(Exception):
    """Credentials that are not right; says why in Quay's words."""


@dataclass(slots=True)
class Accounts:
    """Every credential that a Quay knows."""

    passwords: dict[str, str] = field(default_factory=dict)
    robots: dict[str, Robot] = field(default_factory=dict)
    app_tokens: dict[str, str] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    superusers: frozenset[str] = frozenset()

    def by_basic(self, user: str, password: str, now: float) -> Caller:
        """Return who logs in with a user name and a password or token.

        Raises:
            CredentialsError: they are not right.
        """
        if user == "$oauthtoken":
            return self.by_token(password, now)
        if user == "$app":
            owner = self.app_tokens.get(password)
            if owner is None:
                raise CredentialsError("Invalid token")
            return self._user(owner)
        if "+" in user:
            robot = self.robots.get(user)
            if robot is None or robot.token != password:
                raise CredentialsError(f"Could not find robot with username: {user} and supplied password.")
            return Caller(name=user, kind="robot", reads=robot.reads)
        if self.passwords.get(user) != password:
            raise CredentialsError("Invalid Username or Password")
        return self._user(user)

    def by_token(self, token: str, now: float) -> Caller:
        """Return whose OAuth application token this is.

        Raises:
            CredentialsError: nobody's, or not any more.
        """
        grant = self.grants.get(token)
        if grant is None:
            raise CredentialsError("OAuth access token could not be validated")
        if grant.expires is not None and grant.expires <= now:
            raise CredentialsError("OAuth access token has expired")
        return self._user(grant.user, grant.scopes)

    def known(self, name: str) -> Caller:
        """Return a user or robot by name alone, as a registry token's subject names it."""
        if not name:
            return ANYBODY
        robot = self.robots.get(name)
        return self._user(name) if robot is None else Caller(name=name, kind="robot", reads=robot.reads)

    def _user(self, name: str, scopes: frozenset[str] | None = None) -> Caller:
        as_such = scopes is None or "super:user" in scopes
        return Caller(name=name, kind="user", scopes=scopes, superuser=as_such and name in self.superusers)


def default_accounts() -> Accounts:
    """Return the accounts that this module's constants name."""
    reading = frozenset({"repo:read"})
    return Accounts(
        passwords=dict([PASSWORD]),
        robots={ROBOT[0]: Robot(ROBOT[1], frozenset({"prometheus/internal"}))},
        app_tokens={APP_TOKEN[1]: "ada"},
        grants={
            OAUTH_TOKEN: Grant("ada", reading),
            NARROW_TOKEN: Grant("ada", frozenset({"user:read"})),
            GUEST_TOKEN: Grant("grace", reading),
            SUPERUSER_TOKEN: Grant("root", reading | {"super:user"}),
        },
        superusers=frozenset({"root"}),
    )
