"""How much may be asked at once, and how often."""

import asyncio
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import ASGIApp, Receive, Scope, Send
from tests.core.server.asgi.bed import Answer, ask, scope_of, welcome

from portcall.server.asgi.buckets import Buckets
from portcall.server.asgi.ceilings import CallerCeilings, Ceilings
from portcall.server.asgi.listens import is_listen

pytestmark = pytest.mark.anyio

LISTEN = [("host", "localhost"), ("mcp-protocol-version", "2026-07-28"), ("mcp-method", "subscriptions/listen")]


class Held:
    """An app that answers once it is let go."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.asked = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        await self.go.wait()
        await welcome(scope, receive, send)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def whoever(scope: Scope) -> str:
    return scope["client"][0]


async def begun(app: ASGIApp, held: Held, *scopes: Scope) -> list[asyncio.Task[Answer | None]]:
    """Return requests that are in flight."""
    before = held.asked
    tasks = [asyncio.create_task(ask(app, scope)) for scope in scopes]
    while held.asked < before + len(scopes):  # noqa: ASYNC110 - a turn of the loop or two
        await asyncio.sleep(0)
    return tasks


async def statuses(tasks: list[asyncio.Task[Answer | None]]) -> list[int]:
    return [answer.status for answer in await asyncio.gather(*tasks)]


async def test_one_request_too_many_is_asked_to_come_again():
    held = Held()
    app = Ceilings(held, most=2)
    tasks = await begun(app, held, scope_of(), scope_of())
    refused = await ask(app)
    assert refused is not None
    assert (refused.status, refused.headers["retry-after"]) == (503, "1")
    held.go.set()
    assert await statuses(tasks) == [200, 200]
    assert (await ask(app)).status == 200


async def test_probes_are_answered_whatever_is_going_on():
    held = Held()
    app = CallerCeilings(Ceilings(held, most=1), who=whoever, most=1, per_minute=1)
    tasks = await begun(app, held, scope_of(), *[scope_of("GET", "/readyz")] * 3)
    held.go.set()
    assert await statuses(tasks) == [200] * 4


async def test_a_place_is_free_again_when_an_app_fails_or_is_cancelled():
    async def failing(*_: object) -> None:
        raise RuntimeError

    app = Ceilings(failing, most=1)
    for _ in range(3):
        with pytest.raises(RuntimeError):
            await ask(app)
    held = Held()
    cut = Ceilings(held, most=1)
    (task,) = await begun(cut, held, scope_of())
    task.cancel()
    await asyncio.wait([task])
    await begun(cut, held, scope_of())


async def test_streams_count_for_themselves():
    """Whoever listens keeps a request open for hours, and no call waiting."""
    held = Held()
    app = CallerCeilings(
        Ceilings(held, most=1, most_streams=3), who=whoever, most=1, per_minute=99, most_streams=2
    )
    await begun(app, held, scope_of(headers=LISTEN), scope_of(headers=LISTEN), scope_of())
    assert (await ask(app, scope_of(headers=LISTEN))).status == 429
    await begun(app, held, scope_of(headers=LISTEN, client="192.0.2.2"))
    assert (await ask(app, scope_of(headers=LISTEN, client="192.0.2.2"))).status == 503
    assert (await ask(app, scope_of(client="192.0.2.2"))).status == 503


def test_a_call_is_no_stream_because_it_says_so():
    """Headers of that name mean nothing in older versions of the protocol, where nobody checks them."""
    assert is_listen(scope_of(headers=LISTEN))
    assert not is_listen(scope_of(headers=[("mcp-method", "subscriptions/listen")]))
    legacy = [("mcp-protocol-version", "2025-11-25"), ("mcp-method", "subscriptions/listen")]
    assert not is_listen(scope_of(headers=legacy))
    assert not is_listen(scope_of(headers=[*LISTEN, ("mcp-method", "tools/call")]))
    assert not is_listen(scope_of(headers=[*LISTEN, ("mcp-protocol-version", "2025-11-25")]))


async def test_one_callers_many_requests_cost_no_other_caller_anything():
    held = Held()
    app = CallerCeilings(held, who=whoever, most=1, per_minute=100)
    await begun(app, held, scope_of(client="192.0.2.1"))
    refused = await ask(app, scope_of(client="192.0.2.1"))
    assert refused is not None
    assert (refused.status, refused.headers["retry-after"]) == (429, "1")
    assert refused.error["code"] == "rate_limited"
    await begun(app, held, scope_of(client="192.0.2.2"))


async def test_a_caller_who_asks_too_often_is_told_when_to_come_again():
    clock = Clock()
    app = CallerCeilings(welcome, who=whoever, most=9, per_minute=6, buckets=Buckets(6, clock))
    assert [(await ask(app)).status for _ in range(6)] == [200] * 6
    refused = await ask(app)
    assert refused is not None
    assert (refused.status, refused.headers["retry-after"]) == (429, "10")
    assert (await ask(app, scope_of(client="192.0.2.2"))).status == 200
    clock.now += 10
    assert [(await ask(app)).status for _ in range(2)] == [200, 429]


@given(st.lists(st.floats(0, 30), max_size=60), st.integers(1, 20))
def test_nobody_is_let_in_more_often_than_agreed(pauses: list[float], per_minute: int):
    """In any span at most a bucket, and what came back meanwhile; and whoever waits as told is let in."""
    clock = Clock()
    buckets = Buckets(per_minute, clock)
    taken = 0
    for pause in pauses:
        clock.now += pause
        wait = buckets.take("x")
        taken += wait == 0
        assert taken <= per_minute + (clock.now - 1000) * per_minute / 60 + 1e-6
        if wait:
            clock.now += math.ceil(wait)
            assert buckets.take("x") == 0
            taken += 1


def test_silence_is_not_saved_up():
    clock = Clock()
    buckets = Buckets(5, clock)
    buckets.take("x")
    clock.now += 59
    assert [buckets.take("x") > 0 for _ in range(6)] == [False] * 5 + [True]


def test_silent_callers_are_forgotten_and_all_are_when_there_are_too_many():
    clock = Clock()
    buckets = Buckets(1, clock, most_callers=100)
    assert buckets.take("first") == 0
    assert buckets.take("first") > 0
    for number in range(1000):
        buckets.take(str(number))
    assert len(buckets) == 100
    clock.now += 60
    buckets.take("last")
    assert len(buckets) == 1


async def test_a_ceiling_for_no_path_holds_nobody_up():
    """Where nobody signs in there are no pages for it, and their ceiling is not that of calls."""
    answer = await ask(Ceilings(welcome, most=0, only=()), scope_of())
    assert answer is not None
    assert answer.status == 200
