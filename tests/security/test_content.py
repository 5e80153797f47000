"""Content: what its digest does not name is not used, and more than a ceiling is not read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from tests.core.http.asking import AMD64, BOTH, PASSWORD, REPOSITORY, USER, asking, entry, with_password
from tests.security.advisory import advisory
from tests.security.internet import Internet
from tests.security.torrent import torrents
from tests.security.watch import Watch

from portcall.http.auth import MAX_TOKEN_BYTES
from portcall.http.sender import MAX_ERROR_BYTES
from portcall.oci.distribution import MAX_CONFIG_BYTES, MAX_MANIFEST_BYTES, MAX_TAGS_BYTES
from portcall.oci.media_types import DOCKER_LIST, OCI_INDEX, OCI_MANIFEST
from portcall.testing import (
    BasicAuth,
    BearerAuth,
    BuiltManifest,
    FakeRegistry,
    RecordingServer,
    Reply,
    Request,
    amend,
    bad_manifests,
    image,
    index,
    layer,
    quirks,
)
from portcall.testing.quirks import Context

pytestmark = pytest.mark.anyio

FOREIGN_LAYER = ("CVE-2020-15157", "GHSA-qvqc-4c52-x6qp")


def filled(built: BuiltManifest = AMD64, *chosen: quirks.Quirk, **options: Any) -> FakeRegistry:
    registry = FakeRegistry(quirks=chosen, **options)
    registry.push(REPOSITORY, built, tags=["1"])
    return registry


# Layers elsewhere


@advisory(*FOREIGN_LAYER)
@pytest.mark.parametrize("challenge", ['Basic realm="give"', 'Bearer realm="{url}/token",service="x"'])
@pytest.mark.parametrize("auth", [BasicAuth, BearerAuth])
@pytest.mark.parametrize("trusted", [True, False], ids=["in auth_hosts", "a stranger"])
async def test_layer_elsewhere_is_not_asked_for_and_gets_no_credentials(
    internet: Internet, watch: Watch, attacker: RecordingServer, trusted: bool, auth: type, challenge: str
):
    """It would answer 401, and be given the registry's password."""
    there = internet.host("layers.attacker.example", attacker.address)
    attacker.reply = Reply(status=401, headers={"WWW-Authenticate": challenge.replace("{url}", there.url)})
    urls = [f"{there.url}/base.tar.gz", attacker.address.url]
    foreign = image([layer({"base": "x"}, urls=urls, command="ADD base /")], docker=True)
    registry = filled(foreign, auth=auth({USER: PASSWORD}))
    watch.over(registry)
    with registry.serve() as address:
        hosts = [there.netloc, attacker.address.netloc] if trusted else []
        async with asking(with_password(address, auth_hosts=hosts)) as gateway:
            told = await watch.ask_everything(gateway, f"{address.netloc}/{REPOSITORY}:1")
    assert {outcome.code for outcome in told.values()} == {"ok"}
    assert told["get_image_details"].answer.layers[0].foreign
    assert attacker.requests == []
    assert "layers.attacker.example" not in internet.looked_up


# Digests


@dataclass(frozen=True)
class AnotherManifest(quirks.Quirk):
    """Whatever is asked for, another manifest comes, under its own true digest."""

    built: BuiltManifest = AMD64

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if request.kind != "manifest":
            return reply
        headers = {"Docker-Content-Digest": self.built.digest, "Content-Type": self.built.media_type}
        return Reply(headers=headers, body=self.built.manifest)


@advisory("CVE-2025-24882")
@pytest.mark.parametrize("tool", ["get_image_details", "get_manifest"])
@pytest.mark.parametrize("tag", ["", ":1"])
async def test_pinned_digest_outranks_what_the_registry_says_of_itself(watch: Watch, tag: str, tool: str):
    other = image([layer({"etc/evil": "x"}, command="RUN evil")])
    registry = filled(AMD64, AnotherManifest(built=other))
    with registry.serve() as address:
        async with asking(entry(address)) as gateway:
            outcome = await watch.ask(
                gateway, tool, image_name=f"{address.netloc}/{REPOSITORY}{tag}@{AMD64.digest}"
            )
    assert outcome.code == "digest_mismatch"
    assert registry.fired(AnotherManifest) == 1


@advisory("CVE-2025-24882")
async def test_pinned_digest_is_not_said_to_exist_on_the_word_of_a_header(watch: Watch):
    other = image([layer({"etc/evil": "x"}, command="RUN evil")])
    registry = filled(AMD64, AnotherManifest(built=other))
    with registry.serve() as address:
        async with asking(entry(address)) as gateway:
            pinned = f"{address.netloc}/{REPOSITORY}@{AMD64.digest}"
            outcome = await watch.ask(gateway, "check_images", images=[pinned])
    (check,) = outcome.answer.checks
    assert check.exists is not True
    assert check.error.code == "digest_mismatch"


@advisory("CVE-2025-24882")
@pytest.mark.parametrize("what", ["tag", "child", "configuration"])
async def test_other_bytes_than_a_digest_names_are_not_used(watch: Watch, what: str):
    paths = {
        "tag": "^GET .*/manifests/1$",
        "child": f"/manifests/{AMD64.digest}",
        "configuration": f"/blobs/{AMD64.config_digest}",
    }
    registry = filled(BOTH, quirks.FlippedBit(path=paths[what]))
    with registry.serve() as address:
        async with asking(entry(address)) as gateway:
            outcome = await watch.ask(gateway, "get_image_details", image_name=f"{address.netloc}/{REPOSITORY}:1")
    assert outcome.code == "digest_mismatch"
    assert registry.fired(quirks.FlippedBit) >= 1


