"""Asks Pydantic AI more than the example does: what providers are told of the tools, and how failures end.

Run as ``probe_pydantic_ai.py IMAGE IMAGE-OF-NOBODY``, with the example's folder among Python's paths.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import agent
from failing import failure
from pydantic_ai.messages import ModelMessage, ModelResponse, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai.profiles.google import GoogleJsonSchemaTransformer
from pydantic_ai.profiles.openai import OpenAIJsonSchemaTransformer


async def schemas() -> list[str]:
    """Return the names of the tools whose schemas OpenAI (strict) and Google can be told of."""
    tools = agent.portcall("", None)
    taken = []
    async with tools:
        for tool in await tools.list_tools():
            OpenAIJsonSchemaTransformer(tool.input_schema, strict=True).walk()
            GoogleJsonSchemaTransformer(tool.input_schema).walk()
            taken.append(tool.name)
    return taken


def lying_model(*_: str) -> FunctionModel:
    """Return a model that makes a digest up, and then says what it was told of that."""

    def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        told = [part for message in messages for part in message.parts if isinstance(part, ToolReturnPart)]
        pin: dict[str, Any] = {"reference": f"shop/gateway@sha256:{64 * '0'}", "why": "I know it."}
        if told:
            pin = {"reference": None, "why": str(told[-1].content)}
        return ModelResponse(parts=[ToolCallPart(info.output_tools[0].name, pin)])

    return FunctionModel(answer)


if __name__ == "__main__":
    told = {"schemas": asyncio.run(schemas()), "outage": failure(agent.main, sys.argv[2])}
    agent.scripted_model = lying_model
    print(json.dumps(told | {"made up": failure(agent.main, sys.argv[1])}))
