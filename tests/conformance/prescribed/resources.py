"""Resources: text, bytes, one by a template, one to be watched; and completions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mcp_types import Completion
from tests.conformance.prescribed.answers import PNG

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer


def add_to(server: MCPServer[Any]) -> None:
    """Give ``server`` the resources, and values to complete arguments with."""

    @server.resource("test://static-text", description="A text.", mime_type="text/plain")
    def static_text() -> str:
        return "This is the content of the static text resource."

    @server.resource("test://static-binary", description="An image.", mime_type="image/png")
    def static_binary() -> bytes:
        return PNG

    @server.resource("test://watched-resource", description="A text to watch.", mime_type="text/plain")
    def watched() -> str:
        return "Nothing has happened yet."

    @server.resource("test://template/{id}/data", description="Any number's data.", mime_type="application/json")
    def by_template(id: str) -> str:  # noqa: A002 - prescribed
        return json.dumps({"id": id, "templateTest": True, "data": f"Data for ID: {id}"})

    if server._lowlevel_server.get_request_handler("completion/complete") is not None:
        return  # its own is what is tested

    @server.completion()
    async def complete(_ref: object, argument: Any, _context: object) -> Completion:
        cities = ("paris", "park", "party", "testing")
        return Completion(values=[city for city in cities if city.startswith(argument.value)], has_more=False)
