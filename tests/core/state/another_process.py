"""Another server that shares a store: ``python -m tests.core.state.another_process URL NUMBER``."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import TYPE_CHECKING

from portcall.state import open_state

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

#: How many records each process tries to take, and to add.
RECORDS = 200
#: How many members a group has room for.
ROOM = 25


async def main(url: str, number: int) -> None:
    store = open_state(url)
    keys = [str(key) for key in range(RECORDS)]
    for key in keys:
        await store.put("code", key, b"value", 600)
    print("ready", flush=True)  # noqa: T201
    begin = float(sys.stdin.readline())
    told: dict[str, object] = {
        "taken": [key async for key in _in_step(keys, begin) if await store.take("code", key) is not None],
        "added": [
            key async for key in _in_step(keys, begin + 0.5) if await store.add("lease", key, b"%d" % number, 600)
        ],
        "counted": [await store.count("attempts", "", 600) for _ in keys],
        "entered": [await store.enter("streams", "", f"{number}-{key}", 600, ROOM) for key in keys].count(True),
    }
    await store.aclose()
    print(json.dumps(told))  # noqa: T201


async def _in_step(keys: list[str], begin: float) -> AsyncIterator[str]:
    """Yield each key when all processes do: else one may be through before another gets a turn."""
    for number, key in enumerate(keys):
        await asyncio.sleep(max(0.0, begin + 0.002 * number - time.time()))
        yield key


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
