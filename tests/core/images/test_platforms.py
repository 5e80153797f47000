"""Which platform's image is chosen: in all forms of an index."""

from __future__ import annotations

import pytest
from tests.core.images.conftest import HOST, asked, settings_for

from portcall import Portcall
from portcall.errors import InvalidArgumentError, NotFoundError, TooLargeError
from portcall.models import ImageDetail
from portcall.testing import (
    BuiltImage,
    BuiltIndex,
    BuiltManifest,
    Child,
    FakeRegistry,
    attestation,
    helm_chart,
    image,
    index,
    layer,
)

pytestmark = pytest.mark.anyio


def built(platform: str) -> BuiltImage:
    return image([layer({"srv/app": platform})], platform=platform)


AMD, ARM, V6, V7 = (built(f"linux/{each}") for each in ("amd64", "arm64/v8", "arm/v6", "arm/v7"))
WINDOWS = built("windows/amd64")
ALL = index([AMD, ARM, V6, V7, WINDOWS])


async def chosen(pc: Portcall, registry: FakeRegistry, what: BuiltManifest, platform: str = "") -> ImageDetail:
    registry.push("shop/app", what, tags=["1.0"])
    return await pc.get_image_details(f"{HOST}/shop/app:1.0", platform=platform)


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        ("", AMD),
        ("linux/amd64", AMD),
        ("amd64", AMD),
        ("linux/x86_64", AMD),
        ("LINUX/AMD64", AMD),
        (" linux/amd64 ", AMD),
        ("linux/amd64/v1", AMD),
        ("linux/amd64/v3", AMD),
        ("arm64", ARM),
        ("linux/aarch64", ARM),
        ("linux/arm64/v8", ARM),
        ("linux/arm64/v9", ARM),
        ("linux/arm", V7),
        ("linux/arm/v7", V7),
        ("linux/armhf", V7),
        ("linux/arm/v6", V6),
        ("linux/armel", V6),
        ("linux/arm/v8", V7),
        ("windows/amd64", WINDOWS),
    ],
)
async def test_a_platform_can_be_written_in_many_ways(
    pc: Portcall, registry: FakeRegistry, platform: str, expected: BuiltImage
):
    assert (await chosen(pc, registry, ALL, platform)).platform_digest == expected.digest


@pytest.mark.parametrize(
    "platform", ["linux/", "/", "linux/amd64/v1/x", "linux amd64", "a/b/c/d", "linux/amd64\n/x"]
)
async def test_what_is_no_platform_is_refused_before_anything_is_asked(
    pc: Portcall, registry: FakeRegistry, platform: str
):
    with pytest.raises(InvalidArgumentError, match=r"the argument `platform` is not os/arch\[/variant\]"):
        await chosen(pc, registry, ALL, platform)
    assert asked(registry) == []


@pytest.mark.parametrize("platform", ["linux/s390x", "linux/arm/v5", "darwin/arm64"])
async def test_a_platform_that_is_not_there_brings_those_that_are(
    pc: Portcall, registry: FakeRegistry, platform: str
):
    with pytest.raises(NotFoundError) as missing:
        await chosen(pc, registry, ALL, platform)
    assert missing.value.message == f"the image exists, but not for {platform}"
    assert missing.value.candidates == (
        "linux/amd64",
        "linux/arm64/v8",
        "linux/arm/v6",
        "linux/arm/v7",
        "windows/amd64",
    )
    assert (missing.value.registry, missing.value.reference) == (HOST, f"{HOST}/shop/app:1.0")


async def test_a_missing_platform_costs_the_index_alone(pc: Portcall, registry: FakeRegistry):
    with pytest.raises(NotFoundError):
        await chosen(pc, registry, ALL, "linux/s390x")
    assert asked(registry) == ["GET manifest"]


async def test_the_default_platform_is_configured(registry: FakeRegistry):
    settings = settings_for({HOST: {"endpoint": registry.address.url}}, default_platform="linux/arm64")
    async with Portcall(settings) as pc:
        assert (await chosen(pc, registry, ALL)).platform_digest == ARM.digest


