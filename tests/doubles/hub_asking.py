"""Asking the Docker Hub double's REST API, in short."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from tests.doubles.dockerhub import DEFAULT_SECRETS, MANY_TAGS

NGINX = "/v2/namespaces/library/repositories/nginx"
LEDGER = "/v2/namespaces/acme/repositories/ledger"
MANY = f"/v2/namespaces/{MANY_TAGS.replace('/', '/repositories/')}/tags"

Ask = Callable[..., httpx.Response]


@contextmanager
def asking(url: str) -> Iterator[Ask]:
    """Yield ``ask(path, method="GET", token=None, **options)``."""
    with httpx.Client(base_url=url) as client:

        def ask(path: str, method: str = "GET", token: str | None = None, **options: Any) -> httpx.Response:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            return client.request(method, path, headers=headers, **options)

        yield ask


def signed_in(ask: Ask, identifier: str, secret: str) -> str:
    """Return a bearer token for one of the default secrets."""
    body = {"identifier": identifier, "secret": DEFAULT_SECRETS[secret]}
    answer = ask("/v2/auth/token", "POST", json=body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])
