"""An app with everything that keeps a server from ending: ``python -m …stubborn make_app 127.0.0.1 0 2``."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route, Router

from portcall.errors import ConfigurationError, PortcallError
from portcall.server.asgi.access_log import AccessLog
from portcall.server.asgi.exposition import Exposition
from portcall.server.asgi.health import Health
from portcall.server.asgi.lifecycle import STATE_KEY, Lifecycle
from portcall.server.asgi.measured import Measured
from portcall.server.asgi.metrics import Metrics
from portcall.server.asgi.serving import serve_http

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp


async def pid(_: Request) -> Response:
    return PlainTextResponse(str(os.getpid()))


async def slow(_: Request) -> Response:
    await asyncio.sleep(1)
    return PlainTextResponse("done")


async def hang(_: Request) -> Response:
    await asyncio.Event().wait()
    raise AssertionError


async def deaf(_: Request) -> Response:
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            continue


async def thread(_: Request) -> Response:
    await asyncio.to_thread(time.sleep, 60)
    raise AssertionError


async def whence(request: Request) -> Response:
    client = request.client
    return PlainTextResponse(f"{client.host if client else None} {request.url.scheme}")


async def abort(_: Request) -> Response:
    os._exit(7)


def make_app() -> ASGIApp:
    lifecycle = Lifecycle()
    streams: list[asyncio.Event] = []
    # Like the SDK's: those that are open now, and no later ones.
    lifecycle.on_close(lambda: [each.set() for each in streams])

    async def listen(_: Request) -> Response:
        async def events() -> AsyncIterator[bytes]:
            yield b"data: begun\n\n"
            over = asyncio.Event()
            streams.append(over)
            await over.wait()
            yield b"data: over\n\n"

        return StreamingResponse(events(), media_type="text/event-stream")

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[dict[str, object]]:
        yield {STATE_KEY: lifecycle}

    own = [pid, slow, hang, deaf, thread, whence, abort, listen]
    routes = [Route(f"/{each.__name__}", each, methods=["GET", "POST"]) for each in own]
    routes += Health({}, lifecycle).routes
    metrics = Metrics(tools=(), registries=(), version="1.2.3")
    routes += Exposition(metrics).routes
    return AccessLog(Measured(Router(routes, lifespan=lifespan), metrics))


def make_nothing() -> ASGIApp:
    raise ConfigurationError("there is no app", hint="Make one.")


def make_broken() -> ASGIApp:
    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        raise RuntimeError("cannot start")
        yield

    return Router([], lifespan=lifespan)


def interrupt_when_left() -> None:
    """End when whoever started us is gone, even killed, so that no test leaves anything behind."""
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGKILL)


def main(make: str, host: str, port: str, workers: str) -> int:
    threading.Thread(target=interrupt_when_left, daemon=True).start()
    try:
        return serve_http(globals()[make], host=host, port=int(port), workers=int(workers), auth="token")
    except PortcallError as error:
        sys.stderr.write(f"{error} {error.hint}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
