"""What the conformance suite wants a server to have, by the names and texts that its scenarios prescribe.

Each module adds its part to any ``MCPServer``. The functions' names and docstrings are what clients are shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.conformance.prescribed import answers, asking, legacy, lists, prompts, pushed, resources

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer


def add_prescribed(server: MCPServer[Any]) -> frozenset[str]:
    """Give ``server`` everything that the suite prescribes; return the names of the tools among it."""
    tools = (*answers.TOOLS, *asking.TOOLS, *pushed.TOOLS, *lists.TOOLS)
    for tool in tools:
        server.add_tool(tool, structured_output=False)
    answers.keep_whole_schema(server)
    prompts.add_to(server)
    resources.add_to(server)
    legacy.add_to(server)
    return frozenset(tool.__name__ for tool in tools)
