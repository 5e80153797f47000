"""A GitHub Enterprise server, under its own name: asked as github.com is, with credentials of its own."""

from __future__ import annotations

import pytest
from tests.doubles.ghcr import OCTO_TOKEN, GitHubDouble
from tests.plugins.ghcr_backend import backend, gateway, names

from portcall.errors import RateLimitedError, UnauthorizedError, UnsupportedError

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


async def test_github_coms_token_is_not_shown_to_it_and_nobody_is_told_to_set_it():
    github = GitHubDouble()
    async with backend(github, prefix=HOST, backend="ghcr", environ={"GITHUB_TOKEN": OCTO_TOKEN}) as ghe:
        await ghe.list_repositories("acme", limit=10)
        found = await ghe.search_dockerfiles("acme", limit=10)
    assert not any(request.authorization for request in (*github.requests.api, *github.requests.registry))
    assert "GITHUB_TOKEN" not in " ".join(found.warnings)
    assert "(name the variable that holds one by api_token_env)" in found.warnings[0]


async def test_a_refused_token_of_its_own_is_mended_where_it_is_named():
    async with backend(GitHubDouble(), "ghp_expired", prefix=HOST, backend="ghcr") as ghe:
        with pytest.raises(UnauthorizedError) as refused:
            await ghe.search_dockerfiles("github.com/acme/secret", limit=10)
    assert "api_token_env" in refused.value.hint
    assert "GITHUB_TOKEN" not in refused.value.hint


async def test_github_coms_limits_are_not_said_to_be_its_own():
    github = GitHubDouble()
    github.api.limits.spend(leaving=0)
    async with backend(github, prefix=HOST, backend="ghcr") as ghe:
        with pytest.raises(RateLimitedError) as limited:
            await ghe.list_repositories("acme", limit=10)
    assert "60 requests" not in limited.value.hint
    assert "api_token_env" in limited.value.hint
    assert "GITHUB_TOKEN" not in limited.value.hint


async def test_the_sources_that_it_reads_are_declared():
    async with backend() as ghcr, backend(prefix=HOST, backend="ghcr") as ghe:
        assert (ghcr.source_hosts, ghe.source_hosts) == (("github.com",), ("127.0.0.1",))
    async with backend(prefix=HOST, backend="ghcr", api=None) as ghe:
        assert ghe.source_hosts == ()


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
