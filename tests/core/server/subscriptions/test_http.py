"""The real thing: over HTTP, each caller with a token of their own, as the SDK's client listens."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx2
import pytest
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import MCPServer
from mcp.shared.exceptions import MCPError
from tests.core.server.subscriptions.deployment import (
    ADA,
    BOB,
    INTERVAL,
    KEY,
    RegistryTags,
    eventually,
    hearing,
    uri_of,
)

from portcall.seal import Seal
from portcall.server.subscriptions import Subscriptions
from portcall.testing import serve
from portcall.testing.auth import BasicAuth

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.core.server.subscriptions.conftest import MovingRegistry

    from portcall.caller import Caller

pytestmark = pytest.mark.anyio

CALLERS = {caller.name: caller for caller in (ADA, BOB)}


class ByName:
    """Takes a caller's name for a token."""

    async def verify_token(self, token: str) -> AccessToken | None:
        return AccessToken(token=token, client_id=token, scopes=["read"]) if token in CALLERS else None


def caller_at_hand() -> Caller:
    token = get_access_token()
    assert token is not None
    return CALLERS[token.token]


@pytest.fixture
def subscriptions(registry: MovingRegistry) -> Subscriptions:
    registry.auth = BasicAuth({"ada": "ada-secret", "bob": "bob-secret"})
    seal = Seal(KEY)
    return Subscriptions(
        RegistryTags(registry.address.url),
        caller_at_hand,
        lambda caller: seal.partition(caller.identity.encode()),
        seal,
        interval=INTERVAL,
    )


@pytest.fixture
def url(subscriptions: Subscriptions) -> Iterator[str]:
    """A server's address."""

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        async with subscriptions:
            yield

    server = MCPServer(
        "test",
        lifespan=lifespan,
        subscriptions=subscriptions.bus,
        middleware=[subscriptions.gate],
        token_verifier=ByName(),
        auth=AuthSettings(
            issuer_url="http://127.0.0.1", resource_server_url="http://127.0.0.1", validate_token_resource=False
        ),  # type: ignore[arg-type]
    )
    with serve(server.streamable_http_app(stateless_http=True)) as address:
        yield f"{address.url}/mcp"


@asynccontextmanager
async def client_of(url: str, caller: Caller) -> AsyncIterator[Client]:
    async with (
        httpx2.AsyncClient(headers={"Authorization": f"Bearer {caller.name}"}, timeout=None) as http,
        Client(streamable_http_client(url, http_client=http)) as client,
    ):
        yield client


async def test_each_caller_hears_of_what_they_listen_for_themselves(
    url: str, registry: MovingRegistry, subscriptions: Subscriptions
):
    registry.move("2.0")
    async with (
        client_of(url, ADA) as hers,
        client_of(url, BOB) as his,
        hearing(hers, uri_of("1.0")) as ada,
        hearing(his, uri_of("1.0"), uri_of("2.0")) as bob,
    ):
        registry.move("2.0")
        await bob.until(1)
        registry.auth = BasicAuth({"ada": "ada-secret"})
        registry.move("1.0")
        await ada.until(1)
        assert bob.events == [uri_of("2.0")]
    await eventually(lambda: subscriptions.quota.streams == subscriptions.watcher.busy == 0, "nothing left")
    assert subscriptions.bus.listeners == subscriptions.watcher.watched == 0


async def test_a_refusal_is_told_in_our_own_words(url: str):
    async with client_of(url, ADA) as client:
        with pytest.raises(MCPError) as caught:
            async with client.listen(resource_subscriptions=[uri_of("9.9")]):
                pass
    assert caught.value.code == -32602
    assert caught.value.message.startswith("not_found: registry.example/team/api has no tag '9.9'.")


async def test_a_client_that_was_cut_off_is_forgotten(
    url: str, subscriptions: Subscriptions, registry: MovingRegistry
):
    async with client_of(url, ADA) as client:
        cut = asyncio.create_task(_listen_for_ever(client))
        await eventually(lambda: subscriptions.bus.listeners, "a listener")
        cut.cancel()
        await asyncio.wait([cut])
    await eventually(lambda: subscriptions.quota.streams == subscriptions.watcher.busy == 0, "nothing left")


async def _listen_for_ever(client: Client) -> None:
    async with client.listen(resource_subscriptions=[uri_of()]) as subscription:
        await anext(subscription)
