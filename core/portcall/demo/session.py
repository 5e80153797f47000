"""The demonstration: what an agent asks, and what it reads, step by step."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group
from rich.panel import Panel
from rich.rule import Rule
from rich.syntax import Syntax
from rich.text import Text

from portcall.demo.questions import QUESTIONS, Question

if TYPE_CHECKING:
    from collections.abc import Collection

    from mcp.client.client import Client
    from rich.console import RenderableType

#: The registry's name in the demonstration's references.
HOST = "registry.example"


async def run_demo(console: Console | None = None, only: Collection[int] = ()) -> None:
    """Start the registry and the server, ask the questions over MCP, and print question and answer.

    Args:
        console: Where to print; the terminal by default.
        only: Positions of the questions to ask, from 0; all of them by default.
    """
    from mcp.client.client import Client
    from mcp.client.stdio import StdioServerParameters, stdio_client

    from portcall.testing import demo_registry

    console = console or Console(highlight=False)
    questions = [question for place, question in enumerate(QUESTIONS) if not only or place in only]
    started = time.perf_counter()
    registry = demo_registry(HOST)
    with registry.serve() as address:
        console.print(Rule("portcall demo", style="cyan"))
        console.print(
            Text.assemble(
                "An embedded registry plays ",
                (HOST, "bold"),
                f" at {address.url}; a real MCP client talks to ",
                ("portcall serve", "bold"),
                " over stdio. No internet.",
            )
        )
        server = StdioServerParameters(
            command=sys.executable,
            args=["-m", "portcall", "serve"],
            env=_environment({HOST: {"endpoint": address.url}}),
        )
        async with Client(stdio_client(server)) as client:
            console.print(
                Text(f"\nconnected, protocol {client.protocol_version}; {await _tools(client)}\n", "dim")
            )
            for number, question in enumerate(questions, 1):
                console.print(await _asked(client, number, question))
        seconds = time.perf_counter() - started
        console.print(
            Text(
                f"{len(questions)} questions, {len(registry.requests)} requests to the registry, {seconds:.1f} s",
                "dim",
            )
        )
        console.print(
            "Next: [bold]portcall config --list[/] to put it into your MCP host, or [bold]portcall --help[/]."
        )


def _environment(registries: dict[str, Any]) -> dict[str, str]:
    """Return the environment for the server: ours, but with no configuration except the demo's registry."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PORTCALL_")}
    return kept | {"PORTCALL_REGISTRIES": json.dumps(registries), "PORTCALL_CONFIG": os.devnull}


async def _tools(client: Client) -> str:
    listed = (await client.list_tools()).tools
    return f"{len(listed)} tools: {', '.join(tool.name for tool in listed)}"


async def _asked(client: Client, number: int, question: Question) -> RenderableType:
    arguments = {name: _placed(value) for name, value in question.arguments.items()}
    started = time.perf_counter()
    if question.tool == "resource":
        read = await client.read_resource(arguments["uri"])
        text, failed = "".join(getattr(part, "text", "") for part in read.contents), False
    else:
        result = await client.call_tool(question.tool, arguments)
        text, failed = "".join(getattr(part, "text", "") for part in result.content), bool(result.is_error)
    spent = (time.perf_counter() - started) * 1000
    call = Text.assemble((f"{number}. ", "bold"), (question.asked, "bold"))
    how = Text(f"   {question.tool}({_written(arguments)})", "cyan")
    # The very text, not a rendering of it: this is what a model reads.
    body = Syntax(text, "markdown", theme="ansi_dark", background_color="default", word_wrap=True)
    answer = Panel(
        body, border_style="red" if failed else "green", subtitle=f"{len(text):,} characters, {spent:.0f} ms"
    )
    return Group(call, how, answer, "")


def _placed(value: Any) -> Any:
    return value.replace("HOST", HOST) if isinstance(value, str) else value


def _written(arguments: dict[str, Any]) -> str:
    return ", ".join(f"{name}={_short(value)}" for name, value in arguments.items())


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f'{text[:57]}…"'
