"""Tools that say that a list has changed, to whoever listens."""

from __future__ import annotations

from typing import Any

from mcp.server.mcpserver import Context


async def test_trigger_tool_change(ctx: Context[Any, Any]) -> str:
    """Say that the tools have changed."""
    await ctx.notify_tools_changed()
    return "Told."


async def test_trigger_prompt_change(ctx: Context[Any, Any]) -> str:
    """Say that the prompts have changed."""
    await ctx.notify_prompts_changed()
    return "Told."


TOOLS = (test_trigger_tool_change, test_trigger_prompt_change)
