"""Choosing a platform: the very thing, else the nearest that runs; never what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.http.asking import REPOSITORY, asking, entry, refused, serving, unhurried

from portcall.errors import InvalidArgumentError
from portcall.platform import Platform, choose_platform
from portcall.testing import Child, FakeRegistry, image, index, layer

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("wish", "offered", "chosen"),
    [
        ("linux/amd64", ["linux/arm64", "linux/amd64"], 1),
        ("amd64", ["linux/arm64", "linux/amd64"], 1),
        ("linux/x86_64", ["linux/arm64", "linux/amd64"], 1),
        ("linux/aarch64", ["linux/arm/v7", "linux/arm64/v8"], 1),
        ("linux/arm64", ["linux/arm64/v8"], 0),
        ("linux/arm64/v8", ["linux/arm64"], 0),
        ("linux/arm/v7", ["linux/arm/v5", "linux/arm/v6", "linux/arm/v7"], 2),
        ("linux/arm/v7", ["linux/arm/v5", "linux/arm/v6"], 1),
        ("linux/arm/v6", ["linux/arm/v7"], None),
        ("linux/arm", ["linux/arm/v5", "linux/arm/v6", "linux/arm/v7"], 2),
        ("linux/armhf", ["linux/arm/v6", "linux/arm/v7"], 1),
        ("linux/armel", ["linux/arm/v7", "linux/arm/v6"], 1),
        ("linux/arm/v7", ["linux/arm64/v8"], None),
        ("linux/amd64", ["linux/amd64/v3", "linux/amd64/v2"], 1),
        ("linux/amd64/v3", ["linux/amd64", "linux/amd64/v2"], 1),
        ("linux/amd64/v2", ["linux/amd64/v3"], None),
        ("linux/amd64", ["windows/amd64"], None),
        ("linux/amd64", ["unknown/unknown"], None),
        ("linux/amd64", [], None),
        ("linux/amd64", ["linux/amd64", "linux/amd64"], 0),
        ("linux/riscv64", ["linux/riscv64"], 0),
    ],
)
def test_platform_that_serves_best_is_chosen(wish: str, offered: list[str], chosen: int | None):
    platforms = [Platform.parse(text) for text in offered]
    assert choose_platform(Platform.parse(wish), platforms) == chosen


SYSTEMS = st.sampled_from(["linux", "windows", "unknown", ""])
ARCHITECTURES = st.sampled_from(["amd64", "arm64", "arm", "386", "ppc64le", "unknown", ""])
VARIANTS = st.sampled_from(["", "v1", "v2", "v5", "v6", "v7", "v8", "v9", "power9", "odd"])
VERSIONS = st.sampled_from(["", "10.0.17763.1", "10.0.20348.1"])
PLATFORMS = st.builds(Platform, SYSTEMS, ARCHITECTURES, VARIANTS, VERSIONS)


@unhurried
@given(PLATFORMS)
def test_platform_serves_itself_best(platform: Platform):
    assert platform.serves(platform) == 0


@unhurried
@given(PLATFORMS, PLATFORMS)
def test_other_system_or_architecture_never_serves(platform: Platform, wish: Platform):
    if (platform.os, platform.architecture) != (wish.os, wish.architecture):
        assert platform.serves(wish) is None


@unhurried
@given(PLATFORMS, PLATFORMS)
def test_rank_is_none_or_counts_from_zero(platform: Platform, wish: Platform):
    rank = platform.serves(wish)
    assert rank is None or rank >= 0


@unhurried
@given(PLATFORMS, PLATFORMS)
def test_wish_without_variant_and_version_takes_any(platform: Platform, wish: Platform):
    if not wish.variant and not wish.os_version and platform.architecture == wish.architecture:
        assert (platform.serves(wish) is not None) == (platform.os == wish.os)


@unhurried
@given(PLATFORMS, st.lists(PLATFORMS, max_size=8))
def test_choice_is_the_first_of_the_best(wish: Platform, offered: list[Platform]):
    chosen = choose_platform(wish, offered)
    ranks = [platform.serves(wish) for platform in offered]
    able = [rank for rank in ranks if rank is not None]
    if chosen is None:
        assert able == []
    else:
        assert ranks[chosen] == min(able)
        assert min(able) not in ranks[:chosen]


@unhurried
@given(PLATFORMS, st.lists(PLATFORMS, max_size=6), PLATFORMS)
def test_more_on_offer_never_makes_the_choice_worse(wish: Platform, offered: list[Platform], more: Platform):
    before, after = choose_platform(wish, offered), choose_platform(wish, [*offered, more])
    if before is not None:
        assert after is not None
        assert (([*offered, more][after]).serves(wish) or 0) <= (offered[before].serves(wish) or 0)


@unhurried
@given(st.text(max_size=40))
def test_any_text_is_a_platform_or_an_invalid_argument(text: str):
    try:
        platform = Platform.parse(text)
    except InvalidArgumentError:
        return
    assert Platform.parse(str(platform)) == platform


# Through the façade


def variant(platform: str) -> Child:
    # Each of its own content, so that they have digests of their own.
    return Child(image([layer({"which": platform})], platform=platform), platform)


OFFERED = ["linux/arm/v5", "linux/arm/v7", "linux/amd64", "linux/amd64/v3", "windows/amd64"]
CHILDREN = [variant(platform) for platform in OFFERED]


def push(registry: FakeRegistry) -> str:
    registry.push(REPOSITORY, index(CHILDREN), tags=["many"])
    return f"{registry.address.netloc}/{REPOSITORY}:many"


@pytest.mark.parametrize(
    ("wish", "chosen"),
    [
        ("", "linux/amd64"),
        ("linux/arm/v7", "linux/arm/v7"),
        ("linux/arm/v6", "linux/arm/v5"),
        ("linux/arm", "linux/arm/v7"),
        ("linux/amd64/v2", "linux/amd64"),
        ("linux/amd64/v4", "linux/amd64/v3"),
        ("windows/amd64", "windows/amd64"),
    ],
)
async def test_image_of_the_platform_that_serves_best_is_shown(wish: str, chosen: str):
    with serving() as registry:
        async with asking(entry(registry.address)) as gateway:
            detail = await gateway.get_image_details(push(registry), platform=wish)
    assert detail.platform_digest == CHILDREN[OFFERED.index(chosen)].manifest.digest
    assert detail.platforms == tuple(OFFERED)


async def test_platform_that_is_not_there_is_told_with_those_that_are():
    with serving() as registry:
        async with asking(entry(registry.address)) as gateway:
            with refused("not_found", "not for linux/s390x") as caught:
                await gateway.get_image_details(push(registry), platform="linux/s390x")
    assert caught.error.candidates == tuple(OFFERED)
