"""Traps of distribution 2.8.2 for a client: what these say, the product relies on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.testbed import content as c
from tests.testbed.push import digest_of
from tests.testbed.raw import ACCEPT, APP, APP_URL, NOWHERE, errors_of
from tests.testbed.shapes import CONTENT, SHAPES
from tests.testbed.skopeo import skopeo_list_tags
from tests.testbed.tags import MANY_TAGS

if TYPE_CHECKING:
    from tests.testbed.push import Push
    from tests.testbed.registry import RealRegistry

ABSENT = {"mediaType": c.OCI_MANIFEST, "digest": NOWHERE, "size": 7}
HUGE = c.artifact("a/b", annotations={"filler": "x" * (4 << 20)})


def test_tags_come_unsorted_all_at_once_whatever_was_asked(registry_with_3000_tags: RealRegistry) -> None:
    url = f"{registry_with_3000_tags.url}/v2/demo/tags/tags/list?n=10&last=v3"
    reply = httpx.get(url, trust_env=False)
    tags = reply.json()["tags"]
    assert "Link" not in reply.headers
    assert sorted(tags) == sorted(MANY_TAGS)
    assert tags != sorted(tags)


def test_each_of_3000_tags_leads_to_its_manifest(registry_with_3000_tags: RealRegistry, push: Push) -> None:
    client = push(registry_with_3000_tags)
    for number in (0, 29, 30, 1234, 2999):
        url = f"/v2/demo/tags/manifests/{MANY_TAGS[number]}"
        found = client.request("GET", url, headers=ACCEPT).json()["annotations"]
        assert found == {"com.example.number": str(number % 30)}
    assert sorted(skopeo_list_tags(registry_with_3000_tags, "demo/tags")) == sorted(MANY_TAGS)


def test_tags_are_null_once_the_last_is_gone(
    plain_registry: RealRegistry, push: Push, scratch_repository: str
) -> None:
    client = push(plain_registry)
    client.blob(scratch_repository, b"{}")
    digest = client.manifest(scratch_repository, "only", c.artifact("application/vnd.example.gone"))
    by_tag = client.request("DELETE", f"/v2/{scratch_repository}/manifests/only")
    by_digest = client.request("DELETE", f"/v2/{scratch_repository}/manifests/{digest}")
    assert (by_tag.status_code, errors_of(by_tag)) == (400, ["DIGEST_INVALID"])
    assert by_digest.status_code == 202
    tags = client.request("GET", f"/v2/{scratch_repository}/tags/list")
    assert tags.json() == {"name": scratch_repository, "tags": None}


def test_catalog_pages_by_a_relative_link_and_refuses_more_than_1000(plain: httpx.Client) -> None:
    page = plain.get("/v2/_catalog", params={"n": 2})
    assert page.json() == {"repositories": ["demo/app", "demo/artifact"]}
    assert page.headers["Link"] == '</v2/_catalog?last=demo%2Fartifact&n=2>; rel="next"'
    refused = plain.get("/v2/_catalog", params={"n": 1001})
    assert (refused.status_code, errors_of(refused)) == (400, ["PAGINATION_NUMBER_INVALID"])


def test_an_index_that_is_not_accepted_is_not_found(plain: httpx.Client) -> None:
    reply = plain.get(APP_URL, headers={"Accept": c.OCI_MANIFEST})
    assert (reply.status_code, errors_of(reply)) == (404, ["MANIFEST_UNKNOWN"])
    assert "accept header does not support OCI indexes" in reply.text


def test_a_docker_image_turns_into_schema1_for_who_accepts_anything(plain: httpx.Client) -> None:
    reply = plain.get("/v2/demo/docker/manifests/v2s2", headers={"Accept": "*/*"})
    assert reply.headers["Content-Type"] == c.DOCKER_SCHEMA1
    assert reply.headers["Docker-Content-Digest"] != SHAPES["demo/docker", "v2s2"].digest


def test_a_docker_list_that_is_not_accepted_gives_its_amd64_child(plain: httpx.Client) -> None:
    reply = plain.get("/v2/demo/docker/manifests/list", headers={"Accept": c.DOCKER_MANIFEST})
    assert reply.headers["Docker-Content-Digest"] == SHAPES["demo/docker", "v2s2"].digest


@pytest.mark.parametrize(
    ("path", "status", "codes"),
    [
        ("demo/app/manifests/absent", 404, ["MANIFEST_UNKNOWN"]),
        ("demo/absent/manifests/latest", 404, ["MANIFEST_UNKNOWN"]),
        ("demo/absent/tags/list", 404, ["NAME_UNKNOWN"]),
        (f"demo/app/blobs/{NOWHERE}", 404, ["BLOB_UNKNOWN"]),
        ("demo/app/manifests/sha256:12", 500, ["UNKNOWN"]),
    ],
)
def test_what_is_missing_is_answered_in_json(
    plain: httpx.Client, path: str, status: int, codes: list[str]
) -> None:
    reply = plain.get(f"/v2/{path}", headers=ACCEPT)
    assert (reply.status_code, errors_of(reply)) == (status, codes)


@pytest.mark.parametrize("path", [f"referrers/{APP.digest}", f"manifests/{'t' * 129}"])
def test_unknown_routes_are_answered_in_plain_text(plain: httpx.Client, path: str) -> None:
    reply = plain.get(f"/v2/demo/app/{path}")
    assert (reply.status_code, reply.text) == (404, "404 page not found\n")
    assert reply.headers["Content-Type"].startswith("text/plain")


def test_an_unchanged_tag_costs_no_body(plain: httpx.Client) -> None:
    reply = plain.get(APP_URL, headers=ACCEPT | {"If-None-Match": f'"{APP.digest}"'})
    assert (reply.status_code, reply.content) == (304, b"")


def test_a_part_of_a_blob_can_be_had(plain: httpx.Client) -> None:
    blob = next(blob for blob in CONTENT.blobs if blob.repository == "demo/app")
    url = f"/v2/demo/app/blobs/{digest_of(blob.data)}"
    whole, part = plain.get(url), plain.get(url, headers={"Range": "bytes=10-19"})
    assert (whole.content, whole.headers["Content-Type"]) == (blob.data, "application/octet-stream")
    assert (part.status_code, part.content) == (206, blob.data[10:20])


@pytest.mark.parametrize(
    ("document", "media_type", "code"),
    [
        pytest.param(c.index(ABSENT), "", "MANIFEST_BLOB_UNKNOWN", id="absent child"),
        pytest.param(c.artifact("a/b", ABSENT), "", "MANIFEST_BLOB_UNKNOWN", id="absent layer"),
        pytest.param(c.artifact("a/b"), c.DOCKER_MANIFEST, "MANIFEST_INVALID", id="another Content-Type"),
        pytest.param(c.artifact("a/b"), "application/json", "MANIFEST_INVALID", id="Content-Type of JSON"),
        pytest.param(b"garbage", c.OCI_MANIFEST, "MANIFEST_INVALID", id="not JSON"),
        pytest.param(HUGE, "", "MANIFEST_INVALID", id="over 4 MiB"),
    ],
)
def test_some_manifests_are_refused(
    plain_registry: RealRegistry, push: Push, document: Any, media_type: str, code: str
) -> None:
    client = push(plain_registry)
    client.blob("scratch/refused", b"{}")
    reply = client.put_manifest("scratch/refused", "no", document, media_type or None)
    assert (reply.status_code, errors_of(reply)) == (400, [code])
