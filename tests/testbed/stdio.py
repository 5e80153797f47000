"""``portcall serve`` over stdio: through the SDK's own client, and byte by byte."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from mcp_types import CallToolResult
    from tests.testbed.shell import Shell

#: Seconds after which an answer counts as missing.
PATIENCE = 30

SERVE = (sys.executable, "-m", "portcall", "serve")
HELLO = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "test", "version": "1"},
}


@contextlib.asynccontextmanager
async def connected(
    shell: Shell, log: Path, *options: str, mode: str = "auto", environment: dict[str, str] | None = None
) -> AsyncIterator[Client]:
    """Yield the SDK's client, connected to a ``portcall serve`` of its own.

    Args:
        shell: The environment.
        log: Where the server's stderr goes.
        options: Of ``portcall serve``.
        mode: ``"auto"`` for the protocol of 2026, ``"legacy"`` for the handshake of 2025.
        environment: Further variables.
    """
    program, *arguments = SERVE
    variables = shell.environment(**(environment or {}))
    parameters = StdioServerParameters(command=program, args=[*arguments, *options], env=variables, cwd=shell.home)
    with log.open("w", encoding="utf-8") as stderr:
        async with Client(
            stdio_client(parameters, stderr), mode=mode, read_timeout_seconds=PATIENCE, cache=None
        ) as client:
            yield client


@dataclass(slots=True)
class RawServer:
    """A ``portcall serve`` whose stdin and stdout are ours, line by line.

    Attributes:
        process: The child.
        stdin: Where its requests go.
        stdout: Where its answers come from.
        log: Its stderr.
    """

    process: asyncio.subprocess.Process
    stdin: asyncio.StreamWriter
    stdout: asyncio.StreamReader
    log: Path
    _stdout_pipe: asyncio.ReadTransport
    _asked: int = 0

    @classmethod
    @contextlib.asynccontextmanager
    async def started(
        cls, shell: Shell, log: Path, *options: str, environment: dict[str, str] | None = None
    ) -> AsyncIterator[Self]:
        """Yield a server, not yet greeted; at the end it is killed, if it has not ended by itself."""
        variables = shell.environment(**(environment or {}))
        reader = asyncio.StreamReader(limit=64 << 20)
        ours, theirs = os.pipe()  # a pipe of our own: asyncio's child keeps its end open to the last
        pipe, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(ours, "rb")
        )
        with log.open("wb") as stderr, os.fdopen(theirs, "wb") as stdout:
            process = await asyncio.create_subprocess_exec(
                *SERVE,
                *options,
                stdin=subprocess.PIPE,
                stdout=stdout,
                stderr=stderr,
                env=variables,
                cwd=shell.home,
            )
        assert process.stdin is not None
        try:
            yield cls(process, process.stdin, reader, log, pipe)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            process.stdin.close()
            pipe.close()

    async def greet(self) -> dict[str, Any]:
        """Shake hands as clients of 2025 do; return what the server said."""
        answer = await self.ask("initialize", HELLO)
        await self.tell("notifications/initialized")
        return answer

    async def ask(self, method: str, parameters: dict[str, Any] | None = None) -> dict[str, Any]:
        """Send a request and return its reply, passing over notifications."""
        number = await self.send(method, parameters)
        while (message := await self.receive()).get("id") != number:
            pass
        return message

    async def send(self, method: str, parameters: dict[str, Any] | None = None) -> int:
        """Send a request and return its number."""
        self._asked += 1
        await self._write({"id": self._asked, "method": method, "params": parameters or {}})
        return self._asked

    async def tell(self, method: str, parameters: dict[str, Any] | None = None) -> None:
        """Send a notification."""
        await self._write({"method": method, "params": parameters or {}})

    async def _write(self, message: dict[str, Any]) -> None:
        await self.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")

    async def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.stdin.write(data)
        async with asyncio.timeout(PATIENCE):
            await self.stdin.drain()

    async def receive(self) -> dict[str, Any]:
        """Return the next message; whatever else comes on stdout fails to parse."""
        async with asyncio.timeout(PATIENCE):
            message: dict[str, Any] = json.loads(await self.stdout.readline())
        assert message["jsonrpc"] == "2.0"
        return message

    def stop_listening(self) -> None:
        """Close our end of the server's stdout, as a host that is gone does."""
        self._stdout_pipe.close()

    async def hang_up(self, patience: float = PATIENCE) -> int:
        """Close the server's stdin, and return the status with which it ends, in so many seconds."""
        self.stdin.close()
        async with asyncio.timeout(patience):
            return await self.process.wait()


def popen(shell: Shell, stdin: Any, stdout: Any) -> subprocess.Popen[bytes]:
    """Start ``portcall serve`` on whatever files are given."""
    return subprocess.Popen(
        SERVE, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, env=shell.environment(), cwd=shell.home
    )


def text_of(result: CallToolResult) -> str:
    """Return the one text of an answer."""
    (block,) = result.content
    assert block.type == "text"
    return block.text


def error_of(result: CallToolResult) -> dict[str, Any]:
    """Return an error's structured form, which its text begins with."""
    assert result.is_error
    assert result.structured_content is not None
    error: dict[str, Any] = result.structured_content["error"]
    assert text_of(result).startswith(f"{error['code']}: {error['message']}")
    return error
