"""The server over HTTP, put together: gateway, MCP server, who may ask, and what stands before them."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from mcp.server.auth.middleware.auth_context import AuthContextMiddleware, get_access_token
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.request_state import RequestStateSecurity
from mcp.server.transport_security import TransportSecuritySettings
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.routing import Route, Router

from portcall import Portcall, __version__
from portcall.auth.caller_token import CallerToken
from portcall.auth.outage import Outage
from portcall.errors import PortcallError, UnauthorizedError, UnreachableError
from portcall.logs import get_logger
from portcall.server.app import build_server
from portcall.server.asgi.access_log import AccessLog
from portcall.server.asgi.addresses import client_address
from portcall.server.asgi.allowed import AllowedHosts, AllowedOrigins
from portcall.server.asgi.authentication import authentication_of
from portcall.server.asgi.bodies import BodyCeiling
from portcall.server.asgi.ceilings import CallerCeilings, Ceilings
from portcall.server.asgi.exposition import Exposition
from portcall.server.asgi.health import AskedCheck, Check, Health, ProblemsCheck
from portcall.server.asgi.hosts import HostGuard
from portcall.server.asgi.lifecycle import STATE_KEY, Lifecycle
from portcall.server.asgi.loopback_only import LoopbackOnly
from portcall.server.asgi.measured import Measured
from portcall.server.asgi.methods import PostOnly
from portcall.server.asgi.metrics import Metrics
from portcall.server.asgi.replies import MCP_PATH
from portcall.server.asgi.shared import KeyCheck, Shared
from portcall.server.asgi.step_up import StepUp
from portcall.server.callers import Callers
from portcall.server.sdk import close_listeners, session_manager_app
from portcall.server.subscriptions import Subscriptions
from portcall.server.tags import GatewayTags
from portcall.telemetry import configure_telemetry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from starlette.types import ASGIApp, Receive, Scope, Send

    from portcall.caller import Caller
    from portcall.caller import Scope as CallerScope
    from portcall.server.app import PortcallServer
    from portcall.settings import Settings

_log = get_logger("portcall.server")


class Application:
    """One process's server, as an ASGI app.

    Args:
        settings: The configuration.
        toolsets: Which to offer; all of them where there are none.
        server_type: What the MCP server is made by.

    Raises:
        ConfigurationError: The configuration cannot be used.
        InvalidArgumentError: There is no toolset of that name.
    """

    def __init__(self, settings: Settings, toolsets: Sequence[str], server_type: type[PortcallServer]) -> None:
        self.settings = settings
        self.lifecycle = Lifecycle()
        self._shared = Shared.of(settings)
        self.portcall = Portcall(settings, local=False)
        self.authentication = authentication_of(settings, self.portcall, self._shared.store, self._shared.seal)
        self._callers = Callers(self.portcall, self.authentication.anybody)
        self._subscriptions = self._listening()
        self.server = build_server(
            self.portcall,
            toolsets,
            server_type,
            callers=self._callers,
            request_state=RequestStateSecurity(keys=[self._shared.seal.derived("request state")]),
            subscriptions=self._subscriptions.bus,
            middleware=[self._subscriptions.gate],
        )
        self._metrics = Metrics(
            tools=self.server.tool_names,
            registries=self.portcall.known_registries,
            version=__version__,
        )
        self.portcall.listeners.observe(self._metrics.hear)
        self._health = Health(self._checks(), self.lifecycle)
        self._app = self._stack()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or the server's word that it begins or ends."""
        if scope["type"] == "http":
            # Space around a value is none of it (RFC 9110, section 5.5); uvicorn's faster parser leaves some.
            scope["headers"] = [(name, value.strip(b" \t")) for name, value in scope["headers"]]
        await self._app(scope, receive, send)

    async def examined(self) -> dict[str, PortcallError | None]:
        """Return what is wrong with each thing that this server relies on; it is not served afterwards."""
        checks: dict[str, Callable[[], Awaitable[None]]] = {
            name: check.check for name, check in self._checks().items()
        }
        if self.authentication.prepare:
            checks[self.settings.auth.issuer] = self.authentication.prepare
        found: dict[str, PortcallError | None] = {}
        async with self.portcall, contextlib.AsyncExitStack() as stack:
            self._close_with(stack)
            for name, check in checks.items():
                try:
                    await check()
                except PortcallError as error:
                    found[name] = error
                else:
                    found[name] = None
        return found

    def _listening(self) -> Subscriptions:
        return Subscriptions(
            GatewayTags(self.portcall, self._callers),
            self._callers.at_hand,
            self._partition,
            self._shared.seal,
            store=self._shared.store,
            wire=self._shared.wire,
            shared=self._shared.store is not None,
            recheck=self._recheck,
            interval=self.settings.server.watch_interval,
        )

    def _partition(self, caller: Caller) -> str:
        """Return a name for a caller with their logins, that says nothing of either."""
        logins = b"".join(name.encode() + login.fingerprint for name, login in sorted(caller.logins.items()))
        return self._shared.seal.partition(b"%s\0%s" % (caller.identity.encode(), logins))

    async def _recheck(self) -> None:
        """Return where the token of the request at hand is still good.

        Raises:
            UnauthorizedError: It no longer is.
            UnreachableError: Nobody can tell now.
        """
        token, verifier = get_access_token(), self.authentication.verifier
        if token is not None and verifier is not None and await verifier.verify_token(token.token) is None:
            raise UnauthorizedError("the token is no longer good", hint="Sign in again.")

    def _stack(self) -> ASGIApp:
        """Return everything, the outermost last: each layer sees only what the one before it lets pass."""
        server = self.settings.server
        # A redirect would be to wherever Host says, and clients repeat their tokens there.
        router = Router(self._routes(), lifespan=self._lifespan, redirect_slashes=False)
        app: ASGIApp = Ceilings(Outage(router), most=server.max_calls, only={MCP_PATH})
        # Whoever signs in has no token yet, and shall cost those who have one nothing.
        app = Ceilings(app, most=_MOST_SIGN_INS, only={route.path for route in self.authentication.routes})
        app = HostGuard(app, hosts=AllowedHosts.of(server), origins=AllowedOrigins.of(server))
        if self.authentication.anybody and not server.allow_unauthenticated:
            app = LoopbackOnly(app)
        return AccessLog(Measured(app, self._metrics), name_of=_name_of)

    def _routes(self) -> list[Route]:
        routes = [Route(MCP_PATH, endpoint=self._mcp())]
        routes += self._health.routes
        routes += Exposition(self._metrics).routes
        for route in self.authentication.routes:
            route.app = CallerCeilings(
                BodyCeiling(route.app, most=_MOST_FORM_BYTES, patience=_FORM_PATIENCE),
                who=client_address,
                most=_SIGN_INS_AT_ONCE,
                per_minute=_SIGN_INS_A_MINUTE,
            )
            routes.append(route)
        return routes

    def _mcp(self) -> ASGIApp:
        """Return what answers at ``/mcp``."""
        server, metadata_url = self.settings.server, self.authentication.metadata_url
        app: ASGIApp = BodyCeiling(session_manager_app(self.server, _CHECKED_BEFORE))
        app = CallerCeilings(
            StepUp(app, self._scope_of, str(metadata_url) if metadata_url else None),
            who=_who,
            most=server.max_calls_per_caller,
            per_minute=server.calls_per_minute,
        )
        app = self.authentication.guarded(app)
        if backend := self.authentication.backend:
            # Here alone: whatever token a probe sends, nobody is asked about it.
            app = AuthenticationMiddleware(AuthContextMiddleware(app), backend=backend)
        return PostOnly(app)

    def _scope_of(self, tool: str) -> CallerScope:
        return self.server.scope_of(tool)

    def _checks(self) -> dict[str, Check]:
        checks: dict[str, Check] = {
            "plugins": ProblemsCheck(lambda: self.portcall.plugins.failures),
            "cache": AskedCheck(self._check_cache),
        }
        if self._shared.store is not None:
            needed = self.authentication.mode == "dockerhub"
            kept = KeyCheck(self._shared.store, self._shared.seal)
            checks["state"] = AskedCheck(kept.check, is_vital=needed)
        if self.authentication.check:
            checks["authentication"] = AskedCheck(self.authentication.check)
        return checks

    async def _check_cache(self) -> None:
        if await self.portcall.cache_problem():
            raise UnreachableError("the cache cannot be used", hint="See portcall doctor.")

    @contextlib.asynccontextmanager
    async def _lifespan(self, _app: Any) -> AsyncIterator[dict[str, Any]]:
        async with contextlib.AsyncExitStack() as stack:
            if telemetry := configure_telemetry():
                # It waits for its collector, two seconds at most.
                stack.push_async_callback(asyncio.to_thread, telemetry.close)
            self._close_with(stack)
            if self.authentication.prepare:
                try:
                    await self.authentication.prepare()
                except PortcallError as error:
                    # It may come back; until then nobody is let in, and told so.
                    _log.warning("authentication_not_ready", reason=error.message)
            await stack.enter_async_context(self.server.session_manager.run())
            await stack.enter_async_context(self._subscriptions)
            # So that the log tells what is wrong from the start, and not with the first who wants in.
            looking = asyncio.create_task(self._health.look())
            stack.callback(looking.cancel)
            self.lifecycle.on_close(lambda: close_listeners(self.server))
            stack.enter_context(self.lifecycle.closing_on_signals())
            yield {STATE_KEY: self.lifecycle}
            self.lifecycle.close()

    def _close_with(self, stack: contextlib.AsyncExitStack) -> None:
        for each in (self._shared.store, self.authentication):
            if each is not None and each.aclose is not None:
                stack.push_async_callback(each.aclose)


#: Host and Origin are checked before anything else, for all paths alike.
_CHECKED_BEFORE = TransportSecuritySettings(enable_dns_rebinding_protection=False)
_MOST_FORM_BYTES = 64 * 1024
#: Seconds that such a small body has.
_FORM_PATIENCE = 5.0
#: Requests to the pages and endpoints of sign-in: at once in all, of one address at once, and in a minute.
_MOST_SIGN_INS = 64
_SIGN_INS_AT_ONCE = 8
_SIGN_INS_A_MINUTE = 120


def _caller_of(scope: Scope) -> Caller | None:
    user = scope.get("user")
    token = user.access_token if isinstance(user, AuthenticatedUser) else None
    return token.caller if isinstance(token, CallerToken) else None


def _who(scope: Scope) -> str:
    """Return what tells callers apart: who they are, or where they ask from."""
    caller = _caller_of(scope)
    return caller.identity if caller else client_address(scope)


def _name_of(scope: Scope) -> str | None:
    caller = _caller_of(scope)
    return caller.name if caller else None
