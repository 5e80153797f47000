"""olareg, where it can be had, knows what distribution does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.testbed import go_registry
from tests.testbed.raw import ACCEPT, APP, NOWHERE
from tests.testbed.shapes import PUSHED_TAGS, SHAPES

if TYPE_CHECKING:
    from tests.testbed.push import Push
    from tests.testbed.registry import RealRegistry


def test_holds_every_shape_but_those_that_it_refuses(oci11_registry: RealRegistry, push: Push) -> None:
    client = push(oci11_registry)
    for (repository, tag), shape in SHAPES.items():
        reply = client.request("HEAD", f"/v2/{repository}/manifests/{tag}", headers=ACCEPT)
        if (repository, tag) in go_registry.OLAREG_REFUSES:
            assert reply.status_code == 404
        else:
            assert reply.headers["Docker-Content-Digest"] == shape.digest, shape.description


def test_lists_and_filters_referrers(oci11_registry: RealRegistry, push: Push) -> None:
    client = push(oci11_registry)
    url = f"/v2/demo/app/referrers/{APP.digest}"
    kinds = [f"application/vnd.example.{kind}.v1+json" for kind in ("sbom", "scan")]
    everything = client.request("GET", url).json()["manifests"]
    assert sorted(one["artifactType"] for one in everything) == kinds
    filtered = client.request("GET", url, params={"artifactType": kinds[1]})
    assert filtered.headers["OCI-Filters-Applied"] == "artifactType"
    assert [one["artifactType"] for one in filtered.json()["manifests"]] == kinds[1:]


def test_pages_through_sorted_tags(oci11_registry: RealRegistry, push: Push) -> None:
    reply = push(oci11_registry).request("GET", "/v2/demo/tags/tags/list?n=3")
    assert reply.json()["tags"] == sorted(PUSHED_TAGS)[:3]
    assert reply.headers["Link"] == "</v2/demo/tags/tags/list?last=1.0.0-alpine&n=3>; rel=next"


def test_knows_nothing_as_null_and_empty(oci11_registry: RealRegistry, push: Push) -> None:
    client = push(oci11_registry)
    assert client.request("GET", f"/v2/demo/app/referrers/{NOWHERE}").json()["manifests"] is None
    assert client.request("GET", "/v2/demo/absent/tags/list").json()["tags"] == []
