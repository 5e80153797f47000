"""The tools, described once for every door: MCP server and shell."""

from portcall.tools.catalog import TOOLS, tool_named
from portcall.tools.spec import ToolSpec

__all__ = ["TOOLS", "ToolSpec", "tool_named"]
