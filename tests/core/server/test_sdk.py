"""The SDK's private parts that portcall stands on: this fails loudly, and first, when a new SDK moves them."""

from __future__ import annotations

import inspect
from importlib.metadata import version

import pytest
from mcp.server.lowlevel.server import Server
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.tools import Tool
from mcp.server.mcpserver.utilities.func_metadata import ArgModelBase, FuncMetadata
from mcp.server.stdio import stdio_server

from portcall.gateway import Portcall
from portcall.server.app import PortcallServer, build_server
from portcall.server.sdk import described_output, run_over
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
