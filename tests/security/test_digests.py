"""Digests become parts of addresses: what is none is refused before any request."""

from __future__ import annotations

from typing import Any

import pytest
from tests.core.http.asking import AMD64, PASSWORD, REPOSITORY, USER, asking, with_password
from tests.core.oci.test_paths import NO_DIGESTS
from tests.security.advisory import advisory
from tests.security.watch import Watch

from portcall.reference import is_tag
from portcall.testing import BasicAuth, FakeRegistry, amend, encode, index, quirks

pytestmark = pytest.mark.anyio

HEX = AMD64.digest.removeprefix("sha256:")
#: Beyond what is no digest at all: what would end a path, or climb out of it, behind a good one.
ESCAPES = [
    f"sha256:{HEX}/../../../../secret/manifests/1",
    f"sha256:{HEX}%2f..%2f..",
    f"sha256:{HEX}?n=1",
    f"sha256:{HEX}#",
    f"sha256:{HEX}&x=1",
    f"sha256:{HEX}\x00",
    f"sha256:{HEX}\r\nX-Evil: 1",
    f"sha256:{HEX[:-6]}%2e%2e",
    f"sha256:{HEX[:-2]}..",
    "sha256:../../../../v2/secret/manifests/1",
    "sha256:%2e%2e%2f%2e%2e",
    f"sha384:{HEX}{HEX[:32]}",
    f"sha512:{HEX}",
    f"sha256:sha256:{HEX}",
    f"sha256+b64:{HEX}",
    f"multihash+base58:{HEX}",
    f"\u2003sha256:{HEX}",
    f"sha256:{HEX.translate(str.maketrans('0123456789', '０１２３４５６７８９'))}",
    "../../v2/secret/manifests/1",
]
HOSTILE = list(dict.fromkeys([*NO_DIGESTS, *ESCAPES]))


def filled() -> FakeRegistry:
    registry = FakeRegistry(auth=BasicAuth({USER: PASSWORD}))
    registry.push(REPOSITORY, AMD64, tags=["1"])
    registry.push("secret", AMD64, tags=["1"])
    return registry


@advisory("CVE-2024-3727")
@pytest.mark.parametrize("digest", [digest for digest in HOSTILE if digest.strip() == digest != ""], ids=ascii)
async def test_argument_that_is_no_digest_sends_nothing(watch: Watch, digest: str):
    registry = filled()
    with registry.serve() as address:
        async with asking(with_password(address)) as gateway:
            name = f"{address.netloc}/{REPOSITORY}"
            told = await watch.ask_everything(gateway, f"{name}@{digest}")
            (check,) = told.pop("check_images").answer.checks
            assert check.error.code == "invalid_reference"
            assert {outcome.code for outcome in told.values()} == {"invalid_reference"}
            # As a separate argument, `sha256-…` is a tag: what signatures are attached by.
            for tool in () if is_tag(digest) else ("get_image_details", "get_manifest"):
                outcome = await watch.ask(gateway, tool, image_name=name, tag=digest)
                assert outcome.code in {"invalid_argument", "invalid_reference"}
    assert registry.requests == []


def with_digest(where: str, digest: Any) -> Any:
    """Return a manifest that points at something by ``digest``."""
    document = AMD64.document
    if where == "child":
        both = index([AMD64])
        return amend(both, manifests=[{**both.document["manifests"][0], "digest": digest}])
    if where == "layer":
        return amend(AMD64, layers=[{**document["layers"][0], "digest": digest}])
    return amend(AMD64, **{where: {**document["config"], "digest": digest}})


@advisory("CVE-2024-3727")
@pytest.mark.parametrize("digest", [*HOSTILE, None, 7, [AMD64.digest], {"a": 1}], ids=ascii)
@pytest.mark.parametrize("where", ["config", "layer", "child", "subject"])
async def test_digest_in_a_hostile_manifest_is_never_asked_for(watch: Watch, where: str, digest: Any):
    """It would be asked for with the registry's credentials."""
    registry = filled()
    registry.push(REPOSITORY, with_digest(where, digest), tags=["evil"])
    with registry.serve() as address:
        async with asking(with_password(address)) as gateway:
            told = await watch.ask_everything(gateway, f"{address.netloc}/{REPOSITORY}:evil")
    assert told["get_image_details"].code == "upstream_error"
    allowed = {
        "/v2/",
        f"/v2/{REPOSITORY}/tags/list",
        *(f"/v2/{REPOSITORY}/manifests/{tag}" for tag in ("evil", "1", registry.digest(REPOSITORY, "evil"))),
    }
    assert {one.path for one in registry.requests} <= allowed
    assert registry.count("blob") == 0


@advisory("CVE-2024-3727")
@pytest.mark.parametrize(
    "digest",
    [digest for digest in HOSTILE if digest.isprintable() and digest.isascii() and digest.strip() == digest],
)
async def test_digest_in_a_header_is_never_asked_for(watch: Watch, digest: str):
    """A HEAD that names one is answered with a GET of the tag, which names the digest by its bytes."""
    registry = filled()
    registry.add(quirks.WrongDigestHeader(digest))
    with registry.serve() as address:
        async with asking(with_password(address)) as gateway:
            told = await watch.ask_everything(gateway, f"{address.netloc}/{REPOSITORY}:1")
    assert told["get_image_details"].code == "ok"
    assert told["get_image_details"].answer.digest == AMD64.digest
    known = {f"/v2/{REPOSITORY}/manifests/{one}" for one in ("1", AMD64.digest)}
    known |= {f"/v2/{REPOSITORY}/blobs/{AMD64.config_digest}", f"/v2/{REPOSITORY}/tags/list"}
    assert {one.path for one in registry.requests} <= known


@advisory("CVE-2024-3727")
async def test_tags_that_climb_are_left_out_of_lists(watch: Watch):
    """A tag comes back as part of an address, when its digest is asked for."""
    registry = filled()
    tags = [
        "1",
        "../../secret/manifests/1",
        "a/b",
        "a?b",
        "a#b",
        "..",
        ".",
        "a%2e",
        "a b",
        "a\r\nb",
        "é",
        "a" * 129,
    ]
    body = encode({"name": REPOSITORY, "tags": [*tags, *HOSTILE, AMD64.digest, None, 7]})
    registry.add(quirks.Answer(200, body=body, path="/tags/list"))
    with registry.serve() as address:
        async with asking(with_password(address)) as gateway:
            told = await watch.ask(gateway, "search_tags", image_name=f"{address.netloc}/{REPOSITORY}:1")
            listed = await watch.ask(gateway, "search_tags", image_name=f"{address.netloc}/{REPOSITORY}")
    assert told.code == "ok"
    assert [tag.name for tag in listed.answer.tags] == ["1"]
    assert {one.path for one in registry.requests} <= {
        f"/v2/{REPOSITORY}/tags/list",
        f"/v2/{REPOSITORY}/manifests/1",
    }
