"""``portcall serve --transport http``: from the command line to a server that listens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portcall.errors import ConfigurationError
from portcall.logs import get_logger
from portcall.server.asgi import create_app
from portcall.server.asgi.addresses import bind_address_is_loopback
from portcall.server.asgi.authentication import mode_of
from portcall.server.asgi.serving import serve_http
from portcall.settings import load_settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from portcall.settings import Settings


_log = get_logger("portcall.server")


@dataclass(frozen=True, slots=True)
class Launch:
    """What the command line said; made anew in each worker, which reads the configuration for itself.

    Args:
        config: The configuration file, if one was named.
        toolsets: Which to offer; all of them where there are none.
        log_level: Of portcall's own events.
        allow_write: Whether tools that change something are offered.
        allow_unauthenticated: Whether everybody is let in who can reach it.
    """

    config: str | None
    toolsets: tuple[str, ...] = ()
    log_level: str = "info"
    allow_write: bool = False
    allow_unauthenticated: bool = False

    def __call__(self) -> ASGIApp:
        """Return the app."""
        return create_app(self.settings(), toolsets=self.toolsets)

    def settings(self) -> Settings:
        """Return the configuration, with what the command line adds.

        Raises:
            ConfigurationError: It cannot be used.
        """
        settings = load_settings(self.config)
        server = settings.server
        return settings.serving(
            allow_write=server.allow_write or self.allow_write,
            allow_unauthenticated=server.allow_unauthenticated or self.allow_unauthenticated,
        )

    def serve(self, host: str, port: int, workers: int) -> int:
        """Serve until told to end; return the exit status.

        Raises:
            PortcallError: It cannot be served there, or so.
        """
        settings = self.settings()
        mode = mode_of(settings)
        if mode == "none" and not settings.server.allow_unauthenticated and not bind_address_is_loopback(host):
            raise ConfigurationError(
                f"portcall does not listen on {host} without authentication",
                hint="Set auth.mode, or PORTCALL_AUTH_TOKEN; or allow it outright: --allow-unauthenticated.",
            )
        names_nobody = not (settings.server.public_url or settings.server.allowed_hosts)
        if names_nobody and not bind_address_is_loopback(host):
            advice = "set server.public_url, or server.allowed_hosts, to the names that clients ask for"
            _log.warning("only_loopback_names_are_answered", host=host, advice=advice)
        if mode == "none" and not bind_address_is_loopback(host):
            _log.warning("everybody_is_let_in", host=host, may_write=settings.server.allow_write)
        if workers > 1:
            self()  # what is wrong shall be told once, and here
        return serve_http(
            self,
            host=host,
            port=port,
            workers=workers,
            log_level=self.log_level,
            auth=mode,
            forwarded_allow_ips=settings.server.trusted_proxies,
        )
