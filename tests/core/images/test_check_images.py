"""check_images: whether images exist, many at once; one failure never fails the rest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.core.images.conftest import HOST, Told, asked, settings_for

from portcall import Portcall
from portcall.errors import InvalidArgumentError
from portcall.models import ImageCheck, ImageChecks
from portcall.testing import (
    EPOCH,
    Child,
    FakeRegistry,
    attestation,
    bad_manifests,
    helm_chart,
    image,
    index,
    layer,
    quirks,
    schema1,
)

pytestmark = pytest.mark.anyio

AMD, ARM = image([layer({"a": "1"})]), image([layer({"a": "2"})], platform="linux/arm64/v8")
BOTH = index([AMD, ARM], annotations={"org.opencontainers.image.created": EPOCH})
TAGS = ["1.4.1", "1.4.2", "1.5.0", "1.5.1-rc1", "2.0.0-alpine", "latest"]
NAME = f"{HOST}/shop/api"


@pytest.fixture(autouse=True)
def _stocked(registry: FakeRegistry) -> None:
    registry.push("shop/api", BOTH, tags=TAGS)
    registry.push("shop/web", AMD, tags=["1.0"])


async def one(pc: Portcall, reference: str, **question: Any) -> ImageCheck:
    answer = await pc.check_images([reference], **question)
    (check,) = answer.checks
    return check


# What is told of one


async def test_an_image_that_exists_is_pinned(pc: Portcall):
    check = await one(pc, f"{NAME}:1.4.2")
    assert (check.image, check.exists, check.error) == (f"{NAME}:1.4.2", True, None)
    assert (check.digest, check.reference) == (BOTH.digest, f"{NAME}@{BOTH.digest}")


async def test_an_index_tells_platforms_and_age_for_nothing(pc: Portcall, registry: FakeRegistry):
    check = await one(pc, f"{NAME}:1.4.2")
    assert (check.platforms, check.created) == (("linux/amd64", "linux/arm64/v8"), EPOCH)
    assert asked(registry) == ["GET manifest"]


async def test_a_missing_tag_brings_near_ones(pc: Portcall):
    check = await one(pc, f"{NAME}:1.4.3")
    assert check.exists is False
    assert check.error is not None
    assert (check.error.code, check.error.candidates[0]) == ("not_found", "1.4.2")
    assert (check.error.registry, check.error.reference) == (HOST, f"{NAME}:1.4.3")


async def test_a_missing_repository_is_missing(pc: Portcall):
    check = await one(pc, f"{HOST}/shop/none:1.0")
    assert check.exists is False
    assert check.error is not None
    assert check.error.message == f"{HOST} has no repository shop/none"


@pytest.mark.parametrize(
    "text", ["Nginx", "a b", "", "nginx:", "nginx@sha256:12", "https://example.com/x", "x" * 300, "\x00"]
)
async def test_what_is_no_reference_says_so_in_its_place(pc: Portcall, registry: FakeRegistry, text: str):
    check = await one(pc, text)
    assert (check.image, check.exists) == (text, None)
    assert check.error is not None
    assert check.error.code == "invalid_reference"
    assert check.error.hint
    assert asked(registry) == []


async def test_an_outage_is_not_called_absent(registry: FakeRegistry, pc: Portcall):
    registry.add(quirks.Answer(400, path="manifests"))
    check = await one(pc, f"{NAME}:1.4.2")
    assert check.exists is None
    assert check.error is not None
    assert check.error.code == "upstream_error"


@pytest.mark.parametrize("built", [helm_chart("shop", "1.0.0"), schema1(signed=False)], ids=["chart", "schema 1"])
async def test_what_is_no_image_exists_all_the_same(pc: Portcall, registry: FakeRegistry, built: Any):
    registry.push("shop/other", built, tags=["1.0"])
    check = await one(pc, f"{HOST}/shop/other:1.0")
    assert (check.exists, check.digest, check.error) == (True, built.digest, None)


async def test_an_ambiguous_manifest_is_refused(pc: Portcall, registry: FakeRegistry):
    registry.push("shop/bad", bad_manifests()["manifests-and-layers"], tags=["1.0"])
    check = await one(pc, f"{HOST}/shop/bad:1.0")
    assert check.exists is None
    assert check.error is not None
    assert check.error.code == "upstream_error"


# For a platform


@pytest.mark.parametrize(
    ("platform", "available"),
    [("linux/amd64", True), ("arm64", True), ("linux/s390x", False)],
)
async def test_an_index_tells_whether_it_has_the_platform(
    pc: Portcall, registry: FakeRegistry, platform: str, available: bool
):
    check = await one(pc, f"{NAME}:1.4.2", platform=platform)
    assert (check.exists, check.platform_available, check.error) == (True, available, None)
    assert asked(registry) == ["GET manifest"]


@pytest.mark.parametrize(("platform", "available"), [("linux/amd64", True), ("linux/arm64", False)])
async def test_a_single_images_configuration_tells_its_platform(
    pc: Portcall, registry: FakeRegistry, platform: str, available: bool
):
    check = await one(pc, f"{HOST}/shop/web:1.0", platform=platform)
    assert (check.exists, check.platform_available, check.platforms) == (True, available, ("linux/amd64",))
    assert asked(registry) == ["GET manifest", "GET blob"]


INDEXES = {
    "lines without platforms": index([AMD, ARM], platforms=False),
    "an index within": index([Child(index([AMD, ARM]))]),
    "an index beside": index([Child(index([ARM])), AMD]),
    "attestations beside": index([AMD, ARM], attestations=[attestation(AMD)]),
    "one image for two": index({"linux/amd64": AMD, "linux/arm64": AMD}),
}


@pytest.mark.parametrize("built", INDEXES.values(), ids=INDEXES)
@pytest.mark.parametrize("platform", ["linux/amd64", "linux/arm64"])
async def test_every_form_of_index_is_looked_into(pc: Portcall, registry: FakeRegistry, built: Any, platform: str):
    registry.push("shop/odd", built, tags=["1.0"])
    check = await one(pc, f"{HOST}/shop/odd:1.0", platform=platform)
    assert (check.exists, check.platform_available, check.error) == (True, True, None)


@pytest.mark.parametrize("built", INDEXES.values(), ids=INDEXES)
async def test_an_image_without_the_platform_still_exists(pc: Portcall, registry: FakeRegistry, built: Any):
    registry.push("shop/odd", built, tags=["1.0"])
    answer = await pc.check_images([f"{HOST}/shop/odd:1.0"], platform="linux/s390x")
    (check,) = answer.checks
    assert (check.exists, check.platform_available, check.error) == (True, False, None)
    assert (answer.ok, answer.failed, answer.platform) == (0, 1, "linux/s390x")


async def test_an_index_that_is_not_opened_to_the_end_leaves_it_open(pc: Portcall, registry: FakeRegistry):
    many = [image([layer({"a": str(number)})]) for number in range(20)]
    registry.push("shop/many", index([*many, ARM], platforms=False), tags=["1.0"])
    check = await one(pc, f"{HOST}/shop/many:1.0", platform="linux/arm64")
    assert (check.exists, check.platform_available) == (True, None)


async def test_a_configuration_that_cannot_be_had_leaves_it_open_and_fails(pc: Portcall, registry: FakeRegistry):
    registry.delete("shop/web", AMD.config_digest)
    answer = await pc.check_images([f"{HOST}/shop/web:1.0"], platform="linux/amd64")
    (check,) = answer.checks
    assert (check.exists, check.platform_available) == (True, None)
    assert check.error is not None
    assert (answer.ok, answer.failed) == (0, 1)


async def test_an_artifact_has_no_platform_to_lack(pc: Portcall, registry: FakeRegistry):
    registry.push("charts/shop", helm_chart("shop", "1.0.0"), tags=["1.0.0"])
    answer = await pc.check_images([f"{HOST}/charts/shop:1.0.0"], platform="linux/amd64")
    assert (answer.checks[0].platform_available, answer.ok) == (None, 1)


# Newer releases


@pytest.mark.parametrize(
    ("tag", "newer"), [("1.4.1", "1.5.0"), ("1.5.0", None), ("latest", None), ("2.0.0-alpine", None)]
)
async def test_a_newer_release_of_the_same_make_is_named(pc: Portcall, tag: str, newer: str | None):
    assert (await one(pc, f"{NAME}:{tag}", suggest_newer=True)).newer == newer


@pytest.mark.parametrize(("tag", "none_newer"), [("1.4.1", False), ("1.5.0", True), ("2.0.0-alpine", True)])
async def test_that_none_is_newer_is_said(pc: Portcall, tag: str, none_newer: bool):
    assert (await one(pc, f"{NAME}:{tag}", suggest_newer=True)).none_newer is none_newer
    assert not (await one(pc, f"{NAME}:{tag}")).none_newer


async def test_that_none_is_newer_is_not_said_of_half_a_list(pc: Portcall, registry: FakeRegistry):
    registry.add(quirks.ShortPages(size=3), quirks.LinkElsewhere())
    check = await one(pc, f"{NAME}:1.5.0", suggest_newer=True)
    assert (check.newer, check.none_newer) == (None, False)
    assert "another host" in check.warnings[0]


async def test_the_newest_of_the_same_major_version_is_named_beside_the_newest(
    pc: Portcall, registry: FakeRegistry
):
    registry.push("shop/cache", AMD, tags=["7.2", "7.2.9", "7.4.4", "8.0.3"])
    check = await one(pc, f"{HOST}/shop/cache:7.2", suggest_newer=True)
    assert (check.newer, check.newer_in_major) == ("8.0.3", "7.4.4")


async def test_newer_releases_are_not_looked_for_unasked(pc: Portcall, registry: FakeRegistry):
    assert (await one(pc, f"{NAME}:1.4.1")).newer is None
    assert registry.count("tags") == 0


async def test_a_digest_has_nothing_newer(pc: Portcall, registry: FakeRegistry):
    for reference in (f"{NAME}@{BOTH.digest}", f"{NAME}:latest"):
        check = await one(pc, reference, suggest_newer=True)
        assert (check.newer, check.none_newer) == (None, False)
        assert check.warnings == ("whether there is a newer one cannot be told: it names no version",)
    assert registry.count("tags") == 0


async def test_images_of_one_repository_share_its_tag_list(pc: Portcall, registry: FakeRegistry):
    await pc.check_images([f"{NAME}:{tag}" for tag in TAGS], suggest_newer=True)
    assert registry.count("tags") == 1


async def test_a_tag_list_that_fails_spoils_no_verdict(pc: Portcall, registry: FakeRegistry):
    registry.add(quirks.Answer(400, path="/tags/list"))
    check = await one(pc, f"{NAME}:1.4.1", suggest_newer=True)
    assert (check.exists, check.error) == (True, None)
    assert check.warnings[0].startswith("there may be newer releases than were found: ")


async def test_a_tag_list_that_never_comes_spoils_no_verdict(registry: FakeRegistry):
    registry.add(quirks.Stall(path="/tags/list"))
    settings = settings_for({HOST: {"endpoint": registry.address.url}}, network={"timeout": 2})
    async with Portcall(settings) as pc:
        check = await one(pc, f"{NAME}:1.4.1", suggest_newer=True)
    assert check.exists
    assert "no answer within" in check.warnings[0]


async def test_a_list_that_is_not_whole_is_told(pc: Portcall, registry: FakeRegistry):
    registry.add(quirks.ShortPages(size=3), quirks.LinkElsewhere())
    check = await one(pc, f"{NAME}:1.4.1", suggest_newer=True)
    assert check.newer == "1.5.0"
    assert "another host" in check.warnings[0]


# Many at once


async def test_the_verdicts_come_in_the_order_asked(pc: Portcall):
    references = [f"{NAME}:1.5.0", f"{HOST}/shop/none", "Bad", f"{NAME}:1.4.1"]
    answer = await pc.check_images(references)
    assert [check.image for check in answer.checks] == references
    assert [check.exists for check in answer.checks] == [True, False, None, True]
    assert (answer.ok, answer.failed, answer.total) == (2, 2, 4)


async def test_a_reference_that_is_given_twice_is_asked_once(pc: Portcall, registry: FakeRegistry):
    answer = await pc.check_images([f"{NAME}:1.4.1"] * 5)
    assert len(answer.checks) == 5
    assert asked(registry) == ["GET manifest"]


async def test_progress_is_told_by_distinct_reference(pc: Portcall):
    told = Told()
    await pc.check_images([f"{NAME}:1.4.1", f"{NAME}:1.4.2", f"{NAME}:1.4.1"], progress=told)
    assert told.steps == [(1, 2, "images checked"), (2, 2, "images checked")]


async def test_fifty_are_looked_at_side_by_side(pc: Portcall, registry: FakeRegistry):
    registry.push("shop/many", AMD, tags=[f"0.{number}" for number in range(50)])
    registry.add(quirks.Latency(seconds=0.05))
    answer = await pc.check_images([f"{HOST}/shop/many:0.{number}" for number in range(50)])
    assert (answer.ok, answer.warnings) == (50, ())
    assert registry.peak == 8


async def test_more_than_fifty_are_cut_and_said(pc: Portcall):
    answer = await pc.check_images([f"{NAME}:{number}" for number in range(60)])
    assert len(answer.checks) == 50
    (warning,) = answer.warnings
    assert warning == "only the first 50 of 60 references were checked; name the others as images in another call"


@pytest.mark.parametrize("content", ["just words\nno images", "not yaml: [", "<html>"])
async def test_what_is_no_document_is_told_to_be_none(pc: Portcall, content: str):
    with pytest.raises(InvalidArgumentError, match="no Dockerfile, no YAML or JSON, and no list") as refused:
        await pc.check_images(content=content)
    assert content not in f"{refused.value.message} {refused.value.hint}"


@pytest.mark.parametrize("question", [{}, {"content": ""}, {"content": "services: {}"}, {"images": []}])
async def test_nothing_to_look_at_is_an_error(pc: Portcall, question: dict[str, Any]):
    with pytest.raises(
        InvalidArgumentError, match="no image reference was given, or found in the content"
    ) as refused:
        await pc.check_images(**question)
    assert "Give images" in refused.value.hint


# Registries in every condition


CODES = {
    f"{HOST}/shop/api:1.5.0": None,
    f"{HOST}/shop/api:9": "not_found",
    "Bad": "invalid_reference",
    "silent.test/app:1": "timeout",
    "html.test/app:1": "upstream_error",
    "down.test/app:1": "unreachable",
    "denied.test/app:1": "blocked",
}


@pytest.fixture(scope="module")
def world() -> ImageChecks:
    """The verdicts on images of a registry that works, and of some that do not."""
    good, silent, broken = (
        FakeRegistry(),
        FakeRegistry(quirks=[quirks.Stall()]),
        FakeRegistry(quirks=[quirks.HtmlPage()]),
    )
    good.push("shop/api", BOTH, tags=TAGS)

    async def ask(registries: dict[str, Any]) -> ImageChecks:
        network = {"timeout": 4, "deny_hosts": ["denied.test"]}
        async with Portcall(settings_for(registries, network=network)) as pc:
            return await pc.check_images(list(CODES))

    with good.serve() as here, silent.serve() as there, broken.serve() as page:
        registries = {
            HOST: {"endpoint": here.url},
            "silent.test": {"endpoint": there.url},
            "html.test": {"endpoint": page.url},
            "down.test": {"endpoint": "http://127.0.0.1:1"},
        }
        return asyncio.run(ask(registries))


def test_each_failure_is_its_own(world: ImageChecks):
    assert {check.image: check.error.code if check.error else None for check in world.checks} == CODES
    assert (world.ok, world.failed) == (1, 6)


def test_only_what_is_known_to_be_missing_is_called_missing(world: ImageChecks):
    assert {check.image for check in world.checks if check.exists is False} == {f"{HOST}/shop/api:9"}


def test_each_error_names_registry_reference_and_next_step(world: ImageChecks):
    told = [(check.image, check.error) for check in world.checks if check.error and "/" in check.image]
    assert len(told) == 5
    for image_name, error in told:
        assert (error.registry, error.reference) == (image_name.partition("/")[0], image_name)
        assert error.hint


# On a registry that meters pulls


@pytest.fixture
async def hub(registry: FakeRegistry) -> AsyncIterator[Portcall]:
    async with Portcall(settings_for({"docker.io": {"endpoint": registry.address.url}})) as pc:
        yield pc


async def test_a_metered_registry_is_asked_by_head_alone(hub: Portcall, registry: FakeRegistry):
    registry.push("library/nginx", BOTH, tags=["1.27", "latest"])
    answer = await hub.check_images(
        ["nginx", "nginx:1.27", f"nginx@{BOTH.digest}", "docker.io/library/nginx:1.27"]
    )
    assert (answer.ok, registry.metered) == (4, 0)
    assert {request.method for request in registry.requests} == {"HEAD"}
    assert {check.digest for check in answer.checks} == {BOTH.digest}


async def test_a_metered_registry_costs_a_pull_only_for_a_platform(hub: Portcall, registry: FakeRegistry):
    registry.push("library/nginx", BOTH, tags=["1.27"])
    check = await one(hub, "nginx:1.27", platform="linux/arm64")
    assert (check.platform_available, registry.metered) == (True, 1)


async def test_what_is_missing_there_costs_no_pull_either(hub: Portcall, registry: FakeRegistry):
    registry.push("library/nginx", BOTH, tags=["1.27"])
    check = await one(hub, "nginx:1.72")
    assert check.exists is False
    assert check.error is not None
    assert (check.error.reference, check.error.candidates) == ("nginx:1.72", ("1.27",))
    assert registry.metered == 0
