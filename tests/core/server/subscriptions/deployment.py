"""Replicas of a server whose clients listen: the SDK's own server, our subscriptions, a registry over HTTP."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
from mcp.client.client import Client
from mcp.server.mcpserver import MCPServer

from portcall.caller import Caller
from portcall.errors import (
    BlockedError,
    ForbiddenError,
    NotFoundError,
    RateLimitedError,
    UnauthorizedError,
    UnavailableError,
    UnreachableError,
)
from portcall.http.upstream import Credentials
from portcall.seal import Seal
from portcall.server.subscriptions import LocalWire, RedisWire, Subscriptions
from portcall.settings.redis_location import RedisLocation
from portcall.state import open_state

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from mcp.client.subscriptions import Subscription
    from tests.testbed.redis import RedisServer

    from portcall.server.subscriptions import Wire
    from portcall.state import StateStore

HOST = "registry.example"
KEY = b"k" * 32
#: Seconds between two looks; of replicas longer, so that a busy machine costs nobody a lease.
INTERVAL = 0.1
SHARED_INTERVAL = 0.3
READ = frozenset({"read"})

ADA = Caller("token:ada", "ada", READ, {HOST: Credentials("ada", "ada-secret")})
BOB = Caller("token:bob", "bob", READ, {HOST: Credentials("bob", "bob-secret")})
at_hand: ContextVar[Caller] = ContextVar("at_hand", default=ADA)


def uri_of(tag: str = "1.0", repository: str = "team/api") -> str:
    return f"docker://image/{HOST}/{repository}/{tag}"


class RegistryTags:
    """Asks a registry at ``url``, which plays ``registry.example``, as the caller."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.asked: list[tuple[str, str]] = []
        self.under_way = self.peak = 0

    def forget(self, name: str, tag: str) -> None:
        pass

    def may_watch(self, name: str) -> None:
        if not name.startswith(f"{HOST}/"):
            raise BlockedError("that registry is neither listed nor well known", hint="Name it.")

    async def digest_now(self, caller: Caller, name: str, tag: str) -> str:
        self.asked.append((caller.name, tag))
        self.under_way += 1
        self.peak = max(self.peak, self.under_way)
        try:
            return await self._digest(caller, name.removeprefix(f"{HOST}/"), tag)
        finally:
            self.under_way -= 1

    async def _digest(self, caller: Caller, repository: str, tag: str) -> str:
        login = caller.logins[HOST]
        try:
            # Unverified: loading a machine's trust takes longer than all else, and this is plain HTTP.
            async with httpx.AsyncClient(auth=(login.username, login.secret), verify=False) as client:
                response = await client.head(f"{self._url}/v2/{repository}/manifests/{tag}")
        except httpx.TransportError:
            raise UnreachableError(f"{HOST} does not answer") from None
        match response.status_code:
            case 200:
                return response.headers["Docker-Content-Digest"]
            case 404:
                raise NotFoundError(f"{HOST}/{repository} has no tag '{tag}'", hint="See its tags.")
            case 401:
                raise UnauthorizedError(f"{HOST} refuses the credentials")
            case 403:
                raise ForbiddenError(f"{HOST} refuses access")
            case 429:
                raise RateLimitedError(
                    f"{HOST} asks for a pause", retry_after=float(response.headers["Retry-After"])
                )
        raise UnavailableError(f"{HOST} answers {response.status_code}")


@dataclass
class Replica:
    """One process's worth of a server, in this process."""

    subscriptions: Subscriptions
    tags: RegistryTags
    server: MCPServer[Any]
    interval: float

    @property
    def busy(self) -> dict[str, int]:
        """What it holds for streams."""
        parts = self.subscriptions
        return {
            "listeners": parts.bus.listeners,
            "watched": parts.watcher.watched,
            "tasks": parts.watcher.busy,
            "streams": parts.quota.streams,
            "addresses": parts.quota.addresses,
        }

    @asynccontextmanager
    async def listening(self, *uris: str, caller: Caller = ADA) -> AsyncIterator[Heard]:
        """Listen as a caller, in memory."""
        async with Client(self.server) as client, hearing(client, *uris, caller=caller) as heard:
            heard.interval = self.interval
            yield heard


@dataclass
class Heard:
    """What a client heard so far, and how its stream ended."""

    interval: float = INTERVAL
    events: list[str] = field(default_factory=list)
    end: BaseException | str | None = None

    async def listen(self, subscription: Subscription) -> None:
        try:
            async for event in subscription:
                self.events.append(getattr(event, "uri", type(event).__name__))
            self.end = "gracefully"
        except Exception as error:  # noqa: BLE001 - looked at by the test
            self.end = error

    async def until(self, events: int) -> None:
        """Wait until so many were heard, and see that no more come for a while."""
        await eventually(lambda: len(self.events) >= events, f"{events} events; heard {self.events}")
        await asyncio.sleep(1.2 * self.interval)
        assert len(self.events) == events, self.events


@asynccontextmanager
async def hearing(client: Client, *uris: str, caller: Caller = ADA, lists: bool = False) -> AsyncIterator[Heard]:
    """Listen, as an agent would."""
    heard = Heard()
    async with AsyncExitStack() as stack:
        token = at_hand.set(caller)  # in memory, a request has the context of its client
        try:
            listening = client.listen(resource_subscriptions=uris, tools_list_changed=lists)
            subscription = await stack.enter_async_context(listening)
        finally:
            at_hand.reset(token)
        task = asyncio.create_task(heard.listen(subscription))
        try:
            yield heard
        finally:
            task.cancel()
            await asyncio.wait([task])


@asynccontextmanager
async def replica(
    url: str,
    redis: RedisServer | None = None,
    *,
    store: StateStore | None = None,
    wire: Wire | None = None,
    shared: bool = False,
    recheck: Callable[[], Awaitable[None]] | None = None,
    interval: float | None = None,
) -> AsyncIterator[Replica]:
    """Run a replica; with Redis it shares what is there with others."""
    seal = Seal(KEY)
    interval = interval or (INTERVAL if redis is None and wire is None and not shared else SHARED_INTERVAL)
    if redis is not None:
        store = open_state(redis.url)
        wire = RedisWire(RedisLocation("127.0.0.1", redis.port))
    tags = RegistryTags(url)
    more: dict[str, Any] = {} if recheck is None else {"recheck": recheck, "recheck_seconds": 0.1}
    subscriptions = Subscriptions(
        tags,
        at_hand.get,
        lambda caller: seal.partition(repr((caller.identity, sorted(caller.logins))).encode()),
        seal,
        store=store,
        wire=wire or LocalWire(),
        shared=shared,
        interval=interval,
        **more,
    )
    server = MCPServer("test", subscriptions=subscriptions.bus, middleware=[subscriptions.gate])
    try:
        async with subscriptions:
            yield Replica(subscriptions, tags, server, interval)
    finally:
        if redis is not None and store is not None:
            await store.aclose()


async def eventually(holds: Callable[[], Any], what: str, seconds: float = 5) -> None:
    """Wait until something holds."""
    try:
        async with asyncio.timeout(seconds):
            while not holds():  # noqa: ASYNC110 - what is waited for tells nobody
                await asyncio.sleep(0.005)
    except TimeoutError:
        raise AssertionError(f"not in {seconds} s: {what}") from None
