"""A call from the cache, over stdio: ``get_image_details`` against a trivial tool."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from measuring import print_table
from session import unread
from start import ONE_TOOL

from portcall.testing import demo_registry

#: A tool without work that answers with as much: what such an answer costs the SDK, on both sides.
SAME_ANSWER = """
import json, pathlib, sys
from typing import Annotated
from mcp.server.mcpserver import MCPServer
from mcp_types import CallToolResult, TextContent
kept = json.loads(pathlib.Path(sys.argv[1]).read_text())
server = MCPServer("same-answer", log_level="WARNING")
@server.tool(structured_output=False)
async def same() -> CallToolResult:
    "Return the same answer every time."
    return CallToolResult(
        content=[TextContent(type="text", text=kept["text"])], structured_content=kept["structured"]
    )
server.run()
"""

CALLS = 200
ROUNDS = 9

IMAGE = "registry.example/shop/api:1.4.2"


async def rate(client: Client, tool: str, arguments: dict[str, Any]) -> float:
    """Return calls a second, one after the other."""
    began = time.perf_counter()
    for _ in range(CALLS):
        result = await client.call_tool(tool, arguments)
        assert not result.is_error
    return CALLS / (time.perf_counter() - began)


async def compare(folder: Path, mode: str, endpoint: str, log: TextIO) -> None:
    environment = dict(os.environ) | {
        "PORTCALL_CONFIG": os.devnull,
        "PORTCALL_REGISTRIES": json.dumps({"registry.example": {"endpoint": endpoint}}),
    }
    one_tool, same_answer, kept = folder / "one_tool.py", folder / "same_answer.py", folder / "kept.json"
    one_tool.write_text(ONE_TOOL)
    same_answer.write_text(SAME_ANSWER)
    portcall = StdioServerParameters(command=sys.executable, args=["-m", "portcall", "serve"], env=environment)
    async with Client(stdio_client(portcall, log), mode=mode) as ours:
        answer = await ours.call_tool("get_image_details", {"image_name": IMAGE})
        text = "".join(getattr(part, "text", "") for part in answer.content)
        kept.write_text(json.dumps({"text": text, "structured": answer.structured_content}))
        trivial = StdioServerParameters(command=sys.executable, args=[str(one_tool)])
        same = StdioServerParameters(command=sys.executable, args=[str(same_answer), str(kept)])
        async with (
            Client(stdio_client(trivial, log), mode=mode) as theirs,
            Client(stdio_client(same, log), mode=mode) as equal,
        ):
            candidates: dict[str, Callable[[], Any]] = {
                "trivial tool, MCPServer": lambda: rate(theirs, "echo", {"text": "hello"}),
                "the same answer, ready, MCPServer": lambda: rate(equal, "same", {}),
                "portcall get_image_details, warm": lambda: rate(ours, "get_image_details", {"image_name": IMAGE}),
                "portcall search_tags, 25 tags, warm": lambda: rate(
                    ours, "search_tags", {"image_name": "registry.example/shop/gateway"}
                ),
            }
            results: dict[str, list[float]] = {name: [] for name in candidates}
            for measured in range(ROUNDS + 1):
                for name, measure in candidates.items():
                    value = 1e6 / await measure()  # microseconds a call
                    if measured:
                        results[name].append(value)
        protocol = ours.protocol_version
    title = f"A call over stdio, protocol {protocol}, {len(text):,} characters of text"
    print_table(title, results, "µs", next(iter(candidates)), more=False)


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        demo_registry("registry.example").serve() as address,
        unread() as log,
    ):
        for mode in ("legacy", "auto"):
            asyncio.run(compare(Path(folder), mode, address.url, log))


if __name__ == "__main__":
    main()
