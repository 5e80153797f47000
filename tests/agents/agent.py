"""An agent at portcall's door: it knows what the answers say, and nothing else."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mcp.client.client import Client
from mcp_types import TextContent

from portcall.gateway import Portcall
from portcall.server.here import server_here
from portcall.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence

    from portcall.testing import Address

#: Seconds that an agent listens before it gives up.
_PATIENCE = 10


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

    @property
    def candidate(self) -> str:
        """What was probably meant, as the text says it: some hosts show nothing else."""
        assert self.is_error, self.text
        return self.says(r"Candidates: `([^`]+)`")


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked, for people to follow."""

    what: str
    arguments: dict[str, Any]
    bytes_read: int


@dataclass
class Agent:
    """An MCP client that keeps count of what it costs: calls, and bytes that a model has to read.

    Attributes:
        meanwhile: What happens in the world while the agent listens.
    """

    client: Client
    answers: list[Answer] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    meanwhile: Callable[[], object] | None = None

    @property
    def calls(self) -> int:
        """How often something was asked."""
        return len(self.asked)

    @property
    def bytes_read(self) -> int:
        """How much of answers had to be read."""
        return sum(one.bytes_read for one in self.asked)

    async def call(self, tool: str, **arguments: Any) -> Answer:
        """Call a tool; the client checks the answer against the tool's published schema."""
        result = await self.client.call_tool(tool, arguments)
        assert all(isinstance(part, TextContent) for part in result.content)
        text = "".join(part.text for part in result.content if isinstance(part, TextContent))
        assert isinstance(result.structured_content, dict)
        answer = Answer(text, result.structured_content, bool(result.is_error))
        self.answers.append(answer)
        self.asked.append(Asked(tool, arguments, len(text.encode())))
        return answer

    async def address_of(self, resource: str, **values: str) -> str:
        """Return the address of a resource by its template's name: hosts know those as they know the tools."""
        templates = (await self.client.list_resource_templates()).resource_templates
        (template,) = (each.uri_template for each in templates if each.name == resource)
        for name, value in values.items():
            template = template.replace(f"{{+{name}}}", quote(value)).replace(f"{{{name}}}", quote(value, safe=""))
        assert "{" not in template
        return template

    async def hears_of(self, uri: str) -> str:
        """Listen to a resource until it changes; return the address that was heard of."""
        async with self.client.listen(resource_subscriptions=[uri]) as events:
            if self.meanwhile is not None:
                await asyncio.to_thread(self.meanwhile)
            event = await asyncio.wait_for(anext(aiter(events)), _PATIENCE)
        heard: str = getattr(event, "uri", "")
        self.asked.append(Asked("subscriptions/listen", {"resourceSubscriptions": [uri]}, len(heard.encode())))
        return heard

    async def read(self, uri: str) -> str:
        """Read a resource."""
        page = await self.client.read_resource(uri)
        text = "".join(getattr(part, "text", "") for part in page.contents)
        self.asked.append(Asked("resources/read", {"uri": uri}, len(text.encode())))
        return text


def settings_for(address: Address, names: Iterable[str], **more: Any) -> Settings:
    """Return a configuration in which one server plays all the registries in ``names``."""
    return Settings.model_validate({"registries": {name: {"endpoint": address.url} for name in names}, **more})


@asynccontextmanager
async def connected(
    settings: Settings, *, mode: str = "auto", toolsets: Sequence[str] = ()
) -> AsyncIterator[Agent]:
    """Connect an agent, in memory, to a server of its own; ``mode`` is the protocol's era."""
    server, listening = server_here(Portcall(settings), toolsets)
    async with listening, Client(server, mode=mode) as client:
        yield Agent(client)
