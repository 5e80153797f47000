"""get_manifest: the manifest as it is stored, or that of one platform."""

from __future__ import annotations

import json

import pytest
from tests.core.images.conftest import HOST, asked

from portcall import Portcall
from portcall.errors import NotFoundError, PortcallError, UnsupportedError
from portcall.models import ManifestDetail
from portcall.testing import (
    BuiltManifest,
    FakeRegistry,
    artifact,
    bad_manifests,
    image,
    index,
    layer,
    odd_manifests,
    quirks,
    raw_manifest,
    schema1,
)

pytestmark = pytest.mark.anyio

ODD, BAD = odd_manifests(), bad_manifests()

AMD, ARM = image([layer({"a": "1"})]), image([layer({"a": "2"})], platform="linux/arm64/v8")
BOTH = index([AMD, ARM])
NAME = f"{HOST}/shop/api"


async def shown(
    pc: Portcall, registry: FakeRegistry, built: BuiltManifest, platform: str = "", tag: str = ""
) -> ManifestDetail:
    registry.push("shop/api", built, tags=["1.0", "latest"])
    return await pc.get_manifest(f"{NAME}:1.0", tag, platform)


async def test_the_manifest_is_shown_as_named(pc: Portcall, registry: FakeRegistry):
    detail = await shown(pc, registry, BOTH)
    assert (detail.digest, detail.media_type, detail.size) == (BOTH.digest, BOTH.media_type, BOTH.size)
    assert detail.manifest == BOTH.document
    assert (detail.reference, detail.tag, detail.platform) == (f"{NAME}@{BOTH.digest}", "1.0", None)
    assert asked(registry) == ["GET manifest"]


async def test_an_indexs_entries_are_listed_in_its_order(pc: Portcall, registry: FakeRegistry):
    children = (await shown(pc, registry, BOTH)).children
    assert [(child.digest, child.platform, child.size) for child in children] == [
        (AMD.digest, "linux/amd64", AMD.size),
        (ARM.digest, "linux/arm64/v8", ARM.size),
    ]


async def test_a_platforms_manifest_is_shown_on_demand(pc: Portcall, registry: FakeRegistry):
    detail = await shown(pc, registry, BOTH, "linux/arm64")
    assert (detail.digest, detail.platform, detail.manifest) == (ARM.digest, "linux/arm64/v8", ARM.document)
    assert asked(registry) == ["GET manifest", "GET manifest"]


async def test_a_platform_that_is_not_there_is_not_found(pc: Portcall, registry: FakeRegistry):
    with pytest.raises(NotFoundError) as missing:
        await shown(pc, registry, BOTH, "linux/s390x")
    assert missing.value.candidates == ("linux/amd64", "linux/arm64/v8")


async def test_a_single_image_for_another_platform_is_not_found(pc: Portcall, registry: FakeRegistry):
    with pytest.raises(NotFoundError, match="the image exists, but not for linux/arm64"):
        await shown(pc, registry, AMD, "linux/arm64")


async def test_a_single_image_for_the_platform_is_shown(pc: Portcall, registry: FakeRegistry):
    detail = await shown(pc, registry, AMD, "linux/amd64")
    assert (detail.digest, detail.platform) == (AMD.digest, "linux/amd64")


async def test_an_artifact_is_shown_whatever_platform_is_wanted(pc: Portcall, registry: FakeRegistry):
    built = artifact("application/vnd.example.sbom.v1+json", {"a.json": b"{}"})
    detail = await shown(pc, registry, built, "linux/arm64")
    assert (detail.digest, detail.platform) == (built.digest, None)
    assert detail.artifact_type == "application/vnd.example.sbom.v1+json"


async def test_the_second_question_costs_nothing(pc: Portcall, registry: FakeRegistry):
    first = await shown(pc, registry, BOTH, "linux/arm64")
    registry.forget()
    assert await pc.get_manifest(f"{NAME}:1.0", platform="linux/arm64") == first
    assert asked(registry) == []


