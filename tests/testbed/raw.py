"""Asking a registry by plain HTTP, without any help from the product."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.testbed import content as c
from tests.testbed.shapes import SHAPES

if TYPE_CHECKING:
    import httpx

ACCEPT = {"Accept": ", ".join((c.OCI_INDEX, c.OCI_MANIFEST, c.DOCKER_LIST, c.DOCKER_MANIFEST))}
NOWHERE = "sha256:" + "0" * 64
APP = SHAPES["demo/app", "1.0"]
APP_URL = "/v2/demo/app/manifests/1.0"


def errors_of(response: httpx.Response) -> list[str]:
    """Return the codes of a registry's error document."""
    assert response.headers["Content-Type"].startswith("application/json")
    return [error["code"] for error in response.json()["errors"]]
