"""A GitHub Enterprise server, under its own name: asked as github.com is, with credentials of its own."""

from __future__ import annotations

import pytest
from tests.doubles.ghcr import OCTO_TOKEN, GitHubDouble
from tests.plugins.ghcr_backend import backend, gateway, names

from portcall.errors import UnsupportedError

pytestmark = pytest.mark.anyio

HOST = "containers.ghe.corp.example"


async def test_its_api_is_the_one_that_is_configured():
    github = GitHubDouble()
    environ = {"API": OCTO_TOKEN}
    async with backend(github, prefix=HOST, backend="ghcr", environ=environ, api_token_env="API") as ghe:
        listed = await ghe.list_repositories("acme", limit=10)
        tags = await ghe.list_tags("acme/app")
        found = await ghe.search("acme/app", limit=10)
        (user,) = (await ghe.search_users("octo", limit=10)).users
    assert f"{HOST}/acme/secret" in names(listed.repositories)
    assert all(tag.digest for tag in tags.tags)
    assert names(found.repositories) == [f"{HOST}/acme/app"]
    assert (user.registry, user.web_url) == (HOST, f"{ghe.api.upstream.endpoint}/octo" if ghe.api else None)
    # github.com's pages are none of its own.
    assert {image.web_url for image in (*listed.repositories, *found.repositories)} == {None}


async def test_githubs_own_token_is_not_shown_to_it():
    github = GitHubDouble()
    async with backend(github, OCTO_TOKEN, prefix=HOST, backend="ghcr") as ghe:
        await ghe.list_repositories("acme", limit=10)
    assert not any(request.authorization for request in (*github.requests.api, *github.requests.registry))


async def test_it_reads_its_own_sources_and_not_those_of_github_com():
    async with backend(prefix=HOST, backend="ghcr") as ghe:
        assert ghe.api is not None
        found = await ghe.get_source_dockerfile(f"{ghe.api.upstream.endpoint}/acme/app")
        with pytest.raises(UnsupportedError):
            await ghe.get_source_dockerfile("https://github.com/acme/app")
    assert found.repo == "127.0.0.1/acme/app"


async def test_a_refusal_is_told_by_its_name():
    async with gateway(GitHubDouble(), prefix=HOST, backend="ghcr") as pc:
        with pytest.raises(Exception, match=f"{HOST} has no repository acme/nothing"):
            await pc.get_image_details(f"{HOST}/acme/nothing")


async def test_without_an_api_it_is_asked_what_every_registry_can_be_asked():
    github = GitHubDouble()
    async with gateway(github, prefix=HOST, backend="ghcr", api=None) as pc:
        (info,) = (await pc.list_registries(HOST)).registries
        assert info.capabilities == ("tags", "manifests", "details", "repository")
        assert (await pc.get_repository(f"{HOST}/acme/app")).description is None
        assert len((await pc.search_tags(f"{HOST}/acme/app")).tags) == 4
        with pytest.raises(UnsupportedError) as unsupported:
            await pc.search_images("acme", registry=HOST)
    assert f'[registries."{HOST}"]' in unsupported.value.hint
    assert github.requests.api == []


async def test_ghcr_io_can_be_asked_everything_but_for_vulnerabilities():
    async with gateway(GitHubDouble()) as pc:
        (info,) = (await pc.list_registries("ghcr.io")).registries
    assert set(info.capabilities) >= {"search", "repositories", "users", "dockerfiles", "tags", "repository"}
    assert "vulnerabilities" not in info.capabilities
