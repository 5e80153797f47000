"""An agent's session with ``portcall serve``: the SDK's client, over stdio."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TextIO

from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from place import RefusedError


class Session:
    """Calls tools and keeps the time; ``spent`` are the milliseconds that all calls took so far."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.spent = 0.0

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Return the structured answer, timed from the client's side.

        Raises:
            RefusedError: the tool answered with an error.
        """
        began = time.perf_counter()
        result = await self._client.call_tool(tool, arguments)
        self.spent += (time.perf_counter() - began) * 1000
        if result.is_error or result.structured_content is None:
            raise RefusedError(f"{tool} answered: {result.content}")
        answer: dict[str, Any] = result.structured_content
        return answer


@asynccontextmanager
async def session(environment: Mapping[str, str]) -> AsyncIterator[Session]:
    """Yield a session with a server of its own, which has said hello and was asked nothing yet."""
    command = StdioServerParameters(
        command=sys.executable, args=["-m", "portcall", "serve"], env=dict(environment)
    )
    with unread() as log:
        async with Client(stdio_client(command, log), cache=None) as client:
            yield Session(client)


def unread() -> TextIO:
    """Return where a server's log goes that nobody reads."""
    return Path(os.devnull).open("w", encoding="utf-8")
