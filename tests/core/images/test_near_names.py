"""A name that is not there: what was probably meant is told, and only names that somebody vouches for."""

from __future__ import annotations

import pytest
from tests.core.images.conftest import HOST, settings_for
from tests.doubles.dockerhub import DockerHubDouble
from tests.doubles.dockerhub.catalogue import Repository
from tests.doubles.dockerhub.failures import LONG_OUTAGE
from tests.doubles.ghcr import GitHubDouble
from tests.doubles.quay import QuayDouble
from tests.plugins.ghcr_backend import asked as ghcr_asked
from tests.plugins.ghcr_backend import gateway as ghcr_gateway
from tests.plugins.hub import gateway
from tests.plugins.quay_backend import gateway as quay_gateway

from portcall import Portcall
from portcall.errors import NotFoundError
from portcall.testing import FakeRegistry, image, layer, quirks

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


# Of the namespace that was typed


async def test_a_registry_that_vouches_for_nobody_suggests_what_the_namespace_has():
    quay = QuayDouble()
    async with quay_gateway(quay) as pc:
        with pytest.raises(NotFoundError) as missing:
            await pc.get_image_details("quay.io/prometheus/busybocks:latest")
    assert missing.value.candidates == ("quay.io/prometheus/busybox:latest",)
    # Quay does not tell what is hidden from what is not there.
    assert missing.value.hint.startswith("Did you mean the candidate? No other namespace was looked at. Check the")
    assert [asked.operation for asked in quay.requests].count("listRepos") == 1


async def test_where_nothing_there_is_like_it_the_hint_says_what_lists_it():
    async with quay_gateway(QuayDouble()) as pc:
        with pytest.raises(NotFoundError) as missing:
            await pc.get_image_details("quay.io/prometheus/zzzz")
    assert missing.value.candidates == ()
    assert missing.value.hint.startswith("list_repositories tells what that namespace has. ")
    assert "credentials" in missing.value.hint


async def test_a_namespace_that_is_not_there_is_told_to_be_it():
    async with quay_gateway(QuayDouble()) as pc:
        with pytest.raises(NotFoundError) as missing:
            await pc.get_image_details("quay.io/promethius/busybox")
    assert missing.value.candidates == ()
    assert "Its namespace has no repositories" in missing.value.hint
    assert "search_users" in missing.value.hint


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("team/apo:1.0", (f"{HOST}/team/api:1.0",)),
        ("team/apii", (f"{HOST}/team/api",)),
        ("team/project/workr", (f"{HOST}/team/project/worker",)),
        ("toool", (f"{HOST}/tool",)),
        # Whoever named one owner is shown nothing of another's, however alike it is.
        ("taem/api", ()),
        ("team/worker", ()),
        ("team/tool", ()),
        ("tool/api", ()),
        ("api", ()),
    ],
)
async def test_a_list_of_all_repositories_tells_those_of_the_namespace_alone(
    pc: Portcall, registry: FakeRegistry, typed: str, meant: tuple[str, ...]
):
    for path in ("team/api", "team/zebra", "team/project/worker", "tool", "other/apo"):
        registry.push(path, image([layer({"a": "b"})]), tags=["1.0"])
    with pytest.raises(NotFoundError) as missing:
        await pc.get_image_details(f"{HOST}/{typed}")
    assert missing.value.candidates == meant


async def test_it_costs_two_requests_more_and_the_list_one_of_them(pc: Portcall, registry: FakeRegistry):
    registry.push("team/api", image([layer({"a": "b"})]), tags=["1.0"])
    with pytest.raises(NotFoundError):
        await pc.get_image_details(f"{HOST}/team/apo:1.0")
    assert [request.kind for request in registry.requests] == ["manifest", "tags", "catalog", "tags"]


