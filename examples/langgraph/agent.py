"""Pin an image by digest: a LangGraph agent that asks portcall by way of langchain-mcp-adapters."""

from __future__ import annotations

import argparse
import asyncio
import re
import sys

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AnyMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import BaseTool
from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_mcp_adapters.tools import load_mcp_tools
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from langsmith import tracing_context
from scripted_model import ScriptedModel

INSTRUCTIONS = SystemMessage(
    "You choose container images. Take digests from get_image_details, never from memory. End with the image, "
    "pinned by digest, on a line of its own; where that failed, with why."
)


def portcall(toolsets: str, config: str | None) -> MultiServerMCPClient:
    """Return a client that starts ``portcall serve`` for each session."""
    arguments = ["serve", "--toolsets", toolsets, *(["--config", config] if config else [])]
    return MultiServerMCPClient({"portcall": {"transport": "stdio", "command": "portcall", "args": arguments}})


def new_agent(model: BaseChatModel, tools: list[BaseTool]) -> CompiledStateGraph[MessagesState]:
    """Return a graph in which the model calls tools until it has its answer.

    The adapters turn an answer that is an error into a message with ``status="error"``, whose text says what
    failed, what there is instead, and what to do next: the model goes on from there.
    """
    calling = model.bind_tools(tools)

    async def think(state: MessagesState) -> dict[str, list[AnyMessage]]:
        return {"messages": [await calling.ainvoke([INSTRUCTIONS, *state["messages"]])]}

    graph = StateGraph(MessagesState)
    graph.add_node("think", think)
    graph.add_node("tools", ToolNode(tools))
    graph.add_edge(START, "think")
    graph.add_conditional_edges("think", tools_condition)
    graph.add_edge("tools", "think")
    return graph.compile()


def told_by_a_tool(messages: list[AnyMessage]) -> set[str]:
    """Return the references that get_image_details has answered with: its typed form is the message's artifact."""
    answers = [message for message in messages if isinstance(message, ToolMessage) and message.artifact]
    found = [answer.artifact["structured_content"] for answer in answers if answer.name == "get_image_details"]
    return {details["reference"] for details in found}


def chosen_model(options: argparse.Namespace) -> BaseChatModel:
    """Return the model that is named on the command line, or a script in place of one."""
    if not options.model:
        return ScriptedModel(image=options.image, tag=options.tag, platform=options.platform)
    # pip install langchain langchain-openai, or another provider's
    from langchain.chat_models import init_chat_model

    return init_chat_model(options.model)


async def main(options: argparse.Namespace) -> None:
    """Ask about the image that is named on the command line."""
    question = (
        f"We want to deploy {options.image}:{options.tag} on {options.platform}. Pin it by digest; if there is no "
        "such tag, pin the newest stable version."
    )
    # One session for all calls: `client.get_tools()` would start a portcall for each of them.
    async with portcall(options.toolsets, options.config).session("portcall") as session:
        tools = await load_mcp_tools(session)
        print(f"portcall offers {', '.join(tool.name for tool in tools)}")
        agent = new_agent(chosen_model(options), tools)
        with tracing_context(enabled=False):  # nothing goes to LangSmith, whatever LANGSMITH_TRACING says
            state = await agent.ainvoke({"messages": [HumanMessage(question)]})
    answer = state["messages"][-1].text
    pinned = re.findall(r"\S+@sha256:[0-9a-f]{64}", answer)
    if not pinned:
        sys.exit(answer)
    if not told_by_a_tool(state["messages"]).issuperset(pinned):
        sys.exit(f"the model made up {' or '.join(pinned)}")
    print(f"pinned for {options.platform}: {pinned[-1]}\n{answer}")


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
