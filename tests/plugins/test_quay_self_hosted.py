"""A Quay of one's own, under its own name: the same questions, asked on its own host."""

from __future__ import annotations

import pytest
from tests.doubles.quay import OAUTH_TOKEN, ROBOT, QuayDouble
from tests.plugins.quay_backend import backend, gateway

from portcall.errors import HiddenError, UnauthorizedError

pytestmark = pytest.mark.anyio

HOST = "quay.corp.example"


async def test_its_api_is_on_its_own_host():
    double = QuayDouble()
    async with backend(double, HOST, backend="quay") as quay:
        (found,) = (await quay.search("node-exporter", limit=10)).repositories
        listed = await quay.list_repositories("ada", limit=10)
        told = await quay.get_repository("prometheus/busybox")
        (org,) = (await quay.search_users("prometheus", limit=10)).users
        tags = await quay.list_tags("coreos/etcd")
    assert found.name == f"{HOST}/prometheus/node-exporter"
    assert [each.name for each in listed.repositories] == [f"{HOST}/ada/tools"]
    assert (told.registry, org.registry) == (HOST, HOST)
    assert tags.tags[0].digest is not None
    assert {asked.status for asked in double.requests} <= {200, 404}


async def test_it_can_be_asked_what_quay_io_can_be_asked():
    async with gateway(QuayDouble(), HOST, backend="quay") as pc:
        (info,) = (await pc.list_registries(HOST)).registries
    assert set(info.capabilities) >= {"search", "repositories", "repository", "users", "tags", "vulnerabilities"}


async def test_its_robots_are_not_shown_to_its_api():
    double = QuayDouble()
    entry = {"backend": "quay", "username": ROBOT[0], "password_env": "ROBOT"}
    async with gateway(double, HOST, environ={"ROBOT": ROBOT[1]}, **entry) as pc:
        page = await pc.search_tags(f"{HOST}/prometheus/internal")
    assert [tag.name for tag in page.tags] == ["1.0"]
    by_api = [asked for asked in double.requests if asked.path.startswith("/api/")]
    assert by_api
    assert not any("authorization" in asked.headers for asked in by_api)


async def test_an_oauth_token_as_its_login_opens_registry_and_api():
    double = QuayDouble()
    entry = {"backend": "quay", "username": "$oauthtoken", "password_env": "TOKEN"}
    async with gateway(double, HOST, environ={"TOKEN": OAUTH_TOKEN}, **entry) as pc:
        page = await pc.search_tags(f"{HOST}/prometheus/internal")
        await pc.get_image_details(f"{HOST}/prometheus/internal:1.0")
    assert page.tags[0].digest
    assert double.count("tags") == 0


@pytest.mark.parametrize("names_api", [False, True])
async def test_a_token_for_its_api_counts_wherever_its_api_is(names_api: bool):
    double = QuayDouble(anonymous_access=False)
    entry = {"backend": "quay", "names_api": names_api, "api_token_env": "API"}
    async with backend(double, HOST, environ={"API": OAUTH_TOKEN}, **entry) as quay:
        assert (await quay.search("internal", limit=10)).repositories
    assert double.requests[0].headers["authorization"] == f"Bearer {OAUTH_TOKEN}"


async def test_quay_ios_token_is_not_shown_to_it():
    double = QuayDouble()
    async with backend(double, HOST, environ={"QUAY_TOKEN": OAUTH_TOKEN}, backend="quay") as quay:
        with pytest.raises(HiddenError):
            await quay.get_repository("prometheus/internal")
    assert not any("authorization" in asked.headers for asked in double.requests)


async def test_without_anonymous_access_a_login_is_asked_for():
    async with backend(QuayDouble(anonymous_access=False), HOST, backend="quay") as quay:
        with pytest.raises(UnauthorizedError) as refused:
            await quay.search("etcd", limit=10)
    assert refused.value.registry == HOST
