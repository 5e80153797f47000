"""Every tool that asks a registry, asked at the same time, each about a repository of its own.

Of their own, so that none of them shares another's fetch: every tool meets the fault itself.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from portcall.errors import PortcallError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from portcall import Portcall

#: Seconds that a busy machine may take more than the deadline: a bound, no benchmark.
GRACE = 2.0

#: What is asked of a registry that holds every shape, by tool.
QUESTIONS: dict[str, Callable[[Portcall, str], Awaitable[Any]]] = {
    "get_image_details": lambda portcall, netloc: portcall.get_image_details(f"{netloc}/demo/app:1.0"),
    "get_manifest": lambda portcall, netloc: portcall.get_manifest(f"{netloc}/demo/zstd:1.0"),
    "check_images": lambda portcall, netloc: portcall.check_images([f"{netloc}/demo/docker:list"]),
    "search_tags": lambda portcall, netloc: portcall.search_tags(f"{netloc}/demo/tags"),
}

#: Matches the first request of each of them.
FIRST_REQUESTS = r"^GET /v2/demo/(app/manifests/1\.0|zstd/manifests/1\.0|docker/manifests/list|tags/tags/list)"


async def codes(portcall: Portcall, netloc: str) -> dict[str, str]:
    """Return what each tool answers: its error's code, or ``"ok"``; none of them outlives its deadline."""
    bound = portcall.settings.network.timeout + GRACE

    async def one(ask: Callable[[Portcall, str], Awaitable[Any]]) -> str:
        with within(bound):
            return await code_of(ask(portcall, netloc))

    told = await asyncio.gather(*map(one, QUESTIONS.values()))
    return dict(zip(QUESTIONS, told, strict=True))


async def code_of(answer: Awaitable[Any]) -> str:
    """Return the code of a tool's error, or ``"ok"``; for checks, that of the first image."""
    try:
        given = await answer
    except PortcallError as error:
        return error.code
    checks = getattr(given, "checks", ())
    return str(checks[0].error.code) if checks and checks[0].error else "ok"


def every_tool(code: str, **other: str) -> dict[str, str]:
    """Return ``code`` for every tool, but for those that are named."""
    return dict.fromkeys(QUESTIONS, code) | other


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Expect the block to end in so many seconds, by the event loop's own clock."""
    clock = asyncio.get_running_loop().time
    started = clock()
    yield
    took = clock() - started
    assert took <= seconds, f"{took:.2f} s"
