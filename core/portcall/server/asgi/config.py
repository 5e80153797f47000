"""uvicorn's configuration as portcall needs it, in this process and in its workers."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from uvicorn import Config

from portcall.logs import configure_logging, show_own_events
from portcall.server.asgi.protocol import MOST_HEAD_BYTES, http_protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.types import ASGIApp, Receive, Scope, Send

#: Connections that may wait to be accepted.
MOST_WAITING = 2048
#: Seconds after which uvicorn itself gives up; by then :mod:`portcall.server.asgi.graceful` has.
_GRACE = 4
#: Seconds for which a connection is kept that nobody asks on. Clients keep theirs for 5 (httpx) to 15 (HAProxy):
#: whoever asks has to be the first to hang up, or a request is sent on a connection that is being closed.
_KEEP_ALIVE = 30


class ServingConfig(Config):
    """What uvicorn is told.

    Args:
        make_app: Returns the app, in the process that serves it; picklable where there are workers.
        log_level: Of portcall's own events.
        workers: How many processes serve.
        forwarded_allow_ips: Proxies whose word on a client's address is taken.
    """

    def __init__(
        self,
        make_app: Callable[[], ASGIApp],
        *,
        log_level: str = "info",
        workers: int = 1,
        forwarded_allow_ips: Sequence[str] = ("127.0.0.1",),
        **others: Any,
    ) -> None:
        self._own_level = log_level
        super().__init__(
            make_app,
            factory=True,
            http=http_protocol(),
            ws="none",
            lifespan="on",
            interface="asgi3",
            log_config=None,
            access_log=False,
            server_header=False,
            workers=workers,
            # How many connections asyncio takes at one go. With siblings each takes one, and leaves them the
            # others; else whoever wakes first has all of a client's.
            backlog=1 if workers > 1 else MOST_WAITING,
            proxy_headers=bool(forwarded_allow_ips),
            forwarded_allow_ips=list(forwarded_allow_ips),
            h11_max_incomplete_event_size=MOST_HEAD_BYTES,
            timeout_keep_alive=_KEEP_ALIVE,
            timeout_graceful_shutdown=_GRACE,
            **others,
        )

    def configure_logging(self) -> None:
        """Have everything logged our way; uvicorn calls this in each process."""
        super().configure_logging()
        configure_logging()
        show_own_events(self._own_level)
        # What it says at info (processes, start-up's steps) we say ourselves where it matters.
        logging.getLogger("uvicorn").setLevel(logging.DEBUG if self._own_level == "debug" else logging.WARNING)

    def load(self) -> None:
        """Make the app, and be its last resort."""
        super().load()
        self.loaded_app = Cuttable(self.loaded_app)


class Cuttable:
    """Ends quietly when the server ends it: uvicorn would log a traceback for every such request.

    Args:
        app: What answers the requests. Nothing but the server cancels it from outside.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, for as long as the server lets us."""
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            if scope["type"] != "http":
                raise
