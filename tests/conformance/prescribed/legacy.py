"""What clients of 2025 may ask for besides, and 2026 has dropped: log levels, and subscriptions by resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_types import (
    EmptyResult,
    RequestParams,
    SetLevelRequestParams,
    SubscribeRequestParams,
    UnsubscribeRequestParams,
)

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer


async def _accept(_context: object, _params: object) -> EmptyResult:
    return EmptyResult()


def add_to(server: MCPServer[Any]) -> None:
    """Give ``server`` handlers that accept, where it has none; being stateless, it could remember nothing."""
    handlers = server._lowlevel_server
    kinds: tuple[tuple[str, type[RequestParams]], ...] = (
        ("logging/setLevel", SetLevelRequestParams),
        ("resources/subscribe", SubscribeRequestParams),
        ("resources/unsubscribe", UnsubscribeRequestParams),
    )
    for method, params in kinds:
        if handlers.get_request_handler(method) is None:
            handlers.add_request_handler(method, params, _accept)
