"""What a failed connection means: httpx's errors, translated in one place."""

from __future__ import annotations

import contextlib
import socket
import ssl
from typing import TYPE_CHECKING

from portcall.errors import UnreachableError
from portcall.http.retry import BrokenConnectionError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from portcall.http.origin import Origin


@contextlib.contextmanager
def translated_faults(registry: str, origin: Origin) -> Iterator[None]:
    """Turn httpx's errors inside the block into :class:`UnreachableError`, saying what failed where.

    Raises:
        BrokenConnectionError: Another try may work.
        UnreachableError: It would not: no such name, TLS that cannot be trusted.
    """
    import httpx  # late: whoever gets here has loaded it

    try:
        yield
    except httpx.TransportError as error:
        raise _explained(error, registry, origin) from error


def _explained(error: httpx.TransportError, registry: str, origin: Origin) -> UnreachableError:
    import httpx

    causes = list(_chain(error))
    if any(isinstance(cause, socket.gaierror) or "getaddrinfo" in str(cause) for cause in causes):
        return UnreachableError(
            f"the host name {origin.host} does not resolve",
            hint="Check the registry's name for typing errors, and this machine's DNS.",
            registry=registry,
        )
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        reason = next(str(cause.reason or cause) for cause in causes if isinstance(cause, ssl.SSLError))
        return UnreachableError(
            f"TLS with {origin.netloc} failed: {reason.replace('_', ' ').lower()}",
            hint=f'For a private certificate authority set ca_file under [registries."{registry}"].',
            registry=registry,
        )
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError):
        what = "timed out" if isinstance(error, httpx.ConnectTimeout) else "was refused"
        message = f"the connection to {origin.netloc} {what}"
    else:
        message = f"the connection to {origin.netloc} broke"
    return BrokenConnectionError(
        message, hint="The registry may be down; try again later, or check its endpoint.", registry=registry
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        for name in ("os_error", "certificate_error"):
            inner = getattr(error, name, None)
            if isinstance(inner, BaseException):
                yield inner
        error = error.__cause__ or error.__context__
