"""Real HTTP on loopback, for any ASGI application."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl as tls
    from collections.abc import Callable, Iterator

    from portcall.testing.asgi import App, Receive, Scope, Send

_START_SECONDS = 10
_LOGGERS = ("uvicorn.error", "uvicorn.access", "uvicorn.asgi")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens."""

    host: str
    port: int
    scheme: str = "http"

    @property
    def netloc(self) -> str:
        """``127.0.0.1:40213``: what stands before the repository in a reference."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """``http://127.0.0.1:40213``, without a slash at the end."""
        return f"{self.scheme}://{self.netloc}"

    def __str__(self) -> str:
        return self.url


@contextlib.contextmanager
def serve(
    app: App, *, host: str = "127.0.0.1", port: int = 0, ssl: tls.SSLContext | None = None
) -> Iterator[Address]:
    """Serve an ASGI application from a thread of its own while the ``with`` block lasts.

    ::

        with serve(registry) as address:
            httpx.get(f"{address.url}/v2/")

    Leaving the block closes every connection at once, stalled ones too. It works in asynchronous tests
    as it is: starting takes a few milliseconds.

    Args:
        app: Any ASGI application.
        host: The address to listen on; ``"::1"`` for IPv6.
        port: The port; a free one by default.
        ssl: Makes it HTTPS.

    Raises:
        OSError: the address is taken.
    """
    with _listening(host, port) as listener:
        background = _Background(app, listener, ssl)
        background.start()
        try:
            yield Address(host, listener.getsockname()[1], "http" if ssl is None else "https")
        finally:
            background.stop()


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named, because asyncio switches Nagle's delays (40 ms an answer) off for such sockets only.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(1024)
    except OSError:
        listener.close()
        raise
    return listener


class Serving:
    """An ASGI application that knows where it is served."""

    def __init__(self) -> None:
        self._address: Address | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Speak ASGI."""
        raise NotImplementedError

    @contextlib.contextmanager
    def serve(
        self, *, host: str = "127.0.0.1", port: int = 0, ssl: tls.SSLContext | None = None
    ) -> Iterator[Address]:
        """Serve this over HTTP while the ``with`` block lasts; as :func:`portcall.testing.serve`."""
        with serve(self, host=host, port=port, ssl=ssl) as address:
            before, self._address = self._address, address
            try:
                yield address
            finally:
                self._address = before

    @property
    def address(self) -> Address:
        """Where it is served.

        Raises:
            RuntimeError: it is not, at the moment.
        """
        if self._address is None:
            raise RuntimeError("not served at the moment: use `with registry.serve() as address:`")
        return self._address


class _Background:
    """A uvicorn server in a daemon thread."""

    def __init__(self, app: App, listener: socket.socket, ssl: tls.SSLContext | None) -> None:
        self._app, self._listener, self._ssl = app, listener, ssl
        self._thread = threading.Thread(target=self._run, name="portcall-testing", daemon=True)
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._stop: Callable[[], object] = lambda: None

    def start(self) -> None:
        self._thread.start()
        if not self._ready.wait(_START_SECONDS) or self._failure is not None:
            raise RuntimeError("the test server did not start") from self._failure

    def stop(self) -> None:
        # RuntimeError: the loop is closed, the server has left by itself.
        with contextlib.suppress(RuntimeError):
            self._stop()
        self._thread.join()

    def _run(self) -> None:
        try:
            with _muted():
                asyncio.run(self._serve())
        except BaseException as failure:  # noqa: BLE001 - uvicorn leaves by SystemExit; start() raises it again
            self._failure = failure
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        # Late: uvicorn takes longer to import than everything else here together.
        from portcall.testing.uvicorn_server import make_server

        loop, leave = asyncio.get_running_loop(), asyncio.Event()
        self._stop = lambda: loop.call_soon_threadsafe(leave.set)
        server = make_server(self._app, self._ssl, started=self._ready.set, leave=leave)
        await server.serve(sockets=[self._listener])


@contextlib.contextmanager
def _muted() -> Iterator[None]:
    """Keep uvicorn's complaints about what quirks do on purpose, in this thread alone, out of the log."""
    thread = threading.get_ident()

    def elsewhere(record: logging.LogRecord) -> bool:
        return record.thread != thread

    loggers = [logging.getLogger(name) for name in _LOGGERS]
    for logger in loggers:
        logger.addFilter(elsewhere)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(elsewhere)
