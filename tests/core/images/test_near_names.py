"""A name that is not there: what was probably meant is told, and only names that somebody vouches for."""

from __future__ import annotations

import pytest
from tests.core.images.conftest import HOST
from tests.doubles.dockerhub import DockerHubDouble
from tests.doubles.dockerhub.catalogue import Repository
from tests.doubles.dockerhub.failures import LONG_OUTAGE
from tests.doubles.quay import QuayDouble
from tests.plugins.hub import gateway
from tests.plugins.quay_backend import gateway as quay_gateway

from portcall import Portcall
from portcall.errors import NotFoundError
from portcall.testing import FakeRegistry, image, layer

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ngnix", "nginx"),
        ("docker.io/ngnix", "nginx"),
        ("library/nginxx:1.28", "nginx:1.28"),
        ("ngnix:latst", "nginx:latest"),
        ("ngnix:nothing-like-it", "nginx"),
    ],
)
async def test_an_official_name_is_suggested_with_the_tag_that_was_meant_of_it(typed: str, meant: str):
    async with gateway(DockerHubDouble()) as pc:
        with pytest.raises(NotFoundError) as missing:
            await pc.get_image_details(typed)
    assert missing.value.candidates[0] == meant
    assert "official" in missing.value.hint


async def test_every_question_about_an_image_suggests_it():
    async with gateway(DockerHubDouble()) as pc:
        for question in (pc.search_tags, pc.get_manifest, pc.get_repository, pc.get_image_details):
            with pytest.raises(NotFoundError) as missing:
                await question("postgress")
            assert missing.value.candidates == ("postgres",)


async def test_a_check_tells_it_beside_the_reference():
    async with gateway(DockerHubDouble()) as pc:
        answer = await pc.check_images(["ngnix:1.27", "nginx"])
    mistyped, known = answer.checks
    assert mistyped.error is not None
    assert mistyped.error.candidates[0] == "nginx:1.28"
    assert known.error is None


async def test_a_name_that_anybody_registered_is_never_suggested():
    hub = DockerHubDouble()
    hub.add(Repository(path="evil/grafanaa", badge="none"), Repository(path="grafanna/grafana", badge=None))
    async with gateway(hub) as pc:
        with pytest.raises(NotFoundError) as missing:
            await pc.get_image_details("grafanaa/grafana")
    assert set(missing.value.candidates) <= {"grafana/grafana"}


async def test_a_name_like_no_other_gets_no_suggestion():
    async with gateway(DockerHubDouble()) as pc:
        with pytest.raises(NotFoundError) as missing:
            await pc.get_image_details("zzz-no-such-thing-zzz")
    assert missing.value.candidates == ()


async def test_where_nothing_can_be_suggested_the_error_stands():
    hub = DockerHubDouble()
    hub.fail("api", LONG_OUTAGE)
    async with gateway(hub) as pc:
        with pytest.raises(NotFoundError) as missing:
            await pc.get_image_details("ngnix")
    assert missing.value.candidates == ()
    assert "has no" in missing.value.message


async def test_a_registry_that_vouches_for_nobody_suggests_nobody():
    async with quay_gateway(QuayDouble()) as pc:
        with pytest.raises(NotFoundError) as missing:
            await pc.get_image_details("quay.io/prometheus/busybocks:latest")
    assert missing.value.candidates == ()


@pytest.mark.parametrize(
    ("tags", "candidates", "hint"),
    [
        (["stable"], ("stable",), "The candidates are all that there are."),
        (["edge", "blue", "red"], ("blue", "edge", "red"), "The candidates are all that there are."),
        (["stable", "no tag at all"], ("stable",), "The candidates are all that there are."),
        (["aa", "bb", "cc", "dd", "ee", "ff"], (), "search_tags lists the tags that there are."),
    ],
)
async def test_where_no_tag_is_like_it_a_few_are_all_named(
    pc: Portcall, registry: FakeRegistry, tags: list[str], candidates: tuple[str, ...], hint: str
):
    registry.push("shop/api", image([layer({"a": "b"})]), tags=tags)
    with pytest.raises(NotFoundError) as missing:
        await pc.get_image_details(f"{HOST}/shop/api:1.27.3")
    assert (missing.value.candidates, missing.value.hint) == (candidates, hint)


async def test_where_no_tag_was_in_question_none_is_to_be_checked():
    async with gateway(DockerHubDouble()) as pc:
        with pytest.raises(NotFoundError) as missing:
            await pc.list_repositories("nosuchnamespace")
    assert missing.value.hint == "Check the name."