# Two things at once


@advisory("CVE-2021-41190")
@pytest.mark.parametrize(
    ("name", "served_as"),
    [
        ("manifests-and-layers", ""),
        ("manifests-and-layers", "text/plain"),
        ("manifests-and-config", ""),
        ("manifests-and-config", "application/json"),
        ("another-media-type-inside", ""),
    ],
)
async def test_document_that_is_manifest_and_index_at_once_is_refused(watch: Watch, name: str, served_as: str):
    built = bad_manifests()[name]
    chosen = (quirks.OtherContentType(served_as),) if served_as else ()
    registry = filled(built, *chosen)
    with registry.serve() as address:
        async with asking(entry(address)) as gateway:
            reference = f"{address.netloc}/{REPOSITORY}:1"
            outcome = await watch.ask(gateway, "get_image_details", image_name=reference)
    assert outcome.code == "upstream_error"
    assert "ambiguous" in outcome.said
    assert registry.count("blob") == 0


@advisory("CVE-2021-41190")
@pytest.mark.parametrize(
    ("inside", "served_as"), [(DOCKER_LIST, OCI_INDEX), (OCI_INDEX, DOCKER_LIST), (OCI_MANIFEST, OCI_INDEX)]
)
async def test_document_that_contradicts_its_type_is_refused(watch: Watch, inside: str, served_as: str):
    """Its fields alone would do for either."""
    registry = filled(amend(index([AMD64]), mediaType=inside, media_type=served_as))
    with registry.serve() as address:
        async with asking(entry(address)) as gateway:
            outcome = await watch.ask(gateway, "get_image_details", image_name=f"{address.netloc}/{REPOSITORY}:1")
    assert outcome.code == "upstream_error"
    assert "ambiguous" in outcome.said


@advisory("CVE-2021-41190")
@pytest.mark.parametrize("field", ["Layers", "MANIFESTS", "Config", "mediatype"])
async def test_document_that_other_clients_read_otherwise_is_refused(watch: Watch, field: str):
    """Go takes ``Layers`` for ``layers``: what is shown here would not be what runs there."""
    registry = filled(amend(AMD64, **{field: [index([AMD64]).descriptor()]}))
    with registry.serve() as address:
        async with asking(entry(address)) as gateway:
            outcome = await watch.ask(gateway, "get_image_details", image_name=f"{address.netloc}/{REPOSITORY}:1")
    assert outcome.code == "upstream_error"


# Ceilings


#: What is asked for: the tool that does so, the part of a path that leads there, and the body's ceiling in bytes.
BODIES = {
    "manifest": ("get_manifest", "/manifests/", MAX_MANIFEST_BYTES),
    "configuration": ("get_image_details", "/blobs/", MAX_CONFIG_BYTES),
    "tags": ("search_tags", "/tags/", MAX_TAGS_BYTES),
    "token": ("get_manifest", "", MAX_TOKEN_BYTES),
    "refusal": ("get_manifest", "/manifests/", MAX_ERROR_BYTES),
}
#: What may be in the sockets' buffers, beyond what was read.
UNDER_WAY = 16 << 20


@advisory("CVE-2024-29902")
@pytest.mark.parametrize("declared", [True, False], ids=["declared", "chunked"])
@pytest.mark.parametrize("body", BODIES)
async def test_body_of_ten_gibibytes_is_not_read_past_its_ceiling(
    internet: Internet, watch: Watch, body: str, declared: bool
):
    tool, path, ceiling = BODIES[body]
    with torrents("404 Not Found" if body == "refusal" else "200 OK", declared=declared) as torrent:
        there = internet.host("torrent.example", torrent.address)
        if body == "token":
            registry = filled(auth=BearerAuth(realm=f"{there.url}/token"))
        else:
            registry = filled(AMD64, quirks.Redirect(to=there.url, path=path))
        with registry.serve() as address:
            async with asking(entry(address), timeout=20) as gateway:
                name = f"{address.netloc}/{REPOSITORY}"
                image_name = name if tool == "search_tags" else f"{name}:1"
                outcome = await watch.ask(gateway, tool, image_name=image_name)
    assert outcome.code == ("too_large" if body != "refusal" else "not_found")
    assert torrent.asked == 1
    assert torrent.taken <= ceiling + UNDER_WAY


@advisory("CVE-2024-29902")
async def test_blob_that_declares_ten_gibibytes_is_not_asked_for(watch: Watch):
    """Its descriptor is enough to refuse it."""
    config = {**AMD64.document["config"], "size": 10 << 30}
    registry = filled(amend(AMD64, config=config))
    with registry.serve() as address:
        async with asking(entry(address)) as gateway:
            outcome = await watch.ask(gateway, "get_image_details", image_name=f"{address.netloc}/{REPOSITORY}:1")
    assert outcome.code == "too_large"
    assert registry.count("blob") == 0


@advisory("CVE-2024-29902")
@pytest.mark.parametrize("tool", ["get_manifest", "get_image_details", "search_tags"])
async def test_body_that_was_packed_swells_no_further_than_its_ceiling(watch: Watch, tool: str):
    registry = filled(AMD64, quirks.GzipBomb(mebibytes=256))
    with registry.serve() as address:
        async with asking(entry(address)) as gateway:
            name = f"{address.netloc}/{REPOSITORY}"
            outcome = await watch.ask(gateway, tool, image_name=name if tool == "search_tags" else f"{name}:1")
    assert outcome.code == "too_large"