async def test_without_the_default_platform_the_first_is_taken_and_said(pc: Portcall, registry: FakeRegistry):
    detail = await chosen(pc, registry, index([V7, ARM]))
    assert (detail.platform_digest, detail.platform) == (V7.digest, "linux/arm/v7")
    assert detail.warnings == ("linux/amd64 is not among its platforms; this is linux/arm/v7",)


# A single image


async def test_a_single_image_is_taken_whatever_it_is_for(pc: Portcall, registry: FakeRegistry):
    assert (await chosen(pc, registry, ARM)).platform == "linux/arm64/v8"


async def test_a_single_image_for_the_platform_is_taken(pc: Portcall, registry: FakeRegistry):
    assert (await chosen(pc, registry, V6, "linux/arm/v7")).platform == "linux/arm/v6"


async def test_a_single_image_for_another_platform_is_not_found(pc: Portcall, registry: FakeRegistry):
    with pytest.raises(NotFoundError) as missing:
        await chosen(pc, registry, ARM, "linux/amd64")
    assert missing.value.message == "the image exists, but not for linux/amd64"
    assert missing.value.candidates == ("linux/arm64/v8",)


async def test_a_single_image_that_names_no_platform_is_shown_with_a_doubt(pc: Portcall, registry: FakeRegistry):
    silent = image([layer({"a": "1"})], config_fields={"os": None, "architecture": None})
    detail = await chosen(pc, registry, silent, "linux/arm64")
    assert (detail.digest, detail.platform) == (silent.digest, None)
    assert detail.warnings == ("its configuration names no platform, so it may not be for linux/arm64",)


async def test_a_chart_has_no_platform_to_lack(pc: Portcall, registry: FakeRegistry):
    detail = await chosen(pc, registry, helm_chart("shop", "1.0.0"), "linux/arm64")
    assert detail.platform is None
    assert len(detail.warnings) == 1


# Indexes whose lines say little


@pytest.mark.parametrize(
    ("platform", "expected"), [("", AMD), ("linux/amd64", AMD), ("linux/arm64", ARM), ("linux/arm/v7", V7)]
)
async def test_lines_without_platforms_are_told_apart_by_their_configurations(
    pc: Portcall, registry: FakeRegistry, platform: str, expected: BuiltImage
):
    detail = await chosen(pc, registry, index([AMD, ARM, V7], platforms=False), platform)
    assert (detail.platform_digest, detail.platform) == (expected.digest, expected.platform)
    assert detail.warnings == ()


async def test_lines_without_platforms_are_looked_at_no_longer_than_needed(pc: Portcall, registry: FakeRegistry):
    await chosen(pc, registry, index([AMD, ARM, V7], platforms=False), "linux/amd64")
    assert asked(registry) == ["GET manifest", "GET manifest", "GET blob"]


async def test_a_platform_that_no_configuration_names_is_not_found(pc: Portcall, registry: FakeRegistry):
    with pytest.raises(NotFoundError) as missing:
        await chosen(pc, registry, index([AMD, ARM], platforms=False), "linux/s390x")
    assert missing.value.candidates == ("linux/amd64", "linux/arm64/v8")


async def test_a_line_with_the_platform_spares_a_look_at_those_without(pc: Portcall, registry: FakeRegistry):
    mixed = index([Child(AMD), Child(ARM, "linux/arm64/v8")])
    assert (await chosen(pc, registry, mixed, "linux/arm64")).platform_digest == ARM.digest
    assert asked(registry) == ["GET manifest", "GET manifest", "GET blob"]


async def test_too_many_lines_without_platforms_are_not_all_looked_at(pc: Portcall, registry: FakeRegistry):
    many = [image([layer({"a": str(number)})]) for number in range(20)]
    with pytest.raises(TooLargeError) as refused:
        await chosen(pc, registry, index([*many, ARM], platforms=False), "linux/arm64")
    assert "get_manifest lists them" in refused.value.hint
    assert registry.count("manifest") == 17


async def test_one_image_may_serve_several_platforms(pc: Portcall, registry: FakeRegistry):
    both = index({"linux/amd64": AMD, "linux/s390x": AMD})
    detail = await chosen(pc, registry, both, "linux/s390x")
    assert detail.platform_digest == AMD.digest
    assert detail.platforms == ("linux/amd64", "linux/s390x")


