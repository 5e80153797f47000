"""Asks LangGraph more than the example does: what providers are told of the tools, and how failures end.

Run as ``probe_langgraph.py IMAGE IMAGE-OF-NOBODY``, with the example's folder among Python's paths.
"""

from __future__ import annotations

import asyncio
import json
import sys
from argparse import Namespace

import agent
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


def failure(image: str) -> str:
    """Return what the agent ends with for an image that it cannot pin."""
    options = Namespace(image=image, tag="1.0", platform="linux/arm64", toolsets="", config=None, model=None)
    try:
        asyncio.run(agent.main(options))
    except SystemExit as end:
        return str(end.code)
    return "it has pinned something"


if __name__ == "__main__":
    told = {"schemas": asyncio.run(schemas()), "outage": failure(sys.argv[2])}
    agent.ScriptedModel = LyingModel
    print(json.dumps(told | {"made up": failure(sys.argv[1])}))
