"""The guard before every route: requests name this server, and come from pages that may ask it.

Against DNS rebinding: a page's own name can be made to lead here, and then its scripts speak to us as if to
their own server. They can't send another ``Host`` than that name, nor hide their ``Origin``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.server.asgi.addresses import arrived_on_loopback, parse_address
from portcall.server.asgi.authority import Authority, Origin, header_values, parse_authority, parse_origin
from portcall.server.asgi.cors import answer_preflight, is_preflight, permitting
from portcall.server.asgi.replies import PROBES, refuse

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.types import ASGIApp, Receive, Scope, Send

    from portcall.server.asgi.allowed import AllowedHosts, AllowedOrigins

#: Where OAuth clients in any page may ask: the SDK answers their browsers, and no cookie counts there.
OPEN_PATHS = frozenset({"/token", "/register", "/revoke"})
_OPEN_FOLDER = "/.well-known/"


class HostGuard:
    """Checks ``Host`` and ``Origin`` of every request, whatever address it came to.

    Args:
        app: What answers those that pass.
        hosts: The names under which it may be asked.
        origins: The web pages that may ask.
        probes: Paths that may be asked by address, too, as Kubernetes and Prometheus do: a page that is led
            here by its name cannot.
        open_paths: Paths that pages from everywhere may ask, which the app allows by itself.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: AllowedHosts,
        origins: AllowedOrigins,
        probes: Collection[str] = PROBES,
        open_paths: Collection[str] = OPEN_PATHS,
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._origins = origins
        self._probes = frozenset(probes)
        self._open_paths = frozenset(open_paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have a request answered if it may be."""
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        else:  # nothing here speaks anything else
            await send({"type": "websocket.close", "code": 1008})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        named = header_values(scope, b"host")
        host = parse_authority(named[0]) if len(named) == 1 else None
        if host is None:
            await refuse(send, 400, "the request names no host, or more than one", "Send one Host header.")
        elif not self._answers_to(host, scope):
            await refuse(
                send,
                421,
                "this server does not answer to the host that the request names",
                "Ask it by its own name; its operator may add others to server.allowed_hosts, "
                "or set server.public_url.",
            )
        else:
            await self._answer_origin(host, scope, receive, send)

    def _answers_to(self, host: Authority, scope: Scope) -> bool:
        if scope["path"] in self._probes and parse_address(host.host) is not None:
            return True
        return self._hosts.include(host, on_loopback=arrived_on_loopback(scope))

    async def _answer_origin(self, host: Authority, scope: Scope, receive: Receive, send: Send) -> None:
        sent = header_values(scope, b"origin")
        if not sent or scope["path"] in self._open_paths or scope["path"].startswith(_OPEN_FOLDER):
            await self._app(scope, receive, send)
            return
        origin = parse_origin(sent[0]) if len(sent) == 1 else None
        if origin and self._origins.are_own(origin, Origin(scope.get("scheme", "http"), host)):
            await self._app(scope, receive, send)
        elif not origin or not self._origins.include(origin):
            await refuse(
                send,
                403,
                "web pages of this origin may not ask this server",
                "Its operator may add their origin to server.allowed_origins, or set server.public_url.",
            )
        elif is_preflight(scope):
            await answer_preflight(scope, send, sent[0])
        else:
            await self._app(scope, receive, permitting(send, sent[0]))
