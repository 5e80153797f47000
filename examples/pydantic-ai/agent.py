"""Pin an image by digest: an agent of Pydantic AI that asks portcall over MCP."""

from __future__ import annotations

import argparse
import asyncio
import sys
from dataclasses import dataclass, field
from typing import Any

from fastmcp.client.transports import StdioTransport
from pydantic import BaseModel, Field
from pydantic_ai import Agent, ModelRetry, RunContext, ToolFailed
from pydantic_ai.mcp import CallToolFunc, MCPToolset
from scripted_model import scripted_model


class Pin(BaseModel):
    """What the agent answers with."""

    reference: str | None = Field(
        description="The image, pinned by digest, as get_image_details has it; null where that failed."
    )
    why: str = Field(description="Why this one, or why none: what was asked for, what was there, what failed.")


@dataclass
class Known:
    """What tools have answered in this run, for the program rather than the model."""

    references: set[str] = field(default_factory=set)


def portcall(toolsets: str, config: str | None) -> MCPToolset[Known]:
    """Return portcall's tools, from a ``portcall serve`` that lives as long as they are used."""
    arguments = ["serve", "--toolsets", toolsets, *(["--config", config] if config else [])]
    # It would be kept alive beyond its `async with` otherwise.
    transport = StdioTransport("portcall", arguments, keep_alive=False)

    async def text_for_the_model(
        ctx: RunContext[Known], call_tool: CallToolFunc, name: str, arguments: dict[str, Any]
    ) -> str:
        """Give the model the text; it gets the structured content otherwise, three to nine times as long."""
        answer = await tools.client.call_tool(name, arguments, raise_on_error=False)
        text = "\n".join(block.text for block in answer.content if block.type == "text")
        print(f"{name} answers: {text.splitlines()[0]}")
        if answer.is_error:
            raise ToolFailed(text)  # the model reads what failed, what there is instead, and what to do next
        if name == "get_image_details" and answer.structured_content:
            ctx.deps.references.add(answer.structured_content["reference"])
        return text

    tools = MCPToolset[Known](
        transport,
        id="portcall",
        include_instructions=True,
        init_timeout=30,  # portcall starts in a second or two, later where much else runs; the usual is five
        process_tool_call=text_for_the_model,
    )
    return tools


def new_agent(model: Any, tools: MCPToolset[Known]) -> Agent[Known, Pin]:
    """Return the agent; it cannot answer with a digest that no tool has told."""
    agent = Agent(model, deps_type=Known, output_type=Pin, toolsets=[tools], name="pinning")

    @agent.output_validator
    def told_by_a_tool(ctx: RunContext[Known], pin: Pin) -> Pin:
        if pin.reference is not None and pin.reference not in ctx.deps.references:
            raise ModelRetry("The reference is none that get_image_details answered with. Ask it, and copy that.")
        return pin

    return agent


async def main(options: argparse.Namespace) -> None:
    """Ask about the image that is named on the command line."""
    tools = portcall(options.toolsets, options.config)
    model = options.model or scripted_model(options.image, options.tag, options.platform)
    agent = new_agent(model, tools)
    question = (
        f"We want to deploy {options.image}:{options.tag} on {options.platform}. Pin it by digest; if there is no "
        "such tag, pin the newest stable version."
    )
    async with agent:
        print(f"portcall offers {', '.join(tool.name for tool in await tools.list_tools())}")
        run = await agent.run(question, deps=Known())
    if run.output.reference is None:
        sys.exit(run.output.why)
    print(f"pinned for {options.platform}: {run.output.reference}\n{run.output.why}")


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("image", nargs="?", default="localhost:5000/shop/gateway")
    parser.add_argument("tag", nargs="?", default="1.4.20")
    parser.add_argument("--platform", default="linux/arm64")
    parser.add_argument("--toolsets", default="inspect", help="which of portcall's tools; '' for all")
    parser.add_argument("--config", help="a configuration file of portcall's, for registries of your own")
    parser.add_argument("--model", help="a model's name, such as openai:gpt-5; without, a script plays the model")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        asyncio.run(main(arguments()))
    except KeyboardInterrupt:
        sys.exit(130)
