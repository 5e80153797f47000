"""The fake registry answers as the distribution specification says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portcall.digest import digest_of
from portcall.testing import (
    FakeRegistry,
    Request,
    artifact,
    image,
    index,
    layer,
    odd_manifests,
    schema1,
)
from portcall.testing.answers import blob_reply

if TYPE_CHECKING:
    from collections.abc import Iterator

APP = image([layer({"srv/app": "one\n"})])
BOTH = index([APP, image([layer({"srv/app": "two\n"})], platform="linux/arm64/v8")])
ABSENT = digest_of(b"absent")


@pytest.fixture
def registry() -> Iterator[FakeRegistry]:
    registry = FakeRegistry()
    registry.push("shop/api", BOTH, tags=["1.4.2", "latest"])
    with registry.serve():
        yield registry


@pytest.fixture
def client(registry: FakeRegistry) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=registry.address.url, verify=False, trust_env=False) as client:
        yield client


def code(answer: httpx.Response) -> str:
    (error,) = answer.json()["errors"]
    assert error["message"]
    return str(error["code"])


def test_ping_is_an_empty_object_with_the_api_version(client: httpx.Client):
    answer = client.get("/v2/")
    assert (answer.status_code, answer.json()) == (200, {})
    assert answer.headers["Docker-Distribution-Api-Version"] == "registry/2.0"


@pytest.mark.parametrize("reference", ["1.4.2", "latest", BOTH.digest, APP.digest])
def test_manifest_is_served_by_tag_and_by_digest_down_to_the_byte(client: httpx.Client, reference: str):
    built = APP if reference == APP.digest else BOTH
    answer = client.get(f"/v2/shop/api/manifests/{reference}")
    assert answer.content == built.manifest
    assert answer.headers["Docker-Content-Digest"] == built.digest
    assert answer.headers["Content-Type"] == built.media_type


def test_head_has_the_headers_of_get_and_no_body(client: httpx.Client):
    for path in ("manifests/latest", f"blobs/{APP.config_digest}"):
        head, get = client.head(f"/v2/shop/api/{path}"), client.get(f"/v2/shop/api/{path}")
        assert head.content == b""
        for name in ("Content-Type", "Content-Length", "Docker-Content-Digest", "ETag"):
            assert head.headers[name] == get.headers[name]


def test_blobs_are_served_with_their_digest(client: httpx.Client):
    for digest, blob in APP.blobs.items():
        answer = client.get(f"/v2/shop/api/blobs/{digest}")
        assert answer.content == blob
        assert answer.headers["Docker-Content-Digest"] == digest


@pytest.mark.parametrize(
    ("path", "status", "expected"),
    [
        ("shop/api/manifests/none", 404, "MANIFEST_UNKNOWN"),
        (f"shop/api/manifests/{ABSENT}", 404, "MANIFEST_UNKNOWN"),
        ("shop/api/manifests/sha256:12", 400, "DIGEST_INVALID"),
        (f"shop/api/blobs/{ABSENT}", 404, "BLOB_UNKNOWN"),
        ("shop/api/blobs/sha256:12", 400, "DIGEST_INVALID"),
        ("shop/none/manifests/latest", 404, "NAME_UNKNOWN"),
        ("shop/none/tags/list", 404, "NAME_UNKNOWN"),
        ("Shop/api/tags/list", 400, "NAME_INVALID"),
        ("shop//api/tags/list", 400, "NAME_INVALID"),
        ("shop/api/tags/list?n=many", 400, "PAGINATION_NUMBER_INVALID"),
        ("shop/api/referrers/latest", 400, "DIGEST_INVALID"),
        ("shop/api/nonsense", 404, "UNSUPPORTED"),
        ("shop/api/tags/other", 404, "UNSUPPORTED"),
    ],
)
def test_errors_carry_the_specifications_codes(client: httpx.Client, path: str, status: int, expected: str):
    answer = client.get(f"/v2/{path}")
    assert (answer.status_code, code(answer)) == (status, expected)
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("method", ["PUT", "POST", "PATCH", "DELETE"])
def test_writing_over_the_wire_is_refused(client: httpx.Client, method: str):
    answer = client.request(method, "/v2/shop/api/manifests/latest", content=b"{}")
    assert (answer.status_code, code(answer)) == (405, "UNSUPPORTED")


def test_what_the_client_has_is_not_sent_again(client: httpx.Client):
    etag = client.get("/v2/shop/api/manifests/latest").headers["ETag"]
    answer = client.get("/v2/shop/api/manifests/latest", headers={"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (304, b"")


def test_encoded_slashes_in_a_name_mean_slashes(client: httpx.Client):
    assert client.get("/v2/shop%2Fapi/manifests/latest").status_code == 200


# Ranges


def test_range_is_answered_with_the_part_and_where_it_is(client: httpx.Client):
    blob = APP.layers[0].blob
    answer = client.get(f"/v2/shop/api/blobs/{APP.layers[0].digest}", headers={"Range": "bytes=3-6"})
    assert (answer.status_code, answer.content) == (206, blob[3:7])
    assert answer.headers["Content-Range"] == f"bytes 3-6/{len(blob)}"


def test_range_past_the_end_is_not_satisfiable(client: httpx.Client):
    blob = APP.layers[0].blob
    answer = client.get(f"/v2/shop/api/blobs/{APP.layers[0].digest}", headers={"Range": "bytes=999999-"})
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{len(blob)}"


@settings(deadline=None)
@given(content=st.binary(min_size=1, max_size=50), first=st.integers(0, 60), length=st.integers(1, 60))
def test_any_range_is_the_slice_that_it_names(content: bytes, first: int, length: int):
    asked = Request(method="GET", path="/", headers={"range": f"bytes={first}-{first + length - 1}"})
    reply = blob_reply(asked, content, {})
    expected = content[first : first + length]
    assert (reply.status, reply.body if expected else b"") == ((206, expected) if expected else (416, b""))


@settings(deadline=None)
@given(content=st.binary(min_size=1, max_size=50), length=st.integers(1, 60))
def test_any_suffix_range_is_the_end(content: bytes, length: int):
    asked = Request(method="GET", path="/", headers={"range": f"bytes=-{length}"})
    assert blob_reply(asked, content, {}).body == content[-length:]


@pytest.mark.parametrize("header", ["bytes=", "bytes=-", "items=0-1", "bytes=0-1,4-5", "bytes=a-b"])
def test_range_that_is_not_understood_is_ignored(header: str):
    reply = blob_reply(Request(method="GET", path="/", headers={"range": header}), b"whole", {})
    assert (reply.status, reply.body) == (200, b"whole")


# Lists


def test_tags_are_sorted_and_whole_without_n(client: httpx.Client, registry: FakeRegistry):
    for tag in ("b", "a", "10", "9", "Z"):
        registry.tag("shop/api", tag, "latest")
    answer = client.get("/v2/shop/api/tags/list")
    assert answer.json() == {"name": "shop/api", "tags": ["1.4.2", "10", "9", "Z", "a", "b", "latest"]}
    assert "Link" not in answer.headers


@pytest.mark.parametrize("page_size", [None, 3])
@settings(deadline=None)
@given(tags=st.sets(st.from_regex(r"[a-z0-9_][a-z0-9._-]{0,5}", fullmatch=True)), n=st.integers(1, 7))
def test_following_links_shows_every_tag_once(page_size: int | None, tags: set[str], n: int):
    registry = FakeRegistry(page_size=page_size)
    registry.push("r", APP, tags=tags)
    found: list[str] = []
    query: str | None = f"n={n}"
    while query is not None:
        reply = registry.answer(
            Request(method="GET", path="/v2/r/tags/list", query=query, kind="tags", repository="r")
        )
        page = reply.document["tags"]
        assert len(page) <= min(n, page_size or n)
        found += page
        link = reply.header("Link")
        query = None if link is None else link.partition("?")[2].partition(">")[0]
    assert found == sorted(tags)


def test_link_is_relative_and_carries_n_and_last(client: httpx.Client):
    answer = client.get("/v2/shop/api/tags/list", params={"n": 1})
    assert answer.headers["Link"] == '</v2/shop/api/tags/list?n=1&last=1.4.2>; rel="next"'


def test_zero_tags_are_an_empty_list_without_a_link(client: httpx.Client):
    answer = client.get("/v2/shop/api/tags/list", params={"n": 0})
    assert answer.json()["tags"] == []
    assert "Link" not in answer.headers


def test_last_need_not_exist(client: httpx.Client):
    assert client.get("/v2/shop/api/tags/list", params={"last": "2"}).json()["tags"] == ["latest"]


def test_pushed_order_is_oldest_first_and_pages_all_the_same():
    registry = FakeRegistry(tag_order="pushed", page_size=2)
    registry.push("r", APP, tags=["c", "a", "b"])
    with registry.serve() as address:
        first = httpx.get(f"{address.url}/v2/r/tags/list", verify=False)
        second = httpx.get(f"{address.url}/v2/r/tags/list?n=2&last=a", verify=False)
    assert (first.json()["tags"], second.json()["tags"]) == (["c", "a"], ["b"])


def test_catalog_lists_repositories(client: httpx.Client, registry: FakeRegistry):
    registry.push("base/debian", APP)
    assert client.get("/v2/_catalog").json() == {"repositories": ["base/debian", "shop/api"]}
    answer = client.get("/v2/_catalog", params={"n": 1})
    assert answer.headers["Link"] == '</v2/_catalog?n=1&last=base%2Fdebian>; rel="next"'


# Referrers


def test_referrers_are_an_index_of_what_has_the_subject(client: httpx.Client, registry: FakeRegistry):
    sbom = artifact("application/vnd.sbom", subject=APP, annotations={"made": "now"})
    image_referrer = image(subject=APP)
    for built in (sbom, image_referrer, artifact("application/vnd.other", subject=BOTH)):
        registry.push("shop/api", built)
    answer = client.get(f"/v2/shop/api/referrers/{APP.digest}")
    assert answer.headers["Content-Type"] == "application/vnd.oci.image.index.v1+json"
    assert "OCI-Filters-Applied" not in answer.headers
    assert answer.json()["manifests"] == [
        sbom.descriptor(artifactType="application/vnd.sbom", annotations={"made": "now"}),
        image_referrer.descriptor(artifactType="application/vnd.oci.image.config.v1+json"),
    ]


def test_referrers_are_filtered_by_type_and_say_so(client: httpx.Client, registry: FakeRegistry):
    registry.push("shop/api", artifact("application/vnd.a", subject=APP))
    wanted = artifact("application/vnd.b", subject=APP)
    registry.push("shop/api", wanted)
    answer = client.get(f"/v2/shop/api/referrers/{APP.digest}", params={"artifactType": "application/vnd.b"})
    assert [line["digest"] for line in answer.json()["manifests"]] == [wanted.digest]
    assert answer.headers["OCI-Filters-Applied"] == "artifactType"


def test_referrers_of_nothing_are_an_empty_index(client: httpx.Client):
    answer = client.get(f"/v2/shop/api/referrers/{ABSENT}")
    assert (answer.status_code, answer.json()["manifests"]) == (200, [])


def test_referrers_are_paged_by_link():
    registry = FakeRegistry(page_size=2)
    registry.push("r", APP)
    for number in range(5):
        registry.push("r", artifact(f"application/vnd.example+{number}", subject=APP))
    path, found = f"/v2/r/referrers/{APP.digest}", []
    with registry.serve() as address, httpx.Client(base_url=address.url, verify=False) as client:
        while path:
            answer = client.get(path)
            found += answer.json()["manifests"]
            path = answer.links.get("next", {}).get("url", "")
    assert len(found) == 5
    assert registry.count("referrers") == 3


def test_fallback_tag_lists_the_referrers(client: httpx.Client, registry: FakeRegistry):
    registry.push("shop/api", artifact("application/vnd.sbom", subject=APP))
    tag = registry.push_fallback_tag("shop/api", APP.digest)
    assert tag == APP.digest.replace(":", "-")
    listed = client.get(f"/v2/shop/api/manifests/{tag}").json()
    assert listed == client.get(f"/v2/shop/api/referrers/{APP.digest}").json()


# Content by Python


def test_push_returns_the_digest_and_moves_tags(registry: FakeRegistry):
    assert registry.push("shop/api", APP, tags=["latest"]) == APP.digest
    assert registry.digest("shop/api", "latest") == APP.digest
    assert registry.digest("shop/api", "1.4.2") == BOTH.digest


def test_deleted_tag_leaves_manifest_and_siblings(client: httpx.Client, registry: FakeRegistry):
    registry.delete_tag("shop/api", "latest")
    assert client.get("/v2/shop/api/manifests/latest").status_code == 404
    assert client.get(f"/v2/shop/api/manifests/{BOTH.digest}").status_code == 200
    assert client.get("/v2/shop/api/tags/list").json()["tags"] == ["1.4.2"]


def test_deleted_manifest_takes_its_tags_along(client: httpx.Client, registry: FakeRegistry):
    registry.delete("shop/api", BOTH.digest)
    assert client.get("/v2/shop/api/tags/list").json()["tags"] == []
    registry.delete("shop/api", APP.config_digest)
    assert client.get(f"/v2/shop/api/blobs/{APP.config_digest}").status_code == 404
    registry.delete("shop/api")
    assert code(client.get("/v2/shop/api/tags/list")) == "NAME_UNKNOWN"


def test_what_is_not_there_cannot_be_tagged_or_deleted(registry: FakeRegistry):
    for fails in (
        lambda: registry.tag("shop/api", "new", "none"),
        lambda: registry.tag("none", "new", "latest"),
        lambda: registry.delete_tag("shop/api", "none"),
        lambda: registry.delete("shop/api", ABSENT),
        lambda: registry.digest("shop/api", "none"),
    ):
        with pytest.raises(KeyError):
            fails()


def test_blobs_and_bare_bytes_can_be_pushed(client: httpx.Client, registry: FakeRegistry):
    blob = registry.push_blob("shop/api", b"loose", algorithm="sha512")
    assert client.get(f"/v2/shop/api/blobs/{blob}").content == b"loose"
    digest = registry.push("shop/api", b"no manifest at all", tags=["bad"])
    assert client.get(f"/v2/shop/api/manifests/{digest}").content == b"no manifest at all"


@pytest.mark.parametrize("name", ["sha512", "not-json"])
def test_odd_content_is_served_as_it_is(client: httpx.Client, registry: FakeRegistry, name: str):
    built = {**odd_manifests(), "not-json": schema1()}[name]
    registry.push("odd", built, tags=["it"])
    answer = client.get("/v2/odd/manifests/it")
    assert (answer.content, answer.headers["Docker-Content-Digest"]) == (built.manifest, built.digest)
    assert client.get(f"/v2/odd/referrers/{ABSENT}").status_code == 200


# Its memory


def test_requests_are_recorded_with_what_they_asked_and_sent(client: httpx.Client, registry: FakeRegistry):
    client.get("/v2/shop%2Fapi/manifests/latest?a=%2F", headers={"Authorization": "Basic YTpi", "Accept": "x/y"})
    (asked,) = registry.requests
    assert (asked.method, asked.path, asked.query) == ("GET", "/v2/shop%2Fapi/manifests/latest", "a=%2F")
    assert (asked.kind, asked.repository, asked.reference) == ("manifest", "shop/api", "latest")
    assert (asked.status, asked.authorization, asked.scheme_used) == (200, "Basic YTpi", "basic")
    assert asked.headers["accept"] == "x/y"
    assert asked.accepts == {"x/y"}


def test_requests_without_credentials_say_none(client: httpx.Client, registry: FakeRegistry):
    client.get("/v2/")
    assert (registry.requests[0].authorization, registry.requests[0].scheme_used) == (None, None)


def test_requests_are_counted_by_kind(client: httpx.Client, registry: FakeRegistry):
    for path in (
        "",
        "_catalog",
        "shop/api/tags/list",
        "shop/api/manifests/latest",
        f"shop/api/referrers/{ABSENT}",
    ):
        client.get(f"/v2/{path}")
    client.get(f"/v2/shop/api/blobs/{APP.config_digest}")
    client.head("/v2/shop/api/manifests/none")
    kinds = [request.kind for request in registry.requests]
    assert kinds == ["ping", "catalog", "tags", "manifest", "referrers", "blob", "manifest"]
    assert registry.count() == 7
    assert registry.count("manifest") == 2
    assert registry.count("manifest", method="HEAD") == 1
    assert registry.count(status=404, repository="shop/api", reference="none") == 1


def test_only_pulled_manifests_are_metered(client: httpx.Client, registry: FakeRegistry):
    client.head("/v2/shop/api/manifests/latest")
    client.get("/v2/shop/api/manifests/none")
    client.get("/v2/shop/api/tags/list")
    assert registry.metered == 0
    client.get("/v2/shop/api/manifests/latest")
    assert registry.metered == 1
    registry.forget()
    assert (registry.metered, registry.requests, registry.peak) == (0, [], 0)


def test_negotiation_is_left_to_the_client(client: httpx.Client):
    answer = client.get("/v2/shop/api/manifests/latest", headers={"Accept": "text/plain"})
    assert answer.content == BOTH.manifest
