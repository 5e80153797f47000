"""A faithful GitHub on loopback: ghcr.io with its token endpoint, and api.github.com.

::

    github = GitHubDouble()
    with github.serve() as places:
        ...  # ask places.registry.url and places.api.url
    assert github.violations == []
    assert [request.target for request in github.requests.api] == ["/users/acme"]

- **What there is**: :func:`default_catalogue.furnish` says it; ``github.catalogue.add_account``,
  ``.add_repository``, ``github.package``, ``.push``, ``.delete_version`` change it.
- **Tokens**: the constants here; ``github.catalogue.credentials`` takes more.
- **Limits**: ``github.api.limits.spend(leaving=0)``, ``github.api.limits.status = 429``.
- **Misbehaviour**: ``github.api.add(...)`` and ``github.registry.add(...)`` with :mod:`portcall.testing.quirks`,
  :class:`Outage`, :class:`SecondaryLimit`, :class:`MalformedRow`, :class:`ShortPage`.
- **Switches**: ``github.api.settings``.

Every behaviour has its source beside it: gh-spec is GitHub's published API document, gh-rate and docs.github.com
its documentation, ``#fs-N`` somebody's public code that met it, and [U] what could not be confirmed.
"""

from tests.doubles.ghcr.api import GitHubApi
from tests.doubles.ghcr.catalogue import Account, Catalogue, Package, Version
from tests.doubles.ghcr.credential import (
    ACTIONS_TOKEN,
    FINE_GRAINED_TOKEN,
    OCTO_TOKEN,
    SCOPELESS_TOKEN,
    STRANGER_TOKEN,
    Credential,
)
from tests.doubles.ghcr.default_catalogue import DOCKERFILE, OLD_DOCKERFILE
from tests.doubles.ghcr.double import GitHubDouble, Places, Requests
from tests.doubles.ghcr.extract import Extract
from tests.doubles.ghcr.faults import MalformedRow, Outage, SecondaryLimit, ShortPage
from tests.doubles.ghcr.registry import GhcrRegistry
from tests.doubles.ghcr.repository import Repository

__all__ = [
    "ACTIONS_TOKEN",
    "DOCKERFILE",
    "FINE_GRAINED_TOKEN",
    "OCTO_TOKEN",
    "OLD_DOCKERFILE",
    "SCOPELESS_TOKEN",
    "STRANGER_TOKEN",
    "Account",
    "Catalogue",
    "Credential",
    "Extract",
    "GhcrRegistry",
    "GitHubApi",
    "GitHubDouble",
    "MalformedRow",
    "Outage",
    "Package",
    "Places",
    "Repository",
    "Requests",
    "SecondaryLimit",
    "ShortPage",
    "Version",
]
