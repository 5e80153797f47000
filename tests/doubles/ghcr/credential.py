"""Whose token it is, of which kind, and what it may do.

Sources (keys as in the package): only classic personal access tokens read packages, with the scope
``read:packages`` (gh-spec; docs.github.com; community discussion 210789 for fine-grained ones).
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["classic", "fine-grained", "actions"]

#: A classic token with read:packages and repo, of octo: a member of acme.
OCTO_TOKEN = "ghp_octo"
#: A classic token with read:packages, of somebody who is a member of nothing.
STRANGER_TOKEN = "ghp_stranger"
#: A classic token of octo without any scope.
SCOPELESS_TOKEN = "ghp_scopeless"
#: A fine-grained token of octo.
FINE_GRAINED_TOKEN = "github_pat_octo"
#: GITHUB_TOKEN of a workflow in acme/app.
ACTIONS_TOKEN = "ghs_acme_app"

_READING = frozenset({"read:packages", "write:packages", "delete:packages"})


@dataclass(frozen=True, slots=True)
class Credential:
    """A token of github.com.

    Attributes:
        value: The token itself.
        user: Login of its owner.
        kind: What sort of token.
        scopes: Scopes of a classic token.
    """

    value: str = field(repr=False)
    user: str
    kind: Kind = "classic"
    scopes: frozenset[str] = frozenset()

    @property
    def reads_packages(self) -> bool:
        """Whether it is of the one kind that the Packages API takes, and has the scope."""
        return self.kind == "actions" or (self.kind == "classic" and bool(self.scopes & _READING))

    @property
    def reads_private_repositories(self) -> bool:
        """Whether it may see what its owner may see."""
        return self.kind != "classic" or "repo" in self.scopes


DEFAULT_CREDENTIALS = (
    Credential(OCTO_TOKEN, "octo", scopes=frozenset({"read:packages", "repo"})),
    Credential(STRANGER_TOKEN, "stranger", scopes=frozenset({"read:packages"})),
    Credential(SCOPELESS_TOKEN, "octo"),
    Credential(FINE_GRAINED_TOKEN, "octo", "fine-grained"),
    Credential(ACTIONS_TOKEN, "octo", "actions"),
)


def sent_token(authorization: str) -> str:
    """Return the token in an ``Authorization`` header as api.github.com reads it; ``""`` where there is none.

    ``Bearer`` and ``token`` are the same to it; of Basic, the password counts (docs.github.com, "Authenticating
    to the REST API").
    """
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() != "basic":
        return value.strip()
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""
