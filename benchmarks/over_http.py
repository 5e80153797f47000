"""Calls over HTTP: portcall beside a server of the SDK's with one tool, and with two processes beside one."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measuring import in_turns_awaited, print_table

from portcall.testing import demo_registry

#: A tool without work, and one without work that answers with as much as portcall does.
SDK_SERVER = """
import json, pathlib, sys, uvicorn
from mcp.server.mcpserver import MCPServer
from mcp_types import CallToolResult, TextContent
kept = json.loads(pathlib.Path(sys.argv[2]).read_text())
server = MCPServer("one-tool", log_level="WARNING")
@server.tool()
async def echo(text: str) -> str:
    "Return the text."
    return text
@server.tool(structured_output=False)
async def same() -> CallToolResult:
    "Return the same answer every time."
    return CallToolResult(
        content=[TextContent(type="text", text=kept["text"])], structured_content=kept["structured"]
    )
uvicorn.run(server.streamable_http_app(stateless_http=True), port=int(sys.argv[1]), log_level="warning")
"""
#: The same tool without work, as a plugin's.
PLUGIN = '''
from portcall.models import Answer
from portcall.plugin import PluginTool, hookimpl

class Echo(Answer):
    text: str

async def acme_echo(portcall, text: str) -> Echo:
    """Return the text."""
    return Echo(text=text)

@hookimpl
def portcall_tools():
    yield PluginTool("acme_echo", "Echo", "Returns the text.", acme_echo)
'''

IMAGE = "registry.example/shop/api:1.4.2"
#: Connections of the clients, all in this process: they ask again as soon as they have their answer.
CONNECTIONS = 8
PATIENCE = 60.0
ERAS = {"2025": "2025-06-18", "2026": "2026-07-28"}


@dataclass(frozen=True, slots=True)
class Call:
    """One call, as it goes over the wire.

    Args:
        port: Of the server.
        tool: Which tool.
        arguments: Its arguments.
        version: Of the protocol.
    """

    port: int
    tool: str
    arguments: dict[str, Any]
    version: str

    @property
    def request(self) -> bytes:
        """Head and body."""
        params: dict[str, Any] = {"name": self.tool, "arguments": self.arguments}
        headers = [f"MCP-Protocol-Version: {self.version}"]
        if self.version >= "2026":
            told = {"protocolVersion": self.version, "clientInfo": {"name": "load", "version": "1"}}
            meta = {**told, "clientCapabilities": {}}
            params["_meta"] = {f"io.modelcontextprotocol/{name}": value for name, value in meta.items()}
            headers += ["Mcp-Method: tools/call", f"Mcp-Name: {self.tool}"]
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        body = json.dumps(message).encode()
        head = [
            "POST /mcp HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            "Accept: application/json, text/event-stream",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            *headers,
        ]
        return "\r\n".join([*head, "", ""]).encode() + body


async def rate(call: Call, seconds: float) -> float:
    """Return answers a second, of all connections together."""
    until = time.perf_counter() + seconds
    began = time.perf_counter()
    counts = await asyncio.gather(*(_ask_until(call, until) for _ in range(CONNECTIONS)))
    return sum(counts) / (time.perf_counter() - began)


async def ask(call: Call) -> bytes:
    """Return the body of one answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", call.port)
    writer.write(call.request)
    body = await _body(reader)
    writer.close()
    return body


