"""A registry with quirks, and who asks it; each quirk that is chosen has to show."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx

from portcall.testing import FakeRegistry, image, index, layer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.testing.quirks import Quirk

APP = image([layer({"srv/app": "hello\n" * 100})])
BOTH = index([APP, image(platform="linux/arm64/v8")])
DOCKER = index([image(docker=True), image(docker=True, platform="linux/arm64/v8")], docker=True)
TAGS = ["a", "b", "c", "d", "e"]
MANIFEST = "/v2/shop/api/manifests/a"
LIST = "/v2/shop/api/tags/list"
BLOB = f"/v2/shop/api/blobs/{APP.layers[0].digest}"
REFERRERS = f"/v2/shop/api/referrers/{APP.digest}"


class Client(httpx.Client):
    """Reaches the registry of a test."""

    registry: FakeRegistry


@contextmanager
def asking(*chosen: Quirk, **options: Any) -> Iterator[Client]:
    registry = FakeRegistry(quirks=chosen, **options)
    registry.push("shop/api", BOTH, tags=TAGS)
    with registry.serve() as address, Client(base_url=address.url, verify=False, trust_env=False) as client:
        client.registry = registry
        yield client
    for quirk in chosen:
        assert registry.fired(type(quirk)) > 0, "the quirk never showed"


def next_link(answer: httpx.Response) -> str | None:
    return answer.links.get("next", {}).get("url")


def code(answer: httpx.Response) -> str:
    return str(answer.json()["errors"][0]["code"])
