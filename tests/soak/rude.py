"""Clients without manners: they hang up while they are answered, and listen to go away again."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from typing import TYPE_CHECKING

import httpx2
from mcp_types import LATEST_PROTOCOL_VERSION
from tests.integration.replicas.catalogue import MOVING

if TYPE_CHECKING:
    from tests.integration.replicas.catalogue import Shelf

_META = {"protocolVersion": LATEST_PROTOCOL_VERSION, "clientInfo": {"name": "rude", "version": "1"}}


class Rude:
    """One such client.

    Args:
        url: The server's ``/mcp``.
        token: Its own.
        shelf: Whose images it asks about.

    Attributes:
        calls: How many calls it hung up on.
        answered: How many had been answered by then, all the same.
        streams: How many streams it opened, and left.
        refused: What it was answered that it should not have been.
    """

    def __init__(self, url: str, token: str, shelf: Shelf) -> None:
        self._url = url
        self._shelf = shelf
        self._chance = random.Random(1000 + shelf.owner)
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": LATEST_PROTOCOL_VERSION,
        }
        self.calls = self.answered = self.streams = 0
        self.refused: list[str] = []

    async def hang_up(self) -> None:
        """Ask, and hang up before the answer, or in the middle of it, until cancelled."""
        name = f"{self._shelf.name}:1.0"
        while True:
            params = {"name": "get_image_details", "arguments": {"image_name": name}}
            await self._ask("tools/call", params, self._chance.uniform(0, 0.05))
            self.calls += 1
            await asyncio.sleep(self._chance.uniform(0, 0.2))

    async def listen(self) -> None:
        """Listen for a moment, and go, until cancelled."""
        uri = f"docker://image/{self._shelf.name}/{MOVING}"
        while True:
            params = {"notifications": {"resourceSubscriptions": [uri]}}
            await self._ask("subscriptions/listen", params, self._chance.uniform(0.1, 2))
            self.streams += 1

    async def _ask(self, method: str, params: dict[str, object], patience: float) -> None:
        meta = {f"io.modelcontextprotocol/{name}": value for name, value in _META.items()}
        meta["io.modelcontextprotocol/clientCapabilities"] = {}
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": meta}}
        headers = {**self._headers, "Mcp-Method": method}
        if "name" in params:
            headers["Mcp-Name"] = str(params["name"])
        # A new connection each time: so the server learns that its client has gone.
        async with httpx2.AsyncClient(trust_env=False) as http:
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    reply = await http.post(self._url, json=message, headers=headers, timeout=None)
                    self.answered += 1
                    if reply.status_code != 200 or '"error"' in reply.text:
                        self.refused.append(f"{reply.status_code}: {reply.text[:300]}")
