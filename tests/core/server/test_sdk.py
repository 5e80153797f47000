"""The SDK's private parts that portcall stands on: this fails loudly, and first, when a new SDK moves them."""

from __future__ import annotations

import inspect
from importlib.metadata import version
from typing import Any

import pytest
from mcp.client.client import Client
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.lowlevel.server import Server
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.tools import Tool
from mcp.server.mcpserver.utilities.func_metadata import ArgModelBase, FuncMetadata
from mcp.server.stdio import stdio_server
from mcp_types import Completion, CompletionArgument, PromptReference

from portcall.gateway import Portcall
from portcall.server.app import PortcallServer, build_server
from portcall.server.sdk import complete_by, described_output, run_over
from portcall.server.tool import GatewayTool
from portcall.settings import Settings
from portcall.tools import TOOLS

pytestmark = pytest.mark.anyio


def parameters(function: object) -> list[str]:
    assert callable(function)
    return [name for name in inspect.signature(function).parameters if name != "self"]


def test_the_sdk_is_of_the_generation_that_this_is_written_for():
    assert version("mcp").split(".")[0] == "2"


def test_a_server_runs_over_streams_of_our_own():
    """``run_over`` calls ``server._lowlevel_server.run(read, write, options)``."""
    server = build_server(Portcall(Settings()))
    assert isinstance(server._lowlevel_server, Server)
    assert parameters(Server.run)[:3] == ["read_stream", "write_stream", "initialization_options"]
    options = server._lowlevel_server.create_initialization_options()
    assert (options.server_name, options.instructions) == ("portcall", server.instructions)
    source = inspect.getsource(MCPServer.run_stdio_async)
    assert "self._lowlevel_server.run(" in source
    assert "self._lowlevel_server.create_initialization_options()" in source


async def test_running_over_streams_is_what_the_sdk_does_itself():
    called: list[object] = []

    class Lowlevel:
        def create_initialization_options(self) -> str:
            return "options"

        async def run(self, *arguments: object) -> None:
            called.extend(arguments)

    server = build_server(Portcall(Settings()))
    server._lowlevel_server = Lowlevel()  # type: ignore[assignment]
    await run_over(server, "read", "write")
    assert called == ["read", "write", "options"]


def test_stdin_and_stdout_may_be_of_our_own_making():
    """``stdio_server`` iterates over the one, and calls ``write`` and ``flush`` of the other."""
    assert parameters(stdio_server) == ["stdin", "stdout"]
    source = inspect.getsource(stdio_server)
    for used in ("async for line in stdin:", "await stdout.write(", "await stdout.flush()"):
        assert used in source


def test_a_schema_is_published_without_a_model_to_validate_against():
    schema = {"type": "object"}
    metadata = described_output(schema)
    assert isinstance(metadata, FuncMetadata)
    assert metadata.output_schema == schema
    assert metadata.output_model is None
    assert metadata.arg_model is ArgModelBase


def test_tools_are_run_by_the_method_that_is_overridden():
    assert parameters(Tool.run) == ["arguments", "context", "convert_result"]
    assert parameters(GatewayTool.run) == parameters(Tool.run)
    assert parameters(MCPServer.call_tool) == ["name", "arguments", "context"]
    assert parameters(PortcallServer.call_tool) == parameters(MCPServer.call_tool)


async def test_what_a_tool_returns_goes_out_as_it_is():
    """Neither wrapped, nor validated against its schema, nor prefixed."""
    portcall = Portcall(Settings())
    server = build_server(portcall)
    for spec in TOOLS:
        listed = next(tool for tool in await server.list_tools() if tool.name == spec.name)
        assert listed.output_schema == spec.output_schema
        assert listed.input_schema == spec.input_schema
    refused = await server.call_tool("get_manifest", {})
    assert getattr(refused, "is_error", None) is True
    assert getattr(refused, "structured_content", {})["error"]["code"] == "invalid_argument"
    await portcall.aclose()


async def test_completions_are_answered_by_what_is_given():
    """``MCPServer.completion`` makes a decorator of a function of reference, argument and context."""
    server: MCPServer[None] = MCPServer("test")

    async def complete(_ref: object, argument: CompletionArgument, _context: object) -> Completion:
        return Completion(values=[argument.value * 2])

    complete_by(server, complete)
    async with Client(server) as client:
        reference = PromptReference(type="ref/prompt", name="any")
        assert (await client.complete(reference, {"name": "a", "value": "x"})).completion.values == ["xx"]


async def test_what_is_listed_read_and_given_goes_through_the_methods_that_are_overridden():
    for name in ("list_resources", "list_resource_templates", "read_resource", "list_prompts", "get_prompt"):
        ours, theirs = getattr(PortcallServer, name), getattr(MCPServer, name)
        assert ours is not theirs
        assert parameters(ours) == parameters(theirs)
        assert f"self.{name}(" in inspect.getsource(MCPServer)


async def test_a_middleware_is_given_a_result_in_its_form_on_the_wire():
    """With the SDK's own hints in it, where the protocol has them: these are overwritten."""
    seen: dict[str, object] = {}

    async def look(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        result = await call_next(ctx)
        if ctx.method == "resources/read":
            assert isinstance(result, dict)
            seen.update(result)
        return result

    server: MCPServer[None] = MCPServer("test", middleware=[look])

    @server.resource("test://one")
    def one() -> str:
        return "one"

    for mode, has_hints in (("auto", True), ("legacy", False)):
        async with Client(server, mode=mode) as client:
            await client.read_resource("test://one")
        assert ({"ttlMs", "cacheScope"} <= seen.keys()) is has_hints
        seen.clear()
