"""The MCP server: the gateway's tools and the resources, on the SDK's ``MCPServer``."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS

from portcall import __version__
from portcall.errors import ForbiddenError, InvalidArgumentError, PortcallError, ReadOnlyError
from portcall.plugin_tool import TOOLSET as PLUGINS
from portcall.server.instructions import instructions
from portcall.server.resources import add_resources
from portcall.server.tool import GatewayTool, failure
from portcall.tools import TOOLS, known_tools, offered_tools, tool_named

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from mcp.server.context import ServerMiddleware
    from mcp.server.request_state import RequestStateSecurity
    from mcp.server.subscriptions import SubscriptionBus
    from mcp_types import CallToolResult, GetPromptResult, InputRequiredResult
    from mcp_types import Tool as ListedTool

    from portcall.caller import Scope
    from portcall.gateway import Portcall
    from portcall.server.callers import Callers
    from portcall.tools import ToolSpec


class PortcallServer(MCPServer["Portcall"]):
    """The SDK's server, offering some of the gateway's tools, to each caller those that they may use.

    Args:
        portcall: The gateway that answers; it is closed when the server ends.
        offered: The tools that are listed; all others are refused like unknown ones, in our own words.
        callers: Who asks, where that is not just the person at this machine.
        request_state: Seals what clients carry between two requests, for replicas alike.
        subscriptions: Carries what is told to those who listen; ``None`` serves no subscriptions.
        middleware: Sees every message before it is handled.
    """

    def __init__(
        self,
        portcall: Portcall,
        offered: Sequence[ToolSpec],
        *,
        callers: Callers | None = None,
        request_state: RequestStateSecurity | None = None,
        subscriptions: SubscriptionBus | None = None,
        middleware: Sequence[ServerMiddleware[Any]] = (),
    ) -> None:
        @asynccontextmanager
        async def lifespan(_: MCPServer[Portcall]) -> AsyncIterator[Portcall]:
            async with portcall:
                yield portcall

        gateway = callers.gateway if callers else lambda: portcall
        super().__init__(
            name="portcall",
            title="portcall: container registries",
            version=__version__,
            instructions=instructions(offered),
            tools=[GatewayTool.of(spec, gateway) for spec in offered],
            lifespan=lifespan,
            log_level="WARNING",
            request_state_security=request_state,
            subscriptions=subscriptions or False,
            middleware=middleware,
        )
        self._portcall = portcall
        self._callers = callers
        self._offered = {spec.name: spec for spec in offered}
        add_resources(self, gateway)

    @property
    def tool_names(self) -> tuple[str, ...]:
        """The tools that are offered to those who may use them all."""
        return tuple(self._offered)

    def scope_of(self, name: str) -> Scope:
        """Return what a caller has to be allowed for a tool; for one that is not offered, the least."""
        spec = self._offered.get(name)
        return spec.scope if spec else "read"

    async def list_tools(self) -> list[ListedTool]:
        """Return the tools that the caller may use."""
        return [tool for tool in await super().list_tools() if self._may_use(tool.name)]

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Portcall, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool; one that is not offered, or not to this caller, is refused with the names that are."""
        try:
            await self._check(name)
        except PortcallError as error:
            return failure(error)
        return await super().call_tool(name, arguments, context)

    async def get_prompt(
        self,
        name: str,
        arguments: dict[str, Any] | None = None,
        context: Context[Portcall, Any] | None = None,
    ) -> GetPromptResult | InputRequiredResult:
        """Return a prompt; one that there is not is the client's fault, and not ours.

        Raises:
            MCPError: There is no such prompt.
        """
        if all(prompt.name != name for prompt in await self.list_prompts()):
            raise MCPError(INVALID_PARAMS, "invalid_argument: there is no prompt of that name here.")
        return await super().get_prompt(name, arguments, context)

    def _may_use(self, name: str) -> bool:
        spec = self._offered.get(name)
        # What is no tool of the gateway's was added to the server itself, by whoever built it.
        return spec is None or self._callers is None or self._callers.at_hand().may(spec.scope)

    async def _check(self, name: str) -> None:
        """Let a call pass.

        Raises:
            InvalidArgumentError: There is no such tool.
            ReadOnlyError: It writes, which is switched off.
            ForbiddenError: The caller may not use it.
        """
        if name not in self._offered and name not in {tool.name for tool in await super().list_tools()}:
            if any(tool.name == name and tool.writes for tool in known_tools(self._portcall)):
                raise ReadOnlyError(f"the tool {name} writes", hint="The operator can allow it: --allow-write.")
            tool_named(name, tuple(spec for spec in self._offered.values() if self._may_use(spec.name)))
        if not self._may_use(name):
            raise ForbiddenError(
                f"the tool {name} needs the scope {self._offered[name].scope}",
                hint="The token that was sent does not have it. Sign in again, and allow it.",
            )


def build_server(
    portcall: Portcall,
    toolsets: Sequence[str] = (),
    server_type: type[PortcallServer] = PortcallServer,
    **options: Any,
) -> PortcallServer:
    """Return the server for ``portcall``, which it closes when it ends.

    Args:
        portcall: The gateway that answers.
        toolsets: Which to offer; all of them by default.
        server_type: What it is made by.
        options: Of :class:`PortcallServer`.

    Raises:
        InvalidArgumentError: There is no toolset of that name.
    """
    # Known even where no plugin adds a tool: one that fails to load shall not keep the others from being served.
    known = sorted({PLUGINS, *(spec.toolset for spec in TOOLS)})
    for name in toolsets:
        if name not in known:
            raise InvalidArgumentError(f"there is no toolset {name!r}", hint=f"There are {', '.join(known)}.")
    offered = offered_tools(portcall)
    chosen = [spec for spec in offered if not toolsets or spec.toolset in toolsets]
    return server_type(portcall, chosen, **options)