async def test_windows_builds_are_one_platform_by_name(pc: Portcall, registry: FakeRegistry):
    lines = [
        Child(built(f"windows/amd64/{build}"), {"os": "windows", "architecture": "amd64", "os.version": build})
        for build in ("10.0.17763.1", "10.0.20348.1")
    ]
    detail = await chosen(pc, registry, index(lines), "windows/amd64")
    assert detail.platforms == ("windows/amd64",)


# Nested indexes


async def test_an_index_within_an_index_is_opened(pc: Portcall, registry: FakeRegistry):
    nested = index([Child(index([ARM, V7])), AMD])
    detail = await chosen(pc, registry, nested, "linux/arm64")
    assert detail.platform_digest == ARM.digest
    assert detail.platforms == ("linux/arm64/v8", "linux/arm/v7", "linux/amd64")


def nest(inner: BuiltManifest, depth: int) -> BuiltIndex:
    for number in range(depth):
        inner = index([Child(inner)], annotations={"depth": str(number)})
    assert isinstance(inner, BuiltIndex)
    return inner


async def test_indexes_may_nest_four_deep(pc: Portcall, registry: FakeRegistry):
    assert (await chosen(pc, registry, nest(index([AMD]), 3), "linux/amd64")).platform_digest == AMD.digest


async def test_deeper_indexes_are_not_called_absent(pc: Portcall, registry: FakeRegistry):
    with pytest.raises(TooLargeError, match="the index holds more than is looked at"):
        await chosen(pc, registry, nest(index([AMD]), 4), "linux/amd64")


async def test_only_so_many_indexes_are_opened(pc: Portcall, registry: FakeRegistry):
    wide = index([Child(index([AMD], annotations={"number": str(number)})) for number in range(40)])
    with pytest.raises(TooLargeError):
        await chosen(pc, registry, wide, "linux/s390x")
    assert registry.count("manifest") == 17


async def test_the_same_index_twice_is_opened_once(pc: Portcall, registry: FakeRegistry):
    inner = index([AMD, ARM])
    detail = await chosen(pc, registry, index([Child(inner), Child(inner)]), "linux/arm64")
    assert detail.platforms == ("linux/amd64", "linux/arm64/v8")
    assert registry.count("manifest") == 3


async def test_a_child_that_is_gone_matters_only_to_whoever_wants_it(pc: Portcall, registry: FakeRegistry):
    half = index([Child(AMD, "linux/amd64"), Child(ARM, "linux/arm64/v8", absent=True)])
    assert (await chosen(pc, registry, half)).platforms == ("linux/amd64", "linux/arm64/v8")
    with pytest.raises(NotFoundError, match="has no manifest shop/app@sha256:"):
        await chosen(pc, registry, half, "linux/arm64")


# Indexes without images

NO_IMAGE = {
    "empty": index([]),
    "attestations only": index([], attestations=[attestation(AMD)]),
    "unknown platforms only": index([Child(AMD, "unknown/unknown")]),
}


@pytest.mark.parametrize("empty", NO_IMAGE.values(), ids=NO_IMAGE)
async def test_an_index_without_images_is_shown_as_such(pc: Portcall, registry: FakeRegistry, empty: BuiltIndex):
    detail = await chosen(pc, registry, empty)
    assert detail.digest == detail.platform_digest == empty.digest
    assert (detail.platforms, detail.layers, detail.os) == ((), (), None)
    assert detail.warnings == ("this index holds no image; get_manifest shows its entries",)


@pytest.mark.parametrize("empty", NO_IMAGE.values(), ids=NO_IMAGE)
async def test_an_index_without_images_has_none_for_a_platform(
    pc: Portcall, registry: FakeRegistry, empty: BuiltIndex
):
    with pytest.raises(NotFoundError, match="the image exists, but not for linux/arm64"):
        await chosen(pc, registry, empty, "linux/arm64")


async def test_attestations_are_no_platforms(pc: Portcall, registry: FakeRegistry):
    detail = await chosen(pc, registry, index([AMD, ARM], attestations=[attestation(AMD), attestation(ARM)]))
    assert detail.platforms == ("linux/amd64", "linux/arm64/v8")
