"""An agent at portcall's door: it knows what the answers say, and nothing else."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mcp.client.client import Client
from mcp_types import TextContent

from portcall.gateway import Portcall
from portcall.server.app import build_server
from portcall.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from portcall.testing import Address


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back from one call, in both forms."""

    text: str
    structured: dict[str, Any]
    is_error: bool

    def says(self, pattern: str) -> str:
        """Return the first group of ``pattern`` where the text says it; fail where it does not."""
        found = re.search(pattern, self.text, re.MULTILINE)
        assert found is not None, f"nothing like {pattern!r} in:\n{self.text}"
        return found[1] if found.re.groups else found[0]

    @property
    def code(self) -> str:
        """The error's code."""
        assert self.is_error, self.text
        code: str = self.structured["error"]["code"]
        return code


@dataclass
class Agent:
    """An MCP client that keeps count of what it costs: calls, and bytes that a model has to read."""

    client: Client
    calls: int = 0
    bytes_read: int = 0
    answers: list[Answer] = field(default_factory=list)

    async def call(self, tool: str, **arguments: Any) -> Answer:
        """Call a tool; the client checks the answer against the tool's published schema."""
        result = await self.client.call_tool(tool, arguments)
        assert all(isinstance(part, TextContent) for part in result.content)
        text = "".join(part.text for part in result.content if isinstance(part, TextContent))
        assert isinstance(result.structured_content, dict)
        answer = Answer(text, result.structured_content, bool(result.is_error))
        self.calls += 1
        self.bytes_read += len(text.encode())
        self.answers.append(answer)
        return answer


def settings_for(address: Address, names: Iterable[str], **more: Any) -> Settings:
    """Return a configuration in which one server plays all the registries in ``names``."""
    return Settings.model_validate({"registries": {name: {"endpoint": address.url} for name in names}, **more})


@asynccontextmanager
async def connected(
    settings: Settings, *, mode: str = "auto", toolsets: Sequence[str] = ()
) -> AsyncIterator[Agent]:
    """Connect an agent, in memory, to a server of its own; ``mode`` is the protocol's era."""
    async with Client(build_server(Portcall(settings), toolsets), mode=mode) as client:
        yield Agent(client)
