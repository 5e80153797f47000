"""The tools, described once for every door: MCP server and shell."""

from portcall.tools.catalog import TOOLS, tool_named
from portcall.tools.offered import known_tools, offered_tools
from portcall.toolspec import ToolSpec

__all__ = ["TOOLS", "ToolSpec", "known_tools", "offered_tools", "tool_named"]
