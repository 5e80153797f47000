"""A Harbor on loopback: a fake registry with Harbor's token service and its API in front.

::

    harbor = HarborDouble()
    harbor.push("library/nginx", image([layer({"srv/app": "…"})]), tags=["1.27"])
    with harbor.serve() as address:  # one address: /v2/…, /service/token, /api/v2.0/…
        httpx.get(f"{address.url}/api/v2.0/projects")
    assert harbor.violations == []

It reads and never writes. What it is strict about stands beside each rule, with its place in goharbor/harbor.
"""

from harbor_double.accounts import EVERYTHING, PULL, Account
from harbor_double.double import HarborDouble
from harbor_double.site import About, Project, Scan

__all__ = ["EVERYTHING", "PULL", "About", "Account", "HarborDouble", "Project", "Scan"]
