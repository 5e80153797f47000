"""The SDK's private parts that cannot be avoided, all in one place, each with a test that fails loudly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp.server.mcpserver.utilities.func_metadata import ArgModelBase, FuncMetadata

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer


async def run_over(server: MCPServer[Any], read: Any, write: Any) -> None:
    """Serve one connection over the given message streams, as ``MCPServer.run_stdio_async`` does over its own."""
    lowlevel = server._lowlevel_server  # noqa: SLF001 - no public way to serve over other streams
    await lowlevel.run(read, write, lowlevel.create_initialization_options())


def described_output(schema: dict[str, Any]) -> FuncMetadata:
    """Return a tool's metadata with an output schema that is published, and that nothing is validated against.

    ``Tool`` asks for metadata with a model of the arguments; ours are checked before the SDK would, and
    answers are models already.
    """
    return FuncMetadata(arg_model=ArgModelBase, output_schema=schema)