async def test_details_that_were_asked_before_pay_for_the_manifest(pc: Portcall, registry: FakeRegistry):
    await shown(pc, registry, BOTH)
    await pc.get_image_details(f"{NAME}:1.0")
    registry.forget()
    await pc.get_manifest(f"{NAME}:1.0", platform="linux/amd64")
    assert asked(registry) == []


async def test_a_digest_is_asked_for_as_it_is(pc: Portcall, registry: FakeRegistry):
    registry.push("shop/api", BOTH, tags=["1.0"])
    detail = await pc.get_manifest(NAME, tag=ARM.digest)
    assert (detail.digest, detail.tag) == (ARM.digest, None)


async def test_unknown_fields_are_kept(pc: Portcall, registry: FakeRegistry):
    built = image(manifest_fields={"x-future": {"a": [1, None, "ü"]}})
    assert (await shown(pc, registry, built)).manifest["x-future"] == {"a": [1, None, "ü"]}


# Kinds that portcall cannot interpret


@pytest.mark.parametrize("signed", [True, False])
async def test_schema_1_is_shown(pc: Portcall, registry: FakeRegistry, signed: bool):
    built = schema1("shop/api", "1.0", signed=signed)
    registry.add(quirks.NoDigestHeader())
    detail = await shown(pc, registry, built)
    assert detail.media_type == built.media_type
    assert detail.manifest["schemaVersion"] == 1


async def test_schema_1_has_no_platform_that_could_be_told(pc: Portcall, registry: FakeRegistry):
    registry.add(quirks.NoDigestHeader())
    with pytest.raises(UnsupportedError, match="Docker's schema 1"):
        await shown(pc, registry, schema1("shop/api", "1.0", signed=False), "linux/amd64")


async def test_an_unknown_media_type_is_shown(pc: Portcall, registry: FakeRegistry):
    built = raw_manifest({"schemaVersion": 3, "mediaType": "application/x.future+json", "parts": [1]},
                         "application/x.future+json")  # fmt: skip
    detail = await shown(pc, registry, built)
    assert (detail.media_type, detail.manifest["parts"]) == ("application/x.future+json", [1])


async def test_entries_that_are_malformed_are_counted_and_shown_in_the_document(
    pc: Portcall, registry: FakeRegistry
):
    document = BOTH.document
    document["manifests"] += [{"digest": "sha256:12"}, "nonsense", {"digest": "sha256:../../v2/x"}]
    detail = await shown(pc, registry, raw_manifest(document, BOTH.media_type))
    assert len(detail.children) == 2
    assert len(detail.manifest["manifests"]) == 5
    assert detail.warnings == ("entries of it that are malformed: 3",)


@pytest.mark.parametrize("name", sorted(ODD))
async def test_an_odd_manifest_is_shown_to_the_letter(pc: Portcall, registry: FakeRegistry, name: str):
    built = ODD[name]
    detail = await shown(pc, registry, built)
    assert (detail.digest, detail.manifest) == (built.digest, built.document)


@pytest.mark.parametrize(
    "name",
    ["manifests-and-layers", "manifests-and-config", "layers-are-text", "size-is-negative", "digest-climbs"],
)
async def test_a_broken_manifest_is_shown_as_long_as_it_is_json(pc: Portcall, registry: FakeRegistry, name: str):
    built = BAD[name]
    assert (await shown(pc, registry, built)).manifest == json.loads(built.manifest)


@pytest.mark.parametrize(
    "name", ["not-json", "cut-off", "a-list", "a-number", "nothing", "not-utf-8", "deeply-nested"]
)
async def test_what_is_no_json_object_is_refused(pc: Portcall, registry: FakeRegistry, name: str):
    with pytest.raises(PortcallError) as refused:
        await shown(pc, registry, BAD[name])
    assert refused.value.code == "upstream_error"
    assert (refused.value.registry, refused.value.reference) == (HOST, f"{NAME}:1.0")