async def _ask_until(call: Call, until: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", call.port, limit=1 << 20)
    request, count = call.request, 0
    while time.perf_counter() < until:
        writer.write(request)
        body = await _body(reader)
        assert b'"isError":false' in body, body[:500]
        count += 1
    writer.close()
    return count


async def _body(reader: asyncio.StreamReader) -> bytes:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    assert head.startswith(b"http/1.1 200"), head
    if b"transfer-encoding: chunked" in head:
        body = b""
        while size := int(await reader.readline(), 16):
            body += await reader.readexactly(size)
            await reader.readline()
        await reader.readline()
        return body
    length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
    return await reader.readexactly(int(length))


@contextmanager
def running(command: Sequence[str], port: int, environment: dict[str, str]) -> Iterator[None]:
    """Run a server within the block, which begins when it listens."""
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as probe:
                if probe.getsockname() != probe.getpeername():  # a port may be connected to itself
                    break
            time.sleep(0.05)
        else:
            raise RuntimeError(f"{command} does not listen")
        yield
    finally:
        process.terminate()
        process.wait()


def free_ports(count: int) -> list[int]:
    """Return ports that nobody has, for now."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


async def kept_answer(port: int) -> dict[str, Any]:
    """Return what portcall answers, for the tool that says the same without work."""
    call = Call(port, "get_image_details", {"image_name": IMAGE}, ERAS["2026"])
    result = json.loads(await ask(call))["result"]
    return {"text": result["content"][0]["text"], "structured": result["structuredContent"]}


async def compare(era: str, ports: dict[str, int], rounds: int, seconds: float, size: int) -> None:
    """Print the tables of one era."""
    version, details = ERAS[era], {"image_name": IMAGE}
    calls = {
        "SDK, a trivial tool": Call(ports["sdk"], "echo", {"text": "hello"}, version),
        "SDK, the same answer, ready": Call(ports["sdk"], "same", {}, version),
        "portcall, a trivial tool": Call(ports["one"], "acme_echo", {"text": "hello"}, version),
        "portcall, get_image_details, warm": Call(ports["one"], "get_image_details", details, version),
        "portcall, the same, two processes": Call(ports["two"], "get_image_details", details, version),
    }
    for call in calls.values():
        await rate(call, 1.0)
    busy, began = time.process_time(), time.perf_counter()
    candidates = {name: (lambda call=call: rate(call, seconds)) for name, call in calls.items()}
    results = await in_turns_awaited(candidates, rounds)
    share = (time.process_time() - busy) / (time.perf_counter() - began)
    first, *_, one, two = results
    title = f"Calls over HTTP, protocol {era}, {CONNECTIONS} connections, {size:,} characters of text"
    print_table(title, {name: results[name] for name in results if name != two}, "/s", first, more=True)
    print_table("One process, and two", {name: results[name] for name in (one, two)}, "/s", one, more=True)
    print(f"\nThe clients took {share:.0%} of one core of {os.cpu_count()}.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    rounds, seconds = (3, 1.0) if parser.parse_args().quick else (7, 3.0)
    with tempfile.TemporaryDirectory() as folder, demo_registry("registry.example").serve() as address:
        asyncio.run(_measure(Path(folder), address.url, rounds, seconds))


async def _measure(folder: Path, endpoint: str, rounds: int, seconds: float) -> None:
    ports = dict(zip(("sdk", "one", "two"), free_ports(3), strict=True))
    script, kept = folder / "sdk_server.py", folder / "kept.json"
    script.write_text(SDK_SERVER)
    environment = dict(os.environ) | {
        "PORTCALL_CONFIG": os.devnull,
        "PORTCALL_REGISTRIES": json.dumps({"registry.example": {"endpoint": endpoint}}),
        "PORTCALL_SERVER__CALLS_PER_MINUTE": "10000000",
        "PYTHONPATH": str(_plugin(folder / "plugins")),
    }
    serve = [sys.executable, "-m", "portcall", "serve", "--transport", "http", "--port"]
    with ExitStack() as stack:
        stack.enter_context(running([*serve, str(ports["one"])], ports["one"], environment))
        two = [*serve, str(ports["two"]), "--workers", "2"]
        stack.enter_context(running(two, ports["two"], environment))
        answer = await kept_answer(ports["one"])
        kept.write_text(json.dumps(answer))
        theirs = [sys.executable, str(script), str(ports["sdk"]), str(kept)]
        stack.enter_context(running(theirs, ports["sdk"], environment))
        for era in ERAS:
            await compare(era, ports, rounds, seconds, len(answer["text"]))


def _plugin(folder: Path) -> Path:
    metadata = folder / "portcall_acme-1.0.dist-info"
    metadata.mkdir(parents=True)
    (folder / "portcall_acme.py").write_text(PLUGIN)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: portcall-acme\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[portcall.plugins]\nacme = portcall_acme\n")
    return folder


if __name__ == "__main__":
    main()
