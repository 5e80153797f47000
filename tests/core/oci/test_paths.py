"""What becomes part of a request's path stays there."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.http.asking import AMD64, REPOSITORY, asking, bench, entry, refused, serving, unhurried

from portcall.errors import InvalidReferenceError
from portcall.http.upstream import Upstream
from portcall.oci.descriptor import Descriptor
from portcall.oci.paths import resource_url
from portcall.reference import is_tag
from portcall.testing import image, layer

pytestmark = pytest.mark.anyio

HEX = AMD64.digest.removeprefix("sha256:")
#: What is no digest; unchecked, some of these ask for something else (CVE-2024-3727).
NO_DIGESTS = [
    "sha256:../../v2/x",
    "sha256:..",
    "sha512:ab",
    "sha256:12",
    f"SHA256:{HEX}",
    f"sha256:{HEX.upper()}",
    f"sha256:{HEX}?x=1",
    f"sha256:{HEX}#x",
    f"sha256:{HEX}/../x",
    f"sha256:{HEX}%2e%2e",
    f"sha256:{HEX} ",
    f"sha256:{HEX}\n",
    f"sha256:{HEX}0",
    f"sha256:{HEX[:-1]}",
    f"md5:{HEX[:32]}",
    f"sha256-{HEX}",
    f"sha256:{'٠' * 64}",
    ":",
    "",
]
NO_TAGS = ["../x", "a/b", "a?b", "a#b", "a%2fb", ".", "..", "-a", " a", "a b", "a\n", "é", "a" * 129]
NO_REPOSITORIES = ["", "/", "a//b", "../a", "a/..", "a/./b", "a/", "/a", "..."]


@pytest.mark.parametrize("digest", [digest for digest in NO_DIGESTS if digest == digest.strip()])
async def test_reference_with_a_malformed_digest_sends_nothing(digest: str):
    with serving() as registry:
        async with asking(entry(registry.address)) as gateway:
            with refused("invalid_reference"):
                await gateway.get_image_details(f"{registry.address.netloc}/{REPOSITORY}@{digest}")
        assert registry.requests == []


@pytest.mark.parametrize("identifier", [text for text in (*NO_TAGS, *NO_DIGESTS) if not is_tag(text)])
@pytest.mark.parametrize("method", ["manifest", "resolve"])
async def test_what_is_neither_tag_nor_digest_is_not_asked_for(identifier: str, method: str):
    with serving() as registry:
        async with bench() as made:
            with refused("invalid_reference"):
                await getattr(made.distribution(registry.address), method)(REPOSITORY, identifier)
        assert registry.requests == []


@pytest.mark.parametrize("repository", NO_REPOSITORIES)
async def test_repository_that_would_leave_its_path_is_not_asked_for(repository: str):
    with serving() as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address)
            for ask in (distribution.manifest(repository, "1"), distribution.tags(repository)):
                with refused("invalid_reference"):
                    await ask
        assert registry.requests == []


@pytest.mark.parametrize("digest", NO_DIGESTS)
async def test_blob_is_only_asked_for_by_a_digest(digest: str):
    with serving() as registry:
        async with bench() as made:
            with refused("invalid_reference"):
                await made.distribution(registry.address).blob(REPOSITORY, Descriptor("", digest, 2))
        assert registry.requests == []


@pytest.mark.parametrize(
    ("repository", "tag"),
    [
        ("app", "1"),
        ("a/b/c/d/e", "latest"),
        ("a__b/c-d.e--f", "_1.0-RC.1_x"),
        ("library/nginx", "v" + "1" * 127),
        ("x" * 255, "1"),
    ],
)
async def test_reference_becomes_these_requests(repository: str, tag: str):
    with serving() as registry:
        registry.push(repository, AMD64, tags=[tag])
        async with asking(entry(registry.address)) as gateway:
            await gateway.get_image_details(f"{registry.address.netloc}/{repository}:{tag}")
            await gateway.get_manifest(f"{registry.address.netloc}/{repository}:{tag}@{AMD64.digest}")
            await gateway.search_tags(f"{registry.address.netloc}/{repository}")
        assert [f"{one.method} {one.target}" for one in registry.requests] == [
            f"GET /v2/{repository}/manifests/{tag}",
            f"GET /v2/{repository}/blobs/{AMD64.config_digest}",
            f"GET /v2/{repository}/tags/list?n=1000",
        ]


async def test_reference_with_tag_and_digest_asks_for_the_digest():
    with serving() as registry:
        async with asking(entry(registry.address)) as gateway:
            await gateway.get_manifest(f"{registry.address.netloc}/{REPOSITORY}:no-such-tag@{AMD64.digest}")
        assert [one.reference for one in registry.requests] == [AMD64.digest]


async def test_endpoint_may_have_a_path_of_its_own():
    with serving() as registry:
        built = image([layer({"a": "1"})])
        registry.push("mirror/hub/app", built, tags=["1"])
        listed = {"hub.example": {"endpoint": f"{registry.address.url}/v2/mirror/hub/"}}
        async with asking(listed) as gateway:
            with refused("not_found"):
                await gateway.get_manifest("hub.example/app:1")
        assert registry.requests[0].path == "/v2/mirror/hub/v2/app/manifests/1"


@unhurried
@given(st.text(max_size=40), st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.:-]{0,40}", fullmatch=True))
def test_any_path_that_is_built_leads_where_it_says(repository: str, identifier: str):
    upstream = Upstream("registry.example", "https://registry.example")
    try:
        url = resource_url(upstream, repository, "manifests", identifier)
    except InvalidReferenceError:
        return
    sent = httpx.URL(url)
    assert sent.host == "registry.example"
    assert sent.query == b""
    assert urlsplit(url).fragment == ""
    assert unquote(sent.raw_path.decode()) == f"/v2/{repository}/manifests/{identifier}"
