"""httpx over aiohttp's connector: several times the throughput of httpx's own pool, and a place to guard.

Of httpx its messages, errors and this seam are used, not its client: that one keeps cookies, logs whole
URLs, signatures included, and reads ``Location`` for itself.

``benchmarks/connection_pool.py`` shows the choice in numbers. What aiohttp does beyond moving bytes is
switched off: no cookies, no redirects, no decoding, no requoting of URLs (a signed blob URL with ``%2F``
in its query must arrive as it was given).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import httpx
from yarl import URL

from portcall.errors import BlockedError
from portcall.http.guard import Guard, noting_refusals
from portcall.http.resolver import Resolver

if TYPE_CHECKING:
    import ssl as ssl_module
    from collections.abc import AsyncIterator

#: Seconds for one connection attempt, TLS included.
CONNECT_TIMEOUT = 10.0


class GuardedTransport(httpx.AsyncBaseTransport):
    """One connection pool, whose every connection passes its guard.

    Args:
        guard: Makes the sockets.
        ssl: The TLS context for https, or ``None`` for the system's trust store.
        connections_per_host: Most connections to one host and port; further requests wait their turn.
        proxy: URL of a proxy to go through, if any.
    """

    def __init__(
        self,
        guard: Guard,
        *,
        ssl: ssl_module.SSLContext | None = None,
        connections_per_host: int = 8,
        proxy: str | None = None,
    ) -> None:
        self._guard = guard
        self._ssl = ssl
        self._connections_per_host = connections_per_host
        self._proxy = proxy
        self._session: aiohttp.ClientSession | None = None

    def _open_session(self) -> aiohttp.ClientSession:
        # Late: a session belongs to the running loop.
        connector = aiohttp.TCPConnector(
            limit=0,
            limit_per_host=self._connections_per_host,
            ssl=self._ssl or True,
            socket_factory=self._guard.socket_for,
            resolver=Resolver(),
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT),
            raise_for_status=False,
            trust_env=False,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request and return the head of its response; the body is still to be read.

        Raises:
            BlockedError: The guard refused every address of the host; which entry would allow it, others know.
            httpx.TransportError: The connection failed; which kind says how.
        """
        if self._session is None:
            self._session = self._open_session()
        with noting_refusals() as refused:
            try:
                response = await self._session.request(
                    request.method,
                    URL(str(request.url), encoded=True),
                    headers=[(name, value) for name, value in request.headers.items() if name != "host"],
                    data=await request.aread() or None,
                    allow_redirects=False,
                    proxy=self._proxy,
                )
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                if refused:
                    # Where it is instead is nobody's business: names inside would be told to whoever asks.
                    raise BlockedError(f"{request.url.host} has an address which is no public address") from None
                if isinstance(error, ValueError) and not isinstance(error, UnicodeError | OSError):
                    # 127.1, 0177.0.0.1 and the like, which aiohttp does not even look up.
                    raise BlockedError(f"{request.url.host} is no proper spelling of a public address") from None
                raise _translated(error) from _cause(error)
        return httpx.Response(
            response.status,
            headers=response.raw_headers,
            stream=_Body(response),
            request=request,
            extensions={"http_version": b"HTTP/1.1"},
        )

    async def aclose(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None


class _Body(httpx.AsyncByteStream):
    """A response's body; closing it early drops the connection rather than read what nobody wants."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self._chunks = response.content.iter_any()

    def __aiter__(self) -> AsyncIterator[bytes]:
        # No generator: those are closed some time after they are left, in a task that nobody waits for.
        return self

    async def __anext__(self) -> bytes:
        try:
            return await anext(self._chunks)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _translated(error, reading=True) from _cause(error)
        except RuntimeError as error:
            connection = self._response.connection
            if connection is not None and connection.transport is not None:
                raise
            # So aiohttp says that the session was closed before more was asked for.
            raise httpx.ReadError("the connection was closed") from error

    async def aclose(self) -> None:
        if self._response.content.at_eof():
            self._response.release()
        else:
            self._response.close()


def _cause(error: Exception) -> Exception | None:
    """Return what may stand behind an error in a traceback: not what quotes a response, or its address."""
    return None if isinstance(error, aiohttp.ClientResponseError) else error


def _translated(error: Exception, *, reading: bool = False) -> httpx.TransportError:
    """Return the httpx error that says the same: the one place where aiohttp's are known."""
    # A response that cannot be read is quoted, its address with it, which may hold a signature.
    text = type(error).__name__ if isinstance(error, aiohttp.ClientResponseError) else str(error)
    text = text or type(error).__name__
    kinds: tuple[tuple[type[Exception] | tuple[type[Exception], ...], Any], ...] = (
        ((aiohttp.ServerTimeoutError, TimeoutError), httpx.ReadTimeout if reading else httpx.ConnectTimeout),
        (aiohttp.ClientProxyConnectionError, httpx.ProxyError),
        (aiohttp.ClientHttpProxyError, httpx.ProxyError),
        (aiohttp.ClientConnectorError, httpx.ConnectError),
        (aiohttp.ServerDisconnectedError, httpx.RemoteProtocolError),
        (aiohttp.ClientPayloadError, httpx.RemoteProtocolError),
        (aiohttp.ClientResponseError, httpx.RemoteProtocolError),
    )
    for theirs, ours in kinds:
        if isinstance(error, theirs):
            translated: httpx.TransportError = ours(text)
            return translated
    return httpx.ReadError(text)
