"""portcall's own app with what the conformance suite prescribes: ``python -m tests.conformance.fixture_server``.

It prints its address, and serves until it is told to end. ``--stateful`` serves the same items by the SDK alone,
with sessions: what a stateless server cannot do fails without them, and works with them.
"""

from __future__ import annotations

import argparse
import socket
from typing import TYPE_CHECKING, Any

import uvicorn
from mcp.server.mcpserver import MCPServer
from tests.conformance.prescribed import add_prescribed

from portcall.server.app import PortcallServer
from portcall.server.asgi import create_app
from portcall.settings import Settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp


class FixtureServer(PortcallServer):
    """portcall's server, and on it what the suite prescribes."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        add_prescribed(self)


def stateless_app() -> ASGIApp:
    """Return the app as portcall makes it: guards, ceilings, log and all."""
    return create_app(Settings(), server_type=FixtureServer)


def stateful_app() -> ASGIApp:
    """Return the SDK's own app."""
    server: MCPServer[Any] = MCPServer("prescribed", version="1", log_level="WARNING")
    add_prescribed(server)
    return server.streamable_http_app()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--stateful", action="store_true")
    app = stateful_app() if parser.parse_args().stateful else stateless_app()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}/mcp", flush=True)  # noqa: T201
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])


if __name__ == "__main__":
    main()
