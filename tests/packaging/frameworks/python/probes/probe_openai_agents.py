"""Asks the OpenAI Agents SDK more than the example does: whether tools can be strict, and how failures end.

Run as ``probe_openai_agents.py IMAGE IMAGE-OF-NOBODY``, with the example's folder among Python's paths.
"""

from __future__ import annotations

import asyncio
import json
import sys

import agent
from agents import Agent, RunContextWrapper
from agents.mcp import MCPUtil
from agents.testing import ScriptedModel, assistant_message
from failing import failure


async def schemas() -> list[str]:
    """Return the names of the tools whose schemas the SDK can make strict; others it leaves as they are."""
    async with agent.portcall("", None) as server:
        context: RunContextWrapper[None] = RunContextWrapper(None)
        tools = await MCPUtil.get_function_tools(
            server, convert_schemas_to_strict=True, run_context=context, agent=Agent("probe")
        )
    return [tool.name for tool in tools if tool.strict_json_schema]


def lying_model(*_: str) -> ScriptedModel:
    """Return a model that makes a digest up."""
    pin = {"reference": f"shop/gateway@sha256:{64 * '0'}", "why": "I know it."}
    return ScriptedModel([[assistant_message(json.dumps(pin))]])


if __name__ == "__main__":
    told = {"schemas": asyncio.run(schemas()), "outage": failure(agent.main, sys.argv[2])}
    agent.scripted_model = lying_model
    print(json.dumps(told | {"made up": failure(agent.main, sys.argv[1])}))
