"""Pin an image by digest: an agent of the OpenAI Agents SDK that asks portcall over MCP."""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import Any

from agents import Agent, Model, Runner, RunResult, ToolCallOutputItem, set_tracing_disabled
from agents.mcp import MCPServerStdio, MCPToolCustomDataContext
from pydantic import BaseModel, Field
from scripted_model import scripted_model


class Pin(BaseModel):
    """What the agent answers with."""

    reference: str | None = Field(
        description="The image, pinned by digest, as get_image_details has it; null where that failed."
    )
    why: str = Field(description="Why this one, or why none: what was asked for, what was there, what failed.")


def keep_for_the_program(answer: MCPToolCustomDataContext) -> dict[str, Any]:
    """Keep an answer's typed form beside its text: the model reads the text alone, a third to a ninth of that."""
    return {"tool": answer.tool_name, **(answer.structured_content or {})}


def portcall(toolsets: str, config: str | None) -> MCPServerStdio:
    """Return portcall's tools, from a ``portcall serve`` that lives as long as they are used."""
    arguments = ["serve", "--toolsets", toolsets, *(["--config", config] if config else [])]
    return MCPServerStdio(
        {"command": "portcall", "args": arguments},
        name="portcall",
        cache_tools_list=True,  # the list does not change while it runs
        client_session_timeout_seconds=310,  # the usual are five; portcall may read layers for 300
        custom_data_extractor=keep_for_the_program,
    )


def new_agent(model: str | Model, server: MCPServerStdio) -> Agent:
    """Return the agent. An answer that is an error is text like any other: what failed, and what to do next."""
    instructions = "You choose container images. Take digests from get_image_details, never from memory."
    return Agent("pinning", instructions=instructions, model=model, mcp_servers=[server], output_type=Pin)


def told_by_a_tool(run: RunResult) -> set[str]:
    """Return the references that get_image_details has answered with."""
    kept = [item.custom_data or {} for item in run.new_items if isinstance(item, ToolCallOutputItem)]
    details = [answer for answer in kept if answer.get("tool") == "get_image_details"]
    return {answer["reference"] for answer in details if "reference" in answer}


async def main(options: argparse.Namespace) -> None:
    """Ask about the image that is named on the command line."""
    set_tracing_disabled(True)  # it would send what is asked and answered to OpenAI, where there is a key
    model = options.model or scripted_model(options.image, options.tag, options.platform)
    question = (
        f"We want to deploy {options.image}:{options.tag} on {options.platform}. Pin it by digest; if there is no "
        "such tag, pin the newest stable version."
    )
    async with portcall(options.toolsets, options.config) as server:
        print(f"portcall offers {', '.join(tool.name for tool in await server.list_tools())}")
        run = await Runner.run(new_agent(model, server), question)
    pin = run.final_output_as(Pin)
    if pin.reference is None:
        sys.exit(pin.why)
    if pin.reference not in told_by_a_tool(run):
        sys.exit(f"the model made up {pin.reference!r}")
    print(f"pinned for {options.platform}: {pin.reference}\n{pin.why}")


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("image", nargs="?", default="localhost:5000/shop/gateway")
    parser.add_argument("tag", nargs="?", default="1.4.20")
    parser.add_argument("--platform", default="linux/arm64")
    parser.add_argument("--toolsets", default="inspect", help="which of portcall's tools; '' for all")
    parser.add_argument("--config", help="a configuration file of portcall's, for registries of your own")
    parser.add_argument("--model", help="a model's name, such as gpt-5; without, a script plays the model")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        asyncio.run(main(arguments()))
    except KeyboardInterrupt:
        sys.exit(130)
