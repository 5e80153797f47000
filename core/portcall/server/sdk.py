"""The SDK's private parts that cannot be avoided, all in one place, each with a test that fails loudly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp.server.mcpserver.utilities.func_metadata import ArgModelBase, FuncMetadata
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp
from mcp.server.subscriptions import ListenHandler

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mcp.server.mcpserver import MCPServer
    from mcp.server.transport_security import TransportSecuritySettings
    from mcp_types import Completion
    from starlette.types import ASGIApp


async def run_over(server: MCPServer[Any], read: Any, write: Any) -> None:
    """Serve one connection over the given message streams, as ``MCPServer.run_stdio_async`` does over its own."""
    lowlevel = server._lowlevel_server  # noqa: SLF001 - no public way to serve over other streams
    await lowlevel.run(read, write, lowlevel.create_initialization_options())


def session_manager_app(server: MCPServer[Any], security: TransportSecuritySettings) -> ASGIApp:
    """Return what answers at ``/mcp``, in both protocol eras and without sessions; not the SDK's app around it.

    The SDK's app brings its own order of authentication and routes; what it is made of is public.
    """
    server.streamable_http_app(stateless_http=True, transport_security=security)
    return StreamableHTTPASGIApp(server.session_manager)


def close_listeners(server: MCPServer[Any]) -> None:
    """End every stream of ``subscriptions/listen`` with the result that says so on purpose."""
    entry = server._lowlevel_server.get_request_handler("subscriptions/listen")  # noqa: SLF001 - no public way
    if entry is not None and isinstance(entry.handler, ListenHandler):
        entry.handler.close()


def complete_by(server: MCPServer[Any], complete: Callable[..., Awaitable[Completion]]) -> None:
    """Let ``server`` answer completions by ``complete(ref, argument, context)``: the public way, typed."""
    decorator: Callable[..., Any] = server.completion()  # type: ignore[no-untyped-call]
    decorator(complete)


def described_output(schema: dict[str, Any]) -> FuncMetadata:
    """Return a tool's metadata with an output schema that is published, and that nothing is validated against.

    ``Tool`` asks for metadata with a model of the arguments; ours are checked before the SDK would, and
    answers are models already.
    """
    return FuncMetadata(arg_model=ArgModelBase, output_schema=schema)
