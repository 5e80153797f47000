"""A Quay on loopback: quay.io as it is, or a self-hosted one by options.

::

    quay = QuayDouble()
    with quay.serve() as address:  # one address: /v2/…, /v2/auth, /api/v1/…, /v1/search
        httpx.get(f"{address.url}/api/v1/find/repositories?query=prometheus")
    assert [asked.operation for asked in quay.requests] == ["conductRepoSearch"]
    assert quay.violations == []

It reads and never writes. What it is strict about stands beside each rule with its source: **q:** is
quay/quay's own; **U** marks what could not be confirmed there.
"""

from tests.doubles.quay.accounts import (
    APP_TOKEN,
    GUEST_TOKEN,
    NARROW_TOKEN,
    OAUTH_TOKEN,
    PASSWORD,
    ROBOT,
    SUPERUSER_TOKEN,
    Accounts,
    Caller,
    Grant,
    Robot,
)
from tests.doubles.quay.catalogue import Catalogue, Namespace, QuayRepository, TagRow
from tests.doubles.quay.content import default_catalogue
from tests.doubles.quay.double import Asked, QuayDouble
from tests.doubles.quay.options import Options
from tests.doubles.quay.scans import Feature, Scan, Vulnerability
from tests.doubles.quay.switches import HtmlInsteadOfJson, MalformedRow, Outage, TooManyRequests

__all__ = [
    "APP_TOKEN",
    "GUEST_TOKEN",
    "NARROW_TOKEN",
    "OAUTH_TOKEN",
    "PASSWORD",
    "ROBOT",
    "SUPERUSER_TOKEN",
    "Accounts",
    "Asked",
    "Caller",
    "Catalogue",
    "Feature",
    "Grant",
    "HtmlInsteadOfJson",
    "MalformedRow",
    "Namespace",
    "Options",
    "Outage",
    "QuayDouble",
    "QuayRepository",
    "Robot",
    "Scan",
    "TagRow",
    "TooManyRequests",
    "Vulnerability",
    "default_catalogue",
]
