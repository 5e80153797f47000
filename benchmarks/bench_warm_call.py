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
from typing import Any

from bench_start import ONE_TOOL
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from measuring import print_table

from portcall.testing import demo_registry

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


async def compare(one_tool: Path, mode: str, endpoint: str) -> None:
    environment = dict(os.environ) | {
        "PORTCALL_CONFIG": os.devnull,
        "PORTCALL_REGISTRIES": json.dumps({"registry.example": {"endpoint": endpoint}}),
    }
    trivial = StdioServerParameters(command=sys.executable, args=[str(one_tool)])
    portcall = StdioServerParameters(command=sys.executable, args=["-m", "portcall", "serve"], env=environment)
    async with (
        Client(stdio_client(trivial), mode=mode) as theirs,
        Client(stdio_client(portcall), mode=mode) as ours,
    ):
        candidates: dict[str, Callable[[], Any]] = {
            "trivial tool, MCPServer over its stdio": lambda: rate(theirs, "echo", {"text": "hello"}),
            "portcall get_image_details, warm": lambda: rate(ours, "get_image_details", {"image_name": IMAGE}),
            "portcall search_tags, 25 tags, warm": lambda: rate(
                ours, "search_tags", {"image_name": "registry.example/shop/gateway"}
            ),
        }
        protocol = theirs.protocol_version
        results: dict[str, list[float]] = {name: [] for name in candidates}
        for measured in range(ROUNDS + 1):
            for name, measure in candidates.items():
                value = 1e6 / await measure()  # microseconds a call
                if measured:
                    results[name].append(value)
    print_table(f"A call over stdio, protocol {protocol}", results, "µs", next(iter(candidates)), more=False)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, demo_registry("registry.example").serve() as address:
        script = Path(folder, "one_tool.py")
        script.write_text(ONE_TOOL)
        for mode in ("legacy", "auto"):
            asyncio.run(compare(script, mode, address.url))


if __name__ == "__main__":
    main()
