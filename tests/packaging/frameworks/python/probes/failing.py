"""What an example's agent says that fails; beside the probes, which run where the tests' packages are not."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Awaitable, Callable


def failure(main: Callable[[Namespace], Awaitable[None]], image: str) -> str:
    """Return what the agent ends with for an image that it cannot pin."""
    options = Namespace(image=image, tag="1.0", platform="linux/arm64", toolsets="", config=None, model=None)

    async def run() -> None:
        await main(options)

    try:
        asyncio.run(run())
    except SystemExit as end:
        return str(end.code)
    return "it has pinned something"
