"""Start-up: from spawning the process to its answer to ``initialize``, and on to the list of tools."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measuring import in_turns, print_table

ONE_TOOL = """
from mcp.server.mcpserver import MCPServer
server = MCPServer("one-tool", log_level="WARNING")
@server.tool()
async def echo(text: str) -> str:
    "Return the text."
    return text
server.run()
"""

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "bench", "version": "1"},
    },
}


def start(command: list[str]) -> float:
    """Return the milliseconds from spawning ``command`` to its first answer."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PORTCALL_")}
    began = time.perf_counter()
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(INITIALIZE).encode() + b"\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        spent = (time.perf_counter() - began) * 1000
        assert answer["id"] == 1
        assert "result" in answer
        process.stdin.close()
        process.wait(timeout=30)
    return spent


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "one_tool.py")
        script.write_text(ONE_TOOL)
        candidates = {
            "MCPServer with one tool": lambda: start([sys.executable, str(script)]),
            "portcall serve": lambda: start([sys.executable, "-m", "portcall", "serve"]),
        }
        in_turns(candidates, 1)  # compiles what was never imported
        results = in_turns(candidates, 11)
    print_table("Start-up, spawn to initialize", results, "ms", "MCPServer with one tool", more=False)


if __name__ == "__main__":
    main()
