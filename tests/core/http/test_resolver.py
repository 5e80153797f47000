"""Names that nobody answers for keep nobody waiting but those who ask for them."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from typing import Any

import pytest

from portcall.http.resolver import MOST_AT_ONCE, Resolver

pytestmark = pytest.mark.anyio


class NameService:
    """The system's: it answers for ``good.example``, and keeps silent about all else until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        self.released = threading.Event()
        monkeypatch.setattr(socket, "getaddrinfo", self.answer)

    def answer(self, host: str, port: int, **_: Any) -> list[Any]:
        self.asked.append(host)
        if host != "good.example":
            self.released.wait(30)
            raise socket.gaierror(socket.EAI_AGAIN, "no answer")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", port))]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> NameService:
    return NameService(monkeypatch)


async def test_name_has_its_addresses(names: NameService):
    resolver = Resolver()
    (found,) = await resolver.resolve("good.example", 443)
    assert (found["host"], found["port"], found["hostname"]) == ("192.0.2.1", 443, "good.example")
    await resolver.close()


async def test_those_who_ask_at_the_same_time_share_one_answer(names: NameService):
    resolver = Resolver()
    await asyncio.gather(*(resolver.resolve("good.example", 443) for _ in range(50)))
    assert names.asked == ["good.example"]
    await resolver.close()


async def test_names_that_nobody_waits_for_any_more_leave_the_queue(names: NameService):
    resolver = Resolver()
    hanging = [asyncio.create_task(resolver.resolve(f"{i}.example", 443)) for i in range(5 * MOST_AT_ONCE)]
    await asyncio.sleep(0.2)
    assert len(names.asked) == MOST_AT_ONCE
    for task in hanging:
        task.cancel()
    await asyncio.gather(*hanging, return_exceptions=True)
    asyncio.get_running_loop().call_later(0.3, names.released.set)
    started = time.monotonic()
    await resolver.resolve("good.example", 443)
    assert time.monotonic() - started < 5
    assert len(names.asked) == MOST_AT_ONCE + 1
    await resolver.close()


async def test_closing_waits_for_no_name_service(names: NameService):
    resolver = Resolver()
    hanging = asyncio.create_task(resolver.resolve("silent.example", 443))
    await asyncio.sleep(0.1)
    async with asyncio.timeout(5):
        await resolver.close()
    with pytest.raises(Exception, match="closed"):
        await hanging
    names.released.set()
