"""While the store does not answer, nobody is told that they have no right to anything."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from mcp.server.auth.provider import AuthorizationParams, AuthorizeError
from pydantic import AnyUrl
from tests.core.auth.signin.bed import Bed, HubOverHttp, serving
from tests.core.auth.signin.conftest import KEY
from tests.doubles.dockerhub import Clock, DockerHubDouble
from tests.testbed.redis import RedisServer
from tests.testbed.scriptless import Page

from portcall.auth.signin.registrations import RegisteredClient
from portcall.errors import UnreachableError
from portcall.seal import Seal
from portcall.state import open_state

pytestmark = pytest.mark.anyio


@pytest.fixture
async def redis_and_bed(
    hub: DockerHubDouble, clock: Clock, tmp_path: Path
) -> AsyncIterator[tuple[RedisServer, Bed]]:
    accounts = HubOverHttp(hub.places.api)
    with RedisServer(tmp_path) as redis:
        store = open_state(redis.url)
        async with serving(store, Seal(KEY), accounts, clock=clock, scopes=("read", "write")) as bed:
            yield redis, bed
        await store.aclose()


async def test_every_answer_to_a_client_is_come_again(redis_and_bed: tuple[RedisServer, Bed]) -> None:
    redis, bed = redis_and_bed
    client = await bed.register()
    tokens = await bed.sign_in(client)
    redis.stop()
    for reply in (
        await bed.try_to_register(),
        await bed.authorize(client),
        await bed.exchange(client, "code"),
        await bed.refresh(client, tokens["refresh_token"]),
        await bed.revoke(client, tokens["access_token"]),
    ):
        assert reply.status_code == 503
        assert reply.json()["error"] == "temporarily_unavailable"
        assert "retry-after" in reply.headers
        assert reply.headers["cache-control"] == "no-store"
        assert reply.headers["access-control-allow-origin"] == "*"  # clients in browsers can read it
    asked = AuthorizationParams(
        state=None,
        scopes=None,
        code_challenge=client.pkce.challenge,
        redirect_uri=AnyUrl(client.redirect_uri),
        redirect_uri_provided_explicitly=True,
    )
    with pytest.raises(AuthorizeError) as told:  # the client is known by then, and is told by a redirect
        await bed.provider.authorize(RegisteredClient(client_id=client.id), asked)
    assert told.value.error == "temporarily_unavailable"
    with pytest.raises(UnreachableError):
        await bed.provider.load_access_token(tokens["access_token"])


async def test_a_person_is_told_so_on_a_page_and_goes_on_after_it(redis_and_bed: tuple[RedisServer, Bed]) -> None:
    redis, bed = redis_and_bed
    async with bed.browser() as browser:
        page = await bed.open(browser, await bed.begin(await bed.register()))
        redis.stop()
        for reply in (await browser.get("/signin?ticket=x"), await bed.send(browser, page)):
            assert reply.status_code == 503
            assert "does not work just now" in Page.read(reply.text).one("h1").text
            assert reply.headers["x-frame-options"] == "DENY"
        redis.start()
        assert (
            await bed.send(browser, await bed.open(browser, await bed.begin(await bed.register())))
        ).status_code == 200


async def test_replicas_share_all_of_it(
    redis_and_bed: tuple[RedisServer, Bed], hub: DockerHubDouble, clock: Clock
) -> None:
    """What one replica began another goes on with, and what one ended is over at the other."""
    redis, one = redis_and_bed
    store = open_state(redis.url)
    accounts = HubOverHttp(hub.places.api)
    async with serving(store, Seal(KEY), accounts, clock=clock, scopes=("read", "write")) as other:
        client = await one.register()
        tokens = await one.sign_in(client)
        assert await other.provider.load_access_token(tokens["access_token"]) is not None
        tokens = (await other.refresh(client, tokens["refresh_token"])).json()
        assert await one.provider.load_access_token(tokens["access_token"]) is not None
        await one.revoke(client, tokens["refresh_token"])
        assert await other.provider.load_access_token(tokens["access_token"]) is None
    await store.aclose()


async def test_another_key_means_to_sign_in_anew(bed: Bed) -> None:
    client = await bed.register()
    tokens = await bed.sign_in(client)
    old = bed.provider
    async with serving(
        old.store, Seal(b"another" * 5), old.accounts, clock=old._clock, scopes=("read",)
    ) as rekeyed:
        assert await rekeyed.provider.load_access_token(tokens["access_token"]) is None
        assert (await rekeyed.refresh(client, tokens["refresh_token"])).status_code == 401
