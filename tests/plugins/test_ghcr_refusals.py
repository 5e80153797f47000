"""What is private, and what is not there: GHCR's token endpoint tells, and a user is told what to do."""

from __future__ import annotations

import pytest
from tests.doubles.ghcr import OCTO_TOKEN, STRANGER_TOKEN, GitHubDouble
from tests.plugins.ghcr_backend import backend, gateway, looked_up

from portcall.errors import HiddenError, NotFoundError
from portcall.testing import quirks

pytestmark = pytest.mark.anyio

LOGIN = {"username": "octo", "password_env": "PASSWORD"}


async def test_a_private_image_is_said_to_be_that_or_missing_and_what_opens_it():
    async with gateway(GitHubDouble()) as pc:
        with pytest.raises(HiddenError, match="is private, or not there") as refused:
            await pc.get_image_details("ghcr.io/acme/secret:1.0")
    assert "docker login ghcr.io" in refused.value.hint
    assert "read:packages" in refused.value.hint
    assert refused.value.registry == "ghcr.io"


async def test_a_missing_image_is_said_to_be_missing():
    async with gateway(GitHubDouble()) as pc:
        with pytest.raises(NotFoundError, match=r"ghcr\.io has no repository acme/nothing") as refused:
            await pc.get_image_details("ghcr.io/acme/nothing")
    assert not isinstance(refused.value, HiddenError)
    assert "list_repositories" in refused.value.hint


@pytest.mark.parametrize(("repository", "kind"), [("acme/secret", HiddenError), ("acme/nothing", NotFoundError)])
async def test_whatever_is_asked_the_difference_is_told(repository: str, kind: type[NotFoundError]):
    async with backend() as ghcr:
        for question in (
            ghcr.resolve(repository, "latest"),
            ghcr.get_manifest(repository, "latest"),
            ghcr.list_tags(repository),
            ghcr.get_repository(repository),
        ):
            with pytest.raises(NotFoundError) as refused:
                await question
            assert type(refused.value) is kind


async def test_what_is_public_costs_no_request_more():
    github = GitHubDouble()
    async with backend(github) as ghcr:
        await ghcr.get_manifest("acme/app", "1.1.0")
    manifest = "/v2/acme/app/manifests/1.1.0"
    # The first one learns where tokens come from; of ghcr.io itself that is known.
    assert [request.path for request in github.requests.registry] == [manifest, "/token", manifest]


async def test_a_missing_tag_of_a_public_image_is_just_that():
    github = GitHubDouble()
    async with backend(github) as ghcr:
        with pytest.raises(NotFoundError, match="acme/app:nope"):
            await ghcr.get_manifest("acme/app", "nope")
    assert looked_up(github) == ["acme/app"]


async def test_a_login_opens_what_is_private():
    async with gateway(GitHubDouble(), environ={"PASSWORD": OCTO_TOKEN}, **LOGIN) as pc:
        assert (await pc.get_image_details("ghcr.io/acme/secret:1.0")).tag == "1.0"


async def test_a_login_that_does_not_open_it_is_named_by_its_source():
    async with gateway(GitHubDouble(), environ={"PASSWORD": STRANGER_TOKEN}, **LOGIN) as pc:
        with pytest.raises(HiddenError) as refused:
            await pc.get_image_details("ghcr.io/acme/secret:1.0")
    assert "The credentials from the configuration do not open it" in refused.value.hint
    assert STRANGER_TOKEN not in f"{refused.value} {refused.value.hint}"


async def test_where_the_token_endpoint_says_something_else_nothing_is_claimed():
    github = GitHubDouble()
    async with backend(github) as ghcr:
        github.registry.add(quirks.Answer(400, path="^GET /token"))
        with pytest.raises(HiddenError, match="or no access to it is granted") as refused:
            await ghcr.get_manifest("acme/secret", "1.0")
    assert (
        "private or missing could not be looked up: ghcr.io does not tell which packages there are."
        in refused.value.hint
    )
