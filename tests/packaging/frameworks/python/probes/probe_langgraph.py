"""Asks LangGraph more than the example does: what providers are told of the tools, and how failures end.

Run as ``probe_langgraph.py IMAGE IMAGE-OF-NOBODY``, with the example's folder among Python's paths.
"""

from __future__ import annotations

import asyncio
import json
import sys

import agent
from failing import failure
from langchain_core.messages import AIMessage
from langchain_core.utils.function_calling import convert_to_openai_tool
from langchain_mcp_adapters.tools import load_mcp_tools
from scripted_model import ScriptedModel


async def schemas() -> list[str]:
    """Return the names of the tools whose schemas OpenAI can be told of as strict ones, with nothing lost."""
    taken = []
    async with agent.portcall("", None).session("portcall") as session:
        for tool in await load_mcp_tools(session):
            function = convert_to_openai_tool(tool, strict=True)["function"]
            if function["parameters"]["properties"].keys() == tool.args.keys():
                taken.append(function["name"])
    return taken


class LyingModel(ScriptedModel):
    """Makes a digest up."""

    def _next_step(self, read: list[str]) -> AIMessage:
        return AIMessage(f"I know it:\nshop/gateway@sha256:{64 * '0'}")


if __name__ == "__main__":
    told = {"schemas": asyncio.run(schemas()), "outage": failure(agent.main, sys.argv[2])}
    agent.ScriptedModel = LyingModel
    print(json.dumps(told | {"made up": failure(agent.main, sys.argv[1])}))
