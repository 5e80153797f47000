"""The MCP server as an ASGI app: ``uvicorn portcall.server.asgi:app``, or any other server of that kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import ASGIApp, Receive, Scope, Send

    from portcall.server.app import PortcallServer
    from portcall.server.asgi.application import Application
    from portcall.settings import Settings

__all__ = ["app", "create_app"]


def create_app(
    settings: Settings | None = None,
    *,
    toolsets: Sequence[str] = (),
    server_type: type[PortcallServer] | None = None,
) -> Application:
    """Return the server as an ASGI app: ``/mcp``, health, metrics, and what authentication needs.

    Args:
        settings: The configuration; read from the usual file and the environment by default.
        toolsets: Which to offer; all of them by default.
        server_type: What the MCP server is made by, for those who add something of their own.

    Raises:
        ConfigurationError: The configuration cannot be used.
        InvalidArgumentError: There is no toolset of that name.
    """
    # Late: who imports this for its types pays for no server.
    from portcall.server.app import PortcallServer
    from portcall.server.asgi.application import Application
    from portcall.settings import load_settings

    return Application(settings or load_settings(), toolsets, server_type or PortcallServer)


class _FromEnvironment:
    """The app for whoever names it by import: made by the first message, which says that the server starts."""

    def __init__(self) -> None:
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._app is None:
            from portcall.logs import configure_logging, show_own_events

            configure_logging()
            show_own_events("INFO")
            self._app = create_app()
        await self._app(scope, receive, send)


app = _FromEnvironment()
