"""The MCP server: the gateway's tools, resources, prompts and completions, on the SDK's ``MCPServer``."""

from __future__ import annotations

from contextlib import asynccontextmanager
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, GetPromptResult, PromptMessage, TextContent

from portcall import __version__
from portcall.errors import ForbiddenError, InvalidArgumentError, PortcallError, ReadOnlyError
from portcall.plugin_tool import TOOLSET as PLUGINS
from portcall.render import fitted_error
from portcall.server.absent import no_such
from portcall.server.completions import Completions
from portcall.server.freshness import FreshnessHints, offer_hints
from portcall.server.instructions import instructions
from portcall.server.next_steps import NextSteps
from portcall.server.prompts import PROMPTS
from portcall.server.reading import AbsentError, Reader, no_such_address
from portcall.server.resources import SHORT_FORMS, add_resources
from portcall.server.sdk import complete_by
from portcall.server.tool import GatewayTool, failure
from portcall.tools import TOOLS, known_tools, offered_tools, tool_named

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from mcp.server.context import ServerMiddleware
    from mcp.server.lowlevel.helper_types import ReadResourceContents
    from mcp.server.request_state import RequestStateSecurity
    from mcp.server.subscriptions import SubscriptionBus
    from mcp_types import CallToolResult, InputRequiredResult, Prompt, Resource, ResourceTemplate
    from mcp_types import Tool as ListedTool
    from pydantic import AnyUrl

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
        next_steps = NextSteps([spec.name for spec in known_tools(portcall)], [spec.name for spec in offered])
        super().__init__(
            name="portcall",
            title="portcall: container registries",
            version=__version__,
            instructions=instructions(offered),
            tools=[GatewayTool.of(spec, gateway, next_steps) for spec in offered],
            lifespan=lifespan,
            log_level="WARNING",
            request_state_security=request_state,
            subscriptions=subscriptions or False,
            cache_hints=offer_hints(tells_callers_apart=callers is not None and callers.are_told_apart),
            middleware=[*middleware, FreshnessHints()],
        )
        self._portcall = portcall
        self._callers = callers
        self._offered = {spec.name: spec for spec in offered}
        self._prompts = {spec.name: spec for spec in PROMPTS if spec.is_offered_with(self._offered)}
        add_resources(self, Reader(gateway, next_steps), self._offered)
        complete_by(self, Completions(gateway, self._offered, self._prompts, self._completable).complete)

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

    async def list_resources(self) -> list[Resource]:
        """Return the resources that the caller may read: they tell what tools that read tell."""
        return await super().list_resources() if self._may_read() else []

    async def list_resource_templates(self) -> list[ResourceTemplate]:
        """Return the templates that the caller may read by, each in its one form."""
        listed = await super().list_resource_templates() if self._may_read() else []
        return [template for template in listed if template.uri_template not in SHORT_FORMS]

    async def read_resource(
        self, uri: AnyUrl | str, context: Context[Portcall, Any] | None = None
    ) -> Iterable[ReadResourceContents] | InputRequiredResult:
        """Return what is at an address.

        Raises:
            ResourceError: There is nothing, or looking failed, or this caller may not look.
        """
        if not self._may_read():
            raise ResourceError(fitted_error(_without("read", "reading resources needs")).text)
        try:
            return await super().read_resource(uri, context)
        except AbsentError:
            raise
        except ResourceNotFoundError:
            # The SDK's own: nothing is called so. It repeats the address, and names no next step.
            fixed = [resource.uri for resource in await self.list_resources()]
            templates = [template.uri_template for template in await self.list_resource_templates()]
            raise no_such_address([*templates, *fixed]) from None

    async def list_prompts(self) -> list[Prompt]:
        """Return the prompts whose tools the caller may use."""
        if not self._may_read():
            return []
        return [*(spec.listed for spec in self._prompts.values()), *await super().list_prompts()]

    async def get_prompt(
        self,
        name: str,
        arguments: dict[str, Any] | None = None,
        context: Context[Portcall, Any] | None = None,
    ) -> GetPromptResult | InputRequiredResult:
        """Return a prompt with what was filled in; what cannot be is the client's fault, and not ours.

        Raises:
            MCPError: There is no such prompt, or its arguments will not do.
        """
        names = [prompt.name for prompt in await self.list_prompts()]
        if name not in names:
            raise no_such("there is no prompt of that name here", "The prompts are", name, names)
        spec = self._prompts.get(name)
        if spec is None:
            return await super().get_prompt(name, arguments, context)
        try:
            text = spec.text(arguments or {}, self._offered)
        except PortcallError as error:
            raise MCPError(INVALID_PARAMS, fitted_error(error).text) from None
        message = PromptMessage(role="user", content=TextContent(type="text", text=text))
        return GetPromptResult(description=spec.description, messages=[message])

    async def _completable(self) -> tuple[str, ...]:
        """Return what the caller may have completed: prompts by name, resources by template."""
        prompts = [prompt.name for prompt in await self.list_prompts()]
        templates = [template.uri_template for template in await self.list_resource_templates()]
        return (*prompts, *templates)

    def _may_read(self) -> bool:
        return self._callers is None or self._callers.at_hand().may("read")

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
            raise _without(self._offered[name].scope, f"the tool {name} needs")


def _without(scope: Scope, what: str) -> ForbiddenError:
    return ForbiddenError(
        f"{what} the scope {scope}",
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
            raise InvalidArgumentError(
                f"there is no toolset {name!r}",
                hint=f"There are {', '.join(known)}.",
                candidates=get_close_matches(name, known),
            )
    offered = offered_tools(portcall)
    chosen = [spec for spec in offered if not toolsets or spec.toolset in toolsets]
    return server_type(portcall, chosen, **options)