async def test_a_list_that_cannot_be_had_tells_nothing_of_what_there_is(pc: Portcall, registry: FakeRegistry):
    """A failure to look is never "there is none": the error stands as it was."""
    registry.push("team/api", image([layer({"a": "b"})]), tags=["1.0"])
    registry.add(quirks.Answer(404, path="_catalog"))
    with pytest.raises(NotFoundError) as missing:
        await pc.get_image_details(f"{HOST}/team/apo:1.0")
    assert (missing.value.candidates, missing.value.hint) == ((), "Check the name.")


async def test_github_is_not_asked_for_a_list_that_takes_a_request_for_each_image():
    github = GitHubDouble()
    async with ghcr_gateway(github) as pc:
        with pytest.raises(NotFoundError) as missing:
            await pc.get_image_details("ghcr.io/acme/ap:1")
    assert missing.value.candidates == ()
    assert "list_repositories" in missing.value.hint
    assert ghcr_asked(github) == []


async def test_docker_hub_tells_what_the_namespace_has_where_nobody_vouches_for_a_name():
    hub = DockerHubDouble()
    hub.add(Repository(path="acme/transcoder", badge=None))
    async with gateway(hub) as pc:
        with pytest.raises(NotFoundError) as missing:
            await pc.get_image_details("acme/trancoder")
    assert missing.value.candidates == ("acme/transcoder",)
    assert "official" not in missing.value.hint


@pytest.mark.parametrize(
    ("tags", "candidates", "hint"),
    [
        (["stable"], ("stable",), "The candidates are all that there are."),
        (["edge", "blue", "red"], ("blue", "edge", "red"), "The candidates are all that there are."),
        (["stable", "no tag at all"], ("stable",), "The candidates are all that there are."),
        (
            ["1.27.4", "1.27.5"],
            ("1.27.4", "1.27.5"),
            "Did you mean the first candidate? search_tags lists all tags.",
        ),
        (["1.27.5", "zzz"], ("1.27.5",), "Did you mean the candidate? search_tags lists all tags."),
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


async def test_a_mistyped_name_and_tag_cost_docker_hub_few_requests():
    hub = DockerHubDouble()
    async with gateway(hub) as pc:
        with pytest.raises(NotFoundError) as missing:
            await pc.get_image_details("ngnix:latst")
    assert missing.value.candidates[0] == "nginx:latest"
    # The image (three, with its token), both ends of the official names, the tags of the one that was meant.
    assert len(hub.requests) == 6


async def test_of_many_bad_names_a_few_are_looked_up_and_the_answer_says_so():
    hub = DockerHubDouble()
    async with gateway(hub) as pc:
        answer = await pc.check_images([f"nginx-{number}-nope:{number}" for number in range(50)])
        searches = [request for request in hub.requests if "search" in request.path]
        assert len(searches) <= 10
        assert len(hub.requests) <= 125
        assert any("near names were looked up for 10" in warning for warning in answer.warnings)
        few = await pc.check_images([f"ngnix:{number}" for number in range(20)])
    assert few.warnings == (), "one name, however often it is asked, is looked up once"
    assert all(check.error and check.error.candidates for check in few.checks)


async def test_what_is_only_nice_to_know_is_asked_once():
    hub = DockerHubDouble()
    hub.fail("api", LONG_OUTAGE)
    async with gateway(hub) as pc:
        with pytest.raises(NotFoundError):
            await pc.get_image_details("ngnix")
    paths = [request.path for request in hub.requests if "namespaces" in request.path]
    assert len(paths) <= 2


async def test_an_error_is_never_its_own_cause():
    registry = FakeRegistry()
    with registry.serve() as address:
        async with Portcall(settings_for({HOST: {"endpoint": address.url}})) as pc:
            for platform in ("", "linux/amd64"):
                with pytest.raises(NotFoundError) as missing:
                    await pc.compare_images(f"{HOST}/a@sha256:{'a' * 64}", f"{HOST}/b:1", platform)
                cause: BaseException | None = missing.value
                for _ in range(5):
                    assert cause is None or cause.__cause__ is not cause
                    cause = cause.__cause__ if cause else None
                assert cause is None
