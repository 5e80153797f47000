"""A replica with a client of its own: ``python -m tests.core.server.subscriptions.other_process URL PORT``."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass

from tests.core.server.subscriptions.deployment import replica, uri_of


@dataclass
class Where:
    """A Redis that somebody else started."""

    port: int

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"


async def main(url: str, port: int) -> None:
    """Say what is heard, for ever."""
    async with replica(url, Where(port)) as one, one.listening(uri_of()) as heard:  # type: ignore[arg-type]
        print("listening", flush=True)  # noqa: T201
        said = 0
        while True:
            await asyncio.sleep(0.01)
            for uri in heard.events[said:]:
                print(uri, flush=True)  # noqa: T201
                said += 1


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
